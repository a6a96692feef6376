-- 25. How did the first days go: list value, discount and payable around 5 August
-- Những ngày quanh 5/8: giá trị, giảm trừ, phải trả ra sao?
-- Grain: day.

SELECT day, sum(events) AS events, sum(list_value) AS list_value, sum(discount) AS discount,
    sum(payable) AS payable
FROM rated.total
WHERE day BETWEEN DATE '2021-08-03' AND DATE '2021-08-08'
GROUP BY day
ORDER BY day;
