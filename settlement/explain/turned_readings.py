"""Readings that an event depends on: each set to its other answers, one at a time, and rerated.

A reading is turned in every settled month that leads to the event, as if each of them had been
settled with that answer and all its other readings as they were. Nothing is estimated: the
oracle rates the owner's history anew, unless the package gives the owner's carriers the very
same measures. No I/O here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from doisoat.currency import unit_text
from doisoat.engine.oracle import oracle
from doisoat.messages.text import Text
from doisoat.settlement.rerating.owner_replay import History
from doisoat.settlement.runs.runs import package_in_words
from doisoat.tariffs.load.rewritten_package import package_of
from doisoat.tariffs.models.package_model import Package
from doisoat.tariffs.models.package_model import Reading as PackageReading

Progress = Callable[[int], None]
AMOUNTS = ("list_value", "discount", "payable", "in_kind", "contribution")


class RemainingBalance(NamedTuple):
    """What a balance holds after the event. When it expires is no part of it."""

    role: str
    measure: str
    pack: str
    unit: str
    destinations: tuple[str, ...]
    units: int


@dataclass(frozen=True)
class Effect:
    """What an event comes to under one answer: all by which two answers are told apart."""

    status: str
    list_value: int
    payable: int
    lines: tuple[oracle.Line, ...]
    remaining: tuple[RemainingBalance, ...]  # sorted

    @property
    def discount(self) -> int:
        return self.list_value - self.payable

    @property
    def in_kind(self) -> int:
        return self.of_nature("in_kind")

    @property
    def contribution(self) -> int:
        return self.of_nature("contribution")

    def of_nature(self, nature: str) -> int:
        """The amount of its lines of a nature, in đồng."""
        return sum(line.amount for line in self.lines if line.nature == nature)

    def is_same_to_subscriber(self, compared: "Effect") -> bool:
        """Do both leave him the same? What service in kind is worth is no business of his."""

        def lines(effect: Effect) -> list[tuple[str, str, int, int]]:
            return [
                (
                    line.measure,
                    line.nature,
                    line.units,
                    0 if line.nature == "in_kind" else line.amount,
                )
                for line in effect.lines
            ]

        return (self.status, self.list_value, self.payable, lines(self), self.remaining) == (
            compared.status, compared.list_value, compared.payable, lines(compared),
            compared.remaining,
        )  # fmt: skip

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "status": self.status,
            **{name: unit_text(getattr(self, name)) for name in AMOUNTS},
            "lines": [lines_object(line) for line in self.lines],
            "left": [
                {**balance._asdict(), "destinations": list(balance.destinations)}
                for balance in self.remaining
            ],
        }


def lines_object(line: oracle.Line) -> dict[str, Any]:
    """A relief line as `--json` prints it."""
    return {
        "measure": line.measure,
        "nature": line.nature,
        "units": line.units,
        "amount": unit_text(line.amount),
    }


def effect_of(outcome: oracle.Outcome) -> Effect:
    """What a watched event came to."""
    balances: list[dict[str, Any]] = [step.data for step in outcome.trace if step.kind == "balance"]
    remaining = [
        RemainingBalance(
            balance["role"], balance["measure"] or "", balance["pack"] or "", balance["unit"],
            balance["destinations"], balance["after"],
        )
        for balance in balances
    ]  # fmt: skip
    return Effect(
        outcome.status, outcome.list_value, outcome.payable, outcome.lines, tuple(sorted(remaining))
    )


@dataclass(frozen=True)
class Answer:
    """What the event would have come to under another answer."""

    alternative: str
    means: str
    means_vi: str  # '' where the package does not say it
    effect: Effect
    matters: bool

    @property
    def meaning(self) -> Text:
        """In each language that says it."""
        return Text(self.means_vi or self.means, self.means)

    def difference(self, base: Effect) -> dict[str, int]:
        """Its amounts less those in force, đồng."""
        return {name: getattr(self.effect, name) - getattr(base, name) for name in AMOUNTS}


@dataclass(frozen=True)
class Turned:
    """A reading with each answer that is not in force."""

    name: str
    question: str
    question_en: str
    source: str
    in_force: str
    means: str
    means_vi: str
    answers: tuple[Answer, ...]

    @property
    def question_text(self) -> Text:
        """The question in each language."""
        return Text(self.question, self.question_en)

    @property
    def meaning(self) -> Text:
        """What the answer in force means, in each language that says it."""
        return Text(self.means_vi or self.means, self.means)

    @property
    def matters(self) -> bool:
        return any(answer.matters for answer in self.answers)

    def as_object(self, base: Effect) -> dict[str, Any]:
        """What `--json` prints, beside the effect that is in force."""
        return {
            "reading": self.name,
            "question": self.question,
            "question_en": self.question_en,
            "source": self.source,
            "in_force": self.in_force,
            "means": self.means,
            "means_vi": self.means_vi,
            "alternatives": [
                {
                    "alternative": answer.alternative,
                    "means": answer.means,
                    "means_vi": answer.means_vi,
                    "matters": answer.matters,
                    **answer.effect.as_object(),
                    "difference": {
                        name: str(by) for name, by in answer.difference(base).items()
                    },
                }
                for answer in self.answers
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class Readings:
    """The readings of an event's package, by whether the event hangs on them."""

    matter: tuple[Turned, ...] = ()  # in the package's order
    untouched: tuple[str, ...] = ()
    not_kept: str = ""  # the run that does not keep its package as written: none could be turned


