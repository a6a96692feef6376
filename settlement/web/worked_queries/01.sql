-- 1. Which runs are in force, and do their digests follow from their shards?
-- Lần chạy nào đang có hiệu lực, và mã băm kết quả có đúng từ 1.024 mảnh không?
-- Grain: run.

SELECT run.period, run.package, run.semantics_version, run.events, run.digest, count(*) AS shards,
    sha256(from_hex(string_agg(shard.digest, '' ORDER BY shard.shard))) = run.digest AS holds
FROM rated.run AS run
JOIN rated.shard AS shard USING (run)
GROUP BY run.period, run.package, run.semantics_version, run.events, run.digest;
