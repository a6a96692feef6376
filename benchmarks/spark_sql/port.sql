-- Numbers that left their network: a row a port. Binds: forever.
SELECT n.number_hi, n.number_lo, coalesce(c.carrier, 0) AS carrier, n.from_ms,
       coalesce(n.until_ms, :forever) AS until_ms
FROM ported AS n
LEFT JOIN carrier AS c ON c.name = n.carrier
