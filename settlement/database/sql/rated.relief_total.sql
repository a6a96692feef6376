-- Relief by key, measure and nature.
-- Grain: key of rated.total, measure and nature.
CREATE TABLE rated.relief_total (
    carrier          VARCHAR NOT NULL,
    day              DATE NOT NULL,
    home_province    VARCHAR NOT NULL,
    serving_province VARCHAR NOT NULL,
    kind             VARCHAR NOT NULL,
    destination      VARCHAR NOT NULL,
    measure          VARCHAR NOT NULL,
    nature           VARCHAR NOT NULL,
    events           BIGINT NOT NULL,
    units            BIGINT NOT NULL,
    amount           BIGINT NOT NULL
);
COMMENT ON TABLE rated.relief_total IS
    'Tổng hỗ trợ theo khóa, biện pháp và tính chất. | Relief by key, measure and nature. Grain: key of rated.total, measure and nature.';
COMMENT ON COLUMN rated.relief_total.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN rated.relief_total.day IS 'Ngày bắt đầu sự kiện | Day on which the event starts';
COMMENT ON COLUMN rated.relief_total.home_province IS 'Mã tỉnh đăng ký; trống: không rõ | Code of the home province; empty: unknown';
COMMENT ON COLUMN rated.relief_total.serving_province IS 'Mã tỉnh phục vụ; trống: không rõ | Code of the serving province; empty: unknown';
COMMENT ON COLUMN rated.relief_total.kind IS 'Loại dịch vụ: voice (thoại), sms (tin nhắn), data (dữ liệu), pack (mua gói), fee (cước tháng) | Kind of usage: voice, sms, data, pack, fee';
COMMENT ON COLUMN rated.relief_total.destination IS 'Lớp đích so với doanh nghiệp: on_net (nội mạng), off_net, fixed_own, fixed, data, zero_rated, registration, renewal, monthly_fee, ... | Destination class, seen from the carrier: on_net, off_net, fixed_own, fixed, data, zero_rated, registration, renewal, monthly_fee, ...';
COMMENT ON COLUMN rated.relief_total.measure IS 'Biện pháp: ref.measure.id | Measure: ref.measure.id';
COMMENT ON COLUMN rated.relief_total.nature IS 'Tính chất: discount (giảm trừ), in_kind (hiện vật), contribution (đóng góp), forbearance (không cắt liên lạc) | Nature: discount, in_kind, contribution, forbearance';
COMMENT ON COLUMN rated.relief_total.events IS 'Số dòng hỗ trợ | Relief lines';
COMMENT ON COLUMN rated.relief_total.units IS 'Lượng được hỗ trợ: mi-li-giây, byte, tin nhắn, 1 cho gói và phí | Units relieved: ms, bytes, messages, 1 for pack and fee';
COMMENT ON COLUMN rated.relief_total.amount IS 'Số tiền, đồng; giảm trừ và hiện vật đã gồm thuế GTGT, đóng góp không chịu thuế | Amount, dong; discount and in kind incl. VAT, contribution without VAT';
INSERT INTO rated.relief_total BY NAME
SELECT
    carrier, day, home_province, serving_province, kind, destination, measure, nature, events,
    units, amount
FROM input.relief_total
WHERE NOT superseded
ORDER BY carrier, day, home_province, serving_province, kind, destination, measure, nature;
