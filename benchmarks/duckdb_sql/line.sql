-- Every line of relief: a row an event, measure and nature. Binds: discount, in_kind (natures).
CREATE OR REPLACE TEMP TABLE line AS
SELECT ord, measure, $discount AS nature, billed AS units, list AS amount FROM plain_event JOIN zero_name USING (free)
UNION ALL
SELECT ord, measure, $discount, lowered, list - payable
FROM priced JOIN line_name USING (free, class) WHERE lowered > 0 OR list > payable
UNION ALL
SELECT ord, measure, $in_kind, spare, kind_value FROM priced JOIN line_name USING (free, class) WHERE spare > 0
UNION ALL
SELECT ord, measure, nature, units, amount FROM several_line
UNION ALL
SELECT s.ord, k.measure, $discount, s.units, o.lowered
FROM sale AS s
JOIN offer AS o ON o.pack = s.pack AND o.list = s.list AND o.bits = s.bits AND o.lowered > 0
JOIN cut AS k ON k.step = o.step
UNION ALL
SELECT s.ord, x.measure, x.nature, 1, CASE WHEN x.of_list = 1 THEN s.list ELSE x.amount END
FROM sale AS s
JOIN extra AS x ON s.bits & x.bit <> 0
