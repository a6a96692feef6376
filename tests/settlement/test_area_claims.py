"""Published claims by area: read strictly, added up, held to bounds and to an earlier version."""

import gzip
import json
import os
from datetime import date
from pathlib import Path

import pytest

from doisoat import cli
from doisoat.engine.tables.findings import RefusedTable
from doisoat.errors import CatalogueError, PeriodError
from doisoat.settlement.area_claims.act import read_area_claims
from doisoat.settlement.area_claims.form import read_form
from doisoat.settlement.area_claims.text import as_text

FORM = read_form("us-acp")
HEADS = "zipcode,state,enrollments,total_support"
BY_MONTH = "zipcode,data_month,state,enrollments,total_support"


def _table(folder: Path, *rows: str, heads: str = HEADS, name: str = "claims.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([heads, *rows]) + "\n")
    return path


def test_rows_are_added_up_by_region_and_held_to_what_households_can_have(tmp_path: Path) -> None:
    path = _table(
        tmp_path,
        "00601,PR,2,1820.00",  # 2 × (27 × 30 + 100)
        "00602,PR,2,1820.01",  # only with 50 in two months
        "73003,OK,1,2125",  # tribal: 27 × 75 + 100
        "73004,OK,1,2125.01",
        "99501,AK,0,60",
        "99502,AK,3,NA",
    )
    claims = read_area_claims(path, FORM, "2024-03")
    verdicts = [(row.claim.area, row.verdict, row.list) for row in claims.rows]
    assert verdicts == [
        ("00601", "within", "acp"),
        ("00602", "of_list", "acp-ebb"),
        ("73003", "of_list", "acp-tribal"),
        ("73004", "above", ""),
        ("99501", "unknown", ""),
        ("99502", "withheld", ""),
    ]
    assert claims.as_object()["bounds"] == {
        "acp": "910.00", "acp-ebb": "950.00", "acp-high-cost": "1180.00", "acp-tribal": "2125.00",
    }  # fmt: skip
    sums = {name: (part.rows, part.claimed) for name, part in claims.by_region.items()}
    assert sums == {"AK": (2, 6000), "OK": (2, 425001), "PR": (2, 364001)}
    assert claims.whole.claimed == sum(claimed for _, claimed in sums.values())
    assert not claims.is_in_order
    assert "73004" in as_text(claims).en


@pytest.mark.parametrize(
    ("month", "most"),
    [("2022-02", "150.00"), ("2022-03", "130.00"), ("2023-09", "130.00"), ("2024-05", "114.00")],
)
def test_months_have_bounds_of_their_own(tmp_path: Path, month: str, most: str) -> None:
    # Of acp-ebb, beside a device: 50 in the first two months, then 30, and 14 in the last.
    path = _table(tmp_path, f"00601,{month},PR,1,{most}", heads=BY_MONTH)
    (row,) = read_area_claims(path, FORM).rows
    assert row.verdict in ("within", "of_list")
    path = _table(tmp_path, f"00601,{month},PR,1,{float(most) + 0.01:.2f}", heads=BY_MONTH)
    (row,) = read_area_claims(path, FORM).rows
    assert row.list != "acp-ebb"


def test_versions_are_reconciled_by_rises_and_falls(tmp_path: Path) -> None:
    before = _table(tmp_path, "00601,PR,2,100", "00602,PR,2,70.50", "00603,PR,1,NA", "00604,PR,1,9",
                    name="before.csv")  # fmt: skip
    now = _table(tmp_path, "00601,PR,2,130.25", "00602,PR,2,70", "00603,PR,1,20", "00605,PR,1,5")
    claims = read_area_claims(now, FORM, before=before)
    versions = claims.versions
    assert versions is not None
    assert (versions.before, versions.now) == (17950, 22525)
    assert sorted(change.amount for change in versions.changes) == [-900, -50, 500, 2000, 3025]
    assert claims.as_object()["before"]["rises"] == {"rows": 3, "amount": "55.25"}
    assert claims.as_object()["before"]["falls"] == {"rows": 2, "amount": "9.50"}
    assert claims.csv("machine").splitlines()[-1].endswith("00604,,PR,1,,,,9.00,-9.00,yes")


@pytest.mark.parametrize(
    ("month", "filed", "amount", "is_allowed"),
    [
        ("2022-06", date(2023, 1, 1), "11", True),  # the sixth month after the snapshot of 1 July
        ("2022-06", date(2023, 1, 2), "11", False),
        ("2022-06", date(2024, 12, 1), "9", True),  # lowered in month 30
        ("2022-01", date(2022, 3, 1), "11", False),  # closed
        ("2022-02", date(2022, 4, 1), "9", False),
        ("2024-05", date(2024, 8, 1), "11", True),  # two months, since 1 February 2024
        ("2024-05", date(2024, 8, 2), "11", False),
        ("2023-11", date(2024, 1, 31), "11", True),
        ("2023-11", date(2024, 2, 2), "11", False),
    ],
)
def test_a_month_rises_in_its_window_alone_and_falls_at_any_time(
    tmp_path: Path, month: str, filed: date, amount: str, is_allowed: bool
) -> None:
    before = _table(tmp_path, f"00601,{month},PR,9,10", heads=BY_MONTH, name="before.csv")
    now = _table(tmp_path, f"00601,{month},PR,9,{amount}", heads=BY_MONTH)
    versions = read_area_claims(now, FORM, before=before, filed=filed).versions
    assert versions is not None
    assert [change.is_allowed for change in versions.changes] == [is_allowed]


@pytest.mark.parametrize(
    ("row", "at", "fault"),
    [
        ("601,PR,2,10", "2:1", "no code of an area"),
        ("00601,PR,2,10\n00601,PR,2,10", "3:1", "comes twice"),
        ("00601,PR,2,-1", "2:4", "below 0"),
        ("00601,PR,2,1.005", "2:4", "decimals"),
        ("00601,PR,2.5,1", "2:3", ""),
        ("00601,,2,1", "2:2", "missing"),
        ("00601,PR,,1", "2:3", "missing"),
        ("00601,PR,2,=1+1", "2:4", "formula"),
    ],
)
def test_what_the_form_does_not_have_is_refused_with_its_place(
    tmp_path: Path, row: str, at: str, fault: str
) -> None:
    with pytest.raises(RefusedTable) as refusal:
        read_area_claims(_table(tmp_path, row), FORM)
    assert f"claims.csv, {at}" in refusal.value.where
    assert fault in str(refusal.value)


def test_a_month_outside_the_programme_is_refused(tmp_path: Path) -> None:
    path = _table(tmp_path, "00601,2021-12,PR,1,1", heads=BY_MONTH)
    with pytest.raises(RefusedTable, match="2022-01"):
        read_area_claims(path, FORM)
    with pytest.raises(PeriodError, match="2022-01"):
        read_area_claims(_table(tmp_path, "00601,PR,1,1"), FORM, "2024-06")


def test_a_packed_table_is_read_and_a_damaged_one_refused(tmp_path: Path) -> None:
    plain = _table(tmp_path, "00601,PR,2,10.50")
    packed = tmp_path / "claims.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_area_claims(packed, FORM).rows == read_area_claims(plain, FORM).rows
    packed.write_bytes(packed.read_bytes()[:-6])
    with pytest.raises(RefusedTable, match="damaged, or cut off"):
        read_area_claims(packed, FORM)


def test_a_form_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(CatalogueError, match="us-acp"):
        read_form("us-ecp")


def test_the_command_says_by_its_status_that_something_is_above(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(_table(tmp_path, "00601,PR,1,10"))
    assert cli.run(["area-claims", path, "--form", "us-acp"]) == 0
    path = str(_table(tmp_path, "00601,PR,1,99999"))
    capsys.readouterr()
    assert cli.run(["area-claims", path, "--form", "us-acp", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["above_bounds"] == [
        {"area": "00601", "month": "", "region": "PR", "households": 1, "claimed": "99999.00"}
    ]
    assert cli.run(["area-claims", path, "--form", "us-acp", "--filed", "2024-01-01"]) == 2


@pytest.mark.skipif(not os.environ.get("DOISOAT_FOREIGN"), reason="needs the published tables")
def test_the_published_claims_of_two_days_are_reconciled() -> None:
    # Totals: as the administrator's figures were compiled on 13 March and 20 May 2024.
    folder = Path(os.environ["DOISOAT_FOREIGN"]) / "inputs/acp"
    march, may = (folder / f"EnrollByZip-2024-{day}.csv.gz" for day in ("03-13", "05-20"))
    claims = read_area_claims(may, FORM, "2024-03", march, date(2024, 5, 20))
    assert (len(claims.rows), claims.whole.withheld) == (41_091, 3_188)
    assert (claims.whole.households, claims.whole.claimed) == (23_197_093, 13_882_769_321_28)
    states = {name: claims.by_region[name].claimed for name in ("CA", "TX", "NY", "FL", "OH")}
    assert states == {
        "CA": 1_667_786_918_96, "TX": 1_025_204_365_95, "NY": 1_004_398_550_65,
        "FL": 996_211_250_71, "OH": 692_459_148_65,
    }  # fmt: skip
    assert claims.versions is not None
    assert claims.versions.before == 12_578_504_338_19
    assert claims.count("above") == 22
