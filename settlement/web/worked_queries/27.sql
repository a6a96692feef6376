-- 27. How much of the relief rests on what no source states?
-- Bao nhiêu phần hỗ trợ dựa trên điều không nguồn nào nói?
-- Grain: mark of the measure and of the plan or pack.

WITH marked AS (
    SELECT relief.nature, relief.amount, coalesce(pack.mark, plan.mark) AS price_mark,
        (SELECT max(measure.mark) FROM ref.measure AS measure
            WHERE measure.id = relief.measure
                AND list_contains(string_split(measure.carriers, ', '), relief.carrier))
            AS measure_mark
    FROM rated.relief_line AS relief
    JOIN audit.rated_event AS event USING (event_id)
    LEFT JOIN ref.pack AS pack ON pack.id = event.pack AND relief.start_at >= pack.valid_from
        AND relief.start_at < coalesce(pack.valid_until, TIMESTAMP '9999-01-01')
    LEFT JOIN ref.plan AS plan ON plan.id = event.plan
        AND relief.start_at >= plan.valid_from
        AND relief.start_at < coalesce(plan.valid_until, TIMESTAMP '9999-01-01')
    WHERE relief.nature = 'discount'
)
SELECT measure_mark, price_mark, count(*) AS lines, sum(amount) AS discount
FROM marked
GROUP BY ALL
ORDER BY discount DESC;
