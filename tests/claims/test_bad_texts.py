"""Claims as text, JSON and Parquet: what is read, and what is refused at which address."""

import json
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from doisoat.engine.tables import delimited
from doisoat.engine.tables.findings import FINDINGS_MAX, RefusedTable
from doisoat.engine.tables.table import FAULTS_SHOWN
from doisoat.settlement.claims import (
    claim_rows as records,
)
from doisoat.settlement.claims import (
    json_document as document,
)
from doisoat.settlement.figures.period import EPOCH
from doisoat.settlement.records.claim_model import ITEMS, LINE

from .conftest import DAY, HEADS, as_csv, as_json, table

EVENT, OWNER = "00000000-0000-0001-0000-0000000000{:02d}", "ffffffff-0000-0000-0000-00000000000b"
LINE_ROW = (
    EVENT.format(1),
    OWNER,
    "2021-08-05 10:11:12.5",
    "01",
    "M6",
    "discount",
    "60000",
    "1180",
)
STATEMENT = [(item, "0") for item in ITEMS]


def refusal(read, content, name="ke-khai.csv", **said):
    with pytest.raises(RefusedTable) as error:
        read(content, name, **said)
    assert error.value.exit_code == 5 and error.value.mend
    return error.value


def found(error):
    return [(one.kind, one.at) for one in error.findings]


# --- delimited text ------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_delimited_text_is_a_claim(read, sign, end, mark):
    rows = table(DAY, ("Cộng", "discount", "", "", "", "", "1.234.567"), (), DAY[:2])
    content = as_csv(rows[:6], sign).replace(b"\n", end)
    claim = read(mark + content)
    assert (claim.form, claim.rows, claim.amount, claim.findings) == ("csv", 1, 1_180, ())


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (as_csv(table(DAY)).decode().encode("utf-16"), "ke-khai.csv", "UTF-16"),
        (as_csv(table(DAY)).replace(b"2021-08-05", b"2021\x0008-05"), "ke-khai.csv:6", "NUL"),
        (as_csv(table(DAY)).replace(b"\n", b"\r\n", 1), "ke-khai.csv:2", "end in several ways"),
        (as_csv(table(DAY)).replace(b"ms", b"m\rs"), "ke-khai.csv:6", "end in several ways"),
        (as_csv(table(DAY)) + b"\xff,1\n", "ke-khai.csv:7", "is no UTF-8"),
        (as_csv(table((*DAY[:6], 'a\nb"'))), "ke-khai.csv:6", "cannot be cut into cells"),
        (b"viettel\n2021-08\n", "ke-khai.csv:1", "not parted by just one"),
        (b"a,b;c\n", "ke-khai.csv:1", "not parted by just one"),
        (as_csv(table(DAY)) + b"x" * 100_001, "ke-khai.csv:7", "longer than 100000"),
    ],
)
def test_text_that_is_not_strict_is_refused_at_its_line(read, content, where, what):
    error = refusal(read, content)
    assert error.where == where and what in error.what


@pytest.mark.parametrize(
    ("row", "kind", "at"),
    [
        ((*DAY[:6], "=1+1"), "formula", "6:7"),
        ((*DAY[:6], "@SUM(A1)"), "formula", "6:7"),
        ((*DAY[:6], "-A1"), "formula", "6:7"),
        ((*DAY[:6], "1.234,50"), "number", "6:7"),
        ((*DAY[:6], "1.234"), "number", "6:7"),
        ((*DAY[:6], "1180\u00a0"), "number", "6:7"),
        (DAY[:6], "missing", "6:7"),
        (("", *DAY[1:]), "missing", "6:1"),
        ((*DAY[:2], "5 tháng 8", *DAY[3:]), "day", "6:3"),
        ((*DAY, "", "x"), "column", "6:9"),
    ],
)
def test_a_field_is_told_by_line_and_column(read, row, kind, at):
    assert (kind, at) in found(refusal(read, as_csv(table(row))))


