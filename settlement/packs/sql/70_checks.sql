-- 8. The checks: what was worked out above against what was published, and the published sums
-- against each other. Nothing above reads published lines, sums or refunds.
CREATE TEMP VIEW source_file AS FROM read_parquet('tables/source_file.parquet');
CREATE TEMP VIEW relief_line AS FROM read_parquet('tables/relief_line.parquet');
CREATE TEMP VIEW total AS FROM read_parquet('tables/total.parquet');
CREATE TEMP VIEW relief_total AS FROM read_parquet('tables/relief_total.parquet');
CREATE TEMP VIEW statement AS FROM read_parquet('tables/statement.parquet');
CREATE TEMP VIEW statement_line AS FROM read_parquet('tables/statement_line.parquet');
CREATE TEMP VIEW programme AS FROM read_parquet('tables/programme.parquet');
CREATE TEMP VIEW own_account AS FROM read_parquet('tables/own_account.parquet');
CREATE TEMP VIEW suspense_total AS FROM read_parquet('tables/suspense_total.parquet');
CREATE TEMP VIEW refund AS FROM read_parquet('tables/refund.parquet');
CREATE TEMP VIEW duplicate AS FROM read_parquet('tables/duplicate.parquet');

-- `differences` must be 0. `compared` is how many rows stood against each other.
CREATE TEMP TABLE check_result (place INTEGER, vi VARCHAR, en VARCHAR, compared BIGINT, differences BIGINT);
INSERT INTO check_result
SELECT 10, 'Dòng hỗ trợ ' || measure || ' (' || nature || '): tính lại từ sự kiện sử dụng',
       'Relief lines of ' || measure || ' (' || nature || '), from usage', count(*),
       count(*) FILTER ((ours.units, ours.amount) IS DISTINCT FROM (line.units, line.amount))
FROM line_of_event AS ours
FULL JOIN relief_line AS line USING (event_id, measure, nature)
GROUP BY measure, nature;
INSERT INTO check_result
SELECT 11, 'Mỗi sự kiện có giá: đúng một thuê bao, một giá', 'Each rated event has one subscriber and one price',
       (SELECT count(*) FROM event),
       (SELECT count(*) FROM (SELECT event_id FROM event EXCEPT SELECT event_id FROM suspense))
           - (SELECT count(DISTINCT event_id) FROM known JOIN found_event USING (ord))
           + (SELECT count(*) - count(DISTINCT ord) FROM found_event);
INSERT INTO check_result
SELECT 12, 'Bảng tổng: sự kiện, lượng, giá trị, giảm trừ, phải trả tính lại từ sự kiện',
       'Totals: events, units, list value, discount and payable, from usage', count(*),
       count(*) FILTER ((ours.events, ours.units, ours.billed, ours.bundled, ours.list_value, ours.discount, ours.payable)
           IS DISTINCT FROM (total.events, total.units, total.billed, total.bundled, total.list_value, total.discount, total.payable))
FROM found_total AS ours
FULL JOIN total USING (day, home_province, serving_province, kind, destination);
INSERT INTO check_result
SELECT 13, 'Tổng hỗ trợ theo khóa: cộng từ các dòng đã tính lại', 'Relief totals by key, from the lines worked out', count(*),
       count(*) FILTER ((ours.events, ours.units, ours.amount) IS DISTINCT FROM (told.events, told.units, told.amount))
FROM found_relief_total AS ours
FULL JOIN relief_total AS told USING (day, home_province, serving_province, kind, destination, measure, nature);
INSERT INTO check_result
SELECT 14, 'Giá trị − giảm trừ = phải trả ≥ 0, giảm trừ = tổng hỗ trợ, ở từng khóa',
       'List value − discount = payable ≥ 0, discount = Σ reliefs, at each key', count(*),
       count(*) FILTER (coalesce(total.discount, 0) <> coalesce(relief.amount, 0)
                        OR total.list_value - total.discount <> total.payable
                        OR least(total.list_value, total.discount, total.payable) < 0)
FROM total
FULL JOIN (
    SELECT day, home_province, serving_province, kind, destination, sum(amount) AS amount
    FROM relief_total WHERE nature = 'discount' GROUP BY ALL
) AS relief USING (day, home_province, serving_province, kind, destination);
INSERT INTO check_result
SELECT 15, 'Số tiền hoàn trả và thu quá: tính lại từ sự kiện', 'Refunds and overcharges, from usage', count(*),
       count(*) FILTER ((ours.charged, ours.list_value, ours.payable, ours.refund)
           IS DISTINCT FROM (told.charged, told.list_value, told.payable, told.refund))
