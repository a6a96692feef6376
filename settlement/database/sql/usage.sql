-- What was taken in, in the order of building.
-- settlement/database/tables.py says how this file reads.

-- Source files taken in, with their accounting: rows = taken + duplicates + suspended + filtered.
-- Grain: source file.
CREATE TABLE usage.source_file (
    source_file    INTEGER NOT NULL,  -- Number of the file in this store
    part           VARCHAR NOT NULL,  -- Id of the intake
    floor          VARCHAR NOT NULL,  -- usage or master
    name           VARCHAR NOT NULL,  -- Name of the file
    size           BIGINT,            -- Size, bytes
    sha256         VARCHAR NOT NULL,  -- SHA-256 of the file
    mapping        VARCHAR NOT NULL,  -- Mapping by which it was read
    mapping_sha256 VARCHAR NOT NULL,  -- SHA-256 of the mapping
    kind           VARCHAR NOT NULL,  -- What the file holds
    rows           BIGINT NOT NULL,   -- Records, a header not counted
    taken          BIGINT NOT NULL,   -- Taken
    duplicates     BIGINT NOT NULL,   -- Duplicates
    suspended      BIGINT NOT NULL,   -- [table] Suspended
    filtered       BIGINT NOT NULL,   -- Filtered by a named rule
    reasons        VARCHAR NOT NULL,  -- Reasons of suspense with their counts, JSON
    filters        VARCHAR NOT NULL   -- Filter rules with their counts, JSON
);
FROM input.source_file ORDER BY source_file;

-- Subscriptions over time. Grain: subscriber and interval.
CREATE TABLE usage.subscription (
    subscriber_id UUID NOT NULL,       -- Subscriber: keyed pseudonym of the number
    owner_id      UUID NOT NULL,       -- Balance owner
    carrier       VARCHAR NOT NULL,    -- Carrier
    plan          VARCHAR NOT NULL,    -- [table] Plan
    segment       VARCHAR NOT NULL,    -- Segment: standard, low_income, doubled_before (a fibre
                                       -- line doubled before the package), student
    payment       VARCHAR NOT NULL,    -- [table] prepaid or postpaid
    home_locality VARCHAR NOT NULL,    -- Code of the home locality (ref.locality); empty: unknown
    valid_from    TIMESTAMP NOT NULL,  -- From, {zone_name} civil time
    valid_until   TIMESTAMP            -- Until, exclusive, {zone_name} civil time; null: open
);
FROM input.subscription ORDER BY owner_id, valid_from, subscriber_id;

-- Subscribers on lists over time; the rows that stand. Grain: subscriber, list and interval.
CREATE TABLE usage.allow_list (
    subscriber_id UUID NOT NULL,       -- Subscriber (keyed pseudonym); of a whole account, the
                                       -- account
    owner_id      UUID NOT NULL,       -- Balance owner
    list          VARCHAR NOT NULL,    -- List: the name of the segment that measures ask for
    valid_from    TIMESTAMP NOT NULL,  -- From, {zone_name} civil time
    valid_until   TIMESTAMP,           -- Until, exclusive, {zone_name} civil time; null: open
    document      VARCHAR NOT NULL     -- Document
);
FROM input.master_allow_list ORDER BY owner_id, valid_from, subscriber_id, list;

-- Balances that carriers state as a month begins; the rows that stand. Grain: balance and moment.
CREATE TABLE usage.balance (
    owner_id   UUID NOT NULL,       -- Balance owner
    as_of      TIMESTAMP NOT NULL,  -- The moment it is of, {zone_name} civil time
    balance    VARCHAR NOT NULL,    -- Sort: volume, bonus, grant, cap
    pack       VARCHAR,             -- Pack; null: of none
    volume     BIGINT,              -- Which of the volumes of the pack, from 1; null likewise
    bought_at  TIMESTAMP,           -- When the pack was bought, {zone_name} civil time; null
                                    -- likewise
    measure    VARCHAR,             -- Measure; null: of none
    began_at   TIMESTAMP,           -- When it was given, {zone_name} civil time
    expires_at TIMESTAMP,           -- When a grant expires, {zone_name} civil time
    given      BIGINT NOT NULL,     -- Given; of a cap: what it gave so far, {currency_name}
    remaining  BIGINT NOT NULL      -- What is left
);
FROM input.master_balance
ORDER BY owner_id, as_of, balance, pack, bought_at, volume, measure, began_at;

