"""Oracle: the facts it takes and gives. Times are civil milliseconds, amounts đồng."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

RANK = {"pack": 0, "fee": 1}  # usage: 2; beginnings of measures come before all of them
NATURES = ("discount", "in_kind", "contribution", "forbearance")


@dataclass(frozen=True, slots=True)
class Event:
    """One usage, pack or fee event. Its texts are those of a trait (docs/architecture.md)."""

    event_id: int  # 128 bits
    owner: int  # 128 bits
    start_ms: int
    kind: str
    destination: str  # a network, or 'class:x'
    units: int  # voice ms, data bytes, messages, 1 for pack and fee
    duration_ms: int
    carrier: str
    rating_group: str = ""
    locality: str = ""
    pack: str = ""
    counterparty: int = 0
    session: int = 0  # 0: none
    partial: int = 0
    charged: int | None = None
    subscriber: int | None = None  # who used it; None: the owner

    @property
    def member(self) -> int:
        return self.owner if self.subscriber is None else self.subscriber

    @property
    def order(self) -> tuple[int, int, int, int]:
        """The place inside its owner: second, rank, finer start, id."""
        return self.start_ms // 1000, RANK.get(self.kind, 2), self.start_ms, self.event_id


@dataclass(frozen=True, slots=True)
class Subscription:
    owner: int
    carrier: str
    plan: str
    segment: str  # several at one time are joined by +
    payment: str
    home_locality: str
    from_ms: int
    until_ms: int | None
    subscriber: int | None = None  # whose it is; None: the owner's

    @property
    def member(self) -> int:
        return self.owner if self.subscriber is None else self.subscriber

    @property
    def terms(self) -> tuple[str, ...]:
        return self.carrier, self.plan, self.segment, self.payment, self.home_locality

    @property
    def segments(self) -> frozenset[str]:
        return frozenset(self.segment.split("+"))

    def holds_at(self, ms: int) -> bool:
        return self.from_ms <= ms and (self.until_ms is None or ms < self.until_ms)


@dataclass(frozen=True, slots=True)
class Port:
    """A number that belongs to this carrier for a time, whatever its prefix says."""

    number: int  # 128 bits, as an event's counterparty
    carrier: str
    from_ms: int
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class OpenPack:
    """A pack that is open when the first period begins."""

    owner: int
    pack: str
    bought_ms: int
    price_paid: int
    left: tuple[int, ...]  # of each of its volumes, in catalogue order; of a daily quota at first
    left_ms: int | None = None  # when that is left of a cycle; None: as the period begins
    bonuses: tuple["BonusState", ...] = ()  # as they stand when the period begins
    buyer: int | None = None  # who bought it; None: the owner


@dataclass(frozen=True, slots=True)
class Line:
    measure: str
    nature: str  # one of NATURES
    units: int
    amount: int


@dataclass(frozen=True, slots=True)
class Step:
    """One typed entry of a trace. Kinds, in the order they come, and their data:

    subscription  carrier, plan, segment, payment, home_locality, from_ms, until_ms
    suspended     reason ('no_subscription' | 'no_tariff' | 'beyond_limit'), and what was sought;
                  session_start_ms, if it is of a session that began before it
    tariff        of ('plan' | 'pack' | 'fee'), id, name, valid_from, valid_until, source, mark,
                  and of usage: session_start_ms or None, limit or None, connect_fee,
                  connect_rule, rounding, coverage_rule; of pack and fee: price
    after         rule ('stop' | 'throttle' | 'overage'), pack, source, mark: what a valid pack
                  says of uncovered units
    billed        raw, units, first_place (0, or where the session stands), until_place
    source        a source that covers units: role ('zero_rating' | 'grant' | 'volume' |
                  'bonus'), measure or None, pack or None, volume or None, before, drawn, after
                  (before and after: None if without limit), places ((from, until), ...), tail
                  (units of the rounded tail covered without drawing), relief (bool)
    priced        charge ('list_value' | 'payable'), from_place, until_place, units, price (a
                  Fraction, đồng a unit), amount (a Fraction): uncovered units at one step
    connect_fee   charge, amount
    flat          charge, amount: flat amounts of steps
    prorated      rule ('by_step' | 'by_days'), part (a Fraction) of the price and volumes of a pack
    charge        charge ('list_value' | 'residual'), exact (a Fraction), rounding, round_to (minor
                  units; usage only), amount before what money of packs pays;
                  'residual' is what the relief sources leave, before measures on prices
    relief        measure, role, before, after (đồng), discount, units, in_kind_units
    in_kind       measure, units, value ('list_price' | 'pack_average' | 'pack_average_paid' |
                  'zero'), exact (a Fraction), amount
    cut           measure, before, gives (a Fraction: what the measure gives), after, discount
    money         pack, before, drawn, after: what a pack's money pays of the residual
    granted_money measure, before, drawn, after (of the money granted), charge_before,
                  charge_after: what it pays of what all else left to pay
    contribution  measure, amount, to
    forbearance   measure
    measure       measure, type, applied (bool), why (see WHY), title, title_en, document,
                  source, mark, valid_from, valid_until: one for each measure of the package
    opened        pack, bought_ms, expiry_ms, price_paid
    renewed       pack, rule ('replace' | 'extend'), ended (how many), rollover ('none' | 'full')
    renewal_failed  pack, rule ('continues' | 'ends' | 'suspends'), instances (how many)
    bonus         measure, pack, volume, units, from_ms, expiry_ms: given with this purchase
    granted       measure, units, from_ms, expiry_ms: given by this message
    balance       of a watched event: role ('volume' | 'money' | 'bonus' | 'grant' | 'cap'),
                  measure or None, pack or None, unit ('voice' | 'sms' | 'data' | 'money'),
                  destinations (of a pack, else empty), per ('pack' | 'day' | 'cycle'), from_ms,
                  expiry_ms (of a cap: None), given, before (None: this event brought it), after:
                  each that the event could draw, drew or brought
    """

    kind: str
    data: dict[str, object]


WHY = (
    "applied",
    "zero_units",
    "other_carrier",
    "not_in_force",
    "kind",
    "destination",
    "host",
    "pack",
    "plan",
    "service",
    "payment",
    "segment",
    "no_order",  # no distancing order holds there and then
    "no_area",  # no area of its cause holds there and then
    "not_granted",  # nothing was given to this owner, or it has expired
    "used_up",
    "covered_before",  # an earlier source left nothing that it could cover
    "group",  # another of its exclusive group had an effect
    "no_effect",
    "renewal_failed",
    "suspended",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    event: Event
    status: str  # 'rated' | 'no_subscription' | 'no_tariff' | 'beyond_limit'
    list_value: int
    payable: int
    billed: int
    bundled: int
    lines: tuple[Line, ...]  # by measure id, then nature
    destination_class: str
    trace: tuple[Step, ...]
    past_stop: int = 0
    throttled: int = 0


@dataclass(frozen=True, slots=True)
class BonusState:
    measure: str
    carrier: str  # under which it was given: with the id it names the entry
    volume: int  # index among the pack's volumes
    from_ms: int
    given: int  # of a quota: a day or cycle
    left: int
    at_ms: int  # the moment that `left` is of


@dataclass(frozen=True, slots=True)
class PackState:
    pack: str
    bought_ms: int
    expiry_ms: int
    event_id: int  # of the purchase; 0 if it was open before the first period
    price_paid: int
    left: tuple[int, ...]
    at_ms: int  # the moment that `left` is of
    bonuses: tuple[BonusState, ...]
    suspended: bool


@dataclass(frozen=True, slots=True)
class GrantState:
    measure: str
    carrier: str
    from_ms: int
    expiry_ms: int
    given: int
    left: int


@dataclass(frozen=True, slots=True)
class TriggerState:
    """The last grant that a message asked for. (Beginnings follow from dates: nothing to keep.)"""

    measure: str
    carrier: str  # under which it was given: with the id it names the entry
    from_ms: int
    expiry_ms: int


@dataclass(frozen=True, slots=True)
class SessionState:
    session: int
    start_ms: int
    units: int  # raw, summed
    fee_paid: bool


@dataclass(frozen=True, slots=True)
class CapState:
    """What a measure on a price has given an owner, of a cap over the programme."""

    place: int  # in the package
    spent: int


@dataclass(frozen=True, slots=True)
class OwnerState:
    """All of an owner at a carrier that the next period needs; what ended before is left out."""

    owner: int
    packs: tuple[PackState, ...] = ()
    grants: tuple[GrantState, ...] = ()
    triggers: tuple[TriggerState, ...] = ()
    sessions: tuple[SessionState, ...] = ()
    caps: tuple[CapState, ...] = ()
    carrier: str | None = None  # at whose it is; None: whose it is when the period begins


@dataclass(frozen=True, slots=True)
class Result:
    outcomes: tuple[Outcome, ...]  # by owner, then the owner's order
    state: tuple[OwnerState, ...]  # by owner and carrier


@dataclass(frozen=True, slots=True)
class Use:
    """An event's usage: when it began, how many units, of which line of the account."""

    start_ms: int
    units: int
    line: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A period that an owner has, whole or in part. Days are half-open: [begins, ends).

    had_from, had_until: the days of it on which the owner had the charge.
    """

    begins: date
    ends: date
    had_from: date
    had_until: date

    @property
    def share(self) -> Fraction:
        return Fraction((self.had_until - self.had_from).days, (self.ends - self.begins).days)


@dataclass(frozen=True, slots=True)
class PeriodBill:
    """What one owner owes for one period, in minor units. list_value − discount = payable.

    exact: the list value before its one rounding, less what was billed before (itself rounded).
    """

    units: int
    exact: Fraction
    list_value: int
    reliefs: tuple[tuple[str, int], ...]  # (relief, discount), in their order
    payable: int
    # Of the oracle alone; kinds, in the order they come, and their data (amounts are Fractions):
    # prorated       part, share, whole: what a part of a period has only its share of
    # sum            units, events
    # rounded_units  units, block
    # free_units     free, units (those left)
    # step           start, units, price (a unit, in the currency's unit)
    # flat           start, amount (in the currency's unit)
    # package        packages, size, price
    # percentage     units, percent
    # event_fee      events, free (events), amount
    # maximum_charge, minimum_charge: before, amount
    # charge         exact, rounding, round_to, amount
    # relief         relief, before, gives, after, discount
    # payable        list_value, payable
    # billed_before  units, list_value, payable
    trace: tuple[Step, ...] = ()
