-- Subscriptions of owners of whom the moment tells which row is meant: owners with several rows, and
-- members of others' accounts. All other owners have one row, and audit.rated_event reads it there.
-- Rows of one subscriber at one carrier that hold at one time are alike: the later begins here where
-- the one before ends, or is left out, so that no two hold at one time.
-- Grain: owner, subscriber, carrier and interval.
CREATE TABLE audit.term (
    owner_id      UUID NOT NULL,
    subscriber_id UUID NOT NULL,
    plan          VARCHAR NOT NULL,
    segment       VARCHAR NOT NULL,
    payment       VARCHAR NOT NULL,
    home_locality VARCHAR NOT NULL,
    valid_from    TIMESTAMP NOT NULL,
    valid_until   TIMESTAMP NOT NULL,
    carrier       VARCHAR NOT NULL
);
COMMENT ON TABLE audit.term IS
    'Thuê bao của chủ số dư có nhiều dòng trong usage.subscription hoặc là thành viên của chủ số dư khác; ở một doanh nghiệp không dòng nào chồng lên nhau. | Subscriptions of owners who have several rows of usage.subscription, or are members of others; no two rows of a subscriber at one carrier overlap. Grain: owner, subscriber, carrier and interval.';
COMMENT ON COLUMN audit.term.owner_id IS 'Chủ số dư | Balance owner';
COMMENT ON COLUMN audit.term.subscriber_id IS 'Thuê bao (bí danh có khóa của số) | Subscriber: keyed pseudonym of the number';
COMMENT ON COLUMN audit.term.plan IS 'Gói cước nền | Plan';
COMMENT ON COLUMN audit.term.segment IS 'Nhóm khách hàng | Segment';
COMMENT ON COLUMN audit.term.payment IS 'Trả trước hay trả sau | prepaid or postpaid';
COMMENT ON COLUMN audit.term.home_locality IS 'Mã địa phương đăng ký (ref.locality); rỗng: không rõ | Code of the home locality (ref.locality); empty: unknown';
COMMENT ON COLUMN audit.term.valid_from IS 'Từ, giờ Việt Nam | From, Vietnam civil time';
COMMENT ON COLUMN audit.term.valid_until IS 'Đến (không kể), giờ Việt Nam; 9999-01-01: chưa hết | Until, exclusive, Vietnam civil time; 9999-01-01: open';
COMMENT ON COLUMN audit.term.carrier IS 'Doanh nghiệp | Carrier';
INSERT INTO audit.term BY NAME
WITH told AS (
    SELECT * REPLACE (coalesce(valid_until, TIMESTAMP '9999-01-01') AS valid_until)
    FROM usage.subscription
    WHERE owner_id IN (
        SELECT owner_id
        FROM usage.subscription
        GROUP BY owner_id
        HAVING count(*) > 1
        UNION ALL
        SELECT subscriber_id
        FROM usage.subscription
        WHERE owner_id <> subscriber_id
    )
), cut AS (
    SELECT * REPLACE (greatest(valid_from, max(valid_until) OVER (
            PARTITION BY owner_id, subscriber_id, carrier ORDER BY valid_from, valid_until
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS valid_from)
    FROM told
)
SELECT owner_id, subscriber_id, plan, segment, payment, home_locality, valid_from, valid_until, carrier
FROM cut
WHERE valid_from < valid_until
ORDER BY owner_id, valid_from, subscriber_id, carrier;
