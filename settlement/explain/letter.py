"""A letter that explains one event to the subscriber, in plain words. No I/O here.

It never tells a number or a pseudonym of the subscriber: both have blanks. What it says of money
is what the explanation says; the letter only chooses the words. It is in the language that the
state's papers are signed in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from doisoat.messages.text import Text, capital, composed, joined
from doisoat.settlement.explain import letter_template as words
from doisoat.settlement.explain.explain import Explanation
from doisoat.settlement.explain.letter_readings import open_points
from doisoat.settlement.explain.letter_relief import Relief
from doisoat.settlement.explain.plain_figures import (
    day,
    exactly,
    listed,
    money_said,
    money_text,
    quantity,
    sentence,
    until,
    when,
)
from doisoat.settlement.papers.figures import Figures
from doisoat.state import STATE


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it: paragraphs, of which those of a list begin with '- '."""

    heading: Text
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Letter:
    """The parts of a letter, in order; blanks are dots to be filled in."""

    form: Text
    notes: tuple[Text, ...]  # what a reader must not miss, such as that the usage is invented
    carrier: Text
    subject: Text
    opening: Text
    sections: tuple[Section, ...]
    closing: Text
    reference: dict[str, str]  # event, period, run

    def as_object(self) -> dict[str, Any]:
        """What `--letter --json` prints."""
        sections = [
            {"heading": section.heading, "paragraphs": list(section.paragraphs)}
            for section in self.sections
        ]
        parts = {**vars(self), "notes": list(self.notes), "sections": sections}
        printed: dict[str, Any] = _in_language().tree(parts)
        return printed

    def markdown(self) -> Iterator[str]:
        """Line by line, so that it can be pasted into a letter form.

        There are blanks for letterhead, addressee and signature.
        """
        for line in self._lines():
            yield _in_language().tree(line)

    def _lines(self) -> Iterator[str]:
        head: tuple[str, ...] = (
            composed("*{}.*", joined(". ", (self.form, *self.notes))),
            composed("**{}**", self.carrier),
            words.ADDRESS(blank=words.BLANK),
            words.NUMBER(blank=words.BLANK),
            words.DATE(blank=words.BLANK),
            words.TO(blank=words.BLANK),
            words.SUBSCRIPTION(blank=words.BLANK),
            words.RE(subject=self.subject),
            words.DEAR,
            self.opening,
        )
        for paragraph in head:
            yield from (paragraph, "")
        for place, section in enumerate(self.sections, 1):
            yield from (composed("**{}. {}**", place, section.heading), "")
            for index, paragraph in enumerate(section.paragraphs):
                yield paragraph
                following = "".join(section.paragraphs[index + 1 : index + 2])
                if not (paragraph.startswith("- ") and following.startswith("- ")):
                    yield ""
        yield from (self.closing, "")
        yield from (composed("**{}**", words.SIGNED_BY), "")
        yield from (words.SIGNATURE, "")
        year, month = self.reference["period"].split("-")
        yield words.REFERENCE(
            event=self.reference["event"], month=int(month), year=year, run=self.reference["run"]
        )


def _in_language() -> Figures:
    return Figures(STATE.language)


def letter_of(explanation: Explanation) -> Letter:
    """The letter of an explained event."""
    return _Writer(explanation).letter()


