"""Workbooks, text of fixed width, text in other encodings: what is taken, and what is refused."""

import json
import re
import unicodedata
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.engine.intake.forms import worksheet
from doisoat.engine.intake.forms.raw_chunks import open_source
from doisoat.engine.intake.forms.readers import open_reader
from doisoat.engine.intake.forms.text_files import open_text
from doisoat.engine.intake.mapping.mapping import load_mapping, parse_mapping
from doisoat.engine.intake.plan_in_use import bundled_plan
from doisoat.engine.intake.preview import preview
from doisoat.engine.tables.cells import DATE, MOMENT, TIME
from doisoat.engine.tables.formats import counted_by
from doisoat.engine.tables.sheet import ROW_MAX
from doisoat.errors import IntakeError
from doisoat.messages.text import Text

from .conftest import VIETNAMESE, state_of
from .test_accounting import totals
from .test_ordinary_files import events_in

MAPPING = """
name: small
title: small
source_system: small
usage:
  - name: calls
    {words}
    fields:
      carrier: {{constant: viettel}}
      kind: {{constant: voice}}
      subscriber: {{column: Số gọi}}
      other: {{column: Số bị gọi}}
      started: {{column: Thời điểm, form: {form}}}
      duration: {{column: Thời lượng, {length}}}
      charged: {{column: Thành tiền}}
    key: {{columns: [Mã]}}
"""
HEADS = ["Mã", "Số gọi", "Số bị gọi", "Thời điểm", "Thời lượng", "Thành tiền"]
WHEN = datetime(2021, 8, 5, 13, 21, 5)
CALL = ["k1", "0961234567", "0912345678", WHEN, time(0, 1, 5), 1500]
TEXT = "k1;0961234567;0912345678;2021-08-05 13:21:05;0:01:05;1500"
PLACES = (
    "{Mã: 1-4, Số gọi: 5-16, Số bị gọi: 17-28, Thời điểm: 29-47, Thời lượng: 48-55,"
    " Thành tiền: 56-62}"
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000)
WIDTHS = (4, 12, 12, 19, 8, 7)
SHEET = "xl/worksheets/sheet1.xml"
TONES = "\u0300\u0301\u0303\u0309\u0323"


@pytest.fixture
def mapped(tmp_path):
    """Writes a mapping with words of its layout; returns its path."""

    def mapped(words="strip: 'no'", form="yyyy-mm-dd", length="form: 'hh:mm:ss'"):
        path = tmp_path / "small.yaml"
        path.write_text(MAPPING.format(words=words, form=form, length=length), "utf-8")
        return str(path)

    return mapped


@pytest.fixture
def book(tmp_path):
    """Writes a workbook of one sheet, which `change` may alter; returns its path."""

    def book(*rows, change=lambda workbook: None, name="cuoc.xlsx", title="Tháng 8"):
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        sheet.title = title
        for row in rows:
            sheet.append(row)
        change(workbook)
        path = tmp_path / name
        workbook.save(path)
        return path

    return book


def refused(take, path, mapping, home):
    before = state_of(home) if home.exists() else {}
    with pytest.raises(IntakeError) as caught:
        take(path, mapping=mapping)
    held = {name: raw for name, raw in state_of(home).items() if "part=" in name}
    assert held == {name: raw for name, raw in before.items() if "part=" in name}
    error = caught.value
    assert isinstance(error.what, Text) and isinstance(error.mend, Text)
    assert VIETNAMESE.search(error.what.vi) and VIETNAMESE.search(error.mend.vi)
    return error.what.en, error.where, error.mend.en


# --- workbooks ------------------------------------------------------------------------------------


def test_a_sheet_is_taken_dates_by_their_cells(take, book, mapped, home):
    path = book(
        HEADS,
        CALL,
        ["k2", "0961234567", 84912345678, datetime(2021, 8, 6), timedelta(hours=30), 0],
    )  # fmt: skip
    told = take(path, mapping=mapped())
    assert totals(told) == (2, 2, 0, 0, 0)
    events = events_in(home).sort("start_ms")
    assert events["start_ms"].diff()[1] == (24 * 3600 - (13 * 3600 + 21 * 60 + 5)) * 1_000
    assert events["duration_ms"].to_list() == [65_000, 108_000_000]
    assert totals(take(path, mapping=mapped()))[2] == 2  # all known


