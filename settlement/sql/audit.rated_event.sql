-- Events that were rated, each beside its terms: those of its subscriber under the owner whose
-- balances it drew, when it, or the session that it is a part of, began; without a row of his those
-- of the account, or those that all of its rows have alike.
-- Grain: rated event.
CREATE VIEW audit.rated_event AS
WITH told AS MATERIALIZED (
    SELECT owner_id, subscriber_id, plan, segment, payment, home_locality, valid_from,
        coalesce(valid_until, TIMESTAMP '9999-01-01') AS valid_until,
        count(*) OVER (PARTITION BY owner_id, subscriber_id) AS rows
    FROM usage.subscription
), parted AS (
    SELECT *, valid_from < max(valid_until) OVER (
            PARTITION BY owner_id, subscriber_id ORDER BY valid_from, valid_until
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS goes_on
    FROM told
    WHERE rows > 1
), numbered AS (
    SELECT *, count(*) FILTER (goes_on IS NOT TRUE) OVER (
            PARTITION BY owner_id, subscriber_id ORDER BY valid_from, valid_until
            ROWS UNBOUNDED PRECEDING) AS stretch
    FROM parted
), term AS MATERIALIZED (
    SELECT * EXCLUDE (rows)
    FROM told
    WHERE rows = 1
    UNION ALL
    -- Rows of one member that hold at one time are alike.
    SELECT owner_id, subscriber_id, any_value(plan), any_value(segment), any_value(payment),
        any_value(home_locality), min(valid_from), max(valid_until)
    FROM numbered
    GROUP BY owner_id, subscriber_id, stretch
), lasting AS (
    SELECT owner_id
    FROM term
    GROUP BY owner_id
    HAVING min(valid_from) = max(valid_from) AND min(valid_until) = max(valid_until)
), steady AS MATERIALIZED (
    -- Of owners whose rows all hold from and until the same moments, and who are nobody's members:
    -- which of their rows is meant hangs on no moment. These are nearly all.
    SELECT *
    FROM term
    SEMI JOIN lasting USING (owner_id)
    WHERE owner_id NOT IN (SELECT subscriber_id FROM term WHERE owner_id <> subscriber_id)
), asked AS (
    SELECT owner_id
    FROM term
    ANTI JOIN steady USING (owner_id)
    UNION ALL
    SELECT unnest([owner_id, subscriber_id])
    FROM term
    WHERE owner_id <> subscriber_id
), of_others AS MATERIALIZED (
    SELECT event_id, owner_id, subscriber_id, start_at,
        CASE WHEN kind NOT IN ('pack', 'fee') THEN session_key END AS session_key
    FROM usage.event
    ANTI JOIN steady USING (owner_id, subscriber_id)
    ANTI JOIN (SELECT event_id FROM usage.suspense WHERE stage = 'settle') AS held USING (event_id)
    WHERE owner_id <> subscriber_id OR owner_id IN (FROM asked)
), whole AS MATERIALIZED (
    SELECT event_id, of_others.owner_id, plan, segment, payment, home_locality
    FROM of_others
    JOIN term
        ON term.owner_id = of_others.owner_id AND term.subscriber_id = of_others.subscriber_id
        AND start_at >= term.valid_from AND start_at < term.valid_until
    WHERE session_key IS NULL
), other AS MATERIALIZED (
    SELECT *
    FROM of_others
    ANTI JOIN whole USING (event_id)
), account AS (
    SELECT other.event_id, any_value(term.owner_id) AS owner_id
    FROM other
    JOIN term ON term.subscriber_id = other.subscriber_id
        AND other.start_at >= term.valid_from AND other.start_at < term.valid_until
    WHERE other.owner_id = other.subscriber_id
    GROUP BY other.event_id
    HAVING count(DISTINCT term.owner_id) = 1
), drawn AS (
    SELECT other.* REPLACE (coalesce(account.owner_id, other.owner_id) AS owner_id)
    FROM other
    LEFT JOIN account USING (event_id)
), begun AS MATERIALIZED (
    SELECT event_id, owner_id, subscriber_id, CASE WHEN session_key IS NULL THEN start_at
        ELSE min(start_at) OVER (PARTITION BY owner_id, session_key) END AS begun_at
    FROM drawn
), part AS MATERIALIZED (
    SELECT event_id, begun.owner_id, plan, segment, payment, home_locality
    FROM begun
    JOIN term ON term.owner_id = begun.owner_id AND term.subscriber_id = begun.subscriber_id
        AND begun_at >= term.valid_from AND begun_at < term.valid_until
), by_account AS (
    -- A row a term that could be meant; of those of the least place any, for they are alike.
    SELECT begun.event_id, begun.owner_id, (term.subscriber_id <> term.owner_id) AS place, term
    FROM begun
    ANTI JOIN part USING (event_id)
    JOIN term ON term.owner_id = begun.owner_id
        AND begun_at >= term.valid_from AND begun_at < term.valid_until
), chosen AS (
    SELECT * FROM whole
    UNION ALL
    SELECT * FROM part
    UNION ALL
    SELECT event_id, owner_id, arg_min(term.plan, place), arg_min(term.segment, place),
        arg_min(term.payment, place), arg_min(term.home_locality, place)
    FROM by_account
    GROUP BY event_id, owner_id
), termed AS NOT MATERIALIZED (
    SELECT event.event_id, coalesce(chosen.owner_id, event.owner_id) AS owner_id,
        event.subscriber_id, event.carrier, event.start_at, event.kind, event.destination,
        event.duration, event.units, event.rating_group, event.session_key, event.pack,
        event.charged, event.locality, event.source_file, event.row,
        coalesce(steady.plan, chosen.plan) AS plan,
        coalesce(steady.segment, chosen.segment) AS segment,
        coalesce(steady.payment, chosen.payment) AS payment,
        coalesce(steady.home_locality, chosen.home_locality) AS home_locality
    FROM usage.event AS event
    LEFT JOIN steady
        ON steady.owner_id = event.owner_id AND steady.subscriber_id = event.subscriber_id
    LEFT JOIN chosen ON chosen.event_id = event.event_id
    ANTI JOIN (SELECT event_id FROM usage.suspense WHERE stage = 'settle') AS held
        ON held.event_id = event.event_id
    WHERE coalesce(steady.owner_id, chosen.owner_id) IS NOT NULL
)
SELECT event.event_id, event.owner_id, event.subscriber_id, event.carrier, event.start_at,
    CAST(event.start_at AS DATE) AS day, event.kind, event.destination AS recorded, event.duration,
    event.units, event.rating_group, event.session_key, event.pack, event.charged,
    event.plan, event.segment, event.payment, event.home_locality,
    coalesce(home.province, home.code, '') AS home_province,
    coalesce(serving.province, serving.code, '') AS serving_province,
    event.source_file, event.row
FROM termed AS event
LEFT JOIN ref.locality AS home ON home.code = event.home_locality
LEFT JOIN ref.locality AS serving ON serving.code = event.locality;
COMMENT ON VIEW audit.rated_event IS
    'Sự kiện đã tính cước, kèm thuê bao có hiệu lực khi nó, hoặc phiên của nó, bắt đầu; của thành viên không có dòng riêng: dòng của tài khoản. | Rated events, each beside the subscription in force when it, or its session, began; of a member without a row of his own: that of the account. Grain: rated event.';
COMMENT ON COLUMN audit.rated_event.event_id IS 'Mã sự kiện | Id of the event';
COMMENT ON COLUMN audit.rated_event.owner_id IS 'Chủ số dư mà sự kiện dùng | Owner of the balances that it drew';
COMMENT ON COLUMN audit.rated_event.subscriber_id IS 'Thuê bao sử dụng | Who used it';
COMMENT ON COLUMN audit.rated_event.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN audit.rated_event.start_at IS 'Lúc bắt đầu, giờ Việt Nam | Start, Vietnam civil time';
COMMENT ON COLUMN audit.rated_event.day IS 'Ngày bắt đầu | Day on which it starts';
COMMENT ON COLUMN audit.rated_event.kind IS 'Loại: voice, sms, data, pack, fee | Kind: voice, sms, data, pack, fee';
COMMENT ON COLUMN audit.rated_event.recorded IS 'Mạng hoặc lớp đích như trong bản ghi; lớp đích sau chuyển mạng: rated.total.destination | Network or class as recorded; the class after ports: rated.total.destination';
COMMENT ON COLUMN audit.rated_event.duration IS 'Thời lượng, mi-li-giây; 0 nếu nguồn không có | Duration, ms; 0 where the source has none';
COMMENT ON COLUMN audit.rated_event.units IS 'Lượng: mi-li-giây, byte, tin, 1 cho gói và phí | Units: ms, bytes, messages, 1 for pack and fee';
COMMENT ON COLUMN audit.rated_event.rating_group IS 'Nhóm địa chỉ của phiên dữ liệu; rỗng: không rõ | Host group of a data session; empty: unknown';
COMMENT ON COLUMN audit.rated_event.session_key IS 'Phiên (băm); trống nếu không có | Digest of the session key; null if none';
COMMENT ON COLUMN audit.rated_event.pack IS 'Mã gói của sự kiện mua gói; rỗng: sự kiện khác | Pack of a pack event; empty: another event';
COMMENT ON COLUMN audit.rated_event.charged IS 'Số tiền nguồn nói đã thu, đồng; trống: không nói | What the source says was taken, dong; null: not said';
COMMENT ON COLUMN audit.rated_event.plan IS 'Gói cước nền | Plan';
COMMENT ON COLUMN audit.rated_event.segment IS 'Nhóm khách hàng | Segment';
COMMENT ON COLUMN audit.rated_event.payment IS 'Trả trước hay trả sau | prepaid or postpaid';
COMMENT ON COLUMN audit.rated_event.home_locality IS 'Mã địa phương đăng ký (ref.locality), có thể là quận, huyện; rỗng: không rõ | Code of the home locality (ref.locality), a district perhaps; empty: unknown';
COMMENT ON COLUMN audit.rated_event.home_province IS 'Mã tỉnh đăng ký; rỗng: không rõ | Code of the home province; empty: unknown';
COMMENT ON COLUMN audit.rated_event.serving_province IS 'Mã tỉnh phục vụ; rỗng: không rõ | Code of the serving province; empty: unknown';
COMMENT ON COLUMN audit.rated_event.source_file IS 'Tệp nguồn | Source file';
COMMENT ON COLUMN audit.rated_event.row IS 'Bản ghi thứ mấy của tệp | Record of that file, from 1';
