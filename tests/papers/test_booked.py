"""What was booked into a month, on every paper of it: own usage, adjustments, and the whole."""

import io
import json
import re

import jsonschema  # type: ignore[import-untyped]
import polars as pl
import pytest

from doisoat.currency import number_text
from doisoat.engine.store.home import open_home
from doisoat.errors import ConservationError, StoreError
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.papers.build import papers
from doisoat.settlement.papers.machine_files import SCHEMA
from doisoat.settlement.papers.run_reader import sources
from doisoat.settlement.records.booked_statement import booked_into, booked_parts
from doisoat.settlement.runs.adjustment_causes import CAUSES
from doisoat.settlement.runs.adjustment_records import OF_STATEMENT
from doisoat.words import amount_in_words
from tests.papers.adjusted import write_adjustments
from tests.papers.conftest import SIGNED
from tests.papers.test_papers import needs, pages_of, text_of
from tests.papers.world import PERIOD

TABLES = {"parts", "causes", "lines", "line_causes"}


def table(files, carrier, name):
    content = files[f"doi-soat-{PERIOD}-{carrier}.booked_{name}.parquet"]
    return pl.read_parquet(io.BytesIO(content))


def test_the_whole_is_own_usage_and_each_adjustment(run, adjusted, bookings):
    (source,) = sources(run, "viettel", bookings)
    booked, own = source.booked, source.content.totals
    assert len(booked.bookings) == 2 and booked.own_usage == {
        name: own[name] for name in OF_STATEMENT
    }
    told = [one.adjustment.read("statement") for one in bookings]
    for name in OF_STATEMENT:
        moved = sum(frame.filter(pl.col("carrier") == "viettel")[name].sum() for frame in told)
        assert booked.whole[name] == own[name] + moved
    assert booked.moved["payable"] not in (0, booked.whole["payable"])
    # Of a carrier that one of them does not touch there is one.
    (other,) = sources(run, "vnpt", bookings)
    assert len(other.booked.bookings) == 1 and other.booked.parts.height == 2


@pytest.mark.parametrize("carrier", ["viettel", "vnpt"])
def test_machines_get_it_by_the_schema_and_as_tables(adjusted, carrier):
    told = json.loads(adjusted[f"doi-soat-{PERIOD}-{carrier}.json"])
    jsonschema.validate(told, json.loads(SCHEMA.read_text("utf-8")))
    booked = told["booked"]
    assert set(booked) == {"whole", *TABLES}
    for name in OF_STATEMENT:
        assert int(booked["whole"][name]) == sum(int(row[name]) for row in booked["parts"])
    for name in TABLES:
        frame = table(adjusted, carrier, name)
        assert [
            {key: None if value is None else str(value) for key, value in row.items()}
            for row in frame.iter_rows(named=True)
        ] == booked[name]
    for name in ("list_value", "discount", "payable", "refund"):
        by_cause = sum(int(row[name]) for row in booked["causes"])
        assert by_cause == sum(int(row[name]) for row in booked["parts"][1:])
    assert {row["cause"] for row in booked["causes"]} == set(CAUSES)
    lines = table(adjusted, carrier, "lines")
    sums = table(adjusted, carrier, "line_causes").group_by("adjustment", "measure").agg(
        pl.col("amount").sum()
    )  # fmt: skip
    assert sums.sort("adjustment", "measure").equals(
        lines.select("adjustment", "measure", "amount").sort("adjustment", "measure")
    )
    # Only prices have VAT.
    assert set(lines.filter(pl.col("vat").is_not_null())["nature"]) == {"discount"}


def test_the_schema_refuses_a_booked_month_that_is_none(adjusted):
    whole = json.loads(SCHEMA.read_text("utf-8"))
    for change in (
        lambda told: told.pop("booked"),
        lambda told: told["booked"]["parts"].clear(),
        lambda told: told["booked"]["whole"].update(payable=-1),
        lambda told: told["booked"]["causes"][0].update(cause="whim"),
        lambda told: told["booked"]["lines"][0].pop("vat"),
    ):
        told = json.loads(adjusted[f"doi-soat-{PERIOD}-viettel.json"])
        change(told)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(told, whole)


