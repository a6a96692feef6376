-- Crowded events: a row an event.
SELECT ord, cell, units, billed, bundled, charge[0] AS list,
       CASE WHEN free > 0 THEN 0 ELSE charge[size(items)] END AS payable
FROM chain
