-- 12. Which tax is in the discounts, and what is the residue of rounding?
-- Thuế trong phần giảm trừ là bao nhiêu, và phần lẻ do làm tròn?
-- Grain: statement.
-- `ours` are worked out from the lines.

SELECT statement.carrier, statement.period, statement.discount, statement.discount_vat AS vat,
    sum(audit.vat_in(line.amount)) AS ours, statement.discount_vat_residue AS residue,
    audit.vat_in(sum(line.amount)) - sum(audit.vat_in(line.amount)) AS our_residue
FROM settlement.statement AS statement
JOIN settlement.statement_line AS line USING (period, carrier)
WHERE line.nature = 'discount'
GROUP BY statement.period, statement.carrier, statement.discount, statement.discount_vat,
    statement.discount_vat_residue
ORDER BY statement.carrier, statement.period;
