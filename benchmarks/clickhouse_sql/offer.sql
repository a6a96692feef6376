-- What the cuts leave of a price, step by step: a row a step of each offer, that is, of a pack or fee
-- at a price and the measures that touch it. They are few, however many sales there are.
-- Binds: percent_denominator.
CREATE TABLE offer ENGINE = Memory AS
WITH RECURSIVE chain AS (
    SELECT DISTINCT pack, list, bits, toInt64(0) AS step, list AS payable, toInt64(0) AS lowered FROM sale
    UNION ALL
    SELECT pack, list, bits, next_step AS step, payable - taken AS payable, taken AS lowered
    FROM (
        SELECT c.pack AS pack, c.list AS list, c.bits AS bits, k.step AS next_step, c.payable AS payable,
               toInt64(CASE WHEN bitAnd(c.bits, k.bit) = 0 THEN 0
                    WHEN k.is_price = 1 THEN greatest(c.payable - coalesce(p.new_price, c.payable), 0)
                    ELSE greatest(c.payable - intDiv(2 * greatest(c.payable * k.keep - c.list * k.part - k.less, 0) + $percent_denominator,
                                  2 * $percent_denominator), 0) END) AS taken
        FROM chain AS c
        JOIN cut AS k ON k.step = c.step + 1
        LEFT JOIN cut_price AS p ON p.step = k.step AND p.pack = c.pack
    )
)
SELECT pack, list, bits, step, payable, lowered FROM chain
