"""Which reader a file needs, told by its first bytes and by the layouts of its mapping."""

from collections.abc import Callable, Sequence

from doisoat.engine.intake import parquet, sqlite
from doisoat.engine.intake.arrow_ipc import arrow_reader
from doisoat.engine.intake.arrow_messages import FILE_MAGIC, STREAM_MAGIC
from doisoat.engine.intake.compressed import NAMES, UNPACK, open_content, packing_of
from doisoat.engine.intake.delimited import DelimitedReader
from doisoat.engine.intake.gateway import GatewayReader
from doisoat.engine.intake.json_lines import (
    JsonLinesReader,
    looks_like_document,
    looks_like_lines,
)
from doisoat.engine.intake.mapping import Layout
from doisoat.engine.intake.source import Reader, SourceFile
from doisoat.engine.intake.tap import TapReader
from doisoat.errors import IntakeError

HEAD_BYTES = 1 << 16
REFUSED = {
    b"PK\x03\x04": ("a zip archive (or a workbook)", "unpack it, or save it as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old workbook", "save it as CSV"),
    b"BZh": ("compressed by bzip2", "unpack it with: bunzip2 FILE"),
    b"\xfd7zXZ": ("compressed by xz", "unpack it with: unxz FILE"),
}
# Files of columns: they are read from many places at once, so not as a stream.
COLUMNAR = {
    parquet.MAGIC: "a Parquet file",
    FILE_MAGIC: "an Arrow file",
    STREAM_MAGIC: "an Arrow stream",
    sqlite.MAGIC: "an SQLite database",
}

NAMED: dict[str, Callable[[SourceFile, Layout], Reader]] = {
    "tap": TapReader,
    "ts32298": GatewayReader,
}


def open_reader(file: SourceFile, layouts: Sequence[Layout]) -> Reader:
    """A reader of the file under the layout it fits; IntakeError if it fits none."""
    head = _head(file)
    for magic, (what, mend) in REFUSED.items():
        if head.startswith(magic):
            raise IntakeError(what, file.name, mend)
    if layouts[0].format in NAMED:
        packing = _packing(file)
        if packing is not None:
            raise IntakeError(
                f"compressed by {NAMES[packing]}, and its records are not lines of text",
                file.name,
                f"unpack it with: {UNPACK[packing]}",
            )
        return NAMED[layouts[0].format](file, layouts[0])
    if head.startswith(sqlite.MAGIC):
        return sqlite.SqliteReader(file, layouts)
    of_files = [layout for layout in layouts if layout.table is None]
    if not of_files:
        raise IntakeError(
            "no SQLite database, but the mapping reads a table of one",
            file.name,
            "give the database, or take another mapping",
        )
    if head.startswith(tuple(COLUMNAR)):
        what = next(what for magic, what in COLUMNAR.items() if head.startswith(magic))
        named = [layout for layout in of_files if layout.header == "yes"]
        if not named:
            raise IntakeError(
                f"{what}, but the mapping names columns by place", file.name, "give the CSV"
            )
        if head.startswith(parquet.MAGIC):
            return parquet.ParquetReader(file, named[0])
        return arrow_reader(file, named[0], head)
    if looks_like_lines(head):
        return JsonLinesReader(file, of_files)
    if looks_like_document(head):
        raise IntakeError(
            "one JSON document, not a record a line",
            file.name,
            "turn it into lines, of a list with: jq -c '.[]' FILE",
        )
    return DelimitedReader(file, of_files)


def _packing(file: SourceFile) -> bytes | None:
    with open(file.path, "rb") as stream:
        return packing_of(stream.read(4))


def _head(file: SourceFile) -> bytes:
    """The first bytes of the content; IntakeError if it is one that cannot be unpacked here."""
    magic = _packing(file)
    with open_content(file) as stream:
        head = stream.read(HEAD_BYTES)
    if magic is None:
        return head
    if not head:
        raise IntakeError(
            f"nothing, compressed by {NAMES[magic]}", file.name, "ask its sender for it again"
        )
    inside = packing_of(head)
    what = f"compressed by {NAMES[inside]}" if inside else None
    what = next((what for start, what in COLUMNAR.items() if head.startswith(start)), what)
    if what is not None:
        raise IntakeError(
            f"{what}, compressed by {NAMES[magic]}",
            file.name,
            f"unpack it with: {UNPACK[magic]}",
        )
    return head
