-- The few events that are sold, or open sources: purchases, fees, and SMS that ask for a grant. A
-- row an event. mask: measures whose person it is; sale_mask: that may touch a purchase or fee too.
-- Binds: begin, day_ms, w_ (weights of a cell).
SELECT /*+ BROADCAST(t, p) */ e.ord, p.o, p.mask, p.mask & t.mask AS sale_mask,
       p.carrier, p.plan, p.locality, e.start_ms, e.units, t.kind, t.destination, t.pack,
       t.carrier * :w_carrier + (e.start_ms div :day_ms - :begin div :day_ms) * :w_day
       + CASE WHEN :w_destination = 0 THEN 0
              ELSE p.province * :w_home_province + t.province * :w_serving_province
                   + t.kind * :w_kind + t.destination * :w_destination END AS cell
FROM usage AS e
JOIN (
    SELECT * FROM trait
    WHERE kind >= 3 OR kind = 1 AND destination IN (SELECT opt_in FROM `grant`)
) AS t ON t.trait = e.trait
JOIN person AS p
  ON p.owner_hi = e.owner_hi AND p.owner_lo = e.owner_lo AND p.carrier = t.carrier
 AND e.start_ms >= p.from_ms AND e.start_ms < p.until_ms
