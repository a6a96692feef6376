-- Statements and what hangs on them, in the order of building.
-- settlement/database/tables.py says how this file reads.

-- Statements, one a carrier and period. Grain: carrier and period.
CREATE TABLE settlement.statement (
    period               VARCHAR NOT NULL,  -- Period, YYYY-MM
    carrier              VARCHAR NOT NULL,  -- Carrier
    events               BIGINT NOT NULL,   -- Events = rated + suspended
    rated                BIGINT NOT NULL,   -- Rated events
    suspended            BIGINT NOT NULL,   -- Suspended events; by reason: settlement.suspense
    list_value           BIGINT NOT NULL,   -- List value: the charge were no measure in force,
                                            -- {currency_name} incl. {tax_name}
    discount             BIGINT NOT NULL,   -- Discount, {currency_name} incl. {tax_name}
    payable              BIGINT NOT NULL,   -- Payable = list value − discount, {currency_name}
                                            -- incl. {tax_name}
    discount_vat         BIGINT NOT NULL,   -- {Tax_name} inside the discount, {currency_name},
                                            -- summed over its lines
    discount_vat_residue BIGINT NOT NULL,   -- Residue, {currency_name}: {tax_name} of the sum − the
                                            -- sum of {tax_name}
    in_kind              BIGINT NOT NULL,   -- In kind, {currency_name} incl. {tax_name}, valued by
                                            -- its reading
    contribution         BIGINT NOT NULL,   -- [settlement.statement] Contribution, {currency_name},
                                            -- no {tax_name}
    forbearances         BIGINT NOT NULL,   -- [table] Forbearances: counted, not valued
    refunds              BIGINT NOT NULL,   -- [table] Events of which a refund is due
    refund               BIGINT NOT NULL,   -- Refund due, {currency_name} incl. {tax_name}
    overcharged          BIGINT NOT NULL,   -- Events charged above list value: a finding
    overcharge           BIGINT NOT NULL,   -- Charged above list value, {currency_name} incl.
                                            -- {tax_name}
    relief               BIGINT NOT NULL,   -- Relief that counts against the envelopes, this
                                            -- period, {currency_name}; by programme:
                                            -- settlement.programme
    recognised           BIGINT NOT NULL,   -- Recognised of this period's relief by the envelope,
                                            -- {currency_name}; without true-ups:
                                            -- settlement.programme.true_up
    own_account          BIGINT NOT NULL,   -- On the carrier's own account, {currency_name}
    assumed              VARCHAR NOT NULL   -- Assumed plans and packs in use
);
FROM input.statement WHERE NOT superseded ORDER BY period, carrier;

-- What each programme counts of a carrier's relief, against its envelope. Grain: carrier, period
-- and programme.
CREATE TABLE settlement.programme (
    period                       VARCHAR NOT NULL,  -- Period, YYYY-MM
    carrier                      VARCHAR NOT NULL,  -- Carrier
    programme                    VARCHAR NOT NULL,  -- Programme: ref.programme.id
    relief                       BIGINT NOT NULL,   -- Relief that counts against the envelope, this
                                                    -- period, {currency_name}; natures and
                                                    -- {tax_name} by the readings envelope.*
    relief_to_date               BIGINT NOT NULL,   -- The carrier's, from the first period of the
                                                    -- chain on, {currency_name}
    programme_relief             BIGINT NOT NULL,   -- That of all carriers, this period,
                                                    -- {currency_name}; the same in every row of the
                                                    -- period, so not to be added
    programme_relief_to_date     BIGINT NOT NULL,   -- That of all carriers to date,
                                                    -- {currency_name}; the same in every row of the
                                                    -- period, so not to be added
    envelope                     BIGINT,            -- Envelope, {currency_name}; null: none
    carrier_envelope             BIGINT,            -- The carrier's own part of the envelope,
                                                    -- {currency_name}; null: it is common
    recognised                   BIGINT NOT NULL,   -- Recognised of this period's relief by the
                                                    -- envelope, {currency_name}; under pro_rata
                                                    -- provisional until the true-up
    own_account                  BIGINT NOT NULL,   -- On the carrier's own account: relief −
                                                    -- recognised, {currency_name}
    true_up                      BIGINT NOT NULL,   -- Correction of what was recognised to date,
                                                    -- once the programme has closed (pro_rata),
                                                    -- {currency_name}; may be below 0
    recognised_to_date           BIGINT NOT NULL,   -- Recognised of the carrier's to date, true-ups
                                                    -- included, {currency_name}
    programme_recognised_to_date BIGINT NOT NULL    -- Recognised of all carriers to date,
                                                    -- {currency_name}; the same in every row of the
                                                    -- period, so not to be added
);
FROM input.programme_of_run WHERE NOT superseded ORDER BY period, carrier, programme;

