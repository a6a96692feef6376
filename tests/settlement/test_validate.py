"""Programmes held to published totals: what a table says, what is settled and flagged of it."""

import contextlib
import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

import doisoat
from doisoat import cli
from doisoat.errors import EXIT_DISAGREEMENTS, CatalogueError, StoreError
from doisoat.settlement.validation.made_events import write_events
from doisoat.settlement.validation.published_totals import BUNDLED_TABLE, read_table
from doisoat.settlement.validation.validate import homes_of, validate

BUNDLED = read_table(BUNDLED_TABLE)
PAGE = Path(doisoat.__file__).parent / "docs" / "validated.md"
FUND = "vn-2021/overlays/fund-messages.yaml"


def message_row(**changes):
    """Three messages of 2014 to 1409: 54,000 đ."""
    row: dict[str, Any] = {
        "id": "bd", "country": "VN", "rule": "3 × 18,000", "catalogue": "vn-2021",
        "overlays": [str(BUNDLED_TABLE.parent / FUND)], "package": "vn-2014-1409",
        "events": {
            "kind": "sms", "carrier": "viettel", "plan": "viettel.Fund", "day": "2014-06-10",
            "first_number": "0980000000", "to": "1409",
        },
        "count": "3", "figure": "contribution", "published": "54000", "source": "a page",
        "mark": "derived",
    }  # fmt: skip
    events = {**row["events"], **changes.pop("events", {})}
    return {**row, **changes, "events": events}


def pack_row():
    """Seven purchases of a VX3 in August 2021, cut to 10,000 đ."""
    events = {
        "kind": "pack", "plan": "vnpt.VinaCard", "carrier": "vnpt", "day": "2021-08-10",
        "first_number": "0910000000", "pack": "vnpt.VX3", "action": "registration", "to": "",
    }  # fmt: skip
    row = message_row(events=events, overlays=[], package="vn-2021-08", count="7")
    return {**row, "id": "vx3", "figure": "payable", "published": "70000"}


def table(tmp_path, *rows):
    path = tmp_path / "table.yaml"
    path.write_text(json.dumps({"rows": rows}, ensure_ascii=False), "utf-8")  # YAML, too
    return path


