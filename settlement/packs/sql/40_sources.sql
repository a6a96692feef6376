-- 4. What can cover usage, and until when: volumes of packs, each followed by its bonus (M2), and
-- grants (M6). They come out of the opening state, and out of what was bought and begun since.
CREATE TEMP MACRO expiry_of(validity, ms) AS CASE
    WHEN (validity ->> 'hours') IS NOT NULL THEN ms + CAST(validity ->> 'hours' AS BIGINT) * 3600000
    WHEN (validity ->> 'days') IS NOT NULL THEN ms + CAST(validity ->> 'days' AS BIGINT) * 86400000
    WHEN (validity ->> 'calendar_days') IS NOT NULL
    THEN (ms // 86400000 + CAST(validity ->> 'calendar_days' AS BIGINT)) * 86400000
    ELSE epoch_ms(date_trunc('month', make_timestamp(ms * 1000)) + INTERVAL 1 MONTH) END;
-- How many daily quotas a purchase has.
CREATE TEMP MACRO quotas_of(validity, is_prorated, ms) AS CASE
    WHEN (validity ->> 'hours') IS NOT NULL THEN (CAST(validity ->> 'hours' AS BIGINT) + 23) // 24
    WHEN (validity ->> 'days') IS NOT NULL THEN CAST(validity ->> 'days' AS BIGINT)
    WHEN (validity ->> 'calendar_days') IS NOT NULL THEN CAST(validity ->> 'calendar_days' AS BIGINT)
    ELSE day(last_day(make_timestamp(ms * 1000))) - CASE WHEN is_prorated THEN day(make_timestamp(ms * 1000)) - 1 ELSE 0 END
    END;
CREATE TEMP TABLE bought AS
WITH every AS (
    SELECT k.owner_id, k.person, k.ord, k.start_ms AS bought_ms, k.pack, k.event_id AS key,
           NULL::BIGINT AS until_ms, NULL::BIGINT AS list, c.paid, false AS is_stored
    FROM known AS k
    JOIN (SELECT ord, min(remaining) AS paid FROM cut GROUP BY ord) AS c ON c.ord = k.ord
    WHERE k.kind = 'pack' AND k.units > 0 AND k.recorded <> 'renewal_failed'
    UNION ALL
    SELECT owner_id, NULL, 0, epoch_ms(bought_at), pack, key, epoch_ms(valid_until),
           CASE WHEN valid_until IS NOT NULL THEN price END, paid, true
    FROM opening WHERE item = 'pack'
), dated AS (
    SELECT e.owner_id, e.person, e.ord, e.bought_ms, e.pack, e.key, e.paid, e.is_stored,
           e.until_ms AS stored_ms, coalesce(e.until_ms, expiry_of(v.validity, e.bought_ms)) AS expiry_ms,
           coalesce(e.list, part_of_price(v.price, share_at(v.shares, e.bought_ms))) AS list,
           quotas_of(v.validity, v.prorated IS NOT NULL, e.bought_ms) AS quotas, share_at(v.shares, e.bought_ms) AS share,
           v.rank, v.volumes, v.after
    FROM every AS e
    JOIN pack AS v ON v.id = e.pack AND e.bought_ms >= v.from_ms AND e.bought_ms < v.until_ms
)
SELECT row_number() OVER (ORDER BY owner_id, ord, bought_ms, pack, key) AS id, *, expiry_ms AS until_ms FROM dated
WHERE until_ms > (SELECT begin_ms FROM told);

CREATE TEMP TABLE volume AS
WITH every AS (
    SELECT * EXCLUDE (volumes), unnest(CAST(volumes AS JSON[])) AS v, generate_subscripts(CAST(volumes AS JSON[]), 1) - 1 AS place
    FROM bought
), given AS (
    SELECT *, (v ->> 'kind') AS kind, (v ->> 'per') = 'day' AS daily, (v ->> 'counts') = 'raw' AS is_raw,
           CAST(v -> 'destinations' AS VARCHAR[]) AS classes, (v ->> 'hours') AS hours,
           CASE WHEN (v ->> 'per') = 'pack' THEN CAST(units_of(v ->> 'amount') * share // 100000000000 AS BIGINT)
                ELSE units_of(v ->> 'amount') END AS units
    FROM every
)
SELECT *, count(*) OVER (PARTITION BY id, kind) AS alike,
       CAST(sum(units * CASE WHEN daily THEN quotas ELSE 1 END) OVER (PARTITION BY id, kind) AS BIGINT) AS own_units
FROM given;
-- Bonuses: of a purchase since the measure began; of a pack in use when it began, where it says
-- `full`, by the first entry that its account meets; and those that the opening state has.
CREATE TEMP TABLE bonus AS
SELECT b.id, r.step, r.id AS measure, b.bought_ms // 1000 * 1000 AS from_ms, NULL::BIGINT AS place, NULL::BIGINT AS remaining, NULL::BIGINT AS given,
       b.bought_ms AS given_ms
FROM bought AS b
JOIN rule AS r ON r.type = 'bonus_volume' AND b.bought_ms >= r.from_ms AND b.bought_ms < r.until_ms
 AND allows(r.packs, b.pack)
JOIN of_measure AS m ON m.step = r.step AND m.person = b.person
UNION ALL
SELECT b.id, r.step, r.id, r.from_ms, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT, r.from_ms
FROM bought AS b
JOIN rule AS r ON r.type = 'bonus_volume' AND (r.effect ->> 'pack_in_use') = 'full' AND b.bought_ms < r.from_ms
 AND b.until_ms > r.from_ms AND r.from_ms >= (SELECT begin_ms FROM told) AND allows(r.packs, b.pack)
JOIN of_measure AS m ON m.step = r.step AND m.owner_id = b.owner_id AND r.from_ms >= m.from_ms AND r.from_ms < m.until_ms
QUALIFY row_number() OVER (PARTITION BY b.id, r.id, r.from_ms, (r.effect ->> 'kinds') ORDER BY r.step) = 1
UNION ALL
SELECT b.id, r.step, r.id, b.bought_ms, o.volume, o.remaining, o.given, epoch_ms(o.valid_from)
FROM bought AS b
JOIN opening AS o
  ON o.item = 'source' AND o.type = 'bonus' AND b.is_stored AND o.owner_id = b.owner_id AND o.pack = b.pack
 AND o.key IS NOT DISTINCT FROM b.key AND epoch_ms(o.bought_at) = b.bought_ms
 AND epoch_ms(o.valid_until) IS NOT DISTINCT FROM b.stored_ms
JOIN rule AS r ON r.key = o.measure;

CREATE TEMP TABLE granted AS
WITH asked AS (
    SELECT m.owner_id, r.step, greatest(m.from_ms, r.from_ms, h.from_ms) AS at_ms,
           least(m.until_ms, r.until_ms, h.until_ms) AS end_ms
    FROM rule AS r
    JOIN of_measure AS m ON m.step = r.step
    JOIN held AS h ON h.step = r.step AND h.locality = m.home
    WHERE r.type = 'grant' AND (r.effect ->> 'trigger') = 'begin'
    UNION ALL
    SELECT u.owner_id, r.step, u.start_ms, u.start_ms + 1
    FROM rule AS r
    JOIN used AS u ON u.kind = 'sms' AND u.units > 0 AND u.class = (r.effect ->> 'opt_in_destination')
     AND u.start_ms >= r.from_ms AND u.start_ms < r.until_ms
    JOIN of_measure AS m ON m.step = r.step AND m.person = u.person
    JOIN held AS h ON h.step = r.step AND h.locality = m.home AND u.start_ms >= h.from_ms AND u.start_ms < h.until_ms
    WHERE r.type = 'grant' AND (r.effect ->> 'trigger') = 'opt_in'
), first AS (
    SELECT owner_id, step, min(at_ms) AS at_ms FROM asked WHERE at_ms < end_ms GROUP BY ALL
), every AS (
    SELECT f.owner_id, r.step, f.at_ms, f.at_ms + units_of(r.effect ->> 'lasts') AS expiry_ms,
           units_of(r.effect ->> 'amount') AS more, units_of(r.effect ->> 'amount') AS given, true AS is_new
    FROM first AS f
    JOIN rule AS r ON r.step = f.step
    ANTI JOIN (SELECT owner_id, measure FROM opening WHERE item = 'trigger') AS o
      ON o.owner_id = f.owner_id AND o.measure = r.key
    WHERE f.at_ms >= (SELECT begin_ms FROM told) AND f.at_ms < (SELECT end_ms FROM told)
    UNION ALL
    SELECT o.owner_id, r.step, epoch_ms(o.valid_from), epoch_ms(o.valid_until), o.remaining, o.given, false
    FROM opening AS o JOIN rule AS r ON r.key = o.measure
    WHERE o.item = 'source' AND o.type = 'grant'
)
SELECT e.*, r.id AS measure, (r.effect ->> 'place_in_order') = 'first' AS is_first, r.destinations AS classes,
       r.kinds[1] AS kind, (r.effect ->> 'in_kind_value') AS value, e.expiry_ms AS until_ms
FROM every AS e JOIN rule AS r ON r.step = e.step;

-- A row a source: `own` of the volume, `more` of its bonus from more_from_ms on, numbered in the
-- order of consumption of each owner: relief that says first, packs (rank, expiry, purchase), last.
CREATE TEMP TABLE unit AS
WITH capacity AS (
    SELECT v.*, coalesce(s.remaining, v.units) AS own, n.from_ms AS more_from_ms, n.measure, n.step AS more_step, n.given_ms,
           CASE WHEN v.stored_ms IS NOT NULL THEN s.given ELSE v.units END AS own_given, n.given AS more_given,
           coalesce(CASE WHEN v.daily THEN n.given ELSE n.remaining END, CAST(v.units * billionths(r.effect ->> 'share') // 100000000000 AS BIGINT), 0) AS more,
           (r.effect ->> 'in_kind_value') AS value
    FROM volume AS v
    LEFT JOIN opening AS s
      ON s.item = 'source' AND s.type = 'volume' AND v.is_stored AND NOT v.daily AND s.owner_id = v.owner_id
     AND s.pack = v.pack AND s.volume = v.place AND s.key IS NOT DISTINCT FROM v.key
     AND epoch_ms(s.bought_at) = v.bought_ms AND epoch_ms(s.valid_until) IS NOT DISTINCT FROM v.stored_ms
    LEFT JOIN (bonus AS n JOIN rule AS r ON r.step = n.step)
      ON n.id = v.id AND allows(listed_in(r.effect -> 'kinds'), v.kind) AND coalesce(n.place = v.place, true)
), parted AS (
    SELECT * REPLACE (CASE WHEN alike = 1 THEN more ELSE 0 END AS more), place AS step FROM capacity
    UNION ALL
    SELECT * REPLACE (0 AS own), 1000 + place AS step FROM capacity WHERE alike > 1 AND more > 0
), by_day AS (
    SELECT *, NULL::BIGINT AS quota_day FROM parted WHERE NOT daily
    UNION ALL
    SELECT * REPLACE (CASE WHEN own > 0 THEN units ELSE 0 END AS own),
           unnest(range(greatest(bought_ms, (SELECT begin_ms FROM told)) // 86400000,
                        (least(until_ms, (SELECT end_ms FROM told)) - 1) // 86400000 + 1)) AS quota_day
    FROM parted WHERE daily
), every AS (
    SELECT owner_id, kind, classes, hours, is_raw, 1 AS place, rank, expiry_ms, bought_ms, pack, ord, step,
           greatest(bought_ms // 1000 * 1000, coalesce(quota_day * 86400000, 0)) AS from_ms,
           least(until_ms, coalesce((quota_day + 1) * 86400000, until_ms)) AS until_ms, own, more,
           coalesce(more_from_ms, until_ms) AS more_from_ms, measure, value,
           CASE WHEN value = 'pack_average_paid' THEN paid ELSE list END AS price, own_units, id AS purchase, by_day.place AS volume,
           quota_day, own_given, coalesce(more_given, more) AS more_given, more_step, given_ms,
           list_filter(CAST(after AS JSON[]), lambda a: (a ->> 'kind') = kind)[1] AS after
    FROM by_day
    UNION ALL
    SELECT owner_id, kind, classes, NULL, false, CASE WHEN is_first THEN 0 ELSE 2 END, 0, expiry_ms, at_ms, '', 0, 0,
           CASE WHEN is_first THEN at_ms ELSE at_ms // 1000 * 1000 END, until_ms, 0, more, 0, measure, value, 0, 1, NULL, NULL,
           NULL, NULL, given, step, at_ms, NULL
    FROM granted
)
SELECT row_number() OVER (ORDER BY owner_id, kind, place, rank, expiry_ms, bought_ms, pack, ord, step, from_ms) AS unit,
       * EXCLUDE (after), coalesce((after ->> 'rule') = 'stop', false) AS stop, coalesce((after ->> 'rule') = 'overage', false) AS overage,
       CASE WHEN (after ->> 'rule') = 'overage' THEN billionths(after ->> 'price') END AS numerator,
       CASE WHEN (after ->> 'rule') = 'overage' THEN 1000000000 * CAST(units_of(after ->> 'per') AS HUGEINT) END AS denominator
FROM every
WHERE until_ms > from_ms AND from_ms < (SELECT end_ms FROM told) AND until_ms > (SELECT begin_ms FROM told);
-- Sources that hold at one time stand in layers, in their order: within a layer an owner has at most
-- one source of a kind at any moment.
CREATE TEMP TABLE deep AS
WITH RECURSIVE over AS (
    SELECT a.unit AS a, b.unit AS b
    FROM unit AS a
    JOIN unit AS b ON b.owner_id = a.owner_id AND b.kind = a.kind AND b.unit > a.unit
                  AND a.from_ms < b.until_ms AND b.from_ms < a.until_ms
), chain(unit, layer) AS (
    SELECT DISTINCT a, 1 FROM over
    UNION
    SELECT over.b, chain.layer + 1 FROM chain JOIN over ON over.a = chain.unit
)
SELECT unit, max(layer) AS layer FROM chain GROUP BY unit HAVING max(layer) > 1;
CREATE TEMP TABLE slot AS
SELECT u.owner_id, u.kind, u.unit, coalesce(d.layer, 1) AS layer, u.from_ms, u.until_ms, u.classes, u.hours,
       unnest(range(greatest(u.from_ms, (SELECT begin_ms FROM told)) // 86400000,
                    (least(u.until_ms, (SELECT end_ms FROM told)) - 1) // 86400000 + 1)) AS day_number
FROM unit AS u LEFT JOIN deep AS d ON d.unit = u.unit;
