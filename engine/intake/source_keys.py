"""The key that a source itself gives a record, read again from the file that it came in.

A home keeps no key of a source: an event's id is a digest under the home's own key. Whoever still
has the files can have the keys of a few records; each file is found by its SHA-256, so it is the
very one that was taken in.

A key that is, or has in it, a number of a person is masked: one of the record's own fields, one
that is written as a number is dialled, or nine digits as of a mobile number without its 0. Other
digits stay, since most keys are digits.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.intake.forms.raw_chunks import SourceFile, open_source
from doisoat.engine.intake.forms.readers import open_reader
from doisoat.engine.intake.mapping.mapping import Mapping as SourceMapping
from doisoat.engine.intake.mapping.mapping import UsageLayout, known_mappings, load_mapping
from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.telephone import MASK, masked

JOINT = " "  # between the columns of one key
PERSONS = ("subscriber", "account", "other")  # fields of a mapping that are somebody's number
OWN_DIGITS = 9  # of a number, from its end: in whichever spelling it stands
MOBILE = re.compile(r"(?<![0-9])[35789][0-9]{8}(?![0-9])")


class Place(NamedTuple):
    """A file under a mapping, as a home knows it."""

    sha256: str
    mapping_sha256: str


def source_keys(
    rows: Mapping[Place, set[int]], files: Sequence[Path], mappings: Sequence[Path] = ()
) -> dict[tuple[str, int], str]:
    """The keys of records by their file's SHA-256 and row; '' where the source has none.

    A record whose fields cannot be told apart has none either.

    Args: rows: the records; files: exports, or folders of them, among others; mappings: those of
        one's own. A record whose file is not among these is left out.
    Raises: IntakeError for a file whose mapping is neither bundled nor given.
    """
    wanted: dict[str, list[Place]] = {}
    for place in rows:
        wanted.setdefault(place.sha256, []).append(place)
    known: dict[str, SourceMapping] | None = None
    keys: dict[tuple[str, int], str] = {}
    for path in _files_in(files):
        file = open_source(path)
        for place in wanted.pop(file.sha256, ()):
            if known is None:
                known = _by_digest(mappings)
            if place.mapping_sha256 not in known:
                raise IntakeError(
                    message("none of the mappings is the one that it was taken in by"),
                    file.name,
                    message("give that one with --mapping FILE.yaml"),
                )
            for row, key in _keys_of(file, known[place.mapping_sha256], rows[place]):
                keys[place.sha256, row] = key
    return keys


def _files_in(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, and those of folders, in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from sorted(inside for inside in path.rglob("*") if inside.is_file())
        else:
            yield path


def _by_digest(mappings: Sequence[Path]) -> dict[str, SourceMapping]:
    names = [*known_mappings(), *map(str, mappings)]
    return {mapping.sha256: mapping for mapping in map(load_mapping, names)}


def _keys_of(file: SourceFile, mapping: SourceMapping, rows: set[int]) -> Iterator[tuple[int, str]]:
    reader = open_reader(file, mapping.layouts("usage"))
    layout = reader.layout
    columns = layout.key.columns if isinstance(layout, UsageLayout) and layout.key else ()
    if not columns:
        yield from ((row, "") for row in rows)
        return
    left = set(rows)
    persons = {column for name, column in layout.columns_of_fields() if name in PERSONS}
    for read in reader.chunks():
        frame = read().frame
        found = frame.filter(pl.col("row").is_in(list(left)))
        numbers = found.select(sorted(persons)).rows()
        for (row, *texts), own in zip(found.select("row", *columns).rows(), numbers, strict=True):
            left.discard(row)
            yield row, JOINT.join(shown_key(text, own) for text in texts if text)
        if not left:
            break
    yield from ((row, "") for row in left)
    file.check_unchanged()


def shown_key(text: str, numbers: Iterable[str]) -> str:
    """A key as it may be shown. Args: numbers: what the record's fields of persons say."""
    digits = re.sub(r"[^0-9]", "", text)
    for number in numbers:
        own = re.sub(r"[^0-9]", "", number)[-OWN_DIGITS:]
        if len(own) == OWN_DIGITS and own in digits:
            return MASK
    return MOBILE.sub(MASK, masked(text, bare=False))
