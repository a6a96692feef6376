-- Crowded events: a row an event.
CREATE OR REPLACE TEMP TABLE several_event AS
SELECT w.ord::BIGINT AS ord, w.cell, w.units, w.billed, w.bundled, a.charge AS list,
       CASE WHEN w.free > 0 THEN 0 ELSE z.charge END AS payable
FROM whole AS w
JOIN chain AS a ON a.ord = w.ord AND a.k = 0
JOIN chain AS z ON z.ord = w.ord AND z.k = len(w.items)
