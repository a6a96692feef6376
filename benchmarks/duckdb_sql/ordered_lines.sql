-- The lines in the order of the stream: by event, measure and nature.
SELECT ord::BIGINT AS ord, measure, nature, units::BIGINT AS units, amount::BIGINT AS amount
FROM line
ORDER BY ord, measure, nature
