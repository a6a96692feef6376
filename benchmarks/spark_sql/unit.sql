-- What can cover usage: a row a source with its bonus right behind it. own, more: capacity of the
-- bundled volume and of the relief. unit: order of consumption of an owner's sources of a kind.
-- Binds: day_ms, begin, finish, share_denominator, all_hours.
WITH volume_of AS (
    SELECT b.*, v.kind, v.destinations, v.units, v.daily, v.raw, v.hours AS in_hours, v.place, v.alike,
           v.own + v.own_daily * b.quota_days AS own_units, s.from_ms AS given_ms,
           CASE WHEN v.kind = 2 AND s.id IS NOT NULL THEN v.units * s.share div :share_denominator
                ELSE 0L END AS bonus,
           CASE WHEN b.rest IS NULL OR v.daily = 1 THEN v.units
                ELSE CAST(element_at(split(b.rest, ';'), CAST(v.place + 1 AS INT)) AS BIGINT) END AS capacity
    FROM bought AS b
    JOIN volume AS v ON v.pack = b.pack
    LEFT JOIN bonus_of AS s ON s.id = b.id
), parted AS (  -- own volume and bonus together, but apart where a pack has several volumes of a kind
    SELECT *, capacity AS own, CASE WHEN alike = 1 THEN bonus ELSE 0L END AS more, place AS step FROM volume_of
    UNION ALL
    SELECT *, 0L AS own, bonus AS more, 1000 + place AS step FROM volume_of WHERE alike > 1 AND bonus > 0
), days AS (    -- a daily quota is a source a day
    SELECT *, greatest(from_ms, :begin) div :day_ms AS day FROM parted WHERE daily = 0
    UNION ALL
    SELECT *, explode(sequence(
        greatest(from_ms, :begin) div :day_ms, (least(until_ms, :finish) - 1) div :day_ms)) AS day
    FROM parted WHERE daily = 1 AND from_ms < :finish
), given AS (   -- grants: the first beginning of each entry, or the first SMS that asks for it
    SELECT o, bit, `first`, destinations, amount, lasts_ms, min(began_ms) AS at_ms
    FROM (
        SELECT p.o, g.bit, g.`first`, g.destinations, g.amount, g.lasts_ms,
               greatest(p.from_ms, g.from_ms, r.from_ms) AS began_ms,
               least(p.until_ms, g.until_ms, r.until_ms) AS end_ms
        FROM `order` AS r
        JOIN `grant` AS g ON r.bit = g.bit AND g.opt_in < 0
        JOIN person AS p ON p.locality = r.locality AND p.mask & g.bit <> 0
        UNION ALL
        SELECT t.o, g.bit, g.`first`, g.destinations, g.amount, g.lasts_ms, t.start_ms, t.start_ms + 1
        FROM trigger AS t
        JOIN `grant` AS g
          ON t.kind = 1 AND t.units > 0 AND t.destination = g.opt_in AND t.mask & g.bit <> 0
         AND t.start_ms >= g.from_ms AND t.start_ms < g.until_ms
        JOIN `order` AS r
          ON r.bit = g.bit AND r.locality = t.locality AND t.start_ms >= r.from_ms AND t.start_ms < r.until_ms
    )
    WHERE began_ms < end_ms AND began_ms >= :begin AND began_ms < :finish
    GROUP BY o, bit, `first`, destinations, amount, lasts_ms
), handed AS (
    SELECT g.o, g.bit, min(h.at_ms) AS handed_ms
    FROM given AS g JOIN handover AS h ON h.o = g.o AND h.at_ms > g.at_ms
    GROUP BY g.o, g.bit
), granted AS (
    SELECT g.*, least(g.at_ms + g.lasts_ms, coalesce(h.handed_ms, g.at_ms + g.lasts_ms)) AS ends_ms
    FROM given AS g LEFT JOIN handed AS h ON h.o = g.o AND h.bit = g.bit
), every AS (
    SELECT o, kind, destinations, in_hours, raw, 1L AS class, rank, expiry_ms, bought_ms, pack, ord, step,
           greatest(from_ms, CASE WHEN daily = 1 THEN day * :day_ms ELSE from_ms END) AS begin_ms,
           least(until_ms, CASE WHEN daily = 1 THEN (day + 1) * :day_ms ELSE until_ms END) AS end_ms,
           own, more, coalesce(given_ms, end_ms) AS more_from_ms, price, own_units,
           CASE WHEN kind = 2 THEN stop ELSE 0L END AS stop, CASE WHEN kind = 2 THEN overage ELSE 0L END AS overage,
           numerator, denominator
    FROM days
    UNION ALL
    SELECT o, 0, destinations, :all_hours, 0, CASE WHEN `first` = 1 THEN 0 ELSE 2 END, 0,
           at_ms + lasts_ms, at_ms, 0, 0, 0, CASE WHEN `first` = 1 THEN at_ms ELSE at_ms div 1000 * 1000 END,
           ends_ms, 0, amount, 0, 0, 1, 0, 0, 0, 1
    FROM granted
)
SELECT CAST(row_number() OVER (ORDER BY o, kind, class, rank, expiry_ms, bought_ms, pack, ord, step, begin_ms) AS BIGINT) AS unit,
       o, kind, destinations, in_hours, raw, class, begin_ms AS from_ms, end_ms AS until_ms,
       own, more, more_from_ms, price, own_units, stop, overage, numerator, denominator
FROM every
WHERE end_ms > begin_ms AND begin_ms < :finish
