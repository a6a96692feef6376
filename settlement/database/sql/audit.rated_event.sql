-- Events that a run in force has rated, each beside its terms: those of its subscriber under the
-- owner whose balances it drew, when it, or the session that it is a part of, began; without a row
-- of his those of the account, or those that all of its rows have alike.
-- Grain: rated event.
-- One condition, and no join, says which were rated. DuckDB takes each condition, and each join that
-- keeps what has no match, to leave a fifth of the rows; after two of them it would think these fewer
-- than the relief lines that they are joined to, and build its hash table of all events.
CREATE VIEW audit.rated_event AS
WITH termed AS NOT MATERIALIZED (
    SELECT event.event_id, coalesce(apart.owner_id, event.owner_id) AS owner_id,
        event.subscriber_id, event.carrier, event.start_at, event.kind, event.destination,
        event.duration, event.units, event.rating_group, event.session_key, event.pack,
        event.charged, event.locality, event.source_file, event.row,
        coalesce(apart.plan, term.plan, sole.plan) AS plan,
        coalesce(apart.segment, term.segment, sole.segment) AS segment,
        coalesce(apart.payment, term.payment, sole.payment) AS payment,
        coalesce(apart.home_locality, term.home_locality, sole.home_locality) AS home_locality
    FROM usage.event AS event
    LEFT JOIN (FROM usage.subscription ANTI JOIN audit.term USING (owner_id)) AS sole
        ON sole.owner_id = event.owner_id AND sole.subscriber_id = event.subscriber_id
    LEFT JOIN audit.term AS term
        ON term.owner_id = event.owner_id AND term.subscriber_id = event.subscriber_id
        AND term.carrier = event.carrier
        AND event.start_at >= term.valid_from AND event.start_at < term.valid_until
    LEFT JOIN audit.term_of_event AS apart ON apart.event_id = event.event_id
    LEFT JOIN (SELECT DISTINCT event_id FROM usage.suspense WHERE stage = 'settle') AS held
        ON held.event_id = event.event_id
    LEFT JOIN audit.settled_file AS settled ON settled.source_file = event.source_file
        AND event.start_at >= settled.begin_at AND event.start_at < settled.end_at
    WHERE CASE WHEN held.event_id IS NULL AND settled.source_file IS NOT NULL
            AND event.carrier = coalesce(settled.carrier, event.carrier)
        THEN coalesce(apart.owner_id, term.owner_id, sole.owner_id) END IS NOT NULL
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
    'Sự kiện mà lần chạy hiện hành đã tính cước (không kể kỳ chưa đối soát, tệp nhận sau), kèm thuê bao có hiệu lực khi nó, hoặc phiên của nó, bắt đầu; của thành viên không có dòng riêng: dòng của tài khoản. | Events rated by a current run (none of a period that is not settled, or of a file that came in after), each beside the subscription in force when it, or its session, began; of a member without a row of his own: that of the account. Grain: rated event.';
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
