-- Current runs, one a period.
-- Grain: run.
CREATE TABLE rated.run (
    run               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    carrier           VARCHAR,
    opening_run       VARCHAR,
    digest            VARCHAR NOT NULL,
    semantics_version INTEGER NOT NULL,
    catalogue_digest  VARCHAR NOT NULL,
    package           VARCHAR NOT NULL,
    package_digest    VARCHAR NOT NULL,
    readings          VARCHAR NOT NULL,
    events            BIGINT NOT NULL,
    rated             BIGINT NOT NULL,
    suspended         BIGINT NOT NULL,
    list_value        HUGEINT NOT NULL,
    discount          HUGEINT NOT NULL,
    payable           HUGEINT NOT NULL,
    in_kind           HUGEINT NOT NULL,
    contribution      HUGEINT NOT NULL
);
COMMENT ON TABLE rated.run IS
    'Các lần chạy hiện hành, mỗi kỳ một lần. | Current runs, one a period. Grain: run.';
COMMENT ON COLUMN rated.run.run IS 'Mã lần chạy | Id of the run';
COMMENT ON COLUMN rated.run.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN rated.run.carrier IS 'Chỉ doanh nghiệp này; trống: tất cả | Only this carrier; null: all';
COMMENT ON COLUMN rated.run.opening_run IS 'Lần chạy cho trạng thái đầu kỳ | Run whose closing state it starts from';
COMMENT ON COLUMN rated.run.digest IS 'Mã băm kết quả | Result digest';
COMMENT ON COLUMN rated.run.semantics_version IS 'Phiên bản ngữ nghĩa | Version of the semantics';
COMMENT ON COLUMN rated.run.catalogue_digest IS 'SHA-256 danh mục giá | SHA-256 of the catalogue';
COMMENT ON COLUMN rated.run.package IS 'Gói hỗ trợ | Id of the package';
COMMENT ON COLUMN rated.run.package_digest IS 'SHA-256 gói hỗ trợ | SHA-256 of the package';
COMMENT ON COLUMN rated.run.readings IS 'Các cách đọc, JSON | Readings in force, JSON';
COMMENT ON COLUMN rated.run.events IS 'Số sự kiện của kỳ = đã tính cước + bị treo | Events of the period = rated + suspended';
COMMENT ON COLUMN rated.run.rated IS 'Số sự kiện đã tính cước | Rated events';
COMMENT ON COLUMN rated.run.suspended IS 'Số sự kiện bị treo | Suspended events';
COMMENT ON COLUMN rated.run.list_value IS 'Giá trị: số phải thu nếu không có biện pháp nào, đồng, đã gồm thuế GTGT | List value: the charge were no measure in force, dong incl. VAT';
COMMENT ON COLUMN rated.run.discount IS 'Giảm trừ, đồng, đã gồm thuế GTGT | Discount, dong incl. VAT';
COMMENT ON COLUMN rated.run.payable IS 'Phải trả = giá trị − giảm trừ, đồng, đã gồm thuế GTGT | Payable = list value − discount, dong incl. VAT';
COMMENT ON COLUMN rated.run.in_kind IS 'Hiện vật, đồng, đã gồm thuế GTGT, định giá theo cách đọc | In kind, dong incl. VAT, valued by its reading';
COMMENT ON COLUMN rated.run.contribution IS 'Đóng góp, đồng, không chịu thuế GTGT | Contribution, dong, no VAT';
INSERT INTO rated.run BY NAME
SELECT
    run, period, carrier, opening_run, digest, semantics_version, catalogue_digest, package,
    package_digest, readings, events, rated, suspended, list_value, discount, payable, in_kind,
    contribution
FROM input.run
WHERE NOT superseded
ORDER BY period;
