-- What a booked period's statement comes to: its own usage, and adjustments of earlier periods.
-- Grain: booked period, carrier, usage period and adjustment.
-- Of a signed period its own part is that of the run that was signed, superseded since or not.
CREATE VIEW settlement.booked AS
WITH of_run AS (
    SELECT run.run, statement.*
    FROM settlement.statement AS statement JOIN rated.run AS run USING (period)
    UNION ALL BY NAME
    FROM history.statement
)
SELECT
    period.period AS booked_period, of_run.carrier, 'own' AS part,
    period.period AS usage_period, NULL::VARCHAR AS adjustment,
    of_run.events, of_run.rated, of_run.suspended, of_run.list_value, of_run.discount,
    of_run.payable, of_run.discount_vat, of_run.in_kind, of_run.contribution,
    of_run.forbearances, of_run.refunds, of_run.refund, of_run.overcharged, of_run.overcharge,
    of_run.relief, of_run.recognised, of_run.own_account
FROM settlement.period AS period
JOIN of_run ON of_run.run = coalesce(period.signed_run, period.run)
UNION ALL BY NAME
SELECT
    booked_period, carrier, 'adjustment' AS part, usage_period, adjustment,
    events, rated, suspended, list_value, discount, payable, discount_vat, in_kind,
    contribution, forbearances, refunds, refund, overcharged, overcharge, relief,
    recognised, own_account
FROM settlement.adjustment;
COMMENT ON VIEW settlement.booked IS
    'Bảng đối soát của kỳ ghi sổ = sử dụng của chính kỳ + các điều chỉnh. | What a booked period''s statement comes to: its own usage, and adjustments of earlier periods. Grain: booked period, carrier, usage period and adjustment.';
COMMENT ON COLUMN settlement.booked.booked_period IS 'Kỳ ghi sổ | Booked period';
COMMENT ON COLUMN settlement.booked.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.booked.part IS 'own: của chính kỳ; adjustment: điều chỉnh kỳ trước | own: of the period itself; adjustment: of an earlier one';
COMMENT ON COLUMN settlement.booked.usage_period IS 'Kỳ sử dụng | Usage period';
COMMENT ON COLUMN settlement.booked.adjustment IS 'Mã điều chỉnh; trống: của chính kỳ | Id of the adjustment; null: of the period itself';
COMMENT ON COLUMN settlement.booked.events IS 'Số sự kiện | Events';
COMMENT ON COLUMN settlement.booked.rated IS 'Số sự kiện đã tính cước | Rated events';
COMMENT ON COLUMN settlement.booked.suspended IS 'Số sự kiện bị treo | Suspended events';
COMMENT ON COLUMN settlement.booked.list_value IS 'Giá trị, đồng, đã gồm thuế GTGT | List value, dong incl. VAT';
COMMENT ON COLUMN settlement.booked.discount IS 'Giảm trừ, đồng, đã gồm thuế GTGT | Discount, dong incl. VAT';
COMMENT ON COLUMN settlement.booked.payable IS 'Phải trả, đồng, đã gồm thuế GTGT | Payable, dong incl. VAT';
COMMENT ON COLUMN settlement.booked.discount_vat IS 'Thuế GTGT trong phần giảm trừ, đồng | The VAT inside the discount, dong';
COMMENT ON COLUMN settlement.booked.in_kind IS 'Hiện vật, đồng | In kind, dong';
COMMENT ON COLUMN settlement.booked.contribution IS 'Đóng góp, đồng | Contribution, dong';
COMMENT ON COLUMN settlement.booked.forbearances IS 'Số lần không cắt liên lạc | Forbearances';
COMMENT ON COLUMN settlement.booked.refunds IS 'Số sự kiện phải hoàn trả | Events of which a refund is due';
COMMENT ON COLUMN settlement.booked.refund IS 'Phải hoàn trả, đồng | Refunds due, dong';
COMMENT ON COLUMN settlement.booked.overcharged IS 'Số sự kiện thu vượt giá trị | Events charged above list value';
COMMENT ON COLUMN settlement.booked.overcharge IS 'Thu vượt giá trị, đồng | What was charged above list value, dong';
COMMENT ON COLUMN settlement.booked.relief IS 'Phần tính vào giá trị các chương trình, đồng | What counts against the envelopes, dong';
COMMENT ON COLUMN settlement.booked.recognised IS 'Được chương trình ghi nhận, đồng | Recognised by the envelopes, dong';
COMMENT ON COLUMN settlement.booked.own_account IS 'Doanh nghiệp tự chịu, đồng | On the carrier''s own account, dong';
