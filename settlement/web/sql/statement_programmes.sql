-- What each programme counts of a carrier's relief.
-- Grain: programme. Parameters: period, carrier.
SELECT programme, relief, relief_to_date, envelope, carrier_envelope, recognised, own_account,
    true_up, recognised_to_date
FROM settlement.programme
WHERE period = $period AND carrier = $carrier
ORDER BY programme;
