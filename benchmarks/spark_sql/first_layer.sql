-- Sources behind which others stand: a row a source.
SELECT DISTINCT a AS unit, 1L AS layer FROM overlap
