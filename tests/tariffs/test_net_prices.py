"""Prices written without tax: each is loaded with the tax of its version's days."""

import json

import pytest

from doisoat.errors import CatalogueError
from doisoat.messages.text import EN, texts_of
from doisoat.tariffs.load.tariffs import load_catalogue

SOURCED = {"source": "tests", "mark": "assumed"}
RATES = [
    {"percent": "19", "valid_from": "2007-01-01", **SOURCED},
    {"percent": "16", "valid_from": "2020-07-01", **SOURCED},
]
DATA = {"kind": "data", "destination": "roaming", "price": "7.70", "per": "1 GB", "block": "1 B"}
NET = {**DATA, "prices": "without_tax"}


def load(tmp_path, rate, rates=RATES, **version):
    jurisdiction = {
        "id": "DE", "name": "Deutschland", "name_en": "Germany",
        "amounts": {"sign": "€", "sign_first": False, "name": "euro", "name_en": "euro",
                    "plural_en": "euros", "minor": "cent", "minor_plural": "cents",
                    "group": ".", "point": ","},
        "tax": {"name": "Mehrwertsteuer", "name_en": "VAT", "rates": rates},
        "zone": "Europe/Berlin", "zone_name": "Đức", "zone_name_en": "Germany",
        "numbers": {"region": "DE", "country_code": "49", "trunk": "0"},
        "papers": {"language": "en", "title": "BUNDESREPUBLIK DEUTSCHLAND",
                   "title_en": "FEDERAL REPUBLIC OF GERMANY", "motto": "", "motto_en": ""},
        **SOURCED,
    }  # fmt: skip
    plan = {
        "id": "p", "payment": "prepaid", "monthly_fee": "10.00", "valid_from": "2020-01-01",
        "valid_until": "2020-07-01", "rates": [rate], **SOURCED, **version,
    }  # fmt: skip
    plan = {key: value for key, value in plan.items() if value is not None}
    path = tmp_path / "tariffs.yaml"
    tariffs = {"id": "de", "currency": {"code": "EUR", "decimals": 2}, "plans": [plan]}
    path.write_text(json.dumps({**tariffs, "jurisdiction": jurisdiction}))
    return load_catalogue(path)


def test_a_price_without_tax_is_loaded_with_it(tmp_path):
    (rate,) = load(tmp_path, NET).plans[0].rates
    assert (rate.price, rate.prices) == ("9.163", "with_tax")
    december = {"valid_from": "2020-12-01", "valid_until": "2021-01-01"}
    (rate,) = load(tmp_path, NET, **december).plans[0].rates
    assert rate.price == "8.932"


def test_every_price_of_a_rate_has_its_tax_and_no_other(tmp_path):
    step = {"start": "0 s", "price": "1", "per": "1 min", "block": "1 s", "flat": "2"}
    voice = {
        "kind": "voice", "destination": "roaming", "steps": [step], "connect_fee": "0.10",
        "minimum_charge": "0.20", "maximum_charge": "30", "prices": "without_tax",
    }  # fmt: skip
    (plan,) = load(tmp_path, voice).plans
    (rate,) = plan.rates
    assert (rate.steps[0].price, rate.steps[0].flat, rate.connect_fee) == ("1.19", "2.38", "0.119")
    assert (rate.minimum_charge, rate.maximum_charge) == ("0.238", "35.7")
    assert plan.monthly_fee == "10.00" and load(tmp_path, DATA).plans[0].rates[0].price == "7.70"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"valid_until": "2020-08-01"},
         "the version from 2020-01-01 is without tax, and the rate changes on 2020-07-01"),
        ({"valid_until": None},
         "the version from 2020-01-01 is without tax, and the rate changes on 2020-07-01"),
        ({"taxes": RATES[1:]}, "the state has no tax rate on 2020-01-01"),
        ({"price": "0.00000001"}, "0.00000001 with its tax has more than 9 decimals"),
    ],
)  # fmt: skip
def test_a_version_has_the_prices_of_one_rate(tmp_path, changes, what):
    version = dict(changes)
    rate, taxes = {**NET, "price": version.pop("price", "7.70")}, version.pop("taxes", RATES)
    with pytest.raises(CatalogueError) as refused:
        load(tmp_path, rate, taxes, **version)
    assert texts_of(refused.value.what)[EN] == what


@pytest.mark.parametrize(
    "rates",
    [
        [{**RATES[0], "valid_from": "2007-01-02"}],
        RATES[::-1],
        [],
        [{**RATES[0], "percent": "-1"}],
    ],
    ids=["inside a month", "not in order", "none", "below zero"],
)
def test_a_rate_of_tax_begins_with_a_month_and_follows_the_one_before(tmp_path, rates):
    with pytest.raises(CatalogueError):
        load(tmp_path, NET, rates)
