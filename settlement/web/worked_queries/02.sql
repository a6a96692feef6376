-- 2. Which readings decide M6, and is each the declared default?
-- M6 được đọc theo những cách nào, và có phải mặc định đã công bố?
-- Grain: reading.

SELECT name, question, question_en, alternative, is_default
FROM ref.reading
WHERE in_force AND name LIKE 'm6.%'
ORDER BY name;
