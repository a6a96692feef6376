"""What must hold of a damaged file: refused with three phrases, or each record accounted for."""

import gzip
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from doisoat.engine.intake.file_intake import take_in
from doisoat.engine.intake.forms.raw_chunks import open_source
from doisoat.engine.intake.forms.readers import open_reader
from doisoat.engine.intake.mapping.mapping import Layout, UsageLayout, load_mapping
from doisoat.engine.intake.records.convert import Reading, TraitBook, convert_usage
from doisoat.engine.intake.unreadable import UnreadableFile
from doisoat.engine.keys.pseudonym import Key
from doisoat.engine.store.home import writer
from doisoat.errors import IntakeError
from doisoat.telephone import masked
from tests.fuzz.files import damaged, mapping_for
from tests.intake.faults import plan
from tests.intake.forms import zstd

SECONDS_MAX = 5.0  # of computing, for a file of some kilobytes; who waits for another is not slow
TAKEN = 8  # of the sound files of a block: what a whole intake adds is seen in a few
KEY = Key(bytes(range(32)), "2026-11-26")
SEPARATOR = b"\n"
SIZE = r"\b[0-9]+ bytes?\b"  # of which a damaged file may tell any


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive files of a form."""

    form: str
    seed: int
    first: int
    count: int


@dataclass(slots=True)
class Told:
    """What became of the files of a block; `findings` are (number of the file, what)."""

    files: int = 0
    refused: int = 0
    read: int = 0
    records: int = 0
    events: int = 0
    suspended: int = 0
    filtered: int = 0
    taken: int = 0  # files that were taken into a home
    findings: list[tuple[int, str]] = field(default_factory=list)

    def as_object(self) -> dict[str, Any]:
        return asdict(self)


class Wrong(Exception):
    """A promise that did not hold of a file."""


def must(holds: bool, what: str) -> None:
    """Raises Wrong where it does not hold: an assertion that no option turns off."""
    if not holds:
        raise Wrong(what)


def said() -> int:
    """How much there is on stderr, which is a file here; 0 where it is not."""
    return os.fstat(2).st_size


@cache
def _layouts(mapping: str) -> tuple[Layout, ...]:
    return tuple(load_mapping(mapping).layouts("usage"))


def lines_of(form: str, content: bytes) -> int:
    """The lines of a text that hold a record, counted without the reader."""
    plain, _, packed = form.partition(".")
    if packed:
        content = gzip.decompress(content) if packed == "gz" else zstd.decompress(content)
    content = content.removeprefix(b"\xef\xbb\xbf")
    ends = content.replace(b"\r\n", SEPARATOR).split(SEPARATOR)
    last = ends.pop().removesuffix(b"\r")
    return sum(map(bool, [*ends, last])) - (1 if plain == "csv" else 0)


def read_alone(form: str, path: Path, mapping: str) -> list[pl.DataFrame] | None:
    """The records of a file as its reader gives them; None: refused whole.

    Raises: Wrong, or whatever else the reader lets through.
    """
    try:
        reader = open_reader(open_source(path), _layouts(mapping))
        chunks = [read() for read in reader.chunks()]
        good = [row for chunk in chunks for row in chunk.frame["row"]]
        rows = [*good, *(broken.row for chunk in chunks for broken in chunk.broken)]
        addresses = {at.row for at in reader.located(set(good))}
    except IntakeError as error:
        _hold_refusal(error)
        return None
    must(len(set(rows)) == len(rows), "two records with the same row")
    must(addresses == set(good), "a record without an address, or an address without one")
    if form.partition(".")[0] in ("csv", "jsonl"):
        must(
            len(rows) == lines_of(form, path.read_bytes()), "records are not the lines of the file"
        )
    return [chunk.frame for chunk in chunks]


def convert(frames: list[pl.DataFrame], mapping: str, told: Told) -> None:
    """Judge records of several files together, as one conversion costs what many cost."""
    layout, system = _layouts(mapping)[0], load_mapping(mapping).source_system
    assert isinstance(layout, UsageLayout)
    records = pl.concat(frames).with_columns(row=pl.int_range(pl.len()))
    judged = convert_usage(records, Reading(layout, system, "", KEY, plan(), TraitBook()))
    filtered = sum(judged.filtered.values())
    must(
        records.height == judged.events.height + judged.suspended.height + filtered,
        f"{records.height} records, but {judged.events.height} events,"
        f" {judged.suspended.height} suspended and {filtered} filtered",
    )
    must(
        not set(judged.events["row"]) & set(judged.suspended["row"]),
        "a record that is an event and suspended",
    )
    told.events += judged.events.height
    told.suspended += judged.suspended.height
    told.filtered += filtered


def take(paths: list[Path], mapping: str, told: Told) -> None:
    """Take files into a new home: each account adds up.

    One of which no record could be read is refused, and nothing with it: then one by one.
    """
    with TemporaryDirectory(dir=paths[0].parent) as folder, writer(Path(folder), "fuzz") as home:
        try:
            accounts = take_in(home, [(path, mapping, "usage") for path in paths], KEY)
        except UnreadableFile as error:
            _hold_refusal(error)
            accounts = None
        for account in accounts.files if accounts else ():
            account.check()
    if accounts:
        told.taken += len(paths)
    elif len(paths) == 1:
        told.refused += 1
    else:
        for path in paths:
            take([path], mapping, told)


def _hold_refusal(error: IntakeError) -> None:
    must(all(error.args) and len(error.args) == 3, "refused, but not with three phrases")
    text = re.sub(SIZE, "", str(error))
    if isinstance(error, UnreadableFile):  # an example has each digit as 9
        text = re.sub("99+", "", text)
    must(masked(text) == text, f"refused with a number in it: {error.what}")


def try_block(
    block: Block, folder: Path, skip: frozenset[int], tell: Callable[[str], None]
) -> Told:
    """Try each file of a block but those to skip; `tell` is told before each step.

    A worker that dies has told which step it was at.
    """
    mapping = mapping_for(block.form, folder)
    told, found = Told(), dict[int, list[pl.DataFrame]]()
    path = folder / f"file.{block.form}"
    for number in range(block.first, block.first + block.count):
        if number in skip:
            continue
        tell(f"file {number}")
        path.write_bytes(damaged(block.form, block.seed, number))
        told.files += 1
        with watched(number, told):
            frames = read_alone(block.form, path, mapping)
            if frames is None:
                told.refused += 1
            else:
                told.read += 1
                found[number] = frames
    told.records = sum(frame.height for frames in found.values() for frame in frames)
    tell("convert")
    _convert_all(found, mapping, told)
    tell("take")
    with watched(block.first, told):
        take(_some(block, list(found), folder), mapping, told) if found else None
    return told


def _convert_all(found: dict[int, list[pl.DataFrame]], mapping: str, told: Told) -> None:
    """All together; where that fails, one by one to name the file."""
    if not found:
        return
    together = Told()
    numbers = list(found)
    with watched(numbers[0], together):
        convert([frame for frames in found.values() for frame in frames], mapping, together)
    if not together.findings:
        told.events, told.suspended = together.events, together.suspended
        told.filtered = together.filtered
        return
    for number, frames in found.items():
        with watched(number, told):
            convert(frames, mapping, told)
    if not told.findings:
        told.findings += [(n, f"with those after it: {what}") for n, what in together.findings]


def _some(block: Block, numbers: list[int], folder: Path) -> list[Path]:
    """A few files of the block, each of another content, written again."""
    contents = dict[bytes, int]()
    for number in numbers:
        contents.setdefault(damaged(block.form, block.seed, number), number)
        if len(contents) == TAKEN:
            break
    paths = []
    for content, number in contents.items():
        paths.append(folder / f"taken-{number}.{block.form}")
        paths[-1].write_bytes(content)
    return paths


class watched:
    """What goes wrong inside becomes a finding: an exception, a word on stderr, or too long."""

    def __init__(self, number: int, told: Told) -> None:
        self.number, self.told = number, told

    def __enter__(self) -> None:
        self.began, self.said = time.process_time(), said()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        what = None
        if isinstance(error, KeyboardInterrupt | SystemExit):
            return False
        if isinstance(error, Wrong):
            what = str(error)
        elif error is not None:
            last = traceback.extract_tb(trace)[-1]
            what = f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}: {error}"
        elif said() > self.said:
            what = f"said on stderr: {_since(self.said)}"
        elif time.process_time() - self.began > SECONDS_MAX:
            what = f"took {time.process_time() - self.began:.1f} s of computing"
        if what is not None:
            self.told.findings.append((self.number, what[:500]))
        return True


def _since(offset: int) -> str:
    sys.stderr.flush()
    with open("/proc/self/fd/2", "rb") as stream:
        stream.seek(offset)
        return stream.read(400).decode(errors="replace").replace("\n", " ")


def blocks(form: str, seed: int, files: int, size: int) -> Iterator[Block]:
    """The files 0..files of a form in blocks."""
    for first in range(0, files, size):
        yield Block(form, seed, first, min(size, files - first))
