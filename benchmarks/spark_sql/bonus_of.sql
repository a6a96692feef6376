-- The M2 entry that a pack's bonus comes from, and since when: a row a purchase that has one.
SELECT b.id, m.share, CASE WHEN b.bought_ms < m.from_ms THEN m.from_ms ELSE b.from_ms END AS from_ms
FROM bought AS b
JOIN bonus AS m
  ON b.ord > 0 AND b.mask & m.bit <> 0 AND b.bought_ms >= m.from_ms AND b.bought_ms < m.until_ms
UNION ALL
SELECT b.id, m.share, m.from_ms
FROM bought AS b
CROSS JOIN bonus AS m
JOIN person AS p ON p.o = b.o AND m.from_ms >= p.from_ms AND m.from_ms < p.until_ms AND p.mask & m.bit <> 0
WHERE m.in_use = 1 AND b.bought_ms < m.from_ms AND b.until_ms > m.from_ms
