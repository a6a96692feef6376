-- Events with one source: a row an event. lowered, spare: units that relief took off the charge, and
-- those beside it; class: of that source, or -1 where zero-rating takes it all.
CREATE OR REPLACE TEMP VIEW priced_of AS
WITH covered AS (
    SELECT d.ord::BIGINT AS ord, d.cell, d.units, d.billed, d.free, d.free > 0 AS is_free, d.demand, u.class AS of_class,
           u.price, u.own_units, u.stop,
           CASE WHEN u.overage = 1 THEN u.numerator ELSE d.numerator END AS n,
           CASE WHEN u.overage = 1 THEN u.denominator ELSE d.denominator END AS dn,
           CASE WHEN d.is_raw THEN d.raw ELSE d.billed END AS need,
           d.tail,
           least(need, d.own_left) AS bundle,
           least(need - bundle, d.more_left) AS extra,
           CASE WHEN u.stop = 1 OR bundle = need THEN 0 ELSE need - bundle + tail END AS open_before,
           CASE WHEN u.stop = 1 OR bundle + extra = need THEN 0 ELSE need - bundle - extra + tail END AS open_after
    FROM drawn AS d
    JOIN unit AS u ON u.unit = d.unit
    ANTI JOIN crowded AS c ON c.ord = d.ord
), priced AS (
    SELECT *, (2 * open_before * n + dn) // (2 * dn) AS list,
           CASE WHEN is_free THEN 0 ELSE (2 * open_after * n + dn) // (2 * dn) END AS payable,
           CASE WHEN is_free THEN open_before ELSE least(extra, open_before - open_after) END AS lowered,
           CASE WHEN is_free THEN billed ELSE extra END - lowered AS spare
    FROM covered
)
SELECT ord, cell, units, billed, free, CASE WHEN is_free THEN -1 ELSE of_class END AS class, list, payable, lowered, spare,
       CASE WHEN is_free THEN 0 WHEN bundle = need AND bundle > 0 THEN bundle + tail ELSE bundle END AS bundled,
       CASE WHEN spare = 0 THEN 0
            WHEN is_free OR of_class <> 1 THEN (2 * spare * n + dn) // (2 * dn)
            ELSE (2 * spare * price + own_units) // (2 * own_units) END AS kind_value
FROM priced
