-- VAT of 10 % inside an amount that includes it: amount − half-up(amount × 10/11).
-- Grain: scalar. Parameter: amount, dong.
CREATE MACRO audit.vat_in(amount) AS
    CAST(amount AS BIGINT) - audit.half_up(10 * CAST(amount AS HUGEINT), 11);
COMMENT ON MACRO audit.vat_in IS
    'vat_in(số tiền): thuế GTGT 10% trong số tiền đã gồm thuế, đồng. | vat_in(amount): VAT of 10 % inside an amount that includes it, dong. Grain: scalar.';
