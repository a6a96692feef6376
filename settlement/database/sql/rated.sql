-- What runs rated, in the order of building.
-- settlement/database/tables.py says how this file reads.

-- Current runs, one a period. Grain: run.
CREATE TABLE rated.run (
    run               VARCHAR NOT NULL,  -- Id of the run
    period            VARCHAR NOT NULL,  -- Period, YYYY-MM
    carrier           VARCHAR,           -- Only this carrier; null: all
    opening_run       VARCHAR,           -- Run whose closing state it starts from
    digest            VARCHAR NOT NULL,  -- Result digest
    semantics_version INTEGER NOT NULL,  -- Version of the semantics
    catalogue_digest  VARCHAR NOT NULL,  -- SHA-256 of the catalogue
    package           VARCHAR NOT NULL,  -- Id of the package
    package_digest    VARCHAR NOT NULL,  -- SHA-256 of the package
    readings          VARCHAR NOT NULL,  -- Readings in force, JSON
    events            BIGINT NOT NULL,   -- Events of the period = rated + suspended
    rated             BIGINT NOT NULL,   -- Rated events
    suspended         BIGINT NOT NULL,   -- [table] Suspended events
    list_value        HUGEINT NOT NULL,  -- List value: the charge were no measure in force,
                                         -- {currency_name} incl. {tax_name}
    discount          HUGEINT NOT NULL,  -- Discount, {currency_name} incl. {tax_name}
    payable           HUGEINT NOT NULL,  -- Payable = list value − discount, {currency_name} incl.
                                         -- {tax_name}
    in_kind           HUGEINT NOT NULL,  -- In kind, {currency_name} incl. {tax_name}, valued by its
                                         -- reading
    contribution      HUGEINT NOT NULL   -- Contribution, {currency_name}, no {tax_name}
);
FROM input.run WHERE NOT superseded ORDER BY period;

-- Shard digests; the result digest is the SHA-256 of the 1,024 in order. Grain: run and shard.
CREATE TABLE rated.shard (
    run    VARCHAR NOT NULL,   -- Id of the run
    shard  SMALLINT NOT NULL,  -- Shard, 0 to 1023
    digest VARCHAR NOT NULL    -- SHA-256 of the shard's stream
);
FROM input.shard WHERE NOT superseded ORDER BY run, shard;

-- Counts made while rating: past a stop, throttled, grants given, exhausted. Grain: run and name.
CREATE TABLE rated.counter (
    run   VARCHAR NOT NULL,  -- Id of the run
    name  VARCHAR NOT NULL,  -- volumes_ (of packs), bonuses_, grants_: _given, _exhausted;
                             -- past_stop_ (used after the pack should have stopped), throttled_:
                             -- _events, _units (ms, bytes and messages in one sum)
    count BIGINT NOT NULL    -- The count
);
FROM input.counter WHERE NOT superseded ORDER BY run, name;

-- Totals by key; list value − discount = payable in each row. Grain: carrier, day, home and serving
-- province, kind and destination.
CREATE TABLE rated.total (
    carrier          VARCHAR NOT NULL,  -- Carrier
    day              DATE NOT NULL,     -- Day on which the event starts
    home_province    VARCHAR NOT NULL,  -- Code of the home province; empty: unknown
    serving_province VARCHAR NOT NULL,  -- Code of the serving province; empty: unknown
    kind             VARCHAR NOT NULL,  -- Kind of usage: voice, sms, data, pack, fee
    destination      VARCHAR NOT NULL,  -- Destination class, seen from the carrier: on_net,
                                        -- off_net, fixed_own, fixed, data, zero_rated,
                                        -- registration, renewal, monthly_fee, ...
    events           BIGINT NOT NULL,   -- Rated events
    units            BIGINT NOT NULL,   -- Units as used: ms, bytes, messages, 1 for pack and fee
    billed           BIGINT NOT NULL,   -- Billed units: rounded up to the tariff's blocks, in the
                                        -- same unit
    bundled          BIGINT NOT NULL,   -- Of the billed units, those that volumes of packs and
                                        -- plans covered
    list_value       BIGINT NOT NULL,   -- List value: the charge were no measure in force,
                                        -- {currency_name} incl. {tax_name}
    discount         BIGINT NOT NULL,   -- Discount, {currency_name} incl. {tax_name}
    payable          BIGINT NOT NULL    -- Payable = list value − discount, {currency_name} incl.
                                        -- {tax_name}
);
FROM input.total WHERE NOT superseded
ORDER BY carrier, day, home_province, serving_province, kind, destination;

