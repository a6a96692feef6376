"""Merges the buckets' results exactly, and checks the sums that must agree before publication.

No I/O in this module. Polars sums of Int64 wrap silently, so sums are taken where each addition is
checked (engine.arrow.sums), or in 128 bits and cast back strictly: what does not fit is an error,
never another number. docs/adr/0060.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.sums import Sums
from doisoat.engine.rating.bucket import Border, unhindered
from doisoat.errors import ConservationError
from doisoat.settlement.figures.rows import STATUS_NAMES, Rows, RowsHeld, Shape, Vocabulary, named

KEYS = ("carrier", "day", "home_province", "serving_province", "kind", "destination")
RELIEF_KEYS = (*KEYS, "measure", "nature")
TOTAL_SUMS = ("events", "units", "billed", "bundled", "list_value", "discount", "payable")
RELIEF_SUMS = ("events", "units", "amount")
OF_LINES = ("carrier", "measure", "nature")
OF_SUSPENSE = ("carrier", "status")
SUMS = ("totals", "relief_totals", "line_sums", "suspense_sums")
MOST = 2**63 - 1  # keys that one number tells apart
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
    return int(frame[column].cast(pl.Int128).sum() or 0)


def sum_by(
    frame: pl.DataFrame | pl.LazyFrame, keys: Sequence[str], columns: Sequence[str]
) -> pl.DataFrame:
    """Exact sums of columns by keys, sorted by the keys; a sum past 64 bits is an error."""
    wide = [pl.col(name).cast(pl.Int128).sum() for name in columns]
    summed = (
        frame.lazy()
        .group_by(list(keys))
        .agg(wide)
        .select(*keys, *(pl.col(name).cast(pl.Int64) for name in columns))
        .sort(list(keys))
    )
    # Of a file no more is held than is summed at a time.
    is_scanned = isinstance(frame, pl.LazyFrame)
    try:
        return summed.collect(engine="streaming" if is_scanned else "in-memory")
    except pl.exceptions.InvalidOperationError as error:
        raise ConservationError(f"a sum passes 64 bits ({error})", "settle", MEND) from error


def _add(sums: Sums, frame: pl.DataFrame) -> None:
    if frame.height:  # an empty one may lack columns
        sums.add(frame)


def _frame(sums: Sums) -> pl.DataFrame:
    """The sums as they were folded, by indexes: a row a key, in no order."""
    if not len(sums):
        return _nothing(*sums.keys, *sums.sums)
    return pl.DataFrame(
        ArrowTable({name: column.view() for name, column in sums.columns().items()})
    )


def named_sums(
    frame: pl.DataFrame,
    names: Mapping[str, Sequence[str]],
    keys: Sequence[str],
    sums: Sequence[str],
) -> pl.DataFrame:
    """A row a key, by names in place of indexes; sorted by the keys."""
    rows = named(frame.select(*keys, *sums), {key: names[key] for key in keys if key in names})
    return _sorted(rows, keys) if rows.height else rows


def _sorted(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Rows by Enums and Int64 in the order of these keys, no two of which have them alike.

    By one number a row, the keys' digits, where 63 bits hold it: that is quicker than by all.
    """
    digits = frame.select(pl.col(key).to_physical().cast(pl.Int64) for key in keys)
    lows, highs = (digits.select(extreme).row(0) for extreme in (pl.all().min(), pl.all().max()))
    place, size = pl.lit(0, pl.Int64), 1
    for key, low, high in zip(keys, lows, highs, strict=True):
        place = place * (high - low + 1) + (pl.col(key) - low)
        size *= high - low + 1
    if size > MOST:
        return frame.sort(list(keys))
    places = digits.select(place.alias("place"))["place"]
    return frame if places.is_sorted() else frame[places.arg_sort()]


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
    kept_rows = RowsHeld(shape.schemas) if rows is None else rows
    digests: dict[int, bytes] = {}
    counters: dict[str, int] = {}
    totals, relief_totals = Sums(KEYS, TOTAL_SUMS), Sums(RELIEF_KEYS, RELIEF_SUMS)
    of_lines, of_suspense = Sums(OF_LINES, RELIEF_SUMS), Sums(OF_SUSPENSE, ("events",))
    for bucket in results:
        at_border("merge", bucket.bucket)
        first = min(bucket.shard_digests, default=last + 1)
        _require(bucket.bucket >= seen, f"bucket {bucket.bucket} comes after bucket {seen}")
        _require(first > last, f"shard {first} comes after shard {last}, or was rated twice")
        seen, last = bucket.bucket, max(bucket.shard_digests, default=last)
        digests.update(bucket.shard_digests)
        for name, count in bucket.counters.items():
            counters[name] = counters.get(name, 0) + int(count)
        _none_below_0(bucket.lines)
        for folded, frame in (
            (totals, bucket.totals),
            (relief_totals, bucket.relief_totals),
            (of_lines, bucket.lines),
            (of_suspense, bucket.suspense),
        ):
            _add(folded, frame)
        for name, frame in shape.rows_of(bucket):
            kept_rows.add(name, frame)
        del bucket
    folded_sums = (totals, relief_totals, of_lines, of_suspense)
    sums = {name: _frame(folded) for name, folded in zip(SUMS, folded_sums, strict=True)}
    return concluded(counters, digests, sums, vocabulary, kept_rows.scanned())


