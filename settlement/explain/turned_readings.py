"""Which readings an event hangs on: each turned to its other answers, one at a time, and re-rated.

A reading is turned in every settled month that leads to the event, as if each of them had been
settled with that answer and all its other readings as they were. Nothing is estimated: the
oracle rates the owner's history anew, unless the package gives the owner's carriers the very
same measures. No I/O here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from doisoat.engine.oracle import oracle
from doisoat.settlement.rerating.owner_replay import History
from doisoat.settlement.runs.runs import package_in_words
from doisoat.tariffs.package_models import Package
from doisoat.tariffs.package_models import Reading as Asked
from doisoat.tariffs.rewritten_package import package_of

Progress = Callable[[int], None]
AMOUNTS = ("list_value", "discount", "payable", "in_kind", "contribution")


class Left(NamedTuple):
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
    left: tuple[Left, ...]  # sorted

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

    def is_same_to_subscriber(self, other: "Effect") -> bool:
        """Do both leave him the same? What service in kind is worth is no business of his."""

        def lines(effect: Effect) -> list[tuple[str, str, int, int]]:
            return [
                (one.measure, one.nature, one.units, 0 if one.nature == "in_kind" else one.amount)
                for one in effect.lines
            ]

        return (self.status, self.list_value, self.payable, lines(self), self.left) == (
            other.status, other.list_value, other.payable, lines(other), other.left,
        )  # fmt: skip

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "status": self.status,
            **{name: str(getattr(self, name)) for name in AMOUNTS},
            "lines": [lines_object(line) for line in self.lines],
            "left": [
                {**one._asdict(), "destinations": list(one.destinations)} for one in self.left
            ],
        }


def lines_object(line: oracle.Line) -> dict[str, Any]:
    """A relief line as `--json` prints it."""
    return {
        "measure": line.measure,
        "nature": line.nature,
        "units": line.units,
        "amount": str(line.amount),
    }


def effect_of(outcome: oracle.Outcome) -> Effect:
    """What a watched event came to."""
    balances: list[dict[str, Any]] = [step.data for step in outcome.trace if step.kind == "balance"]
    left = [
        Left(
            one["role"], one["measure"] or "", one["pack"] or "", one["unit"],
            one["destinations"], one["after"],
        )
        for one in balances
    ]  # fmt: skip
    return Effect(
        outcome.status, outcome.list_value, outcome.payable, outcome.lines, tuple(sorted(left))
    )


@dataclass(frozen=True)
class Answer:
    """What the event would have come to under another answer."""

    alternative: str
    means: str
    means_vi: str  # '' where the package does not say it
    effect: Effect
    matters: bool

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
    for own, text in zip(history.months, written, strict=True):
        if text is None and own.month.package.readings:
            return Readings(not_kept=own.month.run.run)
    worlds = _Worlds(history.until(event), event.event_id, written, base)
    told = []
    for reading in worlds.asked:
        in_force = package.chosen.get(reading.name, reading.default)
        answers = []
        for name, alternative in reading.alternatives.items():
            if name != in_force:
                effect = worlds.effect(reading.name, name)
                means = alternative.means, alternative.means_vi
                answers.append(Answer(name, *means, effect, effect != base))
                progress(1)
        chosen = reading.alternatives[in_force]
        told.append(
            Turned(
                reading.name, reading.question, reading.question_en, reading.source, in_force,
                chosen.means, chosen.means_vi, tuple(answers),
            )
        )  # fmt: skip
    return Readings(
        tuple(one for one in told if one.matters),
        tuple(one.name for one in told if not one.matters),
    )


class _Worlds:
    """One owner's history under any answer; worlds in which he meets the same are rated once."""

    def __init__(
        self, history: History, event_id: int, written: Sequence[str | None], base: Effect
    ) -> None:
        self.history, self.event_id, self.written = history, event_id, written
        self.carriers = {row.carrier for row in history.subscriptions}
        self.carriers |= {event.carrier for own in history.months for event in own.events}
        in_words = [
            package_in_words(own.month.package, text, str(own.month.run.path))
            for own, text in zip(history.months, written, strict=True)
        ]
        self.asked: tuple[Asked, ...] = in_words[-1].readings
        self.known = {self._met(in_words): base}

    def effect(self, reading: str, alternative: str) -> Effect:
        packages = [
            self._turned(own.month.package, text, str(own.month.run.path), {reading: alternative})
            for own, text in zip(self.history.months, self.written, strict=True)
        ]
        met = self._met(packages)
        if met not in self.known:
            outcomes = self.history.rate(packages, self.event_id)
            (outcome,) = (one for one in outcomes if one.event.event_id == self.event_id)
            self.known[met] = effect_of(outcome)
        return self.known[met]

    def _turned(
        self, package: Package, text: str | None, where: str, answer: Mapping[str, str]
    ) -> Package:
        """The package with an answer, where it asks that and knows it; else as it is."""
        ((name, alternative),) = answer.items()
        asked = next((one for one in package.readings if one.name == name), None)
        if text is None or asked is None or alternative not in asked.alternatives:
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
            for package in packages
        )
