-- What can cover usage: a row a source with its bonus right behind it. own, more: capacity of the
-- bundled volume and of the relief. place: order of consumption of an owner's sources of a kind.
-- Binds: day_ms, begin, finish, share_denominator, all_hours.
CREATE TABLE unit ENGINE = Memory AS
WITH volume_of AS (
    SELECT b.o AS o, b.ord AS ord, b.bought_ms AS bought_ms, b.pack AS pack, b.price AS price, b.rank AS rank,
           b.stop AS stop, b.overage AS overage, b.numerator AS numerator, b.denominator AS denominator, b.expiry_ms AS expiry_ms, b.from_ms AS from_ms, b.until_ms AS until_ms,
           v.kind AS kind, v.destinations AS destinations, v.units AS units, v.daily AS daily, v.raw AS raw,
           v.hours AS in_hours, v.place AS place, v.alike AS alike,
           v.own + v.own_daily * b.quota_days AS own_units, s.from_ms AS given_ms,
           if(v.kind = 2 AND s.id IS NOT NULL, intDiv(v.units * coalesce(s.share, 0), $share_denominator), 0) AS bonus,
           if(b.rest = '' OR v.daily = 1, v.units, toInt64OrZero(splitByChar(';', b.rest)[v.place + 1])) AS capacity
    FROM bought AS b
    JOIN volume AS v ON v.pack = b.pack
    LEFT JOIN bonus_of AS s ON s.id = b.id
), parted AS (  -- own volume and bonus together, but apart where a pack has several volumes of a kind
    SELECT *, capacity AS own, if(alike = 1, bonus, 0) AS more, place AS step FROM volume_of
    UNION ALL
    SELECT *, toInt64(0) AS own, bonus AS more, 1000 + place AS step FROM volume_of WHERE alike > 1 AND bonus > 0
), days AS (    -- a daily quota is a source a day
    SELECT *, intDiv(greatest(from_ms, $begin), $day_ms) AS day FROM parted WHERE daily = 0
    UNION ALL
    SELECT *, toInt64(arrayJoin(range(intDiv(greatest(from_ms, $begin), $day_ms), intDiv(least(until_ms, $finish) - 1, $day_ms) + 1))) AS day FROM parted WHERE daily = 1
), given AS (   -- grants: the first beginning of each entry, or the first SMS that asks for it
    SELECT o, bit, "first", destinations, amount, lasts_ms, min(began_ms) AS at_ms
    FROM (
        SELECT p.o AS o, g.bit AS bit, g."first" AS "first", g.destinations AS destinations, g.amount AS amount,
               g.lasts_ms AS lasts_ms, greatest(p.from_ms, g.from_ms, r.from_ms) AS began_ms,
               least(p.until_ms, g.until_ms, r.until_ms) AS end_ms
        FROM "order" AS r
        JOIN "grant" AS g ON r.bit = g.bit
        JOIN person AS p ON p.locality = r.locality
        WHERE bitAnd(p.mask, g.bit) <> 0 AND g.opt_in < 0
        UNION ALL
        SELECT t.o, g.bit, g."first", g.destinations, g.amount, g.lasts_ms, t.start_ms, t.start_ms + 1
        FROM trigger AS t
        JOIN "grant" AS g ON t.destination = g.opt_in
        JOIN "order" AS r ON r.bit = g.bit AND r.locality = t.locality
        WHERE t.kind = 1 AND t.units > 0 AND bitAnd(t.mask, g.bit) <> 0
          AND t.start_ms >= g.from_ms AND t.start_ms < g.until_ms
          AND t.start_ms >= r.from_ms AND t.start_ms < r.until_ms
    )
    WHERE began_ms < end_ms AND began_ms >= $begin AND began_ms < $finish
    GROUP BY o, bit, "first", destinations, amount, lasts_ms
), handed AS (
    SELECT g.o AS o, g.bit AS bit, min(h.at_ms) AS handed_ms
    FROM given AS g JOIN handover AS h ON h.o = g.o
    WHERE h.at_ms > g.at_ms
    GROUP BY g.o, g.bit
), granted AS (
    SELECT g.o AS o, g.bit AS bit, g."first" AS "first", g.destinations AS destinations, g.amount AS amount, g.lasts_ms AS lasts_ms,
           g.at_ms AS at_ms, least(g.at_ms + g.lasts_ms, coalesce(h.handed_ms, g.at_ms + g.lasts_ms)) AS ends_ms
    FROM given AS g LEFT JOIN handed AS h ON h.o = g.o AND h.bit = g.bit
), every AS (
    SELECT o, kind, destinations, in_hours, raw, toInt64(1) AS class, rank, expiry_ms, bought_ms, pack, ord, step,
           greatest(d.from_ms, if(daily = 1, day * $day_ms, d.from_ms)) AS begin_ms,
           least(d.until_ms, if(daily = 1, (day + 1) * $day_ms, d.until_ms)) AS end_ms,
           own, more, coalesce(given_ms, least(d.until_ms, if(daily = 1, (day + 1) * $day_ms, d.until_ms))) AS more_from_ms, price, own_units,
           if(kind = 2, stop, 0) AS stop, if(kind = 2, overage, 0) AS overage,
           numerator, denominator
    FROM days AS d
    UNION ALL
    SELECT o, toInt64(0), destinations, toInt64($all_hours), toInt64(0), toInt64(if("first" = 1, 0, 2)), toInt64(0),
           at_ms + lasts_ms, at_ms, toInt64(0), toInt64(0), toInt64(0), if("first" = 1, at_ms, intDiv(at_ms, 1000) * 1000),
           ends_ms, toInt64(0), amount, toInt64(0), toInt64(0), toInt64(1), toInt64(0), toInt64(0), toInt64(0), toInt64(1)
    FROM granted
)
SELECT toInt32(row_number() OVER (ORDER BY o, kind, class, rank, expiry_ms, bought_ms, pack, ord, step, begin_ms)) AS unit,
       toInt32(o) AS o, toInt32(kind) AS kind, destinations, in_hours, raw, class, begin_ms AS from_ms, end_ms AS until_ms,
       own, more, more_from_ms, price, own_units, stop, overage, numerator, denominator
FROM every
WHERE end_ms > begin_ms AND begin_ms < $finish
