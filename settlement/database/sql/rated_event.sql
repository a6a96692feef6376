-- List value and payable of each rated event of the runs in force: there only after `settle --events`.
-- Natures stand apart and are not to be added up. Grain: run and event.
CREATE TABLE rated.event (
    run          VARCHAR NOT NULL,  -- Id of the run
    event_id     UUID NOT NULL,     -- [table] Event
    carrier      VARCHAR NOT NULL,  -- Carrier
    list_value   BIGINT NOT NULL,   -- List value: the charge were no measure in force, dong
                                    -- incl. VAT
    discount     BIGINT NOT NULL,   -- Discount, dong incl. VAT
    payable      BIGINT NOT NULL,   -- Payable = list value − discount, dong incl. VAT
    in_kind      BIGINT NOT NULL,   -- In kind, dong incl. VAT, valued by its reading
    contribution BIGINT NOT NULL,   -- Contribution, dong, no VAT
    forbearances BIGINT NOT NULL    -- [table] Forbearances: counted, not valued
);
-- In the order of owners and time.
FROM input.event_amount;