def test_a_row_is_the_row_of_the_sheet_and_is_found_again(take, book, mapped, table, run, home):
    rows = [HEADS, CALL, [], ["k3", "091", *CALL[2:]], ["k4", *CALL[1:3], "05/08/2021", *CALL[4:]]]
    told = take(book(*rows), mapping=mapped())
    assert totals(told) == (3, 1, 0, 2, 0)
    suspense = table("suspense.parquet").sort("row")
    assert suspense["row"].to_list() == [4, 5]
    assert suspense["sub_reason"].to_list() == ["bad_number:subscriber", "bad_time"]
    assert suspense["line"].null_count() == 2


def test_a_suspended_row_is_mended_and_recycled(take, book, mapped, mend, again):
    take(book(HEADS, CALL, ["k3", "091", *CALL[2:]]), mapping=mapped())
    mend(3, **{"Số gọi": "0961234568"})
    assert again().count("taken") == 1


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (1500, "1500"), (1500.0, "1500"), (1.5, "1.5"), (-3, "-3"), (0.000001, "0.000001"),
        (84961234567, "84961234567"), (True, "true"), ("  x ", "x"), (WHEN, "2021-08-05 13:21:05"),
        (datetime(2021, 8, 5, 13, 21, 5, 250_000), "2021-08-05 13:21:05.250"),
        (WHEN.date(), "2021-08-05"), (time(0, 1, 5), "00:01:05"), (timedelta(hours=30), "30:00:00"),
    ],
)  # fmt: skip
def test_the_text_of_a_cell(book, mapped, cell, text):
    path = book(HEADS, [*CALL[:5], cell])
    reader = open_reader(open_source(path), load_mapping(mapped()).layouts("usage"))
    (chunk,) = [read() for read in reader.chunks()]
    assert chunk.frame["Thành tiền"].to_list() == [text]


@pytest.mark.parametrize("cell", [10**15, "#N/A", "x" * 1_001])
def test_a_cell_without_a_text_breaks_its_row_alone(take, book, mapped, cell):
    path = book(HEADS, CALL, ["k2", *CALL[1:5], cell], CALL[:5])
    assert take(path, mapping=mapped()).sub_reasons["malformed/structure"] == 1


def test_an_error_that_is_stored_breaks_its_row_alone(take, book, mapped):
    path = book(HEADS, [*CALL[:5], "=1/0"], ["k2", *CALL[1:]])
    _store(path, "1/0", "#DIV/0!", ' t="e"')
    assert take(path, mapping=mapped()).sub_reasons == {"malformed/structure": 1}


