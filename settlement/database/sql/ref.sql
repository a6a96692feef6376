-- The catalogue and the package, in the order of building.
-- settlement/database/tables.py says how this file reads.

-- The catalogue in force. Grain: one row.
CREATE TABLE ref.catalogue (
    id       VARCHAR NOT NULL,  -- Id of the catalogue
    title    VARCHAR NOT NULL,  -- [ref.catalogue] Title
    currency VARCHAR NOT NULL,  -- Currency code
    decimals INTEGER NOT NULL,  -- Decimals of the minor unit
    digest   VARCHAR NOT NULL   -- SHA-256 of the catalogue as canonical JSON
);
FROM input.catalogue ORDER BY id;

-- Carriers. Grain: carrier.
CREATE TABLE ref.carrier (
    id      VARCHAR NOT NULL,  -- [ref.carrier] Id
    name    VARCHAR NOT NULL,  -- Vietnamese name
    name_en VARCHAR NOT NULL,  -- [table] English name
    mobile  BOOLEAN NOT NULL,  -- Has a mobile network
    fixed   BOOLEAN NOT NULL,  -- Has a fixed network
    share   VARCHAR,           -- Share of mobile subscribers, per cent
    source  VARCHAR NOT NULL,  -- Document it was read from
    mark    VARCHAR NOT NULL   -- How firmly the source supports it: stated, derived, assumed
);
FROM input.carrier ORDER BY id;

-- Localities by GSO codes of 2021. Grain: province or district.
CREATE TABLE ref.locality (
    code       VARCHAR NOT NULL,  -- Code: two digits a province, three a district
    name       VARCHAR NOT NULL,  -- Name
    name_en    VARCHAR NOT NULL,  -- [ref.locality] English name
    province   VARCHAR,           -- Province of a district; null for a province
    population BIGINT,            -- Population
    source     VARCHAR NOT NULL,  -- Document it was read from
    mark       VARCHAR NOT NULL   -- How firmly the source supports it: stated, derived, assumed
);
FROM input.locality ORDER BY code;

-- Distancing orders by locality. Grain: order and locality.
CREATE TABLE ref.distancing_order (
    id          VARCHAR NOT NULL,    -- Id of the order
    directive   INTEGER NOT NULL,    -- Number of the directive
    locality    VARCHAR NOT NULL,    -- Code of the locality
    valid_from  TIMESTAMP NOT NULL,  -- Start, {zone_name} civil time
    valid_until TIMESTAMP NOT NULL,  -- End, exclusive
    source      VARCHAR NOT NULL,    -- Document it was read from
    mark        VARCHAR NOT NULL     -- How firmly the source supports it: stated, derived, assumed
);
FROM input.distancing_order ORDER BY id, locality;

-- Number prefixes and the network that owns them. Grain: prefix and number of digits.
CREATE TABLE ref.prefix (
    prefix  VARCHAR NOT NULL,  -- First national digits, without 0 or 84
    network VARCHAR NOT NULL,  -- Network
    digits  INTEGER,           -- National digits of the whole number; null: any
    source  VARCHAR NOT NULL,  -- Document it was read from
    mark    VARCHAR NOT NULL   -- How firmly the source supports it: stated, derived, assumed
);
FROM input.prefix ORDER BY prefix;

-- Numbers dialled as they stand. Grain: short code.
CREATE TABLE ref.short_code (
    code    VARCHAR NOT NULL,  -- Short code
    network VARCHAR NOT NULL,  -- Class of it
    source  VARCHAR NOT NULL,  -- Document it was read from
    mark    VARCHAR NOT NULL   -- How firmly the source supports it: stated, derived, assumed
);
FROM input.short_code ORDER BY code;