@pytest.mark.parametrize(
    ("heads", "kind", "at"),
    [
        (HEADS["day"][:-1], "missing", "5:7"),
        ((*HEADS["day"], "amount"), "column", "5:8"),
        ((*HEADS["day"], "vat"), "column", "5:8"),
        (HEADS["province"], "column", "5:3"),
    ],
)
def test_heads_are_those_of_the_grain(read, heads, kind, at):
    assert (kind, at) in found(refusal(read, as_csv(table(DAY, heads=heads))))


def test_what_stands_before_the_table_is_the_forms(read):
    rows = table(DAY)
    assert ("form", "1:1") in found(refusal(read, as_csv([("Ghi chú", "x"), *rows])))
    assert ("form", "2:1") in found(refusal(read, as_csv([rows[0], *rows])))
    assert ("missing", "1") in found(refusal(read, as_csv(rows[:4])))
    assert ("missing", "1") in found(refusal(read, as_csv([*rows[:3], *rows[4:]])))


def test_more_rows_than_are_read_in_half_a_minute_are_refused_before_any_is(read, monkeypatch):
    monkeypatch.setattr(delimited, "ROWS_MAX", 8)
    monkeypatch.setattr(delimited, "parse_line", lambda line, delimiter: pytest.fail("was read"))
    error = refusal(read, as_csv(table(*[DAY] * 9)))
    assert error.where == "ke-khai.csv" and "more than 8 rows" in error.what
    assert "Parquet" in error.mend


def test_two_million_rows_take_no_time_to_refuse(read):
    """100 MB of them kept a command at work for more than two minutes."""
    error = refusal(read, b"a,b\n" * 2_100_000)
    assert f"more than {delimited.ROWS_MAX} rows" in error.what
    assert delimited.ROWS_MAX == 500_000


def test_columns_that_say_a_hundred_times_their_size_are_refused_unread(read, tmp_path):
    nothing = pl.DataFrame({"amount": [1]}).select(pl.col("amount").repeat_by(12_000_000).explode())
    nothing.write_parquet(tmp_path / "bomb.parquet")
    error = refusal(read, (tmp_path / "bomb.parquet").read_bytes(), "bomb.parquet")
    assert "unpacks to more than 100 times its size" in error.what and error.mend


def test_findings_past_the_most_that_are_told_are_counted(read):
    error = refusal(read, as_csv(table(*[("M0", *DAY[1:])] * (FINDINGS_MAX + 7))))
    assert len(error.findings) == FINDINGS_MAX and error.more == 7
    assert error.where == f"ke-khai.csv, 6–{FINDINGS_MAX + 5}:1"
    assert error.as_object()["more"] == 7 and error.what.endswith("(+7: …)")


# --- statements and provinces --------------------------------------------------------------------


def test_a_statement_has_every_item_and_keeps_its_identities(read):
    rows = dict(STATEMENT) | {"list_value": "3000", "discount": "1000", "payable": "2.000"}
    shown = {**rows, "relief": "1000000", "recognised": "1.000.000"}
    claim = read(as_csv(table(*shown.items(), grain="statement")))
    assert (claim.amount, claim.rows, claim.findings) == (1_000_000, len(ITEMS), ())
    odd = read(as_csv(table(*{**shown, "payable": "1999"}.items(), grain="statement")))
    assert [(one.kind, one.at) for one in odd.findings] == [("claim_arithmetic", "9:2")]
    assert "list_value is 3000, discount + payable is 2999" in odd.findings[0].what.en


@pytest.mark.parametrize(
    ("rows", "kind", "at"),
    [
        (STATEMENT[1:], "missing", "events"),
        ([*STATEMENT, STATEMENT[0]], "duplicate", "20:1"),
        ([*STATEMENT, ("vat", "1")], "item", "20:1"),
        ([*STATEMENT, ("Cộng", "1")], "form", "20:1"),
    ],
)
def test_a_statement_has_its_items_once(read, rows, kind, at):
    assert (kind, at) in found(refusal(read, as_csv(table(*rows, grain="statement"))))


def test_provinces_are_codes_or_said_to_be_unknown(read):
    rows = [("M6", "discount", code, "ms", "1", "1", "1") for code in ("01", "79", "unknown")]
    claim = read(as_csv(table(*rows, grain="province")))
    assert claim.cells["home_province"].to_list() == ["", "01", "79"]
    for code in ("100", "VN-HN"):
        bad = ("M6", "discount", code, "ms", "1", "1", "1")
        assert found(refusal(read, as_csv(table(bad, grain="province")))) == [("province", "6:3")]


