"""Money grants: what is refused at load, and the synthetic month of vn-2024-yagi in one place."""

import pytest

from doisoat.tariffs.load.tariffs import load_package
from doisoat.tariffs.models.package_model import MoneyGrant, Package


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({}, "money has one expiry"),
        ({"lasts": "7 d", "expires": "2024-10-01"}, "money has one expiry"),
        ({"lasts": "0 d"}, "at least 1 ms"),
        ({"expires": "2024-10-01", "repeats": "each_term"}, "give `lasts`"),
        ({"lasts": "7 d", "amount": "-1"}, "amount"),
    ],
)
def test_money_without_an_end_or_below_zero_is_refused(given, what):
    with pytest.raises(ValueError, match=what):
        MoneyGrant.model_validate({"type": "money_grant", "amount": "20000", **given})


def test_money_that_ends_before_the_last_is_given_is_refused():
    tree = load_package("vn-2024-yagi").model_dump(mode="json")
    effect = tree["measures"][0]["effect"]
    effect["lasts"], effect["expires"] = None, "2024-09-13"
    with pytest.raises(ValueError, match="expires before"):
        Package.model_validate(tree)
