"""Delimited text: a record is a line, and every line is accounted for.

The file is cut into blocks at line ends. Of a block whose bytes look sound, and that has no quote,
every line is cut at its delimiters; one with quotes goes to DuckDB, all columns as text, strict. If
that fails, or the records are not as many as the lines, the block is read again line by line, and
the lines that are no records are set aside, without losing their neighbours. So a newline inside
quotes makes broken records of its lines: call records have none.
"""

import hashlib
import json
import os
import re
from collections.abc import Sequence

import duckdb
import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.intake.forms.fields import split_fields
from doisoat.engine.intake.forms.headers import seen_of
from doisoat.engine.intake.forms.lines import Block, lines_of, pieces_of
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
from doisoat.engine.tables.delimited import RECORD_BYTES_MAX, parse_line
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, joined, message

DELIMITERS = (",", ";", "\t", "|")  # that are tried for the message about a wrong one
PROBED_LINES = 100  # One of the first so many must have the columns of the layout.
# A first line that tells Excel what parts the fields; it is neither header nor record.
HINT = re.compile(r'(")?sep=([^"\r\n])(?(1)")', re.IGNORECASE)

READ = """
SELECT * FROM read_csv($path, columns = $columns, delim = $delimiter, header = false,
    auto_detect = false, quote = '"', escape = '"', strict_mode = true,
    max_line_size = $line_bytes_max)
"""
PIECE_BYTES = 1 << 20  # of a block that is not sound throughout


