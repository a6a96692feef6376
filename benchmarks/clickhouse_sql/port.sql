-- Numbers that left their network: a row a port. Binds: files, forever.
CREATE TABLE port ENGINE = Memory AS
SELECT n.number_hi AS number_hi, n.number_lo AS number_lo, coalesce(c.carrier, 0) AS carrier, n.from_ms AS from_ms,
       coalesce(n.until_ms, $forever) AS until_ms
FROM file($files, Parquet, 'number_hi UInt64, number_lo UInt64, carrier String, from_ms Int64, until_ms Nullable(Int64)') AS n
LEFT JOIN carrier AS c ON c.name = n.carrier
