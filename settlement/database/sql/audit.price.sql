-- Blocks and price of each plan, kind and destination, where the price is one: the same in all
-- steps and hours, rounded half up to one dong, with no amount beside it. Elsewhere the two columns
-- of the price are null, and ref.rate has it all.
-- Grain: plan version, kind and destination.
CREATE VIEW audit.price AS
WITH rate AS (
    SELECT plan, valid_from, kind, destination,
        min(block) FILTER (step = 1) AS first_block,
        max_by(block, step) AS block,
        count(DISTINCT (price_numerator, price_denominator)) = 1
            AND max(start_unit) <= min(block) FILTER (step = 1)
            AND count(DISTINCT rate) = 1
            AND bool_and(model = 'graduated' AND rounding = 'half_up' AND round_to IS NULL
                AND CAST(flat AS DECIMAL(18, 4)) = 0 AND CAST(connect_fee AS DECIMAL(18, 4)) = 0
                AND minimum_charge IS NULL AND maximum_charge IS NULL
                AND days IS NULL AND hours IS NULL) AS is_one,
        min(price_numerator) AS price_numerator,
        min(price_denominator) AS price_denominator
    FROM ref.rate
    GROUP BY plan, valid_from, kind, destination
)
SELECT plan.carrier, rate.plan, plan.valid_from, plan.valid_until, rate.kind, rate.destination,
    rate.first_block, rate.block,
    CASE WHEN rate.is_one THEN rate.price_numerator END AS price_numerator,
    CASE WHEN rate.is_one THEN rate.price_denominator END AS price_denominator,
    plan.mark
FROM rate
JOIN ref.plan AS plan ON plan.id = rate.plan AND plan.valid_from = rate.valid_from;
COMMENT ON VIEW audit.price IS
    'Khối tính cước và giá của từng gói cước nền, loại và lớp đích, khi chỉ có một giá. | Blocks and price by plan, kind and destination, where the price is one. Grain: plan version, kind and destination.';
COMMENT ON COLUMN audit.price.carrier IS 'Doanh nghiệp; trống: mọi doanh nghiệp | Carrier; null: any';
COMMENT ON COLUMN audit.price.plan IS 'Mã gói cước nền | Id of the plan';
COMMENT ON COLUMN audit.price.valid_from IS 'Có hiệu lực từ, giờ Việt Nam | First moment in force, Vietnam civil time';
COMMENT ON COLUMN audit.price.valid_until IS 'Hết hiệu lực từ (không kể), trống: chưa hết | First moment no longer in force; null: open';
COMMENT ON COLUMN audit.price.kind IS 'Loại dịch vụ | Kind of usage';
COMMENT ON COLUMN audit.price.destination IS 'Lớp đích | Destination class';
COMMENT ON COLUMN audit.price.first_block IS 'Khối đầu tiên, đơn vị | First block, units';
COMMENT ON COLUMN audit.price.block IS 'Khối tiếp theo, đơn vị | Blocks after it, units';
COMMENT ON COLUMN audit.price.price_numerator IS 'Tử số của giá một đơn vị, đồng; trống: không chỉ một giá, xem ref.rate | Numerator of the exact price of a unit, dong; null: not one price, see ref.rate';
COMMENT ON COLUMN audit.price.price_denominator IS 'Mẫu số của giá một đơn vị | Denominator of it';
COMMENT ON COLUMN audit.price.mark IS 'Mức chắc chắn của gói cước nền: stated, derived, assumed | How firmly the source supports the plan: stated, derived, assumed';
