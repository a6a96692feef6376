"""Settles what nobody stored: buckets that are made, rated, summed and let go of.

Of a run it has the digest, the totals and the checks; it has no lines, no events to explain and no
balances for a next month, so it is no run of a home: docs/adr/0052-a-world-that-is-not-stored.md.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from time import process_time_ns, thread_time_ns
from typing import Any, NamedTuple, Protocol

import polars as pl

from doisoat import __version__
from doisoat.engine.arrow.hashes import Hasher
from doisoat.engine.kernel.pass_sums import Sums, WholeSums
from doisoat.engine.rating.rater import Rater
from doisoat.engine.rating.summed import Piece, Summed, frame_of, sum_up
from doisoat.engine.store import commit
from doisoat.engine.store.home import FORMAT_VERSION, STREAMED, Home
from doisoat.engine.store.in_turn import in_turn
from doisoat.engine.store.memory import give_back
from doisoat.errors import ConservationError
from doisoat.settlement.figures import run_id
from doisoat.settlement.figures.merge import (
    KEYS,
    MEND,
    OF_LINES,
    OF_SUSPENSE,
    RELIEF_KEYS,
    RELIEF_SUMS,
    TOTAL_SUMS,
    Conserved,
    named_sums,
    names_of_sums,
    sum_by,
    total_of,
)
from doisoat.settlement.figures.rows import Vocabulary, named, with_refund

SLICE_ROWS = 16_384  # of sums that are given their names at a time
REFUND_SUMS = ("refunds", "refund", "overcharged", "overcharge")
COUNTS = ("events", "rated", "suspended")
BESIDE = ("in_kind", "contribution")  # natures of relief that are told beside what is paid
AMOUNTS = ("list_value", "discount", "payable", *BESIDE)
# name -> (its name in WholeSums, its keys, its sums)
TABLES = {
    "total": ("totals", KEYS, TOTAL_SUMS),
    "relief_total": ("relief_totals", RELIEF_KEYS, RELIEF_SUMS),
    "line_sum": ("line_sums", OF_LINES, RELIEF_SUMS),
    "suspense_sum": ("suspense_sums", OF_SUSPENSE, ("events",)),
}
OF_CARRIER = ("events", "list_value", "discount", "payable")
Tell = Callable[[str, pl.DataFrame], None]  # the name of a table, and its next rows


class Made(Piece, Protocol):
    """A piece as its maker hands it over: `fixtures.streamed.Block`."""

    @property
    def events(self) -> int: ...
    @property
    def made_ns(self) -> int: ...


class Spent(NamedTuple):
    """Processor time of all threads, in ns. settled: rated, digested, summed and checked; told: by
    who is told the sums."""

    made: int
    taken: int
    settled: int
    told: int


class Streamed(NamedTuple):
    """What came of a stream, beside the sums that were told as they were found."""

    counts: dict[str, int]  # COUNTS
    amounts: dict[str, int]  # AMOUNTS, over all carriers
    counters: dict[str, int]
    shard_digests: dict[int, bytes]
    spent: Spent
    hasher: Hasher

    @property
    def digest(self) -> str:
        return run_id.result_digest(self.shard_digests, self.hasher)

    @property
    def shards(self) -> list[str]:
        """The digests of all shards in order."""
        found, empty = self.shard_digests, self.hasher().digest()
        return [found.get(shard, empty).hex() for shard in range(run_id.SHARDS)]


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


class _Told:
    """The sums of a stream, named, checked and told some at a time: few are held at once."""

    def __init__(self, whole: WholeSums, words: Vocabulary, tell: Tell) -> None:
        self.whole, self.names, self.tell_table = whole, names_of_sums(words), tell
        self.conserved, self.told_ns = Conserved(), 0
        self.of_carriers: list[pl.DataFrame] = []

    def tell(self, table: str, rows: pl.DataFrame) -> None:
        began_ns = process_time_ns()
        self.tell_table(table, rows)
        self.told_ns += process_time_ns() - began_ns

    def conclude(self, counters: Mapping[str, int], refunds: pl.DataFrame) -> dict[str, int]:
        """Tell all tables, in the end that of carriers. Returns: AMOUNTS.

        Args: refunds: carrier, REFUND_SUMS.
        Raises: ConservationError if any sum disagrees.
        """
        for totals, relief in self._totals():
            self.conserved.add(totals, relief)
            self.of_carriers.append(sum_by(totals, ["carrier"], OF_CARRIER))
            self.tell("total", totals)
            self.tell("relief_total", relief)
        lines = pl.concat(self._frames("line_sum"))
        suspense = pl.concat(self._frames("suspense_sum")).rename({"status": "reason"})
        events, rated, suspended = (counters[name] for name in COUNTS)
        self.conserved.end(events, rated, suspended, lines, suspense)
        for table, rows in (
            ("line_sum", lines), ("suspense_sum", suspense), ("refund_sum", refunds),
            ("carrier", self._carriers(lines, suspense, refunds)),
        ):  # fmt: skip
            self.tell(table, rows)
        found = {name: self.conserved.amounts[name] for name in AMOUNTS[:3]}
        for nature in BESIDE:
            found[nature] = total_of(lines.filter(pl.col("nature") == nature), "amount")
        return found

    def _frames(self, table: str) -> Iterator[pl.DataFrame]:
        """A table's rows in order, some at a time; what was needed for each is given back."""
        name, keys, sums = TABLES[table]
        for columns in self.whole.slices(name, SLICE_ROWS, self.names):
            give_back()
            yield named_sums(frame_of(columns), self.names, keys, sums)
        give_back()

    def _totals(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Totals some at a time, each time with the relief totals of the same keys."""
        relief = self._frames("relief_total")
        waits: pl.DataFrame | None = next(relief)
        assert waits is not None
        nothing, totals = waits.clear(), pl.DataFrame()
        for totals in self._frames("total"):
            own = [nothing]
            while waits is not None:
                until = _until(waits, totals)
                own.append(waits[:until])
                if until < waits.height:
                    waits = waits[until:]
                    break
                waits = next(relief, None)
            yield totals, pl.concat(own)
        if waits is not None:  # of keys that no total has
            yield totals.clear(), pl.concat([waits, *relief])

    def _carriers(
        self, lines: pl.DataFrame, suspense: pl.DataFrame, refunds: pl.DataFrame
    ) -> pl.DataFrame:
        """What a statement says of each carrier: counts, values, relief by nature, refunds."""
        table = sum_by(pl.concat(self.of_carriers), ["carrier"], OF_CARRIER)
        suspended = sum_by(suspense, ["carrier"], ["events"])
        parts = [suspended.rename({"events": "suspended"})]
        for nature in BESIDE:
            relief = lines.filter(pl.col("nature") == nature)
            parts.append(sum_by(relief, ["carrier"], ["amount"]).rename({"amount": nature}))
        for part in (*parts, refunds):
            table = table.join(part, on="carrier", how="full", coalesce=True)
        table = table.rename({"events": "rated"})
        return table.with_columns(pl.exclude("carrier").fill_null(0)).sort("carrier")


def _until(rows: pl.DataFrame, totals: pl.DataFrame) -> int:
    """How many of the rows, in order, have no key behind those of all the totals."""
    if totals.is_empty():
        return 0
    last = totals.select(pl.col(key).to_physical() for key in KEYS).row(-1)
    behind = pl.lit(False)
    for key, value in reversed([*zip(KEYS, last, strict=True)]):
        own = pl.col(key).to_physical()
        behind = (own > value) | ((own == value) & behind)
    return int(rows.select((~behind).sum()).item())


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
    tell: Tell,
    advance: Callable[[int], None] = lambda done: None,
    hasher: Hasher = sha256,
) -> Streamed:
    """Rate buckets as they are made, on `threads` threads, of which each holds a piece at a time.

    Args: buckets: each makes its pieces, in the order of the owners, when it is called; together
        they hold each owner once, and the shards in order. tell: told the sums once all is rated:
        TABLES, `refund_sum` (carrier, REFUND_SUMS) and `carrier`, some rows at a time, each table
        at least once and in the order of its keys. advance: told of the buckets done. hasher: what
        makes the digests.
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
        summed = sum_up(rater, traits, pieces, period, sums, whole, hasher)
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
    _require(bool(whole.counters), "no bucket was rated")
    carrier = {"carrier": words.carriers}
    nothing = pl.DataFrame(schema=dict.fromkeys(("carrier", *REFUND_SUMS), pl.Int64()))
    refund_sums = sum_by(named(pl.concat([nothing, *refunds]), carrier), ["carrier"], REFUND_SUMS)
    told = _Told(whole, words, tell)
    amounts = told.conclude(whole.counters, refund_sums)
    counters = dict(sorted(whole.counters.items()))
    counts = {name: counters.pop(name) for name in COUNTS}
    # What threads of polars did for it has no clock of ours: all that is not the world's making.
    others_ns = made_ns + taken_ns + told.told_ns
    spent = Spent(made_ns, taken_ns, process_time_ns() - began_ns - others_ns, told.told_ns)
    return Streamed(counts, amounts, counters, digests, spent, hasher)


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ConservationError(what, "simulate --stream", MEND)


def write(
    home: Home,
    inputs: Mapping[str, Any],
    note: str,
    settle: Callable[[Tell], Streamed],
) -> tuple[Path, bool, Streamed]:
    """Publish the sums of a stream in HOME/streamed: its folder, and whether it was there before.

    Args: settle: `settle_stream` of the inputs, given who is told the sums.
    Raises: ConservationError if the same inputs gave another digest before.
    """
    name = run_id.run_id(inputs)
    target = home.floor(STREAMED) / name
    with commit.stage(target.parent) as staging:

        def tell(table: str, rows: pl.DataFrame) -> None:
            if "day" in rows.columns:
                rows = rows.with_columns(pl.col("day").cast(pl.Int32).cast(pl.Date))
            path = staging.path / f"{table}.csv"
            has_head = path.exists()
            with path.open("ab") as file:
                rows.write_csv(file, include_header=not has_head)

        streamed = settle(tell)
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
    return target, not is_new, streamed