def _store(path, formula, value, kind=""):
    """The workbook again, with a value stored in the cell that has a formula."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    cell = re.compile(rf'<c r="F2"[^>]*><f>{re.escape(formula)}</f><v ?/?>(?:</v>)?</c>')
    stored = f'<c r="F2"{kind}><f>{formula}</f><v>{value}</v></c>'
    text, count = cell.subn(stored, parts[SHEET].decode())
    assert count == 1
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in {**parts, SHEET: text.encode()}.items():
            book.writestr(name, part)


def test_a_formula_counts_by_its_stored_value(take, book, mapped, home):
    path = book(HEADS, [*CALL[:5], "=700+800"])
    what, where, mend = refused(take, path, mapped(), home)
    assert "formula without a stored value" in what
    assert where == "cuoc.xlsx, Tháng 8!F2" and "calculate" in mend
    _store(path, "700+800", 1500)
    assert totals(take(path, mapping=mapped())) == (1, 1, 0, 0, 0)
    assert events_in(home)["charged"].to_list() == [1500]


def two_sheets(workbook):
    workbook.create_sheet("Ghi chú").append(["x"])


def hide_row(workbook):
    workbook.active.row_dimensions[2].hidden = True


def filter_rows(workbook):
    workbook.active.auto_filter.ref = "A1:F3"
    workbook.active.auto_filter.add_filter_column(0, ["k1"])


def hide_sheet(workbook):
    two_sheets(workbook)
    workbook["Tháng 8"].sheet_state = "hidden"


@pytest.mark.parametrize(
    ("rows", "change", "what", "where", "mend"),
    [
        pytest.param([HEADS, CALL], lambda book: book.active.merge_cells("C1:D1"),
                     "cells are merged", "cuoc.xlsx, Tháng 8!C1:D1", "unmerge", id="merged heads"),
        pytest.param([HEADS, CALL, CALL], lambda book: book.active.merge_cells("A2:A3"),
                     "cells are merged", "cuoc.xlsx, Tháng 8!A2:A3", "unmerge", id="merged rows"),
        pytest.param([HEADS, ["", "", "", "(giờ)", "(giây)", "(đồng)"], CALL], lambda book: None,
                     "a second row of heads", "cuoc.xlsx, Tháng 8!2", "delete it", id="two heads"),
        pytest.param([["CHI TIẾT CƯỚC"], HEADS, CALL], lambda book: None,
                     "heads stand in row 2", "cuoc.xlsx, Tháng 8!2", "delete the rows", id="title"),
        pytest.param([HEADS, CALL], two_sheets,
                     "several sheets: Tháng 8, Ghi chú", "cuoc.xlsx", "sheet: NAME", id="sheets"),
        pytest.param([HEADS, CALL], hide_row,
                     "the row is hidden", "cuoc.xlsx, Tháng 8!2", "unhide", id="a hidden row"),
        pytest.param([HEADS, CALL, CALL], filter_rows,
                     "a filter is on", "cuoc.xlsx, Tháng 8", "clear it", id="a filter"),
        pytest.param([["a", "b"], CALL], lambda book: None,
                     "it does not have the columns", "cuoc.xlsx, Tháng 8", "expected",
                     id="other heads"),
        pytest.param([], lambda book: None,
                     "the sheet is empty", "cuoc.xlsx, Tháng 8", "check the file", id="empty"),
    ],
)  # fmt: skip
def test_a_workbook_is_refused_with_its_place(
    take, book, mapped, home, rows, change, what, where, mend
):
    told = refused(take, book(*rows, change=change), mapped(), home)
    assert what in told[0] and told[1] == where and mend in told[2]


def test_a_sheet_is_named_and_the_others_are_told(take, book, mapped, home):
    path = book(HEADS, CALL, change=two_sheets)
    told = take(path, mapping=mapped('sheet: "Tháng 8"'))
    assert totals(told) == (1, 1, 0, 0, 0)
    assert "Tháng 8 is read, and not: Ghi chú" in told.files[0].notes[0]
    what, _, mend = refused(take, path, mapped("sheet: Tháng 9"), home)
    assert "its sheets: Tháng 8, Ghi chú" in what and "a sheet Tháng 9" in mend
    path = book(HEADS, CALL, change=hide_sheet, name="hidden.xlsx")
    what, where, mend = refused(take, path, mapped('sheet: "Tháng 8"'), home)
    assert what == "the sheet is hidden" and where == "hidden.xlsx, Tháng 8" and "unhide" in mend


def test_a_hidden_sheet_beside_the_only_visible_one_is_told(take, book, mapped):
    def change(workbook):
        two_sheets(workbook)
        workbook["Ghi chú"].sheet_state = "hidden"

    told = take(book(HEADS, CALL, change=change), mapping=mapped())
    assert told.files[0].taken == 1 and "Ghi chú" in told.files[0].notes[0]


def test_a_full_sheet_warns_that_rows_may_be_cut(take, book, mapped):
    def change(workbook):
        for place, value in enumerate(["k2", *CALL[1:]], 1):
            workbook.active.cell(ROW_MAX, place, value)

    told = take(book(HEADS, CALL, change=change), mapping=mapped())
    assert totals(told) == (2, 2, 0, 0, 0)
    assert "is full (1048576 rows)" in told.files[0].notes[0]


def test_an_open_workbook_is_told_and_its_lock_file_refused(take, book, mapped, tmp_path, home):
    path = book(HEADS, CALL)
    lock = path.with_name("~$cuoc.xlsx")
    lock.write_bytes(b"\x03Lan" + b" " * 161)
    assert "is not saved there is not read" in take(path, mapping=mapped()).files[0].notes[0]
    what, where, mend = refused(take, lock, mapped(), home)
    assert "lock file" in what and where == "~$cuoc.xlsx" and "close the workbook" in mend


@pytest.mark.parametrize(
    ("content", "what", "mend"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"),
         "locked by a password", "password off"),
        (OLE + "Workbook".encode("utf-16-le"),
         "an old workbook (.xls)", "save it as .xlsx"),
        (b"PK\x03\x04" + bytes(100), "a zip archive that is no workbook", "unpack it"),
    ],
)  # fmt: skip
def test_what_is_locked_old_or_no_workbook(take, put, mapped, home, content, what, mend):
    told = refused(take, put(content, "cuoc.xlsx"), mapped(), home)
    assert what in told[0] and mend in told[2]


def test_a_number_in_a_name_is_not_told(take, book, mapped, home):
    path = book(["x"], ["y"], name="cuoc-0961234567.xlsx", title="0961234567")
    what, where, mend = refused(take, path, mapped(), home)
    assert "0961234567" not in what + where + mend


def test_a_workbook_under_a_mapping_of_other_files(take, book, home):
    what, _, _ = refused(take, book(HEADS, CALL), "tap", home)
    assert "the mapping reads other files" in what


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        ("dd/mm/yyyy", DATE), ("[$-42A]d mmmm yyyy;@", DATE), ("mmm-yy", DATE),
        ("dd/mm/yyyy hh:mm:ss", MOMENT), ("m/d/yy h:mm AM/PM", MOMENT), ("h:mm:ss", TIME),
        ("[h]:mm:ss", TIME), ("mm:ss.0", TIME), ("[mm]:ss", TIME), ("General", ""), ("#,##0", ""),
        ('#,##0 "đồng/ngày"', ""), ("0.00E+00", ""), ("[Red]0", ""), ("@", ""), ("#,##0\\ \\d", ""),
        ('0 "days"', ""), ("_-* #,##0_-", ""),
    ],
)  # fmt: skip
def test_what_a_number_counts_to_by_its_format(code, counts):
    assert counted_by(code) == counts


# --- text of fixed width --------------------------------------------------------------------------


def fixed(*texts):
    return "".join(text.ljust(width) for text, width in zip(texts, WIDTHS, strict=True))


def test_fixed_width_is_taken_and_a_cut_line_breaks_alone(take, put, mapped, home, table):
    call = ("0961234567", "0912345678", "2021-08-05 13:21:05", "0:01:05", "1500")
    lines = [fixed("k1", *call), fixed("k2", *call)[:-5], "", fixed("kđ3", *call) + "  ",
             fixed("k4", *call) + "x"]  # fmt: skip
    path = put("\r\n".join([*lines, ""]).encode(), "cuoc.txt")
    told = take(path, mapping=mapped(f'header: "no"\n    characters: {PLACES}'))
    assert totals(told) == (4, 2, 0, 2, 0)
    suspense = table("suspense.parquet").sort("row")
    assert suspense.select("row", "line", "offset").rows() == [(2, 2, 64), (4, 5, 192)]


def test_fixed_width_with_heads_and_blanks_that_lack_at_the_end(take, put, mapped, home):
    call = ("0961234567", "0912345678", "2021-08-05 13:21:05", "0:01:05", "5")
    heads = [head[:width] for head, width in zip(HEADS, WIDTHS, strict=True)]
    lines = [fixed(*heads).rstrip(), fixed("k1", *call).rstrip(), ""]
    path = put("\n".join(lines).encode(), "cuoc.txt")
    places = PLACES.replace("Thành tiền: 56-62", "Thành t: 56-62").replace("Thời lượng", "Thời lượ")
    mapping = mapped(f"strip: 'yes'\n    characters: {places}")
    text = Path(mapping).read_text("utf-8").replace("column: Thành tiền", "column: Thành t")
    Path(mapping).write_text(text.replace("column: Thời lượng", "column: Thời lượ"), "utf-8")
    assert totals(take(path, mapping=mapping)) == (1, 1, 0, 0, 0)
    what, where, mend = refused(take, put(b"a b c\n", "b.txt"), mapping, home)
    assert "fixed width" in what and where == "b.txt:1" and "a header with" in mend


def test_what_stands_where_no_column_is_breaks_its_line(take, put, mapped, table):
    """The first digit of an amount may stand there."""
    call = ("0961234567", "0912345678", "2021-08-05 13:21:05", "0:01:05")
    lines = [fixed(f"k{n}", *call, amount.rjust(7)) for n, amount in enumerate(("5", "11500", "7"))]
    places = PLACES.replace("Thành tiền: 56-62", "Thành tiền: 59-62")
    path = put("\n".join([*lines, ""]).encode(), "cuoc.txt")
    told = take(path, mapping=mapped(f'header: "no"\n    characters: {places}'))
    assert totals(told) == (3, 2, 0, 1, 0) and told.sub_reasons == {"malformed/structure": 1}
    assert table("suspense.parquet")["row"].to_list() == [2]


def test_a_line_of_fixed_width_is_mended(take, put, mapped, mend, again):
    call = ("0961234567", "0912345678", "2021-08-05 13:21:05", "0:01:05", "1500")
    path = put(f"{fixed('k1', *call)}\n{fixed('k2', *call)[:-5]}\n".encode(), "cuoc.txt")
    take(path, mapping=mapped(f'header: "no"\n    characters: {PLACES}'))
    mend(2, fixed("k2", *call))
    assert again().count("taken") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("characters: {a: 1-4, b: 4-8}", "characters of b"),
        ("characters: {a: 4-1}", "characters of a"),
        ("characters: {Mã: 1-4}", "do not have the column"),
        ('characters: {Mã: 1-4}\n    header: "no"\n    columns: 3', "leave columns"),
        ("characters: {Mã: 1-4}\n    sheet: x", "different files"),
        ("table: x\n    sheet: x", "different files"),
        ("sheet: x\n    encoding: utf-16", "encoding is of text"),
        ("encoding: tcvn3", "encoding"),
        ("characters: {}", "characters"),
    ],
)
def test_what_a_layout_may_not_say(mapped, words, said):
    with pytest.raises(IntakeError, match=said):
        parse_mapping(Path(mapped(words)).read_text("utf-8"), "small.yaml")


# --- text in other encodings ----------------------------------------------------------------------


def as_1258(text):
    """Text as Windows writes it in Vietnamese: a letter, and its tone behind it."""
    pieces = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(sign for sign in parts if sign in TONES)
        base = unicodedata.normalize("NFC", "".join(sign for sign in parts if sign not in TONES))
        try:
            pieces.append(letter.encode("cp1258"))
        except UnicodeEncodeError:
            pieces.append((base + tone).encode("cp1258"))
    return b"".join(pieces)


def content(*lines):
    return "\r\n".join([";".join(HEADS), *lines, ""])


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("windows-1258", as_1258), ("utf-16", lambda text: text.encode("utf-16")),
        ("utf-16", lambda text: b"\xfe\xff" + text.encode("utf-16-be")),
    ],
)  # fmt: skip
def test_text_in_another_encoding_is_taken(take, put, mapped, table, home, encoding, encode):
    text = content(TEXT, TEXT.replace("k1", "kế").replace("0961234567", "ổ"))
    told = take(put(encode(text), "cuoc.csv"),
                mapping=mapped(f'delimiter: ";"\n    encoding: {encoding}'))  # fmt: skip
    assert totals(told) == (2, 1, 0, 1, 0)
    row = table("suspense.parquet").row(0, named=True)
    assert (row["row"], row["line"], row["offset"]) == (2, 3, None)


@pytest.mark.parametrize(
    ("declared", "raw", "what", "mend"),
    [
        ("utf-8", content(TEXT).encode("utf-16"), "UTF-16 text", "encoding: utf-16"),
        ("utf-8", as_1258(content(TEXT)), "the header is no UTF-8: set encoding", "expected"),
        ("utf-16", content(TEXT).encode(), "UTF-8 text, and the mapping declares UTF-16", "leave"),
        ("utf-16", as_1258(content(TEXT)), "no byte order mark", "windows-1258"),
        ("windows-1258", content(TEXT).encode(), "the mapping declares windows-1258", "leave"),
        ("windows-1258", content(TEXT).encode("utf-16"), "UTF-16 text", "encoding: utf-16"),
    ],
)
def test_a_wrong_encoding_is_refused(take, put, mapped, home, declared, raw, what, mend):
    told = refused(
        take, put(raw, "c.csv"), mapped(f'delimiter: ";"\n    encoding: {declared}'), home
    )
    assert what in told[0] and mend in told[2]


def test_utf8_behind_a_long_plain_head_is_not_taken_for_windows_1258(put, mapped):
    raw = b"a\n" * (2 << 20) + "ổ\n".encode()
    with (
        open_text(open_source(put(raw, "c.csv")), "windows-1258") as stream,
        pytest.raises(IntakeError, match="UTF-8 text"),
    ):
        while stream.read(1 << 20):
            pass


def test_bytes_that_mean_nothing_break_their_line_alone(take, put, mapped):
    raw = as_1258(content(TEXT, "X", TEXT.replace("k1", "k3"))).replace(b"X", b"k\x8a2")
    told = take(put(raw, "c.csv"), mapping=mapped('delimiter: ";"\n    encoding: windows-1258'))
    assert totals(told) == (3, 2, 0, 1, 0)
    text = content(TEXT, "X", TEXT.replace("k1", "k3")).encode("utf-16")
    raw = text.replace("X".encode("utf-16-le"), b"\x00\xd8")
    told = take(put(raw, "d.csv"), mapping=mapped('delimiter: ";"\n    encoding: utf-16'))
    assert totals(told)[3] == 1


@given(st.text("aăâeêioôơuưyđAĂÂÊÔƠƯĐàáảãạằếỗợựỳ \n;1", max_size=300), st.integers(1, 9))
def test_windows_1258_is_read_back_in_whole_letters(tmp_path_factory, text, size):
    path = tmp_path_factory.mktemp("text") / "a.txt"
    raw = as_1258(unicodedata.normalize("NFC", text)) or b"a"
    path.write_bytes(raw)
    with open_text(open_source(path), "windows-1258") as stream:
        read = b"".join(iter(lambda: stream.read(size), b""))
    expected = unicodedata.normalize("NFC", text) or "a"
    assert read.decode() == expected


def test_layouts_of_several_sorts_are_each_found(take, put, mapped, book, tmp_path):
    one = Path(mapped('delimiter: ";"')).read_text("utf-8")
    usage = one[one.index("  - name: calls") :]
    more = usage.replace("name: calls", "name: wide").replace(
        "delimiter", "encoding: utf-16\n    delimiter"
    )
    path = tmp_path / "many.yaml"
    path.write_text(one + more, "utf-8")
    for name, raw in (("a.csv", content(TEXT).encode()),
                      ("b.csv", content(TEXT.replace("k1", "k2")).encode("utf-16"))):  # fmt: skip
        assert totals(take(put(raw, name), mapping=str(path))) == (1, 1, 0, 0, 0)
    assert totals(take(book(HEADS, ["k3", *CALL[1:]]), mapping=str(path))) == (1, 1, 0, 0, 0)


def test_a_bomb_is_refused_before_it_is_unpacked(take, put, mapped, home, book):
    path = book(HEADS, CALL)
    with zipfile.ZipFile(path) as sound:
        parts = {name: sound.read(name) for name in sound.namelist()}
    parts[SHEET] += b" " * (60 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name, part in parts.items():
            bomb.writestr(name, part)
    what, _, _ = refused(take, path, mapped(), home)
    assert "zip bomb" in what


def test_chunks_are_bounded(book, mapped, monkeypatch):
    monkeypatch.setattr(worksheet, "CHUNK_ROWS", 2)
    reader = open_reader(
        open_source(book(HEADS, *[[f"k{n}", *CALL[1:]] for n in range(5)])),
        load_mapping(mapped()).layouts("usage"),
    )
    frames = [read().frame for read in reader.chunks()]
    assert [frame.height for frame in frames] == [2, 2, 1]
    assert pl.concat(frames)["row"].to_list() == [2, 3, 4, 5, 6]


# --- every container: what nothing can be read of, and what a trial says --------------------------

BAD = ["k1", "0961234567", "0912345678", "13h21 5/8", "65 giây", "1.500"]
CONTAINERS = {
    "cuoc.csv": 'delimiter: ";"',
    "utf16.csv": 'delimiter: ";"\n    encoding: utf-16',
    "cp1258.csv": 'delimiter: ";"\n    encoding: windows-1258',
    "cuoc.txt": f'header: "no"\n    characters: {PLACES}',
    "cuoc.xlsx": "strip: 'no'",
}


def contained(name, rows, book, put):
    """Rows in the container that a name stands for; its path and what the layout must say."""
    lines = content(*(";".join(row) for row in rows))
    words = CONTAINERS[name]
    if name.endswith(".xlsx"):
        return book(HEADS, *rows, name=name), words
    if name.endswith(".txt"):
        return put("".join(f"{fixed(*row)}\n" for row in rows).encode(), name), words
    encode = {"utf16.csv": lambda text: text.encode("utf-16"), "cp1258.csv": as_1258}
    return put(encode.get(name, str.encode)(lines), name), words


@pytest.mark.parametrize("name", CONTAINERS)
def test_of_which_nothing_can_be_read_ends_with_status_5(run, book, put, mapped, home, name):
    path, words = contained(name, [BAD, ["k2", *BAD[1:]]], book, put)
    told = run("intake", path, "--mapping", mapped(words), "--home", home, "--json")
    assert told.returncode == 5, told.stdout + told.stderr
    error = json.loads(told.stdout)
    assert "none of its 2 rows could be read" in error["error"]["what"]
    assert "column Thời điểm: '99h99 9/9'" in error["error"]["what"]
    assert not list(home.glob("usage/part=*"))


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_trial_tells_of_each_field_its_column_an_example_and_the_nearest_form(
    book, put, mapped, name
):
    rows = [["k1", *BAD[1:3], "05/08/2021", "0:01:05", "5"],
            ["k2", *BAD[1:3], "2021-08-05", "65", "5"],
            ["k3", *BAD[1:3], "2021-08-05", "0:01:05", "1.500"]]  # fmt: skip
    path, words = contained(name, rows, book, put)
    found = preview(path, load_mapping(mapped(words)), "usage", 10, bundled_plan())
    told = {fault.what: fault for fault in found.faults}
    first = 2 if name.endswith(".xlsx") else 1
    assert told.keys() == {"bad_time", "bad_units:duration", "bad_units:charged"}
    assert told["bad_time"].text.en == (f"bad_time 1 (row {first}, column Thời điểm: '99/99/9999')")
    fits = {what: fault.fits.en for what, fault in told.items() if fault.fits is not None}
    assert "form: dd/mm/yyyy: 2021-08-05" in fits["bad_time"]
    assert "form: mm/dd/yyyy: 2021-05-08" in fits["bad_time"]
    assert "unit: " in fits["bad_units:duration"]
    assert fits["bad_units:charged"].startswith("groups: '.' of the field charged")


def test_the_command_says_the_faults(run, put, mapped):
    path = put(content(";".join(BAD)).encode(), "c.csv")
    mapping = mapped('delimiter: ";"')
    said = run("mapping", "test", path, "--mapping", mapping, "--lang", "en")
    assert "bad_time 1 (row 1, column Thời điểm: '99h99 9/9')" in said.stdout
    faults = json.loads(run("mapping", "test", path, "--mapping", mapping, "--json").stdout)[
        "faults"
    ]
    assert [fault["column"] for fault in faults] == ["Thời điểm"]
    assert faults[0].keys() == {"sub_reason", "rows", "column", "row", "example", "fits"}


def test_a_column_of_two_forms_is_told_with_both(take, put, mapped, home):
    rows = [TEXT.replace("2021-08-05 13:21:05", day).replace("k1", f"k{n}")
            for n, day in enumerate(["20210805", "25/08/2021"] * 2)]  # fmt: skip
    path = put(content(*rows).encode(), "c.csv")
    mend = refused(take, path, mapped('delimiter: ";"'), home)[2]
    assert "form: yyyymmdd reads 50%, form: dd/mm/yyyy reads 50%" in mend
