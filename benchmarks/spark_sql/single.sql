-- Totals of events with one source: a row a cell, zero-rating and class of that source. lowered,
-- spare: units that relief took off the charge, and those beside it; class: -1 where zero-rating takes all.
WITH covered AS (
    SELECT /*+ BROADCAST(u) */
           d.ord, d.cell, d.units, d.billed, d.free, d.free > 0 AS is_free, u.class AS of_class,
           u.price, u.own_units, d.tail,
           CASE WHEN u.overage = 1 THEN u.numerator ELSE d.numerator END AS n,
           CASE WHEN u.overage = 1 THEN u.denominator ELSE d.denominator END AS dn,
           CASE WHEN d.is_raw THEN d.raw ELSE d.billed END AS need,
           least(need, d.own_left) AS bundle,
           least(need - bundle, d.more_left) AS extra,
           CASE WHEN u.stop = 1 OR bundle = need THEN 0 ELSE need - bundle + d.tail END AS open_before,
           CASE WHEN u.stop = 1 OR bundle + extra = need THEN 0 ELSE need - bundle - extra + d.tail END AS open_after
    FROM drawn AS d
    JOIN unit AS u ON u.unit = d.unit
    LEFT ANTI JOIN crowded AS c ON c.ord = d.ord
), priced AS (
    SELECT *, (2 * open_before * n + dn) div (2 * dn) AS list,
           CASE WHEN is_free THEN 0 ELSE (2 * open_after * n + dn) div (2 * dn) END AS payable,
           CASE WHEN is_free THEN open_before ELSE least(extra, open_before - open_after) END AS lowered,
           CASE WHEN is_free THEN billed ELSE extra END - lowered AS spare,
           CASE WHEN is_free THEN -1 ELSE of_class END AS class
    FROM covered
)
SELECT cell, free, class, count(*) AS events, sum(units) AS units, sum(billed) AS billed,
       sum(CASE WHEN is_free THEN 0 WHEN bundle = need AND bundle > 0 THEN bundle + tail ELSE bundle END) AS bundled,
       sum(list) AS list_value, sum(payable) AS payable,
       sum(ord * list) AS list_sum, sum(ord * payable) AS payable_sum,
       count_if(lowered > 0 OR list > payable) AS discounts,
       sum(lowered) AS discount_units, sum(list - payable) AS discount,
       count_if(spare > 0) AS kinds, sum(spare) AS kind_units,
       sum(CASE WHEN spare = 0 THEN 0
                WHEN is_free OR of_class <> 1 THEN (2 * spare * n + dn) div (2 * dn)
                ELSE (2 * spare * price + own_units) div (2 * own_units) END) AS kind_amount
FROM priced
GROUP BY cell, free, class
