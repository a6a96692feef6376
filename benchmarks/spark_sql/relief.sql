-- Relief by cell, measure and nature. Binds: discount, in_kind (natures).
SELECT cell, measure, nature, sum(events) AS events, sum(units) AS units, sum(amount) AS amount
FROM (
    SELECT cell, measure, CAST(:discount AS BIGINT) AS nature, events, billed AS units, list_value AS amount
    FROM plain JOIN zero_name USING (free)
    UNION ALL
    SELECT cell, measure, :discount, discounts, discount_units, discount
    FROM single JOIN line_name USING (free, class) WHERE discounts > 0
    UNION ALL
    SELECT cell, measure, :in_kind, kinds, kind_units, kind_amount
    FROM single JOIN line_name USING (free, class) WHERE kinds > 0
    UNION ALL
    SELECT cell, measure, nature, count(*), sum(units), sum(amount) FROM several_line GROUP BY cell, measure, nature
    UNION ALL
    SELECT cell, measure, nature, events, units, amount FROM sold_line
)
GROUP BY cell, measure, nature
