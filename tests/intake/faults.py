"""Files with faults by chance, and whether each of their records is accounted for."""

import io
import zipfile
from functools import cache
from importlib import resources

import polars as pl

from doisoat.engine.intake.forms.raw_chunks import open_source
from doisoat.engine.intake.forms.readers import open_reader
from doisoat.engine.intake.mapping.mapping import UsageLayout, load_mapping
from doisoat.engine.intake.records.convert import Reading, TraitBook, convert_usage
from doisoat.errors import IntakeError
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue

from .asn1_records import bcd

PARTS = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml")
FILE_ROWS = 1_000_000  # more than any file here has


@cache
def plan():
    return load_catalogue(bundled_catalogue()).numbering


def accounted(paths, mapping, key):
    """How many rows each file has, each row an event, suspended or filtered; None: refused whole.

    The rows of all files are converted together, because a conversion costs the same for one.
    """
    read_by = load_mapping(mapping)
    frames, readers = [], []
    counts: list[int | None] = []
    for at, path in enumerate(paths):
        rows, good = [], []
        try:
            reader = open_reader(open_source(path), read_by.layouts("usage"))
            for read in reader.chunks():
                chunk = read()
                good.append(chunk.frame.with_columns(pl.col("row") + at * FILE_ROWS))
                rows += [*chunk.frame["row"], *(broken.row for broken in chunk.broken)]
        except IntakeError as error:
            assert all(error.args)
            counts.append(None)
            continue
        assert sorted(rows) == list(range(1, len(rows) + 1))
        counts.append(len(rows))
        readers.append((at, reader))
        frames += good
    if not frames:
        return counts
    layout = readers[0][1].layout
    assert isinstance(layout, UsageLayout)
    frame = pl.concat(frames)
    how = Reading(layout, read_by.source_system, "", key, plan(), TraitBook())
    told = convert_usage(frame, how)
    filtered = sum(told.filtered.values())
    assert frame.height == told.events.height + told.suspended.height + filtered
    suspended = set(told.suspended["row"].to_list())
    assert not suspended & set(told.events["row"].to_list())
    for at, reader in readers:
        lost = {row - at * FILE_ROWS for row in suspended if row // FILE_ROWS == at}
        assert {at.row for at in reader.located(lost)} == lost
    return counts


def mutated(data, rng):
    """The bytes with one to four faults: flips, cuts, repeats, insertions, lengths, junk."""
    data = bytearray(data)
    sorts = rng.choice((range(2), range(2), range(7)))  # lengths that still fit, for most
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        sort = rng.choice(sorts)
        if sort == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif sort == 1:
            data[at] = rng.choice((0, 0x7F, 0x80, 0x81, 0x84, 0xFF, 0x1F, 0x3F))
        elif sort == 2:
            del data[at : at + rng.randint(1, 40)]
        elif sort == 3:
            data[at:at] = rng.randbytes(rng.randint(1, 20))
        elif sort == 4:
            data[at:at] = data[at : at + rng.randint(1, 60)]
        elif sort == 5:
            del data[max(1, at) :]
        else:
            data += rng.randbytes(rng.randint(1, 9))
        if not data:
            return bytes([rng.randrange(256)])
    return bytes(data)


MARKS = (b"\0", b"\xff", b"\n", b"\r", b'"', b",", b"{", b"\\", b"\xef\xbb\xbf", b"-")


def scratched(content, chance):
    """The content with a few bytes turned, lost, doubled or cut off, or marks of text put in."""
    raw = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.randrange(len(raw))
        match chance.randrange(6):
            case 0:
                raw[at] ^= 1 << chance.randrange(8)
            case 1:
                raw[at : at + 1] = chance.choice(MARKS)
            case 2:
                raw[at:at] = chance.choice(MARKS)
            case 3:
                del raw[at : at + chance.randrange(1, 60)]
            case 4:
                raw[at:at] = raw[at : at + chance.randrange(1, 60)]
            case 5:
                raw = raw[:at] if chance.random() < 0.3 else raw
        if not raw:
            return b"\0"
    return bytes(raw)


def forms(number):
    """How a number might stand in bytes."""
    swapped = bcd(number, swapped=True)
    return [number.encode(), number[2:].encode(), bcd(number)[:-1], swapped[:-1],
            bcd(number)[:-1].hex().encode(), swapped[:-1].hex().encode()]  # fmt: skip


def load_text(name):
    folder = resources.files("doisoat.engine.intake.mapping") / "mappings"
    return (folder / f"{name}.yaml").read_text("utf-8")


def scratched_file(form, content, chance):
    """A file scratched anywhere; a workbook mostly inside its sheet, which a check sum guards."""
    if form != "xlsx" or chance.random() < 0.2:
        return scratched(content, chance)
    packed, damaged = io.BytesIO(), chance.choice(PARTS)
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(packed, "w") as made:
        for info in book.infolist():
            part = book.read(info)
            made.writestr(info, scratched(part, chance) if info.filename == damaged else part)
    return packed.getvalue()