-- Lines of the statements. Grain: statement, measure and nature.
CREATE TABLE settlement.statement_line (
    period    VARCHAR NOT NULL,  -- Period, YYYY-MM
    carrier   VARCHAR NOT NULL,  -- Carrier
    programme VARCHAR NOT NULL,  -- Programme: ref.programme.id
    measure   VARCHAR NOT NULL,  -- Measure: ref.measure.id
    nature    VARCHAR NOT NULL,  -- Nature: discount, in_kind, contribution, forbearance
    events    BIGINT NOT NULL,   -- Relief lines
    units     BIGINT NOT NULL,   -- Units relieved: ms, bytes, messages, 1 for pack and fee
    amount    BIGINT NOT NULL,   -- Amount, {currency_name}; discount and in kind incl. {tax_name},
                                 -- contribution without {tax_name}
    vat       BIGINT             -- {Tax_name} inside it, {currency_name}: amount − half-up(amount ×
                                 -- {tax_share}); null: none is taken (a discount alone has it)
);
FROM input.statement_line WHERE NOT superseded ORDER BY period, carrier, measure, nature;

-- Relief lines that an envelope of rule first_come does not recognise wholly. Grain: event, measure
-- and nature.
CREATE TABLE settlement.own_account (
    event_id    UUID NOT NULL,       -- [table] Event
    owner_id    UUID NOT NULL,       -- Balance owner
    carrier     VARCHAR NOT NULL,    -- Carrier
    programme   VARCHAR NOT NULL,    -- Programme: ref.programme.id
    measure     VARCHAR NOT NULL,    -- Measure: ref.measure.id
    nature      VARCHAR NOT NULL,    -- Nature: discount, in_kind, contribution
    start_at    TIMESTAMP NOT NULL,  -- Start of the event, {zone_name} civil time
    amount      BIGINT NOT NULL,     -- Amount of the relief line, {currency_name}, as in
                                     -- rated.relief_line
    relief      BIGINT NOT NULL,     -- What of it counts against the envelope, {currency_name};
                                     -- without {tax_name} where envelope_basis is excl_vat
    own_account BIGINT NOT NULL      -- On the carrier's own account, {currency_name}, above 0; the
                                     -- rest of relief is recognised
);
-- By programme in the order of rated.relief_line, as the run's own file holds them.
FROM input.own_account WHERE NOT superseded;

-- How each envelope is used up by day. Grain: programme, carrier where each has a part of its own,
-- and day.
CREATE TABLE settlement.burn_down (
    period             VARCHAR NOT NULL,  -- Period, YYYY-MM
    programme          VARCHAR NOT NULL,  -- Programme: ref.programme.id
    carrier            VARCHAR,           -- Carrier whose part it is; null: the envelope is common
    day                DATE NOT NULL,     -- Day of the event's start, {zone_name} civil time
    relief             BIGINT NOT NULL,   -- Relief of the day that counts against the envelope,
                                          -- {currency_name}
    recognised         BIGINT NOT NULL,   -- Recognised of the day, {currency_name}
    recognised_to_date BIGINT NOT NULL,   -- Recognised to date, when the day ends, {currency_name}
    remaining          BIGINT NOT NULL,   -- Left when the day ends, {currency_name}
    runs_out           DATE               -- Day on which nothing is left, or its forecast by the
                                          -- mean since the period's first day with relief; null: no
                                          -- relief yet, used up before the period, or more than a
                                          -- century away
);
FROM input.burn_down WHERE NOT superseded ORDER BY period, programme, carrier, day;

-- Suspended events by carrier and reason, those of carriers without a statement too. Grain:
-- carrier, period and reason.
CREATE TABLE settlement.suspense (
    period  VARCHAR NOT NULL,  -- Period, YYYY-MM
    carrier VARCHAR NOT NULL,  -- Carrier
    reason  VARCHAR NOT NULL,  -- Reason: no_subscription, no_tariff, beyond_limit, conflicting
                               -- (copies contradict each other)
    events  BIGINT NOT NULL    -- Events; they sum to settlement.statement.suspended, where the
                               -- carrier has a statement
);
FROM input.suspense_total WHERE NOT superseded ORDER BY period, carrier, reason;

