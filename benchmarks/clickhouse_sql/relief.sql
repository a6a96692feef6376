-- Relief by cell, measure and nature. Binds: discount, in_kind (natures).
CREATE TABLE relief_total ENGINE = Memory AS
SELECT cell, measure, nature, sum(events) AS events, sum(units) AS units, sum(amount) AS amount
FROM (
    SELECT p.cell AS cell, z.measure AS measure, toInt64($discount) AS nature, p.events AS events, p.billed AS units, p.list_value AS amount
    FROM plain AS p JOIN zero_name AS z ON z.free = p.free
    UNION ALL
    SELECT s.cell, l.measure, toInt64($discount), s.discounts, s.discount_units, s.discount
    FROM single AS s JOIN line_name AS l ON l.free = s.free AND l.class = s.class WHERE s.discounts > 0
    UNION ALL
    SELECT s.cell, l.measure, toInt64($in_kind), s.kinds, s.kind_units, s.kind_amount
    FROM single AS s JOIN line_name AS l ON l.free = s.free AND l.class = s.class WHERE s.kinds > 0
    UNION ALL
    SELECT cell, measure, nature, toInt64(count()), sum(units), sum(amount) FROM several_line GROUP BY cell, measure, nature
    UNION ALL
    SELECT cell, measure, nature, events, units, amount FROM sold_line
)
GROUP BY cell, measure, nature
