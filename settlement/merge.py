"""Buckets' results brought together, exactly, and the sums that must agree before any is shown.

No I/O in this module. Polars sums of Int64 wrap silently, so every sum here is taken in 128 bits
and cast back strictly: what does not fit is an error, never another number.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.bucket import Border, unhindered
from doisoat.errors import ConservationError
from doisoat.settlement.rows import STATUS_NAMES, Rows, RowsHeld, Shape, Vocabulary, named

KEYS = ("carrier", "day", "home_province", "serving_province", "kind", "destination")
RELIEF_KEYS = (*KEYS, "measure", "nature")
TOTAL_SUMS = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")
RELIEF_SUMS = ("events", "units", "amount")
OF_LINES = ("carrier", "measure", "nature")
OF_SUSPENSE = ("carrier", "status")
FOLD_ROWS = 500_000
MEND = "report this run with its inputs: nothing was published, and the previous state stands"


class Settled(NamedTuple):
    """A period's result, with names for indexes; each frame in its one order.

    totals: KEYS, TOTAL_SUMS; relief_totals: RELIEF_KEYS, RELIEF_SUMS; sorted by their keys.
    line_sums: OF_LINES, RELIEF_SUMS of the lines; suspense_sums: carrier, reason, events.
    lines, suspense, refunds, closing: of `rows.row_schemas`; in the order of owners, then as the
        kernel wrote them. They are scanned, and whoever asks takes no more of them than he needs.
    """

    events: int
    rated: int
    suspended: int
    shard_digests: dict[int, bytes]
    totals: pl.DataFrame
    relief_totals: pl.DataFrame
    line_sums: pl.DataFrame
    suspense_sums: pl.DataFrame
    lines: pl.LazyFrame
    suspense: pl.LazyFrame
    refunds: pl.LazyFrame
    closing: pl.LazyFrame
    counters: dict[str, int]


def total_of(frame: pl.DataFrame, column: str) -> int:
    """The exact sum of a column; 0 of no rows."""
    return int(frame.select(pl.col(column).cast(pl.Int128).sum()).item() or 0)


def sum_by(
    frame: pl.DataFrame | pl.LazyFrame, keys: Sequence[str], columns: Sequence[str]
) -> pl.DataFrame:
    """Exact sums of columns by keys, sorted by the keys; a sum past 64 bits is an error."""
    wide = [pl.col(name).cast(pl.Int128).sum() for name in columns]
    grouped = frame.lazy().group_by(list(keys)).agg(wide)
    # Of a file no more is held than is summed at a time.
    is_scanned = isinstance(frame, pl.LazyFrame)
    sums = grouped.collect(engine="streaming" if is_scanned else "in-memory")
    try:
        narrowed = sums.with_columns(pl.col(name).cast(pl.Int64) for name in columns)
    except pl.exceptions.InvalidOperationError as error:
        raise ConservationError(f"a sum passes 64 bits ({error})", "settle", MEND) from error
    return narrowed.select(*keys, *columns).sort(list(keys))


def _stacked(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One below the other; empty frames may lack columns and are passed over."""
    filled = [frame for frame in frames if frame.height]
    return pl.concat(filled, how="vertical", rechunk=True) if filled else frames[0]


class _Sums:
    """Sums by keys of frames that come one after the other, few rows of which wait at a time.

    The keys of a bucket are nearly all keys there are: those of all buckets together would be more
    than the rows of a month's result.
    """

    def __init__(self, keys: Sequence[str], columns: Sequence[str]) -> None:
        self.keys, self.columns = keys, columns
        self.waiting: list[pl.DataFrame] = []

    def add(self, frame: pl.DataFrame) -> None:
        self.waiting.append(frame.select(*self.keys, *self.columns) if frame.height else frame)
        if sum(frame.height for frame in self.waiting[1:]) > FOLD_ROWS:
            self.waiting = [sum_by(_stacked(self.waiting), self.keys, self.columns)]

    def stacked(self) -> pl.DataFrame:
        """What waits; a key may have several rows."""
        return _stacked(self.waiting)


