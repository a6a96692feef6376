"""Causes by which suspended events are counted all the same.

Of an event that records contradict each other about a carrier counts one copy: those owners are
rated again with it, so that what the copy draws from balances is drawn. Events that no tariff
prices have no relief: they can only be counted. docs/reconcile.md.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.files.coding import narrow_block
from doisoat.engine.intake.records.conflict import described
from doisoat.engine.intake.records.events import CONTENT
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.rating import rerate as again
from doisoat.engine.rating.rater import BucketResult
from doisoat.engine.store.home import Home
from doisoat.engine.usage.stored_parts import of_bucket, shard_range, with_standing
from doisoat.engine.usage.usage import Usage, usage_of
from doisoat.settlement.figures.merge import sum_by, total_of
from doisoat.settlement.figures.rows import named
from doisoat.settlement.reconcile.causes.alternative_cache import AlternativeCache
from doisoat.settlement.records import alternative_frame as delta
from doisoat.settlement.rerating.adjustment_worlds import Inputs, inputs_of, world_under
from doisoat.settlement.rerating.evaluation import Progress
from doisoat.settlement.runs.runs import RunFiles
from doisoat.settlement.runs.usage_months import read

COUNTED = "counted"
SUSPENDED, FRAMES = "suspended", ("relief", "totals")  # what is kept of them in the cache
# Which copy of an event is counted: the first by these columns, each descending or not; then the
# one of the least content digest.
CHOICES: Mapping[str, tuple[tuple[str, bool], ...]] = {
    "least_units": (("units", False),),
    "most_units": (("units", True),),
    "first_file": (("file", False), ("sha256", False), ("row", False)),
    "last_file": (("file", True), ("sha256", True), ("row", True)),
}
OWNER = ("owner_hi", "owner_lo")
ITEMS = ("list_value", "payable")
SUMS = ("events", *ITEMS)
NO_COPIES = pl.DataFrame(schema=dict.fromkeys((*OWNER, *again.IDS), pl.UInt64()))
_TOTALS = pl.Schema({"carrier": pl.String(), **dict.fromkeys(SUMS, pl.Int64())})


class Counted(NamedTuple):
    """What counting some suspended events adds to a run, for all carriers.

    relief: delta.CELL; totals: carrier, events, ITEMS.
    """

    relief: pl.DataFrame
    totals: pl.DataFrame

    def items_of(self, carrier: str) -> dict[str, int]:
        """The items of a carrier's statement that it adds to, but those that follow from relief."""
        of_carrier = self.totals.filter(pl.col("carrier") == carrier)
        events = total_of(of_carrier, "events")
        return {
            "rated": events,
            "suspended": -events,
            **{name: total_of(of_carrier, name) for name in ITEMS},
        }


def found_of(
    home: Home, run: RunFiles, progress: Progress = lambda steps: None
) -> dict[str, Counted]:
    """What each choice of copies adds, by its name; and `counted`, of all that are suspended.

    Progress advances by a step a bucket. Raises: PeriodError, StoreError.
    """
    inputs = inputs_of(home, run)
    by_name = {COUNTED: _counted(run)}
    copies = _open_copies(inputs)
    if copies.is_empty():
        progress(home.buckets)
        return by_name
    world = world_under(home, inputs, inputs.catalogue, inputs.package)
    plain = world.usage.without_undecided()
    chosen = [_with_chosen(home, inputs, plain, copies, name) for name in CHOICES]
    owners = pl.concat([stand.select(OWNER) for _, stand in chosen]).unique()
    ways = [(world, NO_COPIES), *((_over(world, usage), stand) for usage, stand in chosen)]
    results: list[list[BucketResult]] = [[] for _ in ways]
    for bucket in range(home.buckets):
        in_bucket = of_bucket(owners, bucket, home.buckets)
        if in_bucket.height:
            events = events_of(plain, bucket, in_bucket)
            for (variant, stand), rated in zip(ways, results, strict=True):
                rated.append(
                    rate_owners(variant, bucket, events, of_bucket(stand, bucket, home.buckets))
                )
        progress(1)
    without, *with_copies = (_summed(world, rated) for rated in results)
    for name, with_them in zip(CHOICES, with_copies, strict=True):
        less = without.totals.with_columns(-pl.col(value) for value in SUMS)
        by_name[f"copy={name}"] = Counted(
            delta.difference(with_them.relief, without.relief),
            sum_by(pl.concat([with_them.totals, less]), ("carrier",), SUMS),
        )
    return by_name


