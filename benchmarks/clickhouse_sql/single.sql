-- Totals of events with one source: a row a cell, zero-rating and class of that source.
CREATE TABLE single ENGINE = Memory AS
WITH covered AS (
    SELECT toInt64(d.ord) AS ord, d.cell AS cell, d.units AS units, d.billed AS billed, d.free AS free, d.free > 0 AS is_free,
           u.class AS of_class, u.price AS price, u.own_units AS own_units, d.tail AS tail,
           if(u.overage = 1, u.numerator, d.numerator) AS n,
           if(u.overage = 1, u.denominator, d.denominator) AS dn,
           if(d.is_raw, d.raw, d.billed) AS need,
           least(need, d.own_left) AS bundle,
           least(need - bundle, d.more_left) AS extra,
           if(u.stop = 1 OR bundle = need, 0, need - bundle + d.tail) AS open_before,
           if(u.stop = 1 OR bundle + extra = need, 0, need - bundle - extra + d.tail) AS open_after
    FROM (SELECT * FROM drawn WHERE ord NOT IN (SELECT ord FROM crowded_1)) AS d
    JOIN unit AS u ON u.unit = d.unit
), priced AS (
    SELECT *, intDiv(2 * open_before * n + dn, 2 * dn) AS list,
           if(is_free, 0, intDiv(2 * open_after * n + dn, 2 * dn)) AS payable,
           if(is_free, open_before, least(extra, open_before - open_after)) AS lowered,
           if(is_free, billed, extra) - lowered AS spare
    FROM covered
)
SELECT cell, free, if(is_free, -1, of_class) AS class,
       toInt64(count()) AS events, sum(units) AS units, sum(billed) AS billed,
       sum(CASE WHEN is_free THEN 0 WHEN bundle = need AND bundle > 0 THEN bundle + tail ELSE bundle END) AS bundled,
       sum(list) AS list_value, sum(payable) AS payable,
       sum(toInt128(ord * list)) AS list_sum, sum(toInt128(ord * payable)) AS payable_sum,
       toInt64(countIf(lowered > 0 OR list > payable)) AS discounts,
       sum(lowered) AS discount_units, sum(list - payable) AS discount,
       toInt64(countIf(spare > 0)) AS kinds, sum(spare) AS kind_units,
       sum(CASE WHEN spare = 0 THEN 0
                WHEN is_free OR of_class <> 1 THEN intDiv(2 * spare * n + dn, 2 * dn)
                ELSE intDiv(2 * spare * price + own_units, 2 * greatest(own_units, 1)) END) AS kind_amount
FROM priced
GROUP BY cell, free, is_free, of_class
