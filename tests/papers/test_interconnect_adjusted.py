"""What papers say of interconnection that adjustments move: by month and counterparty."""

import json

import jsonschema  # type: ignore[import-untyped]
import pytest

from doisoat.currency import number_text
from doisoat.engine.store.home import open_home
from doisoat.settlement.papers import paper_folder as held
from doisoat.settlement.papers.build import papers
from doisoat.settlement.papers.machine_files import SCHEMA
from doisoat.settlement.records.booked_statement import runs_between
from doisoat.settlement.report.interconnect_adjusted import adjusted_of
from tests.papers.conftest import DRAFT, SIGNED, log
from tests.papers.connected import counted, due, told
from tests.papers.test_papers import needs, text_of
from tests.papers.world import PERIOD
from tests.spreadsheet import cells_of

MORE, LESS = 1_234_567, 7_654


@pytest.fixture(scope="module")
def by_run(bookings):
    """Both runs of the first adjustment; of the second the run before alone."""
    first, second = bookings
    calls = counted(3)
    owed = due("vnpt", "viettel", 10_000)
    return {
        first.adjustment.manifest["before"]: told(
            due("viettel", "vnpt", 50_000), owed, viettel=calls, vnpt=calls
        ),
        first.adjustment.manifest["after"]: told(
            due("viettel", "vnpt", 50_000 + MORE),
            due("vnpt", "viettel", 10_000 - LESS),
            viettel=calls,
            vnpt=calls,
        ),
        second.adjustment.manifest["before"]: told(owed, vnpt=counted(3)),
    }


def made(run, issue, bookings, by_run, langs=()):
    (one,) = papers(
        run, issue, carrier="viettel", langs=langs, bookings=bookings, interconnect_by_run=by_run
    )
    return one.files


def test_machines_get_the_difference_and_null_where_a_run_is_not_recorded(run, bookings, by_run):
    files = made(run, DRAFT, bookings, by_run)
    found = json.loads(files[f"doi-soat-{PERIOD}-viettel.json"])
    jsonschema.validate(found, json.loads(SCHEMA.read_text("utf-8")))
    first, second = found["interconnect_adjusted"]
    assert found["interconnect"] is None and first["usage_period"] == "2021-06"
    assert first["differences"] == [
        {"counterparty": "vnpt", "owes": str(MORE), "owed": str(-LESS), "net": str(-LESS - MORE)}
    ]
    assert second["differences"] is None and second["before"]["entry"] == 7
    assert second["after"] == {"run": bookings[1].adjustment.manifest["after"], "entry": None}


def test_of_two_roundings_no_difference_is_known(bookings, by_run):
    """Of the same calls they differ by what they round."""
    before, after = (bookings[0].adjustment.manifest[name] for name in ("before", "after"))
    other = by_run[before]._replace(rounding="per_call")
    (found,) = adjusted_of("viettel", bookings[:1], {before: by_run[before], after: other}, {})
    (told,) = found.lacks(is_draft=True)
    assert not found.is_known and found.differences == ()
    assert f"lần chạy {after[:8]} với cách làm tròn từng cuộc gọi, nửa lên" in told.vi
    assert "so no difference is known" in told.en
    (same,) = adjusted_of("viettel", bookings[:1], {before: other, after: other}, {})
    assert same.is_known and not same.differences and not same.lacks(is_draft=True)
    (lacking,) = adjusted_of("viettel", bookings[:1], {before: other}, {})
    (told,) = lacking.lacks(is_draft=True)
    assert "--record --rounding per_call" in told.vi and "--rounding per_call" in told.en


def test_the_workbook_nets_them_by_formulas(run, bookings, by_run, tmp_path, recalculated):
    path = tmp_path / "viettel.xlsx"
    path.write_bytes(made(run, DRAFT, bookings, by_run)[f"bang-doi-soat-{PERIOD}-viettel.xlsx"])
    own = set(cells_of(path)["Kết nối"].values())
    assert {MORE, -LESS, -LESS - MORE} <= own
    assert any("doisoat interconnect 2021-07 --record" in str(one) for one in own)
    assert recalculated(path) == []


@needs("pdftotext")
def test_the_minutes_say_them_and_what_can_be_mended(run, bookings, by_run, tmp_path):
    for issue, named, absent in (
        (DRAFT, "(doisoat interconnect 2021-07 --record)", "không ghi trước khi ký, nên"),
        (SIGNED, "không ghi trước khi ký, nên", "interconnect 2021-07 --record"),
    ):
        files = made(run, issue, bookings, by_run, langs=["vi"])
        said = text_of(files[f"bien-ban-{PERIOD}-viettel.vi.pdf"], tmp_path)
        assert number_text(MORE) in said and f"−{number_text(LESS + MORE)}" in said
        assert named in said and absent not in said


@needs("pdftotext")
def test_what_cannot_be_mended_has_no_remedy(run, bookings, tmp_path):
    files = made(run, DRAFT, bookings, {}, langs=["vi"])
    said = text_of(files[f"bien-ban-{PERIOD}-viettel.vi.pdf"], tmp_path)
    assert "không được ghi vào nhật ký khi còn hiệu lực" in said
    assert "interconnect 2021-07 --record" not in said


def test_a_draft_stands_under_what_was_recorded_of_the_runs_adjusted(adjusted_home):
    home, _, last, bookings = adjusted_home
    before, after = runs_between(bookings)[-2:]
    opened = open_home(home)
    assert held.issue_of(opened, PERIOD)[1].log_size == last
    log(home, "interconnect", before, logged_at="2021-09-05T01:00:00")
    assert held.issue_of(open_home(home), PERIOD)[1].log_size == last
    log(home, "interconnect", after, logged_at="2021-09-05T02:00:00")
    assert held.issue_of(open_home(home), PERIOD)[1].log_size > last + 1