def unturned(package: Package) -> Readings:
    """Of an event that no package rates: none touches it."""
    return Readings(untouched=tuple(reading.name for reading in package.readings))


def turned(
    history: History,
    event: oracle.Event,
    base: Effect,
    written: Sequence[str | None],
    progress: Progress = lambda steps: None,
) -> Readings:
    """Turn every reading of the last month's package, and tell those that the event hangs on.

    Args: base: what the event came to; written: the package of each month as its run keeps it,
        readings not in place; progress: told of each answer.
    Raises: StoreError if a kept text is not that of the package in force.
    """
    package = history.packages[-1]
    for month, text in zip(history.months, written, strict=True):
        if text is None and month.month.package.readings:
            return Readings(not_kept=month.month.run.run)
    worlds = _Worlds(history.until(event), event.event_id, written, base)
    tried = []
    for reading in worlds.questions:
        in_force = package.chosen.get(reading.name, reading.default)
        answers = []
        for name, alternative in reading.alternatives.items():
            if name != in_force:
                effect = worlds.effect(reading.name, name)
                means = alternative.means, alternative.means_vi
                answers.append(Answer(name, *means, effect, effect != base))
                progress(1)
        chosen = reading.alternatives[in_force]
        tried.append(
            Turned(
                reading.name, reading.question, reading.question_en, reading.source, in_force,
                chosen.means, chosen.means_vi, tuple(answers),
            )
        )  # fmt: skip
    return Readings(
        tuple(reading for reading in tried if reading.matters),
        tuple(reading.name for reading in tried if not reading.matters),
    )


class _Worlds:
    """One owner's history under any answer; worlds in which he meets the same are rated once."""

    def __init__(
        self, history: History, event_id: int, written: Sequence[str | None], base: Effect
    ) -> None:
        self.history, self.event_id, self.written = history, event_id, written
        self.carriers = {row.carrier for row in history.subscriptions}
        self.carriers |= {event.carrier for month in history.months for event in month.events}
        in_words = [
            package_in_words(month.month.package, text, str(month.month.run.path))
            for month, text in zip(history.months, written, strict=True)
        ]
        self.questions: tuple[PackageReading, ...] = in_words[-1].readings
        self.known = {self._met(in_words): base}

    def effect(self, reading: str, alternative: str) -> Effect:
        packages = [
            self._turned(
                month.month.package, text, str(month.month.run.path), {reading: alternative}
            )
            for month, text in zip(self.history.months, self.written, strict=True)
        ]
        met = self._met(packages)
        if met not in self.known:
            outcomes = self.history.rate(packages, self.event_id)
            (outcome,) = (
                candidate for candidate in outcomes if candidate.event.event_id == self.event_id
            )
            self.known[met] = effect_of(outcome)
        return self.known[met]

    def _turned(
        self, package: Package, text: str | None, where: str, answer: Mapping[str, str]
    ) -> Package:
        """The package with an answer, where it asks that and knows it; else as it is."""
        ((name, alternative),) = answer.items()
        reading = next((known for known in package.readings if known.name == name), None)
        if text is None or reading is None or alternative not in reading.alternatives:
            return package
        return package_of(text, {**package.chosen, name: alternative}, where)

    def _met(self, packages: Sequence[Package]) -> tuple[tuple[str, ...], ...]:
        """What the owner's carriers give in each month, spelled out.

        A measure is for the carriers that it names, so others than his do not touch him.
        """
        return tuple(
            tuple(
                measure.model_copy(
                    update={
                        "carriers": None
                        if measure.carriers is None
                        else tuple(sorted(self.carriers & set(measure.carriers)))
                    }
                ).model_dump_json()
                for measure in package.measures
                if measure.carriers is None or self.carriers & set(measure.carriers)
            )
            + tuple(rule.model_dump_json() for rule in package.households)
            for package in packages
        )
