-- The chain of charges of a crowded event: link k is charged as if only its first k sources gave relief.
-- Each link folds what the sources had left before the event.
CREATE OR REPLACE TEMP TABLE chain AS
WITH link AS (
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
)
SELECT ord, k, uncovered, (2 * uncovered * n + dn) // (2 * dn) AS charge,
       lag(uncovered) OVER steps AS uncovered_before,
       lag((2 * uncovered * n + dn) // (2 * dn)) OVER steps AS charge_before
FROM link
WINDOW steps AS (PARTITION BY ord ORDER BY k)
