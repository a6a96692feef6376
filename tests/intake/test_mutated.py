"""A thousand damaged files of each form: none crashes, hangs, or leaves a record unaccounted for.

Each is read alone, as intake reads it, and the records of all that are not refused whole are judged
together; some are then taken in, and each one's rows must be what the reader found, and add up.
"""

import random
import time

import polars as pl
import pytest

from doisoat.engine.intake.forms.raw_chunks import open_source
from doisoat.engine.intake.forms.readers import open_reader
from doisoat.engine.intake.mapping.mapping import UsageLayout, load_mapping
from doisoat.engine.intake.plan_in_use import bundled_plan
from doisoat.engine.intake.records.convert import Reading, TraitBook, convert_usage
from doisoat.errors import IntakeError

from . import forms
from .faults import scratched_file

FILES = 1_000
TAKEN = 60  # of the files that are sound enough, in one call
SECONDS_MAX = 5  # of computing, for one file of a few kilobytes
RECORDS = forms.records(25)


def chunks_of(reader):
    """What a reader finds; each record is a row of its own."""
    chunks = [read() for read in reader.chunks()]
    rows = [row for chunk in chunks for row in chunk.frame["row"]]
    rows += [broken.row for chunk in chunks for broken in chunk.broken]
    assert len(set(rows)) == len(rows)
    return chunks, set(rows)


def lines_in(content):
    """The lines of a text that are not empty, counted without the reader."""
    ends = content.replace(b"\r\n", b"\n").split(b"\n")
    last = [ends.pop().removesuffix(b"\r")]
    return sum(map(bool, ends + last))


@pytest.mark.parametrize("form", forms.FORMS)
def test_damaged_files(take, key, tmp_path, form, files_of_before):
    chance = random.Random(f"damaged {form}")
    content = forms.FORMS[form](RECORDS)
    mapping = forms.mapping_for(form, tmp_path)
    layouts = load_mapping(mapping).layouts("usage")
    sound, frames, refused = {}, [], 0
    for at in range(FILES):
        path = tmp_path / f"{at:04d}.{form}"
        path.write_bytes(scratched_file(form, content, chance))
        began = time.process_time()
        try:
            reader = open_reader(open_source(path), layouts)
            chunks, rows = chunks_of(reader)
            addresses = {at.row for at in reader.located(rows)}
        except IntakeError as error:
            assert all(error.args)
            refused += 1
        else:
            assert addresses == rows
            sound[path] = len(rows)
            frames += [chunk.frame for chunk in chunks]
            if form in ("csv", "jsonl"):
                header = 1 if form == "csv" else 0
                raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
                assert len(rows) == lines_in(raw) - header
        assert time.process_time() - began < SECONDS_MAX, path
    assert refused + len(sound) == FILES and 0 < refused < FILES
    assert isinstance(layouts[0], UsageLayout)
    records = pl.concat(frames).with_columns(row=pl.int_range(pl.len()))
    how = Reading(layouts[0], "world", "", key, bundled_plan(), TraitBook())
    judged = convert_usage(records, how)
    assert judged.events.height + judged.suspended.height == records.height > 0
    assert not set(judged.events["row"]) & set(judged.suspended["row"])
    some = dict(list(sound.items())[:TAKEN])
    told = take(*some, mapping=mapping)
    for file, rows in zip(told.files, some.values(), strict=True):
        file.check()
        assert file.rows == rows