def names_of_sums(vocabulary: Vocabulary) -> dict[str, Sequence[str]]:
    """What the indexes in sums stand for."""
    return {
        "carrier": vocabulary.carriers,
        "home_province": vocabulary.provinces,
        "serving_province": vocabulary.provinces,
        "kind": vocabulary.kinds,
        "destination": vocabulary.destinations,
        "measure": vocabulary.measures,
        "nature": vocabulary.natures,
        "status": STATUS_NAMES,
    }


def concluded(
    counters: Mapping[str, int],
    shard_digests: dict[int, bytes],
    sums: Mapping[str, pl.DataFrame],
    vocabulary: Vocabulary,
    rows: Mapping[str, pl.LazyFrame],
) -> Settled:
    """A period's result of all that was counted and summed, checked.

    Args: sums: of SUMS, by indexes (reason: by `status`), a row a key; rows: of ROWS.
    Raises: ConservationError if any sum disagrees, or nothing was counted.
    """
    if not counters:
        raise ConservationError("no bucket was rated", "settle", MEND)
    names = names_of_sums(vocabulary)
    other_counters = dict(counters)
    settled = Settled(
        events=other_counters.pop("events"),
        rated=other_counters.pop("rated"),
        suspended=other_counters.pop("suspended"),
        shard_digests=shard_digests,
        totals=named_sums(sums["totals"], names, KEYS, TOTAL_SUMS),
        relief_totals=named_sums(sums["relief_totals"], names, RELIEF_KEYS, RELIEF_SUMS),
        line_sums=named_sums(sums["line_sums"], names, OF_LINES, RELIEF_SUMS),
        suspense_sums=named_sums(sums["suspense_sums"], names, OF_SUSPENSE, ("events",)).rename(
            {"status": "reason"}
        ),
        **rows,
        counters=dict(sorted(other_counters.items())),
    )
    check(settled)
    return settled


def _none_below_0(lines: pl.DataFrame) -> None:
    """ConservationError if a relief line is."""
    if lines.is_empty() or not any((lines[name] < 0).any() for name in ("amount", "units")):
        return
    below = lines.filter((pl.col("amount") < 0) | (pl.col("units") < 0))
    _require(below.is_empty(), f"{below.height} relief lines are below 0: {_row(below)}")


def sums_of_lines(lines: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """OF_LINES, RELIEF_SUMS."""
    return sum_by(lines.lazy().with_columns(events=pl.lit(1)), OF_LINES, RELIEF_SUMS)


def sums_of_suspense(suspense: pl.LazyFrame) -> pl.DataFrame:
    """carrier, reason, events."""
    return sum_by(suspense.with_columns(events=pl.lit(1)), ("carrier", "reason"), ("events",))


def _nothing(*columns: str) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(columns, pl.Int64()))


def _require(holds: bool, fault: str) -> None:
    if not holds:
        raise ConservationError(fault, "settle", MEND)


def check(settled: Settled) -> None:
    """Every sum that must agree (Conserved) does; else a ConservationError says which and how."""
    conserved = Conserved()
    conserved.add(settled.totals, settled.relief_totals)
    conserved.end(
        settled.events, settled.rated, settled.suspended, settled.line_sums, settled.suspense_sums
    )