def command(*args):
    """Exit status, the object on stdout, and what was said on stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.run(["validate", *map(str, args), "--json"])
    return status, json.loads(out.getvalue()), err.getvalue()


# --- what a table says ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param({"source": None}, "the key 'source' is missing", id="no source"),
        pytest.param({"mark": None}, "the key 'mark' is missing", id="no mark"),
        pytest.param({"source": ""}, "rows.bd.source", id="a source that says nothing"),
        pytest.param({"figure": "profit"}, "'profit' is not known", id="no figure of a statement"),
        pytest.param({"tolerance": "-1"}, "'-1' is not a price", id="a rounding below 0"),
        pytest.param({"count": "0"}, "rows.bd.count", id="of no event"),
        pytest.param({"must": "be_flagged"}, "give it there", id="wrong, and nobody says why"),
        pytest.param({"why": "so"}, "give it there", id="right, with a reason to be wrong"),
        pytest.param({"figure": "units"}, "is counted in", id="units of no unit"),
        pytest.param({"unit": "1 GB"}, "is counted in", id="a unit of money"),
        pytest.param({"country": "Vietnam"}, "not of the right form", id="no code of a country"),
    ],
)
def test_a_row_that_says_too_little_is_refused_with_its_place(tmp_path, change, what):
    row = {key: value for key, value in message_row(**change).items() if value is not None}
    with pytest.raises(CatalogueError) as refusal:
        read_table(table(tmp_path, row))
    assert what in str(refusal.value) and "table.yaml:" in refusal.value.where
    assert refusal.value.mend


def test_two_rows_of_one_id_and_a_table_of_none_are_refused(tmp_path):
    twice = [message_row(), message_row()]
    for rows, what in ((twice, "two rows have this id"), ([], "the table has no row")):
        with pytest.raises(CatalogueError, match=what):
            read_table(table(tmp_path, *rows))


@pytest.mark.parametrize(
    ("side", "holds"),
    [
        # of 89, 90, 100, 110, 111 where 100 was published, with a rounding of 10
        ("both", (False, True, True, True, False)),
        ("above", (False, False, True, True, False)),
        ("below", (False, True, True, False, False)),
        ("at_most", (True, True, True, False, False)),
        ("at_least", (False, False, True, True, True)),
    ],
)
def test_what_holds_is_what_the_publisher_s_words_allow(tmp_path, side, holds):
    row = message_row(published="100", tolerance="10", side=side)
    (row,) = read_table(table(tmp_path, row))
    assert tuple(map(row.holds, map(Fraction, (89, 90, 100, 110, 111)))) == holds


def test_the_bundled_rows_have_sources_and_what_is_wrong_says_why():
    wrong = [row for row in BUNDLED if row.must == "be_flagged"]
    assert len(wrong) >= 4 and len(BUNDLED) - len(wrong) >= 90
    assert all(row.source and row.mark in ("stated", "derived") for row in BUNDLED)
    assert {row.country for row in BUNDLED} == {"VN", "US", "DE", "IT", "AT", "ES", "IE", "NG"}


def test_rows_share_a_home_where_no_carrier_has_two():
    homes = homes_of(BUNDLED)
    assert sorted(row.id for home in homes for row in home) == sorted(row.id for row in BUNDLED)
    assert 1 < len(homes) < len(BUNDLED)  # fewer settles than rows
    for home in homes:
        assert len({row.events.carrier for row in home}) == len(home)
        assert len({(row.package, row.events.month, *row.readings.items()) for row in home}) == 1


# --- what is settled -----------------------------------------------------------------------------


def test_events_of_a_row_are_as_many_as_it_counts_on_its_day(tmp_path):
    import polars as pl

    (row,) = read_table(table(tmp_path, message_row(count="2500")))
    people, usage = write_events(row, tmp_path)
    events = pl.read_parquet(usage.path)
    assert events.height == events["key"].n_unique() == 2_500
    assert set(events["started"].str.head(10)) == {"2014-06-10"}
    assert set(events["number"]) == set(pl.read_parquet(people.path)["number"])
    assert events["number"].n_unique() == 1_000 and events["number"][1] == "0980000001"


def test_a_table_of_ones_own_is_settled_and_each_row_judged(tmp_path):
    rows = [
        message_row(),
        message_row(id="off", published="54001"),
        pack_row(),
        message_row(id="wrong", package="vn-2014-1409", readings={"bd.amount": "d20000"},
                    must="be_flagged", why="20,000 is of 2020"),
        message_row(id="not-so-wrong", must="be_flagged", why="it is right"),
        message_row(id="refused", events={"plan": "viettel.NoSuchPlan"}),
        message_row(id="no-package", package="vn-1999"),
    ]  # fmt: skip
    status, told, _ = command(table(tmp_path, *rows), "--home", tmp_path / "homes")
    assert status == EXIT_DISAGREEMENTS
    of = {row["id"]: row for row in told["of"]}
    assert {name: (row["computed"], row["verdict"]) for name, row in of.items()} == {
        "bd": ("54000", "within"), "off": ("54000", "outside"), "vx3": ("70000", "within"),
        "wrong": ("60000", "flagged"), "not-so-wrong": ("54000", "outside"),
        "refused": (None, "outside"), "no-package": (None, "outside"),
    }  # fmt: skip
    assert [told[name] for name in ("rows", "within", "outside", "flagged", "countries")] == [
        7, 2, 4, 1, 1,
    ]  # fmt: skip
    first = of["bd"]
    assert (first["count"], first["published"], first["tolerance"]) == (3, "54000", "0")
    assert first["rule"] == "3 × 18,000" and first["source"] == "a page"

    homes = [doisoat.Home.open(path) for path in sorted((tmp_path / "homes").glob("*/home"))]
    given = [home.statement()["contribution"].sum() for home in homes if home.periods()]
    assert 54_000 in given  # the homes stay, and say the same
    assert all(home.verify().ok for home in homes)
    (event, *_), home = homes[0].lines()["event_id"], homes[0].path
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        assert cli.run(["explain", event, "--letter", "--home", str(home)]) == 0
    assert "18.000 đ được chuyển cho BD, 1409" in out.getvalue()  # of what the sender pays


def test_a_row_that_the_engine_refuses_is_flagged_where_it_must_be(tmp_path):
    catalogue = yaml.safe_load((BUNDLED_TABLE.parent / "vn-2021/carriers.yaml").read_text("utf-8"))
    catalogue["currency"] = {"code": "USD", "decimals": 2}
    (tmp_path / "us.yaml").write_text(yaml.safe_dump(catalogue, allow_unicode=True), "utf-8")
    wrong = {"must": "be_flagged", "why": "-", "overlays": []}
    rows = read_table(table(
        tmp_path,
        message_row(**wrong),  # no plan prices such messages: they are suspended
        message_row(id="usd", country="US", catalogue="us.yaml", published="9.25", **wrong),
    ))  # fmt: skip
    found = validate(rows, tmp_path, tmp_path / "homes")
    assert [one.verdict for one in found.totals] == ["flagged", "flagged"]
    assert all(one.refusal and one.computed is None for one in found.totals)
    assert found.countries == 2


def test_a_folder_that_holds_something_is_not_settled_into(tmp_path):
    path = table(tmp_path, message_row())
    with pytest.raises(StoreError, match="not empty"):
        validate(read_table(path), tmp_path, tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["table.yaml"]


# --- the bundled table, and its page -------------------------------------------------------------


def test_the_page_shows_each_row_of_the_table():
    page = PAGE.read_text("utf-8")
    for row in BUNDLED:
        verdict = "within" if row.must == "hold" else "flagged"
        (line,) = (line for line in page.splitlines() if line.startswith(f"| {row.rule} |"))
        assert f"| {row.count:,} |" in line and f"| {row.source} |" in line
        whole, point, decimals = row.published.partition(".")
        assert f"| {int(whole):,}{point}{decimals} |" in line and f"| {verdict} |" in line


def test_the_page_is_what_the_command_writes(tmp_path):
    status, told, _ = command("--page", tmp_path / "page.md")
    assert (status, told["outside"]) == (0, 0)
    assert told["within"] + told["flagged"] == told["rows"] == len(BUNDLED)
    assert (tmp_path / "page.md").read_text("utf-8") == PAGE.read_text("utf-8")
