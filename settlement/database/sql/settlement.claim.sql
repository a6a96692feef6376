-- Claims that carriers filed, each version.
-- Grain: claim.
-- What a claim says row by row lies in claims/<sha256>/claim.parquet of the home.
CREATE TABLE settlement.claim (
    carrier  VARCHAR NOT NULL,
    period   VARCHAR NOT NULL,
    grain    VARCHAR NOT NULL,
    version  INTEGER NOT NULL,
    sha256   VARCHAR NOT NULL,
    form     VARCHAR,
    filed_at TIMESTAMP NOT NULL,
    rows     BIGINT,
    amount   BIGINT,
    discount     BIGINT,
    in_kind      BIGINT,
    contribution BIGINT,
    forbearance  BIGINT,
    findings BIGINT,
    in_force BOOLEAN NOT NULL
);
COMMENT ON TABLE settlement.claim IS
    'Các bản kê khai doanh nghiệp đã nộp, từng phiên bản. | Claims that carriers filed, each version. Grain: claim.';
COMMENT ON COLUMN settlement.claim.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.claim.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN settlement.claim.grain IS 'Mức chi tiết: statement (bảng đối soát), measure (biện pháp), day (ngày), province (tỉnh), lines (dòng) | Grain: statement, measure, day, province, lines';
COMMENT ON COLUMN settlement.claim.version IS 'Phiên bản, từ 1, theo doanh nghiệp, kỳ và mức chi tiết | Version, from 1, of carrier, period and grain';
COMMENT ON COLUMN settlement.claim.sha256 IS 'SHA-256 của tệp đã nhận | SHA-256 of the file received';
COMMENT ON COLUMN settlement.claim.form IS 'Dạng tệp: xlsx, csv, json, parquet; trống: bản kê khai đã hỏng | Form of the file: xlsx, csv, json, parquet; null: the claim is damaged';
COMMENT ON COLUMN settlement.claim.filed_at IS 'Lúc nộp, giờ UTC | When it was filed, UTC';
COMMENT ON COLUMN settlement.claim.rows IS 'Số dòng, không kể dòng cộng; trống: đã hỏng | Rows, without totals; null: it is damaged';
COMMENT ON COLUMN settlement.claim.amount IS 'Của bảng đối soát: mục relief, đồng; mức khác: số kiểm của cột số tiền, không phải một số tiền, vì các tính chất không cộng với nhau; trống: đã hỏng | Of a statement: its item relief, dong; of another grain: a control total of the column of amounts, which is no amount, since natures do not add up; null: it is damaged';
COMMENT ON COLUMN settlement.claim.discount IS 'Giảm trừ, đồng; trống: bảng đối soát, hoặc đã hỏng | Discount, dong; null: a statement, or it is damaged';
COMMENT ON COLUMN settlement.claim.in_kind IS 'Hiện vật, đồng; trống: bảng đối soát, hoặc đã hỏng | In kind, dong; null: a statement, or it is damaged';
COMMENT ON COLUMN settlement.claim.contribution IS 'Đóng góp, đồng; trống: bảng đối soát, hoặc đã hỏng | Contribution, dong; null: a statement, or it is damaged';
COMMENT ON COLUMN settlement.claim.forbearance IS 'Không cắt liên lạc, đồng; trống: bảng đối soát, hoặc đã hỏng | Forbearance, dong; null: a statement, or it is damaged';
COMMENT ON COLUMN settlement.claim.findings IS 'Số điều ghi nhận khi kiểm tra (dấu âm, cộng sai); trống: đã hỏng | Findings with which it was filed: signs, arithmetic; null: it is damaged';
COMMENT ON COLUMN settlement.claim.in_force IS 'Là phiên bản mới nhất, dùng để đối chiếu? | Is it the latest version, which is reconciled?';
INSERT INTO settlement.claim BY NAME
SELECT
    carrier, period, grain, version, sha256, form, filed_at, rows, amount, discount, in_kind,
    contribution, forbearance, findings, in_force
FROM input.claim
ORDER BY period, carrier, grain, version;
