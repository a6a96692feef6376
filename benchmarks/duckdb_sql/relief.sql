-- Relief by cell, measure and nature. Binds: discount, in_kind (natures).
CREATE OR REPLACE TEMP TABLE relief_total AS
SELECT cell, measure, nature, sum(events)::BIGINT AS events, sum(units)::BIGINT AS units, sum(amount)::BIGINT AS amount
FROM (
    SELECT cell, measure, $discount AS nature, events, billed AS units, list_value AS amount
    FROM plain JOIN zero_name USING (free)
    UNION ALL
    SELECT cell, measure, $discount, discounts, discount_units, discount
    FROM single JOIN line_name USING (free, class) WHERE discounts > 0
    UNION ALL
    SELECT cell, measure, $in_kind, kinds, kind_units, kind_amount
    FROM single JOIN line_name USING (free, class) WHERE kinds > 0
    UNION ALL
    SELECT cell, measure, nature, events, units, list_value FROM several WHERE nature IS NOT NULL
    UNION ALL
    SELECT cell, measure, nature, events, units, amount FROM sold_line
)
GROUP BY cell, measure, nature
