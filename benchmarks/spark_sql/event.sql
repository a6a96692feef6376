-- All rated usage beside each source that may cover it: a row an event and source, or an event
-- without one. units, billed, raw: what was used, billed, and lies below the raw length. free: the
-- bit of the zero-rating that takes it all, or 0. cell: the key of its total.
-- Binds: begin, day_ms, hour_ms, on_net, off_net, zero_rated, destinations, w_ (weights of a cell).
WITH used AS (
    SELECT ord, owner_hi, owner_lo, start_ms, trait, units, counterparty_hi, counterparty_lo,
           0L AS raw_before, start_ms AS tariff_ms
    FROM usage
    WHERE partial = 0 OR session_hi = 0 AND session_lo = 0
    UNION ALL
    SELECT ord, owner_hi, owner_lo, start_ms, trait, units, counterparty_hi, counterparty_lo,
           (sum(units) OVER parts) - units, first_value(start_ms) OVER parts
    FROM usage
    WHERE partial > 0 AND NOT (session_hi = 0 AND session_lo = 0)
    WINDOW parts AS (PARTITION BY owner_hi, owner_lo, session_hi, session_lo ORDER BY ord
                     ROWS UNBOUNDED PRECEDING)
), known AS (
    SELECT /*+ BROADCAST(t, p, r) */
           e.ord, e.start_ms, e.units, e.raw_before, e.tariff_ms, p.o, p.plan, t.kind, t.carrier, t.`first`, t.block,
           p.province AS home, t.province AS serving,
           e.start_ms >= t.span_from AND e.start_ms < t.span_until AS is_listed,
           p.mask & CASE WHEN is_listed THEN t.free_inside ELSE t.free_outside END AS may_free,
           CASE WHEN t.span_zero = 1 AND is_listed THEN :zero_rated
                WHEN r.carrier IS NULL THEN t.destination
                WHEN r.carrier = t.carrier THEN :on_net ELSE :off_net END AS destination
    FROM used AS e
    JOIN trait AS t ON t.trait = e.trait AND t.kind < 3
    JOIN person AS p
      ON p.owner_hi = e.owner_hi AND p.owner_lo = e.owner_lo AND p.carrier = t.carrier
     AND e.start_ms >= p.from_ms AND e.start_ms < p.until_ms
    LEFT JOIN port AS r
      ON r.number_lo = e.counterparty_lo AND r.number_hi = e.counterparty_hi AND t.network >= 0
     AND e.start_ms >= r.from_ms AND e.start_ms < r.until_ms
), billed AS (
    SELECT /*+ BROADCAST(x) */ k.*, x.numerator, x.denominator,
           CASE WHEN raw_before + units <= 0 THEN 0 WHEN raw_before + units <= k.`first` THEN k.`first`
                ELSE k.`first` + (raw_before + units - k.`first` + block - 1) div block * block END AS finish,
           CASE WHEN raw_before <= 0 THEN 0 WHEN raw_before <= k.`first` THEN k.`first`
                ELSE k.`first` + (raw_before - k.`first` + block - 1) div block * block END AS start
    FROM known AS k
    JOIN price AS x
      ON x.key = ((k.plan * 3 + k.kind) * :destinations + k.destination) * 24 + tariff_ms % :day_ms div :hour_ms
)
SELECT /*+ BROADCAST(s) */ b.ord, b.start_ms, b.kind,
       b.carrier * :w_carrier + (b.start_ms div :day_ms - :begin div :day_ms) * :w_day
       + CASE WHEN :w_destination = 0 THEN 0
              ELSE b.home * :w_home_province + b.serving * :w_serving_province
                   + b.kind * :w_kind + b.destination * :w_destination END AS cell,
       b.units, b.finish - b.start AS billed,
       greatest(b.raw_before + b.units - b.start, 0) AS raw, b.numerator, b.denominator,
       CASE WHEN b.may_free <> 0 AND b.numerator > 0 AND b.finish > b.start
                 AND b.start_ms >= (SELECT from_ms FROM zero) AND b.start_ms < (SELECT until_ms FROM zero)
            THEN b.may_free & -b.may_free ELSE 0 END AS free,
       s.unit, s.layer,
       coalesce(shiftright(s.in_hours, CAST(b.start_ms % :day_ms div :hour_ms AS INT)) & 1 = 1, false) AS is_open
FROM billed AS b
LEFT JOIN slot AS s
  ON s.key = b.o * 128 + b.kind * 32 + b.start_ms div :day_ms - :begin div :day_ms
 AND b.numerator > 0 AND b.finish > b.start
 AND b.start_ms >= s.from_ms AND b.start_ms < s.until_ms
 AND shiftright(s.destinations, CAST(b.destination AS INT)) & 1 = 1
