"""Tables as files for spreadsheets: no text of them becomes a formula or a link there.

Tables of views have heads in words; the names that programs know the columns by are in the second
row of a CSV file, and on the second sheet of a workbook. A text longer than a cell of a workbook
holds says so there, before as much of it as there is room for; a CSV file has it whole.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from starlette.responses import Response

from doisoat.settlement.web.reading import Table
from doisoat.settlement.web.refusals import Refusal
from doisoat.settlement.web.values import SAFE, Plain

Form = Literal["csv", "xlsx"]
FORMS: tuple[Form, ...] = get_args(Form)
KINDS: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What a spreadsheet takes for the beginning of a formula; an apostrophe before it makes it text.
FORMULA = (*"=+-@", *"\uff1d\uff0b\uff0d\uff20", "\t", "\r", "\n")  # of full width too
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
WIDTH = 18
ROWS_MAX = 1_048_575  # below the header
CELL_MAX = 32_767  # UTF-16 units, of which a letter outside the basic plane has two
CUT = (
    "[CẮT BỚT: một ô chỉ giữ được {most} ký tự, văn bản này có {size}; tệp CSV có đủ"
    " | CUT: a cell holds {most} characters, this text has {size}; the CSV file has all] "
)


def form_of(asked: Mapping[str, str]) -> Form | None:
    """The form of file that is asked for; None if none is."""
    given = asked.get("as")
    for form in FORMS:
        if given == form:
            return form
    if given is not None:
        raise Refusal("bad_value", "as", ", ".join(FORMS))
    return None


def as_file(table: Table, form: Form, name: str, heads: Sequence[str] | None = None) -> Response:
    """A table as a file to be kept.

    Args: name: of the file, without its ending; heads: of its columns in words, if it has any.
    """
    content = _csv(table, heads) if form == "csv" else _xlsx(table, heads)
    about = {"content-disposition": f'attachment; filename="{name}.{form}"'}
    return Response(content, media_type=KINDS[form], headers=about)


def _csv(table: Table, heads: Sequence[str] | None) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it."""
    written = io.StringIO()
    rows = csv.writer(written)
    for names in (heads, table.columns):
        if names is not None:
            rows.writerow([_harmless(name) for name in names])
    rows.writerows([_in_csv(value) for value in row] for row in table.rows)
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def _in_csv(value: Plain) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _harmless(value)
    return value if isinstance(value, int | float) else _harmless(str(value))


def _harmless(text: str) -> str:
    """A number is no formula, though it may begin with a minus."""
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text


def _xlsx(table: Table, heads: Sequence[str] | None) -> bytes:
    """A workbook: text as text, whole numbers that Excel keeps exactly as numbers."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    if len(table.rows) > ROWS_MAX:
        raise Refusal("output_too_large", "xlsx")
    written = io.BytesIO()
    with Workbook(written, {"in_memory": True, "strings_to_formulas": False,
                            "strings_to_urls": False}) as book:  # fmt: skip
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("doisoat")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(table.columns) - 1), WIDTH)
        for column, name in enumerate(heads or table.columns):
            _put(sheet.write_string(0, column, _in_cell(name), bold))
        for place, row in enumerate(table.rows, start=1):
            for column, value in enumerate(row):
                if value is None:
                    continue
                if isinstance(value, bool):
                    _put(sheet.write_boolean(place, column, value))
                elif isinstance(value, int | float) and abs(value) <= SAFE:
                    _put(sheet.write_number(place, column, value))
                else:
                    _put(sheet.write_string(place, column, _in_cell(str(value))))
        if heads is not None:
            columns = book.add_worksheet("columns")
            columns.set_column(0, 2, 2 * WIDTH)
            rows = [("head", "name", "type"), *zip(heads, table.columns, table.types, strict=True)]
            for place, told in enumerate(rows):
                for column, name in enumerate(told):
                    _put(columns.write_string(place, column, name, None if place else bold))
    return written.getvalue()


def _in_cell(text: str) -> str:
    """A text that is too long for a cell is cut, behind words that say so."""
    units = text.encode("utf-16-le", "replace")
    size = len(units) // 2
    if size <= CELL_MAX:
        return text
    said = CUT.format(most=CELL_MAX, size=size)
    return said + units[: 2 * (CELL_MAX - len(said))].decode("utf-16-le", "ignore")


def _put(status: int) -> None:
    if status != 0:  # xlsxwriter says so by a number alone
        raise Refusal("output_too_large", "xlsx")