class _Writer(Relief):
    def letter(self) -> Letter:
        event, explanation = self.event, self.explanation
        carrier = next(
            (
                Text(known.name, known.name_en)
                for known in explanation.catalogue.carriers
                if known.id == event.carrier
            ),
            Text.alike(event.carrier),
        )
        notes = [words.SYNTHETIC] if explanation.is_synthetic else []
        if "assumed" in {data["mark"] for data in explanation.steps("tariff")}:
            notes.append(words.ASSUMED)
        about = {"charge": self.charge_noun(), "day": day(event.start_ms)}
        is_rated = self.outcome.status == "rated"
        return Letter(
            form=words.FORM,
            notes=tuple(notes),
            carrier=carrier,
            subject=words.SUBJECT_OF_FEE(**about) if self.kind == "fee" else words.SUBJECT(**about),
            opening=words.OPENING_OF_FEE(**about) if self.kind == "fee" else words.OPENING(**about),
            sections=(
                Section(words.USED_HEADING, tuple(self._service())),
                *(self._rated() if is_rated else self._suspended()),
                Section(words.ASK_HEADING, (self._contact(),)),
            ),
            closing=words.CLOSING,
            reference={
                "event": str(UUID(int=event.event_id)),
                "period": explanation.period,
                "run": explanation.run,
            },
        )

    def _service(self) -> Iterator[str]:
        if self.outcome.status == "conflicting":
            yield sentence(words.SEVERAL_RECORDS(noun=words.NOUNS[self.kind]))
            return
        yield sentence(self._use())
        for row in self.explanation.steps("subscription"):
            yield words.ON_PLAN(
                payment=words.PAYMENTS.get(row["payment"], row["payment"]),
                plan=self.plan(row["plan"]),
            )

    def _use(self) -> Text:
        event, towards = self.event, self.towards(self.outcome.destination_class)
        facts = {"when": when(event.start_ms), "units": quantity(event.units, self.kind)}
        if self.kind == "voice":
            if towards is None:
                return words.CALL(**facts)
            return words.CALL_TOWARDS(**facts, towards=towards)
        if self.kind == "sms":
            if towards is None:
                return words.MESSAGE(**facts)
            return words.MESSAGE_TOWARDS(**facts, towards=towards)
        if self.kind == "data":
            return words.DATA(**facts)
        if self.kind == "fee":
            return words.FEE(day=day(event.start_ms))
        return {
            "registration": words.REGISTERED(**facts, pack=self.noun()),
            "renewal": words.RENEWED(**facts, pack=self.noun()),
            "renewal_failed": words.NOT_RENEWED(**facts, pack=self.noun()),
        }.get(self.outcome.destination_class) or words.BOUGHT(**facts, pack=self.noun())

    def _suspended(self) -> list[Section]:
        why, will = words.REASONS[self.outcome.status]
        copies, suspended = self.explanation.steps("copy"), self.explanation.steps("suspended")
        reasons: list[str] = [why]
        for data in suspended:
            if "session_start_ms" in data:
                reasons.append(words.LATER_PART(when=when(data["session_start_ms"])))
        reasons += [self._copy(place, copy) for place, copy in enumerate(copies, 1)]
        if copies:
            (differs,) = {data["differs"] for data in suspended}
            fields = list(dict.fromkeys(words.FIELDS[name] for name in differs))
            reasons.append(
                words.DIFFER(fields=listed(fields)) if fields else words.DIFFER_OTHERWISE
            )
        promise = [
            will,
            words.UNTIL_THEN,
        ]
        if self.event.charged and not copies:
            promise.append(words.TAKEN_MEANWHILE(charged=money_said(self.event.charged)))
        return [
            Section(words.WHY_HEADING, tuple(reasons)),
            Section(words.WILL_HEADING, tuple(promise)),
        ]

    def _copy(self, place: int, copy: dict[str, Any]) -> Text:
        parts: list[str] = [when(copy["start_ms"])]
        if copy["kind"] in words.VOLUMES:
            parts.append(exactly(copy["units"], copy["kind"]))
        if copy["charged"] is not None:
            parts.append(words.COPY_TAKEN(amount=money_text(copy["charged"])))
        return words.COPY(place=place, parts=joined(", ", parts))

    def _rated(self) -> list[Section]:
        sections = [
            Section(words.CHARGE_HEADING, tuple(self.tariff())),
            Section(words.RELIEF_HEADING, tuple(self.relief())),
            Section(words.PAYABLE_HEADING, (self._payable(),)),
        ]
        if remaining := tuple(self._remaining()):
            sections.append(Section(words.LEFT_HEADING, remaining))
        sections.append(Section(words.TAKEN_HEADING, tuple(self._charged())))
        if points := open_points(self.explanation, self.balance_name, self.title):
            sections.append(Section(words.OPEN_HEADING, points))
        return sections

    def _payable(self) -> Text:
        outcome = self.outcome
        listed_price, payable = outcome.list_value, outcome.payable
        if listed_price == payable:
            return words.PAYABLE(amount=money_said(payable))
        return words.PAYABLE_LESS(
            listed=money_text(listed_price),
            discount=money_text(listed_price - payable),
            payable=money_text(payable),
            amount=money_said(payable),
        )

    def _remaining(self) -> Iterator[Text]:
        """What is left of each allowance that the event could draw or brought."""
        for data in self.explanation.steps("balance"):
            name = self.balance_name(
                data["role"], data["measure"] or "", data["pack"] or "", data["unit"],
                data["destinations"],
            )  # fmt: skip
            clause = self._balance(data)
            given = quantity(data["given"], data["unit"])
            if data["per"] == "day":
                clause = words.A_DAY(clause=clause, given=given)
            elif data["per"] == "cycle":
                clause = words.A_CYCLE(clause=clause, given=given)
            if data["expiry_ms"] is not None and data["after"]:
                clause = words.TO_USE_UNTIL(clause=clause, until=until(data["expiry_ms"]))
            yield composed("- {}: {}.", capital(name), clause)

    def _balance(self, data: dict[str, Any]) -> Text:
        before, after, noun = data["before"], data["after"], self.noun()
        left = quantity(after, data["unit"])
        if before is None:
            return words.GIVEN(left=left)
        if before == after:
            return words.NOT_USED(left=left) if after else words.USED_UP_BEFORE
        facts = {"noun": noun, "before": quantity(before, data["unit"])}
        if not after:
            return words.THEN_USED_UP(**facts)
        return words.THEN_LEFT(**facts, left=left)

    def _charged(self) -> Iterator[Text]:
        charged, refund = self.event.charged, self.explanation.refund
        if charged is None:
            yield words.NOT_KNOWN_TAKEN
            return
        yield words.TAKEN(charged=money_said(charged))
        if refund.due:
            yield words.REFUND(due=money_said(refund.due), blank=words.BLANK)
        if refund.overcharged:
            yield words.OVERCHARGED(over=money_text(refund.overcharged))
        if not refund.due and not refund.overcharged:
            yield (words.TAKEN_EQUAL if charged == self.outcome.payable else words.TAKEN_LESS)

    def _contact(self) -> Text:
        return words.ASK(blank=words.BLANK, event=UUID(int=self.event.event_id))
