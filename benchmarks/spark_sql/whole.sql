-- Crowded events with all of their sources, in order: a row an event. items: a source each, with what
-- its own and its relief had left before the event, and what the relief gave.
SELECT d.ord, any_value(d.cell) AS cell, any_value(d.units) AS units,
       any_value(d.billed) AS billed, any_value(d.free) AS free,
       any_value(CASE WHEN d.kind = 2 THEN d.raw ELSE d.billed END) AS raw_open,
       any_value(CASE WHEN d.kind = 2 THEN d.billed - d.raw ELSE 0 END) AS tail_open,
       max(u.stop) = 1 AND max(u.overage) = 0 AS is_refused,
       coalesce(min_by(u.numerator, u.unit) FILTER (WHERE u.overage = 1), any_value(d.numerator)) AS n,
       coalesce(min_by(u.denominator, u.unit) FILTER (WHERE u.overage = 1), any_value(d.denominator)) AS dn,
       sum(least(d.demand, d.own_left)
           + CASE WHEN d.demand > 0 AND d.own_left >= d.demand THEN d.tail ELSE 0 END) AS bundled,
       sort_array(collect_list(named_struct(
           'unit', u.unit, 'raw', u.raw = 1, 'own', d.own_left, 'more', d.more_left,
           'got', least(d.demand - least(d.demand, d.own_left), d.more_left),
           'class', u.class, 'price', u.price, 'own_units', u.own_units))) AS items
FROM drawn AS d
JOIN crowded AS c ON c.ord = d.ord
JOIN unit AS u ON u.unit = d.unit
GROUP BY d.ord
