-- Lines of the statements as they are cut for readers. Tax: null counts as 0, and is told by nature.
-- Grain: statement, measure and nature.
SELECT
    period, carrier, programme, measure, nature, events, units, amount, vat
FROM face.settlement.statement_line
ORDER BY period, carrier, programme, measure, nature;
