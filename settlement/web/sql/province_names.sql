-- Names of provinces.
-- Grain: province.
SELECT code, name, name_en
FROM ref.locality
WHERE province IS NULL
ORDER BY code;
