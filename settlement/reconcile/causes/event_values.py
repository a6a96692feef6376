"""Values of a run's events by file and day: items of a statement that no relief line states.

A run keeps no row of an event that nothing relieves, so its events are rated once more, from its
own inputs and opening state, and held to its totals.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from doisoat.civil_time import zone_in_use
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.rating import rerate as again
from doisoat.engine.store.civil_columns import utc_of
from doisoat.engine.store.home import Home
from doisoat.engine.usage.stored_parts import shard_range
from doisoat.errors import ConservationError
from doisoat.settlement.figures.merge import sum_by, total_of
from doisoat.settlement.figures.period import MS_PER_DAY, Period
from doisoat.settlement.reconcile.causes.alternative_cache import AlternativeCache
from doisoat.settlement.reconcile.causes.counted_causes import (
    Named,
    Sums,
    Taken,
    ahead_of_utc,
    names_of,
    repeats_of,
    without,
)
from doisoat.settlement.reconcile.lines.located_lines import MEND, Files, chosen_facts, facts_of
from doisoat.settlement.rerating.adjustment_worlds import Inputs, inputs_of, world_under
from doisoat.settlement.rerating.evaluation import Progress
from doisoat.settlement.runs.runs import current_runs, file_of, run_files
from doisoat.settlement.runs.usage_months import read

ITEMS = ("events", "rated", "suspended", "list_value", "payable")
# By carrier, what of a run's events is told together: `by` says of what `key` is.
# file, again: the place of a file, of the event's record or of one that said it again; day: its
# day; utc, end: its day by UTC, or the day on which it ends, where that is another one.
VALUED = pl.Schema(
    {
        "carrier": pl.String(),
        "by": pl.String(),
        "key": pl.Int64(),
        **dict.fromkeys(ITEMS, pl.Int64()),
    }
)
KEYS = ("carrier", "by", "key")
VALUES, EVENTS = "values", "events"  # what they are kept under in the cache


class Values(NamedTuple):
    """VALUED of a run, and of what of the months beside it is of its period by UTC or by end."""

    days: tuple[int, int]  # the first and the last of the period
    events: pl.DataFrame
    neighbours: pl.DataFrame

    def moved(self, carrier: str, taken: Sequence[Taken]) -> dict[str, int]:
        """By how much ITEMS of a carrier's statement move with what is taken."""
        moved = dict.fromkeys(ITEMS, 0)
        for part in taken:
            rows = self._of(part).filter(pl.col("carrier") == carrier)
            for name in ITEMS:
                moved[name] += part.times * total_of(rows, name)
        return moved

    def _of(self, taken: Taken) -> pl.DataFrame:
        by, key = pl.col("by") == taken.by, pl.col("key")
        if taken.keys:
            return self.events.filter(by, key.is_in(list(taken.keys)))
        if taken.times > 0:
            return self.neighbours.filter(by)
        return self.events.filter(by, ~key.is_between(*self.days))

    def further(self, carrier: str, sums: Sums, details: Collection[str]) -> Iterator[Named]:
        """Files and days whose events a statement would miss too, though they have no line of
        relief, or all of them."""
        events, lines = (
            rows.filter(pl.col("carrier") == carrier) for rows in (self.events, sums.by_file)
        )
        for by in names_of(sums.files):
            keys = sorted(events.filter(pl.col("by") == by)["key"].unique())
            for key in keys if len(keys) > 1 else ():
                alternative = without(lines, sums.files, by, key)
                if alternative.detail not in details:
                    yield alternative


def values_of(kept: AlternativeCache, progress: Progress = lambda steps: None) -> Values:
    """The values of a cache's run; progress advances by a step a bucket of it if none are kept.

    Raises: PeriodError, StoreError; ConservationError if the events do not sum to the run.
    """
    home, run = kept.home, kept.run
    period = Period.of(run.period)
    days = period.begin_ms // MS_PER_DAY, period.end_ms // MS_PER_DAY - 1
    beside = [current_runs(home).get(name) for name in (period.before, period.after)]

    def make() -> dict[str, pl.DataFrame]:
        inputs = inputs_of(home, run)
        events = _valued(home, inputs, None, progress)
        _check(inputs, events.filter(pl.col("by") == "day"))
        return {EVENTS: events}

    def make_neighbours() -> dict[str, pl.DataFrame]:
        return {EVENTS: _neighbouring_events(home, period, days)}

    return Values(
        days,
        kept.frames(VALUES, (EVENTS,), make)[EVENTS],
        kept.frames([VALUES, *beside], (EVENTS,), make_neighbours)[EVENTS],
    )


def _neighbouring_events(home: Home, period: Period, days: tuple[int, int]) -> pl.DataFrame:
    """What changes of days bring in from the months beside, where these are settled."""
    current = current_runs(home)
    frames = [VALUED.to_frame()]
    most, least = ahead_of_utc(period)
    for name, wanted, until in (
        (period.after, ("utc",) if most > 0 else (), period.end_ms + most),
        (period.before, ("end", "utc") if least < 0 else ("end",), None),
    ):
        if name in current and wanted:
            inputs = inputs_of(home, run_files(home, current[name], superseded=False))
            rows = _valued(home, inputs, until, lambda steps: None)
            frames.append(rows.filter(pl.col("by").is_in(wanted), pl.col("key").is_between(*days)))
    return pl.concat(frames)


