"""A workbook's archive before anything in it is read: sizes, names, and what no table may carry.

A claim is kept with every part of it, and somebody will open it: so what runs code, fetches from
elsewhere or swells is refused wherever it lies, not only where a figure would be read from.
"""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final
from xml.parsers import expat

from doisoat.engine.tables import archive_layout as layout
from doisoat.engine.tables.findings import RefusedTable, refuse_file
from doisoat.engine.tables.form import FileForm
from doisoat.messages.text import Text, message

FILE_BYTES_MAX: Final = 64_000_000
PARTS_MAX: Final = 500
DIRECTORY_BYTES_MAX: Final = 200_000
# Of how an archive ends: its directory's length stands in the last record, whose comment may be
# as long as 16 bits say.
END_MARK, END_64_MARK = b"PK\5\6", b"PK\6\6"
LOCATOR_BYTES, END_64_BYTES = 20, 56
TAIL_BYTES: Final = 22 + 2**16 + LOCATOR_BYTES + END_64_BYTES
PART_BYTES_MAX: Final = 250_000_000  # unpacked
WHOLE_BYTES_MAX: Final = 300_000_000  # all parts, unpacked
RATIO_MAX: Final = 200  # unpacked to packed, of a part above RATIO_FROM; a sheet's is 5 to 40
RATIO_FROM: Final = 1_000_000
READ_BYTES: Final = 1 << 16
PROLOG_BYTES_MAX: Final = 1 << 16  # before the first element of a part
SAVE_AGAIN: Final = message(
    "open it in the spreadsheet program, save it again as XLSX or CSV UTF-8, and give that file"
)
# What parts are called, of which two could not be one to a program that folds or decodes names.
NAME: Final = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_. -]*/|_rels/)*(?:[A-Za-z0-9_. -]+)?")
ENCODINGS: Final = ("utf-8", "utf-16", "utf-16le", "utf-16be")
# Parts that no table carries, by how their names begin or end, whatever is said of them.
FORBIDDEN: Final = (
    (("vbaproject.bin", "vbadata.xml"), message("it has macros (VBA)")),
    (("/macrosheets/", "/dialogsheets/"), message("it has macro sheets")),
    (("/externallinks/",), message("it has links to other files")),
    (("/embeddings/", "/activex/", "/ctrlprops/"),
     message("it has embedded objects or controls")),
    (("/connections.xml", "/querytables/", "/model/"),
     message("it has data connections")),
    (("customui/",), message("it has a user interface of its own")),
)  # fmt: skip
NO_MACROS: Final = message("save it as .xlsx without macros, with values pasted in place of links")
UNREADABLE: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError, ValueError,
    RuntimeError,  # it is encrypted
    OSError,  # its directory points past its end
)  # fmt: skip


