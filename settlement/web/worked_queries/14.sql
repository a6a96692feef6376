-- 14. Minutes and bytes: does each line lie within 1 minor unit of its units at the tariff's exact price?
-- Phút gọi và dữ liệu: mỗi dòng hỗ trợ có lệch dưới 1 đơn vị tiền so với lượng × đơn giá đúng không?
-- Grain: measure and nature.
-- A relief is the difference of two rounded charges, so it may be off by less than 1 minor unit.
-- `packs_price`: by what a pack's own overage costs. `hourly`: the plan has a price by hours, see
-- `ref.rate`.

WITH overage AS (
    SELECT DISTINCT pack.carrier, CAST(after.price AS DECIMAL(18, 4)) AS price,
        CAST(split_part(after.per, ' ', 1) AS BIGINT)
            * CASE split_part(after.per, ' ', 2) WHEN 'KB' THEN 1024 WHEN 'MB' THEN 1048576 END
            AS bytes
    FROM ref.pack_after AS after
    JOIN ref.pack AS pack ON pack.id = after.pack AND pack.valid_from = after.valid_from
    WHERE after.kind = 'data' AND after.rule = 'overage'
), line AS (
    SELECT relief.measure, relief.nature, relief.amount, price.price_numerator IS NULL AS is_hourly,
        abs(CAST(relief.amount AS HUGEINT) * price.price_denominator
            - CAST(relief.units AS HUGEINT) * price.price_numerator) AS off,
        price.price_denominator AS whole,
        event.kind = 'data' AND abs(relief.amount * overage.bytes - relief.units * overage.price)
            < overage.bytes AS is_of_pack
    FROM rated.relief_line AS relief
    JOIN audit.rated_event AS event USING (event_id)
    JOIN audit.price AS price
        ON price.plan = event.plan AND price.kind = event.kind
        AND relief.start_at >= price.valid_from
        AND relief.start_at < coalesce(price.valid_until, TIMESTAMP '9999-01-01')
        AND price.destination = CASE WHEN event.kind = 'data' THEN 'data'
            WHEN event.recorded LIKE 'fixed:%' THEN 'fixed_own' ELSE 'on_net' END
    LEFT JOIN overage ON overage.carrier = relief.carrier
    WHERE relief.measure IN ('M3', 'M6', 'M10')
)
SELECT measure, nature, count(*) AS lines, sum(amount) AS amount, count(*) FILTER (off = 0) AS exact,
    count(*) FILTER (off > 0 AND off < whole) AS below_1,
    count(*) FILTER (off >= whole AND is_of_pack) AS packs_price,
    count(*) FILTER (is_hourly) AS hourly,
    count(*) FILTER (off >= whole AND is_of_pack IS NOT TRUE) AS wrong
FROM line
GROUP BY measure, nature
ORDER BY measure, nature;
