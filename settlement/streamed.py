"""Settles what nobody stored: buckets that are made, rated, summed and let go of.

Of a run it has the digest, the totals and the checks; it has no lines, no events to explain and no
balances for a next month, so it is no run of a home: docs/adr/0052-a-world-that-is-not-stored.md.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from time import process_time_ns, thread_time_ns
from typing import Any, NamedTuple, Protocol

import polars as pl

from doisoat import __version__
from doisoat.engine import commit
from doisoat.engine.home import FORMAT_VERSION, STREAMED, Home
from doisoat.engine.in_turn import in_turn
from doisoat.engine.memory import give_back
from doisoat.engine.pass_sums import Sums, WholeSums
from doisoat.engine.rater import Rater
from doisoat.engine.summed import Piece, Summed, frame_of, sum_up
from doisoat.errors import ConservationError
from doisoat.settlement import run_id
from doisoat.settlement.merge import (
    MEND,
    SUMS,
    TOTAL_SUMS,
    Settled,
    concluded,
    names_of_sums,
    sum_by,
    total_of,
)
from doisoat.settlement.rows import Vocabulary, named, row_schemas, with_refund

SLICE_ROWS = 65_536  # of sums that are given their names at a time
REFUND_SUMS = ("refunds", "refund", "overcharged", "overcharge")
COUNTS = ("events", "rated", "suspended")
AMOUNTS = ("list_value", "discount", "payable", "in_kind", "contribution")


class Made(Piece, Protocol):
    """A piece as its maker hands it over: `fixtures.streamed.Block`."""

    @property
    def events(self) -> int: ...
    @property
    def made_ns(self) -> int: ...


class Spent(NamedTuple):
    """Processor time of all threads, in ns. settled: rated, digested, summed and checked."""

    made: int
    taken: int
    settled: int


class Streamed(NamedTuple):
    """What came of a stream: sums alone; of its rows only what refunds are due, by carrier."""

    settled: Settled
    refund_sums: pl.DataFrame  # carrier, REFUND_SUMS
    spent: Spent

    @property
    def counts(self) -> dict[str, int]:
        return {name: getattr(self.settled, name) for name in COUNTS}

    @property
    def amounts(self) -> dict[str, int]:
        """AMOUNTS over all carriers."""
        relief, told = self.settled.relief_totals, {}
        for nature in ("in_kind", "contribution"):
            told[nature] = total_of(relief.filter(pl.col("nature") == nature), "amount")
        return {**{name: total_of(self.settled.totals, name) for name in AMOUNTS[:3]}, **told}

    @property
    def digest(self) -> str:
        return run_id.result_digest(self.settled.shard_digests)

    @property
    def shards(self) -> list[str]:
        """The digests of all shards in order."""
        found = self.settled.shard_digests
        return [found.get(shard, run_id.EMPTY_SHARD).hex() for shard in range(run_id.SHARDS)]

    @property
    def sums(self) -> dict[str, pl.DataFrame]:
        """The tables of a stream's folder."""
        return {
            "total": self.settled.totals,
            "relief_total": self.settled.relief_totals,
            "line_sum": self.settled.line_sums,
            "suspense_sum": self.settled.suspense_sums,
            "refund_sum": self.refund_sums,
        }


def _refund_sums(rows: pl.DataFrame) -> pl.DataFrame:
    """carrier (its index), REFUND_SUMS of events that were charged above what they owe."""
    found = with_refund(rows)
    beyond = pl.col("charged") - pl.col("list_value")
    own = found.select(
        "carrier",
        refunds=(pl.col("refund") > 0).cast(pl.Int64),
        refund="refund",
        overcharged=(beyond > 0).cast(pl.Int64),
        overcharge=pl.max_horizontal(beyond, pl.lit(0)).cast(pl.Int64),
    )
    return sum_by(own, ["carrier"], REFUND_SUMS)


def _frames(whole: WholeSums, name: str, words: Vocabulary) -> Iterator[pl.DataFrame]:
    """A table's sums in order, some at a time; what was needed for each is given back."""
    for columns in whole.slices(name, SLICE_ROWS, names_of_sums(words)):
        give_back()
        yield frame_of(columns)
    give_back()


class _Clock:
    """Pieces as they come, and the processor time that this thread took to make them."""

    def __init__(self, pieces: Iterable[Made]) -> None:
        self.pieces = iter(pieces)
        self.events = self.made_ns = self.taken_ns = 0

    def __iter__(self) -> Iterator[Made]:
        while True:
            turned_ns = thread_time_ns()
            piece = next(self.pieces, None)
            spent_ns = thread_time_ns() - turned_ns
            if piece is None:
                self.taken_ns += spent_ns
                return
            self.events += piece.events
            self.made_ns += piece.made_ns
            self.taken_ns += spent_ns - piece.made_ns
            yield piece
            del piece  # None is held while the next is made.


def settle_stream(
    rater: Rater,
    traits: Any,
    buckets: Iterable[Callable[[], Iterable[Made]]],
    period: tuple[int, int],
    threads: int,
    advance: Callable[[int], None] = lambda done: None,
) -> Streamed:
    """Rate buckets as they are made, on `threads` threads, of which each holds a piece at a time.

    Args: buckets: each makes its pieces, in the order of the owners, when it is called; together
        they hold each owner once, and the shards in order. advance: told of the buckets done.
    Raises: ConservationError if any sum disagrees.
    """
    began_ns, made_ns, taken_ns, digests = process_time_ns(), 0, 0, dict[int, bytes]()
    words, refunds = rater.program.vocabulary, list[pl.DataFrame]()
    idle: list[Sums] = []  # One a thread, and empty.
    whole = WholeSums()

    def work(one: tuple[int, Callable[[], Iterable[Made]]]) -> tuple[Summed, _Clock]:
        bucket, make = one
        pieces = _Clock(make())
        sums = idle.pop() if idle else Sums()
        summed = sum_up(rater, traits, pieces, period, sums, whole)
        idle.append(sums)
        _require(
            summed.events == pieces.events,
            f"bucket {bucket}: {pieces.events} events were made, {summed.events} rated or"
            " suspended",
        )
        return summed, pieces

    with closing(in_turn(work, enumerate(buckets), threads)) as results:
        for summed, pieces in results:
            made_ns, taken_ns = made_ns + pieces.made_ns, taken_ns + pieces.taken_ns
            last, first = max(digests, default=-1), min(summed.shard_digests, default=1 << 10)
            _require(first > last, f"shard {first} comes after shard {last}, or was rated twice")
            digests.update(summed.shard_digests)
            if summed.refunds.height:
                refunds.append(_refund_sums(summed.refunds))
            del summed
            advance(1)
    idle.clear()
    give_back()
    sums = {name: _frames(whole, name, words) for name in SUMS}
    schemas = row_schemas(words)
    no_rows = {name: schema.to_frame().lazy() for name, schema in schemas.items()}
    settled = concluded(whole.counters, digests, sums, words, no_rows)
    carrier = {"carrier": words.carriers}
    nothing = pl.DataFrame(schema=dict.fromkeys(("carrier", *REFUND_SUMS), pl.Int64()))
    refund_sums = sum_by(named(pl.concat([nothing, *refunds]), carrier), ["carrier"], REFUND_SUMS)
    # What threads of polars did for it has no clock of ours: all that is not the world's making.
    spent = Spent(made_ns, taken_ns, process_time_ns() - began_ns - made_ns - taken_ns)
    return Streamed(settled, refund_sums, spent)


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ConservationError(what, "simulate --stream", MEND)


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
            "counters": streamed.settled.counters,
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
