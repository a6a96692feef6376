"""JSON lines: a record is a line, its fields are the texts of the object's keys.

A number keeps the text that was written, whatever a double could hold. Keys of objects inside are
joined by dots (`a.b`); a key that is not there, or null, is an empty field.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NoReturn

import polars as pl

from doisoat.engine.intake.forms.compressed import open_content
from doisoat.engine.intake.forms.lines import (
    Block,
    blocks_of,
    lines_of,
    located_lines,
)
from doisoat.engine.intake.forms.raw_chunks import (
    OTHER_MAPPING,
    Broken,
    Chunk,
    Counts,
    Form,
    Located,
    SourceFile,
    count_broken,
)
from doisoat.engine.intake.mapping.mapping import Layout
from doisoat.engine.tables.delimited import RECORD_BYTES_MAX, UTF8_MARK
from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.telephone import masked

BLOCK_BYTES = 8 << 20  # An object takes many times its text in memory.
PROBED_LINES = 100
SHOWN_KEYS = 30


def looks_like_lines(head: bytes) -> bool:
    """Do most of a file's first lines begin an object?"""
    lines = head.removeprefix(UTF8_MARK).split(b"\n")[:PROBED_LINES]
    lines = [line for line in lines if line.strip()]
    begun = sum(line.lstrip().startswith(b"{") for line in lines)
    return begun * 2 > len(lines)


def looks_like_document(head: bytes) -> bool:
    """Does it begin as one JSON document of many lines?"""
    text = head.removeprefix(UTF8_MARK).lstrip()
    return text[:1] in (b"[", b"{") and text[1:].lstrip()[:1] in (b"{", b'"', b"[")


class JsonLinesReader:
    form = Form("json")

    def __init__(self, file: SourceFile, layouts: Sequence[Layout]) -> None:
        self.file, self.counts = file, Counts()
        with open_content(file) as stream:
            head = stream.read(RECORD_BYTES_MAX)
        self.start = len(UTF8_MARK) if head.startswith(UTF8_MARK) else 0
        self.layout = self._choose(head[self.start :].split(b"\n")[:PROBED_LINES], layouts)

    def _choose(self, lines: Sequence[bytes], layouts: Sequence[Layout]) -> Layout:
        """The layout whose columns are there most; at least half of them must be."""
        named = [layout for layout in layouts if layout.header == "yes"]
        if not named:
            raise IntakeError(
                message("JSON lines, but the mapping names columns by place"),
                self.file.name,
                message("take a mapping with a layout that names its columns"),
            )
        keys = dict.fromkeys(key for line in lines for key in parse_object(line) or ())
        missing = [[name for name in at.used_columns if name not in keys] for at in named]
        shares = [
            1 - len(lacks) / max(1, len(layout.used_columns))
            for layout, lacks in zip(named, missing, strict=True)
        ]
        best = shares.index(max(shares))
        if shares[best] < 0.5:
            shown = ", ".join(masked(key) for key in list(keys)[:SHOWN_KEYS])
            name, lacks = named[best].name, ", ".join(missing[best])
            raise IntakeError(
                message(
                    "its objects do not have the keys that the mapping reads: {name}: missing "
                    "{lacks}; found {shown}",
                    name=name,
                    lacks=lacks,
                    shown=shown or message("no object"),
                ),
                f"{self.file.name}:1",
                OTHER_MAPPING,
            )
        if missing[best]:
            lacks = ", ".join(missing[best])
            self.counts.notes.append(
                message(
                    "none of the first {probed_lines} lines has {lacks}: taken for empty",
                    probed_lines=PROBED_LINES,
                    lacks=lacks,
                )
            )
        return named[best]

    def blocks(self) -> Iterator[Block]:
        return blocks_of(self.file, self.start, has_header=False, block_bytes=BLOCK_BYTES)

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        for block in self.blocks():
            self.counts.blank_lines += block.blank_lines
            yield partial(self.parse, block)

    def parse(self, block: Block) -> Chunk:
        """The records of a block. A last line without an end is whole if its object is."""
        names = self.layout.used_columns
        broken: list[Broken] = []
        records: list[list[str]] = []
        rows: list[int] = []
        for line in lines_of(block):
            fields = fields_of(line.raw, names)
            if fields is None:
                count_broken(self.counts, self.file.name)
                digest = hashlib.sha256(line.raw).hexdigest()
                broken.append(Broken(line.row, line.line, line.offset, digest))
            else:
                records.append(fields)
                rows.append(line.row)
        frame = pl.DataFrame(records, dict.fromkeys(names, pl.String), orient="row")
        row = pl.Series("row", rows, dtype=pl.Int64)
        return Chunk(frame.insert_column(0, row), tuple(broken))

    def located(self, rows: set[int]) -> Iterator[Located]:
        return located_lines(self.blocks(), rows)


def parse_object(line: bytes) -> dict[str, Any] | None:
    """The object of one line, numbers as they are written, keys inside joined by dots.

    None where it is none: too long, no UTF-8, no JSON, no object, or a key that stands twice.
    """
    if len(line) > RECORD_BYTES_MAX:
        return None
    try:
        record = _decode(line.decode("utf-8"))
        return _flat(record) if isinstance(record, dict) else None
    except (ValueError, RecursionError):  # of bytes, of JSON, of ours; and of a too deep one
        return None


def fields_of(line: bytes, names: Sequence[str]) -> list[str] | None:
    """The texts of those keys; None where the line is no record, or one of them is a list."""
    record = parse_object(line)
    if record is None:
        return None
    fields = []
    for name in names:
        value = record.get(name)
        if value is None:
            fields.append("")
        elif isinstance(value, str):
            fields.append(value)
        elif isinstance(value, bool):
            fields.append("true" if value else "false")
        else:
            return None
    if b"\\u" in line and any(not _is_text(text) for text in fields):
        return None
    return fields


def _is_text(text: str) -> bool:
    """Escapes can write what no UTF-8 text holds: half a surrogate pair, or a NUL."""
    try:
        return b"\0" not in text.encode("utf-8")
    except UnicodeEncodeError:
        return False


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key twice")
    return record


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


_decode = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=str, parse_int=str, parse_constant=_no_number
).decode


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """Objects inside become keys with dots; ValueError where two keys come out the same."""
    if not any(isinstance(value, dict) for value in record.values()):
        return record
    pairs: list[tuple[str, Any]] = []
    for key, value in record.items():
        if isinstance(value, dict):
            pairs += ((f"{key}.{inner}", at) for inner, at in _flat(value).items())
        else:
            pairs.append((key, value))
    return _once(pairs)
