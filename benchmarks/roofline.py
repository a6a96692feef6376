"""`python -m doisoat.benchmarks.roofline`: the pass over a home beside the bare reading of it.

One run measures, in turns, what reading the pass's columns costs when nothing is done with them but
adding up their words, and what each stage of rating costs: totals, finer totals, lines and digests,
hashing, merging. All over the same home, a bucket at a time, on one thread and on two. Before
anything is timed the totals of every stage are held to each other. See docs/roofline.md.
"""

import argparse
import hashlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.benchmarks.arguments import at_least_one, file_to_write
from doisoat.benchmarks.bare import sum_of_memory, sum_of_stream
from doisoat.benchmarks.doisoat_job import MEND, PEOPLE
from doisoat.benchmarks.doisoat_job import run as run_job
from doisoat.benchmarks.job import JOBS
from doisoat.benchmarks.machine import load, machine, versions
from doisoat.benchmarks.task import Task, open_task
from doisoat.engine.arrow.columns import Ints
from doisoat.engine.files.blocks import mapped_ids
from doisoat.engine.kernel.ledger import GRAIN_CARRIER_DAY, GRAIN_FULL
from doisoat.engine.kernel.program import Traits
from doisoat.engine.rating.rater import BucketResult, Rater
from doisoat.engine.usage.stored_parts import (
    NO_PACKS,
    NO_PORTS,
    NO_SUBSCRIPTIONS,
    read_master,
    scan_blocks,
    shard_range,
)
from doisoat.errors import DoisoatError, StoreError
from doisoat.settlement.figures.merge import merge
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.compile.program import Program

JOB = JOBS["rate-checksum"]
SUMS = ("events", "list_value", "discount", "payable")
# The wide columns of the Parquet that say what the narrow ones say, for who reads Arrow.
ARROW = (
    "owner_hi", "owner_lo", "start_ms", "trait", "units", "counterparty_hi", "counterparty_lo",
    "session_hi", "session_lo",
)  # fmt: skip
STREAMED = ("event_hi", "event_lo", "charged")  # what lines and digests want besides
IDS_AT_A_TIME = 4_096  # as a pass copies them
DIGEST_EVENT, DIGEST_LINE = 34, 18  # bytes in the stream of a digest: docs/architecture.md
THREADS = (1, 2)
WHOLE = "whole job"
STAGES = (
    "map, first touch", "map, again", "Arrow out of Parquet", "ids and charges", "totals",
    "totals by six keys", "lines and digests", "SHA-256", "merge", WHOLE,
)  # fmt: skip
# Of whose differences a settle's pass is told to consist.
NEEDED = (
    "map, first touch", "ids and charges", "totals", "totals by six keys", "lines and digests",
    "SHA-256", "merge",
)  # fmt: skip


class Ground(NamedTuple):
    """All that passes share, made ready before any clock."""

    task: Task
    program: Program
    rater: Rater
    traits: Traits
    people: Ints
    ports: Ints
    opening: Ints

    def rate(self, bucket: int, *, keeps_events: bool, grain: int) -> BucketResult:
        """A bucket as `doisoat settle` rates it (with events), or for its totals alone."""
        streamed = self.rater.streamed_columns(self.people, keeps_events=keeps_events)
        blocks = scan_blocks(self.task.usage[0], self.task.home, bucket, streamed) or ()
        shards = shard_range(bucket, self.task.home.buckets)
        return self.rater.rate(
            bucket,
            ((narrow, self.traits, streams) for narrow, streams in blocks),
            self.people.of_shards(*shards),
            self.opening.of_shards(*shards),
            self.ports,
            self.task.period,
            keeps_events=keeps_events,
            grain=grain,
        )


