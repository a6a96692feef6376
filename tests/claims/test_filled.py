"""The form filled from the run: as it stands it differs in nothing; an edit of half is told."""

import csv
import io
import json
import shutil
import subprocess
from decimal import Decimal

import pytest

from doisoat.engine.tables.cells import Cell
from doisoat.engine.tables.findings import Findings
from doisoat.settlement.claims.shown_units import check_shown, shown_of
from doisoat.settlement.records.claim_model import GRAINS
from tests import spreadsheet
from tests.integration.conftest import done, refused, rows, run

CARRIER, PERIOD = "vnpt", "2021-08"
STYLES = (("csv", "machine"), ("csv", "excel"), ("xlsx", "machine"), ("json", "machine"))
FIGURES = """
    SELECT sum(events), sum(units), sum(amount) FROM rated.relief_total WHERE carrier = 'vnpt'
"""


@pytest.fixture
def home(settled, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(settled[0], copy, ignore=shutil.ignore_patterns("world"))
    return copy


def form_of(home, path, grain, style="machine", carrier=CARRIER):
    return done("claim", "template", PERIOD, "--carrier", carrier, "--grain", grain, "--filled",
                "--csv-style", style, "--out", path, "--home", home)  # fmt: skip


@pytest.mark.parametrize(("kind", "style"), STYLES)
def test_filed_as_it_stands_it_differs_in_nothing(home, tmp_path, kind, style):
    paths = []
    for grain in GRAINS:
        path = tmp_path / f"{grain}.{kind}"
        told = form_of(home, path, grain, style)
        checked = done("claim", "check", path, "--carrier", CARRIER, "--home", home)
        assert checked["ok"] and checked["rows"] == told["rows"] > 0
        paths.append(path)
    done("claim", "file", *paths, "--home", home)
    found = done("reconcile", "--period", PERIOD, "--home", home)
    assert found["variances"] == [] and found["total_difference"] == "0"
    assert {claim["grain"]: claim["differing"] for claim in found["claims"]} == dict.fromkeys(
        GRAINS, 0
    )


def test_what_a_spreadsheet_saves_of_it_is_the_claim(home, tmp_path):
    """LibreOffice in Vietnamese reads the CSV for Excel, and saves what it shows."""
    if not spreadsheet.is_here():
        pytest.skip("soffice is not installed (libreoffice-calc-nogui)")
    path = tmp_path / "day.csv"
    form_of(home, path, "day", "excel")
    reads = "CSV:59,34,76,1,,1066"  # parted by ;, UTF-8, Vietnamese
    saves = "csv:Text - txt - csv (StarCalc):59,34,76,1,,1066,false,true"
    subprocess.run(
        [str(shutil.which(spreadsheet.PROGRAM)), "--headless", f"--infilter={reads}",
         "--convert-to", saves, f"-env:UserInstallation=file://{tmp_path}/profile", "--outdir",
         tmp_path / "saved", path],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    saved = tmp_path / "saved" / "day.csv"
    assert saved.read_bytes() != path.read_bytes()
    first, again = (
        done("claim", "check", file, "--carrier", CARRIER, "--home", home) for file in (path, saved)
    )
    same = ("rows", "amount", "sums", "totals", "findings", "period", "grain")
    assert {name: again[name] for name in same} == {name: first[name] for name in same}


def test_the_form_has_all_of_the_run(home, tmp_path):
    path = tmp_path / "day.csv"
    told = form_of(home, path, "day")
    assert json.loads((home / "current.json").read_text())[PERIOD] == told["filled_from"]
    found = [row for row in _table(path) if not row["measure"].startswith("Cộng")]
    sums = tuple(sum(int(row[name]) for row in found) for name in ("events", "units", "amount"))
    assert [sums] == rows(home, FIGURES)
    written = [row for row in _table(path) if row["measure"].startswith("Cộng")]
    assert sum(int(row["amount"]) for row in written) == sums[2]


def _table(path):
    lines = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    names = ["measure", "title", "nature", "day", "unit", "events", "units", "shown", "shown_unit",
             "amount"]  # fmt: skip
    return [dict(zip(names, line, strict=True)) for line in lines[6:]]


def _edited(path, column, change):
    """The filled form with a cell of its first shown quantity changed, and its address."""
    lines = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    place = {"units": 5, "shown": 6, "shown_unit": 7}[column]
    number = next(n for n, line in enumerate(lines) if n > 5 and line[6] not in ("", "0"))
    lines[number][place] = change(lines[number][place])
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(lines)
    path.write_text("\ufeff" + out.getvalue(), "utf-8")
    return f"{number + 1}:{place + 1}"


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("units", lambda text: str(int(text) * 2)),
        ("shown", lambda text: str(Decimal(text) * 2)),
        ("shown", lambda text: "nhiều"),
        ("shown_unit", lambda text: "tháng"),
    ],
)
def test_who_edits_one_quantity_and_not_the_other_is_told(home, tmp_path, column, change):
    path = tmp_path / "measure.csv"
    form_of(home, path, "measure")
    at = _edited(path, column, change)
    status, told, _ = run("claim", "check", path, "--home", home)
    [finding] = told["error"]["findings"] if "findings" in told["error"] else told["findings"]
    assert status == 5 and finding["kind"] == "shown" and finding["refuses"]
    assert finding["at"] in (at, at.replace(":6", ":7"))
    assert finding["mend_vi"] and finding["mend_en"]


