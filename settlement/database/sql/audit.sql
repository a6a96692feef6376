-- The log, and what queries are made of, in the order of building.
-- settlement/database/tables.py says how this file reads.

-- The log: who, when, what. Grain: entry of the log.
CREATE TABLE audit.event (
    entry           BIGINT NOT NULL,     -- Number, from 1
    logged_at       TIMESTAMP NOT NULL,  -- When, UTC
    who             VARCHAR NOT NULL,    -- Who: account@host
    what            VARCHAR NOT NULL,    -- What: intake, decide, consolidate, settle, repair,
                                         -- forgone, interconnect, compact, retain, erase,
                                         -- signer_add, signer_retire, open, sign, supersede,
                                         -- adjust, refund, claim, reconcile, variance
    why             VARCHAR NOT NULL,    -- Why; empty: not said
    key             VARCHAR NOT NULL,    -- Key of who did it: name and key id; empty: not said
    period          VARCHAR NOT NULL,    -- Period; empty: an act on the store
    run             VARCHAR NOT NULL,    -- Id of the run; empty: an act on the store
    manifest_sha256 VARCHAR NOT NULL,    -- SHA-256 of the manifest of the run, or of what the act
                                         -- made
    version         VARCHAR NOT NULL     -- Version of the software
);
FROM input.log ORDER BY entry;

-- Usage source files and the periods whose current run was made of them; a file that came in after
-- the run has no row. Grain: source file and period.
CREATE TABLE audit.settled_file (
    source_file INTEGER NOT NULL,    -- Source file
    period      VARCHAR NOT NULL,    -- Period, YYYY-MM
    begin_at    TIMESTAMP NOT NULL,  -- When the period begins, {zone_name} civil time
    end_at      TIMESTAMP NOT NULL,  -- When it ends, exclusive, {zone_name} civil time
    carrier     VARCHAR              -- The run is of this carrier alone; null: of all
);
SELECT DISTINCT source_file, period, CAST(period || '-01' AS TIMESTAMP) AS begin_at,
    begin_at + INTERVAL 1 MONTH AS end_at, carrier
FROM input.run_source
JOIN input.run USING (run, superseded)
JOIN input.source_file USING (sha256)
WHERE floor = 'usage' AND NOT superseded
ORDER BY source_file, period;

