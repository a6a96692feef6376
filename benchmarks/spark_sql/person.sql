-- Who is served, and when: a row a subscription, its owner numbered.
-- mask: measures whose carrier, plan, segment and payment it meets. Binds: forever.
SELECT dense_rank() OVER (ORDER BY s.owner_hi, s.owner_lo) AS o,
       s.owner_hi, s.owner_lo, s.from_ms, coalesce(s.until_ms, :forever) AS until_ms,
       coalesce(c.carrier, 0) AS carrier, p.plan,
       coalesce(l.locality, 0) AS locality, coalesce(l.province, 0) AS province,
       CASE WHEN p.plan IS NULL THEN 0
            ELSE c.mask & p.mask & y.mask
                 & coalesce(g.mask, (SELECT mask FROM segment WHERE name = '')) END AS mask
FROM subscription AS s
LEFT JOIN carrier AS c ON c.name = s.carrier
LEFT JOIN plan AS p ON p.name = s.plan
LEFT JOIN segment AS g ON g.name = s.segment
LEFT JOIN payment AS y ON y.name = s.payment
LEFT JOIN locality AS l ON l.name = s.home_locality