class Conserved:
    """The sums that must agree, of totals that are told some at a time, or all at once.

    Promised (docs/semantics.md, 2 and 5): events = rated + suspended; list value − discount =
    payable >= 0, for each key and in all; Σ relief totals of nature discount = discount, for
    each key; Σ lines = Σ relief totals, by carrier, measure and nature, in events, units and đồng.
    """

    def __init__(self) -> None:
        self.amounts = dict.fromkeys(("events", "list_value", "discount", "payable"), 0)
        self.of_lines: list[pl.DataFrame] = []  # OF_LINES, RELIEF_SUMS of the relief totals

    def add(self, totals: pl.DataFrame, relief: pl.DataFrame) -> None:
        """Totals, and the relief totals of the same keys; no key is told twice.

        Raises: ConservationError if any sum of them disagrees.
        """
        faulty = totals.filter(
            (pl.col("list_value") - pl.col("discount") != pl.col("payable"))
            | pl.any_horizontal(pl.col(TOTAL_SUMS) < 0)
        )
        _require(
            faulty.is_empty(),
            f"list value − discount is not payable in {faulty.height} totals: {_row(faulty)}",
        )
        _same_sums(
            "discount of the relief totals",
            sum_by(relief.filter(pl.col("nature") == "discount"), KEYS, ["amount"]),
            "discount of the totals",
            totals.lazy().filter(pl.col("discount") != 0).select(*KEYS, amount="discount")
            .collect(),
            KEYS,
        )  # fmt: skip
        for name in self.amounts:
            self.amounts[name] += total_of(totals, name)
        self.of_lines.append(sum_by(relief, OF_LINES, RELIEF_SUMS))

    def end(
        self,
        events: int,
        rated: int,
        suspended: int,
        line_sums: pl.DataFrame,
        suspense_sums: pl.DataFrame,
    ) -> None:
        """All was told. Raises: ConservationError if it is not what was counted, or the lines."""
        _require(
            events == rated + suspended,
            f"{events} events are not {rated} rated + {suspended} suspended",
        )
        for name, counted, in_totals in (
            ("rated events", rated, self.amounts["events"]),
            ("suspended events", suspended, total_of(suspense_sums, "events")),
        ):
            _require(
                counted == in_totals,
                f"{name}: {counted} were counted, but the totals hold {in_totals}",
            )
        whole = [self.amounts[name] for name in ("list_value", "discount", "payable")]
        _require(
            whole[0] - whole[1] == whole[2],
            f"list value {whole[0]} − discount {whole[1]} is not payable {whole[2]}",
        )
        _same_sums(
            "relief lines",
            line_sums,
            "relief totals",
            sum_by(pl.concat(self.of_lines), OF_LINES, RELIEF_SUMS),
            OF_LINES,
        )


def _row(frame: pl.DataFrame) -> str:
    return (
        ", ".join(f"{k} {v}" for k, v in frame.row(0, named=True).items()) if frame.height else ""
    )


def _same_sums(
    left_name: str, left: pl.DataFrame, right_name: str, right: pl.DataFrame, keys: Sequence[str]
) -> None:
    """The two frames hold the same sums for each key; a key on one side only counts as 0.

    Each has a key once, and is sorted by keys.
    """
    sums = [name for name in left.columns if name not in keys]
    is_told = pl.any_horizontal(pl.col(name) != 0 for name in sums)
    if left.filter(is_told).equals(right.filter(is_told)):
        return
    both = left.join(right, on=list(keys), how="full", coalesce=True, suffix="_other")
    unequal = both.filter(
        pl.any_horizontal(
            pl.col(name).fill_null(0) != pl.col(f"{name}_other").fill_null(0) for name in sums
        )
    )
    if unequal.height:
        first = unequal.sort(list(keys)).row(0, named=True)
        where = ", ".join(str(first[key]) for key in keys)
        name = next(n for n in sums if (first[n] or 0) != (first[f"{n}_other"] or 0))
        raise ConservationError(
            f"{left_name} and {right_name} disagree for {unequal.height} keys; first for {where}:"
            f" {name} {first[name] or 0} against {first[f'{name}_other'] or 0}",
            "settle",
            MEND,
        )
