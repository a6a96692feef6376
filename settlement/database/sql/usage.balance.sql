-- Balances that carriers state as a month begins; the rows that stand.
-- Grain: balance and moment.
CREATE TABLE usage.balance (
    owner_id   UUID NOT NULL,
    as_of      TIMESTAMP NOT NULL,
    balance    VARCHAR NOT NULL,
    pack       VARCHAR,
    volume     BIGINT,
    bought_at  TIMESTAMP,
    measure    VARCHAR,
    began_at   TIMESTAMP,
    expires_at TIMESTAMP,
    given      BIGINT NOT NULL,
    remaining  BIGINT NOT NULL
);
COMMENT ON TABLE usage.balance IS
    'Số dư doanh nghiệp nêu lúc đầu tháng; chỉ những dòng còn hiệu lực. | Balances that carriers state as a month begins; the rows that stand. Grain: balance and moment.';
COMMENT ON COLUMN usage.balance.owner_id IS 'Chủ số dư | Balance owner';
COMMENT ON COLUMN usage.balance.as_of IS 'Lúc của số dư, giờ Việt Nam | The moment it is of, Vietnam civil time';
COMMENT ON COLUMN usage.balance.balance IS 'Loại: volume (dung lượng gói), bonus (tặng thêm), grant (phần được cấp), cap (đã hưởng của mức trần) | Sort: volume, bonus, grant, cap';
COMMENT ON COLUMN usage.balance.pack IS 'Gói cước; trống: không của gói nào | Pack; null: of none';
COMMENT ON COLUMN usage.balance.volume IS 'Dung lượng thứ mấy của gói, từ 1; trống như trên | Which of the volumes of the pack, from 1; null likewise';
COMMENT ON COLUMN usage.balance.bought_at IS 'Lúc mua gói, giờ Việt Nam; trống như trên | When the pack was bought, Vietnam civil time; null likewise';
COMMENT ON COLUMN usage.balance.measure IS 'Biện pháp; trống: không của biện pháp nào | Measure; null: of none';
COMMENT ON COLUMN usage.balance.began_at IS 'Lúc được cấp, giờ Việt Nam | When it was given, Vietnam civil time';
COMMENT ON COLUMN usage.balance.expires_at IS 'Lúc hết hạn của phần được cấp, giờ Việt Nam | When a grant expires, Vietnam civil time';
COMMENT ON COLUMN usage.balance.given IS 'Được cấp; của mức trần: đã hưởng, đồng | Given; of a cap: what it gave so far, dong';
COMMENT ON COLUMN usage.balance.remaining IS 'Còn lại | What is left';
INSERT INTO usage.balance BY NAME
SELECT
    owner_id, as_of, balance, pack, volume, bought_at, measure, began_at, expires_at, given, remaining
FROM input.master_balance
ORDER BY owner_id, as_of, balance, pack, bought_at, volume, measure, began_at;
