"""Charges over a billing period as changes: in a comparison, and under an overlay."""

import pytest

from doisoat.engine.tables.overlay_files import open_catalogue
from doisoat.errors import CatalogueError
from doisoat.tariffs.change.diff import differences
from doisoat.tariffs.change.diff_text import sentences
from doisoat.tariffs.load.tariffs import load_catalogue
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.period_charge import PeriodRelief
from tests.tariffs.test_overlay import change, written

CHARGE = {
    "id": "texts", "kind": "sms", "every": "1 month", "begins": "2021-01-15",
    "steps": [{"start": "0 msg", "price": "300", "per": "1 msg"}], "minimum_charge": "2000",
}  # fmt: skip
WEEKLY = {
    "id": "weekly", "kind": "voice", "every": "1 week", "begins": "2021-01-04",
    "model": "package", "price": "500", "per": "60 min",
}  # fmt: skip
PRICES = """\
currency: {code: VND, decimals: 0}
plans:
  - id: p
    valid_from: 2020-01-01
    source: page 1
    mark: stated
    rates: []
    charges:
      - id: texts
        kind: sms
        every: 1 month
        begins: 2021-01-15
        steps: [{start: 0 msg, price: "300", per: 1 msg}]
        minimum_charge: "2000"
"""


def catalogue(*charges):
    plan = {"id": "p", "valid_from": "2020-01-01", "source": "page 1", "mark": "stated",
            "rates": [], "charges": charges}  # fmt: skip
    return Catalogue.model_validate({"currency": {"code": "VND", "decimals": 0}, "plans": [plan]})


def told(before, after):
    return [sentence.en for found in differences(before, after) for sentence in sentences(found)]


def test_a_charge_added_taken_out_and_changed_is_told_by_its_id():
    one, two = catalogue(CHARGE), catalogue(CHARGE, WEEKLY)
    (added,) = told(one, two)
    assert "charges over a billing period / weekly added: kind voice" in added
    (removed,) = told(two, one)
    assert "charges over a billing period / weekly removed (was kind voice" in removed
    assert told(one, catalogue(CHARGE | {"minimum_charge": "3000"})) == [
        "plan p 2020-01-01: charges over a billing period / texts / minimum charge changed from"
        " 2000 to 3000"
    ]
    assert told(two, catalogue(WEEKLY, CHARGE)) == []  # their order means nothing


def test_an_overlay_gives_a_figure_of_a_charge_with_its_source(tmp_path):
    prices = tmp_path / "c.yaml"
    prices.write_text(PRICES, "utf-8")
    key = 'plans."p".charges.texts'
    own = written(tmp_path, change(f"{key}.minimum_charge", '"4000"'), more="")
    (charge,) = open_catalogue(str(prices), [own]).plans[0].charges
    (before,) = load_catalogue(prices).plans[0].charges
    assert (charge.minimum_charge, charge.source, charge.mark) == ("4000", "QĐ 12", "stated")
    assert before.minimum_charge == "2000" and charge.steps == before.steps
    with pytest.raises(CatalogueError, match="other"):
        open_catalogue(str(prices), [written(tmp_path, change(
            'plans."p".charges.other.minimum_charge', '"4000"'), more="")])  # fmt: skip


def test_a_relief_is_in_force_on_a_half_open_interval():
    relief = PeriodRelief.model_validate(
        {"id": "half", "percent": "50", "source": "page 1", "mark": "stated",
         "valid_from": "2021-08-01", "valid_until": "2021-09-01"}
    )  # fmt: skip
    first, last = relief.valid_from, relief.valid_until
    assert last is not None and relief.holds_at(first) and not relief.holds_at(last)
