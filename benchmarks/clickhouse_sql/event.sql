-- All rated usage beside each source that may cover it: a row an event and source, or an event
-- without one. units, billed, raw: what was used, billed, and lies below the raw length. free: the
-- bit of the zero-rating that takes it all, or 0. cell: the key of its total.
-- Binds: files, before, begin, finish, day_ms, hour_ms, on_net, off_net, zero_rated, destinations,
-- w_ (weights of a cell).
CREATE TABLE event ENGINE = Memory AS
WITH used AS (
    SELECT transform(_file, $names, $before, toInt64(0)) + toInt64(_row_number) + 1 AS ord, owner_hi, owner_lo, start_ms, trait, units,
           counterparty_hi, counterparty_lo, toInt64(0) AS raw_before, start_ms AS tariff_ms
    FROM file($files, Parquet, $structure)
    WHERE (partial = 0 OR session_hi = 0 AND session_lo = 0) AND start_ms >= $begin AND start_ms < $finish
    UNION ALL
    SELECT ord, owner_hi, owner_lo, start_ms, trait, units, counterparty_hi, counterparty_lo,
           sum(units) OVER parts - units, first_value(start_ms) OVER parts
    FROM (
        SELECT transform(_file, $names, $before, toInt64(0)) + toInt64(_row_number) + 1 AS ord, owner_hi, owner_lo, start_ms, trait, units, counterparty_hi, counterparty_lo, session_hi, session_lo
        FROM file($files, Parquet, $structure)
        WHERE partial > 0 AND NOT (session_hi = 0 AND session_lo = 0) AND start_ms >= $begin AND start_ms < $finish
    )
    WINDOW parts AS (PARTITION BY owner_hi, owner_lo, session_hi, session_lo ORDER BY ord ROWS UNBOUNDED PRECEDING)
), known AS (
    SELECT e.ord AS ord, e.start_ms AS start_ms, e.units AS units, e.raw_before AS raw_before, e.tariff_ms AS tariff_ms,
           p.o AS o, p.plan AS plan, t.kind AS kind, t.carrier AS carrier, t."first" AS "first", t.block AS block,
           p.province AS home, t.province AS serving,
           e.start_ms >= t.span_from AND e.start_ms < t.span_until AS is_listed,
           bitAnd(p.mask, if(is_listed, t.free_inside, t.free_outside)) AS may_free,
           CASE WHEN t.span_zero = 1 AND is_listed THEN $zero_rated
                WHEN r.carrier IS NULL THEN t.destination
                WHEN r.carrier = t.carrier THEN $on_net ELSE $off_net END AS destination
    FROM used AS e
    JOIN (SELECT * FROM trait WHERE kind < 3) AS t ON t.trait = e.trait
    JOIN person AS p ON p.owner_hi = e.owner_hi AND p.owner_lo = e.owner_lo AND p.carrier = t.carrier
    LEFT JOIN port AS r
      ON r.number_lo = e.counterparty_lo AND r.number_hi = e.counterparty_hi AND t.network >= 0
     AND e.start_ms >= r.from_ms AND e.start_ms < r.until_ms
    WHERE e.start_ms >= p.from_ms AND e.start_ms < p.until_ms
), billed AS (
    SELECT k.ord AS ord, k.start_ms AS start_ms, k.units AS units, k.raw_before AS raw_before, k.o AS o, k.kind AS kind,
           k.carrier AS carrier, k.home AS home, k.serving AS serving, k.may_free AS may_free, k.destination AS destination,
           x.numerator AS numerator, x.denominator AS denominator,
           CASE WHEN raw_before + units <= 0 THEN 0 WHEN raw_before + units <= "first" THEN "first"
                ELSE "first" + intDiv(raw_before + units - "first" + block - 1, block) * block END AS finish,
           CASE WHEN raw_before <= 0 THEN 0 WHEN raw_before <= "first" THEN "first"
                ELSE "first" + intDiv(raw_before - "first" + block - 1, block) * block END AS start
    FROM known AS k
    JOIN price AS x
      ON x.key = ((k.plan * 3 + k.kind) * $destinations + k.destination) * 24 + intDiv(k.tariff_ms % $day_ms, $hour_ms)
)
SELECT toInt32(b.ord) AS ord, b.start_ms AS start_ms, toUInt8(b.kind) AS kind,
       toInt32(b.carrier * $w_carrier + (intDiv(b.start_ms, $day_ms) - intDiv($begin, $day_ms)) * $w_day
       + if($w_destination = 0, 0, b.home * $w_home_province + b.serving * $w_serving_province + b.kind * $w_kind + b.destination * $w_destination)) AS cell,
       b.units AS units, b.finish - b.start AS billed,
       greatest(b.raw_before + b.units - b.start, 0) AS raw, toInt32(b.numerator) AS numerator,
       toInt32(b.denominator) AS denominator,
       toInt32(if(b.may_free <> 0 AND b.numerator > 0 AND b.finish > b.start
                  AND b.start_ms >= (SELECT from_ms FROM zero) AND b.start_ms < (SELECT until_ms FROM zero),
                  bitAnd(b.may_free, -b.may_free), 0)) AS free,
       coalesce(s.unit, 0) AS unit, coalesce(s.layer, 0) AS layer,
       bitAnd(bitShiftRight(coalesce(s.in_hours, 0), intDiv(b.start_ms % $day_ms, $hour_ms)), 1) = 1 AS is_open
FROM billed AS b
LEFT JOIN slot AS s
  ON s.key = toInt32(b.o * 128 + b.kind * 32 + intDiv(b.start_ms, $day_ms) - intDiv($begin, $day_ms))
 AND b.numerator > 0 AND b.finish > b.start
 AND b.start_ms >= s.from_ms AND b.start_ms < s.until_ms
 AND bitAnd(bitShiftRight(s.destinations, b.destination), 1) = 1
