-- 19. Which calls and sessions were under way at midnight, as 5 August began, and what relieved them?
-- Cuộc gọi và phiên nào đang diễn ra lúc 0 giờ ngày 5/8, và có được hỗ trợ không?
-- Grain: carrier and kind.
-- All measures count by the start (`crossing`), so none may have relief.

SELECT carrier, kind, count(*) AS events, min(start_at) AS earliest, sum(discount) AS discount,
    count(measures) AS relieved
FROM audit.crossing(TIMESTAMP '2021-08-05 00:00:00')
GROUP BY carrier, kind
ORDER BY carrier, kind;
