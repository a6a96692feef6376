"""Events that no home holds: a frame of them rated, and a few of them quoted."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from doisoat.api.tariffs import Catalogue, Name, Package, catalogue_of, package_of
from doisoat.engine.rating.frame_columns import read_frame
from doisoat.engine.rating.frame_events import months_of
from doisoat.engine.rating.frame_rating import Frames, rate_frames
from doisoat.errors import PeriodError
from doisoat.messages.text import message
from doisoat.settlement.figures.period import Period
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.load.tariffs import check_package

if TYPE_CHECKING:
    from doisoat.engine.arrow.arrow import ArrowStream


class Rated(NamedTuple):
    """What `rate` gives. Amounts are whole minor units of the catalogue's currency: đồng.

    period: the month, YYYY-MM.

    events: a row for each row that was given, in its order. Columns: event_id (as given, if it
    was), status (Enum: `rated`, or why the event is suspended: `no_subscription`, `no_tariff`,
    `beyond_limit`), list_value, discount, payable (Int64; null where it is suspended), and a column
    discount_<measure> (Int64) for each measure that took something off any event: together they
    are the discount.

    lines: a row for each event, measure and nature. Columns: row (UInt32: the place in `events`,
    from 0), event_id (if it was given), measure, nature (Enum), units, amount (Int64).

    totals: events, rated, suspended, list_value, discount, payable, in_kind, contribution over all
    rows. events = rated + suspended; list_value − discount = payable.
    """

    period: str
    events: pl.DataFrame
    lines: pl.DataFrame
    totals: Mapping[str, int]

    @property
    def suspended(self) -> pl.DataFrame:
        """The suspended events: row (UInt32), event_id (if it was given) and status, the reason."""
        names = [name for name in ("event_id", "status") if name in self.events.columns]
        found = self.events.select(names).with_row_index("row")
        return found.filter(pl.col("status") != "rated")


def rate(
    events: "ArrowStream",
    catalogue: Catalogue | Name,
    package: Package | Name,
    *,
    subscriptions: "ArrowStream",
    ports: "ArrowStream | None" = None,
    packs: "ArrowStream | None" = None,
    period: str | None = None,
    threads: int = 2,
) -> Rated:
    """Rate a month's events, as the first month of a home that holds them would be. Writes nothing.

    Frames are polars.DataFrame, or anything with `__arrow_c_stream__`, such as a DuckDB relation.
    Their columns, types and meanings are those of docs/python.md; rows may lie in any order.

    Args:
        events: one row an event. subscriber_id, carrier, start_at, kind, destination, units; and,
            where known, event_id, owner_id, duration, counterparty, rating_group, locality, pack,
            session_key with partial.
        catalogue: opened, or the name or path of one.
        package: opened, or the name or path of one; `none` for list values alone.
        subscriptions: who has which plan. subscriber_id, carrier, plan, segment, payment,
            home_locality, valid_from; and, where they are, owner_id, valid_until.
        ports: numbers that went to another carrier. number, carrier, valid_from; valid_until. None:
            no number did.
        packs: open when the month begins. owner_id, pack, bought_at, price_paid, left. None: none.
        period: YYYY-MM; None: the only month in which events begin.
        threads: of the passes.
    Returns: Rated. Ids of subscribers, owners, sessions and numbers are any texts or whole numbers.
    Raises: IntakeError for a column that is missing, not known or of another type, and for a value
        that cannot be (with frame, column and row); StoreError for open packs that the catalogue
        does not have; PeriodError if the events are of several months, or none; CatalogueError for
        tariffs that are not usable; ConservationError if a sum disagrees, which is a bug of ours.
    """
    prices, relief = catalogue_of(catalogue), package_of(package)
    check_package(relief, prices)
    read = read_frame(events, "events")
    month = _month(period, read)
    result = rate_frames(
        compile_program(prices, relief),
        Frames(read, subscriptions, ports, packs),
        (month.begin_ms, month.end_ms),
        threads,
    )
    return Rated(month.name, *result)


def _month(asked: str | None, events: pl.DataFrame) -> Period:
    if asked is not None:
        return Period.of(asked)
    months = months_of(events)
    if len(months) == 1:
        return Period.of(months[0])
    listed = ", ".join(months[:12])
    if not months:
        raise PeriodError(
            message("there are no events"),
            "events, start_at",
            message('name the month: period="2021-08"'),
        )
    raise PeriodError(
        message("events of {count} months: {listed}", count=len(months), listed=listed),
        "events, start_at",
        message("give one month at a time"),
    )


def quote(
    events: Iterable[Mapping[str, Any]], catalogue: Catalogue | Name, package: Package | Name
) -> list[dict[str, Any]]:
    """What a few events would cost, to the exact fraction. Writes nothing.

    Each is held to the oracle, one by one: for many events there is `rate`.

    Args:
        events: the keys of a line of `doisoat quote` (docs/quote.md): start, kind, plan, units, …;
            events of one `owner` are rated together. With `charge`: a period's usage.
        catalogue: opened, or the name or path of one.
        package: opened, or the name or path of one; `none` for list values alone.
    Returns: an answer an event, in order: status, list_value, exact, relief, payable; amounts are
        texts in the currency's unit, as `--json` prints them. Of a charge over billing periods:
        charge, list_value, payable and `bills`, each with its steps.
    Raises: IntakeError naming the first event (from 1) and key that cannot be read; CatalogueError
        for tariffs that are not usable; ConservationError if kernel and oracle differ, which is a
        bug of ours.
    """
    from doisoat.engine.quote.quote import Quoter
    from doisoat.settlement.explain.quote import answered, read_line

    quoter = Quoter(catalogue_of(catalogue), package_of(package))
    reader = quoter.reader()
    asked = [read_line(quoter, reader, event, at, f"event {at}")
             for at, event in enumerate(events, 1)]  # fmt: skip
    return answered(quoter, asked)
