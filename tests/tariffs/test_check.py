"""What `catalogue check` finds in a package and in both together; nothing in a clean tariff."""

import re

import pytest

from doisoat.tariffs.check.check import check
from doisoat.tariffs.load.find import catalogue_path
from tests.tariffs.clean import MEASURE, OF_X, PRICES, RELIEF, put, swapped


def told(report):
    return [(f.severity, f.code, f.fault.en) for f in report.findings]


def test_a_clean_tariff_has_no_findings(tmp_path):
    report = put(tmp_path)
    assert told(report) == []
    assert (report.catalogue, report.package, report.errors, report.warnings) == ("c", "r", 0, 0)
    assert report.assumed == ()
    assert report.items["plans"] == 1 and report.items["measures"] == 6


@pytest.mark.parametrize(
    ("old", "new", "severity", "code", "en"),
    [
        pytest.param(
            OF_X + "  - id: B",
            OF_X.replace("[x]", "[]") + "  - id: B",
            "warning",
            "measure-unreachable",
            "measure Z can never apply: it is no carrier's",
            id="of no carrier",
        ),
        pytest.param(
            "payments: [prepaid]",
            "payments: [postpaid]",
            "warning",
            "measure-unreachable",
            "measure F can never apply: no plan of these carriers",
            id="of no plan",
        ),
        pytest.param(
            "payments: [prepaid]",
            "plans: []",
            "warning",
            "measure-unreachable",
            "measure F can never apply: plans is empty",
            id="an empty list of plans",
        ),
        pytest.param(
            "scope: {kinds: [pack]}",
            "scope: {kinds: [pack], packs: []}",
            "warning",
            "measure-unreachable",
            "measure C can never apply: packs is empty",
            id="of no pack",
        ),
        pytest.param(
            "scope: {kinds: [pack]}",
            "scope: {kinds: [pack], segments: []}",
            "warning",
            "measure-unreachable",
            "segments is empty",
            id="of no segment",
        ),
        pytest.param(
            "destinations: [on_net]}\n    where",
            "destinations: [fixed]}\n    where",
            "warning",
            "measure-unreachable",
            "measure G can never apply: no event that has a price",
            id="to a destination without a price",
        ),
        pytest.param(
            "directive: 16",
            "directive: 15",
            "warning",
            "measure-unreachable",
            "no order of Directive 15 over these localities",
            id="under no order",
        ),
        pytest.param(
            'localities: ["01"]',
            'localities: ["02"]',
            "warning",
            "measure-unreachable",
            "no order of Directive 16 over these localities",
            id="in a locality without order",
        ),
        pytest.param(
            'localities: ["01"]',
            'localities: ["01", "02"]',
            "warning",
            "measure-name-idle",
            "measure G: localities 02 can never apply",
            id="one locality without order",
        ),
        pytest.param(
            "    order: 1\n",
            "    order: 1\n    exclusive_group: g\n",
            "error",
            "refused",
            "Z: exclusive_group is for measures on prices",
            id="what the models refuse",
        ),
        pytest.param(
            "    order: 3\n",
            "    order: 3\n    exclusive_group: g\n",
            "warning",
            "group-of-one",
            "measure C is alone in the group g",
            id="a group of one",
        ),
        pytest.param(
            "    order: 2\n",
            "    order: 1\n",
            "error",
            "refused",
            "B and Z have the same order 1",
            id="two measures of one rank",
        ),
        pytest.param(
            'minus: "500"',
            'minus: "0"',
            "warning",
            "measure-gives-nothing",
            "measure F gives 0",
            id="a cut of nothing",
        ),
        pytest.param(
            'share: "50"',
            'share: "0"',
            "warning",
            "measure-gives-nothing",
            "measure B gives 0",
            id="a bonus of nothing",
        ),
        pytest.param(
            "amount: 9 msg",
            "amount: 0 msg",
            "warning",
            "measure-gives-nothing",
            "measure S gives 0",
            id="a grant of nothing",
        ),
        pytest.param(
            "amount: 50 min, lasts: 30 d",
            "amount: 50 min, lasts: 3000 d",
            "warning",
            "allowance-long",
            "G: an allowance of 3000 d",
            id="a grant without end",
        ),
        pytest.param(
            "scope: {kinds: [sms], destinations: [on_net]}",
            "scope: {kinds: [sms], destinations: [on_net, service_999]}",
            "warning",
            "grant-consumes-itself",
            "the SMS to service_999 that asks for it draws",
            id="a grant that pays for its own request",
        ),
        pytest.param(
            "opt_in_destination: service_999",
            "opt_in_destination: service_998",
            "warning",
            "request-unpriced",
            "an SMS to service_998 has no price",
            id="a request that cannot be sent",
        ),
        pytest.param(
            "measures: [Z, B, C, G, S, F]",
            "measures: [Z, M9]",
            "error",
            "envelope-unknown",
            "there are no measures M9",
            id="a measure that the envelope invents",
        ),
        pytest.param(
            "natures: [discount]\n  carriers: [x]",
            "natures: [discount]\n  carriers: [x, y]",
            "error",
            "envelope-unknown",
            "there are no carriers y",
            id="a carrier it invents",
        ),
        pytest.param(
            "new_price: {k:",
            "new_price: {kk:",
            "error",
            "refused-together",
            "C names the pack 'kk', which c does not have",
            id="a name that the catalogue lacks",
        ),
        pytest.param(
            "value: 7,",
            "value: 5,",
            "error",
            "reading-refused",
            "with f.order=seventh: F and S have the same order 5",
            id="an alternative that is refused",
        ),
        pytest.param(
            "  - id: C\n",
            "  - id: B2\n    order: 9\n    scope: {kinds: [data], packs: [k]}\n"
            '    effect: {type: bonus_volume, share: "10", kinds: [data], pack_in_use: full,'
            " in_kind_value: zero}\n    " + MEASURE.replace(", ", "\n    ") + "\n  - id: C\n",
            "warning",
            "bonus-twice",
            "B and B2 both extend k",
            id="two bonuses on one pack",
        ),
    ],
)
def test_a_fault_of_a_package_is_found(tmp_path, old, new, severity, code, en):
    report = put(tmp_path, relief=swapped(RELIEF, old, new))
    assert [(f.severity, f.code) for f in report.findings] == [(severity, code)], told(report)
    finding = report.findings[0]
    assert en in finding.fault.en
    assert finding.fault.vi != finding.fault.en
    if code != "refused-together":
        assert re.fullmatch(rf"{re.escape(str(tmp_path))}/r\.yaml:\d+:\d+", finding.where)


