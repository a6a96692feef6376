-- Crowded events: a row an event.
CREATE TABLE several_event ENGINE = Memory AS
SELECT toInt64(w.ord) AS ord, w.cell AS cell, w.units AS units, w.billed AS billed, w.bundled AS bundled, a.charge AS list,
       if(w.free > 0, 0, z.charge) AS payable
FROM whole AS w
JOIN (SELECT * FROM chain WHERE k = 0) AS a ON a.ord = w.ord
JOIN chain AS z ON z.ord = w.ord AND z.k = length(w.items)
