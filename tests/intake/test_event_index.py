"""Many small parts: an intake looks up what a home knows in an index, and reads nothing else."""

import itertools
import json
from pathlib import Path

import polars as pl
import pytest

from doisoat.engine.files import near_duplicates
from doisoat.engine.files.part_events import scan_files
from doisoat.engine.intake.file_intake import take_in_each
from doisoat.engine.intake.records import convert, event_index, usage_part
from doisoat.engine.intake.records.event_index import EventIndex
from doisoat.engine.store import home as homes
from doisoat.engine.store.home import INDEX, list_parts, open_home, writer
from doisoat.engine.usage import merge_parts
from doisoat.errors import StoreError
from doisoat.settlement.upkeep.compact import compact

from .conftest import line

DAYS = 20


def daily(write):
    """A file a day: new records, one that the day before has too, and one that contradicts it."""
    numbers = itertools.count()
    files = []
    for day in range(DAYS):
        names = [f"k{day}-{at}" for at in range(5)]
        records = [line(record_key=name, duration_s=f"{next(numbers)}.000") for name in names]
        if day:
            records.append(files[-1][1][0])
            records.append(line(record_key=f"k{day - 1}-1", duration_s="9999.000"))
        files.append((write(*records, name=f"day{day:02d}.csv"), records))
    return [path for path, _ in files]


def each(home, key, files):
    with writer(home, "test") as opened:
        return take_in_each(opened, [(path, "world", "usage") for path in files], key)


def counts_of(accounting):
    """Records that said again what was known, and records in suspense."""
    counts = accounting.as_object()
    return counts["duplicates"], counts["suspended"]


def manifests(home):
    """What the parts of a home are, byte for byte."""
    return {path.parent.name: path.read_bytes() for path in home.glob("usage/part=*/manifest.json")}


def runs_of(home):
    return json.loads((home / INDEX / event_index.RUNS).read_text("utf-8"))["runs"]


@pytest.fixture
def without_index(monkeypatch):
    """Intakes that read the ids of every part, as if there were no index."""
    monkeypatch.setattr(EventIndex, "parts_with", lambda self, ids, parts: list(parts))


def test_parts_are_the_same_with_an_index_and_without(tmp_path, write, key, request):
    files = daily(write)
    told = each(tmp_path / "indexed", key, files)
    assert counts_of(told) == (DAYS - 1, DAYS - 1)
    request.getfixturevalue("without_index")
    each(tmp_path / "plain", key, files)
    assert manifests(tmp_path / "indexed") == manifests(tmp_path / "plain")
    assert len(manifests(tmp_path / "plain")) == DAYS


def test_runs_of_one_size_become_one_and_name_each_part(home, write, key):
    each(home, key, daily(write))
    parts = list_parts(open_home(home), "usage")
    runs = runs_of(home)
    assert len(runs) < event_index.MERGED
    assert sum(len(run["parts"]) for run in runs) == DAYS - 1  # the last is covered by the next
    assert sorted(path.name for path in (home / INDEX).glob("*.arrow")) == sorted(
        run["file"] for run in runs
    )
    index = EventIndex.of(open_home(home))
    covered = {name for run in runs for name in run["parts"]}
    for part in parts:
        if part.id not in covered:
            continue
        ids = pl.scan_parquet(part.buckets, hive_partitioning=False).select("event_hi").collect()
        named = index.parts_with(ids["event_hi"], [p for p in parts if p.id in covered])
        assert part in named
        assert len(named) <= 3  # it, and the two that repeat it and contradict it
    assert index.parts_with(pl.Series([1], dtype=pl.UInt64), parts) == [
        part for part in parts if part.id not in covered
    ]


@pytest.fixture
def scanned(monkeypatch):
    """The files of events that are scanned, each as often as it is."""
    files, scan_parquet = list[Path](), pl.scan_parquet

    def scan(source, **options):
        paths = [Path(path) for path in (source if isinstance(source, list) else [source])]
        files.extend(path for path in paths if path.name.startswith("bucket="))
        return scan_parquet(source, **options)

    monkeypatch.setattr(pl, "scan_parquet", scan)
    return files


