-- What is uncovered once a layer's sources have drawn: a row a crowded event. Binds: layer.
SELECT ord, raw_after AS raw_open,
       CASE WHEN got = 0 THEN tail_open
            WHEN is_raw THEN CASE WHEN raw_after = 0 THEN 0 ELSE tail_open END
            ELSE tail_open - (got - (raw_open - raw_after)) END AS tail_open
FROM (
    SELECT c.ord, c.raw_open, c.tail_open, coalesce(d.is_raw, false) AS is_raw,
           coalesce(least(d.demand, d.own_left + d.more_left), 0) AS got,
           c.raw_open - least(c.raw_open, coalesce(least(d.demand, d.own_left + d.more_left), 0)) AS raw_after
    FROM crowded AS c
    LEFT JOIN (SELECT ord, is_raw, demand, own_left, more_left FROM drawn WHERE layer = :layer) AS d ON d.ord = c.ord
)
