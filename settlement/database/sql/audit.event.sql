-- The log: who, when, what.
-- Grain: entry of the log.
CREATE TABLE audit.event (
    entry           BIGINT NOT NULL,
    logged_at       TIMESTAMP NOT NULL,
    who             VARCHAR NOT NULL,
    what            VARCHAR NOT NULL,
    why             VARCHAR NOT NULL,
    key             VARCHAR NOT NULL,
    period          VARCHAR NOT NULL,
    run             VARCHAR NOT NULL,
    manifest_sha256 VARCHAR NOT NULL,
    version         VARCHAR NOT NULL
);
COMMENT ON TABLE audit.event IS
    'Nhật ký: ai, khi nào, làm gì. | The log: who, when, what. Grain: entry of the log.';
COMMENT ON COLUMN audit.event.entry IS 'Số thứ tự | Number, from 1';
COMMENT ON COLUMN audit.event.logged_at IS 'Thời điểm, giờ UTC | When, UTC';
COMMENT ON COLUMN audit.event.who IS 'Ai (tài khoản@máy) | Who: account@host';
COMMENT ON COLUMN audit.event.what IS 'Việc gì: intake, decide, consolidate, settle, repair, forgone, interconnect, compact, retain, erase, signer_add, signer_retire, open, sign, supersede, adjust, refund, claim, reconcile, variance | What: intake, decide, consolidate, settle, repair, forgone, interconnect, compact, retain, erase, signer_add, signer_retire, open, sign, supersede, adjust, refund, claim, reconcile, variance';
COMMENT ON COLUMN audit.event.why IS 'Vì sao; rỗng: không nêu | Why; empty: not said';
COMMENT ON COLUMN audit.event.key IS 'Khóa của người làm: tên và mã khóa; rỗng: không nêu | Key of who did it: name and key id; empty: not said';
COMMENT ON COLUMN audit.event.period IS 'Kỳ; rỗng: việc trên kho dữ liệu | Period; empty: an act on the store';
COMMENT ON COLUMN audit.event.run IS 'Mã lần chạy; rỗng: việc trên kho dữ liệu | Id of the run; empty: an act on the store';
COMMENT ON COLUMN audit.event.manifest_sha256 IS 'SHA-256 bản kê của lần chạy, hoặc của kết quả của việc | SHA-256 of the manifest of the run, or of what the act made';
COMMENT ON COLUMN audit.event.version IS 'Phiên bản phần mềm | Version of the software';
INSERT INTO audit.event BY NAME
SELECT
    entry, logged_at, who, what, why, key, period, run, manifest_sha256, version
FROM input.log
ORDER BY entry;
