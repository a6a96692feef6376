-- The M2 entry that a pack's bonus comes from, and since when: a row a purchase that has one.
CREATE TABLE bonus_of ENGINE = Memory AS
SELECT b.id AS id, m.share AS share, if(b.bought_ms < m.from_ms, m.from_ms, b.from_ms) AS from_ms
FROM bought AS b
CROSS JOIN bonus AS m
WHERE b.ord > 0 AND bitAnd(b.mask, m.bit) <> 0 AND b.bought_ms >= m.from_ms AND b.bought_ms < m.until_ms
UNION ALL
SELECT b.id, m.share, m.from_ms
FROM bought AS b
CROSS JOIN bonus AS m
JOIN person AS p ON p.o = b.o
WHERE m.in_use = 1 AND b.bought_ms < m.from_ms AND b.until_ms > m.from_ms
  AND m.from_ms >= p.from_ms AND m.from_ms < p.until_ms AND bitAnd(p.mask, m.bit) <> 0
