"""Oracle: usage: tariff, billed units, sources, charges and the chain of reliefs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from doisoat.engine.oracle import validity as life
from doisoat.engine.oracle.charge import (
    Charge,
    Tariff,
    charge,
    charge_of_nothing,
    rounded,
    tariff_of,
)
from doisoat.engine.oracle.cover import (
    Draw,
    Piece,
    Source,
    Spans,
    draw,
    first,
    intersect,
    length,
    window,
)
from doisoat.engine.oracle.facts import Event, Outcome, SessionState, Subscription
from doisoat.engine.oracle.lookup import Book, Suspended, dated, measure_holds
from doisoat.engine.oracle.price_cuts import Prices
from doisoat.engine.oracle.time_bands import STRETCHES_MAX, NoBand, TooLong, lay
from doisoat.engine.oracle.validity import LiveBonus, LiveGrant, LivePack, LiveVolume
from doisoat.errors import ConservationError
from doisoat.tariffs.models.catalogue_model import CONSUMPTION, After, Calls
from doisoat.tariffs.models.field_types import USAGE_KINDS
from doisoat.tariffs.models.package_model import Grant, Measure, ZeroRating
from doisoat.tariffs.models.quantity import UNITS_MAX
from doisoat.tariffs.models.rates import Rate

PLACES_MAX = 1 << 60  # of a session: the sum of units that nobody can rate stops here
Charged = Callable[[Sequence[Source]], tuple[list[Draw], Spans, Charge]]


class Usage(Prices):
    """What voice, messages and data cost."""

    def usage(self, event: Event, row: Subscription, destination: str) -> Outcome:
        session = self.owner.sessions.get(event.session) if event.partial else None
        begun_ms = self.begun_ms(event)
        plan = life.plan_version(self.catalogue, row.plan, begun_ms)
        rates = [
            rate
            for rate in (plan.rates if plan else ())
            if rate.kind == event.kind and destination in rate.destinations
        ]
        tariffs = {rate: tariff_of(rate, self.minor) for rate in rates}

        def rate_at(ms: int) -> Rate | None:
            return next((r for r in rates if life.band_holds(self.catalogue, r, ms)), None)

        def band(ms: int) -> Tariff | None:
            rate = rate_at(ms)
            return None if rate is None else tariffs[rate]

        first_rate = rate_at(begun_ms)
        if plan is None or first_rate is None:
            raise Suspended("no_tariff", plan=row.plan, kind=event.kind, destination=destination)
        rule, pack, after = self._after(event)
        tariff = tariffs[first_rate]
        terms = first_rate
        if rule == "overage" and after is not None:
            terms = after.rate()
            tariff = tariff_of(terms, self.minor)
        self.note(
            "tariff",
            of="plan",
            id=plan.id,
            name=plan.name,
            session_start_ms=None if session is None else begun_ms,
            limit=terms.limit,
            connect_fee=terms.connect_fee,
            connect_rule=terms.connect_rule,
            rounding=terms.rounding,
            coverage_rule=terms.coverage_rule,
            **dated(plan, "rates", first_rate),
        )
        if pack is not None:
            self.note("after", rule=rule, pack=pack.version.id, source=pack.version.source,
                      mark=pack.version.mark)  # fmt: skip

        raw_before = 0 if session is None else session.units
        raw = raw_before + event.units
        sought = {"plan": row.plan, "kind": event.kind, "destination": destination}
        most = UNITS_MAX[event.kind]
        limit = most if tariff.limit is None else min(tariff.limit, most)
        least = raw if tariff.crossing == "split_apart" else tariff.billed(raw)
        if least > limit:
            raise Suspended("beyond_limit", billed=least, limit=limit)
        try:
            laid = lay(tariff, band, begun_ms, raw_before, raw)
        except NoBand:
            raise Suspended("no_tariff", **sought) from None
        except TooLong:
            raise Suspended("beyond_limit", stretches=STRETCHES_MAX, **sought) from None
        tariff = laid.tariff
        piece = Piece(
            laid.start, laid.until, laid.raw_until, begun_ms, event.start_ms, event.duration_ms,
            event.kind,
        )  # fmt: skip
        if piece.until > limit:
            raise Suspended("beyond_limit", billed=piece.until, limit=limit)
        self.note("billed", raw=event.units, units=piece.units, first_place=piece.start,
                  until_place=piece.until)  # fmt: skip

        outcome = self._covered(
            event, row, destination, tariff, piece, rule, session, plan.consumption
        )
        self.place_part(event, self.fee_charged)
        if event.kind == "sms" and event.units:
            self._ask(event, row, destination)
        self.explain_the_rest(event, row, destination)
        self.note_measures()
        return replace(outcome, trace=tuple(self.trace))

    def place_part(self, event: Event, fee_charged: bool) -> None:
        """A part has its place in its session, rated or not: the parts after it lie there."""
        if not (event.kind in USAGE_KINDS and event.partial and event.session):
            return
        begun = self.owner.sessions.get(event.session)
        units = min((0 if begun is None else begun.units) + event.units, PLACES_MAX)
        paid = fee_charged or (begun is not None and begun.fee_paid)
        self.owner.sessions[event.session] = SessionState(
            event.session, self.begun_ms(event), units, paid
        )

    def _after(self, event: Event) -> tuple[str, LivePack | None, After | None]:
        """What the valid packs say of uncovered usage: the first of overage, throttle, stop."""
        rules = [
            (pack, after)
            for pack in sorted(self.owner.packs_at(event.start_ms), key=lambda pack: pack.order)
            for after in pack.version.after
            if after.kind == event.kind
        ]
        for rule in ("overage", "throttle", "stop"):
            for pack, after in rules:
                if after.rule == rule:
                    return rule, pack, after
        return "plan", None, None

    def _covered(
        self,
        event: Event,
        row: Subscription,
        destination: str,
        tariff: Tariff,
        piece: Piece,
        rule: str,
        session: SessionState | None,
        order: Sequence[str],
    ) -> Outcome:
        """Charges, lines and draws of an event whose tariff and billed units are known."""
        self.fee_charged = False
        if event.units == 0:
            for measure in self.package.measures:
                self.set_why(measure, "zero_units")
            paid_before = session is not None and session.fee_paid
            refused = rule in ("stop", "throttle")
            exact, fee = charge_of_nothing(tariff, piece.start, refused, paid_before)
            self.fee_charged = fee > 0
            if fee:
                self.note("connect_fee", charge="list_value", amount=fee)
            amount = tariff.amount(exact)
            self.note("charge", charge="list_value", exact=exact, rounding=tariff.rounding,
                      round_to=tariff.round_to, amount=amount)  # fmt: skip
            return Outcome(event, "rated", amount, amount, 0, 0, (), destination, ())
        stopped = rule in ("stop", "throttle")
        fee_paid = session is not None and session.fee_paid
        paid = tariff.paid_places(piece.spans)
        part = event.partial and event.session
        terms = replace(tariff, coverage="continue") if part else tariff
        purses = self._purses(event, destination)
        money = sum(purse.left_at(event.start_ms) for _, purse in purses)
        raw_length = event.units + (0 if session is None else session.units)
        by_sort = self._sources(event, row, destination, piece, raw_length)
        sources = [source for sort in order for source in by_sort[sort]]

        def charged(taken: Sequence[Source]) -> tuple[list[Draw], Spans, Charge]:
            draws, uncovered = draw(taken, piece, paid)
            return (
                draws,
                uncovered,
                charge(terms, piece.spans, piece.raw_until, uncovered, stopped, fee_paid, money),
            )

        bundles = [source for source in sources if not source.relief]
        _, _, listed = charged(bundles)
        list_value = listed.amount
        draws, uncovered, residual = charged(sources)
        self._note_charges(tariff, listed, draws, residual, event)

        before_cuts = (residual.amount, list_value, piece.units, tariff.rounding)
        payable = self.cut(*before_cuts, event, row, destination, None)
        payable -= min(payable, self.granted_money(event, row, destination))
        book = Book()
        self._chain(book, sources, charged, tariff, event)
        self._check_units(draws, book)
        left = self.cut(
            residual.amount, list_value, piece.units, tariff.rounding, event, row, destination, book
        )
        self.pay_from_grants(book, left, event, row, destination)
        self.lines_outside_identity(book, list_value, event, row, destination)

        bundled = sum(d.units + d.tail for d in draws if not d.source.relief)
        for drawn in draws:
            self._take(drawn, event)
        self._pay(purses, residual.gross - residual.amount, event)
        self.fee_charged = residual.fee > 0
        free = length(uncovered) if stopped else 0
        return Outcome(
            event, "rated", list_value, payable, piece.units, bundled, book.lines(), destination,
            (), free if rule == "stop" else 0, free if rule == "throttle" else 0,
        )  # fmt: skip

    def _sources(
        self, event: Event, row: Subscription, destination: str, piece: Piece, raw_length: int
    ) -> dict[str, list[Source]]:
        """All sources of this event by class (models.CONSUMPTION), in the order inside each."""
        out: dict[str, list[Source]] = {sort: [] for sort in CONSUMPTION}
        for measure in self.package.in_order():
            if not isinstance(measure.effect, ZeroRating):
                continue
            why = life.why_not_subscription(self.catalogue, measure, row)
            why = why or life.why_not_event(self.catalogue, measure, event, destination)
            if why is None:
                when = life.measure_spans(measure)
                windows = window(piece, measure.crossing, when)
                why = None if windows else "not_in_force"
                if windows and measure.where is not None:
                    place = life.place_of(measure.where, row, event)
                    when = intersect(when, self.order_spans(measure, place))
                    windows = window(piece, measure.crossing, when)
                    why = None if windows else self.no_place(measure)
            self.set_why(measure, why or "covered_before")
            if why is None:
                out["zero_rating"].append(Source("zero_rating", measure, None, windows, False))
        for place, source in self._grants(event, row, destination, piece):
            out[place].append(source)
        for pack in sorted(self.owner.packs_at(event.start_ms), key=lambda pack: pack.order):
            out["bundled"] += self._volumes(pack, event, destination, piece, raw_length)
        return out

    def _grants(
        self, event: Event, row: Subscription, destination: str, piece: Piece
    ) -> list[tuple[str, Source]]:
        out: list[tuple[str, Source]] = []
        alive = [
            grant
            for grant in self.owner.grants
            if grant.lives_at(event.start_ms) and isinstance(grant.measure.effect, Grant)
        ]
        precedence = self.package.precedence_of
        alive.sort(key=lambda g: (precedence(g.measure), g.expiry_ms, g.from_ms, g.measure.id))
        for grant in alive:
            measure, effect = grant.measure, grant.measure.effect
            assert isinstance(effect, Grant)
            why = life.why_not_event(self.catalogue, measure, event, destination)
            when: Spans = ((grant.from_ms, grant.expiry_ms),)
            if measure.where is not None and measure.where.place != "home_at_trigger":
                place = life.place_of(measure.where, row, event)
                when = intersect(when, self.order_spans(measure, place))
            windows = window(piece, measure.crossing, when)
            if why is None and windows:
                self.within.add((grant,))
            if why is None:
                why = "used_up" if grant.left == 0 else None
                why = why if windows else self.no_place(measure)
            self.set_why(measure, why or "covered_before")
            if why is None:
                out.append(
                    (effect.place_in_order, Source("grant", grant, grant.left, windows, False))
                )
        return out

    def _purses(self, event: Event, destination: str) -> list[tuple[LivePack, LiveVolume]]:
        """Money of packs that may pay for this event, in the order of consumption."""
        fit = [
            (pack, index)
            for pack in sorted(self.owner.packs_at(event.start_ms), key=lambda pack: pack.order)
            for index, volume in enumerate(pack.version.volumes)
            if volume.counts == "money"
            and volume.kind in (event.kind, "any")
            and destination in volume.destinations
            and life.hour_holds(volume.hours, event.start_ms)
        ]
        self.within.update((pack, index) for pack, index in fit)
        return [(pack, pack.volumes[index]) for pack, index in fit]

    def _pay(self, purses: list[tuple[LivePack, LiveVolume]], amount: int, event: Event) -> None:
        for pack, purse in purses:
            before = purse.left_at(event.start_ms)
            part = min(before, amount)
            purse.draw(event.start_ms, part)
            amount -= part
            if part:
                self.note("money", pack=pack.version.id, before=before, drawn=part,
                          after=before - part)  # fmt: skip

    def _volumes(
        self, pack: LivePack, event: Event, destination: str, piece: Piece, raw_length: int
    ) -> list[Source]:
        fit = [
            index
            for index, volume in enumerate(pack.version.volumes)
            if volume.kind == event.kind
            and volume.counts != "money"
            and destination in volume.destinations
            and life.hour_holds(volume.hours, event.start_ms)
        ]
        raw = {index: pack.version.volumes[index].counts == "raw" for index in fit}
        places = {
            index: called(pack.version.volumes[index].calls, piece, raw_length) for index in fit
        }
        fit = [index for index in fit if places[index]]
        self.within.update((pack, index) for index in fit)
        out = [
            Source("volume", (pack, i), pack.volumes[i].left_at(event.start_ms), places[i], raw[i])
            for i in fit
        ]
        for index in fit:
            bonuses = [b for b in pack.bonuses if b.volume == index]
            precedence = self.package.precedence_of
            bonuses.sort(key=lambda b: (precedence(b.measure), b.from_ms, b.measure.id))
            for bonus in bonuses:
                units_left = bonus.balance.left_at(event.start_ms)
                self.within.add((bonus,))
                out.append(Source("bonus", (pack, bonus), units_left, places[index], raw[index]))
                self.set_why(bonus.measure, "covered_before" if units_left else "used_up")
        return out

    def _chain(
        self,
        book: Book,
        sources: Sequence[Source],
        charged: Charged,
        tariff: Tariff,
        event: Event,
    ) -> None:
        """Steps of relief: each source's is the difference that adding it makes."""
        taken = [source for source in sources if not source.relief]
        _, _, before = charged(taken)
        for source in (source for source in sources if source.relief):
            taken = [s for s in sources if not s.relief or s in taken or s is source]
            draws, _, after = charged(taken)
            drawn = next(d for d in draws if d.source is source)
            measure = measure_of(source)
            # A raw source covers the rounded tail without drawing it: what is drawn is the most.
            units = min(before.units - after.units, drawn.units)
            in_kind = drawn.units - units
            discount = before.amount - after.amount
            if drawn.units or discount:
                self.set_why(measure, "applied")
                self.note("relief", measure=measure.id, role=source.role, before=before.amount,
                          after=after.amount, discount=discount, units=units,
                          in_kind_units=in_kind)  # fmt: skip
            book.add(measure.id, "discount", units, discount)
            if in_kind:
                exact, value = self._value_in_kind(source, drawn, in_kind, tariff, event)
                book.add(measure.id, "in_kind", in_kind, rounded(exact, "half_up"))
                self.note("in_kind", measure=measure.id, units=in_kind, value=value, exact=exact,
                          amount=rounded(exact, "half_up"))  # fmt: skip
            before = after

    def _value_in_kind(
        self, source: Source, drawn: Draw, units: int, tariff: Tariff, event: Event
    ) -> tuple[Fraction, str]:
        value = str(getattr(measure_of(source).effect, "in_kind_value", "zero"))
        if value == "list_price":
            return tariff.price(first(drawn.places, units)), value
        if value.startswith("pack_average") and isinstance(source.key, tuple):
            pack = source.key[0]
            assert isinstance(pack, LivePack)
            price = Fraction(pack.price_paid)
            if value == "pack_average":
                price = Fraction(pack.price)
            volume_units = life.own_volume(pack.version, pack.bought_ms, event.kind)
            return units * price / volume_units, value
        return Fraction(0), value

    def _check_units(self, draws: Sequence[Draw], book: Book) -> None:
        drawn = sum(d.units for d in draws if d.source.relief)
        in_lines = book.units()
        if drawn != in_lines:
            raise ConservationError(
                f"{drawn} units drawn, {in_lines} in lines", "relief", "report this event"
            )

    def _take(self, drawn: Draw, event: Event) -> None:
        key = drawn.source.key
        if isinstance(key, LiveGrant):
            key.left -= drawn.units
        elif isinstance(key, tuple):
            pack, volume = key
            balance = volume.balance if isinstance(volume, LiveBonus) else pack.volumes[volume]
            assert isinstance(balance, LiveVolume)
            balance.draw(event.start_ms, drawn.units)

    def _ask(self, event: Event, row: Subscription, destination: str) -> None:
        """A message to the named class asks for a grant, usable by later events."""
        for measure in self.package.measures:
            effect = measure.effect
            if not isinstance(effect, Grant) or effect.trigger != "opt_in":
                continue
            if (
                effect.opt_in_destination != destination
                or not measure_holds(measure, event.start_ms)
                or life.why_not_subscription(self.catalogue, measure, row) is not None
            ):
                continue
            at_trigger = measure.where is not None and measure.where.place == "home_at_trigger"
            if at_trigger and not self.under_order(measure, row, event):
                continue
            grant = self.owner.ask(measure, effect, row.carrier, row.plan, event.start_ms)
            if grant is not None:
                self.note("granted", measure=measure.id, units=grant.given,
                          from_ms=grant.from_ms, expiry_ms=grant.expiry_ms)  # fmt: skip

    def _note_charges(
        self,
        tariff: Tariff,
        listed: Charge,
        draws: Sequence[Draw],
        residual: Charge,
        event: Event,
    ) -> None:
        charges = (("list_value", "list_value", listed), ("payable", "residual", residual))
        for path, name, part in charges:
            if path == "payable":
                for drawn in draws:
                    self._note_source(drawn)
            for a, b, price in tariff.priced(part.places):
                self.note("priced", charge=path, from_place=a, until_place=b, units=b - a,
                          price=price, amount=(b - a) * price)  # fmt: skip
            if part.fee:
                self.note("connect_fee", charge=path, amount=part.fee)
            if part.flat:
                self.note("flat", charge=path, amount=part.flat)
            self.note("charge", charge=name, exact=part.exact, rounding=tariff.rounding,
                      round_to=tariff.round_to, amount=part.gross)  # fmt: skip

    def _note_source(self, drawn: Draw) -> None:
        source, key = drawn.source, drawn.source.key
        pack = key[0].version.id if isinstance(key, tuple) else None
        volume = None
        if isinstance(key, tuple):
            volume = key[1].volume if isinstance(key[1], LiveBonus) else key[1]
        self.note(
            "source",
            role=source.role,
            measure=measure_of(source).id if source.relief else None,
            pack=pack,
            volume=volume,
            before=source.left,
            drawn=drawn.units,
            after=None if source.left is None else source.left - drawn.units,
            places=drawn.places,
            tail=drawn.tail,
            relief=source.relief,
        )


def called(calls: Calls | None, piece: Piece, raw_length: int) -> Spans:
    """The places of a call that a volume for such calls may cover."""
    if calls is None:
        return piece.spans
    if calls.rule == "first_part":
        return intersect(piece.spans, ((0, calls.under_ms),))
    length = piece.until if calls.length == "billed" else raw_length
    return piece.spans if length < calls.under_ms else ()


def measure_of(source: Source) -> Measure:
    """The measure of a relief source."""
    key = source.key
    if isinstance(key, Measure):
        return key
    if isinstance(key, LiveGrant):
        return key.measure
    assert isinstance(key, tuple) and isinstance(key[1], LiveBonus)
    return key[1].measure