def days_apart(write):
    """A file a day, of records that no other has: two calls that are near, over two days' files."""
    near = {"started": "2021-08-05 08:00:00.000", "duration_s": "60.000"}
    return [
        write(line(record_key=f"a{day}", started=f"2021-08-{day:02d} 10:00:00.000"),
              line(record_key=f"n{day}", **near), name=f"day{day:02d}.csv")
        for day in range(1, 10)
    ]  # fmt: skip


def test_files_that_come_together_are_not_read_again_for_each_other(home, write, key, scanned):
    told = each(home, key, days_apart(write))
    assert told.events == 18 and told.near == 8
    assert scanned == []


def test_a_small_file_is_ordered_at_once_and_a_trait_judged_once(home, write, key, monkeypatch):
    """Not bucket by bucket, on threads of their own; and not anew for each file."""
    monkeypatch.delattr(usage_part, "in_turn")
    convert._trait_problem.cache_clear()
    files = days_apart(write)
    assert each(home, key, files).events == 18
    about = convert._trait_problem.cache_info()
    assert (about.misses, about.hits) == (1, len(files) - 1)


def test_files_that_come_together_say_what_they_say_one_by_one(tmp_path, write, key, scanned):
    files = days_apart(write)
    together = each(tmp_path / "together", key, files)
    alone = [each(tmp_path / "alone", key, [path]) for path in files]
    assert scanned
    assert together.near == sum(told.near for told in alone)
    assert together.near_shown == tuple(pair for told in alone for pair in told.near_shown)
    assert manifests(tmp_path / "together") == manifests(tmp_path / "alone")
    ids = [
        sorted((run["rows"], run["ids"], len(run["parts"])) for run in runs_of(tmp_path / name))
        for name in ("together", "alone")
    ]
    assert ids[0] == ids[1]


def test_ids_of_contradicted_records_are_in_the_index_too(home, write, key):
    first, second = (line(record_key="k", duration_s=f"{seconds}.000") for seconds in (1, 2))
    each(home, key, [write(first, second, name="a.csv"), write(line(record_key="x"), name="b.csv")])
    assert [run["rows"] for run in runs_of(home)] == [2]
    told = each(home, key, [write(line(record_key="k", duration_s="3.000"), name="c.csv")])
    assert counts_of(told) == (0, 1)


def test_a_long_part_is_looked_through_near_the_new_events_alone(home, write, key, monkeypatch):
    each(home, key, days_apart(write))
    compact(home)
    stored = []
    candidates = near_duplicates._candidates

    def looked_through(known, mine, widest_ms):
        stored.extend(known.collect()["start_ms"])
        return candidates(known, mine, widest_ms)

    monkeypatch.setattr(near_duplicates, "_candidates", looked_through)
    times = ("07:59:55", "10:00:00")
    path = write(*(line(record_key=at, started=f"2021-08-05 {at}.000") for at in times))
    told = each(home, key, [path])
    assert told.near == 2
    assert len(stored) == 10  # nine at eight o'clock, and one of the nine at ten


def test_many_parts_are_merged_by_one_scan_a_bucket(home, write, key, monkeypatch):
    each(home, key, daily(write))
    scans = list[int]()

    def scan(paths):
        scans.append(len(paths))
        return scan_files(paths)

    monkeypatch.setattr(merge_parts, "scan_files", scan)
    [group] = compact(home)
    assert len(group.parts) == DAYS
    assert max(scans) > 1 and len(scans) <= 16 + 1  # the copies of contradicted records, too


def test_a_code_that_its_part_does_not_have_is_not_read_of_the_next_part():
    becomes = [pl.Series([7, 8]), pl.Series([9])]
    codes = pl.Series("trait", [1, 0, 0], dtype=pl.UInt32)
    file = pl.Series([0, 1, 0], dtype=pl.UInt32)
    assert merge_parts._become(codes, file, becomes).to_list() == [8, 9, 7]
    with pytest.raises(pl.exceptions.OutOfBoundsError):
        merge_parts._become(codes + 1, file, becomes)


