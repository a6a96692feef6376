-- What every rated event came to: a row an event, in any order.
SELECT ord, list AS list_value, CASE WHEN free > 0 THEN 0 ELSE list END AS payable FROM plain_event
UNION ALL
SELECT ord, list, payable FROM priced
UNION ALL
SELECT ord, list, payable FROM several_event
UNION ALL
SELECT s.ord, s.list, o.payable
FROM sale AS s
JOIN offer AS o ON o.pack = s.pack AND o.list = s.list AND o.bits = s.bits AND o.step = (SELECT max(step) FROM offer)