@needs("pdftotext")
def test_the_minutes_show_each_cause_and_line_and_say_the_whole_in_words(
    run, adjusted, bookings, tmp_path
):
    (source,) = sources(run, "viettel", bookings)
    said = text_of(adjusted[f"bien-ban-{PERIOD}-viettel.vi.pdf"], tmp_path)
    whole = source.booked.whole
    told = {
        "Ghi sổ trong kỳ", "Điều chỉnh kỳ sử dụng 06/2021", "Điều chỉnh kỳ sử dụng 07/2021",
        *(one.adjustment.id for one in bookings), "do sự kiện trước đó", "sửa dữ liệu",
        *(number_text(whole[name]) for name in ("list_value", "discount", "payable", "refund")),
        *(number_text(n, minus="−") for n in source.booked.causes["payable"]),
        *(number_text(n, minus="−") for n in source.booked.lines["amount"]),
        *(number_text(n, minus="−") for n in source.booked.lines["vat"] if n is not None),
    }  # fmt: skip
    assert not [one for one in told if one not in said]
    assert whole["payable"] != source.content.totals["payable"]
    words = said[said.index("XIII. Bằng chữ") :]
    assert all(word in words for word in amount_in_words(whole["payable"]).split())
    english = text_of(adjusted[f"bien-ban-{PERIOD}-viettel.en.pdf"], tmp_path)
    assert "Adjustment of usage period 06/2021" in english and "As booked" in english


@needs("pdftotext")
def test_the_summary_says_the_whole_and_stays_one_page(run, adjusted, bookings, tmp_path):
    (source,) = sources(run, "viettel", bookings)
    for lang, minus in (("vi", "."), ("en", ",")):
        content = adjusted[f"tom-tat-{PERIOD}-viettel.{lang}.pdf"]
        said = text_of(content, tmp_path)
        assert number_text(source.booked.whole["payable"]).replace(".", minus) in said
        assert pages_of(content, tmp_path) == 1


@needs("pdftotext")
def test_a_month_into_which_nothing_was_booked_says_so(signed, tmp_path):
    said = text_of(signed[f"bien-ban-{PERIOD}-vnpt.vi.pdf"], tmp_path)
    assert "Không có điều chỉnh nào của các kỳ trước" in said
    told = json.loads(signed[f"doi-soat-{PERIOD}-vnpt.json"])["booked"]
    assert [row["part"] for row in told["parts"]] == ["own"] and told["lines"] == []
    assert told["whole"]["payable"] == told["parts"][0]["payable"]


def test_they_are_the_same_bytes_from_another_folder(run, adjusted, bookings, tmp_path):
    again = tuple(write_adjustments(tmp_path, scale=50_000_000_003))
    assert [one.adjustment.manifest for one in again] == [
        one.adjustment.manifest for one in bookings
    ]
    (one,) = papers(run, SIGNED, carrier="vnpt", langs=["vi"], bookings=again)
    assert all(adjusted[name] == content for name, content in one.files.items())


# --- what is not as it must be --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("statement", "payable"),
        ("event", "discount"),
        ("line", "amount"),
        ("statement_line", "vat"),
    ],
)
def test_sums_that_disagree_are_no_paper(run, tmp_path, name, column):
    booking, _ = write_adjustments(tmp_path)
    path = booking.adjustment.path / f"{name}.parquet"
    frame = pl.read_parquet(path)
    frame.with_columns(pl.col(column) + 1).write_parquet(path, **PARQUET)
    (source,) = sources(run, "viettel")
    with pytest.raises(ConservationError, match="disagrees"):
        for carrier in ("viettel", "vnpt"):
            booked_parts(PERIOD, {**source.content.totals, "carrier": carrier}, [booking])


def test_only_what_the_log_tells_of_is_booked_and_it_is_held_to_it(adjusted_home):
    home, first, second, bookings = adjusted_home
    assert booked_into(open_home(home), PERIOD, first - 1) == ()
    held = booked_into(open_home(home), PERIOD, second)
    assert [one.adjustment.id for one in held] == [one.adjustment.id for one in bookings]
    assert [one.entry for one in held] == [first, second]
    assert booked_into(open_home(home), "2021-09", second) == ()
    folder = home / "adjustments" / bookings[0].adjustment.id
    for name, what in (
        ("event.parquet", "SHA-256"), ("manifest.json", "not the one that the log tells of"),
    ):  # fmt: skip
        path = folder / name
        content = path.read_bytes()
        path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
        with pytest.raises(StoreError, match=what):
            booked_into(open_home(home), PERIOD, second)
        path.write_bytes(content)
    (folder / "manifest.json").unlink()
    with pytest.raises(StoreError, match=re.escape("lost: an entry of the log tells of it")):
        booked_into(open_home(home), PERIOD, second)
