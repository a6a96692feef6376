-- Programmes against their envelopes.
-- Grain: programme. Parameter: period.
SELECT programme.programme, about.title, about.title_en, about.envelope,
    about.envelope_rule, about.envelope_per_carrier,
    sum(programme.relief) AS relief, sum(programme.relief_to_date) AS relief_to_date,
    sum(programme.recognised) AS recognised,
    sum(programme.recognised_to_date) AS recognised_to_date,
    sum(programme.own_account) AS own_account
FROM settlement.programme AS programme
JOIN ref.programme AS about ON about.id = programme.programme
WHERE programme.period = $period
GROUP BY programme.programme, about.title, about.title_en, about.envelope, about.envelope_rule,
    about.envelope_per_carrier, about.precedence
ORDER BY about.precedence;
