"""Text files as blocks of whole lines, each with the place where it stands."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from doisoat.engine.intake.forms.compressed import open_content
from doisoat.engine.intake.forms.raw_chunks import Located, SourceFile, located
from doisoat.errors import IntakeError
from doisoat.messages.text import message

BLOCK_BYTES = 48 << 20
LONGEST_LINE_BYTES = 96 << 20  # With a longer one the file is no text.
PIECE_BYTES = 16 << 10  # whose line ends are counted at once, to find a line by its number


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, as they stand in the file, and where the first of them stands."""

    raw: bytes
    offset: int
    line: int
    row: int  # of its first record
    ends: int  # of lines
    blank_lines: int
    is_cut: bool = False  # the last line of the file has no end

    @property
    def records(self) -> int:
        """How many of its lines are not empty."""
        return self.ends + self.is_cut - self.blank_lines

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
    file: SourceFile,
    start: int,
    *,
    has_header: bool,
    first_line: int = 1,
    block_bytes: int = BLOCK_BYTES,
    opened: Callable[[], BinaryIO] | None = None,
) -> Iterator[Block]:
    """The file as blocks of whole lines, from `start` bytes on, after its header.

    Args: first_line: which line of the file begins at `start`; opened: gives its content.
    Offsets and lines are those of the content, if the file is packed.
    """
    offset, line, row, rest = start, first_line, 1, b""
    with open_content(file) if opened is None else opened() as stream:
        stream.read(start)
        if has_header:
            header = stream.readline()
            offset, line = offset + len(header), line + 1
        while piece := stream.read(block_bytes):
            raw, end = rest + piece, piece.rfind(b"\n")
            if end < 0:
                if len(raw) > LONGEST_LINE_BYTES:
                    raise IntakeError(
                        message(
                            "a line longer than {longest_line_bytes} bytes",
                            longest_line_bytes=LONGEST_LINE_BYTES,
                        ),
                        f"{file.name}:{line}",
                        message("is this a text file? Ask its sender for it again"),
                    )
                rest = raw
                continue
            cut = len(rest) + end + 1
            raw, rest = raw[:cut], raw[cut:]
            block = Block(raw, offset, line, row, raw.count(b"\n"), blanks(raw))
            yield block
            offset, line, row = offset + len(raw), line + block.ends, row + block.records
        if rest:
            yield Block(rest, offset, line, row, 0, int(rest == b"\r"), is_cut=True)


def pieces_of(block: Block, piece_bytes: int) -> Iterator[Block]:
    """A block whose lines all end, as blocks of at least so many bytes: whole lines, in order."""
    start, line, row = 0, block.line, block.row
    while start < len(block.raw):
        end = block.raw.find(b"\n", start + piece_bytes - 1) + 1 or len(block.raw)
        raw = block.raw[start:end]
        piece = Block(raw, block.offset + start, line, row, raw.count(b"\n"), blanks(raw))
        yield piece
        start, line, row = end, line + piece.ends, row + piece.records


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
    remaining = sorted(rows, reverse=True)
    for block in blocks:
        in_block = []
        while remaining and remaining[-1] < block.row + block.records:
            in_block.append(remaining.pop())
        if in_block:
            yield from _located_in(block, in_block)
        if not remaining:
            return


def _located_in(block: Block, rows: Sequence[int]) -> Iterator[Located]:
    """Rows of one block, ascending."""
    if block.is_cut:
        line = next(lines_of(block))
        yield located(line.row, line.line, line.offset, line.raw, is_cut=True)
        return
    if block.blank_lines:
        wanted = set(rows)
        for line in lines_of(block):
            if line.row in wanted:
                yield located(line.row, line.line, line.offset, line.raw)
        return
    start, row = 0, block.row
    for number in rows:
        start, row = _jump(block.raw, start, row, number)
        end = block.raw.index(b"\n", start)
        raw = block.raw[start:end].removesuffix(b"\r")
        yield located(number, block.line + number - block.row, block.offset + start, raw)


def _jump(raw: bytes, start: int, row: int, wanted: int) -> tuple[int, int]:
    """Where the line of a row begins, and that row: from the line of an earlier one, without a look
    at each between, since none of them is empty."""
    while (end := raw.find(b"\n", start + PIECE_BYTES) + 1) > 0:
        lines = raw.count(b"\n", start, end)
        if row + lines > wanted:
            break
        start, row = end, row + lines
    while row < wanted:
        start, row = raw.index(b"\n", start) + 1, row + 1
    return start, row


def blanks(raw: bytes) -> int:
    """How many of the lines are empty."""
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n")
    if not raw.startswith(b"\n") and b"\n\n" not in raw:
        return 0
    lines = raw.split(b"\n")
    return sum(not line for line in lines[:-1])
