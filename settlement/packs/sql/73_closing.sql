-- The balances as the month ends, which the next month opens with: from those it opened with, what
-- was bought and given since, and what usage drew. An owner has them who is this carrier's then.
CREATE TEMP TABLE stays AS
SELECT owner_id
FROM subscription
WHERE valid_from < (SELECT end_at FROM told)
GROUP BY owner_id
HAVING bool_or(coalesce(valid_until, (SELECT end_at FROM told)) >= (SELECT end_at FROM told));
-- What each source has left: the least that an event left it.
CREATE TEMP TABLE left_over AS
SELECT n.unit, any_value(n.owner_id) AS owner_id, any_value(n.purchase) AS purchase, any_value(n.volume) AS volume, any_value(n.step) AS step,
       any_value(n.quota_day) AS quota_day, any_value(n.own_given) AS own_given, any_value(n.more_given) AS more_given,
       any_value(n.more_step) AS more_step, any_value(n.given_ms) AS given_ms, any_value(n.until_ms) AS until_ms,
       coalesce(min(d.own_left - least(d.own_left, d.demand)) FILTER (d.demand > 0), any_value(n.own)) AS own,
       coalesce(min(d.more_left - least(d.more_left, d.demand - least(d.own_left, d.demand)))
           FILTER (d.demand > 0 AND e.start_ms >= n.more_from_ms), any_value(n.more)) AS more,
       max(d.demand) > 0 AS is_drawn
FROM unit AS n
LEFT JOIN drawn AS d ON d.unit = n.unit
LEFT JOIN used AS e ON e.ord = d.ord
GROUP BY n.unit;
CREATE TEMP TABLE open_pack AS
SELECT b.id, b.owner_id, b.pack, b.bought_ms, b.until_ms, b.list, b.paid, b.key, b.is_stored, b.stored_ms
FROM bought AS b JOIN stays AS s ON s.owner_id = b.owner_id
WHERE b.until_ms > (SELECT end_ms FROM told);
-- A row a volume of a pack that is still open, and a row its bonus: a daily quota has one a day.
CREATE TEMP TABLE open_source AS
SELECT p.*, l.volume, 'volume' AS type, '' AS measure, l.own_given AS given, l.own AS remaining, p.bought_ms AS from_ms,
       l.quota_day, l.is_drawn
FROM left_over AS l JOIN open_pack AS p ON p.id = l.purchase
WHERE l.step < 1000
UNION ALL
SELECT p.*, l.volume, 'bonus', r.key, l.more_given, l.more, l.given_ms, l.quota_day, l.is_drawn
FROM left_over AS l JOIN open_pack AS p ON p.id = l.purchase JOIN rule AS r ON r.step = l.more_step
WHERE l.more_given > 0 AND l.given_ms < (SELECT end_ms FROM told);
CREATE TEMP TABLE closing AS
SELECT c.* REPLACE (epoch_ms(c.valid_from) AS valid_from, epoch_ms(c.valid_until) AS valid_until, epoch_ms(c.bought_at) AS bought_at),
       c.item = 'source' AND EXISTS (
           FROM open_source AS o WHERE o.quota_day IS NOT NULL AND o.owner_id = c.owner_id AND o.pack = c.pack
            AND o.volume = c.volume AND o.type = c.type) AS is_daily
FROM read_parquet('tables/closing.parquet') AS c;
CREATE TEMP TABLE closes AS
SELECT owner_id, 'pack' AS item, '' AS type, pack, -1 AS volume, '' AS measure, bought_ms AS valid_from, until_ms AS valid_until,
       0 AS given, 0 AS remaining, list AS price, paid, key, bought_ms AS bought_at
FROM open_pack
UNION ALL
SELECT owner_id, 'source', type, pack, volume, measure, from_ms, until_ms, given, remaining, list, paid, key, bought_ms
FROM open_source WHERE quota_day IS NULL
UNION ALL
SELECT l.owner_id, 'source', 'grant', '', -1, r.key, l.given_ms, l.until_ms, l.more_given, l.more, 0, 0, NULL, l.given_ms
FROM left_over AS l JOIN stays AS s ON s.owner_id = l.owner_id JOIN rule AS r ON r.step = l.more_step
WHERE l.purchase IS NULL AND l.until_ms > (SELECT end_ms FROM told)
UNION ALL
SELECT p.owner_id, 'source', 'money', '', -1, p.key, p.at_ms, p.expiry_ms, p.given,
       CAST(p.held - coalesce((SELECT sum(d.amount) FROM paid AS d WHERE d.purse = p.purse), 0) AS BIGINT), 0, 0, NULL, p.at_ms
