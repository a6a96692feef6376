"""A draft of an overlay: what a carrier's month needs a price of, entry by entry."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from doisoat.messages.text import Text, composed, message
from doisoat.settlement.pricing.draft_entry import Entry, Value, assumed, quoted
from doisoat.settlement.pricing.draft_packs import like_pack, of_pack
from doisoat.settlement.pricing.priced_usage import PricedUsage
from doisoat.tariffs.change.patch_file import UNFILLED
from doisoat.tariffs.models.catalogue_model import Catalogue, Plan, Version
from doisoat.tariffs.models.rates import Rate
from doisoat.tariffs.models.value_words import CLASSES, KINDS

ONE_PRICE: Final = {"kind", "destination", "price", "per", "block", "source", "mark"}
UNITS: Final = {  # of a kind, where no plan of the carrier says how it is billed
    "voice": ("1 min", "6 s + 1 s"), "sms": ("1 msg", "1 msg"), "data": ("50 KB", "50 KB + 50 KB"),
}  # fmt: skip


class Draft(NamedTuple):
    """What is to be filled in, and names that the month uses and that no price would mend."""

    carrier: str
    name: str
    name_en: str
    month: str
    entries: tuple[Entry, ...]
    unknown_packs: tuple[tuple[str, int], ...]
    unlisted_hosts: tuple[tuple[str, int], ...]
    nowhere: int  # events to numbers that no range holds

    @property
    def id(self) -> str:
        return f"{self.carrier}-{self.month}"


def draft_of(catalogue: Catalogue, carrier: str, used: PricedUsage) -> Draft:
    """The draft for a carrier's month over a catalogue."""
    named = next(known for known in catalogue.carriers if known.id == carrier)
    entries: list[Entry] = []
    for plan in used.plans:
        entries += _of_plan(catalogue, carrier, plan, used)
    unknown: list[tuple[str, int]] = []
    for pack, events in sorted(used.packs.items()):
        versions = _in_force(catalogue.packs, pack, used)
        alike = _in_force(catalogue.packs, f"{carrier}.{pack}", used)
        if versions:
            entries += of_pack(versions[-1], events)
        elif alike:
            begin = max(used.period.begin, alike[0].valid_from)
            entries += like_pack(pack, alike[-1], events, begin)
        else:
            unknown.append((pack, events))
    return Draft(
        carrier, named.name, named.name_en, used.period.name, tuple(entries), tuple(unknown),
        tuple(sorted(used.hosts.items())), used.nowhere,
    )  # fmt: skip


def _in_force(items: Sequence[Version], name: str, used: PricedUsage) -> list[Version]:
    """The versions of a name that hold in the period, the earliest first."""
    period = used.period
    versions = [
        item
        for item in items
        if item.id == name
        and item.valid_from < period.end
        and (item.valid_until is None or item.valid_until > period.begin)
    ]
    return sorted(versions, key=lambda item: item.valid_from)


# --- plans ---------------------------------------------------------------------------------------


def _of_plan(catalogue: Catalogue, carrier: str, name: str, used: PricedUsage) -> Iterator[Entry]:
    versions = _in_force(catalogue.plans, name, used)
    needed = {
        (kind, destination): events
        for (plan, kind, destination), events in sorted(used.usage.items())
        if plan == name
    }
    key = f"plans.{quoted(name)}"
    if not versions:
        yield Entry(
            key, {"rates": []}, message("plan {plan}", plan=name), "",
            message("no catalogue has this plan: its prices stand in the rows below"),
            sum(needed.values()), used.period.begin,
        )  # fmt: skip
        for (kind, destination), events in needed.items():
            yield _new_rate(catalogue, carrier, name, kind, destination, events)
        return
    last = versions[-1]
    wanted = set(needed) if last.mark != "assumed" else None
    for field, part in last.assumed_prices:
        if part is None:
            yield _of_field(key, last, field, needed)
        elif isinstance(part, Rate):
            yield from _of_rate(key, last, part, wanted, needed)
    known = {(rate.kind, name) for rate in last.rates for name in rate.destinations}
    for (kind, destination), events in needed.items():
        if (kind, destination) not in known:
            yield _new_rate(catalogue, carrier, name, kind, destination, events)