-- Distancing orders taken in from documents; the rows that stand. Those that hold are in
-- ref.distancing_order. Grain: order and locality.
CREATE TABLE usage.distancing_order (
    order_id    VARCHAR NOT NULL,    -- Number of the order
    locality    VARCHAR NOT NULL,    -- Code of the locality
    directive   BIGINT NOT NULL,     -- Directive
    valid_from  TIMESTAMP NOT NULL,  -- From, {zone_name} civil time
    valid_until TIMESTAMP,           -- Until, exclusive, {zone_name} civil time; null: until
                                     -- further notice
    document    VARCHAR NOT NULL     -- Document
);
FROM input.master_order ORDER BY order_id, locality, directive;

-- Usage and charge events taken in. Rows are in no fixed order: use ORDER BY owner_id, start_at,
-- event_id. Grain: usage event.
CREATE TABLE usage.event (
    event_id      UUID NOT NULL,       -- Id of the event
    owner_id      UUID NOT NULL,       -- The account that the record names, else the subscriber;
                                       -- rated.relief_line and settlement.* have whose balances
                                       -- were drawn
    subscriber_id UUID NOT NULL,       -- Who used it
    carrier       VARCHAR NOT NULL,    -- Carrier whose record it is
    start_at      TIMESTAMP NOT NULL,  -- [table] Start, {zone_name} civil time
    duration      BIGINT NOT NULL,     -- Duration, ms; 0 where the source has none
    kind          VARCHAR NOT NULL,    -- Kind: voice, sms, data, pack, fee
    destination   VARCHAR NOT NULL,    -- Network or class of the destination as recorded, such as
                                       -- mobile:viettel
    counterparty  UUID,                -- The other party (pseudonym); null if none
    rating_group  VARCHAR NOT NULL,    -- Host group of a data session; empty: unknown, or not data
    locality      VARCHAR NOT NULL,    -- Code of the serving locality (ref.locality); empty:
                                       -- unknown
    units         BIGINT NOT NULL,     -- Units: ms, bytes, messages, 1 for pack and fee
    session_key   UUID,                -- Digest of the session key; null if none
    pack          VARCHAR NOT NULL,    -- Pack of a pack event; empty: another event
    charged       BIGINT,              -- What the source says was taken, {currency_name} incl.
                                       -- {tax_name}; null: not said
    shard         SMALLINT NOT NULL,   -- Logical shard of the owner, 0 to 1023
    source_file   INTEGER NOT NULL,    -- Source file
    row           BIGINT NOT NULL      -- Record of that file, from 1
);
-- Not ordered: the parts hold them ordered, of which each thread that fills the table keeps its own,
-- and sorting twelve million rows again costs more than all the rest.
FROM input.event;

-- Records that said again what was known. Grain: source file and row.
CREATE TABLE usage.duplicate (
    source_file INTEGER NOT NULL,  -- Source file
    row         BIGINT NOT NULL,   -- Record of that file, from 1
    event_id    UUID               -- The event that was known; null: master data
);
FROM input.duplicate ORDER BY source_file, row;

-- Calls and messages that look like one recorded twice: both are events and stay so. Grain: the
-- later event.
CREATE TABLE usage.near_duplicate (
    event_id         UUID NOT NULL,       -- The later event
    near_event_id    UUID NOT NULL,       -- The earlier one that it overlaps
    carrier          VARCHAR NOT NULL,    -- Carrier of the later event
    kind             VARCHAR NOT NULL,    -- voice or sms
    start_at         TIMESTAMP NOT NULL,  -- Start of the later event, {zone_name} civil time
    apart            BIGINT NOT NULL,     -- Between the two starts, ms
    overlap          BIGINT NOT NULL,     -- How long both lasted at once, ms; 0 for messages
    source_file      INTEGER NOT NULL,    -- Source file of the later event
    row              BIGINT NOT NULL,     -- [usage.near_duplicate] Record of that file, from 1
    near_source_file INTEGER NOT NULL,    -- Source file of the earlier event
    near_row         BIGINT NOT NULL      -- [usage.near_duplicate] Record of that file, from 1
);
-- An event that overlaps an earlier one of the same two parties and kind, which began at most as many
-- seconds before it as the mapping of its file says; of these it is shown with the one that ends last.
FROM (
    SELECT near.*, later.source_file, earlier.source_file AS near_source_file
    FROM input.near_duplicate AS near
    JOIN input.source_file AS later
        ON later.floor = 'usage' AND later.part = near.part AND later.source = near.source
    JOIN input.source_file AS earlier
        ON earlier.floor = 'usage' AND earlier.part = near.near_part
        AND earlier.source = near.near_source
)
ORDER BY start_at, event_id;

