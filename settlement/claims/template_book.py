"""Writes the form of a claim, empty or filled, as a workbook: its table, and a guide beside."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from doisoat.currency import CURRENCY, unit_number, unit_text
from doisoat.engine.tables.cells import ROWS_MAX
from doisoat.messages.text import message
from doisoat.settlement.claims.empty_form import Blank
from doisoat.settlement.claims.form import HEADS, SHEET, UNIT_WORDS
from doisoat.settlement.claims.guide import write_guide
from doisoat.settlement.claims.template_rows import (
    BEHIND,
    SHOWN,
    heads_of,
    is_amount,
    preamble_of,
    rows_in_words,
    totals_in_words,
)
from doisoat.settlement.figures.period import Period
from doisoat.settlement.records.claim_model import COLUMN_MAX, COUNTED_ITEMS, KEYS, VALUES
from doisoat.settlement.report.report_text import NATURES
from doisoat.settlement.report.workbook_style import FONT, WHOLE, Book, Sheet, amount_format

LINES_OF_FORM: Final = 30  # of a workbook for lines, one page; columns go on as they begin
WIDTHS: Final = {
    "item": 16, "measure": 12, "nature": 24, "day": 13, "home_province": 11, "title": 50,
    "place": 22, "unit": 26, "events": 16, "units": 22, "amount": 22, "event_id": 38,
    "owner_id": 38, "start_at": 24, "shown": 14, "shown_unit": 13,
}  # fmt: skip
PREAMBLE_WIDTH: Final = 26  # of the labels above the table
NAMES: Final = tuple(BEHIND.values())
PLACES: Final = {0: "#,##0", 1: "#,##0.0", 3: "#,##0.000"}  # formats by decimals
EXACT_MAX: Final = 10**15 - 1  # a number of a spreadsheet; larger ones are text
WHOLE_NUMBER: Final = {
    "validate": "integer", "criteria": "between", "minimum": 0, "error_type": "warning",
    "error_title": message("A whole number").vi,
    "error_message": message("A whole number, not below 0."),
}  # fmt: skip
OF_LIST: Final = {
    "validate": "list", "error_title": message("Choose from the list").vi,
    "error_message": message("Choose from the list of the cell."),
}  # fmt: skip


def write_book(path: Path, blank: Blank) -> None:
    """Write the form; the same form is the same bytes."""
    title = message("Claim") + f" {blank.declared}"
    book = Book(path, title, "doisoat claim", Period.of(blank.declared.period))
    form = _Form(book, blank, title)
    form.preamble()
    form.heads()
    form.rows()
    form.totals()
    form.sheet.row -= 1  # of what is printed
    form.lists(write_guide(book, blank))
    book.close()


class _Form:
    """The sheet that is filled in, written from top to bottom."""

    def __init__(self, book: Book, blank: Blank, title: str) -> None:
        self.blank, self.names = blank, heads_of(blank)
        self.grain = blank.declared.grain
        widths = [WIDTHS[name] for name in self.names]
        widths[0] = max(widths[0], PREAMBLE_WIDTH)
        self.widths = widths
        self.sheet: Sheet = book.sheet(SHEET, widths, title, landscape=True)
        self.formats = _formats(book)
        self.span = 0, 0  # first and last row of the table
        if self.grain == "lines":
            # Rows are added below: columns look as they begin, and what is filled in is printed.
            self.sheet.is_open_ended = True
            for column, name in enumerate(self.names):
                style = self.formats["column" if name in VALUES[self.grain] else "text_column"]
                if name == "amount":
                    style = self.formats["amount_column"]
                self.sheet.sheet.set_column(column, column, widths[column], style)

    def preamble(self) -> None:
        for label, value in preamble_of(self.blank):
            self.sheet.text(0, label, "key_text")
            self.sheet.put(1, value, self.formats["said"])
            self.sheet.row += 1

    def heads(self) -> None:
        heads = [HEADS[name] for name in self.names]
        for column, head in enumerate(heads):
            self.sheet.text(column, head, "head")
        room = (width * 0.9 for width in self.widths)
        self.sheet.grow(*zip(heads, room, strict=True))
        self.sheet.row += 1
        self.sheet.sheet.freeze_panes(self.sheet.row, len(KEYS[self.grain]))
        self.sheet.sheet.repeat_rows(self.sheet.row - 1)

    def rows(self) -> None:
        first = self.sheet.row
        empty: list[dict[str, str]] = [{}] * LINES_OF_FORM
        for row in rows_in_words(self.blank) or empty:
            for column, name in enumerate(self.names):
                self._cell(column, name, row)
            title = row.get("title", "")
            self.sheet.grow((title, WIDTHS["title"]))
            self.sheet.row += 1
        self.span = first, self.sheet.row - 1

    def _cell(self, column: int, name: str, content: dict[str, Any]) -> None:
        row, write = self.sheet.row, self.sheet.sheet
        value = content.get(name)
        if value is None:
            is_figure = name in VALUES[self.grain]
            style = self.formats["to_fill" if is_figure else "text_to_fill"]
            if name == "amount" and content.get("item") not in COUNTED_ITEMS:
                style = self.formats["amount_to_fill"]
            if name in SHOWN:
                style = self.formats["shown_unit"]  # a measure that is shown in no other unit
            write.write_blank(row, column, None, style)
        elif isinstance(value, Decimal):
            # One of less than the smallest unit has three decimals, else one, else none.
            places = -int(value.as_tuple().exponent)
            write.write_number(row, column, value, self.formats[f"shown_{places}"])
        elif is_amount(name, content):
            self._amount(column, value, "amount_to_fill")
        elif isinstance(value, int):
            self._figure(column, value)
        else:
            sort = name if name == "shown_unit" else "name" if name in NAMES else "text"
            style = self.formats[sort]
            self.sheet.put(column, value, style)

    def _amount(self, column: int, value: int, style: str) -> None:
        row = self.sheet.row
        if abs(value) > EXACT_MAX:
            self.sheet.put(column, unit_text(value), self.formats["text_to_fill"])
        else:
            self.sheet.sheet.write_number(row, column, unit_number(value), self.formats[style])

    def _figure(self, column: int, value: int) -> None:
        if abs(value) > EXACT_MAX:
            self.sheet.put(column, str(value), self.formats["text_to_fill"])
        else:
            self.sheet.sheet.write_number(self.sheet.row, column, value, self.formats["to_fill"])

    def totals(self) -> None:
        """The sums of each nature's amounts, which a spreadsheet works out as they are filled in.

        In an empty form they have no cached value: a program that fills cells and works nothing out
        would leave it there, and the carrier would have stated a total that nobody wrote.
        """
        if self.grain == "lines":
            return
        for total in totals_in_words(self.blank):
            row = self.sheet.row
            for column, name in enumerate(self.names):
                if name == "amount":
                    nature = self.names.index("nature")
                    formula = (
                        f"=SUMIF({self._fixed(nature)},{self.sheet.cell_name(row, nature)},"
                        f"{self._fixed(column)})"
                    )
                    known = total.get(name, "")
                    if known != "" and abs(known) > EXACT_MAX:
                        self.sheet.put(column, unit_text(known), self.formats["sum_text"])
                        continue
                    if CURRENCY.form.decimals:  # a spreadsheet adds binary fractions
                        formula = f"=ROUND({formula[1:]},{CURRENCY.form.decimals})"
                    shown = known if known == "" else unit_number(known)
                    self.sheet.sheet.write_formula(row, column, formula, self.formats["sum"], shown)
                else:
                    text = total.get(name, "")
                    self.sheet.put(column, text, self.formats["sum_text"])
            self.sheet.row += 1

    def _fixed(self, column: int) -> str:
        return ":".join(self.sheet.cell_name(row, column) for row in self.span)

    def lists(self, ranges: dict[str, str]) -> None:
        """What may be written into the cells of a column. Args: ranges: of codes in the guide."""
        sources: dict[str, Any] = {
            **ranges,
            "nature": [NATURES[nature] for nature in self.blank.natures],
            "unit": [UNIT_WORDS[unit] for unit in dict.fromkeys(
                relief.unit for relief in self.blank.reliefs)],
        }  # fmt: skip
        first, last = self.span
        if self.sheet.is_open_ended:
            last = first + ROWS_MAX - 1
        for column, name in enumerate(self.names):
            if name in VALUES[self.grain]:
                rule = {**WHOLE_NUMBER, "maximum": min(COLUMN_MAX[name], EXACT_MAX)}
                if name == "amount" and CURRENCY.form.decimals:
                    rule = {**rule, "validate": "decimal", "maximum": unit_number(EXACT_MAX),
                            "error_title": message("A number").vi,
                            "error_message": message("A number, not below 0.")}  # fmt: skip
            elif sources.get(name):
                rule = {**OF_LIST, "source": sources[name]}
            else:
                continue
            self.sheet.sheet.data_validation(first, column, last, column, rule)


def _formats(book: Book) -> dict[str, Any]:
    font = {"font_name": FONT, "font_size": 11}
    cell = {**font, "border": 1, "border_color": "#8EA9DB", "valign": "vcenter"}
    to_fill = {**cell, "bg_color": "#FFF9E5", "locked": False}
    sums = {**cell, "bold": True, "bg_color": "#DCE6F1"}
    amounts = amount_format()
    styles = {
        "said": {**cell, "num_format": "@"},
        "text": {**cell, "num_format": "@"},
        "name": {**cell, "font_color": "#595959", "text_wrap": True},
        "to_fill": {**to_fill, "num_format": WHOLE},
        "text_to_fill": {**to_fill, "num_format": "@"},
        "sum_text": {**sums, "num_format": "@"},
        "amount_to_fill": {**to_fill, "num_format": amounts},
        "sum": {**sums, "num_format": amounts},
        "shown_unit": {**cell, "num_format": "@", "align": "left", "indent": 1},
        **{f"shown_{places}": {**cell, "num_format": form} for places, form in PLACES.items()},
        "column": {**font, "num_format": WHOLE},
        "amount_column": {**font, "num_format": amounts},
        "text_column": {**font, "num_format": "@"},
    }
    return {name: book.workbook.add_format(style) for name, style in styles.items()}