-- Refunds due, max(0, min(charged, list value) − payable), and events charged above list value.
-- Grain: event.
CREATE TABLE settlement.refund (
    event_id   UUID NOT NULL,       -- [table] Event
    owner_id   UUID NOT NULL,       -- Balance owner
    carrier    VARCHAR NOT NULL,    -- Carrier
    start_at   TIMESTAMP NOT NULL,  -- Start of the event, {zone_name} civil time
    charged    BIGINT NOT NULL,     -- What the source says was taken, {currency_name} incl.
                                    -- {tax_name}
    list_value BIGINT NOT NULL,     -- List value: the charge were no measure in force,
                                    -- {currency_name} incl. {tax_name}
    payable    BIGINT NOT NULL,     -- Payable = list value − discount, {currency_name} incl.
                                    -- {tax_name}
    refund     BIGINT NOT NULL      -- Refund due, {currency_name} incl. {tax_name}; 0: only charged
                                    -- above list value
);
-- In the order of owners and time, as the run's own file holds them.
FROM input.refund WHERE NOT superseded;

-- Refunds that carriers paid, as their files told. Grain: payment.
CREATE TABLE settlement.refund_paid (
    event_id UUID NOT NULL,       -- The event of which it is the refund
    carrier  VARCHAR NOT NULL,    -- Carrier
    start_at TIMESTAMP NOT NULL,  -- Start of the event, as it was when paid, {zone_name} civil time
    paid_on  DATE NOT NULL,       -- Day of payment
    document VARCHAR NOT NULL,    -- [settlement.refund_paid] Document
    amount   BIGINT NOT NULL,     -- Amount, {currency_name} incl. {tax_name}; below 0: taken back
    refunds  VARCHAR NOT NULL     -- Id of the file that was booked
);
FROM input.refund_paid ORDER BY event_id, paid_on, document, amount, refunds;

-- How each refund stands: due by the runs in force, paid, and what that makes. Grain: event.
CREATE VIEW settlement.refund_state AS
-- Of an event of which nothing is due any more, carrier and start are as they were when paid.
SELECT
    strftime(coalesce(due.start_at, paid.start_at), '%Y-%m')
        AS usage_period,                              -- Usage period
    event_id,                                         -- [table] Event
    coalesce(due.carrier, paid.carrier) AS carrier,   -- Carrier
    coalesce(due.start_at, paid.start_at)
        AS start_at,                                  -- Start of the event, {zone_name} civil time
    coalesce(due.refund, 0) AS refund,                -- [settlement.refund_state] Refund due,
                                                      -- {currency_name} incl. {tax_name}
    coalesce(paid.amount, 0) AS paid,                 -- Refund paid, {currency_name} incl.
                                                      -- {tax_name}
    CASE
        WHEN coalesce(paid.amount, 0) > coalesce(due.refund, 0) THEN 'overpaid'
        WHEN coalesce(paid.amount, 0) = coalesce(due.refund, 0) THEN 'paid'
        WHEN coalesce(paid.amount, 0) > 0 THEN 'part_paid'
        ELSE 'due'
    END AS state                                      -- due; part_paid; paid; overpaid: more was
                                                      -- paid than is due
FROM (SELECT event_id, carrier, start_at, refund FROM settlement.refund WHERE refund > 0) AS due
FULL JOIN (
    SELECT event_id, max(carrier) AS carrier, max(start_at) AS start_at,
           CAST(sum(amount) AS BIGINT) AS amount
    FROM settlement.refund_paid
    GROUP BY event_id
) AS paid USING (event_id)
WHERE coalesce(due.refund, 0) <> 0 OR coalesce(paid.amount, 0) <> 0;

-- Where usage and master data contradict each other; an event has at most one finding. Grain:
-- finding, of an event or of a balance.
CREATE TABLE settlement.finding (
    finding  VARCHAR NOT NULL,    -- One of the names at the left; docs/intake.md says what each
                                  -- means
    carrier  VARCHAR NOT NULL,    -- Carrier of the record; of the subscription whose balance it is
    event_id UUID,                -- Event; null: a finding about a balance
    owner_id UUID NOT NULL,       -- Balance owner
    start_at TIMESTAMP NOT NULL,  -- Start of the event, or the moment of the balance, {zone_name}
                                  -- civil time
    about    VARCHAR NOT NULL,    -- The other carrier, the pack, or which balance
    stated   BIGINT,              -- What the carrier states is left (of a cap: was given), in its
                                  -- unit; null: of an event
    found    BIGINT               -- What the month before closed with; null: nothing
);
-- Nothing is taken away or added by a finding: events stay rated or suspended as they are.
FROM input.finding WHERE NOT superseded;

