-- 26. From the largest refund back to the record of a file, and on to the line of a statement
-- Từ khoản hoàn trả lớn nhất về bản ghi trong tệp, và đến dòng của bảng đối soát
-- Grain: event, measure and nature.

SELECT file, row, event_id, kind, start_at, charged, measure, nature, amount, statement_amount
FROM audit.trace((
    SELECT event_id FROM settlement.refund ORDER BY refund DESC, event_id LIMIT 1
))
ORDER BY measure, nature;