class DelimitedReader(LinesReader):
    def __init__(self, file: SourceFile, layouts: Sequence[Layout]) -> None:
        """Args: layouts: of one encoding."""
        super().__init__(file, layouts[0].encoding)
        head = self.head
        separator = _hinted(head[self.start :].partition(b"\n")[0])
        if separator is not None:
            layouts = self._parted_by(separator, layouts)
            self.start = head.find(b"\n", self.start) + 1 or len(head)
            self.first_line = 2
            hint = f"sep={separator}"
            self.counts.notes.append(
                message(
                    "line 1 ({hint}) is a hint for Excel alone, and no record",
                    hint=json.dumps(hint),
                )
            )
        lines = lines_in(head, self.start)
        self.layout, self.names = self._choose(lines, layouts)
        self.has_header = self.layout.header == "yes"
        self.counts.header_lines = (separator is not None) + self.has_header
        self.form = Form("text", lines[0] if self.has_header else b"")

    def _parted_by(self, separator: str, layouts: Sequence[Layout]) -> list[Layout]:
        """The layouts that the hint of a first line agrees with; IntakeError where none does."""
        agreeing = [layout for layout in layouts if layout.delimiter == separator]
        if agreeing:
            return agreeing
        hint, mark = json.dumps(f"sep={separator}"), json.dumps(separator)
        known = ", ".join(sorted({json.dumps(layout.delimiter) for layout in layouts}))
        raise IntakeError(
            message(
                "its first line, {hint}, says that {mark} parts the fields, and the"
                " mapping says {known}",
                hint=hint,
                mark=mark,
                known=known,
            ),
            f"{self.file.name}:1",
            message(
                "set delimiter: {mark} in the mapping's layout; or delete the line if it is wrong",
                mark=mark,
            ),
        )

    def _choose(
        self, lines: Sequence[bytes], layouts: Sequence[Layout]
    ) -> tuple[Layout, list[str]]:
        wanted: list[Text] = []
        headers_seen: list[Text] = []
        for layout in layouts:
            if layout.header == "yes":
                names = parse_line(lines[0], layout.delimiter) or []
                missing = [name for name in layout.used_columns if names.count(name) != 1]
                if not missing:
                    return layout, names
                used = ", ".join(layout.used_columns)
                seen = seen_of(names, missing, lines[0])
                wanted.append(
                    message("{layout}: a header with {used}", layout=layout.name, used=used)
                )
                headers_seen.append(Text(f"{layout.name}: {seen.vi}", f"{layout.name}: {seen.en}"))
            else:
                assert layout.columns is not None
                counts = []
                for line in lines[:PROBED_LINES]:
                    fields = parse_line(line, layout.delimiter)
                    naive = line.count(layout.delimiter.encode()) + 1
                    counts.append(len(fields) if fields is not None else naive)
                    if counts[-1] == layout.columns:
                        return layout, [str(at + 1) for at in range(layout.columns)]
                wanted.append(
                    message(
                        "{layout}: {columns} columns without a header",
                        layout=layout.name,
                        columns=layout.columns,
                    )
                )
                headers_seen.append(
                    message(
                        "{layout}: the first line has {counts} columns",
                        layout=layout.name,
                        counts=counts[0],
                    )
                )
        other_delimiter = _other_delimiter(lines[0], layouts)
        mark = json.dumps(other_delimiter)
        split = message(" (one field that holds {mark})", mark=mark)
        first = message("set delimiter: {mark} in the mapping's layout, or ", mark=mark)
        if other_delimiter is None:
            split = first = Text("", "")
        raise IntakeError(
            message(
                "it does not have the columns that the mapping reads{split}; {headers_seen}",
                split=split,
                headers_seen=joined("; ", headers_seen),
            ),
            f"{self.file.name}:{self.first_line}",
            message(
                "{first}{other_mapping}; expected {wanted}",
                first=first,
                other_mapping=OTHER_MAPPING,
                wanted=joined(message("; or "), wanted),
            ),
        )

    def parse(self, block: Block) -> Chunk:
        if block.is_cut:
            return self._parse_lines(block)
        frame = self._parse_fast(block)
        if frame is not None:
            return Chunk(frame)
        # Line by line takes twenty times a line's bytes: so it is done piece by piece, where one is
        # not sound.
        chunks = [self._parse_piece(piece) for piece in pieces_of(block, PIECE_BYTES)]
        broken = tuple(broken_line for chunk in chunks for broken_line in chunk.broken)
        return Chunk(pl.concat([chunk.frame for chunk in chunks]), broken)

    def _parse_piece(self, piece: Block) -> Chunk:
        frame = self._parse_fast(piece)
        return self._parse_lines(piece) if frame is None else Chunk(frame)

    def _parse_fast(self, block: Block) -> pl.DataFrame | None:
        """The block's records if it is sound throughout, else None."""
        if block.blank_lines:
            return None
        raw = block.raw
        if b"\r" in raw:
            raw = raw.replace(b"\r\n", b"\n")
        if b"\0" in raw or b"\r" in raw:
            return None
        try:
            if not raw.isascii():
                raw.decode("utf-8")
            if b'"' not in raw and self.layout.delimiter.isascii():
                return self._split(raw, block)
            frame = self._read(raw)
        except duckdb.InterruptException as error:  # Ctrl-C says nothing of the block.
            raise KeyboardInterrupt from error
        except (UnicodeDecodeError, duckdb.Error, pl.exceptions.ComputeError):
            return None  # polars tells what DuckDB finds while it asks it for rows
        if frame.height != block.ends:
            return None
        return self._frame(frame, pl.int_range(block.row, block.row + frame.height, eager=True))

    def _split(self, raw: bytes, block: Block) -> pl.DataFrame | None:
        """The records of lines without a quote; None where a line is none."""
        used = self.layout.used_columns
        places = [self.names.index(name) for name in used]
        texts = split_fields(
            raw, self.layout.delimiter, len(self.names), places, block.records, RECORD_BYTES_MAX
        )
        if texts is None:
            return None
        table = ArrowTable(dict(zip(used, texts, strict=True)), max(1, block.records))
        rows = pl.int_range(block.row, block.row + block.records, dtype=pl.Int64, eager=True)
        return pl.DataFrame(table).insert_column(0, rows.alias("row"))

    def _read(self, raw: bytes) -> pl.DataFrame:
        number = os.memfd_create("block", os.MFD_CLOEXEC)  # In memory: never on a disk.
        try:
            with open(number, "wb", closefd=False) as file:
                file.write(raw)
            with duckdb.connect() as connection:
                columns = {f"c{at}": "VARCHAR" for at in range(len(self.names))}
                relation = connection.sql(
                    READ,
                    params={
                        "path": f"/proc/self/fd/{number}",
                        "columns": columns,
                        "delimiter": self.layout.delimiter,
                        "line_bytes_max": RECORD_BYTES_MAX,
                    },
                )
                return pl.DataFrame(relation)
        finally:
            os.close(number)

    def _frame(self, frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
        """The layout's columns under their names, empty as '', with the row of each record."""
        places = {name: at for at, name in enumerate(self.names)}
        return frame.select(
            rows.cast(pl.Int64).alias("row"),
            *(pl.nth(places[name]).fill_null("").alias(name) for name in self.layout.used_columns),
        )

    def _parse_lines(self, block: Block) -> Chunk:
        broken: list[Broken] = []
        records: list[list[str]] = []
        rows: list[int] = []
        last = block.line + len(block.lines) - 1
        for line in lines_of(block):
            fields = parse_line(line.raw, self.layout.delimiter)
            is_cut = block.is_cut and line.line == last
            if fields is None or len(fields) != len(self.names) or is_cut:
                count_broken(self.counts, self.file.name)
                digest = hashlib.sha256(line.raw).hexdigest()
                offset = self.offset_of(line.offset)
                broken.append(Broken(line.row, line.line, offset, digest))
            else:
                records.append(fields)
                rows.append(line.row)
        columns = {f"c{at}": pl.String for at in range(len(self.names))}
        frame = pl.DataFrame(records, columns, orient="row")
        return Chunk(self._frame(frame, pl.Series(rows, dtype=pl.Int64)), tuple(broken))


def _hinted(line: bytes) -> str | None:
    """What a line like `sep=;` says that parts the fields; None of another line."""
    try:
        match = HINT.fullmatch(line.removesuffix(b"\r").decode("utf-8"))
    except UnicodeDecodeError:
        return None
    return match[2] if match is not None else None


def _other_delimiter(line: bytes, layouts: Sequence[Layout]) -> str | None:
    """Another usual delimiter of a first line that no layout's own delimiter divides."""
    used = {layout.delimiter for layout in layouts}
    if any(len(parse_line(line, delimiter) or ()) > 1 for delimiter in used):
        return None
    divides = {mark: len(parse_line(line, mark) or ()) for mark in DELIMITERS if mark not in used}
    best = max(divides, key=lambda mark: divides[mark], default=None)
    return best if best is not None and divides[best] > 1 else None