def found_kept(
    kept: AlternativeCache, progress: Progress = lambda steps: None
) -> dict[str, Counted]:
    """`found_of` of a cache's run, as it was kept; but of nothing that adds nothing."""

    def make() -> dict[str, pl.DataFrame]:
        by_name = found_of(kept.home, kept.run, progress)
        relief = [delta.named("suspended", name, adds.relief) for name, adds in by_name.items()]
        totals = [
            adds.totals.select(pl.lit(name).alias("detail"), *_TOTALS)
            for name, adds in by_name.items()
        ]
        return {"relief": pl.concat(relief), "totals": pl.concat(totals)}

    frames = kept.frames(SUSPENDED, FRAMES, make)
    relief, totals = frames["relief"], frames["totals"]
    details = sorted({*relief["detail"], *totals["detail"]})
    return {
        detail: Counted(
            relief.filter(pl.col("detail") == detail).select(delta.CELL.names()),
            totals.filter(pl.col("detail") == detail).select(_TOTALS.names()),
        )
        for detail in details
    }


def _counted(run: RunFiles) -> Counted:
    """Every suspended event of the run, as an event alone."""
    suspended = read(run.path / "suspense.parquet").select(pl.col("carrier").cast(pl.String))
    totals = suspended.with_columns(
        events=pl.lit(1, pl.Int64), **{name: pl.lit(0, pl.Int64) for name in ITEMS}
    )
    return Counted(delta.CELL.to_frame(), sum_by(totals, ("carrier",), SUMS))


def _open_copies(inputs: Inputs) -> pl.DataFrame:
    """COPIES of the period's events of which none is chosen, with their file's name and SHA-256."""
    begin, end = inputs.month.period.begin_ms, inputs.month.period.end_ms
    copies = inputs.month.copies.filter(
        ~pl.col("is_chosen").any().over(again.IDS), pl.col("start_ms") >= begin,
        pl.col("start_ms") < end,
    )  # fmt: skip
    return copies if copies.is_empty() else described(copies, inputs.month.known)


def _with_chosen(
    home: Home, inputs: Inputs, plain: Usage, copies: pl.DataFrame, name: str
) -> tuple[Usage, pl.DataFrame]:
    """The usage in which one copy of each open event is the right one; these copies in it."""
    order = CHOICES[name]
    first = copies.sort(
        *again.IDS, *(column for column, _ in order), *CONTENT,
        descending=[False, False, *(descends for _, descends in order), False, False],
    ).unique(again.IDS, keep="first", maintain_order=True)  # fmt: skip
    right = first.select(*again.IDS, *CONTENT, is_right=pl.lit(True))
    marked = inputs.month.copies.join(right, on=[*again.IDS, *CONTENT], how="left").with_columns(
        is_chosen=pl.col("is_chosen") | pl.col("is_right").fill_null(False)
    )
    usage = usage_of(home, plain.parts, inputs.people, marked.drop("is_right"), plain.without)
    return usage, usage.stand.join(right, on=again.IDS, how="semi")


def _over(world: again.World, usage: Usage) -> again.World:
    return world._replace(usage=usage, traits=world.rater.resolve_traits(usage.trait_table))


def events_of(usage: Usage, bucket: int, owners: pl.DataFrame) -> pl.DataFrame | None:
    """All of a bucket's events that belong to some owners, in order; None if there are none."""
    frames = [
        frame.join(owners, on=OWNER, how="semi", maintain_order="left")
        for frame in usage.merged(bucket)
    ]
    filled = [frame for frame in frames if frame.height]
    return pl.concat(filled) if filled else None


def rate_owners(
    world: again.World,
    bucket: int,
    events: pl.DataFrame | None,
    stand: pl.DataFrame = NO_COPIES,
    *,
    keeps_events: bool = False,
) -> BucketResult:
    """What events of some owners of a bucket come to with these copies among them."""
    rows = with_standing(events, NO_COPIES, stand, world.usage.kinds)
    shards = shard_range(bucket, world.usage.home.buckets)
    blocks = [] if rows is None else [(Narrow(narrow_block(rows)), world.traits, [rows])]
    return world.rater.rate(
        bucket,
        blocks,
        world.people.of_shards(*shards),
        world.opening.of_shards(*shards),
        world.ports,
        world.period,
        carrier=world.carrier,
        keeps_events=keeps_events,
        keeps_closing=False,
        keeps_digests=False,
        keeps_refunds=False,
    )


def _summed(world: again.World, results: Sequence[BucketResult]) -> Counted:
    words = world.rater.program.vocabulary
    names = {
        "carrier": words.carriers, "home_province": words.provinces, "measure": words.measures,
        "nature": words.natures,
    }  # fmt: skip
    relief, totals = [delta.CELL.to_frame()], [_TOTALS.to_frame()]
    for result in results:
        if result.relief_totals.height:
            relief.append(delta.cells(named(result.relief_totals, names)))
        if result.totals.height:
            by_carrier = named(result.totals, {"carrier": words.carriers})
            by_carrier = by_carrier.with_columns(pl.col("carrier").cast(pl.String))
            totals.append(sum_by(by_carrier, ("carrier",), SUMS))
    return Counted(
        sum_by(pl.concat(relief), delta.KEYS, delta.VALUES).select(delta.CELL.names()),
        sum_by(pl.concat(totals), ("carrier",), SUMS),
    )
