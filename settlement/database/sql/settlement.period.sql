-- Where each period stands: open, settled, signed, superseded.
-- Grain: period.
CREATE TABLE settlement.period (
    period        VARCHAR NOT NULL,
    state         VARCHAR NOT NULL,
    run           VARCHAR,
    signed_run    VARCHAR,
    signed_at     TIMESTAMP,
    signed_by     VARCHAR,
    cut_off       TIMESTAMP,
    is_stale      BOOLEAN NOT NULL,
    is_unadjusted BOOLEAN NOT NULL
);
COMMENT ON TABLE settlement.period IS
    'Mỗi kỳ đang ở đâu: mở, đã đối soát, đã ký, đã bị thay. | Where each period stands: open, settled, signed, superseded. Grain: period.';
COMMENT ON COLUMN settlement.period.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN settlement.period.state IS 'open: mở; settled: đã đối soát; signed: đã ký; superseded: đã ký rồi được đối soát lại | open, settled, signed, superseded: signed, and settled anew since';
COMMENT ON COLUMN settlement.period.run IS 'Lần chạy hiện hành; trống: chưa đối soát | Run in force; null: not settled';
COMMENT ON COLUMN settlement.period.signed_run IS 'Lần chạy đã ký; trống: chưa ký | Run that was signed; null: none';
COMMENT ON COLUMN settlement.period.signed_at IS 'Lúc ký, giờ UTC | When it was signed, UTC';
COMMENT ON COLUMN settlement.period.signed_by IS 'Khóa ký: tên và mã khóa | Signing key: name and key id';
COMMENT ON COLUMN settlement.period.cut_off IS 'Hạn nhận dữ liệu muộn, giờ Việt Nam | Until when late usage comes in, Vietnam civil time';
COMMENT ON COLUMN settlement.period.is_stale IS 'Dựa trên lần chạy đã bị thay của tháng trước? | Does it rest on a superseded run of the month before?';
COMMENT ON COLUMN settlement.period.is_unadjusted IS 'Lần chạy hiện hành còn khác với những gì đã ký và điều chỉnh? | Does its run in force differ from all that was signed and adjusted?';
INSERT INTO settlement.period BY NAME
SELECT
    period, state, run, signed_run, signed_at, signed_by, cut_off, is_stale, is_unadjusted
FROM input.period
ORDER BY period;
