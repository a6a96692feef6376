-- Suspended events by carrier and reason; they sum to settlement.statement.suspended, where the
-- carrier has a statement.
-- Grain: carrier, period and reason.
CREATE TABLE settlement.suspense (
    period  VARCHAR NOT NULL,
    carrier VARCHAR NOT NULL,
    reason  VARCHAR NOT NULL,
    events  BIGINT NOT NULL
);
COMMENT ON TABLE settlement.suspense IS
    'Sự kiện bị treo theo doanh nghiệp và lý do, kể cả doanh nghiệp không có bảng đối soát. | Suspended events by carrier and reason, those of carriers without a statement too. Grain: carrier, period and reason.';
COMMENT ON COLUMN settlement.suspense.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN settlement.suspense.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.suspense.reason IS 'Lý do: no_subscription (không có thuê bao), no_tariff (không có giá), beyond_limit (vượt giới hạn), conflicting (các bản sao mâu thuẫn) | Reason: no_subscription, no_tariff, beyond_limit, conflicting (copies contradict each other)';
COMMENT ON COLUMN settlement.suspense.events IS 'Số sự kiện; cộng lại bằng settlement.statement.suspended, nếu doanh nghiệp có bảng đối soát | Events; they sum to settlement.statement.suspended, where the carrier has a statement';
INSERT INTO settlement.suspense BY NAME
SELECT
    period, carrier, reason, events
FROM input.suspense_total
WHERE NOT superseded
ORDER BY period, carrier, reason;
