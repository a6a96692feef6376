-- Hosts whose use is free, by list.
-- Grain: list, host and version.
CREATE TABLE ref.zero_rated_host (
    list        VARCHAR NOT NULL,
    host        VARCHAR NOT NULL,
    valid_from  TIMESTAMP NOT NULL,
    valid_until TIMESTAMP,
    source      VARCHAR NOT NULL,
    mark        VARCHAR NOT NULL
);
COMMENT ON TABLE ref.zero_rated_host IS
    'Địa chỉ được miễn cước truy cập. | Hosts whose use is free, by list. Grain: list, host and version.';
COMMENT ON COLUMN ref.zero_rated_host.list IS 'Danh sách | The list it stands on';
COMMENT ON COLUMN ref.zero_rated_host.host IS 'Tên miền | Host';
COMMENT ON COLUMN ref.zero_rated_host.valid_from IS 'Có hiệu lực từ, giờ Việt Nam | First moment in force, Vietnam civil time';
COMMENT ON COLUMN ref.zero_rated_host.valid_until IS 'Hết hiệu lực từ (không kể), trống: chưa hết | First moment no longer in force; null: open';
COMMENT ON COLUMN ref.zero_rated_host.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.zero_rated_host.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.zero_rated_host BY NAME
SELECT
    list, host, valid_from, valid_until, source, mark
FROM input.zero_rated_host
ORDER BY list, host, valid_from;