class Archive:
    """The parts of a workbook that may be read; a context, as a zip file is."""

    def __init__(self, path: Path, form: FileForm) -> None:
        self.name, self.form = path.name, form
        size = path.stat().st_size
        most = FILE_BYTES_MAX * form.scale
        if size > most:
            raise self.refuse(
                message(
                    "{size} bytes, more than {file_bytes_max}",
                    size=size,
                    file_bytes_max=most,
                ),
                self.form.smaller,
            )
        self._check_directory(path, size)
        try:
            self.book = zipfile.ZipFile(path)
        except UNREADABLE as error:
            raise self._unreadable(error) from error
        try:
            self._check(path)
        except BaseException:
            self.book.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.book.close()

    def __contains__(self, part: str) -> bool:
        return part in self.parts

    def names(self) -> list[str]:
        """Its parts, in the order of its directory."""
        return [name for name in self.parts if not name.endswith("/")]

    def head(self, part: str, size: int) -> bytes:
        """The first bytes of a part."""
        with self._open(part) as stream:
            return self._read(stream, size, part)

    def refuse(self, fault: Text, mend: Text = SAVE_AGAIN, at: str = "") -> RefusedTable:
        """The error of this file; at: the part, or the place in it."""
        return refuse_file(f"{self.name}, {at}" if at else self.name, fault, mend)

    def _unreadable(self, error: Exception, at: str = "") -> RefusedTable:
        return self.refuse(message("not readable as XLSX ({error})", error=error), at=at)

    def _check_directory(self, path: Path, size: int) -> None:
        """Refuse a directory too long for a workbook before zipfile makes objects of all of it."""
        with open(path, "rb") as file:
            file.seek(max(0, size - TAIL_BYTES))
            tail = file.read(TAIL_BYTES)
        end = tail.rfind(END_MARK)
        length = int.from_bytes(tail[end + 12 : end + 16], "little")
        before = end - LOCATOR_BYTES - END_64_BYTES  # of an archive in the form of 64 bits
        if before >= 0 and tail[before : before + 4] == END_64_MARK:
            length = int.from_bytes(tail[before + 40 : before + 48], "little")
        if end < 0 or length > DIRECTORY_BYTES_MAX:
            raise self.refuse(message("its directory is missing or too long"))

    def _check(self, path: Path) -> None:
        infos = self.book.infolist()
        if len(infos) > PARTS_MAX:
            raise self.refuse(
                message(
                    "{count} parts, more than {parts_max}", count=len(infos), parts_max=PARTS_MAX
                )
            )
        self.parts = {info.filename: info for info in infos}
        if len({info.filename.casefold() for info in infos}) < len(infos):
            raise self.refuse(message("two of its parts have one name"))
        whole = sum(info.file_size for info in infos)
        for info in infos:
            self._check_part(info)
        most = WHOLE_BYTES_MAX * self.form.scale
        if whole > most:
            raise self.refuse(_swells(whole, most), self.form.smaller)
        with open(path, "rb") as file:
            fault = layout.fault_of(file, infos, self.book.start_dir)
        if fault is not None or self.book.comment:
            raise self.refuse(fault or message("a comment is at its end"))
        for info in infos:
            lower = f"/{info.filename.casefold()}"
            for marks, forbidden in FORBIDDEN:
                if any(mark in lower for mark in marks):
                    raise self.refuse(forbidden, NO_MACROS, info.filename)
        for info in infos:
            if info.filename.casefold().endswith((".xml", ".rels", ".vml")):
                self._check_prolog(info.filename)

    def _check_part(self, info: zipfile.ZipInfo) -> None:
        name, packed = info.filename, max(1, info.compress_size)
        if info.flag_bits & 1:
            raise self.refuse(
                message("it is encrypted"),
                message("take the password off, and save it again"), name,
            )  # fmt: skip
        kind = info.external_attr >> 16
        is_named = name == "[Content_Types].xml" or NAME.fullmatch(name)
        if (kind and stat.S_ISLNK(kind)) or not is_named or ".." in name or "./" in name:
            raise self.refuse(message("a part has a name that no part can have"))
        most = PART_BYTES_MAX * self.form.scale
        if info.file_size > most:
            raise self.refuse(_swells(info.file_size, most), self.form.smaller, name)
        if info.file_size > RATIO_FROM and info.file_size > packed * RATIO_MAX:
            ratio = info.file_size // packed
            raise self.refuse(
                message("it unpacks to {ratio} times its size, more than {ratio_max} (a zip"
" bomb?)", ratio=ratio, ratio_max=RATIO_MAX),
                self.form.smaller, name,
            )  # fmt: skip

    def _check_prolog(self, part: str) -> None:
        """A document type can only stand before a part's first element; there may be none."""
        elements = list[str]()
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda name, attributes: elements.append(name)
        self.refuse_entities(parser, part)
        with self._open(part) as stream:
            for _ in range(0, PROLOG_BYTES_MAX, READ_BYTES // 16):
                piece = self._read(stream, READ_BYTES // 16, part)
                self.feed(parser, piece, part, is_last=not piece)
                if elements or not piece:
                    return
        raise self.refuse(message("no element begins this part"), at=part)

    def refuse_entities(self, parser: expat.XMLParserType, part: str) -> None:
        """Let a parser stop at a document type: entities are made in it, and swell (XML bomb)."""

        def refuse(*_: object) -> None:
            raise self.refuse(
                message("it declares a document type or entities (an XML bomb?)"), at=part,
            )  # fmt: skip

        def declared(_: str, encoding: str | None, __: int) -> None:
            if encoding is not None and encoding.casefold() not in ENCODINGS:
                shown = encoding[:40]
                raise self.refuse(
                    message("its encoding is {shown}, not UTF-8 or UTF-16", shown=repr(shown)),
                    at=part,
                )

        parser.XmlDeclHandler = declared
        parser.StartDoctypeDeclHandler = refuse
        parser.EntityDeclHandler = refuse
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def feed(
        self, parser: expat.XMLParserType, piece: bytes, part: str, *, is_last: bool = False
    ) -> None:
        """Give a parser some of a part."""
        try:
            parser.Parse(piece, is_last)
        except (expat.ExpatError, ValueError) as error:  # ValueError: an encoding it has not
            raise self.refuse(message("it is no XML ({error})", error=error), at=part) from error

    def pieces(self, part: str) -> Iterator[bytes]:
        """A part, some of it at a time."""
        with self._open(part) as stream:
            while piece := self._read(stream, READ_BYTES, part):
                yield piece

    def _open(self, part: str) -> IO[bytes]:
        try:
            return self.book.open(part)
        except UNREADABLE as error:
            raise self._unreadable(error, part) from error

    def _read(self, stream: IO[bytes], size: int, part: str) -> bytes:
        try:
            return stream.read(size)
        except UNREADABLE as error:
            raise self._unreadable(error, part) from error


def _swells(size: int, most: int) -> Text:
    return message("it unpacks to {size} bytes, more than {most}", size=size, most=most)