def ground_of(home: Path) -> Ground:
    """A home made ready. Raises: StoreError if its one part has no narrow columns."""
    task = open_task(home, JOB)
    narrow_files(task)
    program = compile_program(task.catalogue, task.package)
    rater = Rater(program)

    def master(name: str, without: pl.DataFrame, columns: Sequence[str] | None) -> pl.DataFrame:
        rows = read_master(task.master, name, columns)
        return without if rows is None else rows

    traits = pl.read_parquet(task.usage[0].path / "trait.parquet").sort("trait")
    return Ground(
        task,
        program,
        rater,
        rater.resolve_traits(traits),
        rater.subscriptions(master("subscription", NO_SUBSCRIPTIONS, PEOPLE)),
        rater.ports(master("port", NO_PORTS, None)),
        rater.opening_of_packs(
            master("pack", NO_PACKS, None), master("subscription", NO_SUBSCRIPTIONS, PEOPLE)
        ),
    )


def narrow_files(task: Task) -> list[Path]:
    """The files that a pass maps, bucket by bucket; of a bucket without events there is none."""
    files = []
    for bucket in range(task.home.buckets):
        if task.usage[0].file(task.home.bucket_name(bucket)) is not None:
            path = task.usage[0].file(task.home.narrow_name(bucket))
            if path is None:
                raise StoreError("its usage has no narrow columns", str(task.home.path), MEND)
            files.append(path)
    return files


class Stage(NamedTuple):
    """What is timed: a function of each of some things, on so many threads."""

    name: str
    told: str
    over: Sequence[Any]
    work: Callable[[Any], object]
    bytes_read: int  # of columns, over all; 0 where it is not reading that counts
    threads: Sequence[int] = THREADS
    ours: bool = True  # else what ours is held to


@dataclass
class Spent:
    """Seconds of each turn, by the clock and of processor time."""

    seconds: list[float] = field(default_factory=list)
    processor_seconds: list[float] = field(default_factory=list)

    def add(self, stage: Stage, threads: int) -> None:
        # The whole job has threads of its own: it is one thing, so the pool adds none.
        with ThreadPoolExecutor(threads) as pool:
            begun, used = time.perf_counter(), time.process_time()
            for _ in pool.map(stage.work, stage.over):
                pass
            self.processor_seconds.append(time.process_time() - used)
            self.seconds.append(time.perf_counter() - begun)


def sums_of(results: Iterable[BucketResult]) -> dict[str, int]:
    totals = pl.concat([result.totals for result in results if result.totals.height])
    sums = totals.select(pl.col(SUMS).cast(pl.Int128).sum())
    return {name: int(value) for name, value in sums.row(0, named=True).items()}


def file_mapped(path: Path) -> mmap:
    """A whole file of narrow columns where the system caches it."""
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)


