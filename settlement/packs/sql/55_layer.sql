-- Layer {layer}: what is uncovered once the layer before has drawn, and what this one had left then.
CREATE OR REPLACE TEMP TABLE uncovered AS
SELECT ord, raw_after AS raw_open,
       CASE WHEN got = 0 THEN tail_open
            WHEN is_raw THEN CASE WHEN raw_after = 0 THEN 0 ELSE tail_open END
            ELSE tail_open - (got - (raw_open - raw_after)) END AS tail_open
FROM (
    SELECT c.ord, c.raw_open, c.tail_open, coalesce(d.is_raw, false) AS is_raw,
           coalesce(least(d.demand, d.own_left + d.more_left), 0) AS got,
           c.raw_open - least(c.raw_open, coalesce(least(d.demand, d.own_left + d.more_left), 0)) AS raw_after
    FROM uncovered AS c
    LEFT JOIN (SELECT * FROM drawn WHERE layer = {layer} - 1) AS d ON d.ord = c.ord
);
INSERT INTO drawn
SELECT {layer}, ord, kind, billed, raw, numerator, denominator, free, unit, is_raw, demand, tail,
       CASE WHEN is_open THEN own - least(own, taken - demand) ELSE 0 END,
       CASE WHEN is_open AND is_late
            THEN more - least(more, taken - demand - least(own, taken - demand) - (early - least(own, early)))
            ELSE 0 END
FROM (
    SELECT *, CAST(sum(demand) OVER w AS BIGINT) AS taken,
           CAST(sum(CASE WHEN is_late THEN 0 ELSE demand END) OVER w AS BIGINT) AS early
    FROM (
        SELECT e.*, u.is_raw, u.own, u.more, e.start_ms >= u.more_from_ms AS is_late,
               CASE WHEN e.free IS NOT NULL OR NOT e.is_open THEN 0 WHEN u.is_raw THEN c.raw_open
                    ELSE c.raw_open + c.tail_open END AS demand,
               CASE WHEN u.is_raw THEN c.tail_open ELSE 0 END AS tail
        FROM beside AS e
        JOIN unit AS u ON u.unit = e.unit
        JOIN uncovered AS c ON c.ord = e.ord
        WHERE e.layer = {layer}
    )
    WINDOW w AS (PARTITION BY unit ORDER BY ord ROWS UNBOUNDED PRECEDING)
);
