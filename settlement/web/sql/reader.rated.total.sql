-- Usage of readers: no cell of fewer than ten events or persons, nor one that follows from others.
-- Grain: period, carrier, kind, day and home province; merged cells bear * or no day.
-- Without discount and payable: relief is told in rated.relief_total alone, by blocks of its own.
CREATE TABLE rated.total (
    period        VARCHAR NOT NULL,
    carrier       VARCHAR NOT NULL,
    kind          VARCHAR NOT NULL,
    day           DATE,
    home_province VARCHAR NOT NULL,
    events        BIGINT NOT NULL,
    units         BIGINT NOT NULL,
    list_value    BIGINT NOT NULL
);
COMMENT ON TABLE rated.total IS
    'Tổng sử dụng; ô dưới mười sự kiện hoặc dưới mười người được gộp. | Usage; cells of fewer than ten events or persons are merged. Grain: period, carrier, kind, day and home province.';
COMMENT ON COLUMN rated.total.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN rated.total.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN rated.total.kind IS 'Loại dịch vụ: voice, sms, data, pack, fee; *: gộp nhiều loại | Kind of usage: voice, sms, data, pack, fee; *: several merged';
COMMENT ON COLUMN rated.total.day IS 'Ngày bắt đầu sự kiện; trống: gộp nhiều ngày | Day on which the event starts; null: several merged';
COMMENT ON COLUMN rated.total.home_province IS 'Mã tỉnh đăng ký; trống: không rõ; *: gộp nhiều tỉnh | Code of the home province; empty: unknown; *: several merged';
COMMENT ON COLUMN rated.total.events IS 'Số sự kiện đã tính cước | Rated events';
COMMENT ON COLUMN rated.total.units IS 'Lượng đã dùng: mi-li-giây, byte, tin nhắn, 1 cho gói và phí; loại gộp: cộng chung | Units as used: ms, bytes, messages, 1 for pack and fee; of merged kinds in one sum';
COMMENT ON COLUMN rated.total.list_value IS 'Giá trị: số phải thu nếu không có biện pháp nào, đồng, đã gồm thuế GTGT | List value: the charge were no measure in force, dong incl. VAT';
INSERT INTO rated.total BY NAME
SELECT period, carrier, kind, day, home_province, events, units, list_value
FROM input.cut_total;
