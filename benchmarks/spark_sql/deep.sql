-- The layer of each source past the first: a row a source.
SELECT unit, max(layer) AS layer FROM layer_of GROUP BY unit HAVING max(layer) > 1
