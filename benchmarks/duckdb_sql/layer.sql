-- Sources that hold at one time stand in different layers, in their order: a row a source past the
-- first. Within a layer an owner has at most one source of a kind at any moment.
CREATE OR REPLACE TEMP TABLE deep AS
WITH RECURSIVE over AS (
    SELECT a.unit AS a, b.unit AS b
    FROM unit AS a
    JOIN unit AS b ON b.o = a.o AND b.kind = a.kind AND b.unit > a.unit
                  AND a.from_ms < b.until_ms AND b.from_ms < a.until_ms
), chain(unit, layer) AS (
    SELECT DISTINCT a, 1 FROM over
    UNION
    SELECT over.b, chain.layer + 1 FROM chain JOIN over ON over.a = chain.unit
)
SELECT unit, max(layer) AS layer FROM chain GROUP BY unit HAVING max(layer) > 1
