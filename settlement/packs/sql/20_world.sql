-- 2. Events that were rated, each beside its subscriber, in the order in which an owner's events
-- count: second of the start, packs and fees before usage, finer start, id.
CREATE TEMP TABLE person AS
SELECT s.owner_id, s.subscriber_id, s.plan, s.segment, s.payment, s.home_locality AS home,
       coalesce(l.province, '') AS province, p.service, epoch_ms(s.valid_from) AS from_ms,
       coalesce(epoch_ms(s.valid_until), 253370764800000) AS until_ms
FROM subscription AS s
LEFT JOIN locality AS l ON l.code = s.home_locality
LEFT JOIN (SELECT DISTINCT id, service FROM plan) AS p ON p.id = s.plan;
-- Whom a measure is for, apart from time, place and event: a row a subscription and measure.
CREATE TEMP TABLE of_measure AS
SELECT p.owner_id, p.subscriber_id, p.from_ms, p.until_ms, p.home, r.step
FROM person AS p
JOIN rule AS r
  ON allows(r.plans, p.plan) AND allows(r.services, p.service)
 AND allows(r.segments, p.segment) AND allows(r.payments, p.payment)
 AND NOT (r.type = 'fee_in_kind' AND list_contains(r.except_segments, p.segment));

-- A part of a session has a number in it (without one the key says nothing), and keeps plan, prices and network of the moment when its session began.
CREATE TEMP TABLE known AS
WITH in_order AS (
    SELECT row_number() OVER (ORDER BY e.owner_id, date_trunc('second', e.start_at), e.kind NOT IN ('pack', 'fee'),
                              e.start_at, e.event_id) AS ord, e.*, epoch_ms(e.start_at) AS start_ms,
           e.kind IN ('voice', 'sms', 'data') AND e.partial > 0 AND e.session_key IS NOT NULL AS is_part
    FROM event AS e
    ANTI JOIN suspense AS s ON s.event_id = e.event_id
), begun AS (
    SELECT i.*, coalesce(epoch_ms(o.valid_from), first_value(i.start_ms) OVER parts) AS begun_ms
    FROM in_order AS i
    LEFT JOIN opening AS o ON o.item = 'session' AND o.owner_id = i.owner_id AND o.key = i.session_key
    WHERE i.is_part
    WINDOW parts AS (PARTITION BY i.owner_id, i.session_key ORDER BY i.ord ROWS UNBOUNDED PRECEDING)
    UNION ALL
    SELECT i.*, i.start_ms FROM in_order AS i WHERE NOT i.is_part
)
SELECT e.ord, e.event_id, e.owner_id, e.subscriber_id, e.start_ms, e.begun_ms, CAST(e.start_at AS DATE) AS day,
       e.kind, e.destination AS recorded, e.counterparty, e.rating_group AS host, e.units,
       CASE WHEN is_part THEN e.session_key END AS session_key, e.pack,
       e.charged, p.plan, p.from_ms AS person_ms, p.home, p.province AS home_province,
       coalesce(l.province, '') AS serving_province
FROM begun AS e
JOIN person AS p ON p.subscriber_id = e.subscriber_id AND e.begun_ms >= p.from_ms AND e.begun_ms < p.until_ms
LEFT JOIN locality AS l ON l.code = e.locality;

-- Usage: class of the destination after ports and lists of free hosts, price of a unit (that of the
-- session's start), and what is billed: the blocks from where the session stood.
CREATE TEMP TABLE listed AS
WITH written AS (
    SELECT unnest(zero_rated_hosts) AS h
    FROM read_json('run/catalogue.json', columns = {'zero_rated_hosts': 'JSON[]'})
)
SELECT (h ->> 'host') AS host, (h ->> 'list') AS list, epoch_ms(CAST(h ->> 'valid_from' AS TIMESTAMP)) AS from_ms,
       coalesce(epoch_ms(CAST(h ->> 'valid_until' AS TIMESTAMP)), 253370764800000) AS until_ms
FROM written;
CREATE TEMP TABLE used AS
WITH in_session AS (
    SELECT k.ord, coalesce(o.given, 0) + CAST(sum(k.units) OVER parts AS BIGINT) - k.units AS raw_before
    FROM known AS k
    LEFT JOIN opening AS o ON o.item = 'session' AND o.owner_id = k.owner_id AND o.key = k.session_key
    WHERE k.session_key IS NOT NULL
    WINDOW parts AS (PARTITION BY k.owner_id, k.session_key ORDER BY k.ord ROWS UNBOUNDED PRECEDING)
), at_start AS (
    SELECT k.*, h.list,
           CASE WHEN split_part(recorded, ':', 1) = 'mobile' THEN coalesce(r.carrier, split_part(recorded, ':', 2)) END
               AS network,
           coalesce(s.raw_before, 0) AS raw_before
    FROM known AS k
    LEFT JOIN in_session AS s ON s.ord = k.ord
    LEFT JOIN port AS r
      ON r.counterparty = k.counterparty AND recorded LIKE 'mobile:%'
     AND begun_ms >= epoch_ms(r.valid_from) AND begun_ms < coalesce(epoch_ms(r.valid_until), 253370764800000)
    LEFT JOIN listed AS h
      ON kind = 'data' AND h.host = k.host AND start_ms >= h.from_ms AND start_ms < h.until_ms
    WHERE kind IN ('voice', 'sms', 'data')
), classed AS (
    SELECT *, CASE WHEN list IS NOT NULL THEN 'zero_rated'
                   WHEN network IS NOT NULL THEN CASE WHEN network = (SELECT carrier FROM told) THEN 'on_net' ELSE 'off_net' END
                   WHEN recorded LIKE 'class:%' THEN split_part(recorded, ':', 2)
                   WHEN recorded LIKE 'fixed:%'
                   THEN CASE WHEN split_part(recorded, ':', 2) = (SELECT carrier FROM told) THEN 'fixed_own' ELSE 'fixed' END
                   WHEN recorded LIKE 'service:%' THEN 'service_' || split_part(recorded, ':', 2)
                   ELSE recorded END AS class
    FROM at_start
)
SELECT c.* EXCLUDE (network, counterparty, charged, pack), x.numerator, x.denominator,
       billed(raw_before + units, first_block, block) - billed(raw_before, first_block, block) AS billed,
       greatest(raw_before + units - billed(raw_before, first_block, block), 0) AS raw
FROM classed AS c
JOIN price AS x
  ON x.plan = c.plan AND x.kind = c.kind AND x.class = c.class AND begun_ms >= x.from_ms AND begun_ms < x.until_ms
 AND x.hour = begun_ms % 86400000 // 3600000;

-- Zero-rating: the first measure, in the declared order, that frees the event; it takes all of it.
CREATE TEMP TABLE freed AS
SELECT u.ord, arg_min(r.id, r.step) AS measure
FROM used AS u
JOIN rule AS r
  ON r.type = 'zero_rating' AND u.start_ms >= r.from_ms AND u.start_ms < r.until_ms
 AND allows(r.kinds, u.kind) AND allows(r.destinations, u.class)
 AND (r.host_lists IS NULL
      OR u.list IS NOT NULL AND allows(r.host_lists, u.list)
      OR u.host = '' AND allows(r.host_lists, 'unknown_host'))
JOIN of_measure AS m ON m.step = r.step AND m.subscriber_id = u.subscriber_id AND m.from_ms = u.person_ms
WHERE u.numerator > 0 AND u.billed > 0
GROUP BY u.ord;
