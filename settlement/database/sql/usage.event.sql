-- Usage and charge events taken in.
-- Grain: usage event.
-- Not ordered: the parts hold them ordered, of which each thread that fills the table keeps its own,
-- and sorting twelve million rows again costs more than all the rest.
CREATE TABLE usage.event (
    event_id      UUID NOT NULL,
    owner_id      UUID NOT NULL,
    subscriber_id UUID NOT NULL,
    carrier       VARCHAR NOT NULL,
    start_at      TIMESTAMP NOT NULL,
    duration      BIGINT NOT NULL,
    kind          VARCHAR NOT NULL,
    destination   VARCHAR NOT NULL,
    counterparty  UUID,
    rating_group  VARCHAR NOT NULL,
    locality      VARCHAR NOT NULL,
    units         BIGINT NOT NULL,
    session_key   UUID,
    pack          VARCHAR NOT NULL,
    charged       BIGINT,
    shard         SMALLINT NOT NULL,
    source_file   INTEGER NOT NULL,
    row           BIGINT NOT NULL
);
COMMENT ON TABLE usage.event IS
    'Sự kiện sử dụng và tính cước đã nhận. Thứ tự dòng không cố định: hãy dùng ORDER BY owner_id, start_at, event_id. | Usage and charge events taken in. Rows are in no fixed order: use ORDER BY owner_id, start_at, event_id. Grain: usage event.';
COMMENT ON COLUMN usage.event.event_id IS 'Mã sự kiện | Id of the event';
COMMENT ON COLUMN usage.event.owner_id IS 'Tài khoản ghi trong bản ghi, nếu không có thì là thuê bao; số dư thực dùng: xem rated.relief_line, settlement | The account that the record names, else the subscriber; rated.relief_line and settlement.* have whose balances were drawn';
COMMENT ON COLUMN usage.event.subscriber_id IS 'Thuê bao sử dụng | Who used it';
COMMENT ON COLUMN usage.event.carrier IS 'Doanh nghiệp của bản ghi | Carrier whose record it is';
COMMENT ON COLUMN usage.event.start_at IS 'Lúc bắt đầu, giờ Việt Nam | Start, Vietnam civil time';
COMMENT ON COLUMN usage.event.duration IS 'Thời lượng, mi-li-giây; 0 nếu nguồn không có | Duration, ms; 0 where the source has none';
COMMENT ON COLUMN usage.event.kind IS 'Loại: voice, sms, data, pack, fee | Kind: voice, sms, data, pack, fee';
COMMENT ON COLUMN usage.event.destination IS 'Mạng hoặc lớp đích như trong bản ghi, ví dụ mobile:viettel | Network or class of the destination as recorded, such as mobile:viettel';
COMMENT ON COLUMN usage.event.counterparty IS 'Bên kia (bí danh); trống nếu không có | The other party (pseudonym); null if none';
COMMENT ON COLUMN usage.event.rating_group IS 'Nhóm địa chỉ của phiên dữ liệu; rỗng: không rõ, hoặc không phải dữ liệu | Host group of a data session; empty: unknown, or not data';
COMMENT ON COLUMN usage.event.locality IS 'Mã địa phương phục vụ (ref.locality); rỗng: không rõ | Code of the serving locality (ref.locality); empty: unknown';
COMMENT ON COLUMN usage.event.units IS 'Lượng: mi-li-giây, byte, tin, 1 cho gói và phí | Units: ms, bytes, messages, 1 for pack and fee';
COMMENT ON COLUMN usage.event.session_key IS 'Phiên (băm); trống nếu không có | Digest of the session key; null if none';
COMMENT ON COLUMN usage.event.pack IS 'Mã gói của sự kiện mua gói; rỗng: sự kiện khác | Pack of a pack event; empty: another event';
COMMENT ON COLUMN usage.event.charged IS 'Số tiền nguồn nói đã thu, đồng, đã gồm thuế GTGT; trống: không nói | What the source says was taken, dong incl. VAT; null: not said';
COMMENT ON COLUMN usage.event.shard IS 'Mảnh logic của chủ số dư, 0 đến 1023 | Logical shard of the owner, 0 to 1023';
COMMENT ON COLUMN usage.event.source_file IS 'Tệp nguồn | Source file';
COMMENT ON COLUMN usage.event.row IS 'Bản ghi thứ mấy của tệp | Record of that file, from 1';
INSERT INTO usage.event BY NAME
SELECT
    event_id, owner_id, subscriber_id, carrier, start_at, duration, kind, destination,
    counterparty, rating_group, locality, units, session_key, pack, charged, shard, source_file,
    row
FROM input.event;
