"""Writes the empty form of a claim: a workbook, delimited text, or a JSON document."""

# ruff: noqa: E501 (a sheet of instructions: a line each)

import csv
import io
from pathlib import Path
from typing import Any, Final

from doisoat.engine import commit
from doisoat.settlement.claims.blank import Blank
from doisoat.settlement.claims.form import (
    GRAIN_WORDS,
    HEADS,
    PREAMBLE,
    TOTAL,
    UNIT_WORDS,
    columns_of,
)
from doisoat.settlement.claims.model import CURRENCY, KEYS, VALUES
from doisoat.settlement.claims.workbook import HOW, SHEET
from doisoat.settlement.period import Period
from doisoat.settlement.report.style import FONT, WHOLE, Book, Sheet

FORMS: Final = ("xlsx", "csv", "json")
TITLED: Final = ("title",)  # told after the keys: what a row is called, which nobody reads back
LINES_OF_FORM: Final = 1_000  # of a workbook for lines
WIDTHS: Final = {
    "item": 22, "measure": 12, "nature": 14, "day": 13, "home_province": 14, "title": 46, "unit": 12,
    "events": 16, "units": 22, "amount": 22, "event_id": 38, "owner_id": 38, "start_at": 26,
}  # fmt: skip
HOW_TO: Final = (
    "1. Điền số vào các ô vàng: số nguyên, không âm; nơi không có gì ghi 0, hoặc xoá cả dòng. | Fill the yellow cells with whole numbers, none below 0; write 0 where there was nothing, or delete the row.",
    "2. Số tiền bằng đồng, đã gồm thuế GTGT (đóng góp không có thuế). | Amounts are in đồng, incl. VAT (contributions have none).",
    "3. Lượng theo cột Đơn vị lượng: ms (mili giây), byte, message (tin nhắn), event (lượt). | Units are counted as the column Unit says: ms, bytes, messages, events.",
    "4. Số trên 15 chữ số: định dạng ô là văn bản rồi gõ chữ số. | Numbers of more than 15 digits: make the cell text, and type the digits.",
    "5. Dán giá trị, không công thức (trừ dòng Cộng có sẵn); không gộp ô, không ẩn dòng, cột, trang; giữ định dạng sẵn có; không hình, ghi chú, bảng (Table), định dạng có điều kiện, macro hay liên kết. | Paste values, no formulas (but the totals that are here); merge no cells, hide no row, column or sheet; keep the formats; no pictures, comments, tables, conditional formats, macros or links.",
    "6. Dòng Cộng theo tính chất; cộng sai vẫn nhận, nhưng bị ghi lại. | Totals are by nature; a total that is not the sum is taken, and told.",
    "7. Kiểm tra: doisoat claim check TỆP. Nộp: doisoat claim file TỆP. | To check: doisoat claim check FILE. To file it: doisoat claim file FILE.",
)  # fmt: skip
HOW_LINES: Final = (
    "Mức dòng: mỗi dòng một sự kiện, biện pháp và tính chất; mã là UUID như trong rated.relief_line, không ghi số thuê bao. Quá 200.000 dòng thì gửi CSV (tới 2 triệu) hoặc Parquet. | Lines: a row an event, measure and nature; ids are UUIDs as in rated.relief_line, never subscriber numbers. More than 200,000 rows: CSV (to 2 million) or Parquet.",
)  # fmt: skip


def heads_of(blank: Blank) -> tuple[str, ...]:
    """The columns of a form: keys, what they are called, unit, figures."""
    grain = blank.declared.grain
    title = TITLED if any("title" in row for row in blank.rows) else ()
    rest = [name for name in columns_of(grain) if name not in KEYS[grain]]
    return (*KEYS[grain], *title, *rest)


def write_template(path: Path, blank: Blank, form: str) -> None:
    """Write a form of FORMS; the same form is the same bytes."""
    if form == "xlsx":
        _write_book(path, blank)
    else:
        text = _as_csv(blank) if form == "csv" else _as_json(blank)
        path.write_text(text, "utf-8")


def _preamble(blank: Blank) -> dict[str, str]:
    return {**blank.declared._asdict(), "currency": CURRENCY}


def _totals(blank: Blank) -> list[dict[str, str]]:
    first = KEYS[blank.declared.grain][0]
    return [{first: TOTAL, "nature": nature} for nature in blank.natures]


# --- delimited text, JSON ------------------------------------------------------------------------


def _as_csv(blank: Blank) -> str:
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\n").writerow
    for name, value in _preamble(blank).items():
        vi, en = PREAMBLE[name]
        write([f"{vi} | {en}", value])
    heads = heads_of(blank)
    write([f"{HEADS[name].vi} | {HEADS[name].en}" for name in heads])
    for row in [*blank.rows, *_totals(blank)]:
        write([row.get(name, "") for name in heads])
    return "\ufeff" + out.getvalue()


def _as_json(blank: Blank) -> str:
    figures = dict.fromkeys(VALUES[blank.declared.grain], "")
    rows = [{**row, **figures} for row in blank.rows]
    totals = [{"nature": nature, "amount": ""} for nature in blank.natures]
    whole: dict[str, Any] = {**_preamble(blank), "rows": rows}
    return commit.json_text({**whole, **({"totals": totals} if totals else {})})