-- Where each period stands: open, settled, signed, superseded. Grain: period.
CREATE TABLE settlement.period (
    period        VARCHAR NOT NULL,  -- Period, YYYY-MM
    state         VARCHAR NOT NULL,  -- open, settled, signed, superseded: signed, and settled anew
                                     -- since
    run           VARCHAR,           -- Run in force; null: not settled
    signed_run    VARCHAR,           -- Run that was signed; null: none
    signed_at     TIMESTAMP,         -- When it was signed, UTC
    signed_by     VARCHAR,           -- Signing key: name and key id
    cut_off       TIMESTAMP,         -- Until when late usage comes in, {zone_name} civil time
    is_stale      BOOLEAN NOT NULL,  -- Does it rest on a superseded run of the month before?
    is_unadjusted BOOLEAN NOT NULL   -- Does its run in force differ from all that was signed and
                                     -- adjusted?
);
FROM input.period ORDER BY period;

-- Adjustments: what a signed period differs by since it was settled anew, booked into a later one.
-- Grain: adjustment and carrier.
CREATE TABLE settlement.adjustment (
    adjustment    VARCHAR NOT NULL,  -- Id of the adjustment
    usage_period  VARCHAR NOT NULL,  -- Usage period: the one that is adjusted
    booked_period VARCHAR NOT NULL,  -- Booked period
    run_before    VARCHAR NOT NULL,  -- Run that was accounted for before
    run_after     VARCHAR NOT NULL,  -- The new run
    carrier       VARCHAR NOT NULL,  -- Carrier
    events        BIGINT NOT NULL,   -- Difference in events
    rated         BIGINT NOT NULL,   -- Difference in rated events
    suspended     BIGINT NOT NULL,   -- Difference in suspended events
    list_value    BIGINT NOT NULL,   -- Difference in list value, {currency_name} incl. {tax_name}
    discount      BIGINT NOT NULL,   -- Difference in discount, {currency_name} incl. {tax_name}
    payable       BIGINT NOT NULL,   -- Difference in payable, {currency_name} incl. {tax_name}
    discount_vat  BIGINT NOT NULL,   -- Difference in the {tax_name} inside the discount: after −
                                     -- before, {currency_name}
    in_kind       BIGINT NOT NULL,   -- Difference in kind, {currency_name}
    contribution  BIGINT NOT NULL,   -- Difference in contribution, {currency_name}
    forbearances  BIGINT NOT NULL,   -- Difference in forbearances
    refunds       BIGINT NOT NULL,   -- Difference in events of which a refund is due
    refund        BIGINT NOT NULL,   -- Difference in refunds due, {currency_name}
    overcharged   BIGINT NOT NULL,   -- Difference in events charged above list value
    overcharge    BIGINT NOT NULL,   -- Difference in what was charged above list value,
                                     -- {currency_name}
    relief        BIGINT NOT NULL,   -- Difference in what counts against the envelopes,
                                     -- {currency_name}
    recognised    BIGINT NOT NULL,   -- Difference in what envelopes recognise, {currency_name}
    own_account   BIGINT NOT NULL    -- Difference on the carrier's own account, {currency_name}
);
FROM input.adjustment ORDER BY booked_period, usage_period, adjustment, carrier;

