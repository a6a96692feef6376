-- Totals of crowded events: rows of lines of relief, and with nature NULL of the events themselves.
-- Each link of the chain of charges folds what the sources had left before the event.
-- Binds: discount, in_kind (natures).
CREATE OR REPLACE TEMP TABLE several AS
WITH whole AS (
    SELECT d.ord, any_value(d.cell) AS cell, any_value(d.units) AS units,
           any_value(d.billed) AS billed, any_value(d.free) AS free,
           any_value(CASE WHEN d.kind = 2 THEN d.raw ELSE d.billed END) AS raw_open,
           any_value(CASE WHEN d.kind = 2 THEN d.billed - d.raw ELSE 0 END) AS tail_open,
           max(u.stop) = 1 AND max(u.overage) = 0 AS is_refused,
           coalesce(arg_min(u.numerator, u.unit) FILTER (WHERE u.overage = 1), any_value(d.numerator)) AS n,
           coalesce(arg_min(u.denominator, u.unit) FILTER (WHERE u.overage = 1), any_value(d.denominator)) AS dn,
           sum(least(d.demand, d.own_left)
               + CASE WHEN d.demand > 0 AND d.own_left >= d.demand THEN d.tail ELSE 0 END) AS bundled,
           list({'raw': u.raw = 1, 'own': d.own_left, 'more': d.more_left,
                 'got': least(d.demand - least(d.demand, d.own_left), d.more_left),
                 'class': u.class, 'price': u.price, 'own_units': u.own_units} ORDER BY u.unit) AS items
    FROM drawn AS d
    JOIN unit AS u ON u.unit = d.unit
    WHERE d.ord IN (SELECT ord FROM crowded)
    GROUP BY d.ord
), link AS (
    SELECT ord, k, CASE WHEN is_refused THEN 0 ELSE state.r + state.t END AS uncovered, n, dn
    FROM (
        SELECT ord, k, n, dn, is_refused, list_reduce(
            list_transform(items, lambda z, i: {
                'raw': z.raw, 'cap': z.own + CASE WHEN i <= k THEN z.more ELSE 0 END,
                'r': 0::BIGINT, 't': 0::BIGINT}),
            lambda a, b: {
                'raw': b.raw, 'cap': b.cap, 'r': a.r - least(a.r, b.cap),
                't': CASE WHEN b.raw THEN CASE WHEN a.r > 0 AND a.r <= b.cap THEN 0 ELSE a.t END
                          ELSE a.t - least(a.t, b.cap - least(a.r, b.cap)) END},
            {'raw': false, 'cap': 0::BIGINT, 'r': raw_open, 't': tail_open}) AS state
        FROM (SELECT *, unnest(generate_series(0, len(items))) AS k FROM whole)
    )
), chain AS (
    SELECT ord, k, uncovered, (2 * uncovered * n + dn) // (2 * dn) AS charge,
           lag(uncovered) OVER steps AS uncovered_before,
           lag((2 * uncovered * n + dn) // (2 * dn)) OVER steps AS charge_before
    FROM link
    WINDOW steps AS (PARTITION BY ord ORDER BY k)
), step AS (
    SELECT w.ord, w.cell, w.n, w.dn, w.free,
           i.class, i.price, i.own_units, c.charge_before - c.charge AS amount,
           least(i.got, c.uncovered_before - c.uncovered) AS lowered,
           i.got - least(i.got, c.uncovered_before - c.uncovered) AS spare
    FROM (SELECT *, unnest(items) AS i, unnest(generate_series(1, len(items))) AS k FROM whole WHERE free = 0) AS w
    JOIN chain AS c ON c.ord = w.ord AND c.k = w.k
    UNION ALL
    SELECT w.ord, w.cell, w.n, w.dn, w.free, -1, 0, 1, c.charge, c.uncovered, w.billed - c.uncovered
    FROM whole AS w
    JOIN chain AS c ON c.ord = w.ord AND c.k = 0
    WHERE w.free > 0
), line AS (
    SELECT ord, cell, measure, $discount AS nature, sum(lowered) AS units, sum(amount) AS amount
    FROM step JOIN line_name USING (free, class) GROUP BY ord, cell, measure HAVING sum(lowered) > 0 OR sum(amount) > 0
    UNION ALL
    SELECT ord, cell, measure, $in_kind, sum(spare),
           sum(CASE WHEN spare = 0 THEN 0
                    WHEN class <> 1 THEN (2 * spare * n + dn) // (2 * dn)
                    ELSE (2 * spare * price + own_units) // (2 * own_units) END)
    FROM step JOIN line_name USING (free, class) GROUP BY ord, cell, measure HAVING sum(spare) > 0
)
SELECT cell, measure, nature, count(*) AS events, sum(units) AS units, NULL AS billed, NULL AS bundled,
       sum(amount) AS list_value, NULL AS payable, NULL AS list_sum, NULL AS payable_sum
FROM line GROUP BY cell, measure, nature
UNION ALL
SELECT w.cell, NULL, NULL, count(*), sum(w.units), sum(w.billed), sum(w.bundled), sum(a.charge),
       sum(CASE WHEN w.free > 0 THEN 0 ELSE z.charge END), sum(w.ord::BIGINT * a.charge),
       sum(CASE WHEN w.free > 0 THEN 0 ELSE w.ord::BIGINT * z.charge END)
FROM whole AS w
JOIN chain AS a ON a.ord = w.ord AND a.k = 0
JOIN chain AS z ON z.ord = w.ord AND z.k = len(w.items)
GROUP BY w.cell
