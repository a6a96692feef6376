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
COMMENT ON COLUMN usage.subscription.segment IS 'Nhóm khách hàng | Segment';
COMMENT ON COLUMN usage.subscription.payment IS 'Trả trước hay trả sau | prepaid or postpaid';
COMMENT ON COLUMN usage.subscription.home_locality IS 'Địa phương đăng ký | Home locality';
COMMENT ON COLUMN usage.subscription.valid_from IS 'Từ | From';
COMMENT ON COLUMN usage.subscription.valid_until IS 'Đến (không kể) | Until, exclusive; null: open';
INSERT INTO usage.subscription BY NAME
SELECT
    subscriber_id, owner_id, carrier, plan, segment, payment, home_locality, valid_from,
    valid_until
FROM input.subscription
ORDER BY owner_id, valid_from, subscriber_id;