def _valued(home: Home, inputs: Inputs, until_ms: int | None, progress: Progress) -> pl.DataFrame:
    """VALUED of a run's events; of those alone that begin before a moment, if it is given."""
    world = world_under(home, inputs, inputs.catalogue, inputs.package)
    if until_ms is not None:
        world = world._replace(period=(world.period[0], until_ms))
    files = Files.of(inputs)
    repeats = repeats_of(inputs, files)
    valued, astray = [VALUED.to_frame()], []
    for bucket in range(home.buckets):
        rows = _rated(world, bucket)
        facts = facts_of(inputs, files, rows, home.bucket_name(bucket))
        valued.append(_summed(rows.join(facts, on=again.IDS), repeats))
        astray.append(rows.join(facts, on=again.IDS, how="anti"))
        progress(1)
    rest = pl.concat(astray)
    all_facts = [facts_of(inputs, files, rest, home.bucket_name(at)) for at in range(home.buckets)]
    all_facts.append(chosen_facts(inputs, files))
    # Of a contradiction that no decision ended several files tell: whichever is missing, it stays.
    valued.append(_summed(rest.join(pl.concat(all_facts), on=again.IDS, how="left"), repeats))
    return sum_by(pl.concat(valued), KEYS, ITEMS)


_RATED = pl.Schema(
    {
        **dict.fromkeys(again.IDS, pl.UInt64()),
        "carrier": pl.String(),
        "start_ms": pl.Int64(),
        **dict.fromkeys(ITEMS, pl.Int64()),
    }
)


def _rated(world: again.World, bucket: int) -> pl.DataFrame:
    """Each event of a bucket with what it comes to: _RATED."""
    shards = shard_range(bucket, world.usage.home.buckets)
    frames = [frame for frame in world.usage.merged(bucket) if frame.height]
    result = world.rater.rate(
        bucket,
        ((Narrow(narrow_block(rows)), world.traits, [rows]) for rows in frames),
        world.people.of_shards(*shards),
        world.opening.of_shards(*shards),
        world.ports,
        world.period,
        conflicts=world.conflicts,
        carrier=world.carrier,
        keeps_rated=True,
        keeps_closing=False,
        keeps_digests=False,
        keeps_refunds=False,
    )
    if result.rated.is_empty():
        return _RATED.to_frame()
    usage = pl.concat([frame.select(*again.IDS, "start_ms", "trait") for frame in frames])
    usage = usage.with_columns(world.usage.trait_table["carrier"].gather(usage["trait"]))
    is_rated = pl.col("status") == 0
    rated = result.rated.with_columns(
        *(pl.col(name).cast(pl.UInt64) for name in again.IDS),
        events=pl.lit(1, pl.Int64),
        rated=is_rated.cast(pl.Int64),
        suspended=(~is_rated).cast(pl.Int64),
        **{name: pl.when(is_rated).then(name).otherwise(0) for name in ("list_value", "payable")},
    )
    joined = rated.join(usage, on=again.IDS)
    return joined.select(pl.col(name).cast(dtype) for name, dtype in _RATED.items())


def _summed(rows: pl.DataFrame, repeats: pl.DataFrame) -> pl.DataFrame:
    """VALUED of events with FACT; one of no file is told by its day alone."""
    day = pl.col("start_ms") // MS_PER_DAY
    utc = utc_of(pl.col("start_ms"), zone_in_use()) // MS_PER_DAY
    end = pl.col("end_ms").fill_null(pl.col("start_ms")) // MS_PER_DAY
    parts = {
        "file": rows.drop_nulls("file").with_columns(key="file"),
        "day": rows.with_columns(key=day),
        "utc": rows.filter(utc != day).with_columns(key=utc),
        "end": rows.filter(end != day).with_columns(key=end),
        "again": rows.join(repeats, on=again.IDS).with_columns(key="again"),
    }
    named = [
        frame.with_columns(pl.col("key").cast(pl.Int64), by=pl.lit(by)).select(VALUED.names())
        for by, frame in parts.items()
    ]
    return sum_by(pl.concat(named), KEYS, ITEMS)


def _check(inputs: Inputs, by_day: pl.DataFrame) -> None:
    totals = read(file_of(inputs.run, "total.parquet"))
    of_run = {name: total_of(totals, name) for name in ("list_value", "payable")}
    of_run["rated"] = total_of(totals, "events")
    of_run["suspended"] = read(file_of(inputs.run, "suspense.parquet")).height
    for name, value in of_run.items():
        total = total_of(by_day, name)
        if total != value:
            raise ConservationError(
                f"{name}: events rated again come to {total}, run {inputs.run.run} to {value}",
                "reconcile", MEND,
            )  # fmt: skip
