-- Sources that hold while one of the layer before does: a row a source. Binds: layer.
SELECT DISTINCT o.b AS unit, CAST(:layer AS BIGINT) AS layer FROM layer AS l JOIN overlap AS o ON o.a = l.unit