# --- workbook ------------------------------------------------------------------------------------


def _write_book(path: Path, blank: Blank) -> None:
    period = Period.of(blank.declared.period)
    title = f"Bản kê khai | Claim {blank.declared}"
    book = Book(path, title, "doisoat claim", period)
    heads = heads_of(blank)
    widths = [max(WIDTHS[name], 20 if place < 2 else 0) for place, name in enumerate(heads)]
    sheet = book.sheet(SHEET, widths, title, landscape=True)
    formats = _formats(book)
    for name, value in _preamble(blank).items():
        vi, en = PREAMBLE[name]
        sheet.text(0, f"{vi} | {en}", "key_text")
        sheet.sheet.write_string(sheet.row, 1, value, formats["text"])
        sheet.row += 1
    for column, name in enumerate(heads):
        vi, en = HEADS[name]
        sheet.text(column, f"{vi} | {en}", "head")
    sheet.grow(*((_head(name), width * 0.9) for name, width in zip(heads, widths, strict=True)))
    sheet.row += 1
    sheet.sheet.freeze_panes(sheet.row, len(KEYS[blank.declared.grain]))
    sheet.sheet.repeat_rows(sheet.row - 1)
    first = sheet.row
    for row in blank.rows or [{}] * LINES_OF_FORM:
        _write_row(sheet, heads, row, blank, formats)
    last = sheet.row - 1
    for total in _totals(blank):
        _write_total(sheet, heads, total, (first, last), formats)
    sheet.row -= 1  # of what is printed
    _write_how(book, blank)
    book.close()


def _head(name: str) -> str:
    return f"{HEADS[name].vi} | {HEADS[name].en}"


def _formats(book: Book) -> dict[str, Any]:
    cell = {
        "font_name": FONT, "font_size": 11, "border": 1, "border_color": "#8EA9DB", "valign": "vcenter",
    }  # fmt: skip
    to_fill = {**cell, "bg_color": "#FFF9E5", "locked": False}
    sums = {**cell, "bold": True, "bg_color": "#DCE6F1"}
    said = {
        "text": {**cell, "num_format": "@"},
        "title": {**cell, "font_color": "#595959", "text_wrap": True},
        "to_fill": {**to_fill, "num_format": WHOLE},
        "text_to_fill": {**to_fill, "num_format": "@"},
        "sum_text": {**sums, "num_format": "@"},
        "sum": {**sums, "num_format": WHOLE},
    }
    return {name: book.workbook.add_format(style) for name, style in said.items()}


def _write_row(
    sheet: Sheet, heads: tuple[str, ...], row: dict[str, str], blank: Blank, formats: dict[str, Any]
) -> None:
    for column, name in enumerate(heads):
        if name in VALUES[blank.declared.grain]:
            sheet.sheet.write_blank(sheet.row, column, None, formats["to_fill"])
        elif name in row:
            style = formats["title" if name == "title" else "text"]
            sheet.sheet.write_string(sheet.row, column, row[name], style)
        else:
            sheet.sheet.write_blank(sheet.row, column, None, formats["text_to_fill"])
    sheet.row += 1


def _write_total(
    sheet: Sheet,
    heads: tuple[str, ...],
    total: dict[str, str],
    span: tuple[int, int],
    formats: dict[str, Any],
) -> None:
    """The sum of a nature's amounts, which a spreadsheet works out as they are filled in.

    It has no cached value: a program that fills cells and works nothing out would leave it there,
    and the carrier would have stated a total that nobody wrote.
    """
    natures = f"{_fixed(sheet, span, heads.index('nature'))}"
    for column, name in enumerate(heads):
        if name == "amount":
            sums = _fixed(sheet, span, column)
            formula = f'=SUMIF({natures},"{total["nature"]}",{sums})'
            sheet.sheet.write_formula(sheet.row, column, formula, formats["sum"], "")
        else:
            sheet.sheet.write_string(sheet.row, column, total.get(name, ""), formats["sum_text"])
    sheet.row += 1


def _fixed(sheet: Sheet, span: tuple[int, int], column: int) -> str:
    return ":".join(sheet.cell_name(row, column) for row in span)


def _write_how(book: Book, blank: Blank) -> None:
    how = book.sheet(HOW, (96,), "doisoat claim", landscape=True)
    declared = blank.declared
    vi, en = GRAIN_WORDS[declared.grain]
    how.across(f"Bản kê khai của {declared.carrier}, kỳ {declared.period}, mức {vi} | Claim of"
               f" {declared.carrier}, {declared.period}, by {en}", "section")  # fmt: skip
    how.row += 1
    for told in (*HOW_TO, *(HOW_LINES if declared.grain == "lines" else ())):
        how.across(told, "wrap")
        how.row += 1
    how.across("Đơn vị lượng | Units: " + "; ".join(
        f"{name}: {said.vi} | {said.en}" for name, said in UNIT_WORDS.items()), "wrap")  # fmt: skip
    how.row += 1