@pytest.mark.parametrize("change", ["gone", "a run is gone", "a run is left over", "of a format"])
def test_a_missing_or_stale_index_is_made_again_without_a_word(home, write, key, change):
    *files, last = daily(write)
    each(home, key, files)
    run = next((home / INDEX).glob("*.arrow"))
    if change == "gone":
        for path in (home / INDEX).iterdir():
            path.unlink()
        (home / INDEX).rmdir()
    elif change == "a run is gone":
        run.unlink()
    elif change == "a run is left over":
        run.with_name("0123456789abcdef.arrow").write_bytes(b"of a writer who died")
    else:
        about = home / INDEX / event_index.RUNS
        about.write_text(about.read_text().replace('"format_version": 1', '"format_version": 9'))
    told = each(home, key, [last])
    assert counts_of(told) == (1, 1)
    covered = {name for run in runs_of(home) for name in run["parts"]}
    assert len(covered) == len(files)
    assert not (home / INDEX / "0123456789abcdef.arrow").exists()


def test_parts_that_were_merged_are_looked_up_in_the_part_that_replaces_them(home, write, key):
    *files, last = daily(write)
    each(home, key, files)
    compact(home)
    told = each(home, key, [last])
    assert counts_of(told) == (1, 1)
    assert [len(run["parts"]) for run in runs_of(home)] == [1]


@pytest.mark.parametrize("change", ["a bit", "cut short", "nonsense", "its list", "verified"])
def test_a_damaged_index_is_told_and_removing_it_mends_it(home, write, key, change):
    *files, last = daily(write)
    each(home, key, files)
    run = max((home / INDEX).glob("*.arrow"), key=lambda path: path.stat().st_size)
    if change == "a bit":
        ids = pl.read_ipc(run)
        (ids.with_columns(event_hi=pl.col("event_hi") ^ 1)).write_ipc(run)
    elif change == "cut short":
        run.write_bytes(run.read_bytes()[:-40])
    elif change == "nonsense":
        run.write_bytes(b"nonsense")
    elif change == "its list":
        (home / INDEX / event_index.RUNS).write_text("[")
    else:
        (home / INDEX / "verified.json").write_text("[")
    before = manifests(home)
    with pytest.raises(StoreError, match="the index of the home is not what was written"):
        each(home, key, [last])
    assert manifests(home) == before
    for path in (home / INDEX).iterdir():
        path.unlink()
    told = each(home, key, [last])
    assert counts_of(told) == (1, 1)


def test_a_part_is_verified_once_and_again_where_it_was_touched(home, write, key, monkeypatch):
    first, second, third, fourth = daily(write)[:4]
    each(home, key, [first])
    each(home, key, [second])
    verified = []
    verify = homes.verify

    def noted(parts):
        verified.extend(part.id for part in parts)
        verify(parts)

    monkeypatch.setattr("doisoat.engine.store.verified_parts.verify", noted)
    parts = {part.id for part in list_parts(open_home(home), "usage")}
    each(home, key, [third])
    assert len(verified) == 1  # the one of the second file: the first was verified for it
    untouched = next(iter(parts - set(verified)))
    verified.clear()
    path = next((home / "usage" / f"part={untouched}").glob("bucket=*.parquet"))
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match="its SHA-256 is not the one that was published"):
        each(home, key, [fourth])
    assert untouched in verified


def test_who_holds_no_lock_reads_the_parts_of_a_run_that_a_writer_merged_meanwhile(
    home, write, key
):
    each(home, key, daily(write))
    parts = list_parts(open_home(home), "usage")
    index = EventIndex.of(open_home(home))
    for path in (home / INDEX).glob("*.arrow"):
        path.unlink()
    assert index.parts_with(pl.Series([1], dtype=pl.UInt64), parts) == parts