-- Numbers that got another head. Grain: old head and number of digits.
CREATE TABLE ref.renumbering (
    old_head  VARCHAR NOT NULL,    -- Old first digits, without 0 or 84
    digits    BIGINT NOT NULL,     -- National digits of the whole number in its old form
    new_head  VARCHAR NOT NULL,    -- New first digits
    new_from  TIMESTAMP NOT NULL,  -- First moment of the new form
    old_until TIMESTAMP NOT NULL,  -- First moment at which the old form reaches nobody
    source    VARCHAR NOT NULL,    -- Document it was read from
    mark      VARCHAR NOT NULL     -- How firmly the source supports it: stated, derived, assumed
);
-- Area codes in 2017, mobile numbers in 2018.
FROM input.renumbering ORDER BY old_head, digits;

-- Hosts whose use is free, by list. Grain: list, host and version.
CREATE TABLE ref.zero_rated_host (
    list        VARCHAR NOT NULL,    -- The list it stands on
    host        VARCHAR NOT NULL,    -- Host
    valid_from  TIMESTAMP NOT NULL,  -- First moment in force, {zone_name} civil time
    valid_until TIMESTAMP,           -- First moment no longer in force; null: open
    source      VARCHAR NOT NULL,    -- Document it was read from
    mark        VARCHAR NOT NULL     -- How firmly the source supports it: stated, derived, assumed
);
FROM input.zero_rated_host ORDER BY list, host, valid_from;

-- Days of the class holiday, for rates that hold on some days only. Grain: day.
CREATE TABLE ref.holiday (
    day    DATE NOT NULL,     -- Day
    name   VARCHAR NOT NULL,  -- Name of the holiday
    source VARCHAR NOT NULL,  -- Source
    mark   VARCHAR NOT NULL   -- How firmly the source supports it
);
FROM input.holiday ORDER BY day;

-- Tariff plans, by version. Grain: plan and version.
CREATE TABLE ref.plan (
    id          VARCHAR NOT NULL,    -- [ref.plan] Id
    carrier     VARCHAR,             -- Carrier; null: any
    name        VARCHAR NOT NULL,    -- Name
    service     VARCHAR NOT NULL,    -- Service: mobile, fibre
    payment     VARCHAR,             -- [table] prepaid or postpaid
    monthly_fee VARCHAR,             -- Monthly fee, {currency_name} incl. {tax_name}, as decimal
                                     -- text: CAST it to compute
    consumption VARCHAR NOT NULL,    -- Order of consumption: what covers usage first
    valid_from  TIMESTAMP NOT NULL,  -- First moment in force, {zone_name} civil time
    valid_until TIMESTAMP,           -- First moment no longer in force; null: open
    source      VARCHAR NOT NULL,    -- Document it was read from
    mark        VARCHAR NOT NULL     -- How firmly the source supports it: stated, derived, assumed
);
FROM input.plan ORDER BY id, valid_from;

-- Prices of a plan, a row a step. Grain: plan version, rate, destination and step.
CREATE TABLE ref.rate (
    plan              VARCHAR NOT NULL,    -- Id of the plan
    valid_from        TIMESTAMP NOT NULL,  -- First moment of the plan version
    rate              INTEGER NOT NULL,    -- Number of the rate in its version
    kind              VARCHAR NOT NULL,    -- Kind of usage
    destination       VARCHAR NOT NULL,    -- Destination class
    step              INTEGER NOT NULL,    -- Number of the step
    start_unit        BIGINT NOT NULL,     -- Unit at which the step starts (ms, bytes, messages)
    block             BIGINT NOT NULL,     -- Block, units
    price_numerator   BIGINT NOT NULL,     -- Numerator of the exact price of a unit,
                                           -- {currency_name}
    price_denominator BIGINT NOT NULL,     -- Denominator of it
    flat              VARCHAR NOT NULL,    -- Flat amount of the step, due once, {currency_name}, as
                                           -- decimal text
    model             VARCHAR NOT NULL,    -- Charge model
    connect_fee       VARCHAR NOT NULL,    -- Connect fee, {currency_name}, as decimal text: CAST it
                                           -- to compute
    connect_rule      VARCHAR NOT NULL,    -- When the connect fee is due
    minimum_charge    VARCHAR,             -- Least charge of an event that costs anything; null:
                                           -- none
    maximum_charge    VARCHAR,             -- Most that an event costs; null: no bound
    zero_units        VARCHAR NOT NULL,    -- An event of no units: free, or the first step's flat
                                           -- amount
    rounding          VARCHAR NOT NULL,    -- Rounding, once an event
    round_to          VARCHAR,             -- A charge is a multiple of this, {currency_name}; null:
                                           -- of one
    days              VARCHAR,             -- Days on which it holds; null: all
    hours             VARCHAR,             -- Hours in which it holds; null: all
    crossing          VARCHAR NOT NULL,    -- A call across time bands
    coverage_rule     VARCHAR NOT NULL,    -- How what nothing covers is billed
    beyond            VARCHAR,             -- Bound of the last step
    source            VARCHAR,             -- Document it was read from; null: that of the plan
    mark              VARCHAR              -- How firmly the source supports it: stated, derived,
                                           -- assumed; null: as its source
);
FROM input.rate ORDER BY plan, valid_from, rate, destination, step;

