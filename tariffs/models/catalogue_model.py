"""The catalogue, as data: frozen models with a source at every value.

A catalogue says what things cost; a package (`package_models`) says what relief is given. Both are
read by `load`, turned into flat arrays by `compile`, and are all that kernel and oracle share.
"""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Literal, Protocol, Self, TypeAlias, TypeVar

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator
from pydantic.json_schema import SkipJsonSchema

from doisoat.messages.text import TextError, message
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.field_types import (
    Amount,
    Block,
    Dated,
    Hours,
    Identifier,
    Mark,
    Model,
    Moment,
    Payment,
    PriceText,
    Quantity,
    Sourced,
    Whole,
)
from doisoat.tariffs.models.jurisdiction import Jurisdiction
from doisoat.tariffs.models.overlay import Overlay
from doisoat.tariffs.models.period_charge import PeriodCharges
from doisoat.tariffs.models.rates import Rate, hours_mask
from doisoat.tariffs.models.validity import Proration, Renewal, Validity
from doisoat.tariffs.models.value_fault import ValueFault

MOST_DECIMALS = 6


class Currency(Model):
    code: str = Field(pattern=r"^[A-Z]{3}$")
    decimals: Whole = Field(le=MOST_DECIMALS)

    @property
    def id(self) -> str:
        """As records name it: CurrencyForm.id."""
        return f"{self.code}/{self.decimals}"


class Carrier(Sourced):
    id: Identifier
    name: str
    name_en: str
    mobile: bool
    fixed: bool
    share: PriceText | None = None  # of mobile subscribers, in per cent


class Locality(Sourced):
    """A province (two-digit GSO code of 2021) or a district (three digits) that an order names.

    A province's own code stands for what of it no listed district covers.
    """

    code: str = Field(pattern=r"^\d{2,5}$")
    name: str
    name_en: str
    province: str | None = Field(default=None, pattern=r"^\d{2}$")  # None for a province itself
    population: Whole | None = None


class Order(Sourced):
    """A distancing order: localities × [valid_from, valid_until) × directive."""

    id: Identifier
    directive: Whole
    localities: tuple[str, ...] = Field(min_length=1)
    valid_from: Moment
    valid_until: Moment

    @model_validator(mode="after")
    def _interval_holds_a_moment(self) -> Self:
        if self.valid_until <= self.valid_from:
            raise ValueError(
                f"order {self.id}: [{self.valid_from}, {self.valid_until}) holds no moment"
            )
        return self


class Holiday(Sourced):
    """A day of the class `holiday` for rates that hold on some days only."""

    day: date
    name: str


class Prefix(Sourced):
    """National digits (without 0 or 84) that begin a number, and the network that owns the range.

    Of a number dialled with 00 the national digits begin with 0: so does `international`.
    """

    prefix: str = Field(pattern=r"^\d{1,9}$")
    network: str = Field(
        pattern=r"^(mobile|fixed|service):[a-z0-9_]+$|^(emergency|hotline|international|unknown)$"
    )
    digits: Whole | None = None  # how many national digits the whole number has; None: any


class ShortCode(Sourced):
    """A number dialled as it stands (113, 999, 19009095), and its class."""

    code: str = Field(pattern=r"^\d{3,10}$")
    network: str = Field(pattern=r"^service:\d+$|^(emergency|hotline)$")


class Renumbering(Sourced):
    """Numbers of one head and length that got another head, their last digits as they were.

    From `new_from` on both forms are dialled; from `old_until` on the old one reaches nobody, and
    its range may be given to others.
    """

    old: str = Field(pattern=r"^[1-9]\d{0,8}$")  # first national digits (without 0 or 84)
    digits: Whole  # national digits of the whole number in its old form
    new: str = Field(pattern=r"^[1-9]\d{0,8}$")
    new_from: Moment
    old_until: Moment

    @model_validator(mode="after")
    def _is_a_change(self) -> Self:
        if self.old_until <= self.new_from:
            raise ValueError(
                f"the old form ends {self.old_until}, before the new one begins: give an old_until"
                " after new_from"
            )
        if self.old == self.new:
            raise ValueError(f"{self.old} becomes {self.new}: leave out what does not change")
        if self.digits <= len(self.old):
            raise ValueError(
                f"a number of {self.digits} digits has none after {self.old}: give the national"
                " digits of the whole number, without its 0"
            )
        return self


