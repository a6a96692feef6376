-- Why events were not rated: a row an event of `unseen`. Binds: files, before.
SELECT e.ord, count(p.o) = 0 AS is_nobodys
FROM (
    SELECT ($before::BIGINT[])[(file_index + 1)::BIGINT] + file_row_number + 1 AS ord, owner_hi, owner_lo, start_ms, trait
    FROM read_parquet($files)
) AS e
JOIN unseen AS u ON u.ord = e.ord
JOIN trait AS t ON t.trait = e.trait
LEFT JOIN person AS p
  ON p.owner_hi = e.owner_hi AND p.owner_lo = e.owner_lo AND p.carrier = t.carrier
 AND e.start_ms >= p.from_ms AND e.start_ms < p.until_ms
GROUP BY e.ord
