"""Distancing orders taken in from documents, compared with those of the catalogue.

What a document says and the catalogue has not is an order more: a settlement rests on it as on the
catalogue's own, and says so. What the catalogue has beyond the documents stays, as a finding: to
shorten an order is a change of the catalogue, whose values have sources of their own.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl

from doisoat.messages.text import message
from doisoat.settlement.figures.period import EPOCH
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue, Order

TAKEN = "intake:"  # what the id of an order taken in begins with
OPEN_END = datetime(9999, 1, 1)  # of an order "until further notice"
SHOWN = 10
Spans = tuple[tuple[int, int], ...]


class Place(NamedTuple):
    directive: int
    locality: str


class Beyond(NamedTuple):
    """A stretch of a place that documents and catalogue do not say alike."""

    place: Place
    from_ms: int
    until_ms: int
    order: str  # of the document; '' where only the catalogue has it
    document: str

    @property
    def label(self) -> str:
        until = _moment(self.until_ms)
        ends = f"{until:%H:%M %d/%m/%Y}" if until < OPEN_END else "…"
        named = f" ({self.order}{', ' + self.document if self.document else ''})"
        return (
            f"CT{self.place.directive} {self.place.locality} {_moment(self.from_ms):%H:%M %d/%m/%Y}"
            f" – {ends}{named if self.order else ''}"
        )


class Comparison(NamedTuple):
    """Orders taken in, against a catalogue."""

    more: tuple[Beyond, ...]  # in the documents alone: orders more
    less: tuple[Beyond, ...]  # of a place that documents name, in the catalogue alone
    unknown: tuple[tuple[str, int], ...]  # localities that the catalogue has not; rows

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders that the documents add."""
        return tuple(
            Order(
                id=f"{TAKEN}{number}",
                directive=order.place.directive,
                localities=(order.place.locality,),
                valid_from=_moment(order.from_ms),
                valid_until=_moment(order.until_ms),
                source=f"{order.order}: {order.document}" if order.document else order.order,
                mark="stated",
            )
            for number, order in enumerate(self.more, 1)
        )

    def findings(self) -> Iterator[str]:
        """What a settlement says of them, in both languages."""
        if self.more:
            named = _first_named(self.more)
            yield message(
                "orders taken in that the catalogue has not, and applied: {named}", named=named
            )
        if self.less:
            named = _first_named(self.less)
            yield message(
                "orders of the catalogue that no document taken in has, still applied: {named}",
                named=named,
            )
        if self.unknown:
            named = ", ".join(f"{code} × {count}" for code, count in self.unknown[:SHOWN])
            yield message(
                "orders over localities that the catalogue has not, not applied: {named}",
                named=named,
            )


def hold(catalogue: Catalogue, rows: pl.DataFrame) -> Comparison:
    """Rows of order.parquet against the catalogue's orders, place by place.

    An order over a province holds in all its districts, so a document about a district is
    confirmed by an order over its province.
    """
    known = {place.code: place.province for place in catalogue.localities}
    by_place: dict[Place, list[tuple[int, int, str, str]]] = {}
    unknown: dict[str, int] = {}
    for row in rows.sort(rows.columns).iter_rows(named=True):
        if row["locality"] not in known:
            unknown[row["locality"]] = unknown.get(row["locality"], 0) + 1
            continue
        until_ms = quantity.to_ms(OPEN_END) if row["until_ms"] is None else row["until_ms"]
        place = Place(row["directive"], row["locality"])
        place_spans = by_place.setdefault(place, [])
        if row["from_ms"] < until_ms:
            place_spans.append((row["from_ms"], until_ms, row["order"], row["document"]))
    more: list[Beyond] = []
    less: list[Beyond] = []
    for place, spans in sorted(by_place.items()):
        catalogued = _of_catalogue(catalogue, place, known)
        covered = catalogued
        for from_ms, until_ms, order, document in spans:
            more += (
                Beyond(place, *gap, order, document)
                for gap in _without(((from_ms, until_ms),), covered)
            )
            covered = _united((*covered, (from_ms, until_ms)))
        documented = _united((span[0], span[1]) for span in spans)
        less += (Beyond(place, *gap, "", "") for gap in _without(catalogued, documented))
    return Comparison(tuple(more), tuple(less), tuple(sorted(unknown.items())))


def with_orders(catalogue: Catalogue, orders: Sequence[Order]) -> Catalogue:
    """The catalogue with orders more."""
    if not orders:
        return catalogue
    return catalogue.model_copy(update={"orders": (*catalogue.orders, *orders)})


def without_orders(catalogue: Catalogue, rows: pl.DataFrame) -> Catalogue:
    """The catalogue of a run without the orders more that these rows of order.parquet gave it."""
    catalogue_orders = tuple(order for order in catalogue.orders if not order.id.startswith(TAKEN))
    stripped = catalogue.model_copy(update={"orders": catalogue_orders})
    # A catalogue may have such names of its own: then it stays as it is.
    return (
        stripped if with_orders(stripped, hold(stripped, rows).orders) == catalogue else catalogue
    )


def _of_catalogue(catalogue: Catalogue, place: Place, known: dict[str, str | None]) -> Spans:
    covering = {place.locality, known[place.locality]}
    return _united(
        (quantity.to_ms(order.valid_from), quantity.to_ms(order.valid_until))
        for order in catalogue.orders
        if order.directive == place.directive and covering & set(order.localities)
    )


def _united(spans: Iterable[tuple[int, int]]) -> Spans:
    """The spans, those that touch as one, in order."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return tuple(joined)


def _without(spans: Spans, taken: Spans) -> Iterator[tuple[int, int]]:
    """What of the spans lies in none of the others, which are united."""
    for begin, end in spans:
        for other_begin, other_end in taken:
            if other_end <= begin or end <= other_begin:
                continue
            if begin < other_begin:
                yield begin, other_begin
            begin = max(begin, other_end)
        if begin < end:
            yield begin, end


def _moment(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def _first_named(orders: Sequence[Beyond]) -> str:
    named = "; ".join(order.label for order in orders[:SHOWN])
    return f"{named}; … + {len(orders) - SHOWN}" if len(orders) > SHOWN else named
