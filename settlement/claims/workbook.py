"""The rows of a claim's sheet, by one streaming reader that sees what a spreadsheet would hide.

The texts are those of the file, number by number as some program spelt them: no float is made of
them. What a cell shows and what stands in the file cannot differ unseen: formulas, merged cells,
hidden sheets, rows and columns, and number formats that show another number are findings.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from xml.parsers import expat

from doisoat.settlement.claims.archive import NO_MACROS, Archive
from doisoat.settlement.claims.cells import CELL_CHARACTERS_MAX, ROWS_MAX, Row
from doisoat.settlement.claims.finding import Findings
from doisoat.settlement.claims.looks import Looks
from doisoat.settlement.claims.sheet import UNHIDE, SheetReader
from doisoat.settlement.report.text import Said

SHEET: Final = "Kê khai"
HOW: Final = "Hướng dẫn"  # the sheet that says how to fill; nothing is read from it
TYPES, WORKBOOK, RELATIONS = "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
TEXTS: Final = "xl/sharedStrings.xml"
STYLES: Final = "xl/styles.xml"
TEXTS_MAX: Final = 2_000_000
MORE_ROWS: Final = Said(
    "mức ngày, tỉnh, biện pháp không cần nhiều dòng thế; mức dòng (lines) thì gửi CSV hoặc Parquet",
    "grains of day, province or measure need no such number; give lines as CSV or Parquet",
)


class Sheet(NamedTuple):
    """A sheet as the workbook names it."""

    name: str
    state: str
    part: str


class Outline:
    """What the workbook says of its sheets."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, str]] = []  # name, state, relation
        self.counts_from_1904 = False

    def element(self, name: str, said: dict[str, str]) -> None:
        """An element of xl/workbook.xml."""
        if name == "sheet":
            relation = next((v for k, v in said.items() if k.endswith(" id")), "")
            self.sheets.append((said.get("name", ""), said.get("state", "visible"), relation))
        elif name == "workbookPr":
            self.counts_from_1904 = said.get("date1904") in ("1", "true")


def rows_of(archive: Archive, findings: Findings) -> Iterator[Row]:
    """The rows of the claim's sheet that hold something; what is wrong is added to the findings.

    Raises: RefusedClaim where no sheet can be read as the claim's.
    """
    _check_types(archive)
    sheet = _sheet(archive, findings)
    reader = SheetReader(archive, sheet.name, _texts(archive), _looks(archive), findings)
    return _rows(archive, sheet, reader)


