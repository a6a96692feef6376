"""Rerates chosen shards event by event, to recover rows that runs do not store.

A world is all that a period's amounts are a function of, made ready. Of each bucket some shards are
told: a row an event, the relief lines, and the shards' digests, which say whether it is the world
that a run was made of.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from doisoat.engine.arrow.columns import Ints
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.files.slices import SHARD_UNIT
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.kernel.program import Traits
from doisoat.engine.rating.bucket import carriers_own
from doisoat.engine.rating.rater import BucketResult, Rater, Standing, conflicts_of
from doisoat.engine.store.home import SHARDS
from doisoat.engine.usage.stored_parts import (
    RANK_OF_USAGE,
    RANKS,
    TRAIT_TEXTS,
    Block,
    shard_range,
)
from doisoat.engine.usage.usage import Usage
from doisoat.errors import ConservationError
from doisoat.tariffs.compile.program import Program

IDS = ("event_hi", "event_lo")
OWNER = ("owner_hi", "owner_lo")
COUNTED = ("units", "billed", "bundled", "list_value", "payable")
# Of each event: whose it is, where it lies, what it says, and what it came to.
RATED_EVENT = pl.Schema(
    {
        **dict.fromkeys((*IDS, *OWNER), pl.UInt64()),
        "carrier": pl.String(),
        "start_ms": pl.Int64(),
        "rank": pl.Int64(),
        "content": pl.UInt64(),  # equal for records that say the same
        "charged": pl.Int64(),
        "status": pl.Int64(),  # 0: rated
        **dict.fromkeys(COUNTED, pl.Int64()),
    }
)
CONTENT = (
    "start_ms", "units", "duration_ms", "counterparty_hi", "counterparty_lo", "session_hi",
    "session_lo", "partial", "charged", "subscriber_hi", "subscriber_lo", "kind", "destination",
    "rating_group", "locality", "pack",
)  # fmt: skip
LINE = (*IDS, "carrier", "measure", "nature", "units", "amount")
AMOUNTS = ("list_value", "payable")  # of an event
VALUED = ("discount", "in_kind", "contribution")  # natures of lines that have an amount
RECORDED = "recorded"  # the destination as the record has it, whatever port there is


class World(NamedTuple):
    """All that a period is rated from, ready to be passed over."""

    rater: Rater
    usage: Usage
    traits: Traits
    people: Ints
    ports: Ints
    opening: Ints
    conflicts: Ints
    period: tuple[int, int]  # [begin, end) in civil milliseconds
    carrier: str | None


class RatedShards(NamedTuple):
    """What some shards of a bucket came to.

    events: RATED_EVENT and what was asked for beside, in the kernel's order; lines: LINE with
    names; digests: by shard; suspended: how many events of the shards are, of whatever kind.
    """

    events: pl.DataFrame
    lines: pl.DataFrame
    digests: dict[int, bytes]
    suspended: int = 0


def world_of(
    program: Program,
    usage: Usage,
    subscriptions: pl.DataFrame,
    ports: pl.DataFrame,
    opening: pl.DataFrame,
    period: tuple[int, int],
    carrier: str | None = None,
) -> World:
    """Make a world ready. Args as of `bucket.rate_home`."""
    rater = Rater(program)
    return World(
        rater,
        usage,
        rater.resolve_traits(usage.trait_table),
        rater.subscriptions(carriers_own(subscriptions, carrier)),
        rater.ports(ports),
        rater.opening(opening),
        conflicts_of(usage.undecided),
        period,
        carrier,
    )


def rate_shards(
    world: World, bucket: int, shards: Collection[int], extra_columns: Sequence[str] = ()
) -> RatedShards:
    """What these shards of a bucket come to in a world; the rest of the bucket is left out.

    Args: extra_columns: columns of the usage, or of its traits, to give with each event; `recorded`
        is the destination as the record has it.
    """
    frames = [part.filter(_of(shards)) for part in world.usage.merged(bucket)]
    all_shards = shard_range(bucket, world.usage.home.buckets)
    result = _rate(world, bucket, all_shards, frames, conflicts=world.conflicts, keeps_rated=True)
    events = _events(world, frames, result.rated, extra_columns)
    return RatedShards(
        events,
        _lines(world, result.lines.filter(_of(shards)) if result.lines.height else result.lines),
        {shard: digest for shard, digest in result.shard_digests.items() if shard in shards},
        events.filter(pl.col("status") != 0).height,
    )


def rate_kinds(
    world: World, bucket: int, kinds: Collection[str], columns: Sequence[str]
) -> RatedShards:
    """What a bucket comes to; of its events those of some kinds alone are read beside the pass.

    Args: columns: of the events, in no order: names of the usage, of its traits, `recorded` as
        `rate_shards` has it, and `status`. What an event came to is in none.
    Raises: ConservationError if other events were read than were rated: our bug.
    """
    table = world.usage.trait_table
    texts = {RECORDED: "destination", **{name: name for name in TRAIT_TEXTS}}
    stored = list(dict.fromkeys((*IDS, "trait", *columns)))
    stored = [name for name in stored if name not in (*texts, "status")]
    is_chosen = pl.col("kind").is_in(list(kinds))
    if world.carrier is not None:
        is_chosen &= pl.col("carrier") == world.carrier
    traits = table.filter(is_chosen)["trait"].cast(pl.UInt32)
    begin, end = world.period
    wanted = pl.col("trait").is_in(traits.implode()) & pl.col("start_ms").is_between(
        begin, end, closed="left"
    )
    rows, result = _pass_beside(world, bucket, wanted, stored)
    if not rows:
        events = pl.DataFrame(schema=dict.fromkeys(columns, pl.Null()))
    else:
        usage_rows = pl.concat(rows, how="vertical_relaxed")
        suspended = result.suspense.select(*IDS, "status")
        usage_rows = usage_rows.join(suspended, on=IDS, how="left")
        events = usage_rows.with_columns(
            pl.col("status").fill_null(0),
            *(
                table[text].gather(usage_rows["trait"]).alias(name)
                for name, text in texts.items()
                if name in columns
            ),
        )
    _check_read(world, kinds, events, result)
    return RatedShards(
        events.select(columns),
        _lines(world, result.lines),
        dict(result.shard_digests),
        result.suspense.height,
    )


def rate_amounts(world: World, bucket: int) -> RatedShards:
    """What every rated event of a bucket comes to, in the kernel's order: ids, carrier, AMOUNTS, a
    column for each of VALUED, and `forbearances`, their number. Its lines are not given.

    Raises: ConservationError if other events were read than were rated: our bug.
    """
    words, (begin, end) = world.rater.program.vocabulary, world.period
    wanted = pl.col("start_ms").is_between(begin, end, closed="left")
    rows, result = _pass_beside(world, bucket, wanted, (*IDS, "trait"), keeps_rated=True)
    place_of = {name: place for place, name in enumerate(words.natures)}
    is_of = pl.col("nature")
    lines = result.lines.group_by(IDS).agg(
        *(pl.col("amount").filter(is_of == place_of[name]).sum().alias(name) for name in VALUED),
        forbearances=(is_of == place_of["forbearance"]).sum().cast(pl.Int64),
    )
    rated = result.rated.filter(pl.col("status") == 0).select(*IDS, *AMOUNTS)
    if not rows or rated.is_empty():
        return RatedShards(rated.clear(), lines.clear(), dict(result.shard_digests))
    usage = pl.concat(rows, how="vertical_relaxed")
    carrier = world.usage.trait_table["carrier"].gather(usage["trait"])
    events = (
        rated.join(usage.select(*IDS, carrier), on=IDS, how="inner", maintain_order="left")
        .join(lines, on=IDS, how="left", maintain_order="left")
        .with_columns(pl.col(*VALUED, "forbearances").fill_null(0))
    )
    _check_read(world, words.kinds, events.with_columns(status=0), result)
    return RatedShards(events, lines.clear(), dict(result.shard_digests), result.suspense.height)


def _pass_beside(
    world: World,
    bucket: int,
    wanted: pl.Expr,
    stored: Sequence[str],
    *,
    keeps_rated: bool = False,
) -> tuple[list[pl.DataFrame], BucketResult]:
    """A pass over a bucket, and these columns of the wanted events, read beside it."""
    usage = world.usage
    shards = shard_range(bucket, usage.home.buckets)
    copies = usage.copies(bucket)
    streamed = world.rater.streamed_columns(world.people, keeps_refunds=False)
    mapped = usage.mapped(bucket, streamed, copies_apart=True)
    rows = [copies.filter(wanted).select(stored)] if copies.height else []
    if mapped is not None:
        rows += usage.chosen(bucket, wanted, stored)
    blocks: Iterable[Block] = (
        _merged_apart(usage, bucket, wanted, stored, rows) if mapped is None else mapped
    )
    result = world.rater.rate(
        bucket,
        ((narrow, world.traits, streams) for narrow, streams in blocks),
        world.people.of_shards(*shards),
        world.opening.of_shards(*shards),
        world.ports,
        world.period,
        copies=Standing(copies, world.traits),
        carrier=world.carrier,
        keeps_rated=keeps_rated,
        keeps_refunds=False,
        keeps_closing=False,
    )
    return rows, result


def _merged_apart(
    usage: Usage, bucket: int, wanted: pl.Expr, columns: Sequence[str], rows: list[pl.DataFrame]
) -> Iterator[Block]:
    """The blocks of a bucket that is merged; `columns` of the `wanted` events are put to `rows`."""
    for events in usage.merged(bucket, copies_apart=True):
        rows.append(events.filter(wanted).select(columns))
        yield Narrow(narrow_block(events)), [events]


def _check_read(
    world: World, kinds: Collection[str], events: pl.DataFrame, result: BucketResult
) -> None:
    """ConservationError unless as many events of the kinds were read as the pass rated."""
    words = world.rater.program.vocabulary.kinds
    places = [place for place, name in enumerate(words) if name in kinds]
    totals = result.totals
    rated = totals.filter(pl.col("kind").is_in(places))["events"].sum() if totals.height else 0
    read = events.filter(pl.col("status") == 0).height if events.height else 0
    if read != rated:
        raise ConservationError(
            f"{rated} events were rated, but {read} were read beside them",
            f"bucket {result.bucket}",
            "report this run with its inputs",
        )


def rate(world: World, bucket: int, shards: tuple[int, int]) -> BucketResult:
    """What the shards [first, after) of a bucket come to, as if the bucket had no others."""
    frames = world.usage.merged(bucket, shards, copies_apart=True)
    copies = Standing(world.usage.copies(bucket, shards), world.traits)
    return _rate(world, bucket, shards, frames, copies=copies)


def _rate(
    world: World,
    bucket: int,
    shards: tuple[int, int],
    frames: Iterable[pl.DataFrame],
    *,
    conflicts: Ints | None = None,
    copies: Standing | None = None,
    keeps_rated: bool = False,
) -> BucketResult:
    return world.rater.rate(
        bucket,
        ((Narrow(narrow_block(rows)), world.traits, [rows]) for rows in frames if rows.height),
        world.people.of_shards(*shards),
        world.opening.of_shards(*shards),
        world.ports,
        world.period,
        conflicts=conflicts,
        copies=copies,
        carrier=world.carrier,
        keeps_rated=keeps_rated,
    )


def ranges_of(shards: Iterable[int], most: int) -> list[tuple[int, int]]:
    """Ranges [first, after) that hold all the shards: at most so many, and as few others as so."""
    ordered = sorted(shards)
    gaps = sorted(range(1, len(ordered)), key=lambda at: ordered[at - 1] - ordered[at])
    cuts = sorted(at for at in gaps[: most - 1] if ordered[at] - ordered[at - 1] > 1)
    ends = [0, *cuts, len(ordered)]
    return [(ordered[begin], ordered[end - 1] + 1) for begin, end in pairwise(ends) if begin < end]


def buckets_of(shards: Iterable[int], buckets: int) -> dict[int, list[int]]:
    """The shards by the bucket that they lie in, both in order."""
    by_bucket: dict[int, list[int]] = {}
    for shard in sorted(shards):
        by_bucket.setdefault(shard * buckets // SHARDS, []).append(shard)
    return by_bucket


def _of(shards: Collection[int]) -> pl.Expr:
    return (pl.col("owner_hi") // SHARD_UNIT).is_in(list(shards))


def _events(
    world: World, frames: Iterable[pl.DataFrame], rated: pl.DataFrame, extra_columns: Sequence[str]
) -> pl.DataFrame:
    rows = [frame for frame in frames if frame.height]
    if not rows or rated.is_empty():
        return pl.DataFrame(schema={**RATED_EVENT, **dict.fromkeys(extra_columns, pl.Null())})
    usage = pl.concat(rows, how="vertical_relaxed")
    kinds = pl.Series(world.usage.kinds).replace_strict(
        RANKS, default=RANK_OF_USAGE, return_dtype=pl.Int64
    )
    table = world.usage.trait_table
    usage = usage.with_columns(
        kinds.gather(usage["trait"]).alias("rank"),
        *(table[name].gather(usage["trait"]).alias(name) for name in TRAIT_TEXTS),
    )
    usage = usage.with_columns(pl.struct(CONTENT).hash(seed=0).alias("content"))
    with_usage = rated.with_columns(pl.col(name).cast(pl.UInt64) for name in IDS).join(
        usage.rename({"destination": "recorded"}), on=IDS, how="left", maintain_order="left"
    )
    results = (pl.col(name).cast(dtype) for name, dtype in RATED_EVENT.items())
    return with_usage.select(*results, *extra_columns)


def _lines(world: World, lines: pl.DataFrame) -> pl.DataFrame:
    words = world.rater.program.vocabulary
    if lines.is_empty():
        schema = {name: pl.Int64() for name in LINE}
        return pl.DataFrame(schema=schema).with_columns(
            *(pl.col(name).cast(pl.UInt64) for name in IDS),
            *(pl.col(name).cast(pl.String) for name in ("carrier", "measure", "nature")),
        )
    known = {"carrier": words.carriers, "measure": words.measures, "nature": words.natures}
    return lines.with_columns(
        pl.Series(column, list(names), dtype=pl.String).gather(lines[column]).alias(column)
        for column, names in known.items()
    ).select(LINE)