-- Adjustments event by event, each with its cause: after − before. Grain: adjustment, event and
-- cause; an event that a correction moved to another day has a row at either place.
CREATE TABLE settlement.adjustment_event (
    adjustment  VARCHAR NOT NULL,    -- Id of the adjustment
    event_id    UUID NOT NULL,       -- [table] Event
    carrier     VARCHAR NOT NULL,    -- Carrier
    start_at    TIMESTAMP NOT NULL,  -- Start of the event, {zone_name} civil time
    cause       VARCHAR NOT NULL,    -- late, catalogue, reading, correction; cascade: moved by an
                                     -- earlier event of its owner
    cause_event UUID,                -- The event that caused it; null: no event did
    events      BIGINT NOT NULL,     -- 1: rated now; −1: no longer; 0: as before
    units       BIGINT NOT NULL,     -- Difference in units
    billed      BIGINT NOT NULL,     -- Difference in billed units
    bundled     BIGINT NOT NULL,     -- Difference in bundled units
    list_value  BIGINT NOT NULL,     -- Difference in list value, {currency_name} incl. {tax_name}
    discount    BIGINT NOT NULL,     -- Difference in discount, {currency_name} incl. {tax_name}
    payable     BIGINT NOT NULL,     -- Difference in payable, {currency_name} incl. {tax_name}
    refund      BIGINT NOT NULL      -- Difference in refunds due, {currency_name}
);
FROM input.adjustment_event ORDER BY adjustment, start_at, event_id, cause, carrier;

-- Adjustments relief line by relief line, each with its cause: after − before. Grain: adjustment,
-- event, measure, nature and cause; of an event that a correction moved to another day, lines that
-- went stand on the day they were on and lines that came on the new one, so sums by day agree with
-- those of events.
CREATE TABLE settlement.adjustment_line (
    adjustment  VARCHAR NOT NULL,    -- Id of the adjustment
    event_id    UUID NOT NULL,       -- [table] Event
    carrier     VARCHAR NOT NULL,    -- Carrier
    start_at    TIMESTAMP NOT NULL,  -- Start of the event, {zone_name} civil time
    measure     VARCHAR NOT NULL,    -- Measure
    nature      VARCHAR NOT NULL,    -- Nature
    cause       VARCHAR NOT NULL,    -- late, catalogue, reading, correction; cascade: moved by an
                                     -- earlier event of its owner
    cause_event UUID,                -- The event that caused it; null: no event did
    events      BIGINT NOT NULL,     -- 1: a new line; −1: a line no more; 0: there before and now
    units       BIGINT NOT NULL,     -- [settlement.adjustment_line] Difference in units
    amount      BIGINT NOT NULL      -- Difference in amount, {currency_name}
);
FROM input.adjustment_line
ORDER BY adjustment, start_at, event_id, measure, nature, cause, carrier;

-- Claims that carriers filed, each version. Grain: claim.
CREATE TABLE settlement.claim (
    carrier      VARCHAR NOT NULL,    -- Carrier
    period       VARCHAR NOT NULL,    -- Period, YYYY-MM
    grain        VARCHAR NOT NULL,    -- Grain: statement, measure, day, province, lines
    version      INTEGER NOT NULL,    -- Version, from 1, of carrier, period and grain
    sha256       VARCHAR NOT NULL,    -- SHA-256 of the file received
    form         VARCHAR,             -- Form of the file: xlsx, csv, json, parquet; null: the claim
                                      -- is damaged
    filed_at     TIMESTAMP NOT NULL,  -- When it was filed, UTC
    rows         BIGINT,              -- Rows, without totals; null: it is damaged
    amount       BIGINT,              -- Of a statement: its item relief, {currency_name}; of
                                      -- another grain: a control total of the column of amounts,
                                      -- which is no amount, since natures do not add up; null: it
                                      -- is damaged
    discount     BIGINT,              -- Discount, {currency_name}; null: a statement, or it is
                                      -- damaged
    in_kind      BIGINT,              -- In kind, {currency_name}; null: a statement, or it is
                                      -- damaged
    contribution BIGINT,              -- Contribution, {currency_name}; null: a statement, or it is
                                      -- damaged
    forbearance  BIGINT,              -- Forbearance, {currency_name}; null: a statement, or it is
                                      -- damaged
    findings     BIGINT,              -- Findings with which it was filed: signs, arithmetic; null:
                                      -- it is damaged
    in_force     BOOLEAN NOT NULL     -- Is it the latest version, which is reconciled?
);
-- What a claim says row by row lies in claims/<sha256>/claim.parquet of the home.
FROM input.claim ORDER BY period, carrier, grain, version;

