-- Events that several sources may cover, and what is still uncovered: a row an event. Below the raw
-- length, and the rounded tail, which a source that counts raw covers when it covers all below.
SELECT DISTINCT ord, CASE WHEN kind = 2 THEN raw ELSE billed END AS raw_open,
       CASE WHEN kind = 2 THEN billed - raw ELSE 0 END AS tail_open
FROM event
WHERE layer > 1
