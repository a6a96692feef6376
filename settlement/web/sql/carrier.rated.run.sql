-- Runs in force, as a carrier sees them: what they are, without the sums over all carriers.
-- Grain: run.
CREATE TABLE rated.run (
    run               VARCHAR NOT NULL,
    period            VARCHAR NOT NULL,
    digest            VARCHAR NOT NULL,
    semantics_version INTEGER NOT NULL,
    package           VARCHAR NOT NULL,
    package_digest    VARCHAR NOT NULL,
    readings          VARCHAR NOT NULL
);
COMMENT ON TABLE rated.run IS
    'Các lần chạy hiện hành, mỗi kỳ một lần. | Current runs, one a period. Grain: run.';
COMMENT ON COLUMN rated.run.run IS 'Mã lần chạy | Id of the run';
COMMENT ON COLUMN rated.run.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN rated.run.digest IS 'Mã băm kết quả | Result digest';
COMMENT ON COLUMN rated.run.semantics_version IS 'Phiên bản ngữ nghĩa | Version of the semantics';
COMMENT ON COLUMN rated.run.package IS 'Gói hỗ trợ | Id of the package';
COMMENT ON COLUMN rated.run.package_digest IS 'SHA-256 gói hỗ trợ | SHA-256 of the package';
COMMENT ON COLUMN rated.run.readings IS 'Các cách đọc, JSON | Readings in force, JSON';
INSERT INTO rated.run BY NAME
SELECT run, period, digest, semantics_version, package, package_digest, readings
FROM input.run
ORDER BY period;
