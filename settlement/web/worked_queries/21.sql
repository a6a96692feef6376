-- 21. The envelope: what counts against it, by the readings in force, and how it was parted
-- Giá trị chương trình: phần được tính, theo các cách đọc đang dùng, và cách chia
-- Grain: programme and carrier.
-- `ours` is the sum of the lines that count; amounts stand with tax (`envelope_basis`).

WITH counted AS (
    SELECT strftime(line.start_at, '%Y-%m') AS period, measure.programme, line.carrier,
        sum(line.amount) AS ours
    FROM rated.relief_line AS line
    JOIN (SELECT DISTINCT id, programme FROM ref.measure) AS measure ON measure.id = line.measure
    JOIN ref.programme AS programme ON programme.id = measure.programme
    WHERE list_contains(string_split(programme.envelope_natures, ', '), line.nature)
        AND list_contains(string_split(programme.envelope_measures, ', '), line.measure)
        AND list_contains(string_split(programme.envelope_carriers, ', '), line.carrier)
    GROUP BY ALL
)
SELECT programme, carrier, counted.ours, told.relief, told.recognised, told.own_account,
    told.relief = counted.ours AND told.relief = told.recognised + told.own_account AS holds,
    told.programme_relief_to_date AS of_all, told.envelope
FROM settlement.programme AS told
LEFT JOIN counted USING (period, programme, carrier)
ORDER BY programme, carrier;