FROM found_refund AS ours
FULL JOIN refund AS told USING (event_id);
INSERT INTO check_result
SELECT 16, 'Không khóa nào có hai lần', 'No key twice', sum(n), sum(n - keys)
FROM (
    SELECT count(*) AS n, count(DISTINCT event_id) AS keys FROM event
    UNION ALL SELECT count(*), count(DISTINCT event_id) FROM suspense
    UNION ALL SELECT count(*), count(DISTINCT event_id) FROM refund
    UNION ALL SELECT count(*), count(DISTINCT (event_id, measure, nature)) FROM relief_line
    UNION ALL SELECT count(*), count(DISTINCT (day, home_province, serving_province, kind, destination)) FROM total
    UNION ALL SELECT count(*), count(DISTINCT (day, home_province, serving_province, kind, destination, measure, nature))
    FROM relief_total
    UNION ALL SELECT count(*), count(DISTINCT (measure, nature)) FROM statement_line
    UNION ALL SELECT count(*), count(DISTINCT programme) FROM programme
    UNION ALL SELECT count(*), count(DISTINCT (programme, event_id, measure, nature)) FROM own_account
    UNION ALL SELECT count(*), count(DISTINCT reason) FROM suspense_total
    UNION ALL SELECT count(*), count(DISTINCT source_file) FROM source_file);
INSERT INTO check_result
SELECT 17, 'Dòng hỗ trợ, hoàn trả: chủ số dư và lúc bắt đầu là của sự kiện', 'Lines and refunds: owner and start are those of the event',
       count(*), count(*) FILTER ((told.owner_id, epoch_ms(told.start_at)) IS DISTINCT FROM (known.owner_id, known.start_ms))
FROM (
    SELECT event_id, owner_id, start_at FROM relief_line
    UNION ALL SELECT event_id, owner_id, start_at FROM refund
    UNION ALL SELECT event_id, owner_id, start_at FROM own_account
) AS told
LEFT JOIN known USING (event_id);
-- A contradicted event is not among those that were taken: its copies stand by themselves.
INSERT INTO check_result
SELECT 17, 'Sự kiện treo: lúc bắt đầu là của sự kiện', 'Suspended events: their start is that of the event',
       count(*), count(*) FILTER (told.start_at <> event.start_at)
