-- Units as billed: none for none, else the first block whole, then whole blocks.
-- Grain: scalar. Parameters: units as used, first block and block of the tariff, in one unit.
CREATE MACRO audit.billed(units, first_block, block) AS
    CASE
        WHEN units <= 0 THEN 0
        WHEN units <= first_block THEN first_block
        ELSE first_block + (units - first_block + block - 1) // block * block
    END;
COMMENT ON MACRO audit.billed IS
    'billed(lượng, khối đầu, khối): lượng tính cước của một sự kiện không thuộc phiên nhiều bản ghi. | billed(units, first_block, block): billed units of an event that is no part of a session. Grain: scalar.';