def test_a_quantity_for_reading_may_be_emptied(home, tmp_path):
    path = tmp_path / "measure.csv"
    form_of(home, path, "measure")
    _edited(path, "shown", lambda text: "")
    _edited(path, "units", lambda text: str(int(text) + 1))
    assert done("claim", "check", path, "--home", home)["findings"] == []


def test_a_month_without_a_run_has_nothing_to_fill_in(home, tmp_path):
    error = refused(
        7, "claim", "template", "2021-10", "--carrier", CARRIER, "--grain", "day", "--filled",
        "--out", tmp_path / "f.xlsx", "--home", home,
    )  # fmt: skip
    assert "--filled" in error["mend"] and not (tmp_path / "f.xlsx").exists()


@pytest.mark.parametrize(
    ("unit", "units", "number", "name"),
    [
        ("ms", 0, "0", "minutes"), ("ms", 59_999, "60.0", "seconds"),
        ("ms", 60_000, "1.0", "minutes"),
        ("ms", 217_317_000, "3622.0", "minutes"), ("ms", 12, "0.012", "seconds"),
        ("byte", 1023, "1023", "bytes"), ("byte", 5_046_732_800, "4.7", "GB"),
        ("byte", 1 << 20, "1.0", "MB"), ("message", 7, "7", "messages"),
    ],
)  # fmt: skip
def test_quantities_are_shown_as_the_workbook_shows_them(unit, units, number, name):
    quantity = shown_of(unit, units)
    assert quantity is not None
    assert (str(quantity.number), quantity.unit.en) == (number, name)
    findings = Findings()
    for text in (number, number.replace(".", ",")):
        check_shown(Cell(text, "1:7"), Cell(quantity.unit.vi, "1:8"), Cell(str(units), "1:6"),
                    units, unit, findings)  # fmt: skip
    assert not findings.refusing


@pytest.mark.parametrize("unit", ["event", "mixed"])
def test_what_has_no_other_unit_is_not_shown(unit):
    assert shown_of(unit, 5) is None
    findings = Findings()
    check_shown(Cell("5", "1:7"), Cell("", "1:8"), Cell("5", "1:6"), 5, unit, findings)
    assert findings.refusing == 1


def test_a_workbooks_number_is_read_without_what_its_double_adds():
    findings = Findings()
    cells = Cell("12345.700000000001", "A1", is_number=True), Cell("phút", "B1"), Cell("x", "C1")
    check_shown(*cells, 740_742_000, "ms", findings)
    assert not findings.refusing
