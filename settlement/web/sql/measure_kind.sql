-- The kind of usage that the units of a measure count, which says their unit; '' where of several.
-- Grain: one row. Parameter: measure.
SELECT CASE WHEN count(DISTINCT kind) = 1 THEN max(kind) ELSE '' END AS kind
FROM (
    SELECT unnest(CAST(
        coalesce(effect::JSON -> 'kinds', scope::JSON -> 'kinds') AS VARCHAR[]
    )) AS kind
    FROM ref.measure
    WHERE id = $measure
);
