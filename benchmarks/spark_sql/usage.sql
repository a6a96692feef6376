-- Stored events of the period, each at its place in the store. Binds: before (file name -> rows in
-- the files before it), begin, finish.
SELECT element_at(:before, file_name) + row_index + 1 AS ord, owner_hi, owner_lo, start_ms,
       CAST(trait AS BIGINT) AS trait, units, counterparty_hi, counterparty_lo, session_hi, session_lo, partial
FROM stored
WHERE start_ms >= :begin AND start_ms < :finish
