-- Events that several sources may cover, and what is still uncovered: a row an event. Below the raw
-- length, and the rounded tail, which a source that counts raw covers when it covers all below.
CREATE OR REPLACE TEMP TABLE crowded AS
SELECT e.ord, CASE WHEN e.kind = 2 THEN e.raw ELSE e.billed END AS raw_open,
       CASE WHEN e.kind = 2 THEN e.billed - e.raw ELSE 0 END AS tail_open
FROM (SELECT DISTINCT ord, kind, raw, billed FROM event WHERE layer > 1) AS e
