-- 3. Packs and fees at their list price, and what the measures leave of it, one after the other in
-- the declared order (M4, M7, M8 …); beside it contributions (M5), fees in kind, forbearance.
CREATE TEMP TABLE pack AS
WITH written AS (
    SELECT unnest(packs) AS p FROM read_json('run/catalogue.json', columns = {'packs': 'JSON[]'})
)
SELECT (p ->> 'id') AS id, p, CAST(p ->> 'rank' AS INTEGER) AS rank, billionths(p ->> 'price') AS price,
       (p -> 'validity') AS validity, (p -> 'volumes') AS volumes, (p -> 'after') AS after,
       CAST(p -> 'proration' -> 'shares' AS JSON[]) AS shares, (p -> 'proration' ->> 'rule') AS prorated,
       epoch_ms(CAST(p ->> 'valid_from' AS TIMESTAMP)) AS from_ms,
       coalesce(epoch_ms(CAST(p ->> 'valid_until' AS TIMESTAMP)), 253370764800000) AS until_ms
FROM written
WHERE coalesce(p ->> 'carrier', (SELECT carrier FROM told)) = (SELECT carrier FROM told);
-- Of a pack that is prorated by steps: the share, in billionths of a per cent, from the last step's
-- day on.
CREATE TEMP MACRO share_at(shares, ms) AS coalesce(list_max(list_transform(
    list_filter(shares, lambda s: CAST(s ->> 'from_day' AS INTEGER) <= day(make_timestamp(ms * 1000))),
    lambda s: CAST(s ->> 'from_day' AS HUGEINT) * 1000000000000 + billionths(s ->> 'share'))) % 1000000000000, 100000000000);
-- What a pack costs that is bought then: its price, in billionths of a minor unit, by its share.
CREATE TEMP MACRO part_of_price(price, share) AS half_up(price * share, 100000000000000000000);

-- A renewal that failed sells nothing: it is billed 0 units, at a price of 0, and no measure touches it.
CREATE TEMP TABLE sale AS
SELECT k.ord, k.event_id, k.person, k.kind, k.recorded, k.pack, k.start_ms, k.home,
       CASE WHEN k.recorded = 'renewal_failed' THEN 0 ELSE k.units END AS units,
       CASE WHEN k.units = 0 OR k.recorded = 'renewal_failed' THEN 0
            WHEN k.kind = 'pack' THEN part_of_price(v.price, share_at(v.shares, k.start_ms))
            ELSE half_up(billionths(p.monthly_fee), 1000000000) END AS list
FROM known AS k
LEFT JOIN pack AS v ON k.kind = 'pack' AND v.id = k.pack AND k.start_ms >= v.from_ms AND k.start_ms < v.until_ms
LEFT JOIN plan AS p ON k.kind = 'fee' AND p.id = k.plan AND k.start_ms >= p.from_ms AND k.start_ms < p.until_ms
WHERE k.kind IN ('pack', 'fee');
-- The measures that touch a sale: a row a sale and measure.
CREATE TEMP TABLE touched AS
SELECT s.ord, r.step, r.id AS measure, r.type, r.effect
FROM sale AS s
JOIN rule AS r
  ON r.type IN ('price_cut', 'contribution', 'fee_in_kind', 'forbearance')
 AND s.start_ms >= r.from_ms AND s.start_ms < r.until_ms AND s.units > 0
 AND allows(r.kinds, s.kind) AND allows(r.destinations, s.recorded)
 AND (s.kind <> 'pack' OR allows(r.packs, s.pack))
JOIN of_measure AS m ON m.step = r.step AND m.person = s.person
WHERE NOT r.is_placed OR EXISTS (
    FROM held AS h
    WHERE h.step = r.step AND h.locality = s.home AND s.start_ms >= h.from_ms AND s.start_ms < h.until_ms);
CREATE TEMP TABLE cut AS
WITH RECURSIVE numbered AS (
    SELECT ord, measure, effect, row_number() OVER (PARTITION BY ord ORDER BY step) AS n
    FROM touched WHERE type = 'price_cut'
), chain AS (
    SELECT ord, 0 AS n, pack, list, list AS remaining, 0::BIGINT AS lowered, NULL::VARCHAR AS measure FROM sale
    UNION ALL
    SELECT ord, n, pack, list, remaining - lowered, lowered, measure
    FROM (
        SELECT c.ord, k.n, c.pack, c.list, c.remaining, k.measure,
               c.remaining - least(c.remaining, greatest(0, CASE
                   WHEN (k.effect ->> 'percent') IS NOT NULL AND (k.effect ->> 'base') = 'list'
                   THEN half_up(greatest(CAST(c.remaining AS HUGEINT) * 100000000000 - c.list * billionths(k.effect ->> 'percent'), 0), 100000000000)
                   WHEN (k.effect ->> 'percent') IS NOT NULL
                   THEN half_up(c.remaining * (100000000000 - billionths(k.effect ->> 'percent')), 100000000000)
                   WHEN (k.effect ->> 'minus') IS NOT NULL
                   THEN half_up(greatest(CAST(c.remaining AS HUGEINT) * 1000000000 - billionths(k.effect ->> 'minus'), 0), 1000000000)
                   ELSE coalesce(half_up(billionths(k.effect -> 'new_price' ->> c.pack), 1000000000), c.remaining) END)) AS lowered
        FROM chain AS c JOIN numbered AS k ON k.ord = c.ord AND k.n = c.n + 1
    )
)
SELECT * FROM chain;

CREATE TEMP TABLE found_line (ord BIGINT, measure VARCHAR, nature VARCHAR, units BIGINT, amount BIGINT);
INSERT INTO found_line
SELECT ord, measure, 'discount', (SELECT units FROM sale AS s WHERE s.ord = c.ord), lowered
FROM cut AS c WHERE lowered > 0;
INSERT INTO found_line
SELECT t.ord, t.measure,
       CASE t.type WHEN 'contribution' THEN 'contribution' WHEN 'forbearance' THEN 'forbearance' ELSE 'in_kind' END, 1,
       CASE WHEN t.type = 'contribution' THEN half_up(billionths(t.effect ->> 'amount'), 1000000000)
            WHEN t.type = 'fee_in_kind' AND (t.effect ->> 'in_kind_value') = 'list_price' THEN s.list
            ELSE 0 END
FROM touched AS t JOIN sale AS s ON s.ord = t.ord
WHERE t.type <> 'price_cut';
CREATE TEMP TABLE found_event (ord BIGINT, billed BIGINT, bundled BIGINT, list_value BIGINT, payable BIGINT);
INSERT INTO found_event
SELECT s.ord, s.units, 0, s.list, s.list - coalesce((SELECT sum(c.lowered) FROM cut AS c WHERE c.ord = s.ord), 0)
FROM sale AS s;
