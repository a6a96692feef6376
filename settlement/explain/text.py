"""A whole explanation as lines of text. No I/O here."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from doisoat.messages.text import (
    Text,
    composed,
    counted_message,
    in_language,
    joined,
    message,
    texts_of,
)
from doisoat.settlement.explain import words
from doisoat.settlement.explain.plain_figures import money_text, number
from doisoat.settlement.explain.steps import Steps, source_text, term
from doisoat.settlement.explain.turned_readings import Answer, Effect, Turned
from doisoat.tariffs.models.package_model import NO_PACKAGE, Measure
from doisoat.tariffs.models.quantity import written
from doisoat.tariffs.models.value_words import CLASSES, KINDS


class Teller(Steps):
    """Says one explanation."""

    def lines(self, language: str) -> Iterator[str]:
        """The whole explanation, line by line."""
        for line in self._lines():
            yield in_language(line, language)

    def _lines(self) -> Iterator[str]:
        yield from self._head()
        yield ""
        yield message("Steps:")
        for step in self.explanation.outcome.trace:
            if step.kind not in ("measure", "balance"):
                yield "  - " + self.step(step.kind, step.data)
        for line in self.explanation.enrolment:
            yield "  - " + line
        yield ""
        yield from self._balances()
        measures = self.explanation.steps("measure")
        if measures:
            yield message("Measures:")
            for data, measure in zip(measures, self.explanation.programme.measures, strict=True):
                yield from self._measure(data, measure)
            yield ""
        yield from self._result()
        if self.explanation.programme.id != NO_PACKAGE.id:
            yield ""
            yield from self._readings()
        yield ""
        yield self._verdict()

    def _head(self) -> Iterator[str]:
        explanation, event = self.explanation, self.explanation.outcome.event
        yield message("Event {event}", event=UUID(int=event.event_id))
        yield composed(
            "  {}, {}, {}, {}, {}", KINDS[event.kind], event.carrier, written(event.start_ms),
            self._destination(), self.units(event.units),
        )  # fmt: skip
        yield "  " + message(
            "period {period}, package {package}, run {run}",
            period=explanation.period,
            package=explanation.package,
            run=explanation.run,
        )
        if (source := explanation.source) is not None:
            yield "  " + message(
                "source {name}, record {row}", name=source["name"], row=number(source["row"])
            )
        owner = message("owner {owner}", owner=UUID(int=event.owner))
        if explanation.replayed:
            owner = message(
                "{owner}: its event number {number}", owner=owner, number=explanation.replayed
            )
        yield "  " + owner

    def _measure(self, d: dict[str, Any], measure: Measure) -> Iterator[str]:
        title, why = Text(d["title"], d["title_en"]), words.WHY.get(d["why"], d["why"])
        yield composed("  {} {} {}: {}", "✓" if d["applied"] else "–", d["measure"], title, why)
        if d["applied"]:
            document = Text(measure.document_vi or d["document"], d["document"])
            yield composed(
                "      {} → {}; {}; {} [{}]", d["valid_from"], d["valid_until"], document,
                source_text(d["source"]), term(d["mark"]),
            )  # fmt: skip

    def _result(self) -> Iterator[str]:
        outcome = self.explanation.outcome
        status = words.STATUS.get(outcome.status, outcome.status)
        yield message("Result: {status}", status=status)
        for line in outcome.lines:
            yield composed(
                "  {} {}: {}, {}", line.measure, _nature(line.nature), self.units(line.units),
                money_text(line.amount),
            )  # fmt: skip
        yield from self._amounts() if outcome.status == "rated" else self._no_amount()

    def _verdict(self) -> Text:
        if self.explanation.replayed:
            return message(
                "What was published and this independent computation agree to the"
                " {currency_own_unit}."
            )
        return message("What was published says the same.")

    def _destination(self) -> str:
        outcome = self.explanation.outcome
        of, seen = outcome.event.destination, outcome.destination_class
        stated, known = (texts_of(CLASSES.get(name, name))[0] for name in (of, seen))
        vi = (
            texts_of(words.TERMS[of])[0]
            if of in words.TERMS
            else stated
            if stated == known
            else f"{stated} ({known})"
        )
        return Text(vi, f"{of} ({seen})")

    def _balances(self) -> Iterator[str]:
        """Each balance that the event could draw, drew or brought, before and after."""
        balances = self.explanation.steps("balance")
        if not balances:
            return
        yield message("Balances before → after the event:")
        for d in balances:
            name: str = " ".join(str(d[key]) for key in ("measure", "pack") if d[key])
            if d["destinations"]:
                classes = joined(", ", (CLASSES.get(of, of) for of in d["destinations"]))
                name = composed("{} [{}]", name, classes)
            change = (
                message("none yet") if d["before"] is None else self.of_kind(d["before"], d["unit"])
            )
            if d["before"] == d["after"]:
                change = message("{change}, unchanged", change=change)
            else:
                change = composed("{} → {}", change, self.of_kind(d["after"], d["unit"]))
            quota = message(
                "of {quota}", quota=words.by_interval(d["per"], self.of_kind(d["given"], d["unit"]))
            )
            if d["expiry_ms"] is not None:
                quota = message(
                    "{quota}; until {until}", quota=quota, until=written(d["expiry_ms"])
                )
            role = words.BALANCES.get(d["role"], d["role"])
            yield composed("  {} {}: {} ({})", role, name, change, quota)
        yield ""

    def _readings(self) -> Iterator[str]:
        """The readings that the event hangs on, each with its other answers; the others by name."""
        hangs_on, chosen = self.explanation.hangs_on, self.explanation.readings
        if hangs_on.not_kept:
            yield message(
                "Which readings this event hangs on was not tried: run {run} was"
                " settled before packages were kept as written (package_as_written.json).",
                run=hangs_on.not_kept,
            )
        if hangs_on.matter:
            yield message(
                "Readings that this event hangs on: {number}", number=len(hangs_on.matter)
            )
        for reading in hangs_on.matter:
            yield from self._turned(reading)
        names = sorted(hangs_on.untouched or (chosen if hangs_on.not_kept else ()))
        listed = "; ".join(f"{name} = {chosen[name]}" for name in names)
        if hangs_on.not_kept:
            yield message("Readings: {listed}", listed=listed)
        elif names:
            yield counted_message(
                "{count} reading does not touch this event: {listed}",
                "{count} readings do not touch this event: {listed}",
                count=len(names),
                listed=listed,
            )

    def _turned(self, reading: Turned) -> Iterator[str]:
        yield composed("  {}: {}", reading.name, reading.question_text)
        yield composed("    ✓ {}: {}", reading.in_force, reading.meaning)
        for answer in reading.answers:
            yield composed("    – {}: {}", answer.alternative, answer.meaning)
            yield "        " + self._answer(answer)

    def _answer(self, answer: Answer) -> Text:
        """What the event would have come to."""
        base, effect = self.explanation.effect, answer.effect
        if not answer.matters:
            return message("changes nothing of this event")
        amounts = [self._payable(effect.list_value, effect.payable)]
        amounts += [
            composed("{} {}", words.NATURES[nature], money_text(effect.of_nature(nature)))
            for nature in ("in_kind", "contribution")
            if effect.of_nature(nature) or base.of_nature(nature)
        ]
        names = {**words.NATURES, **words.CHARGES}
        changed = [
            composed("{} {}{}", names[name], "+" if amount > 0 else "−", money_text(abs(amount)))
            for name, amount in answer.difference(base).items()
            if amount
        ]
        if [line[:3] for line in _lines(effect)] != [line[:3] for line in _lines(base)]:
            lines = joined(", ", (
                composed("{} {} {}", measure, _nature(nature), self.units(units))
                for measure, nature, units, _ in _lines(effect)
            ))  # fmt: skip
            changed.append(
                message("lines: {lines}", lines=lines) if lines else message("lines: none")
            )
        if effect.remaining != base.remaining:
            remaining = joined(", ", (
                joined(" ", filter(None, (
                    words.BALANCES.get(balance.role, balance.role), balance.measure, balance.pack,
                    self.of_kind(balance.units, balance.unit),
                )))
                for balance in effect.remaining
            ))  # fmt: skip
            changed.append(message("left after: {remaining}", remaining=remaining or "–"))
        return composed("{} ({})", joined("; ", amounts), joined("; ", changed))

    def _payable(self, list_value: int, payable: int) -> Text:
        return message(
            "list value {listed} − discount {discount} = payable {payable}",
            listed=money_text(list_value),
            discount=money_text(list_value - payable),
            payable=money_text(payable),
        )

    def _amounts(self) -> Iterator[str]:
        outcome, refund = self.explanation.outcome, self.explanation.refund
        yield "  " + self._payable(outcome.list_value, outcome.payable)
        if outcome.event.charged is None:
            return
        charged, payable = money_text(outcome.event.charged), money_text(outcome.payable)
        yield "  " + message("charged {charged}", charged=charged)
        least = money_text(min(outcome.event.charged, outcome.list_value))
        formula = composed(
            "min({}, {}) − {} = {} − {}",
            charged,
            money_text(outcome.list_value),
            payable,
            least,
            payable,
        )
        formula += composed(" = {}" if refund.due else " ≤ 0: {}", money_text(refund.due))
        yield "  " + message(
            "refund: min(charged, list value) − payable = {formula}", formula=formula
        )
        if refund.overcharged:
            yield "  " + message(
                "charged above the list value by {over}: a finding",
                over=money_text(refund.overcharged),
            )

    def _no_amount(self) -> Iterator[str]:
        yield "  " + message(
            "no amount yet: counted as suspended (sheet Treo, table usage.suspense)"
        )


def _nature(nature: str) -> str:
    return words.NATURES.get(nature, nature)


def _lines(effect: Effect) -> list[tuple[str, str, int, int]]:
    return [(line.measure, line.nature, line.units, line.amount) for line in effect.lines]
