-- 5. Usage beside each source that may cover it, and what each source had left before it. Cover comes
-- in the owner's order, so running sums say it.
CREATE TEMP TABLE near AS
SELECT u.ord, s.unit, s.layer, s.hours
FROM used AS u
JOIN slot AS s
  ON s.owner_id = u.owner_id AND s.kind = u.kind AND s.day_number = u.start_ms // 86400000
 AND u.start_ms >= s.from_ms AND u.start_ms < s.until_ms
WHERE u.numerator > 0 AND u.billed > 0 AND allows(s.classes, u.class);
CREATE TEMP TABLE beside AS
SELECT u.ord, u.kind, u.billed, u.raw, u.numerator, u.denominator, f.measure AS free, u.start_ms, s.unit, s.layer,
       s.unit IS NOT NULL AND (s.hours IS NULL OR CASE
           WHEN CAST(split_part(s.hours, '-', 1) AS INTEGER) < CAST(split_part(s.hours, '-', 2) AS INTEGER)
           THEN u.start_ms % 86400000 // 3600000 >= CAST(split_part(s.hours, '-', 1) AS INTEGER)
            AND u.start_ms % 86400000 // 3600000 < CAST(split_part(s.hours, '-', 2) AS INTEGER)
           ELSE u.start_ms % 86400000 // 3600000 >= CAST(split_part(s.hours, '-', 1) AS INTEGER)
             OR u.start_ms % 86400000 // 3600000 < CAST(split_part(s.hours, '-', 2) AS INTEGER) END) AS is_open
FROM used AS u
LEFT JOIN freed AS f ON f.ord = u.ord
LEFT JOIN near AS s ON s.ord = u.ord;
-- What is still uncovered of events that several sources may cover: below the raw length, and the
-- rounded tail, which a source that counts raw covers when it covers all below.
CREATE TEMP TABLE uncovered AS
SELECT ord, CASE WHEN kind = 'data' THEN raw ELSE billed END AS raw_open,
       CASE WHEN kind = 'data' THEN billed - raw ELSE 0 END AS tail_open
FROM (SELECT DISTINCT ord, kind, raw, billed FROM beside WHERE layer > 1);
CREATE TEMP TABLE crowded AS SELECT ord FROM uncovered;
CREATE TEMP TABLE drawn AS
SELECT layer, ord, kind, billed, raw, numerator, denominator, free, unit, is_raw, demand, tail,
       CASE WHEN is_open THEN own - least(own, taken - demand) ELSE 0 END AS own_left,
       CASE WHEN is_open AND is_late
            THEN more - least(more, taken - demand - least(own, taken - demand) - (early - least(own, early)))
            ELSE 0 END AS more_left
FROM (
    SELECT *, CAST(sum(demand) OVER w AS BIGINT) AS taken,
           CAST(sum(CASE WHEN is_late THEN 0 ELSE demand END) OVER w AS BIGINT) AS early
    FROM (
        SELECT e.*, u.is_raw, u.own, u.more, e.start_ms >= u.more_from_ms AS is_late,
               CASE WHEN e.free IS NOT NULL OR NOT e.is_open THEN 0 WHEN u.is_raw THEN e.raw ELSE e.billed END AS demand,
               CASE WHEN u.is_raw THEN e.billed - e.raw ELSE 0 END AS tail
        FROM beside AS e JOIN unit AS u ON u.unit = e.unit
        WHERE e.layer = 1
    )
    WINDOW w AS (PARTITION BY unit ORDER BY ord ROWS UNBOUNDED PRECEDING)
);