def test_totals_are_over_all_or_a_nature_or_a_measure(read):
    other = ("M5", "contribution", "2021-08-05", "event", "1", "1", "5000")
    totals = [
        ("Cộng", "", "", "", "", "", "6180"), ("Cộng", "discount", "", "", "", "", "1180"),
        ("M6", "Cộng", "", "", "3", "60000", "1180"),
        ("M5", "contribution", "Total", "", "2", "", "5000"),
    ]  # fmt: skip
    claim = read(as_csv(table(DAY, other, *totals)))
    assert [(one.kind, one.at) for one in claim.findings] == [("claim_arithmetic", "11:1")]
    assert "total of M5 contribution: events is 2, its rows sum to 1" in claim.findings[0].what.en
    assert claim.totals.height == 4 and claim.rows == 2


# --- lines ---------------------------------------------------------------------------------------


def test_lines_are_read_in_their_order(read, monkeypatch):
    monkeypatch.setattr(records, "CHUNK_ROWS", 2)
    rows = [(EVENT.format(n), *LINE_ROW[1:]) for n in (3, 1, 2)]
    claim = read(as_csv(table(*rows, grain="lines")))
    lines = claim.lines.collect()
    assert lines.schema == LINE and lines["event_lo"].to_list() == [3, 1, 2]
    assert lines.row(0, named=True) == {
        "event_hi": 1, "event_lo": 3, "owner_hi": 0xFFFFFFFF << 32, "owner_lo": 11,
        "start_ms": (datetime(2021, 8, 5, 10, 11, 12) - EPOCH) // timedelta(milliseconds=1) + 500,
        "home_province": "01", "measure": "M6", "nature": "discount", "units": 60_000,
        "amount": 1_180,
    }  # fmt: skip
    assert (claim.rows, claim.amount) == (3, 3 * 1_180)


@pytest.mark.parametrize(
    ("place", "text", "kind"),
    [
        (0, "0912345678", "id"), (1, "", "id"), (2, "2021-09-01 00:00:00", "day"),
        (2, "2021-08-05T10:11:12+07:00", "start"), (2, "2021-08-32 00:00:00", "start"),
        (3, "", "missing"), (4, "M0", "measure"), (6, "", "missing"), (7, "1e3", "number"),
    ],
)  # fmt: skip
def test_a_faulty_line_is_told_by_its_address(read, place, text, kind):
    row = [*LINE_ROW]
    row[place] = text
    assert found(refusal(read, as_csv(table(LINE_ROW, row, grain="lines")))) == [
        (kind, f"7:{place + 1}")
    ]


def test_lines_that_come_twice_are_told_by_their_addresses(read):
    rows = [LINE_ROW, (EVENT.format(2), *LINE_ROW[1:]), LINE_ROW]
    error = refusal(read, as_csv(table(*rows, grain="lines")))
    assert found(error) == [("duplicate", "8:1")] and "stand at 6:1 already" in error.what


# --- JSON ----------------------------------------------------------------------------------------


def test_a_document_is_a_claim(read):
    rows = [(*DAY[:4], 3, 60_000, "9007199254740993")]
    claim = read(as_json(rows, totals=[{"nature": "discount", "amount": 7}]), "a.json")
    assert (claim.form, claim.amount) == ("json", 2**53 + 1)
    assert [(one.kind, one.at) for one in claim.findings] == [("claim_arithmetic", "/totals/0")]


@pytest.mark.parametrize("amount", [10**15 - 1, 10**15, 2**53 - 1])
def test_an_integer_of_a_document_is_what_its_digits_say(read, amount):
    """No cell shows it, so fifteen digits are no bound of it."""
    claim = read(as_json([(*DAY[:4], 3, 60_000, amount)]), "a.json")
    assert (claim.amount, claim.findings) == (amount, ())


