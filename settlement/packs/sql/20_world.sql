-- 2. Events that were rated, each beside the subscription that it was rated by, in the order in which
-- an owner's events count: second of the start, packs and fees before usage, finer start, id.
-- Rows of one subscriber that hold at one time are alike, and one; where he enters or leaves a list
-- they are cut: then he is of its segment, too.
CREATE TEMP VIEW allow_list AS FROM read_parquet('tables/allow_list.parquet');
CREATE TEMP TABLE person AS
WITH written AS (
    SELECT *, epoch_ms(valid_from) AS from_ms, coalesce(epoch_ms(valid_until), 253370764800000) AS until_ms
    FROM (FROM subscription UNION ALL FROM read_parquet('tables/former_subscription.parquet'))
), parted AS (
    SELECT *, from_ms < max(until_ms) OVER (PARTITION BY owner_id, subscriber_id ORDER BY from_ms, until_ms
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS goes_on
    FROM written
), numbered AS (
    SELECT *, count(*) FILTER (goes_on IS NOT TRUE) OVER (PARTITION BY owner_id, subscriber_id ORDER BY from_ms, until_ms
                                                          ROWS UNBOUNDED PRECEDING) AS number
    FROM parted
), stretch AS (
    SELECT owner_id, subscriber_id, number, any_value(plan) AS plan, any_value(segment) AS segment, any_value(payment) AS payment,
           any_value(home_locality) AS home, min(from_ms) AS from_ms, max(until_ms) AS until_ms
    FROM numbered GROUP BY owner_id, subscriber_id, number
), on_list AS (
    SELECT s.owner_id, s.subscriber_id, s.number, a.list, greatest(s.from_ms, epoch_ms(a.valid_from)) AS from_ms,
           least(s.until_ms, coalesce(epoch_ms(a.valid_until), 253370764800000)) AS until_ms
    FROM (SELECT *, unnest(list_distinct([owner_id, subscriber_id])) AS whom FROM stretch) AS s
    JOIN allow_list AS a ON a.subscriber_id = s.whom
    WHERE greatest(s.from_ms, epoch_ms(a.valid_from)) < least(s.until_ms, coalesce(epoch_ms(a.valid_until), 253370764800000))
), piece AS (
    SELECT owner_id, subscriber_id, number, from_ms, lead(from_ms) OVER (PARTITION BY owner_id, subscriber_id, number ORDER BY from_ms) AS until_ms
    FROM (
        SELECT DISTINCT owner_id, subscriber_id, number, unnest([from_ms, until_ms]) AS from_ms
        FROM (SELECT owner_id, subscriber_id, number, from_ms, until_ms FROM stretch
              UNION ALL SELECT owner_id, subscriber_id, number, from_ms, until_ms FROM on_list))
    QUALIFY until_ms IS NOT NULL
), lists AS (
    SELECT p.owner_id, p.subscriber_id, p.number, p.from_ms, list(DISTINCT o.list) AS named
    FROM piece AS p
    JOIN on_list AS o USING (owner_id, subscriber_id, number)
    WHERE o.from_ms <= p.from_ms AND p.from_ms < o.until_ms
    GROUP BY ALL
)
SELECT row_number() OVER (ORDER BY p.owner_id, p.subscriber_id, p.from_ms) AS person, p.owner_id, p.subscriber_id, s.plan,
       list_concat(string_split(s.segment, '+'), coalesce(i.named, [])) AS segments, s.payment, s.home,
       coalesce(l.province, '') AS province, v.service, p.from_ms, p.until_ms
FROM piece AS p
JOIN stretch AS s ON s.owner_id = p.owner_id AND s.subscriber_id = p.subscriber_id AND s.number = p.number
LEFT JOIN lists AS i
  ON i.owner_id = p.owner_id AND i.subscriber_id = p.subscriber_id AND i.number = p.number AND i.from_ms = p.from_ms
LEFT JOIN locality AS l ON l.code = s.home
LEFT JOIN (SELECT DISTINCT id, service FROM plan) AS v ON v.id = s.plan;
-- Whom a measure is for, apart from time, place and event: a row a subscription and measure.
CREATE TEMP TABLE of_measure AS
SELECT p.person, p.owner_id, p.from_ms, p.until_ms, p.home, r.step
FROM person AS p
JOIN rule AS r
  ON allows(r.plans, p.plan) AND allows(r.services, p.service)
 AND (r.segments IS NULL OR list_has_any(r.segments, p.segments)) AND allows(r.payments, p.payment)
 AND NOT (r.type = 'fee_in_kind' AND coalesce(list_has_any(r.except_segments, p.segments), false));

-- Whose balances: the account's that the record names; where it names none, that of which the
-- subscriber is a member then, if it is one and he has no row of his own beside it.
CREATE TEMP TABLE account AS
SELECT e.event_id, any_value(p.owner_id) AS owner_id
FROM event AS e
JOIN person AS p
  ON p.subscriber_id = e.subscriber_id AND epoch_ms(e.start_at) >= p.from_ms AND epoch_ms(e.start_at) < p.until_ms
WHERE e.owner_id = e.subscriber_id
  AND e.subscriber_id IN (SELECT subscriber_id FROM person WHERE owner_id <> subscriber_id)
GROUP BY e.event_id HAVING count(DISTINCT p.owner_id) = 1;
CREATE TEMP TABLE in_order AS
SELECT row_number() OVER (ORDER BY e.owner_id, date_trunc('second', e.start_at),
                          CASE e.kind WHEN 'pack' THEN 0 WHEN 'fee' THEN 1 ELSE 2 END, e.start_at, e.event_id) AS ord,
       e.*, epoch_ms(e.start_at) AS start_ms,
       e.event_id IN (SELECT event_id FROM suspense) AS is_suspended
FROM (SELECT event_id, coalesce(account.owner_id, event.owner_id) AS owner_id, subscriber_id, start_at, kind, destination,
             counterparty, rating_group, locality, units, session_key, partial, pack, charged
      FROM event LEFT JOIN account USING (event_id)) AS e
ANTI JOIN (SELECT event_id FROM suspense WHERE reason = 'conflicting') AS s ON s.event_id = e.event_id;
-- A part of a session has a number in it (without one the key says nothing), and keeps subscription,
-- prices and network of the moment when its session began. It has its place in the session though it
-- is suspended, unless its copies contradict each other: then nobody knows what it says.
CREATE TEMP TABLE part AS
SELECT i.ord, i.owner_id, i.session_key, i.units,
       coalesce(epoch_ms(o.valid_from), first_value(i.start_ms) OVER parts) AS begun_ms,
       coalesce(o.given, 0) + CAST(sum(i.units) OVER parts AS BIGINT) - i.units AS raw_before
FROM in_order AS i
LEFT JOIN opening AS o ON o.item = 'session' AND o.owner_id = i.owner_id AND o.key = i.session_key
WHERE i.kind IN ('voice', 'sms', 'data') AND i.partial > 0 AND i.session_key IS NOT NULL
WINDOW parts AS (PARTITION BY i.owner_id, i.session_key ORDER BY i.ord ROWS UNBOUNDED PRECEDING);
CREATE TEMP TABLE known AS
SELECT e.ord, e.event_id, e.owner_id, e.start_ms, coalesce(s.begun_ms, e.start_ms) AS begun_ms, CAST(e.start_at AS DATE) AS day,
       e.kind, e.destination AS recorded, e.counterparty, e.rating_group AS host, e.units,
       coalesce(s.raw_before, 0) AS raw_before, e.pack,
       e.charged, p.plan, p.person, p.home, p.province AS home_province,
       coalesce(l.province, '') AS serving_province
FROM in_order AS e
LEFT JOIN part AS s USING (ord)
LEFT JOIN person AS p
  ON p.owner_id = e.owner_id AND p.subscriber_id = e.subscriber_id
 AND coalesce(s.begun_ms, e.start_ms) >= p.from_ms AND coalesce(s.begun_ms, e.start_ms) < p.until_ms
LEFT JOIN locality AS l ON l.code = e.locality
WHERE NOT e.is_suspended;
-- Without a row of his own: the account's, else any of its rows, which are then alike.
UPDATE known SET plan = p.plan, person = p.person, home = p.home, home_province = p.province
FROM (
    SELECT k.ord, arg_min(p.person, p.subscriber_id <> p.owner_id) AS person
    FROM known AS k
    JOIN person AS p ON p.owner_id = k.owner_id AND k.begun_ms >= p.from_ms AND k.begun_ms < p.until_ms
    WHERE k.person IS NULL
    GROUP BY k.ord
) AS lent
JOIN person AS p USING (person)
WHERE known.ord = lent.ord;
DELETE FROM known WHERE person IS NULL;

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
WITH at_start AS (
    SELECT k.*, h.list,
           CASE WHEN split_part(recorded, ':', 1) = 'mobile' THEN coalesce(r.carrier, split_part(recorded, ':', 2)) END
               AS network
    FROM known AS k
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
JOIN of_measure AS m ON m.step = r.step AND m.person = u.person
WHERE u.numerator > 0 AND u.billed > 0
GROUP BY u.ord;
