-- Adjustments booked into this month: what signed months before it differ by since, after − before.
-- An event or line of an adjustment is of a usage month whose other rows are not here: so sums, keys
-- and the log hold them, and usage does not.
CREATE TEMP VIEW adjustment AS FROM read_parquet('tables/adjustment.parquet');
CREATE TEMP VIEW adjustment_event AS FROM read_parquet('tables/adjustment_event.parquet');
CREATE TEMP VIEW adjustment_line AS FROM read_parquet('tables/adjustment_line.parquet');
-- Of each event: the discount that its lines come to.
CREATE TEMP TABLE adjusted AS
SELECT adjustment, event_id, e.events, e.list_value, e.discount, e.payable, e.refund, l.discount AS of_lines,
       coalesce(e.first_at, l.first_at) AS first_at, greatest(e.last_at, l.last_at) AS last_at
FROM (
    SELECT adjustment, event_id, sum(events) AS events, sum(list_value) AS list_value, sum(discount) AS discount,
           sum(payable) AS payable, sum(refund) AS refund, min(start_at) AS first_at, max(start_at) AS last_at
    FROM adjustment_event GROUP BY ALL
) AS e
FULL JOIN (
    SELECT adjustment, event_id, sum(amount) FILTER (nature = 'discount') AS discount,
           min(start_at) AS first_at, max(start_at) AS last_at
    FROM adjustment_line GROUP BY ALL
) AS l USING (adjustment, event_id);

INSERT INTO check_result
SELECT 27, 'Điều chỉnh ghi vào kỳ: cộng từ từng dòng', 'Adjustments booked here, from their lines', count(*),
       count(*) FILTER ((a.in_kind, a.contribution, a.discount, a.forbearances) IS DISTINCT FROM
           (coalesce(l.in_kind, 0), coalesce(l.contribution, 0), coalesce(l.discount, 0), coalesce(l.forbearances, 0)))
FROM adjustment AS a
FULL JOIN (
    SELECT adjustment, sum(amount) FILTER (nature = 'in_kind') AS in_kind,
           sum(amount) FILTER (nature = 'contribution') AS contribution,
           sum(amount) FILTER (nature = 'discount') AS discount,
           sum(events) FILTER (nature = 'forbearance') AS forbearances
    FROM adjustment_line GROUP BY adjustment
) AS l USING (adjustment);
INSERT INTO check_result
SELECT 31, 'Điều chỉnh ghi vào kỳ: cộng từ từng sự kiện', 'Adjustments booked here, from their events', count(*),
       count(*) FILTER ((a.rated, a.list_value, a.discount, a.payable, a.refund) IS DISTINCT FROM
               (coalesce(e.rated, 0), coalesce(e.list_value, 0), coalesce(e.discount, 0), coalesce(e.payable, 0),
                coalesce(e.refund, 0))
           OR abs(a.refunds) > e.events)
FROM adjustment AS a
FULL JOIN (
    SELECT adjustment, count(*) AS events, sum(events) AS rated, sum(list_value) AS list_value,
           sum(discount) AS discount, sum(payable) AS payable, sum(refund) AS refund
    FROM adjusted GROUP BY adjustment
) AS e USING (adjustment);
-- Tax is rounded once a measure, before and after: each is off by {tax_off} of a minor unit at most.
INSERT INTO check_result
SELECT 32, 'Điều chỉnh: giá trị − giảm trừ = phải trả, ghi nhận + tự chịu = được tính, thuế trong giảm trừ',
       'Adjustments: list value − discount = payable, recognised + own account = relief, tax within the discount',
       count(*),
       count(*) FILTER (a.list_value - a.discount <> a.payable OR a.recognised + a.own_account <> a.relief
           OR a.rated + a.suspended <> a.events
           OR abs({tax_wholes} * a.discount_vat - {tax_parts}a.discount) > {tax_steps} * coalesce(m.measures, 0))
FROM adjustment AS a
LEFT JOIN (
    SELECT adjustment, count(DISTINCT measure) AS measures
    FROM adjustment_line WHERE nature = 'discount' GROUP BY adjustment
) AS m USING (adjustment);
INSERT INTO check_result
SELECT 33, 'Sự kiện của điều chỉnh: giá trị − giảm trừ = phải trả, giảm trừ từ các dòng, ở kỳ sử dụng',
       'Events of adjustments: list value − discount = payable, discount from their lines, in the usage period', count(*),
       count(*) FILTER (e.list_value - e.discount <> e.payable OR coalesce(e.discount, 0) <> coalesce(e.of_lines, 0)
           OR e.events NOT BETWEEN -1 AND 1
           OR strftime(e.first_at, '%Y-%m') IS DISTINCT FROM a.usage_period
           OR strftime(e.last_at, '%Y-%m') IS DISTINCT FROM a.usage_period)
FROM adjusted AS e
LEFT JOIN adjustment AS a USING (adjustment);
INSERT INTO check_result
SELECT 34, 'Điều chỉnh: đúng như mục `adjust` của nhật ký', 'Adjustments: each is an entry `adjust` of the log', count(*),
       count(*) FILTER (entry.adjustment IS NULL)
FROM adjustment AS a
LEFT JOIN (
    SELECT DISTINCT adjustment, period, "into", before, run
    FROM read_json('log.jsonl', format = 'newline_delimited', columns = {'what': 'VARCHAR', 'adjustment': 'VARCHAR',
        'period': 'VARCHAR', 'into': 'VARCHAR', 'before': 'VARCHAR', 'run': 'VARCHAR'})
    WHERE what = 'adjust'
) AS entry
  ON (entry.adjustment, entry.period, entry."into", entry.before, entry.run)
     = (a.adjustment, a.usage_period, a.booked_period, a.run_before, a.run_after);
INSERT INTO check_result
SELECT 35, 'Điều chỉnh: của doanh nghiệp này, ghi vào kỳ này, không khóa nào có hai lần',
       'Adjustments: of this carrier, booked into this period, no key twice', sum(n), sum(odd + n - keys)
FROM (
    SELECT count(*) AS n, count(DISTINCT adjustment) AS keys,
           count(*) FILTER (carrier <> (SELECT carrier FROM told) OR booked_period <> (SELECT period FROM told)
               OR usage_period >= booked_period) AS odd
    FROM adjustment
    -- An event that a correction moved in time is taken back where it was, and counted where it is;
    -- so are its lines.
    UNION ALL SELECT count(*), count(DISTINCT (adjustment, event_id, cause, start_at)),
           count(*) FILTER (carrier <> (SELECT carrier FROM told)) FROM adjustment_event
    UNION ALL SELECT count(*), count(DISTINCT (adjustment, event_id, measure, nature, cause, start_at)),
           count(*) FILTER (carrier <> (SELECT carrier FROM told)) FROM adjustment_line);
