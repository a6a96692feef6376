"""Which reader a file needs, told by its first bytes and by the layouts of its mapping."""

from collections.abc import Sequence

from doisoat.engine.intake.delimited import DelimitedReader
from doisoat.engine.intake.mapping import Layout
from doisoat.engine.intake.parquet import MAGIC, ParquetReader
from doisoat.engine.intake.source import Reader, SourceFile
from doisoat.errors import IntakeError

REFUSED = {
    b"PK\x03\x04": ("a zip archive (or a workbook)", "unpack it, or save it as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old workbook", "save it as CSV"),
    b"SQLite format 3": ("an SQLite database", "export the table as CSV"),
    b"\x28\xb5\x2f\xfd": ("compressed by zstd", "unpack it with: zstd -d FILE"),
    b"BZh": ("compressed by bzip2", "unpack it with: bunzip2 FILE"),
    b"\xfd7zXZ": ("compressed by xz", "unpack it with: unxz FILE"),
    b"\x1f\x8b": ("compressed by gzip", "unpack it with: gunzip FILE"),
}


def open_reader(file: SourceFile, layouts: Sequence[Layout]) -> Reader:
    """A reader of the file under the layout it fits; IntakeError if it fits none."""
    with open(file.path, "rb") as stream:
        head = stream.read(16)
    for magic, (what, mend) in REFUSED.items():
        if head.startswith(magic):
            raise IntakeError(what, file.name, mend)
    if head.startswith(MAGIC):
        named = [layout for layout in layouts if layout.header == "yes"]
        if not named:
            raise IntakeError(
                "a Parquet file, but the mapping names columns by place", file.name, "give the CSV"
            )
        return ParquetReader(file, named[0])
    return DelimitedReader(file, layouts)
