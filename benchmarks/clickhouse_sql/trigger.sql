-- The few events that are sold, or open sources: purchases, fees, and SMS that ask for a grant. A
-- row an event. mask: measures whose person it is; sale_mask: that may touch a purchase or fee too.
-- Binds: files, before (rows in the files before each), begin, finish, day_ms, w_ (weights of a cell).
CREATE TABLE trigger ENGINE = Memory AS
SELECT e.ord AS ord, p.o AS o, p.mask AS mask, bitAnd(p.mask, t.mask) AS sale_mask,
       p.carrier AS carrier, p.plan AS plan, p.locality AS locality, e.start_ms AS start_ms, e.units AS units, t.kind AS kind,
       t.destination AS destination, t.pack AS pack,
       toInt32(t.carrier * $w_carrier + (intDiv(e.start_ms, $day_ms) - intDiv($begin, $day_ms)) * $w_day
       + if($w_destination = 0, 0, p.province * $w_home_province + t.province * $w_serving_province + t.kind * $w_kind + t.destination * $w_destination)) AS cell
FROM (
    SELECT transform(_file, $names, $before, toInt64(0)) + toInt64(_row_number) + 1 AS ord, owner_hi, owner_lo, start_ms, trait, units
    FROM file($files, Parquet, $structure)
    WHERE trait IN (
            SELECT trait FROM trait
            WHERE kind >= 3 OR kind = 1 AND destination IN (SELECT opt_in FROM "grant"))
      AND start_ms >= $begin AND start_ms < $finish
) AS e
JOIN trait AS t ON t.trait = e.trait
JOIN person AS p ON p.owner_hi = e.owner_hi AND p.owner_lo = e.owner_lo AND p.carrier = t.carrier
WHERE e.start_ms >= p.from_ms AND e.start_ms < p.until_ms