def test_all_complaints_of_the_loader_are_told_at_once(tmp_path):
    text = swapped(PRICES, 'price: "290"', 'price: "29O"').replace(
        "validity: {days: 3}", "validity: {}"
    )
    found = put(tmp_path, text).findings
    assert [f.code for f in found] == ["refused", "refused"]
    assert "'29O' is not a price" in found[0].fault.en and "give exactly one of" in found[1].mend.en


def test_a_package_is_judged_alone_where_its_catalogue_cannot_be_read(tmp_path):
    report = put(tmp_path, "id: [", RELIEF.replace("minus", "minis"))
    assert [f.where.rpartition("/")[2].partition(":")[0] for f in report.findings] == [
        "c.yaml", "r.yaml",
    ]  # fmt: skip
    assert (report.catalogue, report.package, report.items) == ("", "", {})


def test_what_a_settlement_does_not_read_yet_is_said_where_it_is_written(tmp_path):
    charged = PRICES.replace(
        "packs:\n",
        "    charges:\n      - {id: c, kind: sms, every: 1 month, begins: 2021-01-01,"
        ' model: package, price: "500", per: 10 msg}\npacks:\n',
        1,
    )
    relieved = RELIEF + (
        'period_reliefs:\n  - {id: half, percent: "50", valid_from: 2021-08-01, source: page 1,'
        " mark: stated}\n"
    )
    report = put(tmp_path, charged, relieved)
    assert [(f.severity, f.code, f.fault.en.partition(":")[0]) for f in report.findings] == [
        ("warning", "charge-unsettled", "p, c"), ("warning", "charge-unsettled", "half"),
    ]  # fmt: skip
    first, second = (f.where.rpartition("/")[2] for f in report.findings)
    lines = (charged.splitlines(), relieved.splitlines())
    for where, text, word in zip((first, second), lines, ("kind: sms", "half"), strict=True):
        assert word in text[int(where.split(":")[1]) - 1]


def test_a_package_in_place_of_a_catalogue_is_told_as_such(tmp_path):
    (finding,) = put(tmp_path, RELIEF, RELIEF).findings
    assert (finding.code, finding.fault.en) == ("refused", "this is a package, no catalogue")
    assert finding.where == f"{tmp_path}/c.yaml:1:1" and finding.mend.en == "give it by --package"


def test_a_file_that_is_missing_is_a_finding(tmp_path):
    report = check(tmp_path / "no.yaml", tmp_path / "none.yaml")
    assert [(f.code, f.where) for f in report.findings] == [
        ("refused", str(tmp_path / "no.yaml")), ("refused", str(tmp_path / "none.yaml")),
    ]  # fmt: skip


def test_what_the_bundled_catalogue_and_package_leave_open():
    """Each is known: a change here changes what usage is suspended, or what nobody gets."""
    report = check(catalogue_path("vn-2021"), "vn-2021-08")
    assert report.errors == 0
    codes = [f.code for f in report.findings]
    assert {code: codes.count(code) for code in codes} == {
        "interconnect-missing": 1,  # fixed to fixed: no circular names a price
        "class-unpriced": 2,  # 1900 numbers, and SMS to fixed lines and services
        "class-missing": 8,  # SMS to 999: MobiFone's plans only, which give the minutes by it
        # BLUEZONE, unless m3.bluezone = does_not; VACCINE, while m5.continuation = new
        "measure-unreachable": 2,
        "measure-name-idle": 1,  # M2 postpaid of Vietnamobile, which has no postpaid plan here
    }
    assert len(report.assumed) == 427  # the state of VN among them
