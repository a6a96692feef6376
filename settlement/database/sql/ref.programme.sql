-- Programmes of the package, each with its envelope.
-- Grain: programme.
CREATE TABLE ref.programme (
    id                VARCHAR NOT NULL,
    precedence        INTEGER NOT NULL,
    title             VARCHAR NOT NULL,
    title_en          VARCHAR NOT NULL,
    author            VARCHAR NOT NULL,
    reference         VARCHAR NOT NULL,
    envelope          BIGINT,
    envelope_rule     VARCHAR,
    envelope_natures  VARCHAR,
    envelope_basis    VARCHAR,
    envelope_carriers VARCHAR,
    envelope_measures VARCHAR,
    envelope_per_carrier VARCHAR,
    envelope_source   VARCHAR,
    envelope_mark     VARCHAR
);
COMMENT ON TABLE ref.programme IS
    'Các chương trình trong gói, mỗi chương trình có giá trị riêng. | Programmes of the package, each with its envelope. Grain: programme.';
COMMENT ON COLUMN ref.programme.id IS 'Mã chương trình | Id of the programme';
COMMENT ON COLUMN ref.programme.precedence IS 'Thứ tự ưu tiên: số nhỏ hỗ trợ trước | Precedence: the lower one relieves an event first';
COMMENT ON COLUMN ref.programme.title IS 'Tên | Title';
COMMENT ON COLUMN ref.programme.title_en IS 'Tên tiếng Anh | English title';
COMMENT ON COLUMN ref.programme.author IS 'Người soạn dữ liệu | Author of the data';
COMMENT ON COLUMN ref.programme.reference IS 'Văn bản công bố | Document of reference';
COMMENT ON COLUMN ref.programme.envelope IS 'Giá trị chương trình, đồng | Value of the programme, dong';
COMMENT ON COLUMN ref.programme.envelope_rule IS 'Cách phân bổ giá trị chương trình | Rule by which the envelope recognises';
COMMENT ON COLUMN ref.programme.envelope_natures IS 'Tính chất được tính vào giá trị chương trình | Natures that count against it';
COMMENT ON COLUMN ref.programme.envelope_basis IS 'Giảm trừ và hiện vật tính gồm thuế GTGT (incl_vat) hay không (excl_vat) | Discounts and in kind count with or without VAT';
COMMENT ON COLUMN ref.programme.envelope_carriers IS 'Các doanh nghiệp, cách bởi dấu phẩy | Carriers whose relief counts, joined by commas';
COMMENT ON COLUMN ref.programme.envelope_measures IS 'Các biện pháp được tính, cách bởi dấu phẩy; trống: tất cả | Measures that count, joined by commas; null: all';
COMMENT ON COLUMN ref.programme.envelope_per_carrier IS 'Phần riêng của từng doanh nghiệp, đồng (JSON); trống: giá trị chung | Each carrier''s own part, dong (JSON); null: the envelope is common';
COMMENT ON COLUMN ref.programme.envelope_source IS 'Nguồn của giá trị chương trình | Source of the envelope';
COMMENT ON COLUMN ref.programme.envelope_mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.programme BY NAME
SELECT
    id, precedence, title, title_en, author, reference, envelope, envelope_rule, envelope_natures,
    envelope_basis, envelope_carriers, envelope_measures, envelope_per_carrier, envelope_source, envelope_mark
FROM input.programme
ORDER BY precedence;
