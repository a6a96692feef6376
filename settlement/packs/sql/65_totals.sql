-- 7. What the lines and events add up to: totals, relief totals, refunds.
CREATE TEMP TABLE line_of_event AS
SELECT k.event_id, f.measure, f.nature, f.units, f.amount, k.day, k.home_province, k.serving_province, k.kind,
       coalesce(u.class, k.recorded) AS destination
FROM found_line AS f
JOIN known AS k ON k.ord = f.ord
LEFT JOIN used AS u ON u.ord = f.ord;
CREATE TEMP TABLE found_relief_total AS
SELECT day, home_province, serving_province, kind, destination, measure, nature,
       count(*) AS events, sum(units) AS units, sum(amount) AS amount
FROM line_of_event GROUP BY ALL;
CREATE TEMP TABLE found_total AS
SELECT k.day, k.home_province, k.serving_province, k.kind, coalesce(u.class, k.recorded) AS destination,
       count(*) AS events, sum(k.units) AS units, sum(f.billed) AS billed, sum(f.bundled) AS bundled,
       sum(f.list_value) AS list_value, sum(f.list_value - f.payable) AS discount, sum(f.payable) AS payable
FROM found_event AS f
JOIN known AS k ON k.ord = f.ord
LEFT JOIN used AS u ON u.ord = f.ord
GROUP BY ALL;
CREATE TEMP TABLE found_refund AS
SELECT k.event_id, k.charged, f.list_value, f.payable, greatest(0, least(k.charged, f.list_value) - f.payable) AS refund
FROM found_event AS f
JOIN known AS k ON k.ord = f.ord
WHERE k.charged IS NOT NULL AND (k.charged > f.list_value OR least(k.charged, f.list_value) > f.payable);
