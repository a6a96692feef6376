-- How each refund stands: what is due by the runs in force, what was paid, and what that makes.
-- Grain: event.
-- Of an event of which nothing is due any more, carrier and start are as they were when paid.
CREATE VIEW settlement.refund_state AS
SELECT
    strftime(coalesce(due.start_at, paid.start_at), '%Y-%m') AS usage_period,
    event_id,
    coalesce(due.carrier, paid.carrier) AS carrier,
    coalesce(due.start_at, paid.start_at) AS start_at,
    coalesce(due.refund, 0) AS refund,
    coalesce(paid.amount, 0) AS paid,
    CASE
        WHEN coalesce(paid.amount, 0) > coalesce(due.refund, 0) THEN 'overpaid'
        WHEN coalesce(paid.amount, 0) = coalesce(due.refund, 0) THEN 'paid'
        WHEN coalesce(paid.amount, 0) > 0 THEN 'part_paid'
        ELSE 'due'
    END AS state
FROM (SELECT event_id, carrier, start_at, refund FROM settlement.refund WHERE refund > 0) AS due
FULL JOIN (
    SELECT event_id, max(carrier) AS carrier, max(start_at) AS start_at,
           CAST(sum(amount) AS BIGINT) AS amount
    FROM settlement.refund_paid
    GROUP BY event_id
) AS paid USING (event_id)
WHERE coalesce(due.refund, 0) <> 0 OR coalesce(paid.amount, 0) <> 0;
COMMENT ON VIEW settlement.refund_state IS
    'Tình trạng từng khoản hoàn trả: phải hoàn theo các lần chạy hiện hành, đã hoàn, còn lại. | How each refund stands: due by the runs in force, paid, and what that makes. Grain: event.';
COMMENT ON COLUMN settlement.refund_state.usage_period IS 'Kỳ sử dụng | Usage period';
COMMENT ON COLUMN settlement.refund_state.event_id IS 'Sự kiện | Event';
COMMENT ON COLUMN settlement.refund_state.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.refund_state.start_at IS 'Lúc sự kiện bắt đầu, giờ Việt Nam | Start of the event, Vietnam civil time';
COMMENT ON COLUMN settlement.refund_state.refund IS 'Phải hoàn trả, đồng, đã gồm thuế GTGT | Refund due, dong incl. VAT';
COMMENT ON COLUMN settlement.refund_state.paid IS 'Đã hoàn trả, đồng, đã gồm thuế GTGT | Refund paid, dong incl. VAT';
COMMENT ON COLUMN settlement.refund_state.state IS 'due: phải hoàn; part_paid: hoàn một phần; paid: đã hoàn đủ; overpaid: hoàn quá, phải thu lại | due; part_paid; paid; overpaid: more was paid than is due';