class Numbering(Model):
    prefixes: tuple[Prefix, ...]
    short_codes: tuple[ShortCode, ...]
    renumberings: tuple[Renumbering, ...] = ()

    def network_of(self, national: str) -> str:
        """The network of national digits (longest prefix) or of a short code, else 'unknown'."""
        for short in self.short_codes:
            if short.code == national:
                return short.network
        fitting = [
            p
            for p in self.prefixes
            if national.startswith(p.prefix) and p.digits in (None, len(national))
        ]
        return max(fitting, key=lambda p: len(p.prefix)).network if fitting else "unknown"


Priced: TypeAlias = "tuple[tuple[str, Sequence[Rate | Volume | After]], ...]"


class Sold(Dated):
    """A plan or a pack: what is sold, and for how much."""

    @property
    def priced_by(self) -> Priced:
        """The fields that say what it costs and gives, each with its parts that have a source."""
        raise NotImplementedError

    @property
    def assumed_prices(self) -> tuple[tuple[str, "Rate | Volume | After | None"], ...]:
        """What of it is assumed: fields, or of those that have parts, each such part."""
        assumed: list[tuple[str, Rate | Volume | After | None]] = []
        for name, parts in self.priced_by:
            mark = self.sources[name].mark if name in self.sources else self.mark
            if not parts and mark == "assumed":
                assumed.append((name, None))
            assumed += [(name, part) for part in parts if (part.mark or mark) == "assumed"]
        return tuple(assumed)

    @property
    def is_assumed(self) -> bool:
        """Is it assumed as a whole, and some price of it given by nobody since?"""
        return self.mark == "assumed" and bool(self.assumed_prices)


class ZeroRatedHost(Dated):
    host: str = Field(min_length=1)
    list: Identifier  # the list it stands on, such as moh or bluezone


SourceClass = Literal["zero_rating", "first", "bundled", "last"]
CONSUMPTION: tuple[SourceClass, ...] = ("zero_rating", "first", "bundled", "last")


class Plan(Sold):
    """A tariff plan; later versions of the same id take over by their dates."""

    id: Identifier
    carrier: Identifier | None = None
    name: str = ""
    service: Literal["mobile", "fibre"] = "mobile"
    payment: Payment | None = None
    monthly_fee: PriceText | None = None
    consumption: tuple[SourceClass, ...] = CONSUMPTION  # what covers usage first, what last
    rates: tuple[Rate, ...]
    charges: PeriodCharges = ()  # over a billing period, beside what each event costs

    @property
    def priced_by(self) -> Priced:
        fee: Priced = () if self.monthly_fee is None else (("monthly_fee", ()),)
        return (*fee, *((("rates", self.rates),) if self.rates else ()))

    @model_validator(mode="after")
    def _orders_every_source(self) -> Self:
        if sorted(self.consumption) != sorted(CONSUMPTION):
            raise ValueError(
                f"consumption names each of {', '.join(CONSUMPTION)} once, in the order in which"
                " they cover usage"
            )
        refuse_repeated(f"charge of plan {self.id}:", [charge.id for charge in self.charges])
        return self


class Calls(Model):
    """Which part of which calls a volume covers.

    first_part: of each call what lies before `under` on its billed timeline; only_short: calls
    whose length, billed or raw units, is below it. Of a session, by what it has had so far.
    """

    under: Quantity
    rule: Literal["first_part", "only_short"]
    length: Literal["billed", "raw"] | None = None  # of only_short

    @property
    def under_ms(self) -> int:
        return quantity.whole_quantity(self.under, quantity.TIME_UNITS)

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        if self.under_ms < 1:
            raise ValueError("no call is under 0 s: write a length of at least 1 ms")
        if (self.rule == "only_short") != (self.length is not None):
            raise ValueError(
                "only_short judges a call by its billed or its raw units, first_part by no length:"
                " write length: billed or length: raw with only_short alone"
            )
        return self


