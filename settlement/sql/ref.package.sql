-- The relief package in force.
-- Grain: one row.
CREATE TABLE ref.package (
    id                VARCHAR NOT NULL,
    title             VARCHAR NOT NULL,
    title_en          VARCHAR NOT NULL,
    author            VARCHAR NOT NULL,
    reference         VARCHAR NOT NULL,
    baseline          VARCHAR NOT NULL,
    envelope          BIGINT,
    envelope_rule     VARCHAR,
    envelope_natures  VARCHAR,
    envelope_basis    VARCHAR,
    envelope_carriers VARCHAR,
    envelope_measures VARCHAR,
    envelope_source   VARCHAR,
    envelope_mark     VARCHAR,
    digest            VARCHAR NOT NULL
);
COMMENT ON TABLE ref.package IS
    'Gói hỗ trợ đang áp dụng. | The relief package in force. Grain: one row.';
COMMENT ON COLUMN ref.package.id IS 'Mã gói hỗ trợ | Id of the package';
COMMENT ON COLUMN ref.package.title IS 'Tên | Title';
COMMENT ON COLUMN ref.package.title_en IS 'Tên tiếng Anh | English title';
COMMENT ON COLUMN ref.package.author IS 'Người soạn dữ liệu | Author of the data';
COMMENT ON COLUMN ref.package.reference IS 'Văn bản công bố | Document of reference';
COMMENT ON COLUMN ref.package.baseline IS 'Danh mục giá nền | The catalogue it is a patch over';
COMMENT ON COLUMN ref.package.envelope IS 'Giá trị chương trình, đồng | Value of the programme, dong';
COMMENT ON COLUMN ref.package.envelope_rule IS 'Cách phân bổ giá trị chương trình | Rule by which the envelope recognises';
COMMENT ON COLUMN ref.package.envelope_natures IS 'Tính chất được tính vào giá trị chương trình | Natures that count against it';
COMMENT ON COLUMN ref.package.envelope_basis IS 'Giảm trừ và hiện vật tính gồm thuế GTGT (incl_vat) hay không (excl_vat) | Discounts and in kind count with or without VAT';
COMMENT ON COLUMN ref.package.envelope_carriers IS 'Các doanh nghiệp, cách bởi dấu phẩy | Carriers whose relief counts, joined by commas';
COMMENT ON COLUMN ref.package.envelope_measures IS 'Các biện pháp được tính, cách bởi dấu phẩy; trống: tất cả | Measures that count, joined by commas; null: all';
COMMENT ON COLUMN ref.package.envelope_source IS 'Nguồn của giá trị chương trình | Source of the envelope';
COMMENT ON COLUMN ref.package.envelope_mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
COMMENT ON COLUMN ref.package.digest IS 'SHA-256 của gói với các cách đọc đã chọn | SHA-256 of the package with its readings in place';
INSERT INTO ref.package BY NAME
SELECT
    id, title, title_en, author, reference, baseline, envelope, envelope_rule, envelope_natures,
    envelope_basis, envelope_carriers, envelope_measures, envelope_source, envelope_mark, digest
FROM input.package
ORDER BY id;
