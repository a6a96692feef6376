-- The events that open sources: purchases, and SMS that ask for a grant. A row an event.
-- Binds: files, before (rows in the files before each), begin, finish, on_net, off_net.
CREATE OR REPLACE TEMP TABLE trigger AS
SELECT ($before::BIGINT[])[(e.file_index + 1)::BIGINT] + e.file_row_number + 1 AS ord, p.o, p.mask, p.carrier, p.locality,
       e.start_ms, t.kind, t.destination, t.pack
FROM read_parquet($files) AS e
JOIN trait AS t ON t.trait = e.trait
JOIN person AS p
  ON p.owner_hi = e.owner_hi AND p.owner_lo = e.owner_lo AND p.carrier = t.carrier
 AND e.start_ms >= p.from_ms AND e.start_ms < p.until_ms
WHERE e.trait IN (
        SELECT trait FROM trait
        WHERE kind = 3 OR kind = 1 AND destination IN (SELECT opt_in FROM "grant"))
  AND e.units > 0 AND e.start_ms >= $begin AND e.start_ms < $finish