class Volume(Model):
    """Usage that a pack includes; with `counts: money`, what it pays of charges."""

    kind: Literal["voice", "sms", "data", "any"]  # any: only of money
    destinations: tuple[Identifier, ...] = Field(min_length=1)
    amount: Amount  # a quantity; of money, an amount
    # day: a quota that begins anew at midnight; cycle: with each cycle of the pack's validity
    per: Literal["pack", "day", "cycle"] = "pack"
    counts: Literal["billed", "raw", "money"] = "billed"
    hours: Hours | None = None
    calls: Calls | None = None  # of voice; None: all of every call
    source: str | None = None  # with `mark`, where another document than the pack's gives this
    mark: Mark | None = None

    @property
    def units(self) -> int:
        """Units of the kind, of a volume that counts units."""
        return quantity.whole_quantity(self.amount, quantity.UNITS_OF_KIND[self.kind])

    def capacity(self, decimals: int) -> int:
        """Units; of money, minor units of a currency of so many decimals."""
        if self.counts != "money":
            return self.units
        minor = quantity.price(self.amount) * 10**decimals
        if minor.denominator != 1:
            raise ValueError(f"{self.amount} is no whole number of minor units")
        return int(minor)

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        if self.kind == "any" and self.counts != "money":
            raise ValueError("kind any is for volumes that count money")
        if self.capacity(MOST_DECIMALS) < 1:
            raise TextError(message("a volume is at least 1 unit"))
        hours_mask(self.hours)
        if self.calls is not None and (self.kind != "voice" or self.counts == "money"):
            raise ValueError("calls is for volumes of voice that count units: leave it out")
        return self


class After(Model):
    """What uncovered usage of a service costs while a pack is valid; `plan`: the plan's price."""

    kind: Literal["voice", "sms", "data"]
    rule: Literal["stop", "throttle", "overage", "plan"]
    price: PriceText | None = None
    per: Quantity | None = None
    block: Block | None = None
    source: str | None = None  # with `mark`, where another document than the pack's gives this
    mark: Mark | None = None

    @model_validator(mode="after")
    def _overage_has_a_price(self) -> Self:
        parts = (self.price, self.per, self.block)
        if (self.rule == "overage") != all(part is not None for part in parts) or (
            self.rule != "overage" and any(part is not None for part in parts)
        ):
            raise TextError(
                message("overage takes price, per and block; the other rules take none of them")
            )
        return self

    def rate(self) -> Rate:
        """The overage as a rate of all destinations of its kind."""
        return Rate(
            kind=self.kind, destination="any", price=self.price, per=self.per, block=self.block
        )


class Pack(Sold):
    """A pack (gói cước); later versions of the same id take over by their dates."""

    id: Identifier
    carrier: Identifier | None = None
    name: str = ""
    price: PriceText
    validity: Validity
    proration: Proration | None = None  # of a pack of the calendar month
    renewal: Renewal = Renewal()
    volumes: tuple[Volume, ...] = ()
    after: tuple[After, ...] = ()
    rank: Whole = 100  # order of consumption among bundled volumes; lower is drawn first
    payments: tuple[Payment, ...] = ("prepaid", "postpaid")

    @property
    def priced_by(self) -> Priced:
        parts: Priced = (("volumes", self.volumes), ("after", self.after))
        return (("price", ()), ("validity", ()), *(part for part in parts if part[1]))

    @model_validator(mode="after")
    def _has_cycles_where_a_quota_asks_for_them(self) -> Self:
        if not self.validity.cycles and any(volume.per == "cycle" for volume in self.volumes):
            raise ValueError(
                f"pack {self.id}: its validity has no cycles, which a quota per cycle needs: write"
                " months, or days with cycle_days"
            )
        return self

    @model_validator(mode="after")
    def _is_a_part_of_a_month(self) -> Self:
        if self.proration is not None and not self.validity.calendar_month:
            raise ValueError(
                f"pack {self.id}: proration is of a pack to the month's end: write validity:"
                " {calendar_month: true}, or leave proration out"
            )
        if self.proration is not None and self.renewal.still_valid == "extend":
            raise ValueError(
                f"pack {self.id}: a renewal that extends is of a whole month, which proration is"
                " not: write another still_valid, or leave proration out"
            )
        return self


Version = TypeVar("Version", Plan, Pack)


class InterconnectPrice(Dated):
    """What the originating carrier pays the terminating one; excl. VAT."""

    price: PriceText
    per: Quantity
    from_service: Literal["mobile", "fixed"]
    to_service: Literal["mobile", "fixed"]
    to_carriers: tuple[Identifier, ...] | None = None  # the terminating ones; None: any

    @model_validator(mode="after")
    def _is_for_a_time(self) -> Self:
        quantity.divisor(self.per, quantity.TIME_UNITS)
        return self