def test_an_integer_that_programs_may_have_rounded_is_told_as_such(read):
    error = refusal(read, as_json([(*DAY[:6], 2**53)]), "a.json")
    assert "past what JSON keeps exactly (2^53)" in error.what and "15 digits" not in error.what


@pytest.mark.parametrize(
    ("content", "kind", "at"),
    [
        (as_json([(*DAY[:6], 1.5)]), "number", "/rows/0/amount"),
        (as_json([(*DAY[:6], None)]), "number", "/rows/0/amount"),
        (as_json([(*DAY[:6], True)]), "number", "/rows/0/amount"),
        (as_json([(*DAY[:6], 2**53)]), "number", "/rows/0/amount"),
        (as_json([(*DAY[:6], -(2**53))]), "number", "/rows/0/amount"),
        (as_json([DAY]).replace(b'"1180"', b"1180.0"), "number", "/rows/0/amount"),
        (as_json([(*DAY[:6], "1e3")]), "number", "/rows/0/amount"),
        (as_json([DAY]).replace(b'"1180"', b"1" * 6_000), "number", "/rows/0/amount"),
        (as_json([DAY]).replace(b'"1180"', b"NaN"), "number", "/rows/0/amount"),
        (as_json([DAY]).replace(b'"unit"', b'"amount"'), "duplicate", "/rows/0/amount"),
        (as_json([DAY]).replace(b'{"carrier"', b'{"carrier": "vnpt", "carrier"'), "duplicate",
         "/carrier"),
        (as_json([DAY], carrier="vnpt"), "carrier", "/carrier"),
        (as_json([DAY]).replace(b'"unit"', b'"un/it"'), "column", "/rows/0/un~1it"),
        (as_json([DAY]).replace(b'"unit"', b'"\\ud800"'), "column", "/rows/0/'\\ud800'"),
        (as_json([DAY], note="x"), "form", "/note"),
        (as_json([DAY]).replace(b'"rows": [', b'"rows": "", "totals": ['), "missing", "/rows"),
        (as_json([DAY]).replace(b'[{"measure"', b'[7, {"measure"'), "form", "/rows/0"),
        (as_json([DAY]).replace(b'"period"', b'"ky"'), "missing", "/period"),
    ],
)  # fmt: skip
def test_a_value_is_told_by_its_pointer(read, content, kind, at):
    error = refusal(read, content, "a.json", carrier="viettel")
    assert (kind, at) in found(error)
    json.dumps(error.as_object()).encode("ascii")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"[" * 100_000, "deeper than 3"),
        (b'{"rows": [{"a": [[1]]}]}', "deeper than 3"),
        (b'{"rows": [' + b"0," * 100 + b"0]}", "more than"),
        (b'{"rows": ]', "no JSON"),
        (b'{"a": "\xff"}', "no UTF-8"),
        (b"[]", "no JSON object"),
        (b'{"a": "' + b'\\"' * 50_000, "no JSON"),
    ],
)
def test_a_document_that_is_none_is_refused(read, monkeypatch, content, what):
    monkeypatch.setattr(document, "MARKS_MAX", 50)
    assert what in refusal(read, content, "a.json").what


# --- Parquet -------------------------------------------------------------------------------------

UUIDS: dict[str, list[Any]] = {
    "event_id": [EVENT.format(n) for n in (1, 2, 3)],
    "owner_id": [OWNER] * 3,
    "start_at": [datetime(2021, 8, 5, 10)] * 3,
    "home_province": ["01", "", "79"],
    "measure": ["M6"] * 3,
    "nature": ["discount", "in_kind", "discount"],
    "units": [1, 2, 3],
    "amount": [10, 20, 30],
}
DECLARED = {"carrier": "viettel", "period": "2021-08"}


@pytest.fixture
def parquet(tmp_path):
    def write(metadata=DECLARED, **changed):
        path = tmp_path / "lines.parquet"
        kept = {name: value for name, value in {**UUIDS, **changed}.items() if value is not None}
        pl.DataFrame(kept).write_parquet(path, metadata=metadata)
        return path.read_bytes()

    return write


