"""Settles what nobody stored: buckets that are made, rated, summed and let go of.

Of a run it has the digest, the totals and the checks; it has no lines, no events to explain and no
balances for a next month, so it is no run of a home: docs/adr/0052-a-world-that-is-not-stored.md.
"""

import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from time import process_time_ns, thread_time_ns
from typing import Any, NamedTuple, Protocol

import polars as pl

from doisoat import __version__
from doisoat.engine import commit
from doisoat.engine.home import FORMAT_VERSION, STREAMED, Home
from doisoat.engine.in_turn import in_turn
from doisoat.engine.rater import BucketResult, Rater
from doisoat.errors import ConservationError
from doisoat.settlement import run_id
from doisoat.settlement.merge import (
    FOLD_ROWS,
    KEYS,
    MEND,
    RELIEF_KEYS,
    RELIEF_SUMS,
    TOTAL_SUMS,
    sum_by,
    total_of,
)
from doisoat.settlement.rows import STATUS_NAMES

BY_LINE = ("carrier", "measure", "nature")
REFUND_SUMS = ("refunds", "refund", "overcharged", "overcharge")
AMOUNTS = ("list_value", "discount", "payable", "in_kind", "contribution")
KEPT = {  # the sums of a result: keys, columns
    "total": (KEYS, TOTAL_SUMS),
    "relief_total": (RELIEF_KEYS, RELIEF_SUMS),
    "line_sum": (BY_LINE, RELIEF_SUMS),
    "suspense_sum": (("carrier", "status"), ("events",)),
    "refund_sum": (("carrier",), REFUND_SUMS),
}


class Made(Protocol):
    """A bucket as its maker hands it over: `fixtures.streamed.Block`."""

    @property
    def narrow(self) -> Any: ...
    @property
    def beside(self) -> pl.DataFrame: ...
    @property
    def subscriptions(self) -> Any: ...
    @property
    def opening(self) -> Any: ...
    @property
    def ports(self) -> Any: ...
    @property
    def events(self) -> int: ...
    @property
    def made_ns(self) -> int: ...
    @property
    def taken_ns(self) -> int: ...


class Spent(NamedTuple):
    """Processor time of all threads, in ns. settled: rated, digested, summed and checked."""

    made: int
    taken: int
    settled: int


class Streamed(NamedTuple):
    """What came of a stream. Frames by names of KEPT, names for indexes, sorted by their keys."""

    counts: dict[str, int]  # events, rated, suspended
    digest: str
    shards: list[str]
    sums: dict[str, pl.DataFrame]
    counters: dict[str, int]
    spent: Spent

    @property
    def amounts(self) -> dict[str, int]:
        """AMOUNTS over all carriers."""
        relief, told = self.sums["relief_total"], {}
        for nature in ("in_kind", "contribution"):
            told[nature] = total_of(relief.filter(pl.col("nature") == nature), "amount")
        return {**{name: total_of(self.sums["total"], name) for name in AMOUNTS[:3]}, **told}


class _Bucket(NamedTuple):
    """What is kept of a bucket's result."""

    digests: dict[int, bytes]
    counters: dict[str, int]
    sums: dict[str, pl.DataFrame]
    made_ns: int
    taken_ns: int


def settle_stream(
    rater: Rater,
    traits: Any,
    blocks: Iterable[Callable[[], Made]],
    period: tuple[int, int],
    threads: int,
    advance: Callable[[int], None] = lambda done: None,
) -> Streamed:
    """Rate buckets as they are made, on `threads` threads; at most threads + 1 are held at once.

    Args: blocks: each makes a bucket, in the order of the shards, when it is called; together they
        hold each owner once. advance: told of the buckets that are done.
    Raises: ConservationError if any sum disagrees.
    """
    began_ns = process_time_ns()
    made_ns = taken_ns = 0
    digests: dict[int, bytes] = {}
    counters: dict[str, int] = {}
    waiting: dict[str, list[pl.DataFrame]] = {name: [] for name in KEPT}
    with closing(_rated(rater, traits, blocks, period, threads)) as rated:
        for bucket in rated:
            twice = sorted(digests.keys() & bucket.digests.keys())
            _require(not twice, f"shards {twice[:5]} were rated twice")
            digests.update(bucket.digests)
            for name, count in bucket.counters.items():
                counters[name] = counters.get(name, 0) + count
            for name, frame in bucket.sums.items():
                _add(waiting[name], frame, *KEPT[name])
            made_ns, taken_ns = made_ns + bucket.made_ns, taken_ns + bucket.taken_ns
            advance(1)
    _require(bool(counters), "no bucket was rated")
    counts = {name: counters.pop(name) for name in ("events", "rated", "suspended")}
    sums = {name: sum_by(pl.concat(frames), *KEPT[name]) for name, frames in waiting.items()}
    named = {name: _named(frame, rater) for name, frame in sums.items()}
    check(counts, named)
    shards = [digests.get(shard, run_id.EMPTY_SHARD).hex() for shard in range(run_id.SHARDS)]
    # What threads of polars did for it has no clock of ours: all that is not the world's making.
    settled_ns = process_time_ns() - began_ns - made_ns - taken_ns
    return Streamed(
        counts, run_id.result_digest(digests), shards, named, dict(sorted(counters.items())),
        Spent(made_ns, taken_ns, settled_ns),
    )  # fmt: skip


