-- Ids of the catalogues of the file.
-- Grain: catalogue.
SELECT id
FROM ref.catalogue
ORDER BY id;
