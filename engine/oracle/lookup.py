"""Oracle: the state of one owner: the trace, the book of lines, and who fits a measure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from doisoat.engine.oracle import validity as life
from doisoat.engine.oracle.account_state import Owner
from doisoat.engine.oracle.balances import Key
from doisoat.engine.oracle.cover import Spans
from doisoat.engine.oracle.facts import NATURES, Event, Line, Port, Step, Subscription
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.field_types import Dated, Note
from doisoat.tariffs.models.package_model import Measure, Package
from doisoat.tariffs.models.rates import Rate


def destination_class(
    catalogue: Catalogue, ports: Sequence[Port], event: Event, begun_ms: int
) -> str:
    """The class of docs/architecture.md, relative to the event's carrier.

    begun_ms: when the call began that the event is a part of: it keeps its network.
    """
    network = event.destination
    if network.startswith("class:"):
        return network.removeprefix("class:")
    name, _, whose = network.partition(":")
    if name == "mobile":
        ports_in_force = [
            port
            for port in ports
            if port.number == event.counterparty != 0
            and port.from_ms <= begun_ms
            and (port.until_ms is None or begun_ms < port.until_ms)
        ]
        if ports_in_force:
            whose = max(ports_in_force, key=lambda port: port.from_ms).carrier
        return "on_net" if whose == event.carrier else "off_net"
    if name == "fixed":
        return "fixed_own" if whose == event.carrier else "fixed"
    if network == "data" and event.rating_group:
        moment = quantity.from_ms(event.start_ms)
        hosts = catalogue.zero_rated_hosts
        if any(h.host == event.rating_group and h.holds_at(moment) for h in hosts):
            return "zero_rated"
    return network.replace(":", "_")


class Suspended(Exception):
    """An event cannot be rated; the reason is its status."""

    def __init__(self, reason: str, **sought: object) -> None:
        super().__init__(reason)
        self.reason, self.sought = reason, sought


def dated(version: Dated, field: str, rate: Rate | None = None) -> dict[str, object]:
    """When a version holds, and the document that gives one of its fields, or a rate of it."""
    note: Note = version.sources.get(field, version)
    source, mark = note.source, note.mark
    if rate is not None and rate.source is not None and rate.mark is not None:
        source, mark = rate.source, rate.mark
    return {
        "valid_from": version.valid_from,
        "valid_until": version.valid_until,
        "source": source,
        "mark": mark,
    }


@dataclass
class Book:
    """The lines of one event: [units, amount] summed by measure and nature."""

    sums: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def add(self, measure: str, nature: str, units: int, amount: int) -> None:
        sums = self.sums.setdefault((measure, nature), [0, 0])
        sums[0] += units
        sums[1] += amount

    def units(self) -> int:
        return sum(units for units, _ in self.sums.values())

    def lines(self) -> tuple[Line, ...]:
        written = [
            Line(measure, nature, units, amount)
            for (measure, nature), (units, amount) in self.sums.items()
            if units or amount
        ]
        return tuple(sorted(written, key=lambda x: (x.measure, NATURES.index(x.nature))))


def measure_holds(measure: Measure, ms: int) -> bool:
    (a, b) = life.measure_spans(measure)[0]
    return a <= ms < b


class Desk:
    """What all kinds of events share."""

    def __init__(
        self,
        catalogue: Catalogue,
        package: Package,
        ports: Sequence[Port],
        owner: Owner,
        every_row: Sequence[Subscription],
    ) -> None:
        self.catalogue, self.package, self.ports, self.owner = catalogue, package, ports, owner
        self.every_row = every_row  # the owner's at all carriers: to tell whose he is
        self.minor: int = 10**catalogue.currency.decimals
        self.trace: list[Step] = []
        self.why: dict[int, str] = {}  # by place in the package
        self.within: set[Key] = set()  # balances that the event at hand may draw

    def note(self, kind: str, /, **data: object) -> None:
        self.trace.append(Step(kind, data))

    def begun_ms(self, event: Event) -> int:
        """When the call began that an event is a part of, or the event itself."""
        session = self.owner.sessions.get(event.session) if event.partial else None
        return event.start_ms if session is None else session.start_ms

    def subscription(self, event: Event) -> Subscription:
        begun_ms = self.begun_ms(event)
        rows = [row for row in self.owner.rows if row.holds_at(begun_ms)]
        row = self.owner.terms_of(event.member, rows)
        if row is None or row.carrier != event.carrier:
            rows_in_force = sorted(
                (row for row in self.every_row if row.holds_at(begun_ms)),
                key=lambda row: row.from_ms,
            )
            raise Suspended("no_subscription", carriers=tuple(row.carrier for row in rows_in_force))
        self.note(
            "subscription",
            carrier=row.carrier,
            plan=row.plan,
            segment=row.segment,
            payment=row.payment,
            home_locality=row.home_locality,
            from_ms=row.from_ms,
            until_ms=row.until_ms,
        )
        return row

    def explain_the_rest(self, event: Event, row: Subscription, destination: str) -> None:
        """Say why, of measures that nobody asked: they could not have given this owner anything.

        What a purchase is given follows from the pack, not from the event's own kind.
        """
        for place, measure in enumerate(self.package.measures):
            if place not in self.why:
                why = life.why_not_subscription(self.catalogue, measure, row)
                if why is None and event.kind != "pack":
                    why = life.why_not_event(self.catalogue, measure, event, destination)
                self.why[place] = why or "not_granted"

    def note_measures(self) -> None:
        for place, measure in enumerate(self.package.measures):
            why = self.why[place]
            self.note(
                "measure",
                measure=measure.id,
                type=measure.effect.type,
                applied=why == "applied",
                why=why,
                title=measure.title,
                title_en=measure.title_en,
                document=measure.document,
                source=measure.source,
                mark=measure.mark,
                valid_from=measure.valid_from,
                valid_until=measure.valid_until,
            )

    def set_why(self, measure: Measure, why: str) -> None:
        place = next(i for i, m in enumerate(self.package.measures) if m is measure)
        if self.why.get(place) != "applied":  # one source of a measure may serve, another not
            self.why[place] = why

    def under_order(self, measure: Measure, row: Subscription, event: Event) -> bool:
        return life.under_order(self.catalogue, self.package, measure, row, event)

    def no_place(self, measure: Measure) -> str:
        """Why a measure does not act where its condition on the place does not hold."""
        return "no_order" if measure.where is None or measure.where.cause is None else "no_area"

    def order_spans(self, measure: Measure, locality: str) -> Spans:
        return life.order_spans(self.catalogue, self.package, measure, locality)

    def unfit(self, measure: Measure, event: Event, row: Subscription, kind: str) -> str | None:
        """Why a measure that acts by the event's start does not act here, or None."""
        if event.units == 0:
            return "zero_units"
        why = life.why_not_subscription(self.catalogue, measure, row)
        why = why or life.why_not_event(self.catalogue, measure, event, kind)
        if why is None and not measure_holds(measure, event.start_ms):
            why = "not_in_force"
        if why is None and not self.under_order(measure, row, event):
            why = self.no_place(measure)
        return why