def stages_of(ground: Ground) -> list[Stage]:
    """Every stage, ready to be timed. Raises: ValueError where two come to other totals."""
    task = ground.task
    buckets, paths, narrow = range(task.home.buckets), task.buckets, narrow_files(task)
    mappings = [file_mapped(path) for path in narrow]
    coarse = [ground.rate(b, keeps_events=False, grain=GRAIN_CARRIER_DAY) for b in buckets]
    settled = [ground.rate(b, keeps_events=True, grain=GRAIN_FULL) for b in buckets]
    if sums_of(coarse) != sums_of(settled):
        raise ValueError(f"{sums_of(coarse)} in totals, {sums_of(settled)} with lines")
    rows = sum(result.rows for result in coarse)
    events = sum(result.counters["events"] for result in settled)
    lines = sum(result.lines.height for result in settled)
    streams = DIGEST_EVENT * events + DIGEST_LINE * lines
    mapped_bytes = sum(path.stat().st_size for path in narrow)
    widths = pl.scan_parquet(paths[0]).select(ARROW).collect_schema()
    arrow_bytes = rows * sum(4 if kind == pl.UInt32 else 8 for kind in widths.values())

    def stream(columns: Sequence[str]) -> Callable[[Path], int]:
        def read(path: Path) -> int:
            batches = pl.scan_parquet(path, glob=False).select(columns).collect_batches(
                maintain_order=True
            )  # fmt: skip
            return sum(sum_of_stream(batch)[0] for batch in batches)

        return read

    def ids_and_charges(path: Path) -> int:
        ids = mapped_ids(path)
        if ids is None:
            return stream(STREAMED)(path)
        for row in range(0, ids.rows, IDS_AT_A_TIME):
            for half in ids.of(row, min(IDS_AT_A_TIME, ids.rows - row)):
                sum_of_memory(half)
        return stream(("charged",))(path)

    hashed = _pieces(mappings, streams, len(buckets))
    return [
        Stage("map, first touch", "each file mapped anew, its words added up",
              narrow, lambda path: sum_of_memory(file_mapped(path)), mapped_bytes, ours=False),
        Stage("map, again", "the same where it is mapped already",
              mappings, sum_of_memory, mapped_bytes, ours=False),
        Stage("Arrow out of Parquet", "the wide columns that say the same, streamed and added up",
              paths, stream(ARROW), arrow_bytes, ours=False),
        Stage("ids and charges", "event ids copied out of Parquet, charges streamed; added up",
              paths, ids_and_charges, 8 * len(STREAMED) * rows, ours=False),
        Stage("totals", "files mapped anew, rated; totals by carrier and day, the checksums",
              buckets, lambda b: ground.rate(b, keeps_events=False, grain=GRAIN_CARRIER_DAY),
              mapped_bytes),
        Stage("totals by six keys", "the same, with the keys of rated.total",
              buckets, lambda b: ground.rate(b, keeps_events=False, grain=GRAIN_FULL),
              mapped_bytes),
        Stage("lines and digests", "as settle rates: six keys, every line, the shards' digests",
              buckets, lambda b: ground.rate(b, keeps_events=True, grain=GRAIN_FULL),
              mapped_bytes + 8 * len(STREAMED) * rows),
        Stage("SHA-256", f"of as many bytes as the digests' streams have: {streams:,}",
              hashed, lambda piece: hashlib.sha256(piece).digest(), streams, ours=False),
        Stage("merge", "the buckets' results as one, every sum that must agree checked",
              [settled], lambda results: merge(results, ground.program.vocabulary), 0, (1,)),
        Stage(WHOLE, f"{JOB.name}: compile, master data, the pass, merge, names",
              [task], run_job, mapped_bytes, (2,)),
    ]  # fmt: skip


def _pieces(memory: Sequence[Any], size: int, buckets: int) -> list[memoryview]:
    """Views of `size` bytes in all, an equal share of each bucket; bytes may be seen twice."""
    views = []
    for bucket in range(buckets):
        wanted = size * (bucket + 1) // buckets - size * bucket // buckets
        while wanted and memory:
            view = memoryview(memory[bucket % len(memory)])[:wanted]
            views.append(view)
            wanted -= len(view)
    return views


def measure(
    home: Path, repeat: int, say: Callable[[str], None], only: Sequence[str] = ()
) -> dict[str, Any]:
    """Every stage in turns, or `only` these, and what it comes to.

    Raises: DoisoatError of the home; ValueError where stages disagree.
    """
    ground = ground_of(home)
    about = {"machine": machine(), "versions": versions(), "load_before": load()}
    stages = [stage for stage in stages_of(ground) if not only or stage.name in only]
    events = ground.task.events()
    say(f"{events:,} events of {home}; {about['machine']}; load {about['load_before']}")
    spent = {(stage.name, n): Spent() for stage in stages for n in stage.threads}
    for _ in range(repeat):
        for stage in stages:
            for threads in stage.threads:
                spent[stage.name, threads].add(stage, threads)
    about["load_after"] = load()
    figures = {
        stage.name: {
            "told": stage.told,
            "ours": stage.ours,
            "bytes": stage.bytes_read,
            "threads": {
                str(n): {
                    "seconds": [round(s, 5) for s in spent[stage.name, n].seconds],
                    "processor_seconds": [
                        round(s, 5) for s in spent[stage.name, n].processor_seconds
                    ],
                }
                for n in stage.threads
            },
        }
        for stage in stages
    }
    return {"events": events, **about, "stages": figures}