-- Packs, by version. Grain: pack and version.
CREATE TABLE ref.pack (
    id          VARCHAR NOT NULL,    -- [ref.pack] Id
    carrier     VARCHAR,             -- Carrier
    name        VARCHAR NOT NULL,    -- Name
    price       VARCHAR NOT NULL,    -- Price, {currency_name} incl. {tax_name}, as decimal text:
                                     -- CAST it to compute
    validity    VARCHAR NOT NULL,    -- Validity rule, its number and what goes with it
    proration   VARCHAR,             -- What a purchase within the month pays and gets, as JSON;
                                     -- null: all of both
    renewal     VARCHAR NOT NULL,    -- What a renewal does while the pack is valid, to leftover
                                     -- volume, and what a failed one does, as JSON
    rank        INTEGER NOT NULL,    -- Order of consumption, lower first
    payments    VARCHAR NOT NULL,    -- Sold to prepaid or postpaid subscribers
    valid_from  TIMESTAMP NOT NULL,  -- First moment in force, {zone_name} civil time
    valid_until TIMESTAMP,           -- First moment no longer in force; null: open
    source      VARCHAR NOT NULL,    -- Document it was read from
    mark        VARCHAR NOT NULL     -- How firmly the source supports it: stated, derived, assumed
);
FROM input.pack ORDER BY id, valid_from;

-- Volumes that a pack includes. Grain: pack version and volume.
CREATE TABLE ref.pack_volume (
    pack         VARCHAR NOT NULL,    -- Id of the pack
    valid_from   TIMESTAMP NOT NULL,  -- First moment of the pack version
    volume       INTEGER NOT NULL,    -- Number of the volume in the pack
    kind         VARCHAR NOT NULL,    -- Kind of usage; any: all (of money only)
    destinations VARCHAR NOT NULL,    -- Destination classes, joined by commas
    units        BIGINT NOT NULL,     -- Units (ms, bytes, messages; of money: minor units)
    per          VARCHAR NOT NULL,    -- pack: for the whole pack; day: each day; cycle: each cycle
    counts       VARCHAR NOT NULL,    -- billed: by blocks; raw: as used; money: pays charges
    hours        VARCHAR,             -- Hours of use
    calls        VARCHAR,             -- Of which calls only, as JSON; null: of all
    source       VARCHAR,             -- Document it was read from; null: that of the pack
    mark         VARCHAR              -- How firmly the source supports it: stated, derived,
                                      -- assumed; null: as its source
);
FROM input.pack_volume ORDER BY pack, valid_from, volume;

