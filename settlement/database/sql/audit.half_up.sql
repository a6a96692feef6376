-- A fraction rounded half up to a whole number, without a float anywhere.
-- Grain: scalar. Parameters: numerator and denominator, integers, the second above 0.
CREATE MACRO audit.half_up(numerator, denominator) AS
    CAST((2 * CAST(numerator AS HUGEINT) + denominator) // (2 * CAST(denominator AS HUGEINT))
        AS BIGINT);
COMMENT ON MACRO audit.half_up IS
    'half_up(tử số, mẫu số): phân số làm tròn nửa lên thành số nguyên, chỉ dùng số nguyên. | half_up(numerator, denominator): a fraction rounded half up to a whole number, in integers alone. Grain: scalar.';
