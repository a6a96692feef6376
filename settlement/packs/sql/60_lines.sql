-- 6. Charges with and without each source of relief, and the lines that follow: the relief of a step
-- is the charge before it less the charge after it, each rounded once. Units drawn that lowered
-- nothing are in kind.
CREATE TEMP TABLE free_value AS
SELECT id AS measure, any_value(effect ->> 'in_kind_value') AS value FROM rule WHERE type = 'zero_rating' GROUP BY id;
-- Usage that no source touches.
INSERT INTO found_event
SELECT ord, billed, 0, half_up(CAST(billed AS HUGEINT) * numerator, denominator),
       CASE WHEN free IS NOT NULL THEN 0 ELSE half_up(CAST(billed AS HUGEINT) * numerator, denominator) END
FROM beside WHERE unit IS NULL;
INSERT INTO found_line
SELECT ord, free, 'discount', billed, half_up(CAST(billed AS HUGEINT) * numerator, denominator)
FROM beside WHERE unit IS NULL AND free IS NOT NULL;

-- Usage that one source touches, or several: the chain of charges folds what each had left. In
-- step k the relief of the first k sources is in force; their bundles are in every step. Nearly all
-- has one source, and is not brought together by event: that would cost more than all else here.
CREATE TEMP TABLE whole AS
WITH part AS (
    SELECT d.ord, d.unit, d.billed, d.free, d.numerator, d.denominator, u.stop, u.overage,
           CASE WHEN d.kind = 'data' THEN d.raw ELSE d.billed END AS raw_open,
           CASE WHEN d.kind = 'data' THEN d.billed - d.raw ELSE 0 END AS tail_open,
           CASE WHEN u.overage THEN u.numerator END AS over_n, CASE WHEN u.overage THEN u.denominator END AS over_dn,
           CASE WHEN d.free IS NOT NULL THEN 0 ELSE least(d.demand, d.own_left)
               + CASE WHEN d.demand > 0 AND d.own_left >= d.demand THEN d.tail ELSE 0 END END AS bundled,
           {'raw': u.is_raw, 'own': d.own_left, 'more': d.more_left,
            'got': least(d.demand - least(d.demand, d.own_left), d.more_left), 'measure': u.measure, 'value': u.value,
            'price': u.price, 'own_units': u.own_units} AS item
    FROM drawn AS d
    JOIN unit AS u ON u.unit = d.unit
)
SELECT ord, billed, free, raw_open, tail_open, stop AND NOT overage AS is_refused,
       coalesce(over_n, numerator) AS n, coalesce(over_dn, denominator) AS dn, bundled, [item] AS items
FROM part ANTI JOIN crowded USING (ord)
UNION ALL
SELECT ord, any_value(billed), any_value(free), any_value(raw_open), any_value(tail_open), bool_or(stop) AND NOT bool_or(overage),
       coalesce(arg_min(over_n, unit) FILTER (overage), any_value(numerator)),
       coalesce(arg_min(over_dn, unit) FILTER (overage), any_value(denominator)),
       CAST(sum(bundled) AS BIGINT), list(item ORDER BY unit)
FROM part SEMI JOIN crowded USING (ord)
GROUP BY ord;
CREATE TEMP TABLE chain AS
WITH link AS (
    SELECT ord, k, n, dn, CASE WHEN is_refused THEN 0 ELSE state.r + state.t END AS open
    FROM (
        SELECT ord, k, n, dn, is_refused, list_reduce(
            list_transform(items, lambda z, i: {
                'raw': z.raw, 'cap': z.own + CASE WHEN i <= k THEN z.more ELSE 0 END, 'r': 0::BIGINT, 't': 0::BIGINT}),
            lambda a, b: {
                'raw': b.raw, 'cap': b.cap, 'r': a.r - least(a.r, b.cap),
                't': CASE WHEN b.raw THEN CASE WHEN a.r > 0 AND a.r <= b.cap THEN 0 ELSE a.t END
                          ELSE a.t - least(a.t, b.cap - least(a.r, b.cap)) END},
            {'raw': false, 'cap': 0::BIGINT, 'r': raw_open, 't': tail_open}) AS state
        FROM (SELECT *, unnest(range(len(items) + 1)) AS k FROM whole)
    )
)
SELECT ord, k, open, half_up(CAST(open AS HUGEINT) * n, dn) AS charge, lag(open) OVER steps AS open_before,
       lag(half_up(CAST(open AS HUGEINT) * n, dn)) OVER steps AS charge_before
FROM link
WINDOW steps AS (PARTITION BY ord ORDER BY k);
INSERT INTO found_event
SELECT w.ord, w.billed, w.bundled, a.charge, CASE WHEN w.free IS NOT NULL THEN 0 ELSE z.charge END
FROM whole AS w
JOIN chain AS a ON a.ord = w.ord AND a.k = 0
JOIN chain AS z ON z.ord = w.ord AND z.k = len(w.items);
CREATE TEMP TABLE drawn_step AS
SELECT w.ord, w.n, w.dn, i.measure, i.value, i.price, i.own_units, c.charge_before - c.charge AS amount,
       least(i.got, c.open_before - c.open) AS lowered, i.got - least(i.got, c.open_before - c.open) AS spare
FROM (SELECT *, unnest(items) AS i, unnest(range(1, len(items) + 1)) AS k FROM whole WHERE free IS NULL) AS w
JOIN chain AS c ON c.ord = w.ord AND c.k = w.k
UNION ALL
SELECT w.ord, w.n, w.dn, w.free, v.value, 0, 1, c.charge, c.open, w.billed - c.open
FROM whole AS w
JOIN chain AS c ON c.ord = w.ord AND c.k = 0
JOIN free_value AS v ON v.measure = w.free;
INSERT INTO found_line
SELECT ord, measure, 'discount', sum(lowered), sum(amount) FROM drawn_step
GROUP BY ord, measure HAVING sum(lowered) > 0 OR sum(amount) > 0
UNION ALL
SELECT ord, measure, 'in_kind', sum(spare),
       sum(CASE value WHEN 'zero' THEN 0 WHEN 'list_price' THEN half_up(CAST(spare AS HUGEINT) * n, dn)
                ELSE half_up(CAST(spare AS HUGEINT) * price, own_units) END)
FROM drawn_step WHERE spare > 0 GROUP BY ord, measure;
-- What the carrier gives a fund for each message, whatever covers or relieves it.
INSERT INTO found_line
SELECT u.ord, r.id, 'contribution', u.units, u.units * half_up(billionths(r.effect ->> 'amount'), 1000000000)
FROM used AS u
JOIN rule AS r
  ON r.type = 'contribution' AND u.start_ms >= r.from_ms AND u.start_ms < r.until_ms AND u.units > 0
 AND allows(r.kinds, u.kind) AND allows(r.destinations, u.class)
JOIN of_measure AS m ON m.step = r.step AND m.person = u.person
WHERE NOT r.is_placed OR EXISTS (
    FROM held AS h
    WHERE h.step = r.step AND h.locality = u.home AND u.start_ms >= h.from_ms AND u.start_ms < h.until_ms);