-- What follows when a pack is used up. Grain: pack version and kind.
CREATE TABLE ref.pack_after (
    pack       VARCHAR NOT NULL,    -- Id of the pack
    valid_from TIMESTAMP NOT NULL,  -- First moment of the pack version
    kind       VARCHAR NOT NULL,    -- Kind of usage
    rule       VARCHAR NOT NULL,    -- stop, throttle, overage or plan
    price      VARCHAR,             -- Overage price, {currency_name}
    per        VARCHAR,             -- for so much
    block      VARCHAR,             -- Block
    source     VARCHAR,             -- Document it was read from; null: that of the pack
    mark       VARCHAR              -- How firmly the source supports it: stated, derived, assumed;
                                    -- null: as its source
);
FROM input.pack_after ORDER BY pack, valid_from, kind;

-- Interconnect prices, excl. {tax_name}. Grain: direction and version.
CREATE TABLE ref.interconnect_price (
    from_service VARCHAR NOT NULL,    -- From mobile or fixed
    to_service   VARCHAR NOT NULL,    -- To mobile or fixed
    to_carriers  VARCHAR,             -- Terminating carriers; null: any
    price        VARCHAR NOT NULL,    -- Price, {currency_name}, as decimal text: CAST it to compute
    per          VARCHAR NOT NULL,    -- for so much
    valid_from   TIMESTAMP NOT NULL,  -- First moment in force, {zone_name} civil time
    valid_until  TIMESTAMP,           -- First moment no longer in force; null: open
    source       VARCHAR NOT NULL,    -- Document it was read from
    mark         VARCHAR NOT NULL     -- How firmly the source supports it: stated, derived, assumed
);
FROM input.interconnect_price ORDER BY from_service, to_service, to_carriers, valid_from;

-- The relief package in force. Grain: one row.
CREATE TABLE ref.package (
    id        VARCHAR NOT NULL,  -- [ref.package] Id of the package
    title     VARCHAR NOT NULL,  -- Title
    title_en  VARCHAR NOT NULL,  -- [table] English title
    author    VARCHAR NOT NULL,  -- Author of the data
    reference VARCHAR NOT NULL,  -- Document of reference
    baseline  VARCHAR NOT NULL,  -- The catalogue it is a patch over
    digest    VARCHAR NOT NULL   -- SHA-256 of the package with its readings in place
);
FROM input.package ORDER BY id;

-- Programmes of the package, each with its envelope. Grain: programme.
CREATE TABLE ref.programme (
    id                   VARCHAR NOT NULL,  -- Id of the programme
    precedence           INTEGER NOT NULL,  -- Precedence: the lower one relieves an event first
    title                VARCHAR NOT NULL,  -- Title
    title_en             VARCHAR NOT NULL,  -- [table] English title
    author               VARCHAR NOT NULL,  -- Author of the data
    reference            VARCHAR NOT NULL,  -- Document of reference
    envelope             BIGINT,            -- Value of the programme, {currency_name}
    envelope_rule        VARCHAR,           -- Rule by which the envelope recognises
    envelope_natures     VARCHAR,           -- Natures that count against it
    envelope_basis       VARCHAR,           -- Discounts and in kind count with or without
                                            -- {tax_name}
    envelope_carriers    VARCHAR,           -- Carriers whose relief counts, joined by commas
    envelope_measures    VARCHAR,           -- Measures that count, joined by commas; null: all
    envelope_per_carrier VARCHAR,           -- Each carrier's own part, {currency_name} (JSON);
                                            -- null: the envelope is common
    envelope_source      VARCHAR,           -- Source of the envelope
    envelope_mark        VARCHAR            -- How firmly the source supports it: stated, derived,
                                            -- assumed
);
FROM input.programme ORDER BY precedence;

