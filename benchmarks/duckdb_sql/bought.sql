-- Packs that are open in the period: a row a purchase, or an open pack of the carriers' list.
-- Binds: files, day_ms, hour_ms, begin.
CREATE OR REPLACE TEMP TABLE bought AS
WITH listed AS (
    SELECT t.o, t.ord, t.start_ms AS bought_ms, t.mask, k.*, NULL::VARCHAR AS rest
    FROM trigger AS t JOIN pack AS k ON k.pack = t.pack
    WHERE t.kind = 3 AND t.units > 0 AND t.start_ms >= k.from_ms AND t.start_ms < k.until_ms
      AND (k.carrier < 0 OR k.carrier = t.carrier)
    UNION ALL
    SELECT p.o, 0 AS ord, q.bought_ms, 0 AS mask, k.*, q."left" AS rest
    FROM read_parquet($files) AS q
    JOIN pack_name AS n ON n.name = q.pack
    JOIN pack AS k ON k.pack = n.pack
    JOIN (SELECT DISTINCT o, owner_hi, owner_lo FROM person) AS p
      ON p.owner_hi = q.owner_hi AND p.owner_lo = q.owner_lo
), dated AS (
    SELECT *,
        CASE WHEN hours > 0 THEN bought_ms + hours * $hour_ms
             WHEN days > 0 THEN bought_ms + days * $day_ms
             WHEN calendar_days > 0 THEN (bought_ms // $day_ms + calendar_days) * $day_ms
             ELSE epoch_ms(date_trunc('month', make_timestamp(bought_ms * 1000)) + INTERVAL 1 MONTH)
        END AS expiry_ms,
        CASE WHEN hours > 0 THEN (hours + 23) // 24
             WHEN days > 0 THEN days
             WHEN calendar_days > 0 THEN calendar_days
             ELSE day(last_day(make_timestamp(bought_ms * 1000))) END AS quota_days
    FROM listed
)
SELECT row_number() OVER () AS id, *
FROM (
    SELECT d.o, d.ord, d.bought_ms, d.mask, d.pack, d.price, d.rank, d.stop, d.overage, d.numerator,
           d.denominator, d.rest, d.expiry_ms, d.quota_days, d.bought_ms // 1000 * 1000 AS from_ms,
           least(d.expiry_ms, coalesce(
               (SELECT min(h.at_ms) FROM handover AS h WHERE h.o = d.o AND h.at_ms > d.bought_ms),
               d.expiry_ms)) AS until_ms
    FROM dated AS d
)
WHERE until_ms > $begin
