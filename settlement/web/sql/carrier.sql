-- A carrier.
-- Grain: carrier. Parameter: carrier.
SELECT id AS carrier, name, name_en, mobile, fixed, share, source, mark
FROM ref.carrier
WHERE id = $carrier;
