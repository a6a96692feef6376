-- Totals in which list value − discount is not payable, or an amount is below 0: must be none.
-- Grain: key of rated.total. Parameters: none.
SELECT *
FROM rated.total
WHERE list_value - discount <> payable OR least(list_value, discount, payable) < 0;