-- What was announced beside the tariffs of a programme, and what was kept of it: no settled figure,
-- added to none. Grain: programme, place.
CREATE TABLE ref.announcement (
    programme VARCHAR NOT NULL,  -- [table] Programme
    place     INTEGER NOT NULL,  -- Its place in the package, from 1
    kind      VARCHAR NOT NULL,  -- target, pledge, kept or reported
    day       DATE,              -- Day of the announcement, or of what was kept; null: not found
    until     DATE,              -- Last day of a target
    who       VARCHAR NOT NULL,  -- Who
    who_en    VARCHAR NOT NULL,  -- Who, in English
    what      VARCHAR NOT NULL,  -- What
    what_en   VARCHAR NOT NULL,  -- What, in English
    quantity  BIGINT,            -- How many
    amount    BIGINT,            -- Amount, in {currency_name}
    source    VARCHAR NOT NULL,  -- Source
    mark      VARCHAR NOT NULL   -- How firmly the source supports it
);
FROM input.announcement ORDER BY programme, place;

-- Measures of the package. Grain: measure and group of carriers.
CREATE TABLE ref.measure (
    id              VARCHAR NOT NULL,    -- Id of the measure
    programme       VARCHAR NOT NULL,    -- Programme: ref.programme.id
    carriers        VARCHAR,             -- Carriers it is for, joined by commas; null: any
    title           VARCHAR NOT NULL,    -- [ref.measure] Title
    title_en        VARCHAR NOT NULL,    -- [table] English title
    document        VARCHAR NOT NULL,    -- Document
    document_vi     VARCHAR NOT NULL,    -- Document, in Vietnamese; empty: as document
    valid_from      TIMESTAMP NOT NULL,  -- First moment in force
    valid_until     TIMESTAMP NOT NULL,  -- First moment no longer in force
    place_in_order  INTEGER NOT NULL,    -- Declared order inside its programme
    exclusive_group VARCHAR,             -- Exclusive group: of it only the first measure that has
                                         -- an effect applies; null: none
    effect          VARCHAR NOT NULL,    -- What it does, JSON
    cap             VARCHAR,             -- Most that it takes off, JSON; null: no bound
    scope           VARCHAR NOT NULL,    -- For which events and whom, JSON
    place           VARCHAR,             -- Condition on the place, JSON
    crossing        VARCHAR NOT NULL,    -- How events that cross a boundary count
    interconnect    VARCHAR NOT NULL,    -- Interconnection of what it relieves: due, waived
    source          VARCHAR NOT NULL,    -- Document it was read from
    mark            VARCHAR NOT NULL     -- How firmly the source supports it: stated, derived,
                                         -- assumed
);
FROM input.measure ORDER BY id, place_in_order, carriers;

-- Readings: answers to what the announcement leaves open. Grain: reading and alternative.
CREATE TABLE ref.reading (
    name        VARCHAR NOT NULL,  -- Name of the reading
    question    VARCHAR NOT NULL,  -- The question, in Vietnamese
    question_en VARCHAR NOT NULL,  -- The question, in English
    alternative VARCHAR NOT NULL,  -- Name of the alternative
    means       VARCHAR NOT NULL,  -- What the alternative means, in English
    means_vi    VARCHAR NOT NULL,  -- What the alternative means, in Vietnamese; empty: the package
                                   -- does not say
    is_default  BOOLEAN NOT NULL,  -- Is it the declared default
    in_force    BOOLEAN NOT NULL,  -- Is it the one in force in the current run
    source      VARCHAR NOT NULL   -- Source of the question
);
FROM input.reading ORDER BY name, alternative;

-- Fields that another document gives than the one of their row. Grain: table, entry, version,
-- carriers and field.
CREATE TABLE ref.field_source (
    in_table   VARCHAR NOT NULL,  -- Table of ref
    entry      VARCHAR NOT NULL,  -- Which row: its id, or the columns that make one, joined by
                                  -- spaces
    valid_from TIMESTAMP,         -- First moment of the version; null: not dated
    carriers   VARCHAR,           -- Carriers, where an id has a row for each group; null: any
    field      VARCHAR NOT NULL,  -- The field, as the file of the catalogue names it
    source     VARCHAR NOT NULL,  -- Document it was read from
    mark       VARCHAR NOT NULL   -- How firmly the source supports it: stated, derived, assumed
);
FROM input.field_source ORDER BY in_table, entry, valid_from, carriers, field;
