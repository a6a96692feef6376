-- Totals by key; list value − discount = payable in each row.
-- Grain: carrier, day, home and serving province, kind and destination.
CREATE TABLE rated.total (
    carrier          VARCHAR NOT NULL,
    day              DATE NOT NULL,
    home_province    VARCHAR NOT NULL,
    serving_province VARCHAR NOT NULL,
    kind             VARCHAR NOT NULL,
    destination      VARCHAR NOT NULL,
    events           BIGINT NOT NULL,
    units            BIGINT NOT NULL,
    billed           BIGINT NOT NULL,
    bundled          BIGINT NOT NULL,
    list_value       BIGINT NOT NULL,
    discount         BIGINT NOT NULL,
    payable          BIGINT NOT NULL
);
COMMENT ON TABLE rated.total IS
    'Tổng theo khóa; giá trị − giảm trừ = phải trả ở từng dòng. | Totals by key; list value − discount = payable in each row. Grain: carrier, day, home and serving province, kind and destination.';
COMMENT ON COLUMN rated.total.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN rated.total.day IS 'Ngày bắt đầu sự kiện | Day on which the event starts';
COMMENT ON COLUMN rated.total.home_province IS 'Mã tỉnh đăng ký; trống: không rõ | Code of the home province; empty: unknown';
COMMENT ON COLUMN rated.total.serving_province IS 'Mã tỉnh phục vụ; trống: không rõ | Code of the serving province; empty: unknown';
COMMENT ON COLUMN rated.total.kind IS 'Loại dịch vụ: voice (thoại), sms (tin nhắn), data (dữ liệu), pack (mua gói), fee (cước tháng) | Kind of usage: voice, sms, data, pack, fee';
COMMENT ON COLUMN rated.total.destination IS 'Lớp đích so với doanh nghiệp: on_net (nội mạng), off_net, fixed_own, fixed, data, zero_rated, registration, renewal, monthly_fee, ... | Destination class, seen from the carrier: on_net, off_net, fixed_own, fixed, data, zero_rated, registration, renewal, monthly_fee, ...';
COMMENT ON COLUMN rated.total.events IS 'Số sự kiện đã tính cước | Rated events';
COMMENT ON COLUMN rated.total.units IS 'Lượng đã dùng: mi-li-giây, byte, tin nhắn, 1 cho gói và phí | Units as used: ms, bytes, messages, 1 for pack and fee';
COMMENT ON COLUMN rated.total.billed IS 'Lượng tính cước, làm tròn theo khối của bảng giá, cùng đơn vị | Billed units: rounded up to the tariff''s blocks, in the same unit';
COMMENT ON COLUMN rated.total.bundled IS 'Phần của lượng tính cước do lưu lượng của gói bao | Of the billed units, those that volumes of packs and plans covered';
COMMENT ON COLUMN rated.total.list_value IS 'Giá trị: số phải thu nếu không có biện pháp nào, đồng, đã gồm thuế GTGT | List value: the charge were no measure in force, dong incl. VAT';
COMMENT ON COLUMN rated.total.discount IS 'Giảm trừ, đồng, đã gồm thuế GTGT | Discount, dong incl. VAT';
COMMENT ON COLUMN rated.total.payable IS 'Phải trả = giá trị − giảm trừ, đồng, đã gồm thuế GTGT | Payable = list value − discount, dong incl. VAT';
INSERT INTO rated.total BY NAME
SELECT
    carrier, day, home_province, serving_province, kind, destination, events, units, billed,
    bundled, list_value, discount, payable
FROM input.total
WHERE NOT superseded
ORDER BY carrier, day, home_province, serving_province, kind, destination;
