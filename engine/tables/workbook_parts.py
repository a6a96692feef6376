"""Parts of a workbook and how they hang together, by its content types and relationships.

A part is what these say of it, whatever it is called: macros, links, pictures and data connections
are known by their types, and a type that no table needs is refused. The parts that are read are
found along the relationships, as a spreadsheet finds them.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from doisoat.engine.tables.archive import NO_MACROS, Archive
from doisoat.engine.tables.findings import RefusedTable
from doisoat.engine.tables.markup import AS_TRANSITIONAL, STRICT, Place, read_part
from doisoat.messages.text import Text, message

TYPES: Final = "[Content_Types].xml"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT: Final = "http://schemas.microsoft.com/office"
BOOK, SHEET, TEXTS, STYLES, THEME = (
    "officeDocument",
    "worksheet",
    "sharedStrings",
    "styles",
    "theme",
)
SPREADSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
OFFICE_TYPE: Final = "application/vnd.openxmlformats-officedocument"
# What the parts that are read are said to be.
READ_TYPES: Final = {
    BOOK: f"{SPREADSHEET}.sheet.main+xml",
    SHEET: f"{SPREADSHEET}.worksheet+xml",
    TEXTS: f"{SPREADSHEET}.sharedStrings+xml",
    STYLES: f"{SPREADSHEET}.styles+xml",
    THEME: f"{OFFICE_TYPE}.theme+xml",
}
SIGNED: Final = "application/vnd.openxmlformats-package.digital-signature"
# Beside those that are read: what programs write into every workbook, and what offices add.
KNOWN_TYPES: Final = frozenset(
    {
        *READ_TYPES.values(),
        f"{SPREADSHEET}.calcChain+xml",
        f"{SPREADSHEET}.printerSettings",
        f"{SPREADSHEET}.sheetMetadata+xml",
        f"{SPREADSHEET}.customProperty",
        f"{OFFICE_TYPE}.extended-properties+xml",
        f"{OFFICE_TYPE}.custom-properties+xml",
        f"{OFFICE_TYPE}.customXmlProperties+xml",
        "application/vnd.openxmlformats-package.core-properties+xml",
        "application/vnd.openxmlformats-package.relationships+xml",
        f"{SIGNED}-origin", f"{SIGNED}-xmlsignature+xml", f"{SIGNED}-certificate",
        "application/vnd.ms-excel.person+xml",
        "application/vnd.ms-excel.featurepropertybag+xml",
        "application/vnd.ms-office.classificationlabels+xml",
        "application/xml", "text/xml",
        "image/jpeg", "image/jpg", "image/png", "image/x-wmf", "image/x-emf",
    }
)  # fmt: skip
KNOWN_RELATIONS: Final = frozenset(
    {
        *(f"{OFFICE}/{kind}" for kind in (
            *READ_TYPES, "calcChain", "printerSettings", "sheetMetadata", "customProperty",
            "extended-properties", "custom-properties", "customXml", "customXmlProps",
        )),
        f"{PACKAGE}/relationships/metadata/core-properties",
        "http://schemas.openxmlformats.org/officedocument/2006/relationships/metadata/"
        "core-properties",  # as LibreOffice spells it
        f"{PACKAGE}/relationships/metadata/thumbnail",
        *(f"{PACKAGE}/relationships/digital-signature/{kind}"
          for kind in ("origin", "signature", "certificate")),
        f"{MICROSOFT}/2017/10/relationships/person",
        f"{MICROSOFT}/2020/02/relationships/classificationlabels",
        f"{MICROSOFT}/2020/02/relationships/classificationLabels",
        f"{MICROSOFT}/2022/11/relationships/FeaturePropertyBag",
    }
)  # fmt: skip
IMAGE: Final = f"{OFFICE}/image"  # of a theme alone, whose backgrounds are seen on slides
NO_OBJECTS: Final = message("delete them, leave cells alone, and save it again as .xlsx")
# What a type that is refused is, by what stands in its name.
FAMILIES: Final = (
    (("macro", "vba", "xlm", "toolbar"), message("it has macros"), NO_MACROS),
    (("externallink", "dde", "hyperlink"),
     message("it has links to other files"), NO_MACROS),
    (("oleobject", "activex", "ctrlprop", "control", "embed", "relationships/package",
      "attachedtemplate", "webextension"),
     message("it has embedded objects or controls"), NO_OBJECTS),
    (("connection", "querytable", "powerpivot", "/model", "datamashup", "volatile", "xlquery"),
     message("it has data connections"), NO_MACROS),
    (("pivot", "slicer", "timeline"), message("it has pivot tables"),
     NO_OBJECTS),
    (("xmlmaps", "tablesinglecells"), message("it has XML maps"), NO_OBJECTS),
    (("comment",), message("it has comments that lie over cells"), NO_OBJECTS),
    (("drawing", "chart", "diagram", "image", "picture"),
     message("it has pictures, text boxes or charts that lie over cells"), NO_OBJECTS),
    (("table",), message("it has a table (ListObject)"),
     message("choose the table, Table Design > Convert to Range, and save again")),
    (("ui/", "userui", "extensibility", "customui"),
     message("it has a user interface of its own"), NO_MACROS),
    (("revision", "username"), message("it is a shared workbook"),
     message("end its sharing, and save it again")),
    (("rdrich", "richdata", "richvalue", "rdarray", "rdsupporting"),
     message("it has pictures or linked data in cells"),
     NO_OBJECTS),
)  # fmt: skip
# Of parts that no relationship names: what programs or other packages begin with.
PROGRAMS: Final = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\3\4", b"MZ", b"\x7fELF", b"%PDF-")
TARGET: Final = re.compile(r"/?(?:[A-Za-z0-9_.-]+/)*[A-Za-z0-9_.-]+")
RELATIONS_PART: Final = re.compile(r"((?:[^/]+/)*)_rels/([^/]*)\.rels")
RELATIONS_MAX: Final = 5_000


class Relation(NamedTuple):
    """A relationship of a part to another."""

    id: str
    kind: str
    part: str


class Package:
    """The parts of a workbook: what each is, and which it leads to."""

    def __init__(self, archive: Archive) -> None:
        """Raises: RefusedTable for a type or relationship that no table needs."""
        self.archive = archive
        self.defaults: dict[str, str] = {}
        self.overrides: dict[str, str] = {}
        self.relations: dict[str, list[Relation]] = {}
        self._read_types()
        for part in archive.names():
            if part != TYPES:
                self._check_type(part)
        for part in archive.names():
            if part.casefold().endswith(".rels"):
                self._read_relations(part)
        self.book = self.related_part("", BOOK) or self._missing(BOOK)

    def related_part(self, source: str, kind: str) -> str | None:
        """The part of a kind of READ_TYPES that another leads to; None if to none."""
        parts = [relation.part for relation in self._of_kind(source, kind)]
        if len(parts) > 1:
            raise self._refuse(
                message("it has {count} parts {kind}", count=len(parts), kind=kind), source
            )
        return parts[0] if parts else None

    def sheet(self, relation: str) -> str | None:
        """The part of a sheet of the workbook, by its relationship."""
        return next((r.part for r in self._of_kind(self.book, SHEET) if r.id == relation), None)

    def type_of(self, part: str) -> str:
        """What a part is said to be; '' if nothing is said of it."""
        extension = part.rpartition("/")[2].rpartition(".")[2]
        return self.overrides.get(part.casefold(), self.defaults.get(extension.casefold(), ""))

    def _of_kind(self, source: str, kind: str) -> Iterator[Relation]:
        for relation in self.relations.get(source, ()):
            if relation.kind != f"{OFFICE}/{kind}":
                continue
            if relation.part not in self.archive:
                raise self._refuse(message("it has no {part}", part=relation.part))
            if self.type_of(relation.part) != READ_TYPES[kind].casefold():
                shown = self.type_of(relation.part)[:80]
                raise self._refuse(
                    message("it is said to be {shown}", shown=repr(shown)), relation.part
                )
            yield relation

    def _missing(self, kind: str) -> str:
        raise self._refuse(message("it has no part {kind}", kind=kind))

    def _refuse(self, fault: Text, at: str = "") -> RefusedTable:
        return self.archive.refuse(fault, at=at)

    # --- types

    def _read_types(self) -> None:
        if TYPES not in self.archive:
            raise self._refuse(message("it has no {types}", types=TYPES))
        of = f"{PACKAGE}/content-types "
        read_part(self.archive, TYPES, {f"{of}Types": Place({
            f"{of}Default": Place(start=lambda attributes: self._add_type(
                self.defaults, attributes.get("Extension", ""), attributes)),
            f"{of}Override": Place(start=lambda attributes: self._add_type(
                self.overrides, attributes.get("PartName", "").removeprefix("/"), attributes)),
        })})  # fmt: skip

    def _add_type(self, known: dict[str, str], name: str, attributes: dict[str, str]) -> None:
        key = name.casefold()
        if not key or key in known or len(known) >= RELATIONS_MAX:
            shown = name[:60]
            raise self._refuse(
                message("the type of {shown} is said twice", shown=repr(shown)),
                TYPES,
            )
        known[key] = attributes.get("ContentType", "").casefold()

    def _check_type(self, part: str) -> None:
        content_type = self.type_of(part)
        if not content_type:
            raise self._refuse(message("nothing says what it is"), part)
        if content_type not in _FOLDED_TYPES:
            raise self._unknown(content_type, part)
        if self.archive.head(part, 8).startswith(PROGRAMS):
            raise self.archive.refuse(message("it is a file that is embedded"), NO_OBJECTS, part)

    def _unknown(self, name: str, at: str) -> RefusedTable:
        lower = name.casefold()
        if lower.startswith(STRICT):
            fault = message("it is saved as Strict Open XML")
            return self.archive.refuse(fault, AS_TRANSITIONAL, at)
        for marks, fault, mend in FAMILIES:
            if any(mark in lower for mark in marks):
                return self.archive.refuse(fault, mend, at)
        fault = message("it has a part of the type {name}", name=repr(name[:80]))
        return self.archive.refuse(fault, NO_OBJECTS, at)

    # --- relationships

    def _read_relations(self, part: str) -> None:
        match = RELATIONS_PART.fullmatch(part)
        source = "" if match is None else f"{match[1]}{match[2]}"
        if match is None or (source and source not in self.archive):
            raise self._refuse(message("relations of no part"), part)
        relations = self.relations[source] = []
        ids = set[str]()
        of = f"{PACKAGE}/relationships "

        def relation(attributes: dict[str, str]) -> None:
            parsed = self._relation(attributes, source, part)
            relations.append(parsed)
            ids.add(parsed.id)
            if len(ids) < len(relations) or len(relations) > RELATIONS_MAX:
                shown = parsed.id[:40]
                raise self._refuse(
                    message("the relation {shown} comes twice", shown=repr(shown)),
                    part,
                )

        read_part(self.archive, part, {
            f"{of}Relationships": Place({f"{of}Relationship": Place(start=relation)}),
        })  # fmt: skip

    def _relation(self, attributes: dict[str, str], source: str, part: str) -> Relation:
        kind, target = attributes.get("Type", ""), attributes.get("Target", "")
        if attributes.get("TargetMode", "Internal") != "Internal":
            raise self.archive.refuse(FAMILIES[1][1], NO_MACROS, part)
        is_of_theme = kind == IMAGE and self.type_of(source) == READ_TYPES[THEME].casefold()
        if kind not in KNOWN_RELATIONS and not is_of_theme:
            raise self._unknown(kind, part)
        joined = posixpath.normpath(posixpath.join("/", posixpath.dirname(source), target))
        if not TARGET.fullmatch(target.replace("../", "")) or joined.startswith("/.."):
            shown = target[:60]
            raise self._refuse(message("a relation to {shown}", shown=repr(shown)), part)
        return Relation(attributes.get("Id", ""), kind, joined.lstrip("/"))


_FOLDED_TYPES: Final = frozenset(kind.casefold() for kind in KNOWN_TYPES)
