-- What was announced beside the tariffs of a programme, and what was kept of it. Never settled.
-- Grain: programme, place.
CREATE TABLE ref.announcement (
    programme VARCHAR NOT NULL,
    place     INTEGER NOT NULL,
    kind      VARCHAR NOT NULL,
    day       DATE,
    until     DATE,
    who       VARCHAR NOT NULL,
    who_en    VARCHAR NOT NULL,
    what      VARCHAR NOT NULL,
    what_en   VARCHAR NOT NULL,
    quantity  BIGINT,
    amount    BIGINT,
    source    VARCHAR NOT NULL,
    mark      VARCHAR NOT NULL
);
COMMENT ON TABLE ref.announcement IS
    'Điều công bố kèm theo chương trình và phần đã thực hiện; không phải số đối soát, không cộng vào đâu. | What was announced beside the tariffs of a programme, and what was kept of it: no settled figure, added to none. Grain: programme, place.';
COMMENT ON COLUMN ref.announcement.programme IS 'Chương trình: ref.programme.id | Programme';
COMMENT ON COLUMN ref.announcement.place IS 'Thứ tự trong gói, từ 1 | Its place in the package, from 1';
COMMENT ON COLUMN ref.announcement.kind IS 'target (mục tiêu), pledge (cam kết), kept (đã thực hiện) hoặc reported (số liệu công bố) | target, pledge, kept or reported';
COMMENT ON COLUMN ref.announcement.day IS 'Ngày công bố hoặc thực hiện; null nếu không rõ | Day of the announcement, or of what was kept; null: not found';
COMMENT ON COLUMN ref.announcement.until IS 'Ngày cuối của mục tiêu | Last day of a target';
COMMENT ON COLUMN ref.announcement.who IS 'Đơn vị | Who';
COMMENT ON COLUMN ref.announcement.who_en IS 'Đơn vị (tiếng Anh) | Who, in English';
COMMENT ON COLUMN ref.announcement.what IS 'Nội dung | What';
COMMENT ON COLUMN ref.announcement.what_en IS 'Nội dung (tiếng Anh) | What, in English';
COMMENT ON COLUMN ref.announcement.quantity IS 'Số lượng | How many';
COMMENT ON COLUMN ref.announcement.amount IS 'Số tiền, đồng | Amount, in dong';
COMMENT ON COLUMN ref.announcement.source IS 'Nguồn | Source';
COMMENT ON COLUMN ref.announcement.mark IS 'Mức tin cậy: stated, derived hoặc assumed | How firmly the source supports it';
INSERT INTO ref.announcement BY NAME
SELECT
    programme, place, kind, day, until, who, who_en, what, what_en, quantity, amount, source, mark
FROM input.announcement
ORDER BY programme, place;
