"""Buckets' results brought together, exactly, and the sums that must agree before any is shown.

No I/O in this module. Polars sums of Int64 wrap silently, so every sum here is taken in 128 bits
and cast back strictly: what does not fit is an error, never another number.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import polars as pl

from doisoat.errors import ConservationError

KEYS = ("carrier", "day", "home_province", "serving_province", "kind", "destination")
RELIEF_KEYS = (*KEYS, "measure", "nature")
TOTAL_SUMS = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")
RELIEF_SUMS = ("events", "units", "amount")
# by the kernel's status
STATUS_NAMES = ("rated", "no_subscription", "no_tariff", "beyond_limit", "conflicting")
FOLD_ROWS = 500_000
MEND = "report this run with its inputs: nothing was published, and the previous state stands"


class Vocabulary(Protocol):
    """What the indexes in a bucket's result mean."""

    @property
    def carriers(self) -> Sequence[str]: ...
    @property
    def provinces(self) -> Sequence[str]: ...
    @property
    def kinds(self) -> Sequence[str]: ...
    @property
    def destinations(self) -> Sequence[str]: ...
    @property
    def measures(self) -> Sequence[str]: ...
    @property
    def natures(self) -> Sequence[str]: ...


class Settled(NamedTuple):
    """A period's result, with names for indexes; each frame in its one order.

    lines: event_hi, event_lo, owner_hi, owner_lo, carrier, measure, nature, units, amount,
        start_ms; in the order of owners, then as the kernel wrote them.
    totals: KEYS, TOTAL_SUMS; relief_totals: RELIEF_KEYS, RELIEF_SUMS; sorted by their keys.
    suspense: event and owner, carrier, reason, start_ms; refunds: event and owner, carrier,
        start_ms, charged, list_value, payable, refund; closing: as the kernel wrote it.
    """

    events: int
    rated: int
    suspended: int
    shard_digests: dict[int, bytes]
    lines: pl.DataFrame
    totals: pl.DataFrame
    relief_totals: pl.DataFrame
    suspense: pl.DataFrame
    refunds: pl.DataFrame
    closing: pl.DataFrame
    counters: dict[str, int]


def total_of(frame: pl.DataFrame, column: str) -> int:
    """The exact sum of a column; 0 of no rows."""
    return int(frame.select(pl.col(column).cast(pl.Int128).sum()).item() or 0)


def sum_by(frame: pl.DataFrame, keys: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    """Exact sums of columns by keys, sorted by the keys; a sum past 64 bits is an error."""
    sums = frame.group_by(list(keys)).agg(pl.col(name).cast(pl.Int128).sum() for name in columns)
    try:
        narrowed = sums.with_columns(pl.col(name).cast(pl.Int64) for name in columns)
    except pl.exceptions.InvalidOperationError as error:
        raise ConservationError(f"a sum passes 64 bits ({error})", "settle", MEND) from error
    return narrowed.select(*keys, *columns).sort(list(keys))


def _named(frame: pl.DataFrame, names: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The frame with the names that its index columns stand for, as Enums (a byte or two a row)."""
    for column, known in names.items():
        dtype = pl.Enum(sorted(set(known)))
        values = pl.Series(column, list(known), dtype=dtype).gather(frame[column])
        frame = frame.with_columns(values.alias(column))
    return frame


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

    def named(self, names: Mapping[str, Sequence[str]]) -> pl.DataFrame:
        """The sums, by names in place of indexes; sorted by the keys."""
        return sum_by(_named(_stacked(self.waiting), names), self.keys, self.columns)


class _Rows:
    """Frames of buckets that come in any order, to be stacked in the buckets' order."""

    def __init__(self) -> None:
        self.frames: dict[int, pl.DataFrame] = {}

    def stacked(self) -> pl.DataFrame:
        """All rows; once, since they are let go of."""
        frames = [frame for _, frame in sorted(self.frames.items())]
        self.frames.clear()
        return _stacked(frames)


ROWS = ("lines", "suspense", "refunds", "closing")


def merge(results: Iterable[Any], vocabulary: Vocabulary) -> Settled:
    """The buckets' results as one, checked.

    Args: results, each a `BucketResult`, in any order; together they hold each owner once.
    Raises: ConservationError if any sum disagrees.
    """
    digests: dict[int, bytes] = {}
    counters: dict[str, int] = {}
    totals, relief_totals = _Sums(KEYS, TOTAL_SUMS), _Sums(RELIEF_KEYS, RELIEF_SUMS)
    rows = {name: _Rows() for name in ROWS}
    for bucket in results:
        twice = sorted(digests.keys() & bucket.shard_digests.keys())
        _require(not twice, f"shards {twice[:5]} were rated twice")
        digests.update(bucket.shard_digests)
        for name, count in bucket.counters.items():
            counters[name] = counters.get(name, 0) + int(count)
        totals.add(bucket.totals)
        relief_totals.add(bucket.relief_totals)
        for name in ROWS:
            rows[name].frames[bucket.bucket] = getattr(bucket, name)
    if not counters:
        raise ConservationError("no bucket was rated", "settle", MEND)
    keys = {
        "carrier": vocabulary.carriers,
        "home_province": vocabulary.provinces,
        "serving_province": vocabulary.provinces,
        "kind": vocabulary.kinds,
        "destination": vocabulary.destinations,
    }
    kinds_of_relief = {"measure": vocabulary.measures, "nature": vocabulary.natures}
    carriers = {"carrier": vocabulary.carriers}
    suspense = rows["suspense"].stacked()
    settled = Settled(
        events=counters.pop("events"),
        rated=counters.pop("rated"),
        suspended=counters.pop("suspended"),
        shard_digests=digests,
        lines=_named(rows["lines"].stacked(), {**carriers, **kinds_of_relief}),
        totals=totals.named(keys),
        relief_totals=relief_totals.named({**keys, **kinds_of_relief}),
        suspense=_named(suspense, {**carriers, "status": _reasons(suspense)}).rename(
            {"status": "reason"}
        ),
        refunds=_with_refund(_named(rows["refunds"].stacked(), carriers)),
        closing=rows["closing"].stacked(),
        counters=dict(sorted(counters.items())),
    )
    check(settled)
    return settled


def _with_refund(charged: pl.DataFrame) -> pl.DataFrame:
    """What is due of each event charged above what it owes; docs/semantics.md, 4.

    As `settlement.refund.refund_due`, on whole columns; the rest of the charge, above the list
    value, is a finding that the row itself shows.
    """
    within = pl.min_horizontal("charged", "list_value") - pl.col("payable")
    rows = charged.with_columns(refund=pl.max_horizontal(within, pl.lit(0)).cast(pl.Int64))
    return rows.filter((pl.col("refund") > 0) | (pl.col("charged") > pl.col("list_value")))


def _reasons(suspense: pl.DataFrame) -> list[str]:
    codes = sorted(suspense["status"].unique().to_list())
    most = codes[-1] if codes else 0
    return [*STATUS_NAMES, *(f"status_{n}" for n in range(len(STATUS_NAMES), most + 1))]


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
        ("suspended events", settled.suspended, settled.suspense.height),
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
    by = ("carrier", "measure", "nature")
    _same_sums(
        "relief lines",
        sum_by(settled.lines.with_columns(events=pl.lit(1)), by, RELIEF_SUMS),
        "relief totals",
        sum_by(relief, by, RELIEF_SUMS),
        by,
    )
    below = settled.lines.filter((pl.col("amount") < 0) | (pl.col("units") < 0))
    _require(below.is_empty(), f"{below.height} relief lines are below 0: {_row(below)}")


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
