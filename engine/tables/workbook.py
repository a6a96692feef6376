"""The rows of a table's sheet, by one streaming reader that sees what a spreadsheet would hide.

The texts are those of the file, number by number as some program spelt them: no float is made of
them. What a cell shows and what stands in the file cannot differ unseen: what might make them
differ is a finding, or refuses the file.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from doisoat.engine.tables.archive import NO_MACROS, Archive
from doisoat.engine.tables.cell_styles import Looks, looks_of
from doisoat.engine.tables.cells import ROWS_MAX, Row
from doisoat.engine.tables.findings import Findings
from doisoat.engine.tables.form import FileForm
from doisoat.engine.tables.markup import Place, anything, foreign, read_part
from doisoat.engine.tables.shared_texts import Texts, shared_texts
from doisoat.engine.tables.sheet import SheetReader
from doisoat.engine.tables.sheet_settings import UNHIDE, is_true
from doisoat.engine.tables.workbook_parts import OFFICE, STYLES, TEXTS, THEME, Package
from doisoat.messages.text import Text, message

SHEETS_MAX: Final = 500
NAMES_MAX: Final = 5_000
# Names that run something, or stand for what lies in another file or program.
REACHING: Final = re.compile(r"\[|\||'?\\\\|https?:", re.IGNORECASE)
RUNNING: Final = re.compile(r"(?:_xlnm\.)?auto_(?:open|close|activate|deactivate)", re.IGNORECASE)
# What a workbook may say beside its sheets that changes nothing of how they are seen.
HARMLESS: Final = (
    "fileVersion", "fileSharing", "workbookProtection", "calcPr", "customWorkbookViews",
    "functionGroups", "smartTagPr", "smartTagTypes", "fileRecoveryPr", "webPublishing", "extLst",
)  # fmt: skip


class Sheet(NamedTuple):
    """A sheet as the workbook names it."""

    name: str
    state: str
    relation: str


class Outline:
    """What the workbook says of its sheets."""

    def __init__(self, archive: Archive, part: str) -> None:
        self.archive, self.part = archive, part
        self.sheets: list[Sheet] = []
        self.name, self.formula = "", ""
        self.names = 0
        book = {
            **{name: anything() for name in HARMLESS},
            "workbookPr": Place(start=self._properties, passes=lambda _: anything()),
            "bookViews": Place(
                {
                    "workbookView": Place(start=self._view, passes=lambda _: anything()),
                }
            ),
            "sheets": Place({"sheet": Place(start=self._sheet)}),
            "definedNames": Place(
                {
                    "definedName": Place(
                        start=self._named, text=self._add_formula, end=self._name_ends
                    ),
                }
            ),
        }
        # Programs note paths and revisions here, in vocabularies of their own.
        self.places = {"workbook": Place(book, passes=foreign().passes)}

    def _properties(self, attributes: dict[str, str]) -> None:
        if is_true(attributes, "date1904"):
            raise self.archive.refuse(
                message("its days are counted from 1904"),
                message("switch the 1904 date system off, or write days as text: 2021-08-05"),
            )

    def _view(self, attributes: dict[str, str]) -> None:
        if attributes.get("visibility", "visible") != "visible":
            fault = message("the workbook's window is hidden")
            raise self.archive.refuse(fault, UNHIDE)

    def _sheet(self, attributes: dict[str, str]) -> None:
        sheet = Sheet(
            attributes.get("name", ""),
            attributes.get("state", "visible"),
            attributes.get(f"{OFFICE} id", ""),
        )
        taken = {sheet.name.casefold() for sheet in self.sheets}
        relations = {sheet.relation for sheet in self.sheets}
        if (
            sheet.name.casefold() in taken
            or sheet.relation in relations
            or len(taken) >= SHEETS_MAX
        ):
            shown = sheet.name[:40]
            raise self.archive.refuse(
                message("the sheet {shown} comes twice", shown=repr(shown)),
                at=self.part,
            )
        self.sheets.append(sheet)

    def _named(self, attributes: dict[str, str]) -> None:
        self.name, self.formula = attributes.get("name", ""), ""
        self.names += 1
        runs = [key for key in ("function", "vbProcedure", "xlm") if is_true(attributes, key)]
        if runs or RUNNING.match(self.name) or self.names > NAMES_MAX:
            self._refuse_name(message("runs a macro"))

    def _add_formula(self, text: str) -> None:
        if len(self.formula) <= NAMES_MAX:
            self.formula += text

    def _name_ends(self) -> None:
        if REACHING.search(self.formula):
            self._refuse_name(message("reaches into another file"))

    def _refuse_name(self, fault: Text) -> None:
        shown = self.name[:40]
        raise self.archive.refuse(
            message("the name {shown} {fault}", shown=repr(shown), fault=fault),
            message("delete it in Formulas > Name Manager; {no_macros}", no_macros=NO_MACROS),
            self.part,
        )


class Workbook:
    """A workbook whose sheets can be read, each more than once."""

    def __init__(self, archive: Archive) -> None:
        """Raises: RefusedTable where it holds what no table needs, or says nothing of sheets."""
        self.archive, self.package = archive, Package(archive)
        outline = Outline(archive, self.package.book)
        read_part(archive, self.package.book, outline.places)
        self.sheets = outline.sheets

    def part(self, sheet: Sheet) -> str:
        """The part that holds a sheet; RefusedTable if none does."""
        part = self.package.sheet(sheet.relation)
        if part is None:
            name = sheet.name
            raise self.archive.refuse(message("its sheet {name} is not in it", name=name))
        return part

    @cached_property
    def texts(self) -> Texts:
        """The texts that its sheets share."""
        return shared_texts(self.archive, self.package.related_part(self.package.book, TEXTS))

    @cached_property
    def looks(self) -> Looks:
        """How cells are shown, by their styles."""
        book = self.package.book
        styles, theme = (self.package.related_part(book, kind) for kind in (STYLES, THEME))
        return looks_of(self.archive, styles, theme)

    def rows(self, sheet: Sheet, findings: Findings) -> Iterator[Row]:
        """The rows of a sheet that hold something; what is wrong is added to the findings."""
        part = self.part(sheet)
        reader = SheetReader(self.archive, sheet.name, part, self.texts, self.looks, findings)
        return _rows(self.archive, part, reader)


def rows_of(archive: Archive, findings: Findings) -> Iterator[Row]:
    """The rows of the table's sheet that hold something; what is wrong is added to the findings.

    Raises: RefusedTable where no sheet can be read as the table.
    """
    book = Workbook(archive)
    return book.rows(_chosen(archive, book.sheets, findings), findings)


def _chosen(archive: Archive, sheets: Sequence[Sheet], findings: Findings) -> Sheet:
    """The sheet that is read: the one of the form's name, or the only one."""
    form = archive.form
    for name, state, _ in sheets:
        if state != "visible":
            findings.add("hidden", name, message("the sheet is hidden"), UNHIDE)
        elif name not in (form.sheet, form.guide) and len(sheets) > 1:
            findings.add(
                "sheet", name, message("the form has no such sheet"),
                _alone(form),
            )  # fmt: skip
    chosen = next((sheet for sheet in sheets if sheet.name == form.sheet), None)
    if chosen is None and len(sheets) == 1:
        chosen = sheets[0]
    if chosen is None:
        raise archive.refuse(
            message("none of its sheets is called {sheet}", sheet=form.sheet),
            message("call the sheet of the table {sheet}", sheet=form.sheet),
        )
    return chosen


def _alone(form: FileForm) -> Text:
    if not form.guide:
        return message("leave only the sheet {sheet}", sheet=form.sheet)
    return message("leave only the sheets {sheet} and {how}", sheet=form.sheet, how=form.guide)


def _rows(archive: Archive, part: str, reader: SheetReader) -> Iterator[Row]:
    count, most = 0, archive.form.rows_max or ROWS_MAX
    for rows in _taken(archive, part, reader):
        for row in rows:
            count += 1
            if count > most:
                raise archive.refuse(
                    message("more than {rows_max} rows", rows_max=most), archive.form.smaller,
                    f"{reader.name}!{row.number}",
                )  # fmt: skip
            yield row


def _taken(archive: Archive, part: str, reader: SheetReader) -> Iterator[list[Row]]:
    """The rows of a sheet, as many as were gathered from each piece of its part."""
    for piece in archive.pieces(part):
        reader.markup.feed(piece)
        rows, reader.rows = reader.rows, []
        yield rows
    reader.markup.feed(b"", is_last=True)
    yield reader.rows
