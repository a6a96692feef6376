-- Subscribers on lists over time; the rows that stand.
-- Grain: subscriber, list and interval.
CREATE TABLE usage.allow_list (
    subscriber_id UUID NOT NULL,
    owner_id      UUID NOT NULL,
    list          VARCHAR NOT NULL,
    valid_from    TIMESTAMP NOT NULL,
    valid_until   TIMESTAMP,
    document      VARCHAR NOT NULL
);
COMMENT ON TABLE usage.allow_list IS
    'Danh sách thuê bao được hưởng theo nhóm, theo thời gian; chỉ những dòng còn hiệu lực. | Subscribers on lists over time; the rows that stand. Grain: subscriber, list and interval.';
COMMENT ON COLUMN usage.allow_list.subscriber_id IS 'Thuê bao (bí danh có khóa); của cả tài khoản thì là tài khoản | Subscriber (keyed pseudonym); of a whole account, the account';
COMMENT ON COLUMN usage.allow_list.owner_id IS 'Chủ số dư | Balance owner';
COMMENT ON COLUMN usage.allow_list.list IS 'Danh sách, cùng tên với nhóm thuê bao mà biện pháp hỏi | List: the name of the segment that measures ask for';
COMMENT ON COLUMN usage.allow_list.valid_from IS 'Từ, giờ Việt Nam | From, Vietnam civil time';
COMMENT ON COLUMN usage.allow_list.valid_until IS 'Đến (không kể), giờ Việt Nam; trống: chưa hết | Until, exclusive, Vietnam civil time; null: open';
COMMENT ON COLUMN usage.allow_list.document IS 'Văn bản | Document';
INSERT INTO usage.allow_list BY NAME
SELECT
    subscriber_id, owner_id, list, valid_from, valid_until, document
FROM input.master_allow_list
ORDER BY owner_id, valid_from, subscriber_id, list;
