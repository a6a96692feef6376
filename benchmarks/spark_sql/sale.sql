-- Purchases and fees at their list price: a row an event. bits: measures that touch it. pack: -1 of
-- a fee.
SELECT /*+ BROADCAST(k, f, i) */ t.ord, t.cell, t.units, coalesce(k.pack, -1) AS pack,
       CASE WHEN t.units = 0 THEN 0 WHEN t.kind = 3 THEN k.price ELSE f.amount END AS list,
       CASE WHEN t.units = 0 THEN 0 ELSE t.sale_mask & coalesce(i.bits, 0) END AS bits
FROM trigger AS t
LEFT JOIN pack AS k ON t.kind = 3 AND k.pack = t.pack AND t.start_ms >= k.from_ms AND t.start_ms < k.until_ms
                   AND (k.carrier < 0 OR k.carrier = t.carrier)
LEFT JOIN fee AS f ON t.kind = 4 AND f.plan = t.plan AND t.start_ms >= f.from_ms AND t.start_ms < f.until_ms
LEFT JOIN force AS i ON i.locality = t.locality AND t.start_ms >= i.from_ms AND t.start_ms < i.until_ms
WHERE t.kind >= 3 AND (k.pack IS NOT NULL OR f.plan IS NOT NULL)
