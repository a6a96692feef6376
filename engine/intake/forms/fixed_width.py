"""Text of fixed width: a record is a line, its columns are characters from one place to another.

A line is as long as the mapping declares it, to the character: a shorter one may have lost the end
of an amount. Only where the mapping says `strip: yes` may blanks at its end be missing. What stands
where no column is may be the beginning of an amount that grew: such a line is no record.
"""

import hashlib
from collections.abc import Sequence

import polars as pl

from doisoat.engine.intake.forms.lines import Block, lines_of
from doisoat.engine.intake.forms.raw_chunks import (
    OTHER_MAPPING,
    Broken,
    Chunk,
    Form,
    SourceFile,
    count_broken,
)
from doisoat.engine.intake.forms.text_files import LinesReader, lines_in
from doisoat.engine.intake.mapping.mapping import Layout
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, joined, message
from doisoat.telephone import masked

PROBED_LINES = 100  # One of the first so many must have the length of the layout.
BLANK = " "
BLOCK_BYTES = 8 << 20  # A line is an object of its own here.


class Cutter:
    """Cuts the lines of a layout of fixed width into columns, without the blanks around them."""

    def __init__(self, layout: Layout, names: Sequence[str] | None = None) -> None:
        """Args: names: the columns that are wanted; all of them if not given."""
        spans = layout.spans
        self.names = tuple(spans) if names is None else tuple(names)
        self.spans = [spans[name] for name in self.names]
        self.length = max(last for _, last in spans.values())
        self.may_lack_blanks = layout.strip == "yes"
        self.blanks = _between(sorted(spans.values()))

    def cut(self, raw: bytes) -> tuple[str, ...] | None:
        """The columns of a line; None where it is no record."""
        if b"\0" in raw or b"\r" in raw:
            return None
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return None
        if text[self.length :].strip(BLANK) or (
            len(text) < self.length and not self.may_lack_blanks
        ):
            return None
        if any(text[first:end].strip(BLANK) for first, end in self.blanks):
            return None
        return tuple(text[first - 1 : last].strip(BLANK) for first, last in self.spans)

    def cut_all(self, lines: Sequence[str]) -> pl.DataFrame | None:
        """The columns of lines; None where one may be no record: then each is looked at alone."""
        length = pl.col("line").str.len_chars()
        frame = pl.DataFrame({"line": lines}, {"line": pl.String})
        held = length <= self.length if self.may_lack_blanks else length == self.length
        for first, end in self.blanks:
            held &= pl.col("line").str.slice(first, end - first).str.strip_chars(BLANK) == ""
        if not frame.select(held.all()).item():
            return None
        return frame.select(
            pl.col("line").str.slice(first - 1, last - first + 1).str.strip_chars(BLANK).alias(name)
            for name, (first, last) in zip(self.names, self.spans, strict=True)
        )


def _between(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places of no column, from 0 to behind the last: something there may be of one beside."""
    ends = [0, *(last for _, last in spans)]
    starts = (first - 1 for first, _ in spans)
    return [(end, start) for end, start in zip(ends, starts, strict=False) if end < start]


class FixedWidthReader(LinesReader):
    block_bytes = BLOCK_BYTES

    def __init__(self, file: SourceFile, layouts: Sequence[Layout]) -> None:
        """Args: layouts: of fixed width, all of one encoding."""
        super().__init__(file, layouts[0].encoding)
        lines = lines_in(self.head, self.start)
        self.layout = self._choose(lines, layouts)
        self.has_header = self.layout.header == "yes"
        self.counts.header_lines = int(self.has_header)
        self.form = Form("text", lines[0] if self.has_header else b"")
        self.cutter = Cutter(self.layout, self.layout.used_columns)

    def _choose(self, lines: Sequence[bytes], layouts: Sequence[Layout]) -> Layout:
        wanted: list[Text] = []
        for layout in layouts:
            if fits_lines(layout, lines[0] if layout.header == "yes" else None, lines):
                return layout
            length = max(last for _, last in layout.spans.values())
            if layout.header == "yes":
                names = ", ".join(layout.used_columns)
                wanted.append(
                    message("{layout}: a header with {used}", layout=layout.name, used=names)
                )
            else:
                wanted.append(
                    message("{layout}: lines of {length} characters", layout=layout.name,
                            length=length)
                )  # fmt: skip
        first = lines[0].decode("utf-8", "replace")
        raise IntakeError(
            message(
                "its lines have not the columns of fixed width that the mapping reads; the first"
                " has {count} characters: {shown}",
                count=len(first),
                shown=repr(masked(first)[:80]),
            ),
            f"{self.file.name}:1",
            message(
                "{other_mapping}; expected {wanted}",
                other_mapping=OTHER_MAPPING,
                wanted=joined("; ", wanted),
            ),
        )

    def parse(self, block: Block) -> Chunk:
        """The records of a block of lines."""
        frame = self._parse_fast(block)
        return self._parse_lines(block) if frame is None else Chunk(frame)

    def _parse_fast(self, block: Block) -> pl.DataFrame | None:
        """The block's records if it is sound throughout, else None."""
        raw = block.raw.replace(b"\r\n", b"\n")
        if block.is_cut or block.blank_lines or b"\0" in raw or b"\r" in raw:
            return None
        try:
            lines = raw.decode("utf-8").split("\n")[:-1]
        except UnicodeDecodeError:
            return None
        frame = self.cutter.cut_all(lines)
        if frame is None:
            return None
        rows = pl.int_range(block.row, block.row + block.records, dtype=pl.Int64, eager=True)
        return frame.insert_column(0, rows.alias("row"))

    def _parse_lines(self, block: Block) -> Chunk:
        broken: list[Broken] = []
        records: list[tuple[str, ...]] = []
        rows: list[int] = []
        for line in lines_of(block):
            fields = None if block.is_cut else self.cutter.cut(line.raw)
            if fields is None:
                count_broken(self.counts, self.file.name)
                digest = hashlib.sha256(line.raw).hexdigest()
                broken.append(Broken(line.row, line.line, self.offset_of(line.offset), digest))
            else:
                records.append(fields)
                rows.append(line.row)
        schema = dict.fromkeys(self.cutter.names, pl.String)
        frame = pl.DataFrame(records, schema, orient="row")
        return Chunk(frame.insert_column(0, pl.Series("row", rows, pl.Int64)), tuple(broken))


def fits_lines(layout: Layout, header: bytes | None, lines: Sequence[bytes]) -> bool:
    """Is a text with such a header, or without one such lines, of this layout of fixed width?"""
    if header is not None:
        # Blanks behind the last head are no sign of anything.
        cutter = Cutter(layout.model_copy(update={"strip": "yes"}), layout.used_columns)
        return cutter.cut(header) == cutter.names
    cutter = Cutter(layout)
    return any(line and cutter.cut(line) is not None for line in lines[:PROBED_LINES])
