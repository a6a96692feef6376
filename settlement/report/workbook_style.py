"""The style of a workbook, and the only functions that write its cells."""

# ruff: noqa: E501 (tables of words and styles: an entry a line)

from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped]

from doisoat.currency import CURRENCY, figure, number_text
from doisoat.errors import DoisoatError
from doisoat.messages.language import BOTH
from doisoat.messages.text import Text, in_language, message_in
from doisoat.settlement.drawing.svg import DARK, MUTED, PALE
from doisoat.settlement.figures.period import Period

FONT = "Times New Roman"
RULE = "#8EA9DB"
# 42A is vi-VN: LibreOffice groups by it; Excel groups as its own region says, here as anywhere.
WHOLE = "[$-42A]#,##0;[RED]-#,##0"
DECIMAL = "[$-42A]#,##0.0"
THOUSANDTHS = "[$-42A]#,##0.000"
PERCENT = "[$-42A]0.000000%"
DAY = "dd/mm/yyyy"
EXACT_BELOW = 2**53  # a spreadsheet's numbers lose digits from here on
CELL_MAX = 32_767  # letters of a text; xlsxwriter cuts a longer one, and says TOO_LONG
TOO_LONG = -2
PAGE = message_in("footer", "Page")
LINE_POINTS = 15.0
LEAST_SCALE = 0.8  # of the size at which a sheet is as wide as its page
PAGE_POINTS, MARGIN_POINTS = (595.0, 842.0), (72.0, 93.6)  # A4 upright: across, down
# Of a column as wide as one letter, and what each column has more.
COLUMN_POINTS, COLUMN_EDGE_POINTS, PIXEL_POINTS = 5.25, 3.75, 0.75
CHARACTERS_PER_WIDTH = 1.2  # of Times New Roman, safely few

BAR = {"type": "data_bar", "bar_solid": True, "data_bar_2010": True}
BARS = {  # of amounts, from 0 on; of differences, to both sides of it
    False: {**BAR, "bar_color": "#C9DAF0", "min_type": "num", "min_value": 0},
    True: {
        **BAR, "bar_color": RULE, "bar_negative_color": "#E69F9F", "bar_axis_position": "middle",
    },
}  # fmt: skip

STYLES: dict[str, dict[str, Any]] = {
    "text": {},
    "wrap": {"text_wrap": True, "valign": "top"},
    "bold": {"bold": True},
    "muted": {"font_color": MUTED, "italic": True, "text_wrap": True, "valign": "top"},
    "centre": {"align": "center", "text_wrap": True, "valign": "vcenter"},
    "centre_bold": {"align": "center", "bold": True, "text_wrap": True, "valign": "vcenter"},
    "title": {"align": "center", "bold": True, "font_size": 16, "font_color": DARK},
    "subtitle": {"align": "center", "italic": True, "font_color": MUTED},
    "signature": {"align": "center", "italic": True, "font_color": MUTED, "text_wrap": True, "valign": "top"},
    "form": {"align": "center", "italic": True, "font_color": "#C00000"},
    "section": {"bold": True, "font_size": 12, "font_color": DARK, "bottom": 2, "bottom_color": DARK},
    "head": {
        "bold": True, "bg_color": DARK, "font_color": "#FFFFFF", "align": "center",
        "valign": "vcenter", "text_wrap": True, "border": 1, "border_color": RULE,
    },
    "cell": {
        "border": 1, "border_color": RULE, "text_wrap": True, "valign": "vcenter", "indent": 1,
    },
    "cell_centre": {
        "border": 1, "border_color": RULE, "text_wrap": True, "valign": "vcenter", "align": "center",
    },
    "code": {
        "border": 1, "border_color": RULE, "valign": "vcenter", "font_name": "Consolas", "font_size": 9,
    },
    "code_wrap": {
        "border": 1, "border_color": RULE, "text_wrap": True, "valign": "vcenter",
        "font_name": "Consolas", "font_size": 9,
    },
    "whole": {"border": 1, "border_color": RULE, "num_format": WHOLE, "align": "right", "valign": "vcenter"},
    "decimal": {"border": 1, "border_color": RULE, "num_format": DECIMAL, "align": "right", "valign": "vcenter"},
    "thousandths": {"border": 1, "border_color": RULE, "num_format": THOUSANDTHS, "align": "right", "valign": "vcenter"},
    "percent": {"border": 1, "border_color": RULE, "num_format": PERCENT, "align": "right", "valign": "vcenter"},
    "day": {"border": 1, "border_color": RULE, "num_format": DAY, "align": "center", "valign": "vcenter"},
    "total_text": {"border": 1, "border_color": RULE, "bold": True, "bg_color": PALE, "text_wrap": True, "valign": "vcenter"},
    "total_centre": {"border": 1, "border_color": RULE, "bold": True, "bg_color": PALE, "align": "center"},
    "total": {
        "border": 1, "border_color": RULE, "bold": True, "bg_color": PALE, "num_format": WHOLE,
        "align": "right", "valign": "vcenter",
    },
    "total_thousandths": {"border": 1, "border_color": RULE, "bold": True, "bg_color": PALE, "num_format": THOUSANDTHS, "align": "right", "valign": "vcenter"},
    "key_text": {"border": 1, "border_color": RULE, "bold": True, "bg_color": PALE, "text_wrap": True, "valign": "vcenter", "indent": 1},
    "warning_centre": {"bold": True, "font_color": "#C00000", "align": "center"},
    "warning": {"bold": True, "font_color": "#C00000", "text_wrap": True, "valign": "top"},
}  # fmt: skip


