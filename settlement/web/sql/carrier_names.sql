-- Names of carriers.
-- Grain: carrier.
SELECT id, name, name_en
FROM ref.carrier
ORDER BY id;
