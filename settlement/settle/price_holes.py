"""Refuses a month in which own prices leave used plans without a price on some of its days."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from doisoat.currency import number_text
from doisoat.errors import CatalogueError
from doisoat.messages.text import Text, message
from doisoat.settlement.pricing.priced_usage import class_of_usage, started, zero_rated_of
from doisoat.settlement.runs.event_addresses import with_plan
from doisoat.settlement.runs.run_inputs import Task, master
from doisoat.tariffs.change.price_holes import PriceHole
from doisoat.tariffs.models.field_types import USAGE_KINDS
from doisoat.tariffs.models.quantity import to_ms


def refuse_price_holes(task: Task, holes: Sequence[PriceHole]) -> None:
    """CatalogueError for the first hole within the month in which somebody used the plan.

    A price that holds on no day of the month is none that it is settled by, and so no hole of it.
    """
    period = task.period
    for hole in holes:
        begin = period.begin if hole.begin is None else max(hole.begin, period.begin)
        end = period.end if hole.end is None else min(hole.end, period.end)
        if begin >= end or (begin, end) == (period.begin, period.end):
            continue
        events = _events_in(task, hole, begin, end)
        if events:
            raise CatalogueError(
                message(
                    "{key}: no price from {begin} until before {end}, and {events} events of"
                    " {period} are to be priced then",
                    key=hole.key,
                    begin=_moment(begin),
                    end=_moment(end),
                    events=Text(number_text(events), f"{events:,}"),
                    period=period.name,
                ),
                hole.where,
                hole.mend,
            )


def _moment(moment: datetime) -> Text:
    time = "" if moment.time() == datetime.min.time() else f" {moment:%H:%M}"
    return Text(f"{moment:%d/%m/%Y}{time}", f"{moment:%Y-%m-%d}{time}")


def _events_in(task: Task, hole: PriceHole, begin: datetime, end: datetime) -> int:
    """How many events of a time the plan, or its rate, would have to price."""
    bounds = to_ms(begin), to_ms(end)
    frames = [frame for part in task.usage if (frame := started(part, task.carrier, *bounds))
              is not None]  # fmt: skip
    if not frames:
        return 0
    rows = with_plan(pl.concat(frames).with_row_index("_place"), master(task, "subscription"))
    used = (
        rows.filter((pl.col("plan") == hole.plan) & pl.col("kind").is_in(USAGE_KINDS))
        .group_by("carrier", "kind", "destination", "rating_group")
        .agg(pl.col("events").sum())
    )
    hosts = zero_rated_of(task.catalogue, *bounds)
    return sum(
        events
        for carrier, kind, destination, group, events in used.iter_rows()
        if hole.rate in (None, (kind, class_of_usage(kind, destination, group, carrier, hosts)))
    )
