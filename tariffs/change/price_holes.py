"""Days on which plans that an overlay gives have no price, though they have one on others."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from doisoat.messages.text import Text, message
from doisoat.tariffs.change.destinations import destination_nodes
from doisoat.tariffs.change.patch_lists import LISTS, Listed, entries_in, list_of, names_of
from doisoat.tariffs.change.patch_models import Change, Keyed
from doisoat.tariffs.change.patch_spans import Span, Spans, joined_spans, span_of, spans_of
from doisoat.tariffs.change.patch_tree import place_of, text_of
from doisoat.tariffs.load.tree import Node

PLANS: Listed = LISTS["plans"]
Gap = tuple[datetime | None, datetime | None]


class PriceHole(NamedTuple):
    """A time in which a plan, or one of its rates, has no price."""

    key: str
    where: str  # the day of the file that makes it
    plan: str
    rate: tuple[str, str] | None  # kind and destination; None: all of the plan
    begin: datetime | None  # None: all that was before
    end: datetime | None  # None: all that comes after

    @property
    def mend(self) -> Text:
        """How the day is to be written."""
        if self.begin is None:
            return message(
                "let it hold from the first day of the month, which costs nothing where nobody used"
                " it; or add a row with the price of the days before"
            )
        return message(
            "leave the day until which it holds empty, or add a row with the price from that day on"
        )


def price_holes(keyed: Sequence[Keyed], before: Spans, prices: Node) -> tuple[PriceHole, ...]:
    """The holes that changes leave in a tree of prices.

    What a change takes out from a day on ends there, and that is no hole.

    Args: before: when each entry held without them.
    """
    after = spans_of(prices)
    withdrawn = {(segments, change.valid_from) for change, _, segments in keyed if change.remove}
    holes: dict[PriceHole, None] = {}
    for change, node, segments in keyed:
        listed = list_of(segments)
        if change.remove or listed is None or listed[0] is not PLANS:
            continue
        entry, below = (PLANS.name, listed[1]), listed[2]
        rate = None
        if not below and entry not in before:
            spans = after.get(entry, [])
        elif len(below) == 3 and below[0] == "rates" and change.is_dated:
            rate = below[1], below[2]
            spans = _priced(prices, listed[1], rate)
        else:
            continue
        for begin, end in _gaps(spans):
            where = _where(change, node, (begin, end))
            prefixes = (segments[:length] for length in range(2, len(segments) + 1))
            if where and not any((prefix, begin) in withdrawn for prefix in prefixes):
                holes[PriceHole(change.key, where, listed[1][0], rate, begin, end)] = None
    return tuple(holes)


def _priced(prices: Node, names: tuple[str, ...], rate: tuple[str, str]) -> list[Span]:
    """When a plan has a rate of a kind and destination."""
    return joined_spans(
        [
            span_of(item)
            for item in entries_in(prices, PLANS)
            if names_of(item, PLANS) == names and has_rate(item, rate)
        ]
    )


def has_rate(plan: Node, rate: tuple[str, str]) -> bool:
    """Has a plan a rate of this kind and destination?"""
    rates = plan.child("rates")
    return any(
        text_of(item.child("kind")) == rate[0]
        and any(text_of(node) == rate[1] for node in destination_nodes(item))
        for item in (rates.value if rates is not None and isinstance(rates.value, list) else ())
    )


def _gaps(spans: Sequence[Span]) -> list[Gap]:
    """What lies before, between and after spans."""
    if not spans:
        return []
    bounds: list[datetime | None] = [None, *(moment for span in spans for moment in span)]
    pairs = [(bounds[place], bounds[place + 1]) for place in range(0, len(bounds) - 1, 2)]
    return pairs if bounds[-1] is None else [*pairs, (bounds[-1], None)]


def _where(change: Change, node: Node, gap: Gap) -> str:
    """The day of a change that a gap begins or ends at; '' where it is another's."""
    value = node.child("value")
    for name, moment, bound in (
        ("valid_until", change.valid_until, gap[0]), ("valid_from", change.valid_from, gap[1]),
    ):  # fmt: skip
        if bound is not None and moment == bound:
            return place_of(node, name)
        written = None if value is None else value.child(name)
        if written is not None and datetime.fromisoformat(text_of(written)) == bound:
            return written.where
    return ""