def _rated(
    rater: Rater,
    traits: Any,
    blocks: Iterable[Callable[[], Made]],
    period: tuple[int, int],
    threads: int,
) -> Generator[_Bucket, None, None]:
    def work(one: tuple[int, Callable[[], Made]]) -> _Bucket:
        bucket, make = one
        began_ns = thread_time_ns()
        made = make()
        taken_ns = thread_time_ns() - began_ns - made.made_ns
        result = rater.rate(
            bucket, [(made.narrow, traits, [made.beside])], made.subscriptions, made.opening,
            made.ports, period, keeps_closing=False,
        )  # fmt: skip
        _require(
            result.counters["events"] == made.events,
            f"bucket {bucket}: {made.events} events were made, {result.counters['events']} rated"
            " or suspended",
        )
        return _Bucket(
            result.shard_digests, result.counters, summed(result), made.made_ns, taken_ns
        )

    return in_turn(work, enumerate(blocks), threads)


def summed(result: BucketResult) -> dict[str, pl.DataFrame]:
    """What is kept of a bucket's rows and totals: KEPT, by indexes."""
    below = result.lines.filter((pl.col("amount") < 0) | (pl.col("units") < 0))
    _require(below.is_empty(), f"{below.height} relief lines are below 0")
    events = pl.lit(1, pl.Int64).alias("events")
    within = pl.min_horizontal("charged", "list_value") - pl.col("payable")
    beyond = pl.col("charged") - pl.col("list_value")
    refunds = result.refunds.select(
        "carrier",
        refunds=(within > 0).cast(pl.Int64),
        refund=pl.max_horizontal(within, pl.lit(0)),
        overcharged=(beyond > 0).cast(pl.Int64),
        overcharge=pl.max_horizontal(beyond, pl.lit(0)),
    )
    frames = {
        "line_sum": result.lines.with_columns(events),
        "suspense_sum": result.suspense.with_columns(events),
        "refund_sum": refunds,
    }
    return {
        "total": result.totals.select(*KEYS, *TOTAL_SUMS),
        "relief_total": result.relief_totals.select(*RELIEF_KEYS, *RELIEF_SUMS),
        **{name: sum_by(frame, *KEPT[name]) for name, frame in frames.items()},
    }


def _add(
    waiting: list[pl.DataFrame], frame: pl.DataFrame, keys: Sequence[str], columns: Sequence[str]
) -> None:
    """Sums by keys wait for others, until they are many."""
    waiting.append(frame)
    if sum(one.height for one in waiting[1:]) > FOLD_ROWS:
        waiting[:] = [sum_by(pl.concat(waiting), keys, columns)]


def _named(frame: pl.DataFrame, rater: Rater) -> pl.DataFrame:
    """The frame with names for indexes, and dates for days; sorted by its keys."""
    words = rater.program.vocabulary
    names: Mapping[str, Sequence[str]] = {
        "carrier": words.carriers, "home_province": words.provinces,
        "serving_province": words.provinces, "kind": words.kinds,
        "destination": words.destinations, "measure": words.measures, "nature": words.natures,
        "status": STATUS_NAMES,
    }  # fmt: skip
    keys = [name for name in frame.columns if name in names or name == "day"]
    return (
        frame.with_columns(
            pl.Series(name, list(names[name]), dtype=pl.String).gather(frame[name]).alias(name)
            for name in keys
            if name != "day"
        )
        .rename({"status": "reason"} if "status" in keys else {})
        .sort(["reason" if name == "status" else name for name in keys])
    )


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ConservationError(what, "simulate --stream", MEND)


