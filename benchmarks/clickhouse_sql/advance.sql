-- What is uncovered once a layer's sources have drawn: a row a crowded event. Binds: layer.
CREATE TABLE crowded_$next ENGINE = Memory AS
SELECT ord, raw_after AS raw_open,
       toInt64(CASE WHEN got = 0 THEN tail_open
            WHEN is_raw THEN if(raw_after = 0, 0, tail_open)
            ELSE tail_open - (got - (raw_open - raw_after)) END) AS tail_open
FROM (
    SELECT c.ord AS ord, c.raw_open AS raw_open, c.tail_open AS tail_open, coalesce(d.is_raw, 0) AS is_raw,
           coalesce(least(d.demand, d.own_left + d.more_left), 0) AS got,
           c.raw_open - least(c.raw_open, coalesce(least(d.demand, d.own_left + d.more_left), 0)) AS raw_after
    FROM crowded_$layer AS c
    LEFT JOIN (
        SELECT * FROM drawn WHERE layer = $layer AND ord IN (SELECT ord FROM crowded_$layer)
    ) AS d ON d.ord = c.ord
)
