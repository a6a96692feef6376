-- Shard digests; the result digest is the SHA-256 of the 1,024 in order.
-- Grain: run and shard.
CREATE TABLE rated.shard (
    run    VARCHAR NOT NULL,
    shard  SMALLINT NOT NULL,
    digest VARCHAR NOT NULL
);
COMMENT ON TABLE rated.shard IS
    'Mã băm từng mảnh; mã băm kết quả là SHA-256 của 1024 mã này nối lại. | Shard digests; the result digest is the SHA-256 of the 1,024 in order. Grain: run and shard.';
COMMENT ON COLUMN rated.shard.run IS 'Mã lần chạy | Id of the run';
COMMENT ON COLUMN rated.shard.shard IS 'Mảnh, 0 đến 1023 | Shard, 0 to 1023';
COMMENT ON COLUMN rated.shard.digest IS 'SHA-256 của dòng sự kiện trong mảnh | SHA-256 of the shard''s stream';
INSERT INTO rated.shard BY NAME
SELECT
    run, shard, digest
FROM input.shard
WHERE NOT superseded
ORDER BY run, shard;