def check(counts: Mapping[str, int], sums: Mapping[str, pl.DataFrame]) -> None:
    """Every sum that must agree, agrees (docs/semantics.md, 2 and 5): as `merge.check`."""
    totals, relief = sums["total"], sums["relief_total"]
    _require(
        counts["events"] == counts["rated"] + counts["suspended"],
        f"{counts['events']} events are not {counts['rated']} rated + {counts['suspended']}"
        " suspended",
    )
    for name, found in (("rated", totals), ("suspended", sums["suspense_sum"])):
        held = total_of(found, "events")
        _require(counts[name] == held, f"{name}: {counts[name]} counted, the totals hold {held}")
    odd = totals.filter(
        (pl.col("list_value") - pl.col("discount") != pl.col("payable"))
        | pl.any_horizontal(pl.col(TOTAL_SUMS) < 0)
    )
    _require(odd.is_empty(), f"list value − discount is not payable in {odd.height} totals")
    whole = [total_of(totals, name) for name in ("list_value", "discount", "payable")]
    _require(whole[0] - whole[1] == whole[2], f"list value − discount is not payable: {whole}")
    discount = sum_by(relief.filter(pl.col("nature") == "discount"), KEYS, ["amount"])
    told = sum_by(totals, KEYS, ["discount"]).rename({"discount": "amount"})
    _require(
        discount.filter(pl.col("amount") != 0).equals(told.filter(pl.col("amount") != 0)),
        "the discounts of relief and of totals differ by key",
    )
    _require(
        sum_by(relief, BY_LINE, RELIEF_SUMS).equals(
            sums["line_sum"].select(*BY_LINE, *RELIEF_SUMS)
        ),
        "relief lines and relief totals differ by carrier, measure and nature",
    )


def by_carrier(streamed: Streamed) -> pl.DataFrame:
    """What a statement says of each carrier: counts, values, relief by nature, refunds."""
    sums = streamed.sums
    table = sum_by(sums["total"], ["carrier"], TOTAL_SUMS[:1] + TOTAL_SUMS[4:]).rename(
        {"events": "rated"}
    )
    suspended = sum_by(sums["suspense_sum"], ["carrier"], ["events"])
    parts = [suspended.rename({"events": "suspended"})]
    for nature in ("in_kind", "contribution"):
        relief = sums["relief_total"].filter(pl.col("nature") == nature)
        parts.append(sum_by(relief, ["carrier"], ["amount"]).rename({"amount": nature}))
    for part in (*parts, sums["refund_sum"]):
        table = table.join(part, on="carrier", how="full", coalesce=True)
    return table.with_columns(pl.exclude("carrier").fill_null(0)).sort("carrier")


def write(
    home: Home, inputs: Mapping[str, Any], note: str, streamed: Streamed
) -> tuple[Path, bool]:
    """Publish the sums of a stream in HOME/streamed: its folder, and whether it was there before.

    Raises: ConservationError if the same inputs gave another digest before.
    """
    name = run_id.run_id(inputs)
    target = home.floor(STREAMED) / name
    with commit.stage(target.parent) as staging:
        for table, frame in {**streamed.sums, "carrier": by_carrier(streamed)}.items():
            if "day" in frame.columns:
                frame = frame.with_columns(pl.col("day").cast(pl.Int32).cast(pl.Date))
            frame.write_csv(staging.path / f"{table}.csv")
        manifest = {
            "format_version": FORMAT_VERSION,
            "synthetic": note,
            "stream": name,
            "inputs": dict(inputs),
            "result": {"digest": streamed.digest, "shards": streamed.shards},
            "totals": {
                **streamed.counts, **{k: str(v) for k, v in streamed.amounts.items()},
            },
            "counters": streamed.counters,
            "built_by": {"doisoat": __version__, "polars": pl.__version__},
            "files": commit.part_manifest(staging.path),
        }  # fmt: skip
        commit.write_json(staging.path / commit.MANIFEST, manifest)
        is_new = staging.publish(target)
    if not is_new:
        before = json.loads((target / commit.MANIFEST).read_text("utf-8"))["result"]["digest"]
        _require(
            before == streamed.digest,
            f"the same world had digest {before} before, and now {streamed.digest}",
        )
    return target, not is_new
