"""Tables as files for spreadsheets: no text of them becomes a formula or a link there.

Tables of views have heads in words; the names that programs know the columns by are in the second
row of a CSV file, and on the second sheet of a workbook. A text longer than a cell of a workbook
holds says so there, before as much of it as there is room for; a CSV file has it whole.

Files are written row by row, to disk: what is held of one does not grow with its rows. Whoever
writes one asks now and then whether somebody still waits for it.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal, get_args

from doisoat.engine.tables.csv_writer import without_formula
from doisoat.messages.text import message
from doisoat.settlement.web.queries.json_values import SAFE, Plain
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import Table

Form = Literal["csv", "xlsx"]
FORMS: tuple[Form, ...] = get_args(Form)
KINDS: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDTH = 18
ROWS_MAX = 1_048_575  # below the header
CELLS_MAX = 1_000_000  # of a workbook: some ten seconds of a processor; CSV takes a tenth of that
ASKED_ROWS = 256  # written between two looks at whether somebody still waits
CELL_MAX = 32_767  # UTF-16 units, of which a letter outside the basic plane has two


def form_of(parameters: Mapping[str, str]) -> Form | None:
    """The form of file that is asked for; None if none is."""
    wanted = parameters.get("as")
    for form in FORMS:
        if wanted == form:
            return form
    if wanted is not None:
        raise Refusal("bad_value", "as", ", ".join(FORMS))
    return None


def check_size(table: Table, form: Form) -> None:
    """Raises: Refusal output_too_large for a table that no workbook takes."""
    if form != "xlsx":
        return
    rows, cells = len(table.rows), len(table.rows) * len(table.columns)
    about = None
    if rows > ROWS_MAX:
        about = message(
            "{count} rows, at most {most}; a CSV file has all", count=rows, most=ROWS_MAX
        )
    elif cells > CELLS_MAX:
        about = message(
            "{count} cells, at most {most}; a CSV file has all", count=cells, most=CELLS_MAX
        )
    if about is not None:
        raise Refusal("output_too_large", "xlsx", about)


def write_file(
    table: Table,
    form: Form,
    heads: Sequence[str] | None,
    file: IO[bytes],
    folder: Path,
    is_left: Callable[[], bool] = lambda: False,
) -> None:
    """Write a table as a file to be kept.

    Args: heads: of its columns in words, if it has any; folder: for what is written on the way;
        is_left: does nobody wait for it any more?
    Raises: Refusal output_too_large, export_left.
    """
    check_size(table, form)
    rows = _waited_for(table.rows, is_left)
    if form == "csv":
        _write_csv(table, heads, rows, file)
    else:
        _write_xlsx(table, heads, rows, file, folder)


def _waited_for(rows: list[list[Plain]], is_left: Callable[[], bool]) -> Iterator[list[Plain]]:
    for place, row in enumerate(rows):
        if place % ASKED_ROWS == 0 and is_left():
            raise Refusal("export_left", "as")
        yield row


def _write_csv(
    table: Table, heads: Sequence[str] | None, rows: Iterator[list[Plain]], file: IO[bytes]
) -> None:
    """UTF-8 with the mark by which spreadsheets know it."""
    written = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
    lines = csv.writer(written)
    for names in (heads, table.columns):
        if names is not None:
            lines.writerow([without_formula(name) for name in names])
    for row in rows:
        lines.writerow([_in_csv(value) for value in row])
    written.detach()


def _in_csv(value: Plain) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return without_formula(value)
    return value if isinstance(value, int | float) else without_formula(str(value))


def _write_xlsx(
    table: Table,
    heads: Sequence[str] | None,
    rows: Iterator[list[Plain]],
    file: IO[bytes],
    folder: Path,
) -> None:
    """A workbook: text as text, whole numbers that Excel keeps exactly as numbers."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    book = Workbook(file, {"constant_memory": True, "tmpdir": str(folder),
                           "strings_to_formulas": False, "strings_to_urls": False})  # fmt: skip
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("doisoat")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(table.columns) - 1), WIDTH)
    for column, name in enumerate(heads or table.columns):
        _put(sheet.write_string(0, column, _in_cell(name), bold))
    for place, row in enumerate(rows, start=1):
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
        names = [("head", "name", "type"), *zip(heads, table.columns, table.types, strict=True)]
        for place, heading in enumerate(names):
            for column, name in enumerate(heading):
                _put(columns.write_string(place, column, name, None if place else bold))
    book.close()  # not by `with`: a file that nobody waits for needs no end


def _in_cell(text: str) -> str:
    """A text that is too long for a cell is cut, behind words that say so."""
    units = text.encode("utf-16-le", "replace")
    size = len(units) // 2
    if size <= CELL_MAX:
        return text
    cut = message(
        "CUT: a cell holds {most} characters, this text has {size}; the CSV file has all",
        most=CELL_MAX,
        size=size,
    )
    notice = f"[{cut}] "
    return notice + units[: 2 * (CELL_MAX - len(notice))].decode("utf-16-le", "ignore")


def _put(status: int) -> None:
    if status != 0:  # xlsxwriter says so by a number alone
        raise Refusal("output_too_large", "xlsx")
