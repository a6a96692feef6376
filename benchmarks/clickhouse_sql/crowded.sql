-- Events that several sources may cover, and what is still uncovered: a row an event. Below the raw
-- length, and the rounded tail, which a source that counts raw covers when it covers all below.
CREATE TABLE crowded_1 ENGINE = Memory AS
SELECT ord, if(kind = 2, raw, billed) AS raw_open, if(kind = 2, billed - raw, 0) AS tail_open
FROM (SELECT DISTINCT ord, kind, raw, billed FROM event WHERE layer > 1)
