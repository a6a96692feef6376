"""Rows written as they come: the same bytes however they were cut, and no thread left behind."""

import errno
import os
import threading
from types import SimpleNamespace

import polars as pl
import pytest

from doisoat.cli import NO_THREAD
from doisoat.errors import StoreError
from doisoat.settlement.figures import row_files
from doisoat.settlement.figures.row_files import ROW_FILES, RowFiles
from doisoat.settlement.figures.rows import row_schemas
from tests.settlement.conftest import VOCABULARY

SCHEMAS = row_schemas(VOCABULARY)
ROWS = 1_000


@pytest.fixture(scope="module")
def lines():
    number = pl.int_range(ROWS, dtype=pl.Int64)
    named = {
        name: (number % 3).replace_strict([0, 1, 2], dtype.categories[:3], return_dtype=dtype)
        if isinstance(dtype, pl.Enum)
        else number.hash(0) if dtype == pl.UInt64() else number * 7
        for name, dtype in SCHEMAS["lines"].items()
    }  # fmt: skip
    return pl.DataFrame().select(**named)


@pytest.mark.parametrize("step", [1, 7, 100, 333, ROWS])
def test_the_same_rows_are_the_same_bytes(tmp_path, monkeypatch, lines, step):
    monkeypatch.setitem(row_files.PARQUET, "row_group_size", 300)
    lines.write_parquet(tmp_path / "whole.parquet", **row_files.PARQUET)
    with RowFiles(tmp_path, SCHEMAS) as rows:
        for piece in lines.iter_slices(step):
            rows.add("lines", piece)
        scanned = rows.scanned()
    assert (tmp_path / "line.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert scanned["lines"].collect().equals(lines)
    for name, field in ROW_FILES.items():
        assert pl.read_parquet_schema(tmp_path / f"{name}.parquet") == SCHEMAS[field]
        assert field == "lines" or scanned[field].collect().is_empty()


def files_of(home):
    return {path for path in home.rglob("*") if path.is_file() and path.name != "lock"}


def full_disk(source, schema):
    """A writer that takes a frame, then finds the disk full."""

    def sink(path, **options):
        next(source())
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    return SimpleNamespace(sink_parquet=sink)


def test_a_full_disk_is_told_to_whoever_gives_more(tmp_path, monkeypatch, lines):
    monkeypatch.setattr(row_files, "register_io_source", full_disk)
    before = threading.active_count()
    with pytest.raises(OSError, match="No space left"), RowFiles(tmp_path, SCHEMAS) as rows:
        while True:
            rows.add("lines", lines)
    assert threading.active_count() == before


def test_a_full_disk_while_rows_come_publishes_nothing(
    home, catalogue, package, world, monkeypatch
):
    monkeypatch.setattr(row_files, "register_io_source", full_disk)
    before, threads = files_of(home), threading.active_count()
    with pytest.raises(StoreError, match="previous state is untouched") as caught:
        world.settle_by(home, catalogue, package)
    assert "free some space" in caught.value.mend and ".parquet" in caught.value.where
    assert files_of(home) == before
    assert threading.active_count() == threads


def only_so_many_start(monkeypatch, threads):
    """As where a container's limit of processes is reached, or memory for another stack."""
    start, left = threading.Thread.start, iter(range(threads))

    def limited(thread):
        if next(left, None) is None:
            raise RuntimeError(NO_THREAD)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)


@pytest.mark.parametrize("started", range(len(ROW_FILES)))
def test_where_no_more_threads_start_those_that_did_end(tmp_path, monkeypatch, started):
    before = threading.active_count()
    only_so_many_start(monkeypatch, started)
    with pytest.raises(RuntimeError, match=NO_THREAD):
        RowFiles(tmp_path, SCHEMAS)
    assert threading.active_count() == before


@pytest.mark.parametrize("started", range(5))
def test_a_settle_that_may_start_no_more_threads_publishes_nothing(
    home, catalogue, package, world, monkeypatch, started
):
    before, threads = files_of(home), threading.active_count()
    only_so_many_start(monkeypatch, started)
    with pytest.raises(RuntimeError, match=NO_THREAD):
        world.settle_by(home, catalogue, package)
    assert files_of(home) == before
    assert threading.active_count() == threads
