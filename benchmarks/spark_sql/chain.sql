-- The chain of charges of a crowded event: a row an event. uncovered, charge: at k (from 0), as if only
-- its first k sources gave relief. Each link folds what the sources had left before the event.
SELECT *, transform(uncovered, open -> (2 * open * n + dn) div (2 * dn)) AS charge
FROM (
    SELECT *, transform(sequence(0, size(items)), k -> CASE WHEN is_refused THEN 0L ELSE aggregate(
        items, named_struct('at', 0, 'r', raw_open, 't', tail_open),
        (a, z) -> named_struct(
            'at', a.at + 1,
            'r', a.r - least(a.r, z.own + CASE WHEN a.at < k THEN z.more ELSE 0L END),
            't', CASE WHEN z.raw
                      THEN CASE WHEN a.r > 0 AND a.r <= z.own + CASE WHEN a.at < k THEN z.more ELSE 0L END
                                THEN 0L ELSE a.t END
                      ELSE a.t - least(a.t, z.own + CASE WHEN a.at < k THEN z.more ELSE 0L END
                                            - least(a.r, z.own + CASE WHEN a.at < k THEN z.more ELSE 0L END)) END),
        a -> a.r + a.t) END) AS uncovered
    FROM whole
)
