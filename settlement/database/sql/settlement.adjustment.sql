-- Adjustments: what a signed period differs by since it was settled anew, booked into a later one.
-- Grain: adjustment and carrier.
CREATE TABLE settlement.adjustment (
    adjustment    VARCHAR NOT NULL,
    usage_period  VARCHAR NOT NULL,
    booked_period VARCHAR NOT NULL,
    run_before    VARCHAR NOT NULL,
    run_after     VARCHAR NOT NULL,
    carrier       VARCHAR NOT NULL,
    events        BIGINT NOT NULL,
    rated         BIGINT NOT NULL,
    suspended     BIGINT NOT NULL,
    list_value    BIGINT NOT NULL,
    discount      BIGINT NOT NULL,
    payable       BIGINT NOT NULL,
    discount_vat  BIGINT NOT NULL,
    in_kind       BIGINT NOT NULL,
    contribution  BIGINT NOT NULL,
    forbearances  BIGINT NOT NULL,
    refunds       BIGINT NOT NULL,
    refund        BIGINT NOT NULL,
    overcharged   BIGINT NOT NULL,
    overcharge    BIGINT NOT NULL,
    relief        BIGINT NOT NULL,
    recognised    BIGINT NOT NULL,
    own_account   BIGINT NOT NULL
);
COMMENT ON TABLE settlement.adjustment IS
    'Điều chỉnh: một kỳ đã ký được đối soát lại, phần chênh lệch ghi vào kỳ sau. | Adjustments: what a signed period differs by since it was settled anew, booked into a later one. Grain: adjustment and carrier.';
COMMENT ON COLUMN settlement.adjustment.adjustment IS 'Mã điều chỉnh | Id of the adjustment';
COMMENT ON COLUMN settlement.adjustment.usage_period IS 'Kỳ sử dụng: kỳ được điều chỉnh | Usage period: the one that is adjusted';
COMMENT ON COLUMN settlement.adjustment.booked_period IS 'Kỳ ghi sổ | Booked period';
COMMENT ON COLUMN settlement.adjustment.run_before IS 'Lần chạy đã ghi nhận trước đó | Run that was accounted for before';
COMMENT ON COLUMN settlement.adjustment.run_after IS 'Lần chạy mới | The new run';
COMMENT ON COLUMN settlement.adjustment.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.adjustment.events IS 'Chênh lệch số sự kiện | Difference in events';
COMMENT ON COLUMN settlement.adjustment.rated IS 'Chênh lệch số sự kiện đã tính cước | Difference in rated events';
COMMENT ON COLUMN settlement.adjustment.suspended IS 'Chênh lệch số sự kiện bị treo | Difference in suspended events';
COMMENT ON COLUMN settlement.adjustment.list_value IS 'Chênh lệch giá trị, đồng, đã gồm thuế GTGT | Difference in list value, dong incl. VAT';
COMMENT ON COLUMN settlement.adjustment.discount IS 'Chênh lệch giảm trừ, đồng, đã gồm thuế GTGT | Difference in discount, dong incl. VAT';
COMMENT ON COLUMN settlement.adjustment.payable IS 'Chênh lệch phải trả, đồng, đã gồm thuế GTGT | Difference in payable, dong incl. VAT';
COMMENT ON COLUMN settlement.adjustment.discount_vat IS 'Chênh lệch thuế GTGT trong phần giảm trừ: sau − trước, đồng | Difference in the VAT inside the discount: after − before, dong';
COMMENT ON COLUMN settlement.adjustment.in_kind IS 'Chênh lệch hiện vật, đồng | Difference in kind, dong';
COMMENT ON COLUMN settlement.adjustment.contribution IS 'Chênh lệch đóng góp, đồng | Difference in contribution, dong';
COMMENT ON COLUMN settlement.adjustment.forbearances IS 'Chênh lệch số lần không cắt liên lạc | Difference in forbearances';
COMMENT ON COLUMN settlement.adjustment.refunds IS 'Chênh lệch số sự kiện phải hoàn trả | Difference in events of which a refund is due';
COMMENT ON COLUMN settlement.adjustment.refund IS 'Chênh lệch phải hoàn trả, đồng | Difference in refunds due, dong';
COMMENT ON COLUMN settlement.adjustment.overcharged IS 'Chênh lệch số sự kiện thu vượt giá trị | Difference in events charged above list value';
COMMENT ON COLUMN settlement.adjustment.overcharge IS 'Chênh lệch thu vượt giá trị, đồng | Difference in what was charged above list value, dong';
COMMENT ON COLUMN settlement.adjustment.relief IS 'Chênh lệch phần tính vào giá trị các chương trình, đồng | Difference in what counts against the envelopes, dong';
COMMENT ON COLUMN settlement.adjustment.recognised IS 'Chênh lệch được chương trình ghi nhận, đồng | Difference in what envelopes recognise, dong';
COMMENT ON COLUMN settlement.adjustment.own_account IS 'Chênh lệch doanh nghiệp tự chịu, đồng | Difference on the carrier''s own account, dong';
INSERT INTO settlement.adjustment BY NAME
SELECT
    adjustment, usage_period, booked_period, run_before, run_after, carrier, events, rated,
    suspended, list_value, discount, payable, discount_vat, in_kind, contribution,
    forbearances, refunds, refund, overcharged, overcharge, relief, recognised, own_account
FROM input.adjustment
ORDER BY booked_period, usage_period, adjustment, carrier;
