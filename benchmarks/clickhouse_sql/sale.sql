-- Purchases and fees at their list price: a row an event. bits: measures that touch it. pack: -1 of
-- a fee.
CREATE TABLE sale ENGINE = Memory AS
SELECT t.ord AS ord, t.cell AS cell, t.units AS units, coalesce(k.pack, -1) AS pack,
       CASE WHEN t.units = 0 THEN 0 WHEN t.kind = 3 THEN coalesce(k.price, 0) ELSE coalesce(f.amount, 0) END AS list,
       CASE WHEN t.units = 0 THEN 0 ELSE bitAnd(t.sale_mask, coalesce(i.bits, 0)) END AS bits
FROM trigger AS t
LEFT JOIN (
    SELECT t.ord AS ord, k.pack AS pack, k.price AS price
    FROM trigger AS t JOIN pack AS k ON k.pack = t.pack
    WHERE t.kind = 3 AND t.start_ms >= k.from_ms AND t.start_ms < k.until_ms
      AND (k.carrier < 0 OR k.carrier = t.carrier)
) AS k ON k.ord = t.ord
LEFT JOIN (
    SELECT t.ord AS ord, f.plan AS plan, f.amount AS amount
    FROM trigger AS t JOIN fee AS f ON f.plan = t.plan
    WHERE t.kind = 4 AND t.start_ms >= f.from_ms AND t.start_ms < f.until_ms
) AS f ON f.ord = t.ord
LEFT JOIN (
    SELECT t.ord AS ord, i.bits AS bits
    FROM trigger AS t JOIN force AS i ON i.locality = t.locality
    WHERE t.start_ms >= i.from_ms AND t.start_ms < i.until_ms
) AS i ON i.ord = t.ord
WHERE t.kind >= 3 AND (k.pack IS NOT NULL OR f.plan IS NOT NULL)
