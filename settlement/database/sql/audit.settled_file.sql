-- What was settled: usage source files and the months of which the run in force has them. Of a month
-- that nobody settled there is no row, nor of a file that came in after the month's run.
-- Grain: source file and period.
CREATE TABLE audit.settled_file (
    source_file INTEGER NOT NULL,
    period      VARCHAR NOT NULL,
    begin_at    TIMESTAMP NOT NULL,
    end_at      TIMESTAMP NOT NULL,
    carrier     VARCHAR
);
COMMENT ON TABLE audit.settled_file IS
    'Tệp nguồn sử dụng và kỳ mà lần chạy hiện hành đã tính từ tệp đó; tệp nhận sau lần chạy không có dòng. | Usage source files and the periods whose current run was made of them; a file that came in after the run has no row. Grain: source file and period.';
COMMENT ON COLUMN audit.settled_file.source_file IS 'Tệp nguồn | Source file';
COMMENT ON COLUMN audit.settled_file.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN audit.settled_file.begin_at IS 'Đầu kỳ, giờ Việt Nam | When the period begins, Vietnam civil time';
COMMENT ON COLUMN audit.settled_file.end_at IS 'Hết kỳ (không kể), giờ Việt Nam | When it ends, exclusive, Vietnam civil time';
COMMENT ON COLUMN audit.settled_file.carrier IS 'Lần chạy chỉ của doanh nghiệp này; trống: tất cả | The run is of this carrier alone; null: of all';
INSERT INTO audit.settled_file BY NAME
SELECT DISTINCT source_file, period, CAST(period || '-01' AS TIMESTAMP) AS begin_at,
    begin_at + INTERVAL 1 MONTH AS end_at, carrier
FROM input.run_source
JOIN input.run USING (run, superseded)
JOIN input.source_file USING (sha256)
WHERE floor = 'usage' AND NOT superseded
ORDER BY source_file, period;
