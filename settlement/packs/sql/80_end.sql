-- 9. What this file does not work out, and would get wrong without a word: 0 where nothing is so.
INSERT INTO check_result
SELECT 40, CASE WHEN n = 0 THEN 'Không có quy tắc nào ngoài tầm check.sql: ' ELSE 'Có quy tắc mà check.sql không tính được: ' END || vi,
       CASE WHEN n = 0 THEN 'No rule beyond check.sql: ' ELSE 'Rules that check.sql cannot work out: ' END || en, 1, n
FROM (
    SELECT 'biện pháp cắt sự kiện, có mức trần, loại trừ nhau' AS vi, 'measures that split events, cap, or exclude each other' AS en,
           count(*) FILTER (crossing <> 'by_start' OR cap <> 'null' OR exclusive_group IS NOT NULL) AS n FROM rule
    UNION ALL
    SELECT 'nơi áp dụng', 'where a measure applies',
           count(*) FILTER (is_placed AND ((place ->> 'entering') <> 'at_entry'
               OR (type IN ('grant', 'money_grant') AND (place ->> 'place') <> 'home_at_trigger')
               OR (type IN ('price_cut', 'contribution', 'fee_in_kind', 'forbearance') AND (place ->> 'place') <> 'home_at_use')
               OR type IN ('zero_rating', 'bonus_volume'))
               OR type = 'grant' AND NOT is_placed) FROM rule
    UNION ALL
    SELECT 'loại biện pháp', 'sorts of measures',
           count(*) FILTER (type NOT IN ('zero_rating', 'bonus_volume', 'grant', 'price_cut', 'contribution', 'fee_in_kind', 'forbearance', 'money_grant')
               OR type = 'money_grant' AND ((effect ->> 'repeats') <> 'once' OR host_lists IS NOT NULL
                   OR list_contains(kinds, 'pack') AND EXISTS (FROM rule WHERE (effect ->> 'in_kind_value') = 'pack_average_paid'))
               OR type = 'grant' AND ((effect ->> 'repeats') <> 'once' OR len(kinds) <> 1 OR kinds[1] <> 'voice'
                   OR (effect ->> 'in_kind_value') NOT IN ('list_price', 'zero'))
               OR type = 'bonus_volume' AND ((effect ->> 'pack_in_use') NOT IN ('full', 'at_renewal')
                   OR (effect ->> 'in_kind_value') NOT IN ('pack_average', 'pack_average_paid', 'list_price', 'zero'))
               OR type = 'zero_rating' AND (effect ->> 'in_kind_value') NOT IN ('list_price', 'zero')
               OR type = 'fee_in_kind' AND (effect ->> 'in_kind_value') NOT IN ('list_price', 'zero')
               OR type = 'price_cut' AND NOT list_has_all(['pack', 'fee'], kinds)) FROM rule
    UNION ALL
    SELECT 'giá theo bậc, phí kết nối, làm tròn khác', 'prices by step, connect fees, other rounding',
           count(*) FILTER (len(CAST(r -> 'steps' AS JSON[])) > 0 OR (r ->> 'model') <> 'graduated' OR billionths(r ->> 'connect_fee') <> 0
               OR (r ->> 'rounding') <> 'half_up' OR (r ->> 'round_to') IS NOT NULL OR (r ->> 'minimum_charge') IS NOT NULL
               OR (r ->> 'maximum_charge') IS NOT NULL OR (r ->> 'percent') IS NOT NULL OR (r ->> 'zero_units') <> 'free'
               OR (r ->> 'days') IS NOT NULL OR (r ->> 'crossing') <> 'by_start' OR (r ->> 'coverage_rule') <> 'continue'
               OR (r ->> 'beyond') IS NOT NULL) FROM price
    UNION ALL
    SELECT 'thứ tự sử dụng của gói cước nền', 'a plan''s own order of consumption',
           count(*) FILTER (consumption <> '["zero_rating","first","bundled","last"]') FROM plan
    UNION ALL
    SELECT 'gói: chu kỳ, gia hạn, cuộc gọi, tiền', 'packs: cycles, renewal, calls, money',
           count(*) FILTER ((p -> 'validity' ->> 'months') IS NOT NULL OR (p -> 'validity' ->> 'cycle_days') IS NOT NULL
               OR (p -> 'validity' ->> 'ends') IS NOT NULL OR coalesce(prorated, 'by_step') <> 'by_step'
               OR (p -> 'renewal' ->> 'failed') <> 'continues' OR (p -> 'renewal' ->> 'rollover') <> 'none'
               OR (p -> 'renewal' ->> 'still_valid') <> 'new_instance' OR len(list_filter(CAST(volumes AS JSON[]), lambda v: (v ->> 'calls') IS NOT NULL
                   OR (v ->> 'counts') NOT IN ('raw', 'billed') OR (v ->> 'per') NOT IN ('pack', 'day'))) > 0
               OR len(list_filter(CAST(after AS JSON[]), lambda a: (a ->> 'kind') <> 'data' AND (a ->> 'rule') <> 'plan'
                   OR (a ->> 'rule') NOT IN ('plan', 'stop', 'overage'))) > 0) FROM pack WHERE id IN (SELECT pack FROM bought)
    UNION ALL
    SELECT 'giá trị chương trình tính không kể thuế', 'envelopes without tax', count(*) FILTER (basis <> 'incl_vat') FROM counted
    UNION ALL
    SELECT 'hơn 12 nguồn cùng lúc', 'more than 12 sources at one time', count(*) FILTER (layer > 12) FROM slot
    UNION ALL
    SELECT 'nhiều khoản tiền tặng cùng lúc', 'money of several grants at one time',
           (SELECT count(*) FROM purse AS a JOIN purse AS b ON b.owner_id = a.owner_id AND b.purse > a.purse
            WHERE a.at_ms < b.expiry_ms AND b.at_ms < a.expiry_ms)
    UNION ALL
    SELECT 'hai lần tặng của một biện pháp cho một gói', 'two bonuses of one pack volume',
           (SELECT count(*) FROM (SELECT id FROM bonus GROUP BY id, coalesce(place, -1) HAVING count(*) > 1))
);
-- In tables of at most 40 rows, of which the command line shows every one: what is wrong comes first,
-- and what is right after the 39th row is one row.
CREATE TEMP MACRO shown(first_place, last_place) AS TABLE
    WITH ranked AS (
        SELECT *, least(row_number() OVER (ORDER BY differences = 0, place, en), 40) AS n, count(*) OVER () AS checks
        FROM (SELECT place, vi, en, compared, coalesce(differences, 1) AS differences FROM check_result)
        WHERE place BETWEEN first_place AND last_place
    )
    SELECT min(place) AS "no", CASE WHEN sum(differences) = 0 THEN 'ok' ELSE 'SAI | WRONG' END AS result,
           CAST(sum(compared) AS BIGINT) AS compared, CAST(sum(differences) AS BIGINT) AS differences,
           CASE WHEN count(*) = 1 THEN any_value(vi) ELSE count(*) || ' kiểm tra nữa' END AS vi,
           CASE WHEN count(*) = 1 THEN any_value(en) ELSE count(*) || ' more checks' END AS en
    FROM ranked GROUP BY n ORDER BY n;
FROM shown(10, 19); -- from usage: lines, totals, refunds
FROM shown(20, 29); -- the statement, programmes, suspense, source files
FROM shown(30, 49); -- adjustments, balances, rules
SELECT CASE WHEN count(*) FILTER (differences IS DISTINCT FROM 0) > 0
            THEN error('check.sql: ' || count(*) FILTER (differences IS DISTINCT FROM 0) || ' kiểm tra sai | checks wrong: '
                       || string_agg(en, '; ') FILTER (differences IS DISTINCT FROM 0))
            ELSE 'đúng | right: ' || count(*) || ' kiểm tra | checks' END AS verdict
FROM check_result;
