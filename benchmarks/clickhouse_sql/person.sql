-- Who is served, and when: a row a subscription, its owner numbered in the store's order.
-- mask: measures whose carrier, plan, segment and payment it meets. Binds: files, forever.
CREATE TABLE person ENGINE = Memory AS
SELECT toInt32(dense_rank() OVER (ORDER BY s.owner_hi, s.owner_lo)) AS o,
       s.owner_hi AS owner_hi, s.owner_lo AS owner_lo, s.from_ms AS from_ms, coalesce(s.until_ms, $forever) AS until_ms,
       toInt32(coalesce(c.carrier, 0)) AS carrier, toInt32(coalesce(p.plan, -1)) AS plan,
       coalesce(l.locality, 0) AS locality, coalesce(l.province, 0) AS province,
       CASE WHEN p.plan IS NULL THEN 0
            ELSE bitAnd(bitAnd(assumeNotNull(c.mask), assumeNotNull(p.mask)),
                        bitAnd(coalesce(y.mask, 0), coalesce(g.mask, (SELECT mask FROM segment WHERE name = '')))) END AS mask
FROM file($files, Parquet, 'owner_hi UInt64, owner_lo UInt64, carrier String, plan String, segment String, payment String, home_locality String, from_ms Int64, until_ms Nullable(Int64)') AS s
LEFT JOIN carrier AS c ON c.name = s.carrier
LEFT JOIN plan AS p ON p.name = s.plan
LEFT JOIN segment AS g ON g.name = s.segment
LEFT JOIN payment AS y ON y.name = s.payment
LEFT JOIN locality AS l ON l.name = s.home_locality
