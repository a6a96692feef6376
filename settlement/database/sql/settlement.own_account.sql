-- Relief that an envelope of rule first_come does not recognise wholly; none under other rules.
-- Grain: event, measure and nature.
-- By programme in the order of rated.relief_line, as the run's own file holds them.
CREATE TABLE settlement.own_account (
    event_id    UUID NOT NULL,
    owner_id    UUID NOT NULL,
    carrier     VARCHAR NOT NULL,
    programme   VARCHAR NOT NULL,
    measure     VARCHAR NOT NULL,
    nature      VARCHAR NOT NULL,
    start_at    TIMESTAMP NOT NULL,
    amount      BIGINT NOT NULL,
    relief      BIGINT NOT NULL,
    own_account BIGINT NOT NULL
);
COMMENT ON TABLE settlement.own_account IS
    'Dòng hỗ trợ không được giá trị chương trình ghi nhận hết, theo quy tắc first_come. | Relief lines that an envelope of rule first_come does not recognise wholly. Grain: event, measure and nature.';
COMMENT ON COLUMN settlement.own_account.event_id IS 'Sự kiện | Event';
COMMENT ON COLUMN settlement.own_account.owner_id IS 'Chủ số dư | Balance owner';
COMMENT ON COLUMN settlement.own_account.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.own_account.programme IS 'Chương trình: ref.programme.id | Programme: ref.programme.id';
COMMENT ON COLUMN settlement.own_account.measure IS 'Biện pháp: ref.measure.id | Measure: ref.measure.id';
COMMENT ON COLUMN settlement.own_account.nature IS 'Tính chất: discount, in_kind, contribution | Nature: discount, in_kind, contribution';
COMMENT ON COLUMN settlement.own_account.start_at IS 'Lúc sự kiện bắt đầu, giờ Việt Nam | Start of the event, Vietnam civil time';
COMMENT ON COLUMN settlement.own_account.amount IS 'Số tiền của dòng hỗ trợ, đồng, như trong rated.relief_line | Amount of the relief line, dong, as in rated.relief_line';
COMMENT ON COLUMN settlement.own_account.relief IS 'Phần tính vào giá trị chương trình, đồng; không gồm thuế GTGT nếu envelope_basis là excl_vat | What of it counts against the envelope, dong; without VAT where envelope_basis is excl_vat';
COMMENT ON COLUMN settlement.own_account.own_account IS 'Doanh nghiệp tự chịu, đồng, lớn hơn 0; phần còn lại của relief được ghi nhận | On the carrier''s own account, dong, above 0; the rest of relief is recognised';
INSERT INTO settlement.own_account BY NAME
SELECT
    event_id, owner_id, carrier, programme, measure, nature, start_at, amount, relief, own_account
FROM input.own_account
WHERE NOT superseded;
