"""From stored columns to a stored result, stage by stage: read, digest, merge, write."""

import hashlib
import struct
from array import array

import polars as pl
import pytest

from doisoat.benchmarks.bare import sum_of_memory, sum_of_stream
from doisoat.benchmarks.roofline import ARROW, file_mapped, ground_of, narrow_files
from doisoat.cli import run
from doisoat.engine.kernel.ledger import GRAIN_FULL
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.usage.stored_parts import shard_range
from doisoat.settlement.figures.merge import KEYS, TOTAL_SUMS, merge
from doisoat.settlement.figures.row_files import PARQUET

WORDS = 2**64


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    home = tmp_path_factory.mktemp("store") / "out"
    assert run(["simulate", "--subscribers", "400", "--seed", "7", "--home", str(home)]) == 0
    return ground_of(home)


@pytest.fixture(scope="module")
def results(ground):
    return [ground.rate(bucket, keeps_events=True, grain=GRAIN_FULL)
            for bucket in range(ground.task.home.buckets)]  # fmt: skip


def count_events(benchmark, ground, *, twin=False):
    benchmark.extra_info.update(events=ground.task.events(), twin=twin)


# --- Reading ------------------------------------------------------------------------------------


def by_map(ground):
    return sum(sum_of_memory(file_mapped(path)) for path in narrow_files(ground.task)) % WORDS


def by_stream(ground):
    return sum(
        sum_of_stream(batch)[1]
        for path in ground.task.buckets
        for batch in pl.scan_parquet(path).select(ARROW).collect_batches(maintain_order=True)
    ) % WORDS  # fmt: skip


def by_frames(ground):
    """The twin of the stream: whole frames, summed by polars."""
    frames = (pl.read_parquet(path, columns=list(ARROW)) for path in ground.task.buckets)
    return sum(sum(frame.select(pl.all().cast(pl.Int128).sum()).row(0)) for frame in frames) % WORDS


@pytest.mark.benchmark(group="read a home's columns")
@pytest.mark.parametrize("read", [by_map, by_stream, by_frames], ids=["map", "stream", "frames"])
def bench_read(benchmark, ground, read):
    if read is by_map:
        words = (array("Q", path.read_bytes()) for path in narrow_files(ground.task))
        assert read(ground) == sum(map(sum, words)) % WORDS
    else:
        assert read(ground) == by_frames(ground)
    count_events(benchmark, ground, twin=read is by_frames)
    benchmark.pedantic(read, args=(ground,), rounds=20, warmup_rounds=2)


# --- The digest of a bucket ---------------------------------------------------------------------


def streams_of(ground, bucket):
    """Shard -> bytes of its digest's stream, as docs/architecture.md lays them out, row by row."""
    result = ground.rate(bucket, keeps_events=True, grain=GRAIN_FULL)
    rated = rated_of(ground, bucket).with_row_index("place")
    lines = {}
    for row in result.lines.sort("measure", "nature", maintain_order=True).iter_rows(named=True):
        event = row["event_hi"], row["event_lo"]
        lines.setdefault(event, []).append(
            struct.pack("<BBqq", row["measure"], row["nature"], row["units"], row["amount"])
        )
    path = ground.task.buckets[bucket]
    begin, end = ground.task.period
    owners = pl.scan_parquet(path).filter(pl.col("start_ms").is_between(begin, end, closed="left"))
    shards = (owners.select(pl.col("owner_hi") // 2**54).collect()).to_series()
    streams = {}
    for shard, row in zip(shards, rated.iter_rows(named=True), strict=True):
        event_lines = lines.get((row["event_hi"], row["event_lo"]), [])
        head = struct.pack("<QQBqB", row["event_hi"], row["event_lo"], row["status"],
                           row["list_value"], len(event_lines))  # fmt: skip
        record = head + b"".join(event_lines) + struct.pack("<q", row["payable"])
        streams[shard] = streams.get(shard, b"") + record
    return result, streams


def rated_of(ground, bucket):
    """A row an event of the period."""
    buckets, columns = ground.task.home.buckets, ground.rater.streamed_columns(ground.people)
    shards = shard_range(bucket, buckets)
    streamed = pl.read_parquet(ground.task.buckets[bucket], columns=list(columns))
    narrow = Narrow(file_mapped(narrow_files(ground.task)[bucket]))  # few events: one block
    return ground.rater.rate(
        bucket, [(narrow, ground.traits, [streamed])], ground.people.of_shards(*shards),
        ground.opening.of_shards(*shards), ground.ports, ground.task.period, keeps_rated=True,
    ).rated  # fmt: skip


@pytest.mark.benchmark(group="digest of a bucket")
def bench_digest_of_a_bucket(benchmark, ground):
    result, streams = streams_of(ground, 0)
    assert result.shard_digests == {
        shard: hashlib.sha256(content).digest() for shard, content in streams.items()
    }
    benchmark.extra_info["events"] = result.counters["events"]

    def digest():
        return [hashlib.sha256(content).digest() for content in streams.values()]

    benchmark.pedantic(digest, rounds=50, warmup_rounds=2)


# --- The result ---------------------------------------------------------------------------------


@pytest.mark.benchmark(group="merge the buckets' results")
def bench_merge(benchmark, ground, results):
    settled = merge(results, ground.program.vocabulary)
    sums = {}
    for result in results:
        for row in result.totals.select(*KEYS, *TOTAL_SUMS).iter_rows():
            key, values = row[: len(KEYS)], row[len(KEYS) :]
            before = sums.get(key, [0] * len(values))
            sums[key] = [a + b for a, b in zip(before, values, strict=True)]
    assert sorted(map(tuple, sums.values())) == sorted(
        settled.totals.select(TOTAL_SUMS).iter_rows()
    )
    assert settled.lines.collect().height == sum(result.lines.height for result in results) > 0
    count_events(benchmark, ground)
    benchmark.pedantic(merge, args=(results, ground.program.vocabulary), rounds=20, warmup_rounds=2)


@pytest.mark.benchmark(group="write the relief lines")
def bench_lines_as_parquet(benchmark, ground, results, tmp_path):
    lines, path = (
        merge(results, ground.program.vocabulary).lines.collect(),
        tmp_path / "line.parquet",
    )
    lines.write_parquet(path, **PARQUET)
    first = path.read_bytes()
    assert pl.read_parquet(path).equals(lines)
    benchmark.extra_info["events"] = lines.height
    benchmark.pedantic(lambda: lines.write_parquet(path, **PARQUET), rounds=20, warmup_rounds=2)
    assert path.read_bytes() == first