def amount_format() -> str:
    """The number format of amounts in the unit of the currency in use."""
    decimals = CURRENCY.form.decimals
    if not decimals:
        return WHOLE
    number = f"#,##0.{'0' * decimals}"
    return f"{number};[RED]-{number}"


class Book:
    """A workbook whose formats are made once; it is dated by its period, so that equal content is
    equal bytes."""

    def __init__(
        self,
        path: Path | BytesIO,
        title: str,
        subject: str,
        period: Period,
        comments: str = "",
        lang: str = BOTH,
    ) -> None:
        """Args: lang: the language of its texts, of `messages.language.choices`."""
        self.lang = lang
        to = path if isinstance(path, BytesIO) else str(path)
        options = {"strings_to_formulas": False, "in_memory": True}  # else through files in /tmp
        self.workbook = xlsxwriter.Workbook(to, options)
        self._sheets: list[Sheet] = []
        self.workbook.set_properties(
            {
                "title": self.spoken(title),
                "subject": self.spoken(subject),
                "author": "doisoat",
                "company": "",
                "comments": comments,
                "created": period.end.replace(tzinfo=UTC),
            }
        )
        self.workbook.set_calc_mode("auto")
        self.formats = {
            name: self.workbook.add_format({"font_name": FONT, "font_size": 11, **style})
            for name, style in STYLES.items()
        }

    def of_amounts(self, style: str) -> Any:
        """A format of whole numbers with the decimals of the currency in use."""
        decimals = CURRENCY.form.decimals
        if not decimals:
            return self.formats[style]
        name = f"{style} with {decimals} decimals"
        if name not in self.formats:
            content = {
                "font_name": FONT,
                "font_size": 11,
                **STYLES[style],
                "num_format": amount_format(),
            }
            self.formats[name] = self.workbook.add_format(content)
        return self.formats[name]

    def spoken(self, text: str) -> str:
        """A text in the language of this workbook."""
        return str(text) if self.lang == BOTH else in_language(text, self.lang)

    def sheet(self, name: str, widths: Sequence[float], footer: str, *, landscape: bool) -> "Sheet":
        new_sheet = Sheet(self, name, widths, footer, landscape=landscape)
        self._sheets.append(new_sheet)
        return new_sheet

    def close(self) -> None:
        """Write the file; what was written of each sheet is what is printed of it."""
        for sheet in self._sheets:
            if sheet.is_open_ended:
                continue
            sheet.sheet.print_area(0, 0, sheet.row, sheet.last)
        self.workbook.close()


