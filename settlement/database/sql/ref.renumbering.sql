-- Numbers that got another head: area codes in 2017, mobile numbers in 2018.
-- Grain: old head and number of digits.
CREATE TABLE ref.renumbering (
    old_head  VARCHAR NOT NULL,
    digits    BIGINT NOT NULL,
    new_head  VARCHAR NOT NULL,
    new_from  TIMESTAMP NOT NULL,
    old_until TIMESTAMP NOT NULL,
    source    VARCHAR NOT NULL,
    mark      VARCHAR NOT NULL
);
COMMENT ON TABLE ref.renumbering IS
    'Đổi đầu số (mã mạng, mã vùng). | Numbers that got another head. Grain: old head and number of digits.';
COMMENT ON COLUMN ref.renumbering.old_head IS 'Đầu số cũ, không có 0 hay 84 | Old first digits, without 0 or 84';
COMMENT ON COLUMN ref.renumbering.digits IS 'Số chữ số của số thuê bao cũ, không kể 0 | National digits of the whole number in its old form';
COMMENT ON COLUMN ref.renumbering.new_head IS 'Đầu số mới | New first digits';
COMMENT ON COLUMN ref.renumbering.new_from IS 'Dùng đầu số mới từ | First moment of the new form';
COMMENT ON COLUMN ref.renumbering.old_until IS 'Đầu số cũ hết hiệu lực từ | First moment at which the old form reaches nobody';
COMMENT ON COLUMN ref.renumbering.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.renumbering.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.renumbering BY NAME
SELECT
    old_head, digits, new_head, new_from, old_until, source, mark
FROM input.renumbering
ORDER BY old_head, digits;
