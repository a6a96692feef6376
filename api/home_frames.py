"""Tables of a home as frames, with the names and types that relief.duckdb publishes them with."""

from collections.abc import Sequence
from typing import TypedDict

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.ids import ascending_codes, uuid_texts
from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.rating import allow_lists
from doisoat.engine.rating.frame_ids import series_of
from doisoat.engine.store.home import Home, Part
from doisoat.engine.usage.stored_parts import TRAIT_TEXTS
from doisoat.engine.usage.usage import usage_of
from doisoat.errors import PeriodError
from doisoat.messages.text import message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.runs.run_inputs import stock_of
from doisoat.settlement.runs.runs import RunFiles, file_of, run_in_force

MOMENTS = {
    "start_ms": "start_at", "from_ms": "valid_from", "until_ms": "valid_until",
    "bought_ms": "bought_at",
}  # fmt: skip
IDS = {
    "event": "event_id", "owner": "owner_id", "subscriber": "subscriber_id",
    "counterparty": "counterparty", "session": "session_key", "number": "number",
}  # fmt: skip
MAY_BE_NONE = ("counterparty", "session")
EVENT = (
    "event_id", "owner_id", "subscriber_id", "carrier", "start_at", "duration", "kind",
    "destination", "counterparty", "rating_group", "locality", "units", "session_key", "partial",
    "pack",
)  # fmt: skip


class Master(TypedDict):
    """The frames beside the events that `rate` takes, by the names of its arguments."""

    subscriptions: pl.DataFrame
    ports: pl.DataFrame
    packs: pl.DataFrame


def events_of(home: Home, period: Period) -> pl.DataFrame:
    """The events of a month as `rate` takes them: EVENT, in the order in which they are rated.

    Of events that records contradict the chosen copy is there; without a decision there is none.
    """
    stock = stock_of(home)
    people = allow_lists.put_to(*(_rows(stock.master, name) for name in PEOPLE))
    usage = usage_of(home, stock.usage, people, stock.copies).without_undecided()
    traits = usage.trait_table
    texts = {
        name: pl.Series(name, traits[name], dtype=pl.Enum(traits[name].unique().sort()))
        for name in TRAIT_TEXTS
    }
    frames: list[pl.DataFrame] = []
    for bucket in range(home.buckets):
        for rows in usage.merged(bucket):
            own = rows.filter(
                pl.col("start_ms").is_between(period.begin_ms, period.end_ms, closed="left")
            )
            if own.is_empty():
                continue
            named = own.with_columns(
                texts[name].gather(own["trait"]).alias(name) for name in TRAIT_TEXTS
            )
            told = published(named.rename({"duration_ms": "duration"}))
            frames.append(told.select(EVENT))
    if not frames:
        raise PeriodError(
            message("no event of {period} is in this home", period=period.name),
            str(home.path),
            message("choose another month, or take usage in"),
        )
    return pl.concat(frames).rechunk()


PEOPLE = ("subscription", "allow_list")


def master_of(home: Home, period: Period) -> Master:
    """What stands beside the events of a home's first month.

    Raises: PeriodError for a month that goes on from one before, or that balances are stated of:
        such an opening is no list of packs; for lists with enrolments of households.
    """
    stock = stock_of(home)
    before = run_in_force(home, period.before)
    balances = _rows(stock.master, "balance").filter(pl.col("as_of_ms") == period.begin_ms)
    if before is not None or balances.height:
        raise PeriodError(
            message(
                "{period} opens with balances of the month before, not with open packs alone",
                period=period.name,
            ),
            str(home.path),
            message("settle it in the home: Home.settle"),
        )
    lists = _rows(stock.master, "allow_list")
    if lists.select((pl.col("household_hi") != 0).any()).item():
        raise PeriodError(
            message("lists of this home have enrolments of households, whose a package decides"),
            str(home.path),
            message("settle it in the home: Home.settle"),
        )
    packs = published(_rows(stock.master, "pack"))
    return {
        "subscriptions": published(
            allow_lists.put_to(*(_rows(stock.master, name) for name in PEOPLE))
        ),
        "ports": published(_rows(stock.master, "port")),
        "packs": packs.with_columns(left=_amounts("left")),
    }


def _amounts(column: str) -> pl.Expr:
    """Amounts joined by ; as a list; of an empty text none."""
    listed = pl.col(column).str.split(";").list.eval(pl.element().filter(pl.element() != ""))
    return listed.cast(pl.List(pl.Int64))


def _rows(parts: Sequence[Part], name: str) -> pl.DataFrame:
    return standing(parts, BY_NAME[name])


def table_of(run: RunFiles, name: str) -> pl.DataFrame:
    """A table of a run, as relief.duckdb has it."""
    path = file_of(run, f"{name}.parquet")
    return published(pl.read_parquet(path, glob=False, hive_partitioning=False))


def published(frame: pl.DataFrame) -> pl.DataFrame:
    """A stored frame with its ids as UUIDs in text, and its civil milliseconds as moments."""
    columns = []
    for column in frame.get_columns():
        name = column.name
        if name in MOMENTS:
            columns.append(column.cast(pl.Datetime("ms")).alias(MOMENTS[name]))
        elif name.endswith("_hi"):
            columns.append(_uuids(frame, name.removesuffix("_hi")))
        elif not name.endswith("_lo"):
            columns.append(column)
    return pl.DataFrame(columns)


def _uuids(frame: pl.DataFrame, name: str) -> pl.Series:
    """Ids as texts: of events one by one; of others each distinct one is spelt once."""
    hi, lo = f"{name}_hi", f"{name}_lo"
    ids = frame.select(pl.col(hi).cast(pl.UInt64), pl.col(lo).cast(pl.UInt64))
    if name == "event":
        return _spelt(ids, hi, lo).alias(IDS[name])
    codes, high, low = ascending_codes(ids, hi, lo, frame.height)
    distinct = pl.DataFrame({hi: series_of(hi, high), lo: series_of(lo, low)})
    texts = _spelt(distinct, hi, lo)
    if name in MAY_BE_NONE and distinct.height and distinct.row(0) == (0, 0):
        texts = texts.scatter(0, None)
    return texts.gather(series_of("code", codes)).alias(IDS[name])


def _spelt(ids: pl.DataFrame, hi: str, lo: str) -> pl.Series:
    if ids.is_empty():
        return pl.Series([], dtype=pl.String)
    table = ArrowTable({"id": uuid_texts(ids, hi, lo, ids.height)}, ids.height)
    return pl.DataFrame(table)["id"]
