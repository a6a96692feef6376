-- What claims say otherwise than the recomputation, and why.
-- Grain: cell of a claim, by the last reconciliation of its period.
CREATE TABLE settlement.variance (
    variance           VARCHAR NOT NULL,
    carrier            VARCHAR NOT NULL,
    period             VARCHAR NOT NULL,
    grain              VARCHAR NOT NULL,
    claim              VARCHAR NOT NULL,
    run                VARCHAR NOT NULL,
    measure            VARCHAR NOT NULL,
    nature             VARCHAR,
    item               VARCHAR,
    day                DATE,
    home_province      VARCHAR,
    is_total           BOOLEAN NOT NULL,
    unit               VARCHAR,
    claimed_events     BIGINT,
    claimed_units      BIGINT,
    claimed_amount     BIGINT,
    recomputed_events  BIGINT NOT NULL,
    recomputed_units   BIGINT NOT NULL,
    recomputed_amount  BIGINT NOT NULL,
    difference         BIGINT NOT NULL,
    verdict            VARCHAR NOT NULL,
    causes             VARCHAR NOT NULL,
    state              VARCHAR NOT NULL,
    since              TIMESTAMP,
    deadline           DATE,
    why                VARCHAR NOT NULL
);
COMMENT ON TABLE settlement.variance IS
    'Chênh lệch giữa bản kê khai và số tính lại, kèm nguyên nhân và tình trạng. | What claims say otherwise than the recomputation, why, and how it stands. Grain: cell of a claim.';
COMMENT ON COLUMN settlement.variance.variance IS 'Mã chênh lệch | Id of the variance';
COMMENT ON COLUMN settlement.variance.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.variance.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN settlement.variance.grain IS 'Mức chi tiết của bản kê khai: statement, measure, day, province, lines | Grain of the claim: statement, measure, day, province, lines';
COMMENT ON COLUMN settlement.variance.claim IS 'Bản kê khai: settlement.claim.sha256 | Claim: settlement.claim.sha256';
COMMENT ON COLUMN settlement.variance.run IS 'Lần chạy được đối chiếu | Run that it was held against';
COMMENT ON COLUMN settlement.variance.measure IS 'Biện pháp; rỗng: mục của bảng đối soát, hoặc tổng mọi biện pháp | Measure; empty: an item of the statement, or a total over all';
COMMENT ON COLUMN settlement.variance.nature IS 'Tính chất: discount, in_kind, contribution, forbearance; trống: mục của bảng đối soát | Nature: discount, in_kind, contribution, forbearance; null: an item of the statement';
COMMENT ON COLUMN settlement.variance.item IS 'Mục của bảng đối soát; trống: ô khác | Item of the statement; null: another cell';
COMMENT ON COLUMN settlement.variance.day IS 'Ngày; trống: mức chi tiết không theo ngày | Day; null: the grain has none';
COMMENT ON COLUMN settlement.variance.home_province IS 'Mã tỉnh đăng ký; trống: mức chi tiết không theo tỉnh | Code of the home province; null: the grain has none';
COMMENT ON COLUMN settlement.variance.is_total IS 'Là dòng tổng của chính bản kê khai? | Is it a total of the claim''s own, held to its own rows?';
COMMENT ON COLUMN settlement.variance.unit IS 'Lượng tính bằng: ms (mili giây), byte, message, event, mixed (nhiều loại); trống: không thuộc một biện pháp | What units are counted in: ms, byte, message, event, mixed; null: not of one measure';
COMMENT ON COLUMN settlement.variance.claimed_events IS 'Số sự kiện kê khai; trống: không khai | Events claimed; null: not declared';
COMMENT ON COLUMN settlement.variance.claimed_units IS 'Lượng kê khai; trống: không khai | Units claimed; null: not declared';
COMMENT ON COLUMN settlement.variance.claimed_amount IS 'Số tiền kê khai, đồng; trống: không khai | Amount claimed, dong; null: not declared';
COMMENT ON COLUMN settlement.variance.recomputed_events IS 'Số sự kiện tính lại | Events recomputed';
COMMENT ON COLUMN settlement.variance.recomputed_units IS 'Lượng tính lại | Units recomputed';
COMMENT ON COLUMN settlement.variance.recomputed_amount IS 'Số tiền tính lại, đồng | Amount recomputed, dong';
COMMENT ON COLUMN settlement.variance.difference IS 'Kê khai − tính lại, đồng | claimed − recomputed, dong';
COMMENT ON COLUMN settlement.variance.verdict IS 'explained (một cách giải thích), ambiguous (nhiều cách), unexplained (không có) | explained (one explanation), ambiguous (several), unexplained (none)';
COMMENT ON COLUMN settlement.variance.causes IS 'Nguyên nhân[chi tiết] số tiền; + nối hai nguyên nhân, | nối các khả năng | cause[detail] amount; + joins two causes, | the possible explanations';
COMMENT ON COLUMN settlement.variance.state IS 'Tình trạng: open, asked, accepted, rejected, adjusted | How it stands: open, asked, accepted, rejected, adjusted';
COMMENT ON COLUMN settlement.variance.since IS 'Từ lúc nào, giờ UTC; trống: từ đầu | Since when, UTC; null: from the beginning';
COMMENT ON COLUMN settlement.variance.deadline IS 'Hạn trả lời; trống: không có | By when the carrier is to answer; null: none';
COMMENT ON COLUMN settlement.variance.why IS 'Lý do đã nêu; rỗng: không nêu | The reason said; empty: none';
INSERT INTO settlement.variance BY NAME
FROM input.variance
ORDER BY period, carrier, grain, measure, nature, item, day, home_province, variance;
