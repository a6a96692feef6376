"""What the passes over a frame gave, laid at the rows that were given, and added up."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.rating.frame_events import FrameEvents
from doisoat.engine.rating.frame_owners import Order
from doisoat.engine.rating.rater import STATUSES, BucketResult, Rater
from doisoat.errors import ConservationError

RATED = STATUSES.index("rated")
LINE = ("event_lo", "measure", "nature", "units", "amount")
RATED_COLUMNS = ("status", "list_value", "payable")
NOTHING_RATED = pl.DataFrame(schema=dict.fromkeys(RATED_COLUMNS, pl.Int64))
MEND_REPORT = "report this with the frame, the catalogue and the package: it is a bug of ours"


class FrameResult(NamedTuple):
    """What the events of a frame came to.

    events: a row a row given, in its order: event_id (if given), status, list_value, discount,
    payable, and discount_<measure> of each measure that gave one. lines: row, event_id (if given),
    measure, nature, units, amount. totals: sums over all rows.
    """

    events: pl.DataFrame
    lines: pl.DataFrame
    totals: Mapping[str, int]


def result_of(
    rater: Rater, events: FrameEvents, order: Order, results: Sequence[BucketResult]
) -> FrameResult:
    """What all passes gave. Raises: ConservationError if rows or sums do not agree."""
    height = events.frame.height
    rated = pl.concat([result.rated.select(RATED_COLUMNS) for result in results] or [NOTHING_RATED])
    if rated.height != height:
        raise ConservationError(f"{height} rows came to {rated.height}", "rate", MEND_REPORT)
    named = events.frame.select("event_id") if "event_id" in events.frame.columns else None
    lines = _lines(rater, order, results, named)
    values = rated if order.rows is None else rated.select(
        pl.zeros(height, dtype=pl.Int64, eager=True).scatter(order.rows, rated[name]).alias(name)
        for name in rated.columns
    )  # fmt: skip
    values = values.with_columns(discount=pl.col("list_value") - pl.col("payable"))
    measures = _by_measure(lines, height)
    _check_discounts(values, measures)
    amounts = values.select("list_value", "discount", "payable").hstack(measures.get_columns())
    suspended = height - int((values["status"] == RATED).sum())
    if suspended:
        is_rated = values["status"] == RATED
        amounts = amounts.select(pl.when(is_rated).then(pl.all()))
    status = values.select(pl.col("status").cast(pl.UInt8).cat.to(pl.Enum(STATUSES)))
    out = status.hstack(amounts.get_columns())
    totals = _totals(out, lines, suspended)
    _check_totals(totals, results)
    if named is not None:
        out = named.hstack(out.get_columns())
    return FrameResult(out, lines, totals)


def _lines(
    rater: Rater, order: Order, results: Sequence[BucketResult], named: pl.DataFrame | None
) -> pl.DataFrame:
    words = rater.program.vocabulary
    frames = [result.lines.select(LINE) for result in results if result.lines.height]
    lines = pl.concat(frames or [pl.DataFrame(schema=dict.fromkeys(LINE, pl.Int64))])
    rows = (lines["event_lo"] - 1).cast(pl.UInt32)
    lines = lines.select(
        (rows if order.rows is None else order.rows.gather(rows)).alias("row"),
        pl.col("measure").cast(pl.UInt8).cat.to(pl.Enum(words.measures)),
        pl.col("nature").cast(pl.UInt8).cat.to(pl.Enum(words.natures)),
        "units",
        "amount",
    )
    if order.rows is not None:
        lines = lines.sort("row", maintain_order=True)
    if named is None:
        return lines
    return lines.insert_column(1, named["event_id"].gather(lines["row"]))


def _by_measure(lines: pl.DataFrame, height: int) -> pl.DataFrame:
    """A column of discount a measure that gave any, 0 where it gave none."""
    discounts = lines.filter(pl.col("nature") == "discount")
    found = []
    for measure in discounts["measure"].unique().sort():
        own = discounts.filter(pl.col("measure") == measure)
        given = pl.zeros(height, dtype=pl.Int64, eager=True).scatter(own["row"], own["amount"])
        found.append(given.alias(f"discount_{measure}"))
    return pl.DataFrame(found)


def _check_discounts(values: pl.DataFrame, measures: pl.DataFrame) -> None:
    """What measures took off is what payable is less, event by event."""
    off = measures.sum_horizontal() if measures.width else pl.lit(0, pl.Int64)
    wrong = values.select((pl.col("discount") != off) | (pl.col("payable") < 0)).to_series()
    if wrong.any():
        row = wrong.arg_max()
        raise ConservationError(
            "the discounts of the measures do not add up to list value − payable",
            f"rate, events, row {row}",
            MEND_REPORT,
        )


def _totals(out: pl.DataFrame, lines: pl.DataFrame, suspended: int) -> dict[str, int]:
    by_nature = dict(lines.group_by("nature").agg(pl.col("amount").sum()).iter_rows())
    return {
        "events": out.height,
        "rated": out.height - suspended,
        "suspended": suspended,
        **{name: int(out[name].sum()) for name in ("list_value", "discount", "payable")},
        **{name: int(by_nature.get(name, 0)) for name in ("in_kind", "contribution")},
    }


def _check_totals(totals: Mapping[str, int], results: Sequence[BucketResult]) -> None:
    """The sums of the rows are those that the passes added up by themselves."""
    for name in ("list_value", "discount", "payable"):
        own = sum(int(result.totals[name].sum()) for result in results)
        if own != totals[name]:
            raise ConservationError(
                f"{name} of the rows is {totals[name]}, that of the totals {own}",
                "rate",
                MEND_REPORT,
            )
