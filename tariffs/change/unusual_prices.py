"""Prices of an overlay that are a hundred times those that they stand for: slips of a point."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from doisoat.currency import number_text
from doisoat.messages.text import Text, message
from doisoat.tariffs.change.destinations import destination_nodes
from doisoat.tariffs.change.patch_lists import LISTS, entries_in, list_of, names_of
from doisoat.tariffs.change.patch_models import Keyed
from doisoat.tariffs.change.patch_tree import text_of
from doisoat.tariffs.load.tree import Node
from doisoat.tariffs.models import quantity

TIMES = 100  # so many times more or less is no change of a price


class PriceNote(NamedTuple):
    """What somebody should look at in an overlay, where, and how it would be mended."""

    where: str
    fault: Text
    mend: Text


class Priced(NamedTuple):
    """A price as a tree has it, and for how much it is; `per` is None where that is not said."""

    owner: str
    price: Node
    per: str | None = None


def unusual_prices(
    keyed: Sequence[Keyed], prices: Node, carrier: str | None
) -> tuple[PriceNote, ...]:
    """The prices of changes that are TIMES more or less than those of the tree that they go over.

    A plan or pack that the tree does not have is compared with its carrier's others, else any.
    """
    notes = []
    for change, node, segments in keyed:
        listed, value = list_of(segments), node.child("value")
        if value is None or listed is None:
            continue
        if listed[0] is LISTS["plans"]:
            pairs = _of_plan(value, listed[1], listed[2], prices, carrier)
        elif listed[0] is LISTS["packs"]:
            pairs = _of_pack(value, listed[1], listed[2], prices, carrier)
        else:
            continue
        for kind, new, old in pairs:
            times = _times(kind, new, old)
            if times is not None and not 1 < times * TIMES < TIMES**2:
                notes.append(_note(change.key, new, old, times))
    return tuple(notes)


Pairs = Iterator[tuple[str, Priced, Priced]]  # kind, the new one, and what it stands for


def _of_plan(
    value: Node, names: tuple[str, ...], below: tuple[str, ...], prices: Node, carrier: str | None
) -> Pairs:
    rates: list[tuple[str, str, Node]] = []
    if below in ((), ("rates",)):
        listed = value.child("rates") if below == () else value
        rates = [
            (text_of(rate.child("kind")), text_of(destination), rate)
            for rate in (
                listed.value if listed is not None and isinstance(listed.value, list) else ()
            )
            for destination in destination_nodes(rate)
        ]
    elif below[0] == "rates" and len(below) == 3:
        rates = [(below[1], below[2], value)]
    elif below[0] == "rates" and below[3:] and below[-1] == "price":
        rates = [(below[1], below[2], Node({"price": (value, value)}, value.where))]
    for kind, destination, rate in rates:
        price, per = rate.child("price"), rate.child("per")
        old = _rate_alike(prices, names, kind, destination, carrier)
        if price is not None and old is not None:
            yield kind, Priced("", price, None if per is None else text_of(per)), old


def _rate_alike(
    prices: Node, names: tuple[str, ...], kind: str, destination: str, carrier: str | None
) -> Priced | None:
    """What the plan takes for the same, else one of the carrier, else any."""

    def nearness(plan: Node) -> tuple[bool, bool]:
        is_same = names_of(plan, LISTS["plans"]) == names
        return not is_same, text_of(plan.child("carrier")) != (carrier or "")

    for plan in sorted(entries_in(prices, LISTS["plans"]), key=nearness):
        rates = plan.child("rates")
        for rate in rates.value if rates is not None and isinstance(rates.value, list) else ():
            price, per = rate.child("price"), rate.child("per")
            if (
                text_of(rate.child("kind")) == kind
                and any(text_of(node) == destination for node in destination_nodes(rate))
                and price is not None
            ):
                return Priced(
                    text_of(plan.child("id")), price, None if per is None else text_of(per)
                )
    return None


def _of_pack(
    value: Node, names: tuple[str, ...], below: tuple[str, ...], prices: Node, carrier: str | None
) -> Pairs:
    price = value.child("price") if below == () else value if below == ("price",) else None
    calls = (names, (f"{carrier}.{names[0]}",))
    for pack in entries_in(prices, LISTS["packs"]):
        old = pack.child("price")
        if price is not None and old is not None and names_of(pack, LISTS["packs"]) in calls:
            yield "pack", Priced("", price), Priced(text_of(pack.child("id")), old)
            return


def _times(kind: str, new: Priced, old: Priced) -> Fraction | None:
    """How many times the old price the new one is; None where they are not to be compared."""
    try:
        prices = [quantity.price(text_of(priced.price)) for priced in (new, old)]
        if kind in quantity.UNITS_OF_KIND and new.per and old.per:
            units = quantity.UNITS_OF_KIND[kind]
            prices = [
                price / quantity.divisor(priced.per or "", units)
                for price, priced in zip(prices, (new, old), strict=True)
            ]
    except ValueError:
        return None  # The models refuse it, with its place.
    return prices[0] / prices[1] if all(prices) else None


def _note(key: str, new: Priced, old: Priced, times: Fraction) -> PriceNote:
    factor = int(times if times > 1 else 1 / times)
    fields = {
        "key": key, "price": text_of(new.price), "old": text_of(old.price), "owner": old.owner,
        "times": Text(number_text(factor), f"{factor:,}"),
    }  # fmt: skip
    return PriceNote(
        new.price.where,
        message("{key}: {price} is {times} times as much as {owner} has, {old}", **fields)
        if times > 1
        else message("{key}: {price} is {times} times less than {owner} has, {old}", **fields),
        message(
            "look whether it is meant: a spreadsheet may have taken 1.500 for one and a half;"
            " write 1500"
        ),
    )


def of_sources_alone(destinations: Sequence[Node]) -> tuple[PriceNote, ...]:
    """Notes of destinations that no number has."""
    return tuple(
        PriceNote(
            node.where,
            message(
                "no number has the destination {name}: it prices only records whose source says"
                " class:{name}",
                name=text_of(node),
            ),
            message("look whether it is written as the mapping writes it, or take it out"),
        )
        for node in destinations
    )
