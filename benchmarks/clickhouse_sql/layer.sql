-- Sources that hold at one time stand in different layers, in their order: a row a source past the
-- first. Within a layer an owner has at most one source of a kind at any moment.
CREATE TABLE deep ENGINE = Memory AS
WITH RECURSIVE over_ AS (
    SELECT a.unit AS a, b.unit AS b
    FROM unit AS a
    JOIN unit AS b ON b.o = a.o AND b.kind = a.kind
    WHERE b.unit > a.unit AND a.from_ms < b.until_ms AND b.from_ms < a.until_ms
), chain AS (
    SELECT DISTINCT a AS unit, toInt64(1) AS layer FROM over_
    UNION ALL
    SELECT DISTINCT o.b, c.layer + 1 FROM chain AS c JOIN over_ AS o ON o.a = c.unit
)
SELECT unit, toUInt8(max(layer)) AS layer FROM chain GROUP BY unit HAVING max(layer) > 1
