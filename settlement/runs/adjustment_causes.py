"""The differences of a period's amounts between two runs, event by event, each with its cause.

No I/O in this module. The closed list of causes: `late` (an event that was not there), `catalogue`,
`reading`, `correction` (an event, or master data, that says something else now, or is gone), and
`cascade` (an event that says what it said, moved by an earlier one of its owner, which is named).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.rating.rerate import COUNTED, IDS, OWNER, RatedShards
from doisoat.errors import ConservationError
from doisoat.settlement.figures.period import MS_PER_DAY

MEND = "report this with its inputs: nothing was booked, and the previous state stands"
AMOUNTS = ("units", "billed", "bundled", "list_value", "discount", "payable", "refund")
CAUSES = ("late", "catalogue", "reading", "correction", "cascade")
CAUSE = pl.Enum(CAUSES)
# What an adjustment is of each event: differences, after − before.
EVENT = pl.Schema(
    {
        **dict.fromkeys((*IDS, *OWNER), pl.UInt64()),
        "carrier": pl.String(),
        "start_ms": pl.Int64(),
        "cause": CAUSE,
        "cause_event_hi": pl.UInt64(),  # the event that moved it; null: no event did
        "cause_event_lo": pl.UInt64(),
        "events": pl.Int64(),  # 1: rated now, not before; -1: before, not now
        **dict.fromkeys(AMOUNTS, pl.Int64()),
    }
)
LINE = pl.Schema(
    {
        **dict.fromkeys((*IDS, *OWNER), pl.UInt64()),
        "carrier": pl.String(),
        "start_ms": pl.Int64(),
        "measure": pl.String(),
        "nature": pl.String(),
        "cause": CAUSE,
        "cause_event_hi": pl.UInt64(),
        "cause_event_lo": pl.UInt64(),
        "events": pl.Int64(),
        "units": pl.Int64(),
        "amount": pl.Int64(),
    }
)
LINE_KEYS = (*IDS, "measure", "nature")
CAUSE_COLUMNS = ("cause", "cause_event_hi", "cause_event_lo")
PLACE = ("carrier", "start_ms")
NAMED = (*OWNER, *PLACE)
ORDER = ("second", "rank", "start_ms", *IDS)


class Changed(NamedTuple):
    """Differences: EVENT and LINE, each in the order of owners, then events."""

    events: pl.DataFrame
    lines: pl.DataFrame


class Known(NamedTuple):
    """What is known of what happened between two runs besides their events.

    contradicted: IDS of events with copies that contradict each other in either; carried: by OWNER,
    CAUSE_COLUMNS of the earliest adjustment of the month before that they open with.
    """

    contradicted: pl.DataFrame
    carried: pl.DataFrame
    opening_differs: bool
    master_differs: bool


def differences(
    outcomes: Sequence[RatedShards], causes: Sequence[str | None], known: Known
) -> Changed:
    """The differences of one bucket through its worlds.

    Args: outcomes: what each world came to; causes: of each but the first, by what it differs from
        the one before it; None: each event has its own cause.
    Returns: rows of events and lines that differ; an event has a row for each cause.
    Raises: ConservationError for a difference that nothing explains.
    """
    events, lines = [pl.DataFrame(schema=EVENT)], [pl.DataFrame(schema=LINE)]
    for before, after, cause in zip(outcomes[:-1], outcomes[1:], causes, strict=True):
        both = _both(_valued(before), _valued(after))
        stays = both.filter(~pl.col("is_elsewhere"))
        elsewhere = both.filter("is_elsewhere")
        moved = _moved_lines(before.lines, after.lines)
        if cause is None:
            reasons = _reasons(both, moved, known)
        else:
            reasons = both.select(
                *IDS, pl.lit(cause, CAUSE).alias("cause"),
                pl.lit(None, pl.UInt64).alias("cause_event_hi"),
                pl.lit(None, pl.UInt64).alias("cause_event_lo"),
            )  # fmt: skip
        named = both.select(*IDS, *NAMED).join(reasons, on=IDS, how="left", maintain_order="left")
        differ = stays.filter(_differs(("events", *AMOUNTS)))
        events.append(_placed(differ.select(*IDS, "events", *AMOUNTS), named, EVENT))
        events += _of_both_places(elsewhere, named)
        lines.append(_placed(moved.join(elsewhere, on=IDS, how="anti"), named, LINE))
        lines += _lines_of_both_places(elsewhere, before.lines, after.lines, named)
    return Changed(pl.concat(events), pl.concat(lines))


def _valued(outcome: RatedShards) -> pl.DataFrame:
    """A world's events with discount and refund; what is suspended has no amount."""
    rated = pl.col("status") == 0
    within = pl.min_horizontal("charged", "list_value") - pl.col("payable")
    return outcome.events.with_columns(
        pl.when(rated).then(pl.col(name)).otherwise(0).alias(name) for name in COUNTED
    ).with_columns(
        events=rated.cast(pl.Int64),
        discount=pl.col("list_value") - pl.col("payable"),
        refund=pl.when(rated & pl.col("charged").is_not_null())
        .then(pl.max_horizontal(within, pl.lit(0)))
        .otherwise(0),
    )


