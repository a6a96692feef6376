-- Distancing orders in force at a moment.
-- Grain: order and locality. Parameter: moment, a TIMESTAMP of Vietnam civil time.
CREATE MACRO audit.orders_at(moment) AS TABLE
SELECT distancing.directive, distancing.locality, locality.name,
    coalesce(locality.province, locality.code) AS province, distancing.id, distancing.valid_from,
    distancing.valid_until, distancing.source, distancing.mark
FROM ref.distancing_order AS distancing
JOIN ref.locality AS locality ON locality.code = distancing.locality
WHERE distancing.valid_from <= moment AND moment < distancing.valid_until
ORDER BY distancing.directive, distancing.locality, distancing.id;
COMMENT ON MACRO TABLE audit.orders_at IS
    'orders_at(thời điểm): lệnh giãn cách đang có hiệu lực lúc đó. | orders_at(TIMESTAMP): distancing orders in force then. Grain: order and locality.';
