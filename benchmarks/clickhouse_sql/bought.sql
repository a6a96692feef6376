-- Packs that are open in the period: a row a purchase, or an open pack of the carriers' list.
-- Binds: files, day_ms, hour_ms, begin.
CREATE TABLE bought ENGINE = Memory AS
WITH listed AS (
    SELECT t.o AS o, t.ord AS ord, t.start_ms AS bought_ms, t.mask AS mask, k.pack AS pack, k.price AS price, k.rank AS rank, k.hours AS hours,
           k.days AS days, k.calendar_days AS calendar_days, k.stop AS stop, k.overage AS overage, k.numerator AS numerator,
           k.denominator AS denominator, '' AS rest
    FROM trigger AS t JOIN pack AS k ON k.pack = t.pack
    WHERE t.kind = 3 AND t.units > 0 AND t.start_ms >= k.from_ms AND t.start_ms < k.until_ms
      AND (k.carrier < 0 OR k.carrier = t.carrier)
    UNION ALL
    SELECT p.o, toInt64(0), q.bought_ms, toInt64(0), k.pack, k.price, k.rank, k.hours, k.days, k.calendar_days,
           k.stop, k.overage, k.numerator, k.denominator, q."left"
    FROM file($files, Parquet, 'owner_hi UInt64, owner_lo UInt64, pack String, bought_ms Int64, left String') AS q
    JOIN pack_name AS n ON n.name = q.pack
    JOIN pack AS k ON k.pack = n.pack
    JOIN (SELECT DISTINCT o, owner_hi, owner_lo FROM person) AS p
      ON p.owner_hi = q.owner_hi AND p.owner_lo = q.owner_lo
), dated AS (
    SELECT *,
        toInt64(CASE WHEN hours > 0 THEN bought_ms + hours * $hour_ms
             WHEN days > 0 THEN bought_ms + days * $day_ms
             WHEN calendar_days > 0 THEN (intDiv(bought_ms, $day_ms) + calendar_days) * $day_ms
             ELSE toInt64(toDate32(addMonths(toStartOfMonth(fromUnixTimestamp64Milli(bought_ms, 'UTC')), 1))) * $day_ms
        END) AS expiry_ms,
        toInt64(CASE WHEN hours > 0 THEN intDiv(hours + 23, 24)
             WHEN days > 0 THEN days
             WHEN calendar_days > 0 THEN calendar_days
             ELSE toDayOfMonth(toLastDayOfMonth(fromUnixTimestamp64Milli(bought_ms, 'UTC'))) END) AS quota_days
    FROM listed
), ended AS (
    SELECT d.o AS o, d.ord AS ord, d.bought_ms AS bought_ms, d.pack AS pack, d.expiry_ms AS expiry_ms, min(h.at_ms) AS handed_ms
    FROM dated AS d JOIN handover AS h ON h.o = d.o
    WHERE h.at_ms > d.bought_ms
    GROUP BY d.o, d.ord, d.bought_ms, d.pack, d.expiry_ms
)
SELECT toInt64(rowNumberInAllBlocks()) AS id, *
FROM (
    SELECT d.o AS o, d.ord AS ord, d.bought_ms AS bought_ms, d.mask AS mask, d.pack AS pack, d.price AS price, d.rank AS rank,
           d.stop AS stop, d.overage AS overage, d.numerator AS numerator, d.denominator AS denominator, d.rest AS rest,
           d.expiry_ms AS expiry_ms, d.quota_days AS quota_days, intDiv(d.bought_ms, 1000) * 1000 AS from_ms,
           least(d.expiry_ms, coalesce(h.handed_ms, d.expiry_ms)) AS until_ms
    FROM dated AS d
    LEFT JOIN ended AS h ON h.o = d.o AND h.ord = d.ord AND h.bought_ms = d.bought_ms AND h.pack = d.pack
                        AND h.expiry_ms = d.expiry_ms
)
WHERE until_ms > $begin
ORDER BY o, bought_ms, ord, pack
