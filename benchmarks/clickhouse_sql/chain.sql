-- The chain of charges of a crowded event: link k is charged as if only its first k sources gave relief.
-- Each link folds what the sources had left before the event.
CREATE TABLE chain ENGINE = Memory AS
WITH link AS (
    SELECT ord, k, if(is_refused, 0, state.1 + state.2) AS uncovered, n, dn
    FROM (
        SELECT ord, k, n, dn, is_refused, arrayFold(
            (a, z, i) -> (
                a.1 - least(a.1, z.3 + if(i <= k, z.4, 0)),
                if(z.2, if(a.1 > 0 AND a.1 <= z.3 + if(i <= k, z.4, 0), 0, a.2),
                   a.2 - least(a.2, z.3 + if(i <= k, z.4, 0) - least(a.1, z.3 + if(i <= k, z.4, 0))))),
            items, arrayEnumerate(items), (toInt64(raw_open), toInt64(tail_open))) AS state
        FROM (SELECT *, arrayJoin(range(0, length(items) + 1)) AS k FROM whole)
    )
)
SELECT ord, k, uncovered, intDiv(2 * uncovered * n + dn, 2 * dn) AS charge,
       lagInFrame(uncovered) OVER steps AS uncovered_before, lagInFrame(intDiv(2 * uncovered * n + dn, 2 * dn)) OVER steps AS charge_before
FROM link
WINDOW steps AS (PARTITION BY ord ORDER BY k ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