def _both(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Every event of either, with what it is now (else was), and the differences.

    Besides: IDS, NAMED, rank, what: new, gone, other (it says something else), same; is_elsewhere:
    of another day or carrier than before, with PLACE and amounts of both sides by their names.
    """
    joined = before.join(after, on=IDS, how="full", coalesce=True, suffix="_after")
    is_new, is_gone = pl.col("status").is_null(), pl.col("status_after").is_null()
    differs = (pl.col("content") != pl.col("content_after")) | (
        (pl.col("status") == 0) != (pl.col("status_after") == 0)
    )
    was, now = (
        (pl.col(f"carrier{side}"), pl.col(f"start_ms{side}") // MS_PER_DAY)
        for side in ("", "_after")
    )
    return joined.select(
        *IDS,
        *(
            pl.coalesce(f"{name}_after", name).alias(name)
            for name in (*NAMED, "rank")
        ),
        (~is_new & ~is_gone & ((was[0] != now[0]) | (was[1] != now[1]))).alias("is_elsewhere"),
        *(
            pl.col(f"{name}{suffix}").alias(f"{name}_{side}")
            for name in (*PLACE, "events", *AMOUNTS)
            for suffix, side in (("", "before"), ("_after", "after"))
        ),
        pl.when(is_new).then(pl.lit("new"))
        .when(is_gone).then(pl.lit("gone"))
        .when(differs).then(pl.lit("other"))
        .otherwise(pl.lit("same")).alias("what"),
        *(
            (pl.col(f"{name}_after").fill_null(0) - pl.col(name).fill_null(0)).alias(name)
            for name in ("events", *AMOUNTS)
        ),
    )  # fmt: skip


def _of_both_places(elsewhere: pl.DataFrame, named: pl.DataFrame) -> list[pl.DataFrame]:
    """EVENT of events that a correction moved to another day or carrier: gone there, new here."""
    frames = []
    for side, sign in (("before", -1), ("after", 1)):
        rows = elsewhere.select(
            *IDS, *(pl.col(f"{name}_{side}").alias(name) for name in PLACE),
            *((pl.col(f"{name}_{side}") * sign).alias(name) for name in ("events", *AMOUNTS)),
        ).filter(_differs(("events", *AMOUNTS)))  # fmt: skip
        frames.append(_placed(rows, named.drop(PLACE), EVENT))
    return frames


def _lines_of_both_places(
    elsewhere: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, named: pl.DataFrame
) -> list[pl.DataFrame]:
    """LINE of events that a correction moved to another day or carrier: gone there, new here."""
    frames = []
    for side, lines, sign in (("before", before, -1), ("after", after, 1)):
        places = elsewhere.select(*IDS, *(pl.col(f"{name}_{side}").alias(name) for name in PLACE))
        rows = _signed(lines, sign).join(places, on=IDS)
        frames.append(_placed(rows, named.drop(PLACE), LINE))
    return frames


def _moved_lines(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """LINE_KEYS, and the differences of lines: events, units, amount; none of 0."""
    stacked = pl.concat([_signed(before, -1), _signed(after, 1)])
    sums = stacked.group_by(LINE_KEYS).agg(pl.col("events", "units", "amount").sum())
    return sums.filter(_differs(("events", "units", "amount")))


def _signed(lines: pl.DataFrame, sign: int) -> pl.DataFrame:
    """LINE_KEYS, events, units, amount: lines that are taken back (-1), or counted (1)."""
    return lines.select(
        *LINE_KEYS, pl.lit(sign, pl.Int64).alias("events"),
        pl.col("units") * sign, pl.col("amount") * sign,
    )  # fmt: skip


def _reasons(both: pl.DataFrame, moved: pl.DataFrame, known: Known) -> pl.DataFrame:
    """IDS, CAUSE_COLUMNS of what differs by what was taken in, decided, or carried over."""
    contradicted = known.contradicted.with_columns(contradicted=pl.lit(True))
    rows = both.join(contradicted, on=IDS, how="left").with_columns(
        pl.col("contradicted").fill_null(False), second=pl.col("start_ms") // 1_000
    )
    is_changed = pl.col("what") != "same"
    earliest = (
        rows.filter(is_changed)
        .sort(*OWNER, *ORDER)
        .unique(OWNER, keep="first", maintain_order=True)
        .select(*OWNER, *(pl.col(name).alias(f"first_{name}") for name in ORDER))
    )
    rows = rows.join(earliest, on=OWNER, how="left").join(
        known.carried.select(
            *OWNER, *(pl.col(name).alias(f"carried_{name}") for name in CAUSE_COLUMNS)
        ),
        on=OWNER,
        how="left",
    )
    is_after = pl.lit(False)
    for name in reversed(ORDER):
        later, equal = (
            pl.col(name) > pl.col(f"first_{name}"),
            pl.col(name) == pl.col(f"first_{name}"),
        )
        is_after = later | (equal & is_after)
    moved_by = pl.col("first_event_hi").is_not_null() & is_after
    carried = pl.lit(known.opening_differs) & pl.col("carried_cause").is_not_null()
    is_late = (pl.col("what") == "new") & ~pl.col("contradicted")
    carried_cause = (
        pl.when(pl.col("carried_cause").is_in(["catalogue", "reading"]))
        .then(pl.col("carried_cause").cast(pl.String))
        .otherwise(pl.lit("cascade"))
    )
    reasons = rows.with_columns(
        pl.when(is_late).then(pl.lit("late"))
        .when(is_changed).then(pl.lit("correction"))
        .when(moved_by).then(pl.lit("cascade"))
        .when(carried).then(carried_cause)
        .when(pl.lit(known.master_differs)).then(pl.lit("correction"))
        .when(pl.lit(known.opening_differs)).then(pl.lit("cascade")).alias("cause"),
        *(
            pl.when(is_changed).then(pl.col(name))
            .when(moved_by).then(pl.col(f"first_{name}"))
            .when(carried).then(pl.col(f"carried_cause_{name}")).alias(f"cause_{name}")
            for name in IDS
        ),
    )  # fmt: skip
    differ = _differs(("events", *AMOUNTS))
    accounted = reasons.join(
        moved.select(IDS).unique().with_columns(moves=pl.lit(True)), on=IDS, how="left"
    )
    unexplained = accounted.filter(
        (differ | pl.col("is_elsewhere") | pl.col("moves").fill_null(False))
        & pl.col("cause").is_null()
    )
    if unexplained.height:
        raise ConservationError(
            f"{unexplained.height} events differ and nothing says why", "adjust", MEND
        )
    return reasons.select(*IDS, *CAUSE_COLUMNS)


def _differs(names: Iterable[str]) -> pl.Expr:
    return pl.any_horizontal(pl.col(name) != 0 for name in names)


def _placed(
    rows: pl.DataFrame, named: pl.DataFrame, schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    located = rows.join(named, on=IDS, how="left")
    order = [name for name in (*OWNER, "start_ms", *IDS, "measure", "nature") if name in schema]
    return located.select(pl.col(name).cast(dtype) for name, dtype in schema.items()).sort(order)
