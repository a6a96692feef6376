-- Tables that readers see otherwise than they are published: settlement/database/tables.py says how
-- this reads.

-- Relief; cells of fewer than ten lines or persons are merged. Grain: period, carrier, measure,
-- nature, day and home province.
CREATE TABLE rated.relief_total (
    period        VARCHAR NOT NULL,  -- Period, YYYY-MM
    carrier       VARCHAR NOT NULL,  -- Carrier
    measure       VARCHAR NOT NULL,  -- Measure: ref.measure.id; *: several merged
    nature        VARCHAR NOT NULL,  -- Nature: discount, in_kind, contribution, forbearance
    day           DATE,              -- Day on which the event starts; null: several merged
    home_province VARCHAR NOT NULL,  -- Code of the home province; empty: unknown; *: several merged
    events        BIGINT NOT NULL,   -- Relief lines
    units         BIGINT NOT NULL,   -- Units relieved: ms, bytes, messages, 1 for pack and fee
    amount        BIGINT NOT NULL    -- Amount, {currency_name}; discount and in kind incl.
                                     -- {tax_name}, contribution without {tax_name}
);
-- Merged cells bear * or no day; none follows from others.
FROM input.cut_relief_total;

-- Usage; cells of fewer than ten events or persons are merged. Grain: period, carrier, kind, day
-- and home province.
CREATE TABLE rated.total (
    period        VARCHAR NOT NULL,  -- Period, YYYY-MM
    carrier       VARCHAR NOT NULL,  -- Carrier
    kind          VARCHAR NOT NULL,  -- Kind of usage: voice, sms, data, pack, fee; *: several
                                     -- merged
    day           DATE,              -- Day on which the event starts; null: several merged
    home_province VARCHAR NOT NULL,  -- Code of the home province; empty: unknown; *: several merged
    events        BIGINT NOT NULL,   -- Rated events
    units         BIGINT NOT NULL,   -- Units as used: ms, bytes, messages, 1 for pack and fee; of
                                     -- merged kinds in one sum
    list_value    BIGINT NOT NULL    -- List value: the charge were no measure in force,
                                     -- {currency_name} incl. {tax_name}
);
-- Merged cells bear * or no day; none follows from others.
-- Without discount and payable: relief is told in rated.relief_total alone, by blocks of its own.
FROM input.cut_total;

-- How each envelope is used up by day, in whole million {currency_name}. Grain: programme, carrier
-- where each has a part of its own, and day.
CREATE TABLE settlement.burn_down (
    period             VARCHAR NOT NULL,  -- Period, YYYY-MM
    programme          VARCHAR NOT NULL,  -- Programme: ref.programme.id
    carrier            VARCHAR,           -- Carrier whose part it is; null: the envelope is common
    day                DATE NOT NULL,     -- Day of the event's start, {zone_name} civil time
    relief             BIGINT NOT NULL,   -- Relief of the day that counts against the envelope,
                                          -- {currency_name}, in whole millions
    recognised         BIGINT NOT NULL,   -- Recognised of the day, {currency_name}, in whole
                                          -- millions
    recognised_to_date BIGINT NOT NULL,   -- Recognised to date, when the day ends, {currency_name},
                                          -- in whole millions
    remaining          BIGINT NOT NULL,   -- Left when the day ends, {currency_name}, in whole
                                          -- millions
    runs_out           DATE               -- Day on which nothing is left, or its forecast; null:
                                          -- none
);
-- In whole millions, since the exact sum of a day, less the cells that are told of it, would be the
-- sum of those that are not.
FROM (
    SELECT * REPLACE (
        (relief + 500000) // 1000000 * 1000000 AS relief,
        (recognised + 500000) // 1000000 * 1000000 AS recognised,
        (recognised_to_date + 500000) // 1000000 * 1000000 AS recognised_to_date,
        (remaining + 500000) // 1000000 * 1000000 AS remaining
    )
    FROM input.burn_down
)
ORDER BY period, programme, carrier, day;