class Sheet:
    """A sheet that is written from top to bottom; `row` is the next one."""

    def __init__(
        self, book: Book, name: str, widths: Sequence[float], footer: str, *, landscape: bool
    ) -> None:
        self.formats, self.widths, self.row, self.spoken = book.formats, widths, 0, book.spoken
        self._book_formats = book
        self.is_open_ended = False  # rows are added by others: all that is in it is printed
        self._book, self._heights, self._lang = book.workbook, dict[int, int](), book.lang
        self.sheet = book.workbook.add_worksheet(name)
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width, self.formats["text"])
        self.sheet.set_paper(9)  # A4
        self._landscape = landscape
        if landscape:
            self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        page = PAGE.vi if book.lang == BOTH else self.spoken(PAGE)
        self.sheet.set_footer(f'&L&"{FONT}"&8{self.spoken(footer)}&R&"{FONT}"&8{page} &P/&N')
        self.sheet.hide_gridlines(2)

    @property
    def last(self) -> int:
        return len(self.widths) - 1

    def _check_code(self, code: int, content: str) -> None:
        if code != 0:
            raise DoisoatError(
                f"a cell was refused with code {code}: {content[:60]!r}",
                f"{self.sheet.get_name()}, row {self.row + 1}",
                "report this with the run's id",
            )

    def text(self, column: int, value: str, style: str = "cell") -> None:
        """Text is written as text, whatever it looks like."""
        self.put(column, value, self.formats[style])

    def put(self, column: int, value: str, form: Any) -> None:
        """The same in a format of the caller's own.

        Raises: DoisoatError for a text that is longer than a cell holds: it would be cut.
        """
        value = self.spoken(value)
        code = self.sheet.write_string(self.row, column, value, form)
        if code == TOO_LONG:
            raise DoisoatError(
                f"a text of {len(value)} letters, more than the {CELL_MAX} of a cell, begins"
                f" {value[:60]!r}",
                f"{self.sheet.get_name()}, row {self.row + 1}",
                "shorten it where it was written: catalogue, package, or the file that came in",
            )
        self._check_code(code, value)

    def whole(
        self, column: int, value: int, style: str = "whole", formula: str | None = None
    ) -> None:
        """An integer; with a formula, the value is what it gives. Past 2**53 it is text."""
        if abs(value) >= EXACT_BELOW:
            self.text(column, number_text(value), style)
        elif formula is None:
            self._check_code(
                self.sheet.write_number(self.row, column, value, self.formats[style]), str(value)
            )
        else:
            code = self.sheet.write_formula(self.row, column, formula, self.formats[style], value)
            self._check_code(code, formula)

    def amount(
        self, column: int, value: int, style: str = "whole", formula: str | None = None
    ) -> None:
        """An amount of minor units, as a number of the currency's unit with its decimals.

        A formula over such cells is rounded to the decimals: a spreadsheet adds binary fractions.
        """
        decimals = CURRENCY.form.decimals
        if not decimals:
            self.whole(column, value, style, formula)
            return
        form = self._book_formats.of_amounts(style)
        if abs(value) >= EXACT_BELOW:
            self.put(column, figure(value), form)
            return
        number = Decimal(value).scaleb(-decimals)
        if formula is None:
            code = self.sheet.write_number(self.row, column, number, form)
        else:
            rounded = f"=ROUND({formula.removeprefix('=')},{decimals})"
            code = self.sheet.write_formula(self.row, column, rounded, form, number)
        self._check_code(code, str(number))

    def amount_across(
        self, value: int, style: str, first: int, last: int, formula: str | None = None
    ) -> None:
        """An amount over several columns."""
        form = self._book_formats.of_amounts(style)
        self.sheet.merge_range(self.row, first, self.row, last, "", form)
        self.amount(first, value, style, formula)

    def whole_across(
        self, value: int, style: str, first: int, last: int, formula: str | None = None
    ) -> None:
        """An integer over several columns."""
        self.sheet.merge_range(self.row, first, self.row, last, "", self.formats[style])
        self.whole(first, value, style, formula)

    def figure(self, column: int, value: float, style: str, formula: str | None = None) -> None:
        """A quantity or a share, never money."""
        if formula is None:
            code = self.sheet.write_number(self.row, column, value, self.formats[style])
        else:
            code = self.sheet.write_formula(self.row, column, formula, self.formats[style], value)
        self._check_code(code, str(value))

    def day(self, column: int, value: Any) -> None:
        code = self.sheet.write_datetime(self.row, column, value, self.formats["day"])
        self._check_code(code, str(value))

    def across(self, value: str, style: str, first: int = 0, last: int | None = None) -> None:
        """Text over several columns; the row grows to hold it."""
        last = self.last if last is None else last
        if first == last:
            self.text(first, value, style)
        else:
            self.sheet.merge_range(self.row, first, self.row, last, "", self.formats[style])
            self.text(first, value, style)
        self.grow((value, sum(self.widths[first : last + 1])))

    def on_one_page(self) -> None:
        """All of it is printed on one page, as small as that needs."""
        self.sheet.set_h_pagebreaks([])
        self.sheet.fit_to_pages(1, 1)

    def on_one_page_if_legible(self) -> None:
        """The same, where the page need not be printed much smaller than as wide as it is."""
        if self._points(0, self.row) * LEAST_SCALE <= self._page_points:
            self.on_one_page()

    def keep_together(self, first: int) -> None:
        """The rows from this one on stand on one page: the next one, where this one is too full."""
        page = self._page_points
        begins = self._points(0, first)
        if begins % page + self._points(first, self.row) > page:
            self.sheet.set_h_pagebreaks([first])

    def _points(self, first: int, end: int) -> float:
        """How high some rows are."""
        lines = (self._heights.get(row) for row in range(first, end))
        return sum(LINE_POINTS if count is None else LINE_POINTS * count + 2 for count in lines)

    @property
    def _page_points(self) -> float:
        """How much of the rows a page holds, which is as wide as the columns; safely little."""
        across, down = PAGE_POINTS[::-1] if self._landscape else PAGE_POINTS
        wide = sum(COLUMN_POINTS * width + COLUMN_EDGE_POINTS for width in self.widths)
        return 0.95 * (down - MARGIN_POINTS[1]) * max(1.0, wide / (across - MARGIN_POINTS[0]))

    def chart(self, title: str, days: tuple[int, int], column: int, height: int) -> None:
        """Columns of a day each, across the sheet, below what was written: of rows that have the
        days in their first column."""
        drawn = self._book.add_chart({"type": "column"})
        name, (first, last) = self.sheet.get_name(), days
        drawn.add_series(
            {
                "categories": [name, first, 0, last, 0],
                "values": [name, first, column, last, column],
                "fill": {"color": DARK},
                "gap": 40,
            }
        )
        font = {"name": FONT, "size": 9, "color": DARK}
        drawn.set_title({"name": self.spoken(title), "name_font": {**font, "size": 11}})
        drawn.set_legend({"none": True})
        drawn.set_x_axis({"num_format": "dd/mm", "num_font": font, "date_axis": False})
        drawn.set_y_axis(
            {"num_format": WHOLE, "num_font": font, "major_gridlines": {"visible": True,
             "line": {"color": RULE, "width": 0.5}}, "min": 0}
        )  # fmt: skip
        points = sum(COLUMN_POINTS * width + COLUMN_EDGE_POINTS for width in self.widths)
        rows_points = LINE_POINTS * height
        drawn.set_size({"width": points / PIXEL_POINTS, "height": rows_points / PIXEL_POINTS})
        self.sheet.insert_chart(self.row, 0, drawn)
        self.row += height

    def grow(self, *texts: tuple[str, float]) -> None:
        """Make the row high enough for each text in its width; readers don't do it by themselves."""
        lines = max(_lines(self.spoken(text), width) for text, width in texts)
        if lines > self._heights.get(self.row, 1):
            self._heights[self.row] = lines
            self.sheet.set_row(self.row, LINE_POINTS * lines + 2)

    def heads(self, heads: Sequence[Text]) -> None:
        """A table's head: in both languages, Vietnamese above English."""
        lines = [self._head(head) for head in heads]
        for column, head in enumerate(lines):
            self.text(column, head, "head")
        self.grow(*((head, width * 0.9) for head, width in zip(lines, self.widths, strict=False)))
        self.row += 1

    def _head(self, head: Text) -> str:
        return f"{head.vi}\n{head.en}" if self._lang == BOTH else head

    def heads_across(self, heads: Sequence[tuple[int, int, Text]]) -> None:
        """A head whose cells go over several columns: first, last, text."""
        for first, last, head in heads:
            self.across(self._head(head), "head", first, last)
        if self._lang == BOTH:
            self.sheet.set_row(self.row, LINE_POINTS * 2 + 2)
        self.row += 1

    def cell_name(self, row: int, column: int) -> str:
        name: str = xl_rowcol_to_cell(row, column)
        return name

    def name(self, called: str, column: int, span: tuple[int, int] | None = None) -> None:
        """A name for a column's cell of this row, or for its rows from the first to the last."""
        cells = [
            xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
            for row in (span or (self.row,))
        ]
        self._book.define_name(called, f"='{self.sheet.get_name()}'!{':'.join(cells)}")

    def bars(self, column: int, first: int, last: int, *, is_signed: bool = False) -> None:
        """Bars behind the figures of a column, as long as they are large."""
        self.sheet.conditional_format(first, column, last, column, BARS[is_signed])

    def sum_of(self, column: int, first: int, last: int) -> str:
        """The formula that adds a column's rows."""
        return f"=SUM({self.cell_name(first, column)}:{self.cell_name(last, column)})"


@lru_cache(maxsize=4096)  # A book has most of its texts from the one before.
def _lines(text: str, width: float) -> int:
    room = max(1, int(width * CHARACTERS_PER_WIDTH))
    return sum(_wrapped(line, room) for line in text.split("\n"))


def _wrapped(line: str, room: int) -> int:
    """How many lines a reader breaks this one into, at spaces."""
    count, used = 1, 0
    for word in line.split(" "):
        size = len(word)
        if used and used + 1 + size > room:
            count, used = count + 1, 0
        used += size + (1 if used else 0)
        count, used = count + used // (room + 1), used % (room + 1)
    return count