def merge(
    results: Iterable[Any],
    vocabulary: Vocabulary,
    rows: Rows | None = None,
    at_border: Border = unhindered,
) -> Settled:
    """The buckets' results as one, checked; each is let go of before the next is asked for.

    Args: results, each a `BucketResult`, of a bucket or of some of its shards, in the order of
        owners; together they hold each owner once; rows: where theirs go, in memory unless said.
    Raises: ConservationError if any sum disagrees.
    """
    shape, seen, last = Shape(vocabulary), -1, -1
    kept = RowsHeld(shape.schemas) if rows is None else rows
    digests: dict[int, bytes] = {}
    counters: dict[str, int] = {}
    totals, relief_totals = _Sums(KEYS, TOTAL_SUMS), _Sums(RELIEF_KEYS, RELIEF_SUMS)
    of_lines = _Sums(OF_LINES, RELIEF_SUMS)
    of_suspense = _Sums(OF_SUSPENSE, ("events",))
    for bucket in results:
        at_border("merge", bucket.bucket)
        first = min(bucket.shard_digests, default=last + 1)
        _require(bucket.bucket >= seen, f"bucket {bucket.bucket} comes after bucket {seen}")
        _require(first > last, f"shard {first} comes after shard {last}, or was rated twice")
        seen, last = bucket.bucket, max(bucket.shard_digests, default=last)
        digests.update(bucket.shard_digests)
        for name, count in bucket.counters.items():
            counters[name] = counters.get(name, 0) + int(count)
        totals.add(bucket.totals)
        relief_totals.add(bucket.relief_totals)
        of_lines.add(_summed_lines(bucket.lines))
        of_suspense.add(_counted(bucket.suspense, of_suspense.keys))
        for name, frame in shape.rows_of(bucket):
            kept.add(name, frame)
        del bucket
    sums = {
        "totals": totals.stacked(),
        "relief_totals": relief_totals.stacked(),
        "line_sums": of_lines.stacked(),
        "suspense_sums": of_suspense.stacked(),
    }
    return concluded(counters, digests, sums, vocabulary, kept.scanned())


def concluded(
    counters: Mapping[str, int],
    shard_digests: dict[int, bytes],
    sums: Mapping[str, pl.DataFrame],
    vocabulary: Vocabulary,
    rows: Mapping[str, pl.LazyFrame],
) -> Settled:
    """A period's result of all that was counted and summed, checked.

    Args: sums: totals, relief_totals, line_sums, suspense_sums by indexes (reason: by `status`),
        of whose keys one may have several rows; rows: of ROWS.
    Raises: ConservationError if any sum disagrees, or nothing was counted.
    """
    if not counters:
        raise ConservationError("no bucket was rated", "settle", MEND)
    kinds_of_relief = {"measure": vocabulary.measures, "nature": vocabulary.natures}
    carriers = {"carrier": vocabulary.carriers}
    names = {
        **carriers,
        "home_province": vocabulary.provinces,
        "serving_province": vocabulary.provinces,
        "kind": vocabulary.kinds,
        "destination": vocabulary.destinations,
    }
    others = dict(counters)
    settled = Settled(
        events=others.pop("events"),
        rated=others.pop("rated"),
        suspended=others.pop("suspended"),
        shard_digests=shard_digests,
        totals=sum_by(named(sums["totals"], names), KEYS, TOTAL_SUMS),
        relief_totals=sum_by(
            named(sums["relief_totals"], {**names, **kinds_of_relief}), RELIEF_KEYS, RELIEF_SUMS
        ),
        line_sums=sum_by(
            named(sums["line_sums"], {**carriers, **kinds_of_relief}), OF_LINES, RELIEF_SUMS
        ),
        suspense_sums=sum_by(
            named(sums["suspense_sums"], {**carriers, "status": STATUS_NAMES}),
            OF_SUSPENSE,
            ("events",),
        ).rename({"status": "reason"}),
        **rows,
        counters=dict(sorted(others.items())),
    )
    check(settled)
    return settled


def _summed_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """What a bucket's lines sum to, by OF_LINES; ConservationError if one is below 0."""
    if lines.is_empty():  # and it may lack columns
        return _nothing(*OF_LINES, *RELIEF_SUMS)
    below = lines.filter((pl.col("amount") < 0) | (pl.col("units") < 0))
    _require(below.is_empty(), f"{below.height} relief lines are below 0: {_row(below)}")
    return sums_of_lines(lines)


