"""Oracle: prices of pack and fee events, cuts, contributions and fees in kind."""

from fractions import Fraction

from doisoat.engine.oracle import validity as life
from doisoat.engine.oracle.charge import rounded
from doisoat.engine.oracle.facts import Event, Outcome, Subscription
from doisoat.engine.oracle.lookup import Book, Desk, Suspended, dated, measure_holds
from doisoat.engine.oracle.validity import LiveGrant
from doisoat.tariffs.models.catalogue_model import Pack
from doisoat.tariffs.models.field_types import Dated
from doisoat.tariffs.models.package_model import (
    BonusVolume,
    Cap,
    Contribution,
    FeeInKind,
    Forbearance,
    MoneyGrant,
    PriceCut,
)


class Prices(Desk):
    """What whole prices cost, and what follows any charge."""

    def priced_whole(self, event: Event, row: Subscription, destination: str) -> Outcome:
        version: Dated | None
        pack: Pack | None = None
        if event.kind == "pack":
            pack = life.pack_version(self.catalogue, event.pack, event.start_ms)
            if pack is not None and pack.carrier not in (None, row.carrier):
                pack = None
            version, price = pack, None if pack is None else pack.price
        else:
            plan = life.plan_version(self.catalogue, row.plan, event.start_ms)
            version, price = plan, None if plan is None else plan.monthly_fee
        if version is None or price is None:
            raise Suspended("no_tariff", pack=event.pack, plan=row.plan)
        self.note(
            "tariff",
            of=event.kind,
            id=event.pack if event.kind == "pack" else row.plan,
            name=getattr(version, "name", ""),
            price=price,
            **dated(version, "monthly_fee" if pack is None else "price"),
        )
        if pack is not None and destination == "renewal_failed" and event.units:
            return self._failed(pack, event, destination)
        exact, rounding = Fraction(price) * self.minor, "half_up"
        if pack is not None:
            exact, _ = life.price_of(pack, event.start_ms, self.minor)
            if pack.proration is not None:
                rounding = pack.proration.rounding
        exact = exact if event.units else Fraction(0)
        list_value = rounded(exact, rounding)
        self.note("billed", raw=event.units, units=event.units, first_place=0,
                  until_place=event.units)  # fmt: skip
        if pack is not None and pack.proration is not None:
            self.note("prorated", rule=pack.proration.rule,
                      part=life.part_bought(pack, event.start_ms))  # fmt: skip
        self.note("charge", charge="list_value", exact=exact, rounding=rounding,
                  amount=list_value)  # fmt: skip
        book = Book()
        payable = self.cut(
            list_value, list_value, event.units, "half_up", event, row, destination, None
        )
        payable -= min(payable, self.granted_money(event, row, destination))
        left = self.cut(
            list_value, list_value, event.units, "half_up", event, row, destination, book
        )
        self.pay_from_grants(book, left, event, row, destination)
        self.lines_outside_identity(book, list_value, event, row, destination)
        if event.kind == "pack" and event.units:
            self._open(event, row, payable, destination == "renewal")
        self.explain_the_rest(event, row, destination)
        self.note_measures()
        return Outcome(
            event, "rated", list_value, payable, event.units, 0, book.lines(), destination,
            tuple(self.trace),
        )  # fmt: skip

    def _failed(self, pack: Pack, event: Event, destination: str) -> Outcome:
        """A renewal that failed: nothing is paid, opened or relieved."""
        instances = self.owner.fail(pack, event.start_ms)
        self.note("renewal_failed", pack=event.pack, rule=pack.renewal.failed,
                  instances=len(instances))  # fmt: skip
        for measure in self.package.measures:
            self.set_why(measure, "renewal_failed")
        self.note_measures()
        return Outcome(event, "rated", 0, 0, 0, 0, (), destination, tuple(self.trace))

    def _open(self, event: Event, row: Subscription, paid: int, is_renewal: bool) -> None:
        bought = (event.pack, event.start_ms, event.event_id, paid)
        pack, old = self.owner.open(*bought, is_renewal)
        if old:
            how = pack.version.renewal
            self.note("renewed", pack=event.pack, rule=how.still_valid, ended=len(old),
                      rollover=how.rollover)  # fmt: skip
        self.note("opened", pack=event.pack, bought_ms=event.start_ms,
                  expiry_ms=pack.expiry_ms, price_paid=paid)  # fmt: skip
        for measure in self.package.measures:
            effect = measure.effect
            if not isinstance(effect, BonusVolume):
                continue
            why = life.why_not_subscription(self.catalogue, measure, row)
            if why is None and not self.owner.pack_in_scope(measure, pack):
                why = "pack"
            if why is None and not measure_holds(measure, event.start_ms):
                why = "not_in_force"
            if why is None and not self.under_order(measure, row, event):
                why = self.no_place(measure)
            bonus_units = 0
            for index in range(len(pack.volumes) if why is None else 0):
                units = life.bonus_at_purchase(measure, effect, pack, index)
                if units is not None:
                    self.owner.add_bonus(pack, measure, row.carrier, index, units, event.start_ms)
                    bonus_units += units
                    self.note("bonus", measure=measure.id, pack=event.pack, volume=index,
                              units=units, from_ms=event.start_ms,
                              expiry_ms=pack.expiry_ms)  # fmt: skip
            self.set_why(measure, why or ("applied" if bonus_units else "kind"))

    def cut(
        self,
        charge_left: int,
        list_value: int,
        billed: int,
        rounding: str,
        event: Event,
        row: Subscription,
        destination: str,
        book: Book | None,
    ) -> int:
        """Measures on prices in their order; with a book, their reliefs are written in it."""
        had_effect: set[str] = set()
        for measure in self.package.in_order():
            cut = measure.effect
            if not isinstance(cut, PriceCut):
                continue
            why = self.unfit(measure, event, row, destination)
            group = measure.exclusive_group
            if why is None and group in had_effect:
                why = "group"
            gives = None if why else self._gives(cut, charge_left, list_value, event)
            if why is None and gives is None:
                why = "pack"
            relief = 0
            if gives is not None:
                relief = charge_left - min(charge_left, rounded(max(gives, Fraction(0)), rounding))
            place = next(i for i, m in enumerate(self.package.measures) if m is measure)
            room = self._room(measure.cap, place)
            if why is None and measure.cap is not None and measure.cap.per == "owner":
                self.within.add((place,))
            relief = relief if room is None else min(relief, room)
            if relief and group is not None:
                had_effect.add(group)
            if book is not None:
                self.set_why(measure, why or ("applied" if relief else "no_effect"))
                if relief:
                    book.add(measure.id, "discount", billed, relief)
                    if measure.cap is not None and measure.cap.per == "owner":
                        self.owner.spent[place] = self.owner.spent.get(place, 0) + relief
                if why is None:
                    self.note("cut", measure=measure.id, before=charge_left, gives=gives,
                              after=charge_left - relief, discount=relief)  # fmt: skip
            charge_left -= relief
        return charge_left

    def _granted(
        self, event: Event, row: Subscription, destination: str
    ) -> list[tuple[LiveGrant, str | None]]:
        """Money granted that is alive, in the order in which it pays, and why it may not."""
        precedence = self.package.precedence_of
        alive = [
            grant
            for grant in self.owner.grants
            if isinstance(grant.measure.effect, MoneyGrant) and grant.lives_at(event.start_ms)
        ]
        alive.sort(key=lambda g: (precedence(g.measure), g.expiry_ms, g.from_ms, g.measure.id))
        out: list[tuple[LiveGrant, str | None]] = []
        for grant in alive:
            measure, why = grant.measure, None
            if event.units == 0:
                why = "zero_units"
            why = why or life.why_not_event(self.catalogue, measure, event, destination)
            at_use = measure.where is not None and measure.where.place != "home_at_trigger"
            if why is None and at_use and not self.under_order(measure, row, event):
                why = self.no_place(measure)
            out.append((grant, why))
        return out

    def granted_money(self, event: Event, row: Subscription, destination: str) -> int:
        """What all money granted to the owner could pay of the event."""
        granted = self._granted(event, row, destination)
        return sum(grant.left for grant, why in granted if why is None)

    def pay_from_grants(
        self, book: Book, charge_left: int, event: Event, row: Subscription, destination: str
    ) -> None:
        """Money granted pays what is left to pay; each purse is a step of relief."""
        for grant, why in self._granted(event, row, destination):
            measure = grant.measure
            if why is None:
                self.within.add((grant,))
                why = None if grant.left else "used_up"
            if why is not None or charge_left == 0:
                self.set_why(measure, why or "covered_before")
                continue
            drawn = min(grant.left, charge_left)
            self.note("granted_money", measure=measure.id, before=grant.left, drawn=drawn,
                      after=grant.left - drawn, charge_before=charge_left,
                      charge_after=charge_left - drawn)  # fmt: skip
            book.add(measure.id, "discount", 0, drawn)
            self.set_why(measure, "applied")
            grant.left -= drawn
            charge_left -= drawn

    def _room(self, cap: Cap | None, place: int) -> int | None:
        """What is left of a cap; None: there is none."""
        if cap is None:
            return None
        most = int(Fraction(cap.amount) * self.minor)
        return most - (self.owner.spent.get(place, 0) if cap.per == "owner" else 0)

    def _gives(
        self, cut: PriceCut, charge_left: int, list_value: int, event: Event
    ) -> Fraction | None:
        """The charge that a measure on a price gives; None: it names other packs."""
        if cut.percent is not None:
            share = Fraction(cut.percent) / 100
            by_list = cut.base == "list" and event.kind in ("pack", "fee")
            return charge_left - share * (list_value if by_list else charge_left)
        if cut.minus is not None:
            return charge_left - Fraction(cut.minus) * self.minor
        prices = cut.new_price or {}
        return Fraction(prices[event.pack]) * self.minor if event.pack in prices else None

    def lines_outside_identity(
        self, book: Book, list_value: int, event: Event, row: Subscription, destination: str
    ) -> None:
        """Contributions, fees in kind, forbearance: lines outside the identity."""
        for measure in self.package.measures:
            effect = measure.effect
            if not isinstance(effect, Contribution | FeeInKind | Forbearance):
                continue
            why = self.unfit(measure, event, row, destination)
            if (
                why is None
                and isinstance(effect, FeeInKind)
                and row.segments & set(effect.except_segments)
            ):
                why = "segment"
            self.set_why(measure, why or "applied")
            if why is not None:
                continue
            if isinstance(effect, Forbearance):
                book.add(measure.id, "forbearance", 1, 0)
                self.note("forbearance", measure=measure.id)
            elif isinstance(effect, Contribution):
                times = event.units if event.kind == "sms" else 1
                amount = times * rounded(Fraction(effect.amount) * self.minor, "half_up")
                book.add(measure.id, "contribution", times, amount)
                self.note("contribution", measure=measure.id, amount=amount, to=effect.to)
            else:
                exact = Fraction(list_value if effect.in_kind_value == "list_price" else 0)
                book.add(measure.id, "in_kind", 1, int(exact))
                self.note("in_kind", measure=measure.id, units=1, value=effect.in_kind_value,
                          exact=exact, amount=int(exact))  # fmt: skip
