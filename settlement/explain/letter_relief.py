"""Paragraphs of a letter on a rated event's tariff and relief. No I/O here."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from doisoat.engine.oracle.oracle import Line
from doisoat.messages.text import Text, composed, joined, message_in
from doisoat.settlement.explain import letter_template as words
from doisoat.settlement.explain.explain import Explanation
from doisoat.settlement.explain.plain_figures import (
    MS_PER_MINUTE,
    instant,
    listed,
    money_said,
    money_text,
    price_text,
    quantity,
    sentence,
    until,
)
from doisoat.settlement.explain.words import by_interval
from doisoat.tariffs.models.package_model import NO_PACKAGE, Measure

PRICE_UNITS = {  # kind: units a price is told for
    "voice": (MS_PER_MINUTE, message_in("letter", "a minute")),
    "sms": (1, message_in("letter", "a text message")),
    "data": (1 << 20, message_in("letter", "a MB")),
}


class Relief:
    """What the tariff asks for, and what the programme takes off or gives."""

    def __init__(self, explanation: Explanation) -> None:
        self.explanation, self.outcome, self.event = (
            explanation,
            explanation.outcome,
            explanation.outcome.event,
        )
        self.kind = self.event.kind
        self.measures: dict[str, Measure] = {}  # the entry that is for him, by id
        for data, measure in zip(
            explanation.steps("measure"), explanation.programme.measures, strict=False
        ):
            is_his = measure.carriers is None or self.event.carrier in measure.carriers
            if data["applied"] or (is_his and measure.id not in self.measures):
                self.measures[measure.id] = measure

    # --- names ------------------------------------------------------------------------------------

    def noun(self) -> Text:
        if self.kind == "pack":
            return words.PACK(pack=self.pack(self.event.pack))
        return words.NOUNS[self.kind]

    def charge_noun(self) -> Text:
        if self.kind == "pack":
            return words.PACK_PRICE(noun=self.noun())
        return words.CHARGES[self.kind]

    def pack(self, pack: str) -> str:
        """The newest name of a pack that was sold by then, or its id."""
        moment = instant(self.event.start_ms)
        names = [
            sold.name
            for sold in self.explanation.catalogue.packs
            if sold.id == pack and sold.valid_from <= moment
        ]
        return names[-1] if names and names[-1] else pack

    def plan(self, plan: str) -> str:
        moment = instant(self.event.start_ms)
        plans = (p for p in self.explanation.catalogue.plans if p.id == plan and p.holds_at(moment))
        return next((p.name for p in plans if p.name), plan)

    def title(self, measure: str) -> str:
        known = self.measures.get(measure)
        return measure if known is None else Text(known.title, known.title_en)

    def with_basis(self, text: Text, measure: str) -> Text:
        """A sentence about a measure, then the document that it stands in."""
        known = self.measures.get(measure)
        if known is None:
            return text
        document = Text(known.document_vi or known.document, known.document)
        return words.BASIS(text=text, document=document)

    def towards(self, destination: str) -> Text | None:
        """đến …, where there is something to say of a destination class."""
        if destination.startswith("service_"):
            return words.TO_NUMBER(number=destination.removeprefix("service_"))
        return words.TOWARDS.get(destination)

    def balance_name(
        self, role: str, measure: str, pack: str, unit: str, destinations: Sequence[str]
    ) -> Text:
        """What a balance is called."""
        if role == "cap":
            return words.CAP(title=self.title(measure))
        if role == "money":
            return words.MONEY(pack=self.pack(pack))
        if role == "grant" and unit == "money":
            return words.MONEY_GRANT(title=self.title(measure))
        towards = [
            words.TOWARDS[destination]
            for destination in destinations
            if destination in words.TOWARDS
        ]
        what = (
            composed("{} {}", words.VOLUMES[unit], listed(towards))
            if towards
            else words.VOLUMES[unit]
        )
        if role == "grant":
            return words.GRANT(what=what)
        if role == "bonus":
            return words.BONUS(what=what, pack=self.pack(pack))
        return words.VOLUME(what=what, pack=self.pack(pack))

    # --- the tariff -------------------------------------------------------------------------------

    def tariff(self) -> Iterator[str]:
        outcome, listed_price = self.outcome, money_said(self.outcome.list_value)
        for failed in self.explanation.steps("renewal_failed"):
            text = words.FAILED
            after = [words.AFTER_FAILURE[failed["rule"]]] if failed["instances"] else []
            yield joined(" ", [text, *after])
            return
        if self.kind not in PRICE_UNITS and outcome.list_value:
            (tariff,) = self.explanation.steps("tariff")
            plan = words.PACK(pack=tariff["name"] or tariff["id"])
            name = self.noun() if self.kind == "pack" else plan
            yield words.LIST_PRICE(name=name, price=listed_price)
            return
        if sentences := list(self._usage()):
            yield joined(" ", sentences)
        if not outcome.list_value:
            yield self.nothing()
        elif self.explanation.programme.id == NO_PACKAGE.id:
            yield words.CHARGE(price=listed_price)
        else:
            yield words.WITHOUT_RELIEF(price=listed_price)

    def _usage(self) -> Iterator[str]:
        """Price of a unit, and what of the usage is billed by it."""
        outcome = self.outcome
        (billed,) = self.explanation.steps("billed")
        yield from self._price()
        if self.kind in words.VOLUMES and billed["raw"] and billed["units"] != billed["raw"]:
            yield words.ROUNDED_UP(
                noun=words.NOUNS[self.kind], units=quantity(billed["units"], self.kind)
            )
        if self.kind in words.VOLUMES and not billed["raw"]:
            yield words.NOTHING_USED
        if outcome.bundled:
            bundled = quantity(outcome.bundled, self.kind)
            yield sentence(
                words.BUNDLED_OF_IT(units=bundled)
                if outcome.list_value
                else words.BUNDLED(units=bundled)
            )
        for free in filter(None, (outcome.past_stop, outcome.throttled)):
            yield words.BEYOND_PACK(units=quantity(free, self.kind))

    def nothing(self) -> Text:
        """Why an event has no list value."""
        rules, noun = {data["rule"] for data in self.explanation.steps("after")}, self.noun()
        in_kind = any(line.nature == "in_kind" for line in self.outcome.lines)
        if not (self.outcome.bundled or in_kind):
            return words.FREE_BY_TARIFF(noun=noun)
        if self.outcome.bundled or not rules & {"stop", "throttle"}:
            return words.FREE_IN_PACK(noun=noun)
        if "throttle" in rules:
            return words.FREE_THROTTLED(noun=noun)
        return words.FREE_STOPPED(noun=noun)

    def _price(self) -> Iterator[str]:
        """What the tariff asks for a unit of usage, where it has one price, and to connect."""
        if self.kind not in PRICE_UNITS:
            return
        units, called = PRICE_UNITS[self.kind]
        prices = {
            Fraction(str(data["price"])) * units
            for data in self.explanation.steps("priced")
            if data["charge"] == "list_value" and data["price"]
        }
        if len(prices) == 1:
            (price,) = prices
            if (price * 100).denominator == 1:
                yield words.PRICE(price=price_text(price), unit=called)
        for fee in self.explanation.steps("connect_fee"):
            if fee["charge"] == "list_value":
                yield words.CONNECT_FEE(amount=price_text(Fraction(fee["amount"])))

    # --- the relief -------------------------------------------------------------------------------

    def relief(self) -> Iterator[str]:
        explanation = self.explanation
        if explanation.programme.id == NO_PACKAGE.id:
            yield words.NO_PROGRAMME
            return
        items = [*self._lines(), *self._grants()]
        for programme in explanation.programme.parts():
            measure_ids = {
                measure.id for measure in explanation.programme.measures_of(programme.id)
            }
            sentences = [text for measure, text in items if measure in measure_ids]
            if sentences:
                title = Text(programme.title, programme.title_en)
                yield words.BY_PROGRAMME(title=title)
                yield from sentences
        if items:
            return
        titles = listed([
            composed("“{}”", Text(programme.title, programme.title_en))
            for programme in explanation.programme.parts()
        ])  # fmt: skip
        yield words.NO_MEASURE(titles=titles, noun=self.noun())
        if missed := dict.fromkeys(self._missed()):
            yield words.MISSED
            yield from missed

    def _lines(self) -> Iterator[tuple[str, Text]]:
        """(measure, what its line says) of each line of the event."""
        for line in self.outcome.lines:
            text = composed("- {}: {}.", self.title(line.measure), self._line(line))
            yield line.measure, self.with_basis(text, line.measure)

    def _line(self, line: Line) -> Text:
        units = quantity(line.units, self.kind) if self.kind in words.VOLUMES else None
        amount = money_text(line.amount)
        if line.nature == "discount":
            if units is None:
                return words.DISCOUNT(amount=amount)
            return words.DISCOUNT_FOR(amount=amount, units=units)
        if line.nature == "in_kind":
            return self._in_kind(line, units)
        if line.nature == "contribution":
            (to,) = {
                data["to"]
                for data in self.explanation.steps("contribution")
                if data["measure"] == line.measure
            }
            if self.kind == "sms":  # what a sender pays may be what reaches the fund
                return words.CONTRIBUTION_OF_MESSAGES(amount=amount, to=to)
            return words.CONTRIBUTION(amount=amount, to=to)
        return words.FORBEARANCE

    def _in_kind(self, line: Line, units: Text | None) -> Text:
        if units is None:
            return words.MORE_SERVICE
        known = self.measures.get(line.measure)
        return {
            "zero_rating": words.ZERO_RATED(units=units),
            "bonus_volume": words.FROM_BONUS(units=units),
            "grant": words.FROM_GRANT(units=units),
        }[known.effect.type if known else "grant"]

    def _grants(self) -> Iterator[tuple[str, Text]]:
        """What this event brought: a bonus of a pack, an allowance asked for by message."""
        for data in self.explanation.steps("balance"):
            if data["before"] is None and data["measure"] is not None:
                text = words.GRANTED(
                    title=self.title(data["measure"]),
                    until=until(data["expiry_ms"]),
                    quota=by_interval(data["per"], quantity(data["given"], data["unit"])),
                )
                yield data["measure"], self.with_basis(text, data["measure"])

    def _missed(self) -> Iterator[Text]:
        """Measures for this kind of service and this carrier that gave nothing, and why."""
        for data, measure in zip(
            self.explanation.steps("measure"), self.explanation.programme.measures, strict=False
        ):
            is_for_carrier = measure.carriers is None or self.event.carrier in measure.carriers
            fits = self.kind in measure.scope.kinds and is_for_carrier
            if fits and not data["applied"] and data["why"] in words.WHY:
                yield composed(
                    "- {}: {}.", Text(measure.title, measure.title_en), words.WHY[data["why"]]
                )
