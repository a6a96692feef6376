-- What the cuts leave of a price, step by step: a row a step of each offer, that is, of a pack or fee
-- at a price and the measures that touch it. They are few, however many sales there are.
-- Binds: percent_denominator.
CREATE OR REPLACE TEMP TABLE offer AS
WITH RECURSIVE chain AS (
    SELECT DISTINCT pack, list, bits, 0::BIGINT AS step, list AS payable, 0::BIGINT AS lowered FROM sale
    UNION ALL
    SELECT pack, list, bits, step, payable - lowered, lowered
    FROM (
        SELECT c.pack, c.list, c.bits, k.step, c.payable,
               CASE WHEN c.bits & k.bit = 0 THEN 0
                    WHEN k.is_price = 1 THEN greatest(c.payable - coalesce(p.new_price, c.payable), 0)
                    ELSE greatest(c.payable - (2 * greatest(c.payable * k.keep - c.list * k.part - k.less, 0) + $percent_denominator)
                                  // (2 * $percent_denominator), 0) END AS lowered
        FROM chain AS c
        JOIN cut AS k ON k.step = c.step + 1
        LEFT JOIN cut_price AS p ON p.step = k.step AND p.pack = c.pack
    )
)
SELECT * FROM chain