-- What claims say otherwise than the recomputation, why, and how it stands. Grain: cell of a claim.
CREATE TABLE settlement.variance (
    variance          VARCHAR NOT NULL,  -- Id of the variance
    carrier           VARCHAR NOT NULL,  -- Carrier
    period            VARCHAR NOT NULL,  -- Period, YYYY-MM
    grain             VARCHAR NOT NULL,  -- Grain of the claim: statement, measure, day, province,
                                         -- lines
    claim             VARCHAR NOT NULL,  -- Claim: settlement.claim.sha256
    run               VARCHAR NOT NULL,  -- Run that it was held against
    measure           VARCHAR NOT NULL,  -- Measure; empty: an item of the statement, or a total
                                         -- over all
    nature            VARCHAR,           -- Nature: discount, in_kind, contribution, forbearance;
                                         -- null: an item of the statement
    item              VARCHAR,           -- Item of the statement; null: another cell
    day               DATE,              -- Day; null: the grain has none
    home_province     VARCHAR,           -- Code of the home province; null: the grain has none
    is_total          BOOLEAN NOT NULL,  -- Is it a total of the claim's own, held to its own rows?
    unit              VARCHAR,           -- What units are counted in: ms, byte, message, event,
                                         -- mixed; null: not of one measure
    claimed_events    BIGINT,            -- Events claimed; null: not declared
    claimed_units     BIGINT,            -- Units claimed; null: not declared
    claimed_amount    BIGINT,            -- Amount claimed, {currency_name}; null: not declared
    recomputed_events BIGINT NOT NULL,   -- Events recomputed
    recomputed_units  BIGINT NOT NULL,   -- Units recomputed
    recomputed_amount BIGINT NOT NULL,   -- Amount recomputed, {currency_name}
    difference        BIGINT NOT NULL,   -- claimed − recomputed, {currency_name}
    verdict           VARCHAR NOT NULL,  -- explained (one explanation), ambiguous (several),
                                         -- unexplained (none)
    causes            VARCHAR NOT NULL,  -- cause[detail] amount; + joins two causes, | the possible
                                         -- explanations
    state             VARCHAR NOT NULL,  -- How it stands: open, asked, accepted, rejected, adjusted
    since             TIMESTAMP,         -- Since when, UTC; null: from the beginning
    deadline          DATE,              -- By when the carrier is to answer; null: none
    why               VARCHAR NOT NULL   -- The reason said; empty: none
);
-- By the last reconciliation of each period.
FROM input.variance
ORDER BY period, carrier, grain, measure, nature, item, day, home_province, variance;

-- What a booked period's statement comes to: its own usage, and adjustments of earlier periods.
-- Grain: booked period, carrier, usage period and adjustment.
CREATE VIEW settlement.booked AS
-- Of a signed period its own part is that of the run that was signed, superseded since or not.
WITH of_run AS (
    SELECT run.run, statement.*
    FROM settlement.statement AS statement JOIN rated.run AS run USING (period)
    UNION ALL BY NAME
    FROM history.statement
)
SELECT
    period.period AS booked_period,  -- Booked period
    of_run.carrier,                  -- Carrier
    'own' AS part,                   -- own: of the period itself; adjustment: of an earlier one
    period.period AS usage_period,   -- Usage period
    NULL::VARCHAR AS adjustment,     -- Id of the adjustment; null: of the period itself
    of_run.events,                   -- Events
    of_run.rated,                    -- Rated events
    of_run.suspended,                -- [table] Suspended events
    of_run.list_value,               -- List value, {currency_name} incl. {tax_name}
    of_run.discount,                 -- Discount, {currency_name} incl. {tax_name}
    of_run.payable,                  -- Payable, {currency_name} incl. {tax_name}
    of_run.discount_vat,             -- The {tax_name} inside the discount, {currency_name}
    of_run.in_kind,                  -- In kind, {currency_name}
    of_run.contribution,             -- Contribution, {currency_name}
    of_run.forbearances,             -- Forbearances
    of_run.refunds,                  -- [table] Events of which a refund is due
    of_run.refund,                   -- Refunds due, {currency_name}
    of_run.overcharged,              -- [table] Events charged above list value
    of_run.overcharge,               -- What was charged above list value, {currency_name}
    of_run.relief,                   -- What counts against the envelopes, {currency_name}
    of_run.recognised,               -- Recognised by the envelopes, {currency_name}
    of_run.own_account               -- On the carrier's own account, {currency_name}
FROM settlement.period AS period
JOIN of_run ON of_run.run = coalesce(period.signed_run, period.run)
UNION ALL BY NAME
SELECT
    booked_period, carrier, 'adjustment' AS part, usage_period, adjustment,
    events, rated, suspended, list_value, discount, payable, discount_vat, in_kind,
    contribution, forbearances, refunds, refund, overcharged, overcharge, relief,
    recognised, own_account
FROM settlement.adjustment;