-- Subscriptions of owners who have several rows of usage.subscription, or are members of others; no
-- two rows of a subscriber at one carrier overlap. Grain: owner, subscriber, carrier and interval.
CREATE TABLE audit.term (
    owner_id      UUID NOT NULL,       -- Balance owner
    subscriber_id UUID NOT NULL,       -- Subscriber: keyed pseudonym of the number
    plan          VARCHAR NOT NULL,    -- [table] Plan
    segment       VARCHAR NOT NULL,    -- [table] Segment
    payment       VARCHAR NOT NULL,    -- [table] prepaid or postpaid
    home_locality VARCHAR NOT NULL,    -- Code of the home locality (ref.locality); empty: unknown
    valid_from    TIMESTAMP NOT NULL,  -- From, {zone_name} civil time
    valid_until   TIMESTAMP NOT NULL,  -- Until, exclusive, {zone_name} civil time; 9999-01-01: open
    carrier       VARCHAR NOT NULL     -- Carrier
);
-- Subscriptions of owners of whom the moment tells which row is meant: owners with several rows, and
-- members of others' accounts. All other owners have one row, and audit.rated_event reads it there.
-- Rows of one subscriber at one carrier that hold at one time are alike: the later begins here where
-- the one before ends, or is left out, so that no two hold at one time.
WITH told AS (
    SELECT * REPLACE (coalesce(valid_until, TIMESTAMP '9999-01-01') AS valid_until)
    FROM usage.subscription
    WHERE owner_id IN (
        SELECT owner_id
        FROM usage.subscription
        GROUP BY owner_id
        HAVING count(*) > 1
        UNION ALL
        SELECT subscriber_id
        FROM usage.subscription
        WHERE owner_id <> subscriber_id
    )
), cut AS (
    SELECT * REPLACE (greatest(valid_from, max(valid_until) OVER (
            PARTITION BY owner_id, subscriber_id, carrier ORDER BY valid_from, valid_until
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS valid_from)
    FROM told
)
SELECT * FROM cut WHERE valid_from < valid_until
ORDER BY owner_id, valid_from, subscriber_id, carrier;

-- Rated events by other terms than those of their subscriber at their start: parts of calls,
-- members without a row of their own. Grain: event.
CREATE TABLE audit.term_of_event (
    event_id      UUID NOT NULL,     -- Id of the event
    owner_id      UUID NOT NULL,     -- Owner of the balances that it drew
    plan          VARCHAR NOT NULL,  -- [table] Plan
    segment       VARCHAR NOT NULL,  -- [table] Segment
    payment       VARCHAR NOT NULL,  -- [table] prepaid or postpaid
    home_locality VARCHAR NOT NULL   -- Code of the home locality (ref.locality); empty: unknown
);
-- Rated events whose terms are not those that their owner's one row, or audit.term at their start,
-- has of whom they name: parts of a call that began under others, members without a row of their own,
-- events drawn from the account of which their subscriber is a member.
WITH sole AS (
    SELECT owner_id, subscriber_id, plan, segment, payment, home_locality, valid_from,
        coalesce(valid_until, TIMESTAMP '9999-01-01') AS valid_until, carrier
    FROM usage.subscription
    ANTI JOIN audit.term USING (owner_id)
), any_term AS (
    FROM sole
    UNION ALL
    FROM audit.term
), of_several AS MATERIALIZED (
    SELECT event_id, owner_id AS named_id, subscriber_id, carrier, start_at,
        CASE WHEN kind NOT IN ('pack', 'fee') THEN session_key END AS session_key
    FROM usage.event
    ANTI JOIN sole USING (owner_id, subscriber_id)
    -- A part that is suspended began its session all the same, if it is known what it says.
    ANTI JOIN (SELECT event_id FROM usage.suspense WHERE stage = 'settle' AND reason = 'conflicting') AS held
        USING (event_id)
), whole AS (
    SELECT event_id
    FROM of_several
    JOIN audit.term
        ON term.owner_id = named_id AND term.subscriber_id = of_several.subscriber_id
        AND term.carrier = of_several.carrier
        AND start_at >= term.valid_from AND start_at < term.valid_until
    WHERE session_key IS NULL
), other AS MATERIALIZED (
    SELECT *
    FROM of_several
    ANTI JOIN whole USING (event_id)
), account AS (
    SELECT other.event_id, any_value(term.owner_id) AS owner_id
    FROM other
    JOIN any_term AS term ON term.subscriber_id = other.subscriber_id AND term.carrier = other.carrier
        AND other.start_at >= term.valid_from AND other.start_at < term.valid_until
    WHERE named_id = other.subscriber_id
    GROUP BY other.event_id
    HAVING count(DISTINCT term.owner_id) = 1
), drawn AS (
    SELECT other.*, coalesce(account.owner_id, named_id) AS owner_id
    FROM other
    LEFT JOIN account USING (event_id)
), begun AS MATERIALIZED (
    SELECT event_id, named_id, owner_id, subscriber_id, carrier, start_at,
        CASE WHEN session_key IS NULL THEN start_at
            ELSE min(start_at) OVER (PARTITION BY owner_id, carrier, session_key) END AS begun_at
    FROM drawn
), meant AS (
    -- The subscriber's own row comes before the account's.
    SELECT whose.event_id, named_id, whose.subscriber_id, whose.carrier, start_at, whose.owner_id, term.plan,
        term.segment, term.payment, term.home_locality,
        term.subscriber_id <> whose.subscriber_id AS place
    FROM (SELECT *, unnest(list_distinct([subscriber_id, owner_id])) AS whose FROM begun) AS whose
    JOIN any_term AS term ON term.owner_id = whose.owner_id AND term.subscriber_id = whose.whose
        AND term.carrier = whose.carrier
        AND begun_at >= term.valid_from AND begun_at < term.valid_until
), unmeant AS MATERIALIZED (
    SELECT *
    FROM begun
    ANTI JOIN meant USING (event_id)
), alike AS (
    -- Where there is neither, all rows of the account that hold then are alike.
    SELECT event_id, named_id, subscriber_id, carrier, start_at, owner_id, term.plan, term.segment,
        term.payment, term.home_locality, false AS place
    FROM unmeant
    JOIN (
        SELECT DISTINCT * EXCLUDE (subscriber_id)
        FROM any_term
        SEMI JOIN unmeant USING (owner_id)
    ) AS term USING (owner_id, carrier)
    WHERE begun_at >= term.valid_from AND begun_at < term.valid_until
), chosen AS (
    SELECT DISTINCT ON (event_id) *
    FROM (FROM meant UNION ALL FROM alike)
    ORDER BY event_id, place
)
SELECT event_id, chosen.owner_id, chosen.plan, chosen.segment, chosen.payment, chosen.home_locality
FROM chosen
ANTI JOIN (SELECT event_id FROM usage.suspense WHERE stage = 'settle') AS held USING (event_id)
LEFT JOIN audit.term AS usual
    ON usual.owner_id = named_id AND usual.subscriber_id = chosen.subscriber_id
    AND usual.carrier = chosen.carrier
    AND start_at >= usual.valid_from AND start_at < usual.valid_until
WHERE (chosen.owner_id, chosen.plan, chosen.segment, chosen.payment, chosen.home_locality)
    IS DISTINCT FROM
    (usual.owner_id, usual.plan, usual.segment, usual.payment, usual.home_locality);

-- half_up(numerator, denominator): a fraction rounded half up to a whole number, in integers alone.
-- Grain: scalar.
CREATE MACRO audit.half_up(numerator, denominator) AS
    -- The denominator is above 0.
    CAST((2 * CAST(numerator AS HUGEINT) + denominator) // (2 * CAST(denominator AS HUGEINT))
        AS BIGINT);

-- vat_in(amount): {tax_name} of {tax_percent} inside an amount that includes it, {currency_name}. Grain: scalar.
CREATE MACRO audit.vat_in({tax_parameters}) AS
    -- Where the rate changes, the second parameter is the period: YYYY-MM.
    CAST(amount AS BIGINT) - audit.half_up({tax_net} * CAST(amount AS HUGEINT), {tax_gross});

-- billed(units, first_block, block): billed units of an event that is no part of a session. Grain:
-- scalar.
CREATE MACRO audit.billed(units, first_block, block) AS
    -- None for none, else the first block whole, then whole blocks; all three are in one unit.
    CASE
        WHEN units <= 0 THEN 0
        WHEN units <= first_block THEN first_block
        ELSE first_block + (units - first_block + block - 1) // block * block
    END;

-- Blocks and price by plan, kind and destination, where the price is one. Grain: plan version, kind
-- and destination.
CREATE VIEW audit.price AS
-- The price is one where it is the same in all steps and hours, rounded half up to one
-- {currency_name}, with no amount beside it. Elsewhere the two columns of the price are null, and
-- ref.rate has it all.
WITH rate AS (
    SELECT plan, valid_from, kind, destination,
        min(block) FILTER (step = 1) AS first_block,
        max_by(block, step) AS block,
        count(DISTINCT (price_numerator, price_denominator)) = 1
            AND max(start_unit) <= min(block) FILTER (step = 1)
            AND count(DISTINCT rate) = 1
            AND bool_and(model = 'graduated' AND rounding = 'half_up' AND round_to IS NULL
                AND CAST(flat AS DECIMAL(18, 4)) = 0 AND CAST(connect_fee AS DECIMAL(18, 4)) = 0
                AND minimum_charge IS NULL AND maximum_charge IS NULL
                AND days IS NULL AND hours IS NULL) AS is_one,
        min(price_numerator) AS price_numerator,
        min(price_denominator) AS price_denominator
    FROM ref.rate
    GROUP BY plan, valid_from, kind, destination
)
SELECT
    plan.carrier,                                     -- Carrier; null: any
    rate.plan,                                        -- Id of the plan
    plan.valid_from,                                  -- First moment in force, {zone_name} civil
                                                      -- time
    plan.valid_until,                                 -- First moment no longer in force; null: open
    rate.kind,                                        -- Kind of usage
    rate.destination,                                 -- Destination class
    rate.first_block,                                 -- First block, units
    rate.block,                                       -- Blocks after it, units
    CASE WHEN rate.is_one THEN rate.price_numerator END
        AS price_numerator,                           -- Numerator of the exact price of a unit,
                                                      -- {currency_name}; null: not one price, see
                                                      -- ref.rate
    CASE WHEN rate.is_one THEN rate.price_denominator END
        AS price_denominator,                         -- Denominator of it
    plan.mark                                         -- How firmly the source supports the plan:
                                                      -- stated, derived, assumed
FROM rate
JOIN ref.plan AS plan ON plan.id = rate.plan AND plan.valid_from = rate.valid_from;

-- Events rated by a current run (none of a period that is not settled, or of a file that came in
-- after), each beside the subscription in force when it, or its session, began; of a member without
-- a row of his own: that of the account. Grain: rated event.
CREATE VIEW audit.rated_event AS
-- One condition, and no join, says which were rated. DuckDB takes each condition, and each join that
-- keeps what has no match, to leave a fifth of the rows; after two of them it would think these fewer
-- than the relief lines that they are joined to, and build its hash table of all events.
WITH termed AS NOT MATERIALIZED (
    SELECT event.event_id, coalesce(apart.owner_id, event.owner_id) AS owner_id,
        event.subscriber_id, event.carrier, event.start_at, event.kind, event.destination,
        event.duration, event.units, event.rating_group, event.session_key, event.pack,
        event.charged, event.locality, event.source_file, event.row,
        coalesce(apart.plan, term.plan, sole.plan) AS plan,
        coalesce(apart.segment, term.segment, sole.segment) AS segment,
        coalesce(apart.payment, term.payment, sole.payment) AS payment,
        coalesce(apart.home_locality, term.home_locality, sole.home_locality) AS home_locality
    FROM usage.event AS event
    LEFT JOIN (FROM usage.subscription ANTI JOIN audit.term USING (owner_id)) AS sole
        ON sole.owner_id = event.owner_id AND sole.subscriber_id = event.subscriber_id
    LEFT JOIN audit.term AS term
        ON term.owner_id = event.owner_id AND term.subscriber_id = event.subscriber_id
        AND term.carrier = event.carrier
        AND event.start_at >= term.valid_from AND event.start_at < term.valid_until
    LEFT JOIN audit.term_of_event AS apart ON apart.event_id = event.event_id
    LEFT JOIN (SELECT DISTINCT event_id FROM usage.suspense WHERE stage = 'settle') AS held
        ON held.event_id = event.event_id
    LEFT JOIN audit.settled_file AS settled ON settled.source_file = event.source_file
        AND event.start_at >= settled.begin_at AND event.start_at < settled.end_at
    WHERE CASE WHEN held.event_id IS NULL AND settled.source_file IS NOT NULL
            AND event.carrier = coalesce(settled.carrier, event.carrier)
        THEN coalesce(apart.owner_id, term.owner_id, sole.owner_id) END IS NOT NULL
)
SELECT
    event.event_id,                                   -- Id of the event
    event.owner_id,                                   -- Owner of the balances that it drew
    event.subscriber_id,                              -- Who used it
    event.carrier,                                    -- Carrier
    event.start_at,                                   -- [table] Start, {zone_name} civil time
    CAST(event.start_at AS DATE) AS day,              -- Day on which it starts
    event.kind,                                       -- Kind: voice, sms, data, pack, fee
    event.destination AS recorded,                    -- Network or class as recorded; the class
                                                      -- after ports: rated.total.destination
    event.duration,                                   -- Duration, ms; 0 where the source has none
    event.units,                                      -- Units: ms, bytes, messages, 1 for pack and
                                                      -- fee
    event.rating_group,                               -- Host group of a data session; empty:
                                                      -- unknown
    event.session_key,                                -- Digest of the session key; null if none
    event.pack,                                       -- Pack of a pack event; empty: another event
    event.charged,                                    -- What the source says was taken,
                                                      -- {currency_name}; null: not said
    event.plan,                                       -- [table] Plan
    event.segment,                                    -- [table] Segment
    event.payment,                                    -- [table] prepaid or postpaid
    event.home_locality,                              -- Code of the home locality (ref.locality), a
                                                      -- district perhaps; empty: unknown
    coalesce(home.province, home.code, '')
        AS home_province,                             -- [audit.rated_event] Code of the home
                                                      -- province; empty: unknown
    coalesce(serving.province, serving.code, '')
        AS serving_province,                          -- [audit.rated_event] Code of the serving
                                                      -- province; empty: unknown
    event.source_file,                                -- Source file
    event.row                                         -- Record of that file, from 1
FROM termed AS event
LEFT JOIN ref.locality AS home ON home.code = event.home_locality
LEFT JOIN ref.locality AS serving ON serving.code = event.locality;

-- Relief lines, each beside its event and where that came from. Grain: event, measure and nature.
CREATE VIEW audit.relief AS
SELECT
    line.event_id,                       -- [table] Event
    line.owner_id,                       -- Balance owner
    event.subscriber_id,                 -- Who used it
    line.carrier,                        -- Carrier
    line.start_at,                       -- Start of the event, {zone_name} civil time
    CAST(line.start_at AS DATE) AS day,  -- [audit.relief] Day on which the event starts
    line.measure,                        -- Measure: ref.measure.id
    line.nature,                         -- [audit.relief] Nature: discount, in_kind, contribution,
                                         -- forbearance
    line.units,                          -- Units relieved
    line.amount,                         -- Amount, {currency_name}
    event.kind,                          -- Kind of the event
    event.destination AS recorded,       -- Network or class of the destination as recorded
    event.units AS used,                 -- Units of the event as used
    event.rating_group,                  -- Host group of a data session; empty: unknown
    event.pack,                          -- Pack of a pack event; empty: another event
    event.charged,                       -- What the source says was taken, {currency_name}; null:
                                         -- not said
    event.source_file,                   -- Source file
    event.row                            -- Record of that file, from 1
FROM rated.relief_line AS line
JOIN usage.event AS event ON event.event_id = line.event_id;

-- prices_at(TIMESTAMP): prices of all plans in force then. Grain: plan, rate, destination and step.
CREATE MACRO audit.prices_at(moment) AS TABLE  -- {zone_name} civil time
SELECT plan.carrier, rate.plan, rate.kind, rate.destination, rate.step, rate.start_unit, rate.block,
    rate.price_numerator, rate.price_denominator, rate.connect_fee, rate.days, rate.hours,
    coalesce(rate.source, plan.source) AS source, coalesce(rate.mark, plan.mark) AS mark
FROM ref.rate AS rate
JOIN ref.plan AS plan ON plan.id = rate.plan AND plan.valid_from = rate.valid_from
WHERE plan.valid_from <= moment AND moment < coalesce(plan.valid_until, TIMESTAMP '9999-01-01')
ORDER BY rate.plan, rate.kind, rate.destination, rate.rate, rate.step;

-- orders_at(TIMESTAMP): distancing orders in force then. Grain: order and locality.
CREATE MACRO audit.orders_at(moment) AS TABLE  -- {zone_name} civil time
SELECT distancing.directive, distancing.locality, locality.name,
    coalesce(locality.province, locality.code) AS province, distancing.id, distancing.valid_from,
    distancing.valid_until, distancing.source, distancing.mark
FROM ref.distancing_order AS distancing
JOIN ref.locality AS locality ON locality.code = distancing.locality
WHERE distancing.valid_from <= moment AND moment < distancing.valid_until
ORDER BY distancing.directive, distancing.locality, distancing.id;

-- crossing(TIMESTAMP): events that began before it and ended after it. Grain: event.
CREATE MACRO audit.crossing(moment) AS TABLE  -- {zone_name} civil time
SELECT event.event_id, event.carrier, event.kind, event.destination AS recorded, event.start_at,
    event.start_at + to_milliseconds(event.duration) AS end_at, event.units,
    (SELECT coalesce(sum(line.amount), 0) FROM rated.relief_line AS line
        WHERE line.event_id = event.event_id AND line.nature = 'discount') AS discount,
    (SELECT string_agg(DISTINCT line.measure, ', ' ORDER BY line.measure)
        FROM rated.relief_line AS line WHERE line.event_id = event.event_id) AS measures
FROM usage.event AS event
WHERE event.start_at < moment AND event.start_at > moment - INTERVAL 31 DAY
    AND event.start_at + to_milliseconds(event.duration) > moment;

-- history_of(owner): all events of an owner in time, with their relief. Grain: event, measure and
-- nature; an event without relief has one row.
CREATE MACRO audit.history_of(of_owner) AS TABLE  -- a UUID or its text
SELECT event.start_at, event.event_id, event.subscriber_id, event.kind,
    event.destination AS recorded, event.units, event.pack, event.charged, line.measure, line.nature,
    line.units AS relieved, line.amount
FROM usage.event AS event
LEFT JOIN rated.relief_line AS line ON line.event_id = event.event_id
    AND line.owner_id = CAST(of_owner AS UUID)
WHERE event.owner_id = CAST(of_owner AS UUID)
ORDER BY event.start_at, event.event_id, line.measure, line.nature;

-- trace(event): from the record of a source file to the line of a statement. Grain: event, measure
-- and nature; an event without relief has one row.
CREATE MACRO audit.trace(of_event) AS TABLE  -- a UUID or its text
SELECT source.name AS file, source.sha256, event.row, event.event_id, event.carrier, event.kind,
    event.start_at, event.units, event.charged, line.measure, line.nature, line.units AS relieved,
    line.amount, measure.document, statement.period, statement.programme,
    statement.amount AS statement_amount
FROM usage.event AS event
JOIN usage.source_file AS source ON source.source_file = event.source_file
LEFT JOIN rated.relief_line AS line ON line.event_id = event.event_id
LEFT JOIN (SELECT id, any_value(document) AS document FROM ref.measure GROUP BY id) AS measure
    ON measure.id = line.measure
LEFT JOIN settlement.statement_line AS statement
    ON statement.carrier = line.carrier AND statement.measure = line.measure
    AND statement.nature = line.nature
    AND statement.period = strftime(line.start_at, '%Y-%m')
WHERE event.event_id = CAST(of_event AS UUID);