def sums_of_lines(lines: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """OF_LINES, RELIEF_SUMS."""
    return sum_by(lines.lazy().with_columns(events=pl.lit(1)), OF_LINES, RELIEF_SUMS)


def sums_of_suspense(suspense: pl.LazyFrame) -> pl.DataFrame:
    """carrier, reason, events."""
    return _counted(suspense, ("carrier", "reason"))


def _counted(frame: pl.DataFrame | pl.LazyFrame, keys: Sequence[str]) -> pl.DataFrame:
    """How many rows there are, as `events`, by keys; sorted by them."""
    if isinstance(frame, pl.DataFrame) and frame.is_empty():
        return _nothing(*keys, "events")
    return sum_by(frame.lazy().with_columns(events=pl.lit(1)), keys, ("events",))


def _nothing(*columns: str) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(columns, pl.Int64()))


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ConservationError(what, "settle", MEND)


def check(settled: Settled) -> None:
    """Every sum that must agree, agrees; else a ConservationError that says which and by how much.

    Promised (docs/semantics.md, 2 and 5): events = rated + suspended; list value − discount =
    payable >= 0, for each key and in all; Σ relief totals of nature discount = discount, for
    each key; Σ lines = Σ relief totals, by carrier, measure and nature, in events, units and đồng.
    """
    totals, relief = settled.totals, settled.relief_totals
    _require(
        settled.events == settled.rated + settled.suspended,
        f"{settled.events} events are not {settled.rated} rated + {settled.suspended} suspended",
    )
    for name, told, found in (
        ("rated events", settled.rated, total_of(totals, "events")),
        ("suspended events", settled.suspended, total_of(settled.suspense_sums, "events")),
    ):
        _require(told == found, f"{name}: {told} were counted, but the totals hold {found}")
    odd = totals.filter(
        (pl.col("list_value") - pl.col("discount") != pl.col("payable"))
        | pl.any_horizontal(pl.col(TOTAL_SUMS) < 0)
    )
    _require(
        odd.is_empty(), f"list value − discount is not payable in {odd.height} totals: {_row(odd)}"
    )
    whole = [total_of(totals, name) for name in ("list_value", "discount", "payable")]
    _require(
        whole[0] - whole[1] == whole[2],
        f"list value {whole[0]} − discount {whole[1]} is not payable {whole[2]}",
    )
    _same_sums(
        "discount of the relief totals",
        sum_by(relief.filter(pl.col("nature") == "discount"), KEYS, ["amount"]),
        "discount of the totals",
        sum_by(totals, KEYS, ["discount"]).rename({"discount": "amount"}),
        KEYS,
    )
    _same_sums(
        "relief lines",
        settled.line_sums,
        "relief totals",
        sum_by(relief, OF_LINES, RELIEF_SUMS),
        OF_LINES,
    )


def _row(frame: pl.DataFrame) -> str:
    return (
        ", ".join(f"{k} {v}" for k, v in frame.row(0, named=True).items()) if frame.height else ""
    )


def _same_sums(
    one: str, left: pl.DataFrame, other: str, right: pl.DataFrame, keys: Sequence[str]
) -> None:
    """The two frames hold the same sums for each key; a key on one side only counts as 0."""
    sums = [name for name in left.columns if name not in keys]
    both = left.join(right, on=list(keys), how="full", coalesce=True, suffix="_other")
    odd = both.filter(
        pl.any_horizontal(
            pl.col(name).fill_null(0) != pl.col(f"{name}_other").fill_null(0) for name in sums
        )
    )
    if odd.height:
        first = odd.sort(list(keys)).row(0, named=True)
        where = ", ".join(str(first[key]) for key in keys)
        name = next(n for n in sums if (first[n] or 0) != (first[f"{n}_other"] or 0))
        raise ConservationError(
            f"{one} and {other} disagree for {odd.height} keys; first for {where}:"
            f" {name} {first[name] or 0} against {first[f'{name}_other'] or 0}",
            "settle",
            MEND,
        )
