-- 15. Does the list value of calls follow from the units that no pack covered, at the prices of the carrier's plans?
-- Giá trị các cuộc gọi có suy ra được từ lượng không gói nào bao và giá của các gói cước nền không?
-- Grain: carrier and class of call.
-- Each call is rounded to half a minor unit at most; where a carrier has one price, `least` and `most`
-- differ by no more than that.

WITH price AS (
    SELECT plan.carrier, rate.destination,
        min(CAST(price_numerator AS DECIMAL(38, 12)) / price_denominator) AS cheapest,
        max(CAST(price_numerator AS DECIMAL(38, 12)) / price_denominator) AS dearest
    FROM ref.rate AS rate
    JOIN ref.plan AS plan ON plan.id = rate.plan AND plan.valid_from = rate.valid_from
    WHERE rate.kind = 'voice' AND price_numerator > 0
    GROUP BY plan.carrier, rate.destination
), called AS (
    SELECT carrier, destination, sum(events) AS calls, sum(billed - bundled) AS uncovered,
        sum(list_value) AS list_value
    FROM rated.total
    WHERE kind = 'voice'
    GROUP BY carrier, destination
), bounded AS (
    SELECT carrier, destination, uncovered // 60000 AS minutes, list_value,
        CAST(floor(uncovered * cheapest - calls / 2) AS BIGINT) AS least,
        CAST(ceil(uncovered * dearest + calls / 2) AS BIGINT) AS most
    FROM called
    JOIN price USING (carrier, destination)
)
SELECT carrier, destination, minutes, least, list_value, most,
    list_value BETWEEN least AND most AS holds
FROM bounded
ORDER BY carrier, destination;
