-- Sources of one owner and kind that hold at one time: a row a pair, in their order.
SELECT a.unit AS a, b.unit AS b
FROM unit AS a
JOIN unit AS b ON b.o = a.o AND b.kind = a.kind AND b.unit > a.unit
              AND a.from_ms < b.until_ms AND b.from_ms < a.until_ms
