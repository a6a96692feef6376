"""The catalogue and the package, as data: frozen models with a source at every value.

A catalogue says what things cost; a package says what relief is given. Both are read by `load`,
turned into flat arrays by `compile`, and are all that the kernel and the oracle share.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, PrivateAttr, model_validator

from doisoat.tariffs import quantity
from doisoat.tariffs.fields import (
    USAGE_KINDS,
    Amount,
    Block,
    Dated,
    Hours,
    Identifier,
    InKindValue,
    Kind,
    Mark,
    Model,
    Moment,
    Payment,
    PriceText,
    Quantity,
    Sourced,
    Whole,
)
from doisoat.tariffs.life import Proration, Renewal, Validity
from doisoat.tariffs.rates import Rate, hours_mask

MOST_DECIMALS = 6


class Currency(Model):
    code: str = Field(pattern=r"^[A-Z]{3}$")
    decimals: Whole = Field(le=MOST_DECIMALS)


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


class Numbering(Model):
    prefixes: tuple[Prefix, ...]
    short_codes: tuple[ShortCode, ...]

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


class ZeroRatedHost(Dated):
    host: str = Field(min_length=1)
    list: Identifier  # the list it stands on, such as moh or bluezone


class Plan(Dated):
    """A tariff plan; later versions of the same id take over by their dates."""

    id: Identifier
    carrier: Identifier | None = None
    name: str = ""
    service: Literal["mobile", "fibre"] = "mobile"
    payment: Payment | None = None
    monthly_fee: PriceText | None = None
    rates: tuple[Rate, ...]


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
            raise ValueError("a volume is at least 1 unit")
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
            raise ValueError(
                "overage takes price, per and block; the other rules take none of them"
            )
        return self

    def rate(self) -> Rate:
        """The overage as a rate of all destinations of its kind."""
        return Rate(
            kind=self.kind, destination="any", price=self.price, per=self.per, block=self.block
        )


class Pack(Dated):
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
                raise ValueError(
                    f"{item.id}: its carrier {item.carrier} is not listed"
                    f" (known: {', '.join(sorted(carriers))})"
                )
        _refuse_repeated("carrier", [carrier.id for carrier in self.carriers])
        _refuse_repeated("locality", [place.code for place in self.localities])
        _refuse_repeated("order", [order.id for order in self.orders])
        _refuse_repeated("holiday", [str(holiday.day) for holiday in self.holidays])
        _refuse_overlaps(self.plans)
        services: dict[str, str] = {}
        for plan in self.plans:
            if services.setdefault(plan.id, plan.service) != plan.service:
                raise ValueError(f"plan {plan.id}: its versions are of different services")
        _refuse_overlaps(self.packs)
        return self


def _refuse_repeated(kind: str, ids: Sequence[str]) -> None:
    repeated = [one for one, following in pairwise(sorted(ids)) if one == following]
    if repeated:
        raise ValueError(f"{kind} {repeated[0]} stands twice: give each its own id or code")


def _refuse_overlaps(versions: Sequence[Version]) -> None:
    ordered = sorted(versions, key=lambda version: (version.id, version.valid_from))
    for before, version in pairwise(ordered):
        if before.id == version.id and (
            before.valid_until is None or before.valid_until > version.valid_from
        ):
            raise ValueError(
                f"{version.id}: the version from {before.valid_from} still holds when the one"
                f" from {version.valid_from} begins: end it there by valid_until"
            )


# --- the package -------------------------------------------------------------------------------


class Alternative(Model):
    """One answer to a reading: the value put in its place, and what it means."""

    value: object = None  # left out: the key, or the item of a list, is left out
    means: str = Field(min_length=1)
    means_vi: str = Field(default="", exclude=True)  # says `means` again, so is not digested
    source: str = ""

    @property
    def said(self) -> str:
        """What it means, in Vietnamese too where the package says so."""
        return f"{self.means_vi} | {self.means}" if self.means_vi else self.means


class Reading(Model):
    """A named answer to something that the announcement leaves open."""

    name: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$")
    question: str  # Vietnamese
    question_en: str
    default: str
    alternatives: dict[str, Alternative]
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _has_alternatives(self) -> Self:
        if len(self.alternatives) < 2:
            raise ValueError(f"reading {self.name}: at least two alternatives are needed")
        if self.default not in self.alternatives:
            raise ValueError(
                f"reading {self.name}: default {self.default!r} is none of"
                f" {', '.join(self.alternatives)}"
            )
        return self


class Where(Model):
    """A condition on the place: it lies under a distancing order of this directive.

    home_at_trigger: the home locality when a grant is given. home_at_use, serving_at_use: the
    home or serving locality when the event starts (or, split in time, while it lasts).
    """

    directive: Whole
    place: Literal["home_at_trigger", "home_at_use", "serving_at_use"]
    entering: Literal["at_entry", "at_start_only"] = (
        "at_entry"  # localities that come under order later
    )
    localities: tuple[str, ...] | None = (
        None  # of those that orders name; a province covers all of it
    )


class Scope(Model):
    """Which events and whom a measure is for; None: no condition."""

    kinds: tuple[Kind, ...]
    destinations: tuple[Identifier, ...] | None = None
    packs: tuple[Identifier, ...] | None = None
    plans: tuple[Identifier, ...] | None = None
    services: tuple[Literal["mobile", "fibre"], ...] | None = None
    payments: tuple[Payment, ...] | None = None
    segments: tuple[Identifier, ...] | None = None
    # data only: lists of zero-rated hosts, and `unknown_host` for volume whose host is not named
    host_lists: tuple[Identifier, ...] | None = None


class ZeroRating(Model):
    """A source without limit for usage in scope; it never draws a grant or a quota."""

    type: Literal["zero_rating"]
    in_kind_value: Literal["list_price", "zero"]


class BonusVolume(Model):
    """Each pack's volumes of these kinds grow by a share, drawn right after the pack's own."""

    type: Literal["bonus_volume"]
    share: PriceText  # per cent of the pack's own volume
    kinds: tuple[Literal["voice", "sms", "data"], ...]
    pack_in_use: Literal["full", "remaining", "prorated", "at_renewal"]
    in_kind_value: InKindValue


class Grant(Model):
    """An allowance given by a trigger, with its own expiry and place in the order."""

    type: Literal["grant"]
    amount: Quantity  # of the first kind in scope
    lasts: Quantity
    trigger: Literal["begin", "opt_in"]  # begin: when the measure, subscription or order begins
    opt_in_destination: Identifier | None = None  # an SMS there asks for it
    place_in_order: Literal["first", "last"]
    repeats: Literal["once", "each_term"] = "once"  # each_term: anew whenever it expires
    in_kind_value: Literal["list_price", "zero"]

    @model_validator(mode="after")
    def _opt_in_has_a_destination(self) -> Self:
        if (self.trigger == "opt_in") != (self.opt_in_destination is not None):
            raise ValueError("trigger opt_in takes opt_in_destination; begin takes none")
        return self


class PriceCut(Model):
    """A measure on a price: exactly one of percent (off), minus (đồng off) or new_price by pack."""

    type: Literal["price_cut"]
    percent: PriceText | None = None
    minus: PriceText | None = None
    new_price: dict[Identifier, PriceText] | None = None
    base: Literal["residual", "list"] = "residual"

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(v is not None for v in (self.percent, self.minus, self.new_price)) != 1:
            raise ValueError("give exactly one of percent, minus, new_price")
        if self.percent is not None and quantity.price(self.percent) > 100:
            raise ValueError("percent is at most 100")
        return self


class Contribution(Model):
    """The carrier pays a third party this much for each event in scope; outside the identity."""

    type: Literal["contribution"]
    amount: PriceText
    to: str


class FeeInKind(Model):
    """More service for the same fee, valued at the list price of the fee or at zero."""

    type: Literal["fee_in_kind"]
    in_kind_value: Literal["list_price", "zero"]
    except_segments: tuple[Identifier, ...] = ()  # lines that had it before, under `does_not`


class Forbearance(Model):
    """Service goes on that the carrier could have barred: counted, a line a fee, never valued."""

    type: Literal["forbearance"]


class Cap(Model):
    """The most that a measure on a price gives: of one event, or of an owner's together.

    over: period, all that is settled as one; programme, all periods, by the closing state.
    """

    amount: PriceText
    per: Literal["event", "owner"] = "event"
    over: Literal["period", "programme"] = "period"

    @model_validator(mode="after")
    def _over_is_of_owners(self) -> Self:
        if self.per == "event" and self.over == "programme":
            raise ValueError("a cap per event is over nothing longer: leave `over` out")
        return self


class Measure(Sourced):
    """One article of the package for the carriers named.

    One id may have several entries, of disjoint carriers or of disjoint payments.
    """

    id: Identifier
    title: str
    title_en: str
    document: str
    document_vi: str = Field(default="", exclude=True)  # says `document` again: not digested
    carriers: tuple[Identifier, ...] | None = None  # None: any, also a catalogue without carriers
    valid_from: Moment
    valid_until: Moment
    programme: Identifier | None = None  # of a package of several
    order: Whole = Field(ge=1)  # inside its programme; unique among entries that share a carrier
    exclusive_group: Identifier | None = None  # among measures on prices: the first with an effect
    crossing: Literal["by_start", "split_time", "prorata_time"] = "by_start"
    scope: Scope
    where: Where | None = None
    effect: Annotated[
        ZeroRating | BonusVolume | Grant | PriceCut | Contribution | FeeInKind | Forbearance,
        Field(discriminator="type"),
    ]
    cap: Cap | None = None  # of a measure on a price
    interconnect: Literal["due", "waived"] = "due"  # waived: what it relieves owes none

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.valid_until <= self.valid_from:
            raise ValueError(f"{self.id}: [{self.valid_from}, {self.valid_until}) holds no moment")
        if self.exclusive_group is not None and not isinstance(self.effect, PriceCut):
            raise ValueError(f"{self.id}: exclusive_group is for measures on prices")
        kinds = set(self.scope.kinds)
        if self.scope.packs is not None and not (
            isinstance(self.effect, BonusVolume) or kinds == {"pack"}
        ):
            raise ValueError(f"{self.id}: packs are a condition on pack events and bonus volumes")
        if self.scope.host_lists is not None and kinds != {"data"}:
            raise ValueError(f"{self.id}: host_lists are a condition on data alone")
        if isinstance(self.effect, Contribution) and kinds - {"pack", "fee"}:
            raise ValueError(f"{self.id}: a contribution is paid on packs and fees")
        if isinstance(self.effect, FeeInKind) and kinds != {"fee"}:
            raise ValueError(f"{self.id}: fee_in_kind is for fees")
        if isinstance(self.effect, Forbearance) and kinds != {"fee"}:
            raise ValueError(f"{self.id}: forbearance is counted by fees")
        if self.cap is not None and not isinstance(self.effect, PriceCut):
            raise ValueError(f"{self.id}: a cap is for measures on prices; a grant has its amount")
        if isinstance(self.effect, BonusVolume) and set(self.effect.kinds) - kinds:
            raise ValueError(f"{self.id}: a bonus is for kinds in its scope")
        if isinstance(self.effect, Grant):
            if len(kinds) != 1 or self.scope.kinds[0] not in USAGE_KINDS:
                raise ValueError(f"{self.id}: a grant is for one kind of usage")
            quantity.whole_quantity(self.effect.amount, quantity.UNITS_OF_KIND[self.scope.kinds[0]])
            if quantity.whole_quantity(self.effect.lasts, quantity.TIME_UNITS) < 1:
                raise ValueError(f"{self.id}: a grant lasts at least 1 ms")
        return self


class Envelope(Sourced):
    amount: Whole
    rule: Literal["track", "first_come", "pro_rata"] = "track"
    natures: tuple[Literal["discount", "in_kind", "contribution"], ...]
    basis: Literal["incl_vat", "excl_vat"] = "incl_vat"  # of discounts and in kind
    carriers: tuple[Identifier, ...]
    measures: tuple[Identifier, ...] | None = None  # None: all of the package


class Programme(Model):
    """One of several programmes that are settled together."""

    id: Identifier
    title: str
    title_en: str
    author: str
    reference: str
    envelope: Envelope | None = None


class Package(Model):
    """A relief programme, or several, with readings resolved: `load` puts the chosen values in.

    Of several, the one that stands first relieves an event first (docs/adr/0022): their order is
    the declared precedence.
    """

    id: Identifier
    title: str
    title_en: str
    author: str
    reference: str
    baseline: Identifier  # the catalogue it is a patch over
    envelope: Envelope | None = None
    programmes: tuple[Programme, ...] = ()  # of several, each with its own envelope
    measures: tuple[Measure, ...]
    readings: tuple[Reading, ...] = ()
    chosen: dict[str, str] = Field(default_factory=dict)  # reading name -> alternative in force
    _as_written: str = PrivateAttr(default="")

    @property
    def as_written(self) -> str:
        """The tree it was read from as canonical JSON, readings not in place; '' if it had none."""
        return self._as_written

    def with_written(self, as_written: str) -> Self:
        """The same package, which knows what it was read from."""
        copy = self.model_copy()
        copy._as_written = as_written
        return copy

    @model_validator(mode="after")
    def _programmes_are_known(self) -> Self:
        ids = [programme.id for programme in self.programmes]
        _refuse_repeated("programme", ids)
        if ids and self.envelope is not None:
            raise ValueError(
                f"{self.id}: it joins programmes, so each has an envelope of its own:"
                " leave this one out"
            )
        for measure in self.measures:
            if (measure.programme is None) == bool(ids) or measure.programme not in (None, *ids):
                known = f" (known: {', '.join(ids)})" if ids else ""
                raise ValueError(
                    f"{measure.id}: its programme {measure.programme} is not listed{known}"
                )
        return self

    @model_validator(mode="after")
    def _orders_are_unique(self) -> Self:
        for i, one in enumerate(self.measures):
            for other in self.measures[:i]:
                if one.programme != other.programme:
                    if one.id == other.id:
                        raise ValueError(
                            f"{one.id} stands in the programmes {other.programme} and"
                            f" {one.programme}: give each its own id"
                        )
                    continue
                share = (
                    one.carriers is None
                    or other.carriers is None
                    or set(one.carriers) & set(other.carriers)
                )
                if share and one.order == other.order:
                    raise ValueError(
                        f"{one.id} and {other.id} have the same order {one.order}:"
                        " give each its own"
                    )
                payments = set(one.scope.payments or ("prepaid", "postpaid"))
                together = payments & set(other.scope.payments or ("prepaid", "postpaid"))
                if share and one.id == other.id and together:
                    raise ValueError(f"{one.id} stands twice for the same carrier")
        return self

    def parts(self) -> tuple[Programme, ...]:
        """Its programmes in order of precedence; a package of one is that one."""
        return self.programmes or (
            Programme(
                id=self.id, title=self.title, title_en=self.title_en, author=self.author,
                reference=self.reference, envelope=self.envelope,
            ),
        )  # fmt: skip

    def measures_of(self, programme: str) -> tuple[Measure, ...]:
        """The entries of one of its parts."""
        return tuple(one for one in self.measures if (one.programme or self.id) == programme)

    def precedence_of(self, measure: Measure) -> int:
        """The place of a measure's programme: the lower one relieves an event first."""
        ids = [programme.id for programme in self.programmes]
        return ids.index(measure.programme) if measure.programme is not None else 0

    def in_order(self) -> tuple[Measure, ...]:
        """The entries by precedence, declared order and id."""
        return tuple(sorted(self.measures, key=lambda m: (self.precedence_of(m), m.order, m.id)))


NO_PACKAGE = Package(
    id="none", title="Không có gói hỗ trợ", title_en="No package", author="doisoat",
    reference="-", baseline="any", measures=(),
)  # fmt: skip
