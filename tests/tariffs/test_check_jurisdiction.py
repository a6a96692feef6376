"""What a check says of a currency, a rate of tax and what of a state is assumed."""

import pytest

from doisoat.tariffs.change.skeleton import write_skeleton
from doisoat.tariffs.check.check import check


@pytest.fixture
def changed(tmp_path):
    """The findings of a drafted catalogue of Nigeria with a text of it changed."""

    def of(file, before, after):
        made = write_skeleton("NG", tmp_path / "new")
        path = made.catalogue / file
        text = path.read_text("utf-8")
        assert text.count(before) == 1
        path.write_text(text.replace(before, after), "utf-8")
        return check(made.catalogue, made.package)

    return of


@pytest.mark.parametrize(
    ("code", "fault"),
    [("USD", "USD is not what is paid with in NG: NGN"), ("NGR", "NGR is no currency of ISO 4217")],
)
def test_a_currency_that_nobody_pays_with_there_is_a_warning(changed, code, fault):
    report = changed("carriers.yaml", "code: NGN", f"code: {code}")
    (finding,) = report.findings
    assert (finding.code, finding.fault.en) == ("currency-strange", fault)
    assert "carriers.yaml:" in finding.where


@pytest.mark.parametrize(("percent", "is_strange"), [("0.075", True), ("1", False), ("0", False)])
def test_a_rate_below_one_per_cent_is_a_warning(changed, percent, is_strange):
    report = changed("jurisdiction.yaml", 'percent: "0"', f'percent: "{percent}"')
    assert [finding.code for finding in report.findings] == ["tax-share"] * is_strange


def test_what_is_made_up_of_a_state_is_counted_as_assumed(changed):
    report = changed("jurisdiction.yaml", 'percent: "0"', 'percent: "7.5"')
    assert {"state NG", "tax since 2000-01"} <= {value.item for value in report.assumed}