def _elements(archive: Archive, part: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small part, by local name, with what they say."""
    if part not in archive:
        raise archive.refuse(Said(f"thiếu {part}", f"it has no {part}"))
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    archive.refuse_entities(parser, part)

    def start(name: str, said: dict[str, str]) -> None:
        if len(found) >= ROWS_MAX:
            raise archive.refuse(Said("quá nhiều phần tử", "too many elements"), at=part)
        found.append((name.rpartition(" ")[2], said))

    parser.StartElementHandler = start
    for piece in archive.pieces(part):
        archive.feed(parser, piece, part)
    archive.feed(parser, b"", part, is_last=True)
    return found


def _check_types(archive: Archive) -> None:
    for _, said in _elements(archive, TYPES):
        if "macroenabled" in said.get("ContentType", "").casefold():
            raise archive.refuse(Said("có macro", "it is a workbook with macros"), NO_MACROS, TYPES)


def _sheet(archive: Archive, findings: Findings) -> Sheet:
    """The claim's sheet: the one of that name, or the only one."""
    outline = Outline()
    for name, said in _elements(archive, WORKBOOK):
        outline.element(name, said)
    if outline.counts_from_1904:
        raise archive.refuse(
            Said("ngày tính từ năm 1904", "its days are counted from 1904"),
            Said("tắt hệ ngày 1904, hoặc ghi ngày dạng văn bản 2021-08-05",
                 "switch the 1904 date system off, or write days as text: 2021-08-05"),
        )  # fmt: skip
    parts = dict(_targets(archive))
    for name, state, _ in outline.sheets:
        if state != "visible":
            findings.add("hidden", name, Said("trang bị ẩn", "the sheet is hidden"), UNHIDE)
        elif name not in (SHEET, HOW) and len(outline.sheets) > 1:
            findings.add(
                "sheet", name, Said("trang không thuộc mẫu", "the form has no such sheet"),
                Said(f"chỉ để trang {SHEET} và {HOW}", f"leave only the sheets {SHEET} and {HOW}"),
            )  # fmt: skip
    names = [name for name, _, _ in outline.sheets]
    wanted = SHEET if SHEET in names else names[0] if len(names) == 1 else None
    if wanted is None or names.count(wanted) > 1:
        raise archive.refuse(
            Said(f"không có trang nào tên {SHEET}", f"none of its sheets is called {SHEET}"),
            Said(f"đặt tên trang kê khai là {SHEET}", f"call the claim's sheet {SHEET}"),
        )
    state, relation = next((state, one) for name, state, one in outline.sheets if name == wanted)
    part = parts.get(relation, "")
    if part not in archive:
        raise archive.refuse(Said(f"thiếu trang {wanted}", f"its sheet {wanted} is not in it"))
    return Sheet(wanted, state, part)


def _targets(archive: Archive) -> Iterator[tuple[str, str]]:
    for _, said in _elements(archive, RELATIONS):
        if said.get("TargetMode", "").casefold() == "external":
            raise archive.refuse(
                Said("có liên kết tới tệp khác", "it has links to other files"), NO_MACROS,
                RELATIONS,
            )  # fmt: skip
        target = said.get("Target", "")
        yield said.get("Id", ""), target.lstrip("/") if target.startswith("/") else f"xl/{target}"


class _Texts:
    """Collects the shared texts; readings of ideographs (rPh) are no part of them."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.found: list[str] = []
        self.pieces: list[str] = []
        self.length = self.phonetic = 0
        self.is_text = False

    def start(self, name: str, _: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if local == "si":
            self.pieces, self.length = [], 0
        self.phonetic += local == "rPh"
        self.is_text = local == "t" and not self.phonetic

    def data(self, text: str) -> None:
        if self.is_text and self.length <= CELL_CHARACTERS_MAX:
            self.pieces.append(text)
            self.length += len(text)

    def end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        self.is_text = False
        self.phonetic -= local == "rPh"
        if local == "si":
            if len(self.found) >= TEXTS_MAX:
                raise self.archive.refuse(Said("quá nhiều văn bản", "too many texts"), at=TEXTS)
            self.found.append("".join(self.pieces))


def _texts(archive: Archive) -> list[str]:
    if TEXTS not in archive:
        return []
    texts = _Texts(archive)
    _parse(archive, TEXTS, texts)
    return texts.found


def _parse(archive: Archive, part: str, handlers: Any) -> None:
    for _ in _pushed(archive, part, handlers):
        pass


def _pushed(archive: Archive, part: str, handlers: Any) -> Iterator[None]:
    """Push a part through a parser with these handlers; what they gathered is taken in between."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    archive.refuse_entities(parser, part)
    parser.StartElementHandler = handlers.start
    parser.EndElementHandler = handlers.end
    parser.CharacterDataHandler = handlers.data
    for piece in archive.pieces(part):
        archive.feed(parser, piece, part)
        yield
    archive.feed(parser, b"", part, is_last=True)
    yield


def _looks(archive: Archive) -> dict[int, str]:
    """Styles of cells by which a number is not shown as it is."""
    looks = Looks()
    for name, said in _elements(archive, STYLES) if STYLES in archive else ():
        looks.element(name, said)
    return looks.odd()


def _rows(archive: Archive, sheet: Sheet, reader: SheetReader) -> Iterator[Row]:
    count = 0
    for _ in _pushed(archive, sheet.part, reader):
        rows, reader.rows = reader.rows, []
        for row in rows:
            count += 1
            if count > ROWS_MAX:
                raise archive.refuse(
                    Said(f"hơn {ROWS_MAX} dòng", f"more than {ROWS_MAX} rows"), MORE_ROWS,
                    f"{sheet.name}!{row.number}",
                )  # fmt: skip
            yield row
