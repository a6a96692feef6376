-- Usage that no source touches, at its price: a row an event. free: the bit of the zero-rating whose
-- discount all of it is, or 0.
CREATE OR REPLACE TEMP VIEW plain_event AS
SELECT ord::BIGINT AS ord, cell, units, billed, free,
       (2 * billed * numerator + denominator) // (2 * denominator) AS list
FROM event
WHERE unit IS NULL
