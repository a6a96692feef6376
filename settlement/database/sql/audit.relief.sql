-- Relief lines, each beside its event and where that came from.
-- Grain: event, measure and nature.
CREATE VIEW audit.relief AS
SELECT line.event_id, line.owner_id, event.subscriber_id, line.carrier, line.start_at,
    CAST(line.start_at AS DATE) AS day, line.measure, line.nature, line.units, line.amount,
    event.kind, event.destination AS recorded, event.units AS used, event.rating_group, event.pack,
    event.charged, event.source_file, event.row
FROM rated.relief_line AS line
JOIN usage.event AS event ON event.event_id = line.event_id;
COMMENT ON VIEW audit.relief IS
    'Dòng hỗ trợ, kèm sự kiện và nguồn của nó. | Relief lines, each beside its event and where that came from. Grain: event, measure and nature.';
COMMENT ON COLUMN audit.relief.event_id IS 'Sự kiện | Event';
COMMENT ON COLUMN audit.relief.owner_id IS 'Chủ số dư | Balance owner';
COMMENT ON COLUMN audit.relief.subscriber_id IS 'Thuê bao sử dụng | Who used it';
COMMENT ON COLUMN audit.relief.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN audit.relief.start_at IS 'Lúc sự kiện bắt đầu, giờ Việt Nam | Start of the event, Vietnam civil time';
COMMENT ON COLUMN audit.relief.day IS 'Ngày sự kiện bắt đầu | Day on which the event starts';
COMMENT ON COLUMN audit.relief.measure IS 'Biện pháp: ref.measure.id | Measure: ref.measure.id';
COMMENT ON COLUMN audit.relief.nature IS 'Tính chất: discount, in_kind, contribution, forbearance | Nature: discount, in_kind, contribution, forbearance';
COMMENT ON COLUMN audit.relief.units IS 'Lượng được hỗ trợ | Units relieved';
COMMENT ON COLUMN audit.relief.amount IS 'Số tiền, đồng | Amount, dong';
COMMENT ON COLUMN audit.relief.kind IS 'Loại sự kiện | Kind of the event';
COMMENT ON COLUMN audit.relief.recorded IS 'Mạng hoặc lớp đích như trong bản ghi | Network or class of the destination as recorded';
COMMENT ON COLUMN audit.relief.used IS 'Lượng đã dùng của sự kiện | Units of the event as used';
COMMENT ON COLUMN audit.relief.rating_group IS 'Nhóm địa chỉ của phiên dữ liệu; rỗng: không rõ | Host group of a data session; empty: unknown';
COMMENT ON COLUMN audit.relief.pack IS 'Mã gói của sự kiện mua gói; rỗng: sự kiện khác | Pack of a pack event; empty: another event';
COMMENT ON COLUMN audit.relief.charged IS 'Số tiền nguồn nói đã thu, đồng; trống: không nói | What the source says was taken, dong; null: not said';
COMMENT ON COLUMN audit.relief.source_file IS 'Tệp nguồn | Source file';
COMMENT ON COLUMN audit.relief.row IS 'Bản ghi thứ mấy của tệp | Record of that file, from 1';