FROM purse AS p JOIN stays AS s ON s.owner_id = p.owner_id
UNION ALL
SELECT p.owner_id, 'trigger', '', '', -1, p.key, p.at_ms, NULL, 0, 0, 0, 0, NULL, NULL
FROM purse AS p JOIN stays AS s ON s.owner_id = p.owner_id
WHERE p.is_new
UNION ALL
SELECT g.owner_id, 'trigger', '', '', -1, r.key, g.at_ms, NULL, 0, 0, 0, 0, NULL, NULL
FROM granted AS g JOIN stays AS s ON s.owner_id = g.owner_id JOIN rule AS r ON r.step = g.step
WHERE g.is_new
UNION ALL
SELECT o.owner_id, 'trigger', '', '', -1, o.measure, epoch_ms(o.valid_from), NULL, 0, 0, 0, 0, NULL, NULL
FROM opening AS o JOIN stays AS s ON s.owner_id = o.owner_id WHERE o.item = 'trigger'
UNION ALL
SELECT owner_id, 'session', '', '', -1, '', min(begun_ms), NULL, CAST(sum(units) AS BIGINT), 0, 0, 0, key, NULL
FROM (
    SELECT owner_id, session_key AS key, begun_ms, units FROM part
    UNION ALL
    SELECT owner_id, key, epoch_ms(valid_from), given FROM opening WHERE item = 'session'
)
JOIN stays USING (owner_id)
GROUP BY owner_id, key;

INSERT INTO check_result
WITH theirs AS (
    SELECT owner_id, item, type, pack, volume, measure, valid_from, valid_until, given, remaining, price, paid, key, bought_at
    FROM closing WHERE NOT is_daily
), odd AS (
    SELECT item, type FROM (SELECT * FROM closes EXCEPT ALL SELECT * FROM theirs)
    UNION ALL
    SELECT item, type FROM (
        SELECT * FROM theirs EXCEPT ALL SELECT * FROM closes)
)
SELECT 36, 'Số dư cuối kỳ, tính lại từ số dư đầu kỳ, mua và sử dụng: ' || concat_ws(' ', item, nullif(type, '')),
       'Balances as the month ends, from those it opens with, purchases and usage: ' || concat_ws(' ', item, nullif(type, '')),
       max(compared), sum(differences)
FROM (
    SELECT item, type, count(*) AS compared, 0 AS differences FROM theirs GROUP BY ALL
    UNION ALL
    SELECT item, type, 0, count(*) FROM odd GROUP BY ALL
)
GROUP BY item, type;
-- A daily quota is told of the last day on which it was asked for, which is none before it was drawn.
INSERT INTO check_result
WITH ours AS (
    SELECT id, owner_id, pack, volume, type, measure, key, bought_ms, from_ms, until_ms, given, list, paid, stored_ms, is_stored,
           map(list(quota_day), list(remaining)) AS of_day, max(quota_day) FILTER (is_drawn) AS drawn_day
    FROM open_source WHERE quota_day IS NOT NULL GROUP BY ALL
), both_sides AS (
    SELECT o.*, c.owner_id AS told_owner, date_diff('day', DATE '1970-01-01', c.day) AS told_day, c.remaining AS told_remaining,
           (o.from_ms, o.until_ms, o.given, o.list, o.paid)
               IS NOT DISTINCT FROM (c.valid_from, c.valid_until, c.given, c.price, c.paid) AS is_same
    FROM ours AS o
    FULL JOIN (SELECT * FROM closing WHERE is_daily) AS c
      ON c.owner_id = o.owner_id AND c.pack = o.pack AND c.volume = o.volume AND c.type = o.type
     AND c.measure = o.measure AND c.key IS NOT DISTINCT FROM o.key AND c.bought_at = o.bought_ms
)
SELECT 36, 'Số dư cuối kỳ, tính lại từ số dư đầu kỳ, mua và sử dụng: hạn mức theo ngày',
       'Balances as the month ends, from those it opens with, purchases and usage: daily quotas', count(*),
       count(id) - count(DISTINCT (id, volume, type)) FILTER (id IS NOT NULL)
       + count(*) FILTER (told_owner IS NULL OR id IS NULL OR NOT is_same OR NOT coalesce(told_day >= coalesce(drawn_day, told_day)
           AND CASE WHEN map_contains(of_day, told_day) THEN told_remaining = of_day[told_day]
                    ELSE is_stored AND told_day < (SELECT begin_ms FROM told) // 86400000 END, false))
FROM both_sides HAVING count(*) > 0;