def test_columns_are_a_claim_of_lines(read, parquet, tmp_path):
    claim = read(parquet(), "a.parquet")
    lines = claim.lines.collect()
    assert claim.declared == ("viettel", "2021-08", "lines") and lines.schema == LINE
    assert (claim.rows, claim.amount, claim.findings) == (3, 60, ())
    assert lines["event_lo"].to_list() == [1, 2, 3] and set(lines["owner_lo"]) == {11}
    lines.write_parquet(tmp_path / "again.parquet")
    again = read((tmp_path / "again.parquet").read_bytes(), "b.parquet", **DECLARED)
    assert again.lines.collect().equals(lines)


def test_columns_that_duckdb_wrote_are_read(read, tmp_path):
    import duckdb

    path = tmp_path / "duck.parquet"
    duckdb.sql(
        f"COPY (SELECT '{EVENT.format(7)}'::UUID AS event_id, '{OWNER}'::UUID AS owner_id,"
        " TIMESTAMP '2021-08-05 10:00:00' AS start_at, '01' AS home_province, 'M6' AS measure,"
        " 'discount' AS nature, 5::BIGINT AS units, 6::BIGINT AS amount)"
        f" TO '{path}' (KV_METADATA {{carrier: 'viettel', period: '2021-08'}})"
    )
    lines = read(path.read_bytes(), "a.parquet").lines.collect()
    assert lines.select("event_hi", "event_lo", "owner_hi", "owner_lo").row(0) == (
        1, 7, 0xFFFFFFFF << 32, 11,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "kind", "at"),
    [
        ({"measure": ["M6", "M0", "M6"]}, "measure", "row 2, measure"),
        ({"nature": ["discount", "contribution", "discount"]}, "measure", "row 2, measure"),
        ({"home_province": ["01", "1", "79"]}, "province", "row 2, home_province"),
        ({"start_at": [datetime(2021, 8, 5), datetime(2021, 9, 1), datetime(2021, 8, 1)]}, "day",
         "row 2, start_at"),
        ({"event_id": [EVENT.format(1), "0912345678", EVENT.format(3)]}, "missing",
         "row 2, event_hi"),
        ({"units": [1, None, 3]}, "missing", "row 2, units"),
        ({"units": pl.Series([1, 2**63, 3], dtype=pl.UInt64)}, "missing", "row 2, units"),
        ({"amount": [1.0, 2.0, 3.0]}, "column", "amount"),
        ({"amount": None}, "missing", "amount"),
        ({"msisdn": ["x", "y", "z"]}, "column", "msisdn"),
        ({"carrier": ["viettel", "vnpt", "viettel"]}, "carrier", "row 2, carrier"),
        ({"event_id": [EVENT.format(1)] * 3}, "duplicate", "row 3"),
        ({"metadata": {**DECLARED, "grain": "day"}}, "grain", "metadata grain"),
        ({"metadata": {**DECLARED, "carrier": "vnpt"}}, "carrier", "metadata carrier"),
        ({"metadata": {}}, "missing", "metadata period"),
        ({name: [] for name in UUIDS}, "column", "units"),
    ],
)  # fmt: skip
def test_a_row_or_column_that_does_not_belong_is_told(read, parquet, changed, kind, at):
    error = refusal(read, parquet(**changed), "a.parquet", carrier="viettel")
    assert (kind, at) in found(error)


def test_negative_lines_are_kept_and_many_are_counted(read, parquet):
    many = {name: values * 20 for name, values in UUIDS.items()}
    ids = [EVENT.format(n) for n in range(60)]
    claim = read(parquet(**{**many, "event_id": ids, "amount": [-1] * 60}), "a.parquet")
    assert {one.kind for one in claim.findings} == {"sign"} and claim.amount == -60
    assert (len(claim.findings), claim.more) == (FAULTS_SHOWN, 60 - FAULTS_SHOWN)


@pytest.mark.parametrize("place", [4, 60, -9, -40])
def test_a_damaged_file_of_columns_is_refused(read, parquet, place):
    content = bytearray(parquet())
    content[place] ^= 0xFF
    try:
        claim = read(bytes(content), "a.parquet")
    except RefusedTable as error:
        assert error.mend
    else:
        assert claim.rows == 3
    assert "not readable as Parquet" in refusal(read, bytes(content[:-30]), "a.parquet").what
