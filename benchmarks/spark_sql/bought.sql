-- Packs that are open in the period: a row a purchase, or an open pack of the carriers' list.
-- Binds: day_ms, hour_ms, begin.
WITH listed AS (
    SELECT t.o, t.ord, t.start_ms AS bought_ms, t.mask, k.*, CAST(NULL AS STRING) AS rest
    FROM trigger AS t JOIN pack AS k ON k.pack = t.pack
    WHERE t.kind = 3 AND t.units > 0 AND t.start_ms >= k.from_ms AND t.start_ms < k.until_ms
      AND (k.carrier < 0 OR k.carrier = t.carrier)
    UNION ALL
    SELECT p.o, 0L AS ord, q.bought_ms, 0L AS mask, k.*, q.`left` AS rest
    FROM opened AS q
    JOIN pack_name AS n ON n.name = q.pack
    JOIN pack AS k ON k.pack = n.pack
    JOIN (SELECT DISTINCT o, owner_hi, owner_lo FROM person) AS p
      ON p.owner_hi = q.owner_hi AND p.owner_lo = q.owner_lo
), dated AS (
    SELECT *, last_day(date_from_unix_date(CAST(bought_ms div :day_ms AS INT))) AS month_end,
        CASE WHEN hours > 0 THEN bought_ms + hours * :hour_ms
             WHEN days > 0 THEN bought_ms + days * :day_ms
             WHEN calendar_days > 0 THEN (bought_ms div :day_ms + calendar_days) * :day_ms
             ELSE (unix_date(month_end) + 1L) * :day_ms END AS expiry_ms,
        CASE WHEN hours > 0 THEN (hours + 23) div 24
             WHEN days > 0 THEN days
             WHEN calendar_days > 0 THEN calendar_days
             ELSE CAST(day(month_end) AS BIGINT) END AS quota_days
    FROM listed
), ended AS (
    SELECT d.o, d.ord, d.bought_ms, d.pack, d.expiry_ms, min(h.at_ms) AS handed_ms
    FROM dated AS d JOIN handover AS h ON h.o = d.o AND h.at_ms > d.bought_ms
    GROUP BY d.o, d.ord, d.bought_ms, d.pack, d.expiry_ms
)
SELECT row_number() OVER (ORDER BY o, bought_ms, ord, pack, expiry_ms, rest) AS id, *
FROM (
    SELECT d.o, d.ord, d.bought_ms, d.mask, d.pack, d.price, d.rank, d.stop, d.overage, d.numerator,
           d.denominator, d.rest, d.expiry_ms, d.quota_days, d.bought_ms div 1000 * 1000 AS from_ms,
           least(d.expiry_ms, coalesce(h.handed_ms, d.expiry_ms)) AS until_ms
    FROM dated AS d
    LEFT JOIN ended AS h ON h.o = d.o AND h.ord = d.ord AND h.bought_ms = d.bought_ms AND h.pack = d.pack
                        AND h.expiry_ms = d.expiry_ms
)
WHERE until_ms > :begin
