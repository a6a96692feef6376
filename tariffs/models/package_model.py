"""A package as data: frozen models of its measures, readings and programmes.

`models` says what things cost; a package says what relief is given over that.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from doisoat.messages.text import Text, message
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.allowance import Allowance, Ceiling
from doisoat.tariffs.models.catalogue_model import (
    Catalogue,
    Order,
    refuse_overlaps,
    refuse_repeated,
)
from doisoat.tariffs.models.field_types import (
    USAGE_KINDS,
    Identifier,
    InKindValue,
    Kind,
    Model,
    Moment,
    Payment,
    PriceText,
    Quantity,
    Sourced,
    Whole,
)
from doisoat.tariffs.models.period_charge import PeriodReliefs


class Alternative(Model):
    """One answer to a reading: the value put in its place, and what it means."""

    value: object = None  # left out: the key, or the item of a list, is left out
    means: str = Field(min_length=1)
    means_vi: str = Field(default="", exclude=True)  # says `means` again, so is not digested
    source: str = ""

    @property
    def meaning(self) -> str:
        """What it means, in Vietnamese too where the package says so."""
        return Text(self.means_vi, self.means) if self.means_vi else self.means


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


class Area(Sourced):
    """Localities that something befell (flood, storm, cut_off) on [valid_from, valid_until).

    A province covers all of it. It is of the package, as a distancing order is of the catalogue.
    """

    id: Identifier
    cause: Identifier
    localities: tuple[str, ...] = Field(min_length=1)
    valid_from: Moment
    valid_until: Moment
    # Of a package of several; left out of what is digested in a package of one.
    programme: Identifier | None = Field(default=None, exclude_if=lambda name: name is None)

    @model_validator(mode="after")
    def _interval_holds_a_moment(self) -> Self:
        if self.valid_until <= self.valid_from:
            raise ValueError(
                f"area {self.id}: [{self.valid_from}, {self.valid_until}) holds no moment:"
                " valid_until is the first moment after it, so give a later one"
            )
        return self


class Snapshot(Model):
    """The moment whose enrolments have the benefit of a month, the data month.

    It is the first or the last moment of a day of that month, or of the next one.
    """

    day: int = Field(ge=1, le=28)  # every month has it
    of: Literal["month", "next_month"]
    at: Literal["begins", "ends"]


class HouseholdBenefit(Sourced):
    """One benefit for each household, across carriers: whose of its enrolments it is.

    lists: the enrolment lists, which are segments that measures ask for; together they are one
    benefit. holds: of several enrolments in one snapshot, the one that began first or last.
    """

    id: Identifier
    lists: tuple[Identifier, ...] = Field(min_length=1)
    snapshot: Snapshot
    holds: Literal["first_enrolled", "last_enrolled"]


class Where(Model):
    """A condition on the place: under a distancing order of a directive, or in areas of a cause.

    home_at_trigger: the home locality when a grant is given. home_at_use, serving_at_use: the
    home or serving locality when the event starts (or, split in time, while it lasts).
    """

    # Of the two the one that is not said is left out of what is digested.
    directive: Whole | None = Field(default=None, exclude_if=lambda number: number is None)
    cause: Identifier | None = Field(default=None, exclude_if=lambda name: name is None)
    place: Literal["home_at_trigger", "home_at_use", "serving_at_use"]
    entering: Literal["at_entry", "at_start_only"] = (
        "at_entry"  # localities that come under order later
    )
    localities: tuple[str, ...] | None = (
        None  # of those that orders or areas name; a province covers all of it
    )

    @model_validator(mode="after")
    def _is_of_one(self) -> Self:
        if (self.directive is None) == (self.cause is None):
            raise ValueError(
                "give a directive, whose orders the catalogue has, or a cause, whose areas the"
                " package has: one of the two"
            )
        return self


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
    amount: Quantity | None = None  # of the first kind in scope; or
    # by a formula. Left out of what is digested where there is none, as before there were any.
    allowance: Allowance | None = Field(default=None, exclude_if=lambda formula: formula is None)
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

    @model_validator(mode="after")
    def _is_an_amount_or_a_formula(self) -> Self:
        if (self.amount is None) == (self.allowance is None):
            raise ValueError(
                "a grant has one size: give `amount`, or `allowance` with the formula of it"
            )
        return self


class MoneyGrant(Model):
    """Money given to an account, or to a named sub-account, which pays charges of events in scope.

    It is given when the measure, subscription, order or area begins, and pays last: what is left to
    pay when all else has done its part. What is left when it expires lapses.
    """

    type: Literal["money_grant"]
    amount: PriceText
    account: Identifier | None = None  # the sub-account; None: the main one
    lasts: Quantity | None = None  # from the grant on; or
    expires: Moment | None = None  # to a moment, the first at which it pays no more
    repeats: Literal["once", "each_term"] = "once"  # each_term: anew whenever it expires

    @model_validator(mode="after")
    def _expires(self) -> Self:
        if (self.lasts is None) == (self.expires is None):
            raise ValueError(
                "money has one expiry: give `lasts` (so long from the grant on) or `expires`"
                " (a moment)"
            )
        if self.lasts is not None and quantity.whole_quantity(self.lasts, quantity.TIME_UNITS) < 1:
            raise ValueError("money lasts at least 1 ms")
        if self.expires is not None and self.repeats == "each_term":
            raise ValueError("each_term is of money that lasts a time: give `lasts`")
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
    """The carrier pays a third party this much for each pack, fee or message in scope.

    It stands outside the identity. What a fund gets of a message is the campaign's amount: other
    amounts by carrier or date are other entries.
    """

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
        ZeroRating
        | BonusVolume
        | Grant
        | MoneyGrant
        | PriceCut
        | Contribution
        | FeeInKind
        | Forbearance,
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
        if isinstance(self.effect, Contribution) and kinds - {"pack", "fee", "sms"}:
            raise ValueError(f"{self.id}: a contribution is paid on packs, fees and messages")
        if isinstance(self.effect, FeeInKind) and kinds != {"fee"}:
            raise ValueError(f"{self.id}: fee_in_kind is for fees")
        if isinstance(self.effect, Forbearance) and kinds != {"fee"}:
            raise ValueError(f"{self.id}: forbearance is counted by fees")
        if self.cap is not None and not isinstance(self.effect, PriceCut):
            raise ValueError(f"{self.id}: a cap is for measures on prices; a grant has its amount")
        if isinstance(self.effect, BonusVolume) and set(self.effect.kinds) - kinds:
            raise ValueError(f"{self.id}: a bonus is for kinds in its scope")
        expires = self.effect.expires if isinstance(self.effect, MoneyGrant) else None
        if expires is not None and expires < self.valid_until:
            raise ValueError(
                f"{self.id}: money is given until {self.valid_until} and expires before, at"
                f" {expires}: let `expires` be no earlier than valid_until"
            )
        if isinstance(self.effect, Grant):
            if len(kinds) != 1 or self.scope.kinds[0] not in USAGE_KINDS:
                raise ValueError(f"{self.id}: a grant is for one kind of usage")
            units = quantity.UNITS_OF_KIND[self.scope.kinds[0]]
            if self.effect.allowance is None:
                assert self.effect.amount is not None  # one of the two
                quantity.whole_quantity(self.effect.amount, units)
            elif not self.scope.plans:
                raise ValueError(
                    f"{self.id}: an allowance follows from a plan's fee: name it in scope.plans"
                )
            elif quantity.whole_quantity(self.effect.allowance.unit, units) < 1:
                raise ValueError(f"{self.id}: an allowance is a multiple of 1 unit at least")
            if quantity.whole_quantity(self.effect.lasts, quantity.TIME_UNITS) < 1:
                raise ValueError(f"{self.id}: a grant lasts at least 1 ms")
        return self


class Envelope(Sourced):
    """A programme's value, in whole đồng, and the rule by which it recognises relief.

    It is common to its carriers, or each has a part of its own: then all parts are the amount.
    """

    amount: Whole
    rule: Literal["track", "first_come", "pro_rata"] = "track"
    natures: tuple[Literal["discount", "in_kind", "contribution"], ...]
    basis: Literal["incl_vat", "excl_vat"] = "incl_vat"  # of discounts and in kind
    carriers: tuple[Identifier, ...]
    measures: tuple[Identifier, ...] | None = None  # None: all of the package
    # None: common to all. Left out of what is digested then, as before there were parts.
    per_carrier: dict[Identifier, Whole] | None = Field(
        default=None, exclude_if=lambda parts: parts is None
    )

    @field_validator("per_carrier")
    @classmethod
    def _parts_are_the_whole(
        cls, parts: dict[str, int] | None, info: ValidationInfo
    ) -> dict[str, int] | None:
        known = {"amount", "carriers"} <= info.data.keys()  # else they have errors of their own
        if parts is None or not known:
            return parts
        carriers, amount = info.data["carriers"], info.data["amount"]
        if set(parts) != set(carriers):
            unmatched = ", ".join(sorted(set(parts) ^ set(carriers)))
            raise ValueError(
                f"per_carrier and carriers do not name the same carriers ({unmatched}):"
                " give each carrier its part, which may be 0"
            )
        if sum(parts.values()) != amount:
            raise ValueError(
                f"the parts per_carrier are {sum(parts.values())} together, the amount is {amount}:"
                " give parts whose sum is the amount, since no carrier could draw the difference"
            )
        return parts


class Announcement(Sourced):
    """What was announced beside the tariffs, or kept of it: told with its source, never settled."""

    kind: Literal["target", "pledge", "kept", "reported"]
    day: date | None = None  # of the announcement, or of what was kept; None: not found
    until: date | None = None  # the last day of a target's time
    who: str = Field(min_length=1)
    who_en: str = Field(min_length=1)
    what: str = Field(min_length=1)
    what_en: str = Field(min_length=1)
    quantity: Whole | None = None  # how many, of the things that `what` names
    amount: Whole | None = None  # whole đồng

    @model_validator(mode="after")
    def _says_how_much(self) -> Self:
        if self.quantity is None and self.amount is None:
            raise ValueError(f"{self.what_en}: give a quantity or an amount, or both")
        if self.until is not None and self.kind != "target":
            raise ValueError(f"{self.what_en}: until is the last day of a target; leave it out")
        return self


Announcements = Annotated[
    tuple[Announcement, ...],
    # Left out of what is digested where there are none, as before there were any.
    Field(default=(), exclude_if=lambda announcements: not announcements),
]


class Programme(Model):
    """One of several programmes that are settled together."""

    id: Identifier
    title: str
    title_en: str
    author: str
    reference: str
    envelope: Envelope | None = None
    announcements: Announcements = ()


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
    # Left out of what is digested where there are none, as before there were any.
    areas: tuple[Area, ...] = Field(default=(), exclude_if=lambda areas: not areas)
    # Left out of what is digested where there are none, as before there were any.
    ceilings: tuple[Ceiling, ...] = Field(default=(), exclude_if=lambda ceilings: not ceilings)
    # Left out of what is digested where there are none, as before there were any.
    households: tuple[HouseholdBenefit, ...] = Field(default=(), exclude_if=lambda rules: not rules)
    period_reliefs: PeriodReliefs = ()  # on charges over a billing period, in this order
    announcements: Announcements = ()  # of several programmes, each has its own
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
        refuse_repeated("programme", ids)
        refuse_repeated("period relief", [relief.id for relief in self.period_reliefs])
        if ids and self.envelope is not None:
            raise ValueError(
                f"{self.id}: it joins programmes, so each has an envelope of its own:"
                " leave this one out"
            )
        if ids and self.announcements:
            raise ValueError(
                f"{self.id}: it joins programmes, so each has announcements of its own:"
                " leave these out"
            )
        for measure in self.measures:
            if (measure.programme is None) == bool(ids) or measure.programme not in (None, *ids):
                known = f" (known: {', '.join(ids)})" if ids else ""
                raise ValueError(
                    f"{measure.id}: its programme {measure.programme} is not listed{known}"
                )
        return self

    @model_validator(mode="after")
    def _areas_are_known(self) -> Self:
        refuse_repeated("area", [area.id for area in self.areas])
        ids = [programme.id for programme in self.programmes]
        for area in self.areas:
            if (area.programme is None) == bool(ids) or area.programme not in (None, *ids):
                raise ValueError(f"area {area.id}: its programme {area.programme} is not listed")
        for measure in self.measures:
            if measure.where is None or measure.where.cause is None or self.areas_of(measure):
                continue
            causes = {area.cause for area in self.areas if area.programme == measure.programme}
            known = f"there are {', '.join(sorted(causes))}" if causes else "there are no areas"
            raise ValueError(
                f"{measure.id}: no area has the cause {measure.where.cause} ({known}):"
                " add the area, or name another cause"
            )
        return self

    @model_validator(mode="after")
    def _households_are_asked_for(self) -> Self:
        refuse_repeated("household benefit", [rule.id for rule in self.households])
        listed = [name for rule in self.households for name in rule.lists]
        refuse_repeated("enrolment list", listed)
        asked = {name for measure in self.measures for name in measure.scope.segments or ()}
        for name in listed:
            if name not in asked:
                raise ValueError(
                    f"no measure asks for the enrolment list {name}: name it in a measure's"
                    " scope.segments, or take it out of `households`"
                )
        return self

    @model_validator(mode="after")
    def _ceilings_are_known(self) -> Self:
        refuse_overlaps(self.ceilings)
        known = {ceiling.id for ceiling in self.ceilings}
        for measure in self.measures:
            formula = measure.effect.allowance if isinstance(measure.effect, Grant) else None
            if formula is not None and formula.ceiling not in known:
                raise ValueError(
                    f"{measure.id}: its ceiling {formula.ceiling} is not among the package's"
                    f" ceilings ({', '.join(sorted(known)) or 'there are none'}): add it there"
                )
        return self

    @model_validator(mode="after")
    def _orders_are_unique(self) -> Self:
        for i, measure in enumerate(self.measures):
            for earlier in self.measures[:i]:
                if measure.programme != earlier.programme:
                    if measure.id == earlier.id:
                        raise ValueError(
                            f"{measure.id} stands in the programmes {earlier.programme} and"
                            f" {measure.programme}: give each its own id"
                        )
                    continue
                share = (
                    measure.carriers is None
                    or earlier.carriers is None
                    or set(measure.carriers) & set(earlier.carriers)
                )
                if share and measure.order == earlier.order:
                    raise ValueError(
                        f"{measure.id} and {earlier.id} have the same order {measure.order}:"
                        " give each its own"
                    )
                payments = set(measure.scope.payments or ("prepaid", "postpaid"))
                together = payments & set(earlier.scope.payments or ("prepaid", "postpaid"))
                if share and measure.id == earlier.id and together:
                    raise ValueError(f"{measure.id} stands twice for the same carrier")
        return self

    def parts(self) -> tuple[Programme, ...]:
        """Its programmes in order of precedence; a package of one is that one."""
        return self.programmes or (
            Programme(
                id=self.id, title=self.title, title_en=self.title_en, author=self.author,
                reference=self.reference, envelope=self.envelope,
                announcements=self.announcements,
            ),
        )  # fmt: skip

    def measures_of(self, programme: str) -> tuple[Measure, ...]:
        """The entries of one of its parts."""
        return tuple(
            measure for measure in self.measures if (measure.programme or self.id) == programme
        )

    def areas_of(self, measure: Measure) -> tuple[Area, ...]:
        """The areas of its programme that its condition on the place names by their cause."""
        if measure.where is None:
            return ()
        named = (measure.programme, measure.where.cause)
        return tuple(area for area in self.areas if (area.programme, area.cause) == named)

    def orders_of(self, measure: Measure, catalogue: Catalogue) -> tuple[Order | Area, ...]:
        """The catalogue's orders, or its own areas, that a condition on the place names."""
        if measure.where is None or measure.where.cause is not None:
            return self.areas_of(measure)
        directive = measure.where.directive
        return tuple(order for order in catalogue.orders if order.directive == directive)

    def precedence_of(self, measure: Measure) -> int:
        """The place of a measure's programme: the lower one relieves an event first."""
        ids = [programme.id for programme in self.programmes]
        return ids.index(measure.programme) if measure.programme is not None else 0

    def in_order(self) -> tuple[Measure, ...]:
        """The entries by precedence, declared order and id."""
        return tuple(sorted(self.measures, key=lambda m: (self.precedence_of(m), m.order, m.id)))


NO_PACKAGE = Package(
    id="none", title=message("No package").vi, title_en=message("No package").en, author="doisoat",
    reference="-", baseline="any", measures=(),
)  # fmt: skip
