"""A file of each form to records of text fields: what intake does before it judges any."""

import csv
import io
import json
from random import Random

import polars as pl
import pytest

from doisoat.engine.intake.forms.raw_chunks import open_source
from doisoat.engine.intake.forms.readers import open_reader
from doisoat.engine.intake.forms.trial_decoding import DECODERS
from doisoat.engine.intake.mapping.mapping import load_mapping
from tests.fuzz.files import PLAIN, mapping_for

RECORDS = 2_000
OF_BER = ("tap", "nrtrde")


@pytest.fixture(scope="module", autouse=True)
def decoders():
    yield
    DECODERS.end()


def by_reader(path, layouts):
    reader = open_reader(open_source(path), layouts)
    return pl.concat(read().frame for read in reader.chunks())


def by_csv(path, layouts):
    return pl.DataFrame(list(csv.DictReader(io.StringIO(path.read_text("utf-8")))))


def by_json(path, layouts):
    return pl.DataFrame([json.loads(line) for line in path.read_text("utf-8").splitlines()])


SIDES = {form: (form, by_reader) for form in ("csv", "jsonl", "parquet", "arrow", "db", *OF_BER)}
SIDES |= {"csv by the library": ("csv", by_csv), "jsonl by the library": ("jsonl", by_json)}


@pytest.mark.benchmark(group="decode 2,000 records")
@pytest.mark.parametrize(("form", "decode"), SIDES.values(), ids=SIDES)
def bench_decode(benchmark, tmp_path, form, decode):
    path = tmp_path / f"file.{form}"
    path.write_bytes(PLAIN[form](RECORDS, Random(2)))
    layouts = load_mapping(mapping_for(form, tmp_path)).layouts("usage")
    records = decode(path, layouts)
    assert records.height == RECORDS
    if form not in OF_BER:
        (tmp_path / "twin.csv").write_bytes(PLAIN["csv"](RECORDS, Random(2)))
        twin = by_csv(tmp_path / "twin.csv", layouts)
        assert records.select(twin.columns).equals(twin)
    benchmark.extra_info.update(events=RECORDS, twin=decode is not by_reader)
    benchmark.pedantic(decode, args=(path, layouts), rounds=10, warmup_rounds=1)
