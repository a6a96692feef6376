-- The lines as a run's line.parquet has them, in its order. Binds: files, before.
SELECT e.event_hi, e.event_lo, e.owner_hi, e.owner_lo, c.name AS carrier, m.name AS measure, n.name AS nature,
       l.units::BIGINT AS units, l.amount::BIGINT AS amount, e.start_ms
FROM line AS l
JOIN (
    SELECT ($before::BIGINT[])[(file_index + 1)::BIGINT] + file_row_number + 1 AS ord,
           event_hi, event_lo, owner_hi, owner_lo, start_ms, trait
    FROM read_parquet($files)
) AS e ON e.ord = l.ord
JOIN trait AS t ON t.trait = e.trait
JOIN carrier AS c ON c.carrier = t.carrier
JOIN measure_name AS m ON m.measure = l.measure
JOIN nature_name AS n ON n.nature = l.nature
ORDER BY l.ord, l.measure, l.nature