-- Relief by key, measure and nature. Grain: key of rated.total, measure and nature.
CREATE TABLE rated.relief_total (
    carrier          VARCHAR NOT NULL,  -- Carrier
    day              DATE NOT NULL,     -- Day on which the event starts
    home_province    VARCHAR NOT NULL,  -- Code of the home province; empty: unknown
    serving_province VARCHAR NOT NULL,  -- Code of the serving province; empty: unknown
    kind             VARCHAR NOT NULL,  -- Kind of usage: voice, sms, data, pack, fee
    destination      VARCHAR NOT NULL,  -- Destination class, seen from the carrier: on_net,
                                        -- off_net, fixed_own, fixed, data, zero_rated,
                                        -- registration, renewal, monthly_fee, ...
    measure          VARCHAR NOT NULL,  -- Measure: ref.measure.id
    nature           VARCHAR NOT NULL,  -- Nature: discount, in_kind, contribution, forbearance
    events           BIGINT NOT NULL,   -- Relief lines
    units            BIGINT NOT NULL,   -- Units relieved: ms, bytes, messages, 1 for pack and fee
    amount           BIGINT NOT NULL    -- Amount, {currency_name}; discount and in kind incl.
                                        -- {tax_name}, contribution without {tax_name}
);
FROM input.relief_total WHERE NOT superseded
ORDER BY carrier, day, home_province, serving_province, kind, destination, measure, nature;

-- Relief lines: what one measure takes off one event. Grain: event, measure and nature.
CREATE TABLE rated.relief_line (
    event_id UUID NOT NULL,      -- [table] Event
    owner_id UUID NOT NULL,      -- Balance owner
    carrier  VARCHAR NOT NULL,   -- Carrier
    measure  VARCHAR NOT NULL,   -- Measure: ref.measure.id
    nature   VARCHAR NOT NULL,   -- Nature: discount, in_kind, contribution, forbearance
    units    BIGINT NOT NULL,    -- Units relieved: ms, bytes, messages, 1 for pack and fee
    amount   BIGINT NOT NULL,    -- Amount, {currency_name}; discount and in kind incl. {tax_name},
                                 -- contribution without {tax_name}
    start_at TIMESTAMP NOT NULL  -- Start of the event, {zone_name} civil time
);
-- In the order of owners and time, as the run's own file holds them.
FROM input.line WHERE NOT superseded;

-- Balances as the month ended: volumes and bonuses of packs, grants of measures, what caps gave. What
-- ended before the month did is not among them, but for money granted: what is left of it lapsed.
-- Grain: run, owner, carrier and what gave it.
CREATE TABLE rated.closing_balance (
    run        VARCHAR NOT NULL,  -- Id of the run
    owner_id   UUID NOT NULL,     -- Balance owner
    carrier    VARCHAR NOT NULL,  -- Carrier at which the owner has it; empty: of no known carrier
    balance    VARCHAR NOT NULL,  -- Sort: volume, bonus, grant, money (granted), cap
    pack       VARCHAR,           -- Pack; null: of none
    volume     INTEGER,           -- Which of the volumes of the pack, from 1; null likewise
    measure    VARCHAR,           -- Measure: ref.measure.id; null: of none
    given_by   UUID,              -- Purchase that gave it; of a pack that was open before the first
                                  -- month the member who bought it; null: neither
    began_at   TIMESTAMP,         -- [rated.closing_balance] When it was given, {zone_name} civil
                                  -- time; null: of a cap
    expires_at TIMESTAMP,         -- First moment at which it is over; null: never, or of a cap
    day        DATE,              -- Day that the amounts are of, where they are for a day; null:
                                  -- for all of its time
    given      BIGINT NOT NULL,   -- Given: ms, bytes, messages, {currency_name}; of a cap what it
                                  -- gave so far
    remaining  BIGINT             -- What is left; null: of a cap
);
-- In the order of owners, as the run's own file holds them.
FROM input.closing_balance WHERE NOT superseded;
