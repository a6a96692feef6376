-- Subscriptions over time.
-- Grain: subscriber and interval.
CREATE TABLE usage.subscription (
    subscriber_id UUID NOT NULL,
    owner_id      UUID NOT NULL,
    carrier       VARCHAR NOT NULL,
    plan          VARCHAR NOT NULL,
    segment       VARCHAR NOT NULL,
    payment       VARCHAR NOT NULL,
    home_locality VARCHAR NOT NULL,
    valid_from    TIMESTAMP NOT NULL,
    valid_until   TIMESTAMP
);
COMMENT ON TABLE usage.subscription IS
    'Thuê bao theo thời gian. | Subscriptions over time. Grain: subscriber and interval.';
COMMENT ON COLUMN usage.subscription.subscriber_id IS 'Thuê bao (bí danh có khóa của số) | Subscriber: keyed pseudonym of the number';
COMMENT ON COLUMN usage.subscription.owner_id IS 'Chủ số dư | Balance owner';
COMMENT ON COLUMN usage.subscription.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN usage.subscription.plan IS 'Gói cước nền | Plan';
COMMENT ON COLUMN usage.subscription.segment IS 'Nhóm khách hàng: standard, low_income (hộ khó khăn), doubled_before (cáp quang đã tăng đôi trước gói), student (học sinh, sinh viên) | Segment: standard, low_income, doubled_before (a fibre line doubled before the package), student';
COMMENT ON COLUMN usage.subscription.payment IS 'Trả trước hay trả sau | prepaid or postpaid';
COMMENT ON COLUMN usage.subscription.home_locality IS 'Mã địa phương đăng ký (ref.locality); rỗng: không rõ | Code of the home locality (ref.locality); empty: unknown';
COMMENT ON COLUMN usage.subscription.valid_from IS 'Từ, giờ Việt Nam | From, Vietnam civil time';
COMMENT ON COLUMN usage.subscription.valid_until IS 'Đến (không kể), giờ Việt Nam; trống: chưa hết | Until, exclusive, Vietnam civil time; null: open';
INSERT INTO usage.subscription BY NAME
SELECT
    subscriber_id, owner_id, carrier, plan, segment, payment, home_locality, valid_from,
    valid_until
FROM input.subscription
ORDER BY owner_id, valid_from, subscriber_id;
