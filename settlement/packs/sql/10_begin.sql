-- Tính lại mọi con số của gói chứng cứ này bằng SQL, không cần doisoat.
-- Works out anew every figure of this evidence pack, in plain SQL, without doisoat.
--
--     cd THƯ-MỤC-GÓI; duckdb -bail -f check.sql      (DuckDB 1.4 trở lên | or later)
--
-- Nothing is written and no network is used. It ends with a table of checks and, if any finds a
-- difference, with an error and exit status 1. Integers alone touch money: no float, no decimal
-- division. What an amount means is semantics.md of doisoat; each part below says what it does:
-- 1 to 7 work out, 8 and 9 compare.

-- 1. The files, and the tariffs and measures as the run read them: run/*.json, whose digests the
-- run's manifest has, and the log the manifest's.
CREATE TEMP TABLE told AS
SELECT carrier, period, CAST(period || '-01' AS TIMESTAMP) AS begin_at,
       CAST(period || '-01' AS TIMESTAMP) + INTERVAL 1 MONTH AS end_at,
       epoch_ms(CAST(period || '-01' AS TIMESTAMP)) AS begin_ms,
       epoch_ms(CAST(period || '-01' AS TIMESTAMP) + INTERVAL 1 MONTH) AS end_ms
FROM read_json('manifest.json', columns = {'carrier': 'VARCHAR', 'period': 'VARCHAR'});
CREATE TEMP VIEW event AS FROM read_parquet('tables/event.parquet');
CREATE TEMP VIEW subscription AS FROM read_parquet('tables/subscription.parquet');
CREATE TEMP VIEW suspense AS FROM read_parquet('tables/suspense.parquet');
CREATE TEMP VIEW opening AS FROM read_parquet('tables/opening.parquet');
CREATE TEMP VIEW port AS FROM read_parquet('tables/port.parquet');

CREATE TEMP MACRO half_up(numerator, denominator) AS
    CAST((2 * CAST(numerator AS HUGEINT) + CAST(denominator AS HUGEINT)) // (2 * CAST(denominator AS HUGEINT)) AS BIGINT);
CREATE TEMP MACRO vat_in(amount) AS CAST(amount AS BIGINT) - half_up({tax_net} * CAST(amount AS HUGEINT), {tax_gross});
CREATE TEMP MACRO billed(units, first_block, block) AS
    CASE WHEN units <= 0 THEN 0 WHEN units <= first_block THEN first_block
         ELSE first_block + (units - first_block + block - 1) // block * block END;
-- A price, percentage or number as it is written, in billionths: at most nine decimals are legal,
-- so this is exact. Read as digits: no float, no decimal that would round.
CREATE TEMP MACRO billionths(written) AS CASE
    WHEN written IS NULL THEN NULL
    WHEN NOT regexp_full_match(written, '[0-9]+([.][0-9]{1,9})?')
    THEN error('check.sql works out prices of at most nine decimals, and not this one: ' || written)
    ELSE CAST(split_part(written, '.', 1) || rpad(split_part(written, '.', 2), 9, '0') AS HUGEINT) END;
-- "50 KB", "1 min": the number, and what its unit counts in units of an event.
CREATE TEMP MACRO units_of(written) AS
    CAST(billionths(regexp_extract(written, '^[0-9.]+')) * CASE regexp_extract(written, '[A-Za-z]+$')
        WHEN 'ms' THEN 1 WHEN 's' THEN 1000 WHEN 'min' THEN 60000 WHEN 'h' THEN 3600000
        WHEN 'd' THEN 86400000 WHEN 'KB' THEN 1024 WHEN 'MB' THEN 1048576 WHEN 'GB' THEN 1073741824
        WHEN 'TB' THEN 1099511627776 WHEN 'msg' THEN 1 WHEN 'B' THEN 1
        ELSE error('a unit that check.sql does not know: ' || written) END // 1000000000 AS BIGINT);
-- A list of JSON; null where there is none. Is a value in such a list, which limits nothing if null?
CREATE TEMP MACRO listed_in(json) AS CASE WHEN json_type(json) = 'ARRAY' THEN CAST(json AS VARCHAR[]) END;
CREATE TEMP MACRO allows(listed, value) AS listed IS NULL OR list_contains(listed, value);

CREATE TEMP TABLE rule AS
WITH written AS (
    SELECT unnest(measures) AS m, generate_subscripts(measures, 1) AS n
    FROM read_json('run/package.json', columns = {'measures': 'JSON[]'})
), programme_at AS (
    SELECT (unnest(programmes) ->> 'id') AS id, generate_subscripts(programmes, 1) AS precedence
    FROM read_json('run/package.json', columns = {'programmes': 'JSON[]'})
), ordered AS (
    SELECT (m ->> 'id') AS id, m, (m -> 'scope') AS scope, (m -> 'effect') AS effect, (m -> 'where') AS place,
           row_number() OVER (ORDER BY coalesce(p.precedence, 0), CAST(m ->> 'order' AS INTEGER), (m ->> 'id'), n)
               AS step
    FROM written LEFT JOIN programme_at AS p ON p.id = (m ->> 'programme')
)
SELECT id, step, id || '/' || (row_number() OVER (PARTITION BY id ORDER BY step) - 1) AS key, effect,
       listed_in(scope -> 'kinds') AS kinds,
       listed_in(scope -> 'destinations') AS destinations,
       listed_in(scope -> 'host_lists') AS host_lists,
       listed_in(scope -> 'packs') AS packs,
       listed_in(scope -> 'plans') AS plans,
       listed_in(scope -> 'services') AS services,
       listed_in(scope -> 'segments') AS segments,
       listed_in(scope -> 'payments') AS payments,
       listed_in(place -> 'localities') AS localities, listed_in(effect -> 'except_segments') AS except_segments,
       json_type(place) <> 'NULL' AS is_placed, place, (m ->> 'programme') AS programme, (effect ->> 'type') AS type,
       epoch_ms(CAST(m ->> 'valid_from' AS TIMESTAMP)) AS from_ms,
       epoch_ms(CAST(m ->> 'valid_until' AS TIMESTAMP)) AS until_ms,
       CAST(m ->> 'cap' AS VARCHAR) AS cap, (m ->> 'exclusive_group') AS exclusive_group, (m ->> 'crossing') AS crossing
FROM ordered
QUALIFY allows(listed_in(m -> 'carriers'), (SELECT carrier FROM told));

CREATE TEMP TABLE locality AS
WITH written AS (
    SELECT unnest(localities) AS l FROM read_json('run/catalogue.json', columns = {'localities': 'JSON[]'})
)
SELECT (l ->> 'code') AS code, coalesce(l ->> 'province', l ->> 'code') AS province FROM written;
-- Where and when a measure's order, or the area of its cause, holds: a row a measure, locality and
-- order or area. Orders are the catalogue's, areas the package's, of the measure's own programme.
CREATE TEMP TABLE held AS
WITH written AS (
    SELECT unnest(orders) AS o, 'order' AS sort FROM read_json('run/catalogue.json', columns = {'orders': 'JSON[]'})
    UNION ALL
    SELECT unnest(areas), 'area' FROM read_json('run/package.json', columns = {'areas': 'JSON[]'})
)
SELECT DISTINCT r.step, l.code AS locality, epoch_ms(CAST(o ->> 'valid_from' AS TIMESTAMP)) AS from_ms,
       epoch_ms(CAST(o ->> 'valid_until' AS TIMESTAMP)) AS until_ms
FROM rule AS r
JOIN written
  ON r.is_placed AND CASE sort
     WHEN 'order' THEN CAST(o ->> 'directive' AS INTEGER) = CAST(r.place ->> 'directive' AS INTEGER)
     ELSE (o ->> 'cause') = (r.place ->> 'cause') AND (o ->> 'programme') IS NOT DISTINCT FROM r.programme END
JOIN locality AS l
  ON list_has_any(CAST(o -> 'localities' AS VARCHAR[]), [l.code, l.province])
 AND (allows(r.localities, l.code) OR allows(r.localities, l.province));

CREATE TEMP TABLE plan AS
WITH written AS (
    SELECT unnest(plans) AS p FROM read_json('run/catalogue.json', columns = {'plans': 'JSON[]'})
)
SELECT (p ->> 'id') AS id, (p ->> 'service') AS service, (p ->> 'monthly_fee') AS monthly_fee,
       CAST(p -> 'consumption' AS VARCHAR) AS consumption, (p -> 'rates') AS rates,
       epoch_ms(CAST(p ->> 'valid_from' AS TIMESTAMP)) AS from_ms,
       coalesce(epoch_ms(CAST(p ->> 'valid_until' AS TIMESTAMP)), 253370764800000) AS until_ms
FROM written
WHERE coalesce(p ->> 'carrier', (SELECT carrier FROM told)) = (SELECT carrier FROM told);
-- One price all along an event: a row a plan version, kind, class and hour of the day.
CREATE TEMP TABLE price AS
WITH rate AS (
    SELECT id AS plan, from_ms, until_ms, unnest(CAST(rates AS JSON[])) AS r FROM plan
), read AS (
    SELECT *, unnest(CASE json_type(r -> 'destination') WHEN 'ARRAY' THEN CAST(r -> 'destination' AS VARCHAR[])
                     ELSE [r ->> 'destination'] END) AS class, (r ->> 'kind') AS kind, (r ->> 'hours') AS hours, (r ->> 'block') AS block,
           billionths(r ->> 'price') AS price, 1000000000 * CAST(units_of(r ->> 'per') AS HUGEINT) AS per
    FROM rate
)
SELECT plan, from_ms, until_ms, kind, class, price // gcd(price, per) AS numerator, per // gcd(price, per) AS denominator, r,
       units_of(trim(split_part(block, '+', 1))) AS first_block,
       units_of(trim(CASE WHEN contains(block, '+') THEN split_part(block, '+', 2) ELSE block END)) AS block,
       unnest(CASE WHEN hours IS NULL THEN range(24)
              WHEN CAST(split_part(hours, '-', 1) AS INTEGER) < CAST(split_part(hours, '-', 2) AS INTEGER)
              THEN range(CAST(split_part(hours, '-', 1) AS INTEGER), CAST(split_part(hours, '-', 2) AS INTEGER))
              ELSE list_concat(range(CAST(split_part(hours, '-', 1) AS INTEGER), 24),
                               range(0, CAST(split_part(hours, '-', 2) AS INTEGER))) END) AS hour
FROM read;
