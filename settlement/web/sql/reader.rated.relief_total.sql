-- Relief of readers: no cell of fewer than ten lines or persons, nor one that follows from others.
-- Grain: period, carrier, measure, nature, day and home province; merged cells bear * or no day.
CREATE TABLE rated.relief_total (
    period        VARCHAR NOT NULL,
    carrier       VARCHAR NOT NULL,
    measure       VARCHAR NOT NULL,
    nature        VARCHAR NOT NULL,
    day           DATE,
    home_province VARCHAR NOT NULL,
    events        BIGINT NOT NULL,
    units         BIGINT NOT NULL,
    amount        BIGINT NOT NULL
);
COMMENT ON TABLE rated.relief_total IS
    'Tổng hỗ trợ; ô dưới mười dòng hoặc dưới mười người được gộp. | Relief; cells of fewer than ten lines or persons are merged. Grain: period, carrier, measure, nature, day and home province.';
COMMENT ON COLUMN rated.relief_total.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN rated.relief_total.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN rated.relief_total.measure IS 'Biện pháp: ref.measure.id; *: gộp nhiều biện pháp | Measure: ref.measure.id; *: several merged';
COMMENT ON COLUMN rated.relief_total.nature IS 'Tính chất: discount (giảm trừ), in_kind (hiện vật), contribution (đóng góp), forbearance (không cắt liên lạc) | Nature: discount, in_kind, contribution, forbearance';
COMMENT ON COLUMN rated.relief_total.day IS 'Ngày bắt đầu sự kiện; trống: gộp nhiều ngày | Day on which the event starts; null: several merged';
COMMENT ON COLUMN rated.relief_total.home_province IS 'Mã tỉnh đăng ký; trống: không rõ; *: gộp nhiều tỉnh | Code of the home province; empty: unknown; *: several merged';
COMMENT ON COLUMN rated.relief_total.events IS 'Số dòng hỗ trợ | Relief lines';
COMMENT ON COLUMN rated.relief_total.units IS 'Lượng được hỗ trợ: mi-li-giây, byte, tin nhắn, 1 cho gói và phí | Units relieved: ms, bytes, messages, 1 for pack and fee';
COMMENT ON COLUMN rated.relief_total.amount IS 'Số tiền, đồng; giảm trừ và hiện vật đã gồm thuế GTGT, đóng góp không chịu thuế | Amount, dong; discount and in kind incl. VAT, contribution without VAT';
INSERT INTO rated.relief_total BY NAME
SELECT period, carrier, measure, nature, day, home_province, events, units, amount
FROM input.cut_relief_total;