-- Which source record is which event. Grain: source file, row and event.
CREATE VIEW usage.record_event AS
-- n:m: a record may become several events (rating groups), and a record said again (state
-- `duplicate`) names the event that was known already.
SELECT
    source_file,      -- Source file
    row,              -- Record of that file, from 1
    event_id,         -- Id of the event
    'taken' AS state  -- taken or duplicate
FROM usage.event
UNION ALL
SELECT source_file, row, event_id, 'duplicate' AS state
FROM usage.duplicate
WHERE event_id IS NOT NULL;

-- Records and events in suspense, with the reason; never dropped. Grain: suspended record or event.
CREATE TABLE usage.suspense (
    source_file INTEGER,           -- Source file; null: a conflicting event, which has several
                                   -- records
    row         BIGINT,            -- Record of that file, from 1; null likewise
    reason      VARCHAR NOT NULL,  -- Reason: malformed, no_subscription, no_tariff, beyond_limit,
                                   -- conflicting (copies contradict each other), ...
    sub_reason  VARCHAR,           -- Detail of the reason
    severity    VARCHAR NOT NULL,  -- record: not readable; event: not ratable yet
    state       VARCHAR NOT NULL,  -- State: open (not dealt with), edited (mended, not taken in
                                   -- again yet), recycled (taken in again), chosen (the copy that
                                   -- is right), set_aside (another copy is right), written_off
    address     VARCHAR,           -- Where in the file: line, byte
    raw_sha256  VARCHAR,           -- SHA-256 of the raw record
    stage       VARCHAR NOT NULL,  -- intake: a record suspended when taken in; contradicted: a
                                   -- record that was taken, and contradicted by another later;
                                   -- settle: an event suspended in the current run. Do not add
                                   -- them: a conflicting event has one row settle (until it is
                                   -- decided) and a row intake or contradicted for each copy
    event_id    UUID,              -- The event, where there is one
    carrier     VARCHAR,           -- Carrier, where known
    start_at    TIMESTAMP,         -- Start of the event, {zone_name} civil time; null: a record of
                                   -- stage intake
    recycled_in VARCHAR,           -- The part that the record was taken in again with, under the
                                   -- same row
    decided_by  VARCHAR,           -- Who decided last
    decided_why VARCHAR,           -- Why
    decided_at  VARCHAR            -- When, with the offset from UTC
);
SELECT source_file, row, reason, nullif(sub_reason, '') AS sub_reason, 'record' AS severity,
    coalesce(decided.state, 'open') AS state,
    concat_ws(', ', 'line ' || line, 'byte ' || "offset") AS address,
    nullif(raw_sha256, '') AS raw_sha256, stage, event_id, decided.recycled_in,
    decided.who AS decided_by, decided.why AS decided_why, decided.at AS decided_at
FROM (
    SELECT 'intake' AS stage, part, record.*
    FROM input.record_suspense AS record
    JOIN (SELECT source_file, part FROM input.source_file) AS file USING (source_file)
    UNION ALL BY NAME
    SELECT 'contradicted' AS stage, source_file, copy.*
    FROM input.stored_copy AS copy
    JOIN (SELECT source_file, part, source FROM input.source_file) AS file USING (part, source)
) AS record
LEFT JOIN input.suspense_state AS decided USING (part, source, row)
ORDER BY stage DESC, source_file, row;
SELECT event.source_file, event.row, suspense.reason, 'event' AS severity, 'open' AS state,
    'settle' AS stage, suspense.event_id, suspense.carrier, suspense.start_at
FROM input.suspense AS suspense
LEFT JOIN usage.event AS event USING (event_id)
WHERE NOT suspense.superseded
ORDER BY event.source_file, event.row, suspense.event_id;
