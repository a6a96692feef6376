"""Text files as blocks of whole lines, each with the place where it stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from doisoat.engine.intake.compressed import open_content
from doisoat.engine.intake.source import Located, SourceFile, located
from doisoat.errors import IntakeError

BLOCK_BYTES = 48 << 20
LINE_BYTES_MAX = 1 << 20  # A longer one is no record.
LONGEST_LINE_BYTES = 96 << 20  # With a longer one the file is no text.
UTF8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, as they stand in the file, and where the first of them stands."""

    raw: bytes
    offset: int
    line: int
    row: int  # of its first record
    is_cut: bool = False  # the last line of the file has no end

    @property
    def lines(self) -> list[bytes]:
        lines = self.raw.split(b"\n")
        return lines if self.is_cut else lines[:-1]


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty, without its end."""

    raw: bytes
    row: int
    line: int
    offset: int


def blocks_of(
    file: SourceFile, start: int, *, has_header: bool, block_bytes: int = BLOCK_BYTES
) -> Iterator[Block]:
    """The file as blocks of whole lines, from `start` bytes on, after its header.

    Offsets and lines are those of the content, if the file is packed.
    """
    offset, line, row, rest = start, 1, 1, b""
    with open_content(file) as stream:
        stream.read(start)
        if has_header:
            header = stream.readline()
            offset, line = offset + len(header), 2
        while piece := stream.read(block_bytes):
            raw, end = rest + piece, piece.rfind(b"\n")
            if end < 0:
                if len(raw) > LONGEST_LINE_BYTES:
                    raise IntakeError(
                        f"a line longer than {LONGEST_LINE_BYTES} bytes",
                        f"{file.name}:{line}",
                        "is this a text file? Ask its sender for it again",
                    )
                rest = raw
                continue
            cut = len(rest) + end + 1
            raw, rest = raw[:cut], raw[cut:]
            yield Block(raw, offset, line, row)
            lines = raw.count(b"\n")
            offset, line, row = offset + len(raw), line + lines, row + lines - blanks(raw)
        if rest:
            yield Block(rest, offset, line, row, is_cut=True)


def lines_of(block: Block) -> Iterator[Line]:
    """The lines of a block that are not empty, in order."""
    row, offset = block.row, block.offset
    for at, raw in enumerate(block.lines):
        line = raw.removesuffix(b"\r")
        if line:
            yield Line(line, row, block.line + at, offset)
            row += 1
        offset += len(raw) + 1


def located_lines(blocks: Iterable[Block], rows: set[int]) -> Iterator[Located]:
    """Where those rows stand, and their lines."""
    for block in blocks:
        last = block.line + len(block.lines) - 1
        for line in lines_of(block):
            if line.row in rows:
                is_cut = block.is_cut and line.line == last
                yield located(line.row, line.line, line.offset, line.raw, is_cut=is_cut)


def blanks(raw: bytes) -> int:
    """How many of the lines are empty."""
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n")
    if not raw.startswith(b"\n") and b"\n\n" not in raw:
        return 0
    lines = raw.split(b"\n")
    return sum(not line for line in lines[:-1])
