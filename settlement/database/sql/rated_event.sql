-- List value and payable of each rated event of the runs in force: there only after `settle --events`.
-- Natures stand apart and are not to be added up. Grain: run and event.
CREATE TABLE rated.event (
    run          VARCHAR NOT NULL,  -- Id of the run
    event_id     UUID NOT NULL,     -- [table] Event
    carrier      VARCHAR NOT NULL,  -- Carrier
    list_value   BIGINT NOT NULL,   -- List value: the charge were no measure in force,
                                    -- {currency_name} incl. {tax_name}
    discount     BIGINT NOT NULL,   -- Discount, {currency_name} incl. {tax_name}
    payable      BIGINT NOT NULL,   -- Payable = list value − discount, {currency_name} incl.
                                    -- {tax_name}
    in_kind      BIGINT NOT NULL,   -- In kind, {currency_name} incl. {tax_name}, valued by its
                                    -- reading
    contribution BIGINT NOT NULL,   -- Contribution, {currency_name}, no {tax_name}
    forbearances BIGINT NOT NULL    -- [table] Forbearances: counted, not valued
);
-- In the order of owners and time.
FROM input.event_amount;