class Catalogue(Model):
    """All that things cost, and where and when orders held."""

    currency: Currency
    # The state it is under; None: that of vn-2021, as of all catalogues of before there were any.
    jurisdiction: Jurisdiction | None = None
    id: Identifier = "catalogue"
    title: str = ""
    carriers: tuple[Carrier, ...] = ()
    localities: tuple[Locality, ...] = ()
    orders: tuple[Order, ...] = ()
    numbering: Numbering = Numbering(prefixes=(), short_codes=())
    zero_rated_hosts: tuple[ZeroRatedHost, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    plans: tuple[Plan, ...]
    packs: tuple[Pack, ...] = ()
    interconnect: tuple[InterconnectPrice, ...] = ()
    # Put over the files, the first before the others: by --overlay only, so no file says them.
    overlays: SkipJsonSchema[tuple[Overlay, ...]] = ()

    @property
    def called(self) -> str:
        """Its id, and those of the overlays over it, as papers name them together."""
        return " + ".join((self.id, *(overlay.id for overlay in self.overlays)))

    @property
    def named_overlays(self) -> dict[str, list[dict[str, str]]]:
        """The overlays as manifests and papers for programs name them; nothing without one."""
        named = [overlay.named for overlay in self.overlays]
        return {"overlays": named} if named else {}

    @model_serializer(mode="wrap")
    def _as_it_always_was(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Of what it does not have a catalogue says nothing, so that its digest stays."""
        data: dict[str, Any] = dump(self)
        if not self.overlays:
            data.pop("overlays", None)
        if self.jurisdiction is None:
            data.pop("jurisdiction", None)
        return data

    @model_validator(mode="after")
    def _ids_are_known_and_dates_do_not_overlap(self) -> Self:
        provinces = {place.code for place in self.localities if place.province is None}
        known = {place.code for place in self.localities}
        for place in self.localities:
            if place.province is not None and place.province not in provinces:
                raise ValueError(
                    f"locality {place.code}: its province {place.province} is not listed"
                )
        for order in self.orders:
            missing = sorted(set(order.localities) - known)
            if missing:
                raise ValueError(
                    f"order {order.id}: localities {', '.join(missing)} are not listed"
                )
        carriers = {carrier.id for carrier in self.carriers}
        items: tuple[Plan | Pack, ...] = (*self.plans, *self.packs)
        for item in items:
            if item.carrier is not None and item.carrier not in carriers:
                raise ValueFault(
                    message(
                        "{id}: its carrier {carrier} is not listed",
                        id=item.id, carrier=item.carrier,
                    ),
                    message("use one of {known}", known=", ".join(sorted(carriers))),
                )  # fmt: skip
        refuse_repeated("carrier", [carrier.id for carrier in self.carriers])
        refuse_repeated("locality", [place.code for place in self.localities])
        refuse_repeated("order", [order.id for order in self.orders])
        refuse_repeated("holiday", [str(holiday.day) for holiday in self.holidays])
        refuse_overlaps(self.plans)
        services: dict[str, str] = {}
        cycles: dict[tuple[str, str], tuple[object, ...]] = {}
        for plan in self.plans:
            if services.setdefault(plan.id, plan.service) != plan.service:
                raise ValueError(f"plan {plan.id}: its versions are of different services")
            for charge in plan.charges:
                charge.check_decimals(self.currency.decimals)
                cycle = (charge.every, charge.begins, charge.kind, charge.owner)
                if cycles.setdefault((plan.id, charge.id), cycle) != cycle:
                    raise ValueError(
                        f"charge {charge.id} of plan {plan.id}: its versions differ in every,"
                        " begins, kind or owner: give the new one its own id"
                    )
        refuse_overlaps(self.packs)
        return self


def refuse_repeated(kind: str, ids: Sequence[str]) -> None:
    """ValueError where an id stands twice."""
    repeated = [name for name, following in pairwise(sorted(ids)) if name == following]
    if repeated:
        raise ValueError(f"{kind} {repeated[0]} stands twice: give each its own id or code")


class FollowsByDate(Protocol):
    """One of several that follow each other under one id."""

    @property
    def id(self) -> str: ...
    @property
    def valid_from(self) -> datetime: ...
    @property
    def valid_until(self) -> datetime | None: ...


def refuse_overlaps(versions: Sequence[FollowsByDate]) -> None:
    """ValueFault where two versions of one id hold at one time."""
    ordered = sorted(versions, key=lambda version: (version.id, version.valid_from))
    for before, version in pairwise(ordered):
        if before.id == version.id and (
            before.valid_until is None or before.valid_until > version.valid_from
        ):
            raise ValueFault(
                message(
                    "{id}: the version from {first} still holds when the one from {second} begins",
                    id=version.id, first=before.valid_from, second=version.valid_from,
                ),
                message("end it there by valid_until"),
            )  # fmt: skip
