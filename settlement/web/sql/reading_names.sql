-- Questions that the programme leaves open, and their alternatives, in words of both languages.
-- Grain: alternative.
SELECT name, question, question_en, alternative, means_vi AS means, means AS means_en
FROM ref.reading
ORDER BY name, alternative;
