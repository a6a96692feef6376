-- Totals of what no source touches: a row a carrier and day. Fees and packs are priced here too.
-- free: usage of zero-rated hosts, all of it discount. M4: packs sold below their price.
CREATE OR REPLACE TEMP TABLE plain AS
SELECT carrier, day, count(*) AS events, sum(units) AS units, sum(CASE WHEN kind < 3 THEN billed ELSE units END) AS billed,
       sum(list) AS list_value, sum(list - cut - CASE WHEN is_free AND list > 0 THEN list ELSE 0 END) AS payable,
       sum(ord * list) AS list_sum,
       sum(ord * (list - cut - CASE WHEN is_free THEN list ELSE 0 END)) AS payable_sum,
       count(*) FILTER (WHERE is_free AND list >= 0 AND billed > 0 AND numerator > 0) AS free_events,
       sum(billed) FILTER (WHERE is_free AND numerator > 0) AS free_units,
       sum(list) FILTER (WHERE is_free) AS free_amount,
       count(*) FILTER (WHERE cut > 0) AS cut_events, sum(cut) AS cut_amount
FROM (
    SELECT e.ord::BIGINT AS ord, e.carrier, e.day, e.kind, e.units, e.billed, e.numerator,
           e.kind = 2 AND e.is_free AS is_free,
           CASE WHEN e.kind < 3 THEN (2 * e.billed * e.numerator + e.denominator) // (2 * e.denominator)
                WHEN e.units = 0 THEN 0
                WHEN e.kind = 3 THEN k.price ELSE f.amount END AS list,
           CASE WHEN e.kind = 3 AND e.units > 0 AND k.new_price >= 0 AND k.new_price < k.price AND e.mask & c.bit <> 0
                     AND e.start_ms >= c.from_ms AND e.start_ms < c.until_ms THEN k.price - k.new_price ELSE 0 END AS cut
    FROM event AS e
    CROSS JOIN cut AS c
    LEFT JOIN pack AS k ON e.kind = 3 AND k.pack = e.pack AND e.start_ms >= k.from_ms AND e.start_ms < k.until_ms
                       AND (k.carrier < 0 OR k.carrier = e.carrier)
    LEFT JOIN fee AS f ON e.kind = 4 AND f.plan = e.plan AND e.start_ms >= f.from_ms AND e.start_ms < f.until_ms
    WHERE e.unit IS NULL AND (e.kind < 3 OR e.kind = 3 AND k.pack IS NOT NULL OR e.kind = 4 AND f.plan IS NOT NULL)
)
GROUP BY carrier, day
