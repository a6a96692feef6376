"""Settles a month from an earlier run: rates only the shards that may differ, by both inputs.

Once as the run had them and once as they are now; what they came to then is taken out of the run's
result, and what they come to now is put in its place. The first of the two is held to the run's
digests, so that nothing is taken out that was not in it. The result is a whole settle's, byte for
byte.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.files.slices import SHARD_UNIT, of_range
from doisoat.engine.rating import rerate as again
from doisoat.engine.rating.rater import BucketResult
from doisoat.engine.store.home import SHARDS
from doisoat.engine.usage.usage import usage_of
from doisoat.errors import ConservationError
from doisoat.messages.text import message
from doisoat.settlement.figures import merge
from doisoat.settlement.figures.merge import (
    KEYS,
    MEND,
    RELIEF_KEYS,
    RELIEF_SUMS,
    TOTAL_SUMS,
    Settled,
)
from doisoat.settlement.figures.rated_share import Rating
from doisoat.settlement.figures.rows import ROWS, Rows
from doisoat.settlement.rerating.adjustment_worlds import world_under
from doisoat.settlement.rerating.rerate_month import odd_shards
from doisoat.settlement.runs.run_inputs import Task, master, people
from doisoat.settlement.settle.changed_shards import basis_of
from doisoat.settlement.settle.run_folder import read_result

RANGES_MOST = 4  # of a bucket that are rated apart: shards between near ones are rated with them
SHARDS_MOST = 128  # of 1,024, each rated twice: with more a whole settle is no slower
CARRIED_ROWS = 1_000_000  # of a table that are held at a time, or a shard's if that has more
Progress = Callable[[int], None]


class Range(NamedTuple):
    """The shards [first, after) of a bucket."""

    bucket: int
    first: int
    after: int


def settled_since(
    task: Task, program: Any, threads: int, progress: Progress, rows: Rows
) -> tuple[Settled, Rating] | str:
    """A month's result by way of the run in force; else why every shard is to be rated.

    Args: program: as compiled for the task; progress: told of each bucket; rows: where those of the
        result go, if there is one.
    """
    subscriptions = people(task)
    basis = basis_of(task, program, subscriptions)
    if isinstance(basis, str):
        return basis
    if len(basis.shards) > SHARDS_MOST:
        return message(
            "{count} shards may differ from run {run}", count=len(basis.shards), run=basis.run.run
        )
    ranges = [
        Range(bucket, *span)
        for bucket, bucket_shards in again.buckets_of(basis.shards, task.home.buckets).items()
        for span in again.ranges_of(bucket_shards, RANGES_MOST)
    ]
    shards = [
        shard for shard_range in ranges for shard in range(shard_range.first, shard_range.after)
    ]
    whole = read_result(basis.run.path, basis.run.manifest)
    if not shards:
        settled = whole._replace(**_carried(whole, None, (), rows))
    else:
        old = world_under(task.home, basis.inputs, basis.inputs.catalogue, basis.inputs.package)
        new = again.world_of(
            program, usage_of(task.home, task.usage, subscriptions, task.copies), subscriptions,
            master(task, "port"), basis.opening, (task.period.begin_ms, task.period.end_ms),
            task.carrier,
        )  # fmt: skip
        before = merge.merge(_rated(old, ranges, threads), old.rater.program.vocabulary)
        differing = odd_shards(basis.run, before.shard_digests, shards)
        if differing:
            return message(
                "{count} shards (first {differing}) do not come to what run {run} published",
                count=len(differing),
                differing=differing[0],
                run=basis.run.run,
            )
        after = merge.merge(_rated(new, ranges, threads), program.vocabulary)
        settled = replaced(whole, before, after, shards, rows)
    progress(task.home.buckets)
    return settled, Rating(len(shards), basis.run.run)


def _rated(world: again.World, ranges: Sequence[Range], threads: int) -> Iterator[BucketResult]:
    """What each range comes to, numbered as if it were a bucket of its own."""

    def work(place: int) -> BucketResult:
        bucket, first, after = ranges[place]
        return replace(again.rate(world, bucket, (first, after)), bucket=place)

    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(work, range(len(ranges)))


def replaced(
    whole: Settled, before: Settled, after: Settled, shards: Iterable[int], rows: Rows
) -> Settled:
    """A result with what some shards came to taken out, and what they come to now in its place.

    Args: rows: where its rows go.
    Raises: ConservationError if a sum disagrees, as of any result.
    """
    replaced_shards = list(shards)
    settled = Settled(
        events=whole.events - before.events + after.events,
        rated=whole.rated - before.rated + after.rated,
        suspended=whole.suspended - before.suspended + after.suspended,
        shard_digests={
            **{
                shard: digest
                for shard, digest in whole.shard_digests.items()
                if shard not in set(replaced_shards)
            },
            **after.shard_digests,
        },
        totals=_sums(whole.totals, before.totals, after.totals, KEYS, TOTAL_SUMS),
        relief_totals=_sums(
            whole.relief_totals, before.relief_totals, after.relief_totals, RELIEF_KEYS, RELIEF_SUMS
        ),
        **_carried(whole, after, replaced_shards, rows),
        counters={
            name: count - before.counters[name] + after.counters[name]
            for name, count in whole.counters.items()
        },
    )
    merge.check(settled)
    return settled


def _carried(
    whole: Settled, after: Settled | None, shards: Sequence[int], rows: Rows
) -> dict[str, Any]:
    """The rows of a result and their sums, by the fields of Settled: some shards' as they are now.

    A shard's rows are all of one side, in their order; some shards are held at a time.
    """
    shard = pl.col("owner_hi") // SHARD_UNIT
    sums, counted = list[pl.DataFrame](), list[pl.DataFrame]()
    most = max(getattr(whole, name).select(pl.len()).collect().item() for name in ROWS)
    width = max(1, min(SHARDS, SHARDS * CARRIED_ROWS // max(most, 1)))
    for first in range(0, SHARDS, width):
        within = of_range(first, min(first + width, SHARDS))
        for name, schema in rows.schemas.items():
            sides = [getattr(whole, name).filter(within & ~shard.is_in(shards))]
            sides += [] if after is None else [getattr(after, name).filter(within)]
            both = [side.cast(dict(schema)) for side in sides]
            frame = pl.concat(both).collect().sort(shard, maintain_order=True)
            rows.add(name, frame)
            if name == "lines":
                sums.append(merge.sums_of_lines(frame))
            elif name == "suspense":
                counted.append(merge.sums_of_suspense(frame.lazy()))
    return {
        "line_sums": merge.sum_by(pl.concat(sums), merge.OF_LINES, RELIEF_SUMS),
        "suspense_sums": merge.sum_by(pl.concat(counted), ("carrier", "reason"), ("events",)),
        **rows.scanned(),
    }


def _sums(
    whole: pl.DataFrame,
    before: pl.DataFrame,
    after: pl.DataFrame,
    keys: Sequence[str],
    sums: Sequence[str],
) -> pl.DataFrame:
    taken = before.with_columns(pl.col(name).neg().alias(name) for name in sums)
    summed = merge.sum_by(pl.concat([whole, taken, after]), keys, sums)
    nothing = pl.col("events") == 0
    faulty = summed.filter(nothing & pl.any_horizontal(pl.col(name) != 0 for name in sums))
    if faulty.height:
        raise ConservationError(
            f"{faulty.height} totals have no event and are not 0", "settle", MEND
        )
    return summed.filter(~nothing)
