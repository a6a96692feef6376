"""The choice of a file's reader, by its first bytes and the layouts of its mapping."""

from collections.abc import Callable, Sequence

from doisoat.engine.intake.forms import parquet, sqlite
from doisoat.engine.intake.forms.arrow_ipc import arrow_reader
from doisoat.engine.intake.forms.arrow_messages import FILE_MAGIC, STREAM_MAGIC
from doisoat.engine.intake.forms.closed_files import ZIP, is_workbook, refuse_closed
from doisoat.engine.intake.forms.compressed import NAMES, UNPACK, open_content, packing_of
from doisoat.engine.intake.forms.delimited import DelimitedReader
from doisoat.engine.intake.forms.fixed_width import FixedWidthReader
from doisoat.engine.intake.forms.gateway import GatewayReader
from doisoat.engine.intake.forms.json_lines import (
    JsonLinesReader,
    looks_like_document,
    looks_like_lines,
)
from doisoat.engine.intake.forms.raw_chunks import ASK_AGAIN, Reader, SourceFile
from doisoat.engine.intake.forms.tap import TapReader
from doisoat.engine.intake.forms.text_files import may_be, of_other_encoding
from doisoat.engine.intake.mapping.mapping import Layout
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message

HEAD_BYTES = 1 << 16
REFUSED = {
    b"BZh": (
        message("compressed by bzip2"),
        message("unpack it with: bunzip2 FILE"),
    ),
    b"\xfd7zXZ": (
        message("compressed by xz"),
        message("unpack it with: unxz FILE"),
    ),
}
# Files of columns: they are read from many places at once, so not as a stream.
COLUMNAR = {
    parquet.MAGIC: message("a Parquet file"),
    FILE_MAGIC: message("an Arrow file"),
    STREAM_MAGIC: message("an Arrow stream"),
    sqlite.MAGIC: message("an SQLite database"),
}

NAMED: dict[str, Callable[[SourceFile, Layout], Reader]] = {
    "tap": TapReader,
    "ts32298": GatewayReader,
}


def open_reader(file: SourceFile, layouts: Sequence[Layout]) -> Reader:
    """A reader of the file under the layout it fits; IntakeError if it fits none."""
    refuse_closed(file)
    head = _head(file)
    for magic, (fault, mend) in REFUSED.items():
        if head.startswith(magic):
            raise IntakeError(fault, file.name, mend)
    if head.startswith(ZIP):
        return _workbook_reader(file, layouts)
    if layouts[0].format in NAMED:
        packing = _packing(file)
        if packing is not None:
            raise IntakeError(
                message(
                    "compressed by {packing}, and its records are not lines of text",
                    packing=NAMES[packing],
                ),
                file.name,
                _unpack_by(packing),
            )
        return NAMED[layouts[0].format](file, layouts[0])
    if head.startswith(sqlite.MAGIC):
        return sqlite.SqliteReader(file, layouts)
    of_files = [layout for layout in layouts if layout.table is None and layout.sheet is None]
    if not of_files and any(layout.sheet is not None for layout in layouts):
        raise IntakeError(
            message("no workbook, but the mapping reads a sheet of one"),
            file.name,
            message("give the workbook (.xlsx), or take another mapping"),
        )
    if not of_files:
        raise IntakeError(
            message("no SQLite database, but the mapping reads a table of one"),
            file.name,
            message("give the database, or take another mapping"),
        )
    if head.startswith(tuple(COLUMNAR)):
        form = next(form for magic, form in COLUMNAR.items() if head.startswith(magic))
        named = [layout for layout in of_files
                 if layout.header == "yes" and layout.characters is None]  # fmt: skip
        if not named:
            raise IntakeError(
                message("{form}, but the mapping names columns by place", form=form),
                file.name,
                message("give the CSV"),
            )
        if head.startswith(parquet.MAGIC):
            return parquet.ParquetReader(file, named[0])
        return arrow_reader(file, named[0], head)
    plain = [layout for layout in of_files
             if layout.encoding == "utf-8" and layout.characters is None]  # fmt: skip
    if plain and looks_like_lines(head):
        return JsonLinesReader(file, plain)
    if plain and looks_like_document(head):
        raise IntakeError(
            message("one JSON document, not a record a line"),
            file.name,
            message("turn it into lines, of a list with: jq -c '.[]' FILE"),
        )
    return _lines_reader(file, of_files, head)


def _lines_reader(file: SourceFile, layouts: Sequence[Layout], head: bytes) -> Reader:
    """A reader of text: layouts of one encoding and sort are tried together, in their order."""
    sorts = list(dict.fromkeys((each.encoding, each.characters is not None) for each in layouts))
    possible = [(encoding, is_fixed) for encoding, is_fixed in sorts if may_be(head, encoding)]
    if not possible:
        raise of_other_encoding(file, head, layouts)
    refusals: list[IntakeError] = []
    for encoding, is_fixed in possible:
        alike = [
            layout
            for layout in layouts
            if layout.encoding == encoding and (layout.characters is not None) == is_fixed
        ]
        try:
            return FixedWidthReader(file, alike) if is_fixed else DelimitedReader(file, alike)
        except IntakeError as error:
            refusals.append(error)
    raise refusals[0]


def _workbook_reader(file: SourceFile, layouts: Sequence[Layout]) -> Reader:
    if not is_workbook(file.path):
        raise IntakeError(
            message("a zip archive that is no workbook (.xlsx)"),
            file.name,
            message("unpack it, or save it as .xlsx or CSV"),
        )
    fitting = [
        layout
        for layout in layouts
        if layout.table is None and layout.characters is None and layout.format == "columns"
    ]
    if not fitting:
        raise IntakeError(
            message("a workbook, and the mapping reads other files"),
            file.name,
            message("take a mapping with a layout that names columns, or save it as CSV"),
        )
    # Loaded when a workbook comes: every intake of text would wait for it.
    from doisoat.engine.intake.forms.worksheet import WorkbookReader

    return WorkbookReader(file, fitting)


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
            message("nothing, compressed by {magic}", magic=NAMES[magic]),
            file.name,
            ASK_AGAIN,
        )
    inside = packing_of(head)
    inner = message("a workbook or zip archive") if head.startswith(ZIP) else None
    if inside:
        inner = message("compressed by {inside}", inside=NAMES[inside])
    inner = next((form for start, form in COLUMNAR.items() if head.startswith(start)), inner)
    if inner is not None:
        raise IntakeError(
            message("{inner}, compressed by {magic}", magic=NAMES[magic], inner=inner),
            file.name,
            _unpack_by(magic),
        )
    return head


def _unpack_by(magic: bytes) -> Text:
    return message("unpack it with: {magic}", magic=UNPACK[magic])