FROM read_parquet('tables/suspense.parquet') AS told
JOIN event USING (event_id);
-- A row a table: also of those of which nothing above or below reads more (copy, open_pack, balance,
-- ref/*). Who takes rows out of one of them must also write another number into manifest.json.
INSERT INTO check_result
SELECT 18, 'Mỗi bảng có đúng số dòng mà manifest.json ghi', 'Each table has as many rows as manifest.json says',
       count(*), count(*) FILTER (told.n IS DISTINCT FROM here.n)
FROM (
    SELECT row_of.key AS name, row_of.value AS n
    FROM (SELECT unnest(map_entries("rows")) AS row_of
          FROM read_json('manifest.json', columns = {'rows': 'MAP(VARCHAR, BIGINT)'}))
) AS told
FULL JOIN (
    SELECT replace(file_name, chr(92), '/') AS name, num_rows AS n FROM parquet_file_metadata('tables/*.parquet')
    UNION ALL SELECT replace(file_name, chr(92), '/'), num_rows FROM parquet_file_metadata('ref/*.parquet')
) AS here USING (name);

-- What counts against each programme's envelope, by the readings in force.
CREATE TEMP TABLE counted AS
SELECT id AS programme, listed_in(envelope -> 'natures') AS natures, listed_in(envelope -> 'measures') AS measures,
       allows(listed_in(envelope -> 'carriers'), (SELECT carrier FROM told)) AS is_of_carrier, (envelope ->> 'basis') AS basis,
       coalesce(envelope ->> 'rule', 'track') AS rule, CAST(envelope ->> 'amount' AS BIGINT) AS amount,
       CAST(envelope -> 'per_carrier' ->> (SELECT carrier FROM told) AS BIGINT) AS own_amount
FROM (
    SELECT id, envelope
    FROM read_json('run/package.json', columns = {'id': 'VARCHAR', 'envelope': 'JSON', 'programmes': 'JSON[]'})
    WHERE coalesce(len(programmes), 0) = 0  -- Else it only names them together, and is none itself.
    UNION ALL
    SELECT (p ->> 'id'), (p -> 'envelope')
    FROM (SELECT unnest(programmes) AS p FROM read_json('run/package.json', columns = {'programmes': 'JSON[]'}))
);
-- The statement.
INSERT INTO check_result
SELECT 20, 'Dòng của bảng đối soát, thuế trong từng dòng', 'Lines of the statement, tax within each', count(*),
       count(*) FILTER ((ours.events, ours.units, ours.amount, ours.vat) IS DISTINCT FROM (line.events, line.units, line.amount, line.vat))
FROM (
    SELECT measure, nature, count(*) AS events, sum(units) AS units, sum(amount) AS amount,
           CASE WHEN nature = 'discount' THEN vat_in(sum(amount)) END AS vat
    FROM relief_line GROUP BY measure, nature
) AS ours
FULL JOIN statement_line AS line USING (measure, nature);
INSERT INTO check_result
SELECT 21, 'Bảng đối soát: từ bảng tổng, dòng hỗ trợ, hoàn trả, sự kiện bị treo',
       'The statement, from totals, lines, refunds and suspense', count(*),
       count(*) FILTER ((s.rated, s.suspended, s.events, s.list_value, s.discount, s.payable)
               IS DISTINCT FROM (t.rated, h.suspended, t.rated + h.suspended, t.list_value, t.discount, t.payable)
           OR (s.in_kind, s.contribution, s.forbearances, s.discount_vat, s.discount_vat_residue)
               IS DISTINCT FROM (l.in_kind, l.contribution, l.forbearances, l.vat, vat_in(l.discount) - l.vat)
           OR (s.refunds, s.refund, s.overcharged, s.overcharge)
               IS DISTINCT FROM (d.refunds, d.refund, d.overcharged, d.overcharge))
FROM statement AS s,
    (SELECT coalesce(sum(events), 0) AS rated, coalesce(sum(list_value), 0) AS list_value,
            coalesce(sum(discount), 0) AS discount, coalesce(sum(payable), 0) AS payable FROM total) AS t,
    (SELECT count(*) AS suspended FROM suspense) AS h,
    (SELECT coalesce(sum(amount) FILTER (nature = 'in_kind'), 0) AS in_kind,
            coalesce(sum(amount) FILTER (nature = 'contribution'), 0) AS contribution,
            coalesce(sum(events) FILTER (nature = 'forbearance'), 0) AS forbearances,
            coalesce(sum(amount) FILTER (nature = 'discount'), 0) AS discount, coalesce(sum(vat), 0) AS vat
     FROM statement_line) AS l,
    (SELECT count(*) FILTER (refund > 0) AS refunds, coalesce(sum(refund), 0) AS refund,
            count(*) FILTER (charged > list_value) AS overcharged,
            coalesce(sum(greatest(charged - list_value, 0)), 0) AS overcharge FROM refund) AS d;
INSERT INTO check_result
SELECT 22, 'Một bảng đối soát, của đúng doanh nghiệp và kỳ', 'One statement, of this carrier and period',
       (SELECT count(*) FROM statement),
       abs((SELECT count(*) FROM statement) - 1)
           + (SELECT count(*) FROM statement AS s, told WHERE (s.carrier, s.period) <> (told.carrier, told.period));
INSERT INTO check_result
SELECT 23, 'Sự kiện = đã tính cước + bị treo', 'Events = rated + suspended',
       (SELECT events FROM statement),
       abs((SELECT events FROM statement)
           - (SELECT count(*) FROM (SELECT event_id FROM event UNION SELECT event_id FROM suspense)));
INSERT INTO check_result
SELECT 24, 'Sự kiện bị treo theo lý do', 'Suspended events by reason', count(*),
       count(*) FILTER (ours.events IS DISTINCT FROM told.events)
FROM (SELECT reason, count(*) AS events FROM suspense GROUP BY reason) AS ours
FULL JOIN suspense_total AS told USING (reason);
-- What is on the carrier's own account: under first_come each line that is, under pro_rata a share.
-- A statement of adjustments alone, without an event of the month, has no row of a programme.
INSERT INTO check_result
SELECT 25, 'Chương trình: phần được tính, ghi nhận, tự chịu', 'Programmes: what counts, recognised, own account', count(*),
       count(*) FILTER (NOT (told.programme IS NULL AND ours.relief = 0 AND (SELECT events FROM statement) = 0)
           AND (ours.relief IS DISTINCT FROM told.relief OR told.recognised + told.own_account <> told.relief
           OR least(told.recognised, told.own_account) < 0 OR ours.rule = 'track' AND told.own_account <> 0
           OR CASE WHEN ours.rule = 'first_come' THEN told.own_account ELSE 0 END IS DISTINCT FROM coalesce(own.own_account, 0)
           OR ours.rule <> 'track' AND told.recognised > coalesce(ours.own_amount, ours.amount)
           OR (told.envelope, told.carrier_envelope) IS DISTINCT FROM (ours.amount, ours.own_amount)))
FROM programme AS told
FULL JOIN (
    SELECT c.programme, c.rule, c.amount, c.own_amount, coalesce(sum(l.amount), 0) AS relief
    FROM counted AS c
    LEFT JOIN statement_line AS l ON l.programme = c.programme
      AND list_contains(c.natures, l.nature) AND allows(c.measures, l.measure)
      AND c.is_of_carrier
    GROUP BY ALL
) AS ours USING (programme)
FULL JOIN (SELECT programme, sum(own_account) AS own_account FROM own_account GROUP BY ALL) AS own USING (programme);
INSERT INTO check_result
SELECT 25, 'Dòng tự chịu: của một dòng hỗ trợ, từ 1 đơn vị tiền đến phần được tính', 'Lines on own account: each of a relief line, 1 minor unit to its relief',
       count(*), count(*) FILTER (own.amount IS DISTINCT FROM line.amount OR own.relief <> own.amount
           OR own.own_account NOT BETWEEN 1 AND own.relief)
FROM own_account AS own
LEFT JOIN relief_line AS line USING (event_id, measure, nature);
INSERT INTO check_result
SELECT 25, 'Chương trình: lũy kế không nhỏ hơn kỳ này, mọi doanh nghiệp không nhỏ hơn riêng doanh nghiệp',
       'Programmes: to date is not below this period''s, nor all carriers'' below the carrier''s', count(*),
       count(*) FILTER (relief_to_date < relief OR programme_relief < relief OR programme_relief_to_date < programme_relief
           OR programme_relief_to_date < relief_to_date OR recognised_to_date - true_up < recognised
           OR programme_recognised_to_date < recognised_to_date OR least(recognised_to_date, programme_relief) < 0
           OR coalesce(c.rule, 'track') <> 'pro_rata' AND true_up <> 0)
FROM programme
LEFT JOIN counted AS c USING (programme);
INSERT INTO check_result
SELECT 26, 'Bảng đối soát: được tính = Σ chương trình', 'The statement: what counts is Σ programmes', 1,
       count(*) FILTER ((s.relief, s.recognised, s.own_account) IS DISTINCT FROM (p.relief, p.recognised, p.own_account))
FROM statement AS s,
    (SELECT coalesce(sum(relief), 0) AS relief, coalesce(sum(recognised), 0) AS recognised,
            coalesce(sum(own_account), 0) AS own_account FROM programme) AS p;
INSERT INTO check_result
SELECT 28, 'Chỉ có dòng của doanh nghiệp này', 'Only rows of this carrier', sum(n), sum(odd)
FROM (
    SELECT count(*) AS n, count(*) FILTER (carrier <> (SELECT carrier FROM told)) AS odd FROM event
    UNION ALL SELECT count(*), count(*) FILTER (carrier <> (SELECT carrier FROM told)) FROM relief_line
    UNION ALL SELECT count(*), count(*) FILTER (carrier <> (SELECT carrier FROM told)) FROM subscription
    UNION ALL SELECT count(*), count(*) FILTER (carrier <> (SELECT carrier FROM told)) FROM total
    UNION ALL SELECT count(*), count(*) FILTER (carrier <> (SELECT carrier FROM told)) FROM relief_total
    UNION ALL SELECT count(*), count(*) FILTER (carrier <> (SELECT carrier FROM told)) FROM suspense
    UNION ALL SELECT count(*), count(*) FILTER (carrier <> (SELECT carrier FROM told)) FROM refund
    UNION ALL SELECT count(*), count(*) FILTER (carrier <> (SELECT carrier FROM told)) FROM own_account);
INSERT INTO check_result
SELECT 28, 'Dòng đối soát, chương trình, lý do treo: của doanh nghiệp và kỳ này',
       'Statement lines, programmes, reasons: of this carrier and period', count(*), count(*) FILTER (NOT is_ours)
FROM (
    SELECT carrier = (SELECT carrier FROM told) AND period = (SELECT period FROM told) AS is_ours
    FROM (
        SELECT carrier, period FROM statement_line
        UNION ALL SELECT carrier, period FROM programme
        UNION ALL SELECT carrier, period FROM suspense_total
    )
);
INSERT INTO check_result
SELECT 29, 'Tệp nguồn: số dòng = nhận + trùng + treo + lọc; mỗi sự kiện ở một tệp',
       'Source files: rows = taken + duplicates + suspended + filtered; each event is of one',
       (SELECT count(*) FROM source_file),
       (SELECT count(*) FILTER (rows <> taken + duplicates + suspended + filtered) FROM source_file)
           + (SELECT count(*) FROM event ANTI JOIN source_file USING (source_file));
-- A file may hold others' events too, so what it has of the month can be more than what is here.
INSERT INTO check_result
SELECT 29, 'Tệp nguồn: đúng các tệp lần chạy nêu; sự kiện và dòng trùng trong kỳ không quá số của tệp',
       'Source files: those that the run names; events and duplicates are not more than a file has of the period', count(*),
       count(*) FILTER (named.digest IS NULL OR coalesce(here.events, 0) > file.of_period)
FROM source_file AS file
LEFT JOIN (
    SELECT DISTINCT (s ->> 'sha256') AS sha256, CAST(s ->> 'rows' AS BIGINT) AS rows, (s ->> 'content_digest') AS digest
    FROM (
        SELECT unnest(CAST(inputs -> 'sources' AS JSON[])) AS s
        FROM read_json('run/manifest.json', columns = {'inputs': 'JSON'})
    )
) AS named ON (named.sha256, named.rows, named.digest) = (file.sha256, file.rows, file.content_digest)
LEFT JOIN (
    SELECT source_file, count(*) AS events
    FROM (SELECT source_file FROM event
          UNION ALL SELECT source_file FROM duplicate)
    GROUP BY ALL
) AS here USING (source_file);
-- A record said again costs nothing: so no amount shows whether one is left out.
INSERT INTO check_result
SELECT 29, 'Dòng trùng: của một sự kiện ở đây, mỗi dòng một lần, không quá số của tệp',
       'Duplicates: of an event that is here, each row once, not more than their file counts',
       (SELECT count(*) FROM duplicate),
       (SELECT count(*) FROM duplicate
        ANTI JOIN (SELECT event_id FROM event UNION ALL SELECT event_id FROM suspense) USING (event_id))
           + (SELECT count(*) - count(DISTINCT (source_file, "row")) FROM (
               SELECT source_file, "row" FROM duplicate UNION ALL SELECT source_file, "row" FROM event))
           + (SELECT count(*) FILTER (here.n > coalesce(file.duplicates, 0))
              FROM (SELECT source_file, count(*) AS n FROM duplicate GROUP BY ALL) AS here
              LEFT JOIN source_file AS file USING (source_file));
INSERT INTO check_result
SELECT 29, 'Tệp nguồn: bản ghi không đọc được là đúng số đã đếm của từng tệp và lý do, mỗi dòng một lần',
       'Source files: unreadable records are as many as each file counts by reason, each row once',
       coalesce(sum(here.records), 0),
       count(*) FILTER ((told.records, told.records) IS DISTINCT FROM (here.records, here.places))
FROM (
    SELECT source_file, counted.key AS reason, counted.value AS records
    FROM (SELECT source_file, unnest(map_entries(CAST(CAST(reasons AS JSON) AS MAP(VARCHAR, BIGINT)))) AS counted
          FROM source_file)
    WHERE counted.key LIKE 'malformed/%'
) AS told
FULL JOIN (
    SELECT source_file, concat(reason, '/', sub_reason) AS reason, count(*) AS records, count(DISTINCT "row") AS places
    FROM read_parquet('tables/suspended_record.parquet')
    GROUP BY ALL
) AS here USING (source_file, reason);
