-- Crowded events with all of their sources, in order: a row an event.
-- items: unit, whether it counts raw, what its own and relief had left, what relief gave, class, price, own units.
CREATE TABLE whole ENGINE = Memory AS
SELECT ord, any(d_cell) AS cell, any(d_units) AS units, any(d_billed) AS billed, any(d_free) AS free,
       any(if(d_kind = 2, d_raw, d_billed)) AS raw_open,
       any(if(d_kind = 2, d_billed - d_raw, 0)) AS tail_open,
       max(stop) = 1 AND max(overage) = 0 AS is_refused,
       if(countIf(overage = 1) > 0, argMinIf(u_numerator, unit, overage = 1), toInt64(any(d_numerator))) AS n,
       if(countIf(overage = 1) > 0, argMinIf(u_denominator, unit, overage = 1), toInt64(any(d_denominator))) AS dn,
       sum(bundle + if(demand > 0 AND own_left >= demand, tail, 0)) AS bundled,
       arraySort(x -> x.1, groupArray((unit, is_raw, own_left, more_left, least(demand - bundle, more_left), class, price, own_units))) AS items
FROM (
    SELECT d.ord AS ord, d.cell AS d_cell, d.units AS d_units, d.billed AS d_billed, d.free AS d_free, d.kind AS d_kind, d.raw AS d_raw,
           d.numerator AS d_numerator, d.denominator AS d_denominator, d.demand AS demand, d.tail AS tail, d.is_raw AS is_raw,
           d.own_left AS own_left, d.more_left AS more_left, least(d.demand, d.own_left) AS bundle, u.unit AS unit, u.stop AS stop,
           u.overage AS overage, u.numerator AS u_numerator, u.denominator AS u_denominator, u.class AS class, u.price AS price,
           u.own_units AS own_units
    FROM (SELECT * FROM drawn WHERE ord IN (SELECT ord FROM crowded_1)) AS d
    JOIN unit AS u ON u.unit = d.unit
)
GROUP BY ord
