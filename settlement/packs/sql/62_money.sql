-- Money granted to an account pays last: what is left to pay of events in its scope, in the owner's
-- order, until it has nothing left or expires. So running sums say what it pays of each event.
CREATE TEMP TABLE purse AS
WITH asked AS (
    SELECT m.owner_id, r.step, greatest(m.from_ms, r.from_ms, coalesce(h.from_ms, r.from_ms)) AS at_ms,
           least(m.until_ms, r.until_ms, coalesce(h.until_ms, r.until_ms)) AS end_ms
    FROM rule AS r
    JOIN of_measure AS m ON m.step = r.step
    LEFT JOIN held AS h ON h.step = r.step AND h.locality = m.home
    WHERE r.type = 'money_grant' AND (NOT r.is_placed OR h.step IS NOT NULL)
), first AS (
    SELECT owner_id, step, min(at_ms) AS at_ms FROM asked WHERE at_ms < end_ms GROUP BY ALL
), every AS (
    SELECT f.owner_id, r.step, f.at_ms,
           coalesce(epoch_ms(CAST(r.effect ->> 'expires' AS TIMESTAMP)), f.at_ms + units_of(r.effect ->> 'lasts')) AS expiry_ms,
           half_up(billionths(r.effect ->> 'amount'), 1000000000) AS given, true AS is_new
    FROM first AS f
    JOIN rule AS r ON r.step = f.step
    ANTI JOIN (SELECT owner_id, measure FROM opening WHERE item = 'trigger') AS o
      ON o.owner_id = f.owner_id AND o.measure = r.key
    WHERE f.at_ms >= (SELECT begin_ms FROM told) AND f.at_ms < (SELECT end_ms FROM told)
), with_opened AS (
    SELECT *, given AS held FROM every
    UNION ALL
    SELECT o.owner_id, r.step, epoch_ms(o.valid_from), epoch_ms(o.valid_until), o.given, false, o.remaining
    FROM opening AS o JOIN rule AS r ON r.key = o.measure
    WHERE o.item = 'source' AND o.type = 'money' AND epoch_ms(o.valid_until) > (SELECT begin_ms FROM told)
)
SELECT row_number() OVER (ORDER BY w.owner_id, w.step, w.at_ms) AS purse, w.*, r.id AS measure, r.key, r.kinds, r.destinations AS classes, r.packs
FROM with_opened AS w JOIN rule AS r ON r.step = w.step;
CREATE TEMP TABLE paid AS
WITH every AS (
    SELECT ord, owner_id, kind, class, start_ms, units, NULL AS pack FROM used
    UNION ALL
    SELECT s.ord, k.owner_id, s.kind, s.recorded, s.start_ms, s.units, s.pack FROM sale AS s JOIN known AS k ON k.ord = s.ord
)
SELECT purse, ord, measure, least(held, upto) - least(held, upto - payable) AS amount
FROM (
    SELECT p.purse, p.measure, p.held, f.ord, f.payable,
           CAST(sum(f.payable) OVER (PARTITION BY p.purse ORDER BY f.ord ROWS UNBOUNDED PRECEDING) AS BIGINT) AS upto
    FROM purse AS p
    JOIN every AS u
      ON u.owner_id = p.owner_id AND u.units > 0 AND allows(p.kinds, u.kind) AND allows(p.classes, u.class)
     AND u.start_ms >= p.at_ms AND u.start_ms < p.expiry_ms
     AND (u.kind <> 'pack' OR allows(p.packs, u.pack))
    JOIN found_event AS f ON f.ord = u.ord
);
INSERT INTO found_line SELECT ord, measure, 'discount', 0, amount FROM paid WHERE amount > 0;
UPDATE found_event SET payable = payable - p.amount
FROM (SELECT ord, sum(amount) AS amount FROM paid GROUP BY ord) AS p WHERE p.ord = found_event.ord;
-- A pack was paid with what was payable.
UPDATE bought SET paid = bought.paid - p.amount
FROM (SELECT ord, sum(amount) AS amount FROM paid GROUP BY ord) AS p WHERE p.ord = bought.ord AND NOT bought.is_stored;