def _of_field(
    key: str, plan: Plan, field: str, needed: dict[tuple[str, str], int]
) -> Entry:  # fmt: skip
    return Entry(
        f"{key}.{field}", UNFILLED, message("plan {plan}: monthly fee", plan=plan.id),
        str(getattr(plan, field)), assumed(plan.source), sum(needed.values()),
    )  # fmt: skip


def _of_rate(
    key: str,
    plan: Plan,
    rate: Rate,
    wanted: set[tuple[str, str]] | None,
    needed: dict[tuple[str, str], int],
) -> Iterator[Entry]:
    """An entry for each destination of a rate; of a plan that is stated, those that are used."""
    for destination in rate.destinations:
        at = rate.kind, destination
        if wanted is not None and at not in wanted:
            continue
        below = f"{key}.rates.{rate.kind}.{quoted(destination)}"
        about = _about(plan.id, rate.kind, destination)
        source = rate.source or plan.sources.get("rates", plan).source
        value: Value
        if rate.model_fields_set <= ONE_PRICE and rate.price is not None:
            value = {"price": UNFILLED, "per": rate.per or "", "block": rate.block or ""}
        elif rate.price is not None:
            # Of its conditions nothing is asked: the price alone is the carrier's to give.
            times = [time for time in (rate.hours, rate.days) if time]
            apart = () if _is_single(plan, rate) else map(quoted, times)
            below = ".".join((below, *apart, "price"))
            about = composed(", ".join("{}" for _ in (about, *times)), about, *times)
            value = UNFILLED
        else:
            value = _unfilled(rate)
        yield Entry(below, value, about, _in_words(rate), assumed(source), needed.get(at, 0))


def _is_single(plan: Plan, rate: Rate) -> bool:
    """Is it the one rate of its kind and destinations, so that a key names it without hours?"""
    return all(
        not set(other.destinations) & set(rate.destinations)
        for other in plan.rates
        if other is not rate and other.kind == rate.kind
    )


def _unfilled(rate: Rate) -> dict[str, Value]:
    """A rate as a catalogue writes it, with every price to be filled in."""
    dumped = rate.model_dump(mode="json", exclude_defaults=True)
    left_out = ("source", "mark", "kind", "destination")
    return {name: _open(name, value) for name, value in dumped.items() if name not in left_out}


def _open(name: str, value: object) -> Value:
    if isinstance(value, dict):
        return {key: _open(key, below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [_open(name, below) for below in value]
    return UNFILLED if name in ("price", "percent") else str(value)


def _new_rate(
    catalogue: Catalogue, carrier: str, plan: str, kind: str, destination: str, events: int
) -> Entry:
    """A rate that the plan has not, billed as the carrier's other plans bill that."""
    owner, alike = _rate_alike(catalogue, carrier, kind, destination) or ("", None)
    per, block = UNITS[kind]
    present, price = "", UNFILLED
    if alike is not None and alike.price is not None:
        per, block = alike.per or per, alike.block or block
        present = f"{owner}: {_in_words(alike)}"
        if alike.price == "0" and alike.mark == "stated":
            price = "0"
    return Entry(
        f"plans.{quoted(plan)}.rates.{kind}.{quoted(destination)}",
        {"price": price, "per": per, "block": block}, _about(plan, kind, destination),
        present, message("no tariff: these events are suspended until it has a price"), events,
    )  # fmt: skip


def _rate_alike(
    catalogue: Catalogue, carrier: str, kind: str, destination: str
) -> tuple[str, Rate] | None:
    """A plan of the carrier, else of any, and what it takes for the same."""
    plans = sorted(catalogue.plans, key=lambda plan: plan.carrier != carrier)
    return next(
        (
            (plan.id, rate)
            for plan in plans
            for rate in plan.rates
            if rate.kind == kind and destination in rate.destinations
        ),
        None,
    )


def _about(plan: str, kind: str, destination: str) -> Text:
    return message(
        "plan {plan}: {kind}, {destination}",
        plan=plan,
        kind=KINDS.get(kind, kind),
        destination=CLASSES.get(destination, destination),
    )


def _in_words(rate: Rate) -> str:
    """A rate in few words, as catalogues write it."""
    if rate.price is not None and rate.per is not None:
        return f"{rate.price} / {rate.per}; {rate.block or rate.per}"
    return "; ".join(f"{step.start}: {step.price} / {step.per}" for step in rate.steps) or (
        rate.percent or rate.price or ""
    )