class Row(NamedTuple):
    """A stage by its medians. ns: processor time an event, on the fewest threads that it is timed
    on; clock_ns: by threads."""

    name: str
    bytes_an_event: float
    ns: float
    clock_ns: Mapping[str, float]
    gb_a_second: Mapping[str, float]


def rows_of(results: Mapping[str, Any]) -> list[Row]:
    """What `measure` found, an event."""
    events, rows = results["events"], []
    for name, stage in results["stages"].items():
        clock = {
            n: statistics.median(runs["seconds"]) * 1e9 / events
            for n, runs in stage["threads"].items()
        }
        fewest = stage["threads"][min(stage["threads"])]
        alone = statistics.median(fewest["processor_seconds"])
        size = stage["bytes"] / events
        rate = {n: size / ns for n, ns in clock.items()} if size else {}
        rows.append(Row(name, size, alone * 1e9 / events, clock, rate))
    return rows


def shares_of(results: Mapping[str, Any]) -> dict[str, float]:
    """Processor ns an event on one thread, of what settle's pass consists of: by differences."""
    ns = {row.name: row.ns for row in rows_of(results)}
    parts = {
        "reading the narrow columns": ns["map, first touch"],
        "rating, totals by carrier and day": ns["totals"] - ns["map, first touch"],
        "six keys in place of two": ns["totals by six keys"] - ns["totals"],
        "reading event ids and charges": ns["ids and charges"],
        "SHA-256 of the digests' streams": ns["SHA-256"],
    }
    rest = ns["lines and digests"] - sum(parts.values())
    return {**parts, "lines, records of the digests, columns out": rest, "merging": ns["merge"]}


def table(results: Mapping[str, Any]) -> str:
    """What people read of `measure`."""
    ghz = results["machine"].get("mhz", 0) / 1000
    lines = [
        f"{'':22} {'bytes':>6} {'cpu ns':>8} {'cycles':>7} {'1 thread':>14} {'2 threads':>14}",
        f"{'an event':22} {'':6} {'':8} {'':7} {'ns    GB/s':>14} {'ns    GB/s':>14}",
    ]
    for row in rows_of(results):
        cells = []
        for n in map(str, THREADS):
            clock, rate = row.clock_ns.get(n), row.gb_a_second.get(n)
            cells.append(
                f"{'' if clock is None else f'{clock:.1f}':>7}"
                f"{'' if rate is None else f'{rate:.1f}':>7}"
            )
        size, cycles = row.bytes_an_event, f"{row.ns * ghz:.0f}" if ghz else ""
        lines.append(
            f"{row.name:22} {f'{size:.0f}' if size else '':>6} {row.ns:8.1f} {cycles:>7}"
            f" {cells[0]} {cells[1]}"
        )
    if not {*NEEDED} <= {*results["stages"]}:
        return "\n".join(lines)
    lines.append("\nof settle's pass, processor ns an event on one thread:")
    lines += [f"  {name:44} {ns:7.1f}" for name, ns in shares_of(results).items()]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m doisoat.benchmarks.roofline", description=__doc__
    )
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("DOISOAT_HOME", "out")))
    parser.add_argument("--repeat", type=at_least_one, default=3, help="turns of each stage [3]")
    parser.add_argument("--out", type=file_to_write, default=Path("out/bench/roofline.json"))
    parser.add_argument(
        "--only",
        action="append",
        choices=STAGES,
        default=[],
        help="for a profiler: writes no JSON",
    )
    options = parser.parse_args(arguments)

    def say(line: str) -> None:
        print(line, flush=True)

    try:
        results = measure(options.home, options.repeat, say, options.only)
    except DoisoatError as error:
        print(f"roofline: {error}", file=sys.stderr)
        return 2
    except ValueError as error:
        print(f"roofline: {error}", file=sys.stderr)
        return 1
    print(table(results))
    if options.only:
        return 0
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(f"written: {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
