-- What each of some owners has of the cells of relief: a line has the owner whose balances its event
-- drew, and of an owner with one home each event is there.
-- Grain: cell and owner. Parameters: first, last: owners, in the order of their ids.
INSERT INTO owners.share_of_relief_total
SELECT line.carrier, line.measure, line.nature, CAST(line.start_at AS DATE) AS day,
    coalesce(home.home_province, elsewhere.home_province) AS home_province, line.owner_id,
    count(*) AS events, CAST(sum(line.units) AS BIGINT) AS units,
    CAST(sum(line.amount) AS BIGINT) AS amount
FROM face.rated.relief_line AS line
LEFT JOIN input.home AS home ON home.owner_id = line.owner_id
LEFT JOIN input.elsewhere AS elsewhere ON elsewhere.event_id = line.event_id
WHERE line.owner_id BETWEEN CAST($first AS UUID) AND CAST($last AS UUID)
    AND (home.owner_id IS NOT NULL OR elsewhere.event_id IS NOT NULL)
GROUP BY ALL;
