"""Paragraphs of a letter on points that the announcement leaves open, in plain words. No I/O."""

from collections.abc import Callable
from functools import reduce

from doisoat.messages.text import Text, composed, joined
from doisoat.settlement.explain import letter_template as words
from doisoat.settlement.explain.explain import Explanation
from doisoat.settlement.explain.plain_figures import money_text, quantity
from doisoat.settlement.explain.turned_readings import Answer, Effect

Balance = tuple[str, str, str, str, tuple[str, ...]]  # role, measure, pack, unit, destinations
Namer = Callable[[str, str, str, str, tuple[str, ...]], Text]  # what a balance is called


def open_points(
    explanation: Explanation, name_of: Namer, title_of: Callable[[str], str]
) -> tuple[Text, ...]:
    """One paragraph for each reading that would leave the subscriber something else.

    What service in kind is worth is no business of his, so a reading of that alone is left out.
    """
    base = explanation.effect
    points = []
    for reading in explanation.hangs_on.matter:
        otherwise: dict[Text, list[Text]] = {}
        for answer in reading.answers:
            if not answer.effect.is_same_to_subscriber(base):
                more = _otherwise(answer, base, name_of) or _measures(answer, base, title_of)
                clause = joined("; ", [_payable(answer.effect, base), *more])
                otherwise.setdefault(clause, []).append(composed("“{}”", answer.meaning))
        if not otherwise:
            continue
        cases = [
            words.IF_IT_MEANS(meanings=reduce(_or, meanings), clause=clause)
            for clause, meanings in otherwise.items()
        ]
        points.append(
            words.POINT(
                question=reading.question_text, meaning=reading.meaning, cases=joined(" ", cases)
            )
        )
    if not points:
        return ()
    opening = words.ONE_OPEN_POINT if len(points) == 1 else words.OPEN_POINTS
    return opening, *points


def _or(first: Text, second: Text) -> Text:
    return words.OR(first=first, second=second)


def _payable(effect: Effect, base: Effect) -> Text:
    payable, by = money_text(effect.payable), effect.payable - base.payable
    if not by:
        return words.SAME_PAYABLE(payable=payable)
    if by > 0:
        return words.MORE_PAYABLE(payable=payable, by=money_text(by))
    return words.LESS_PAYABLE(payable=payable, by=money_text(-by))


def _measures(answer: Answer, base: Effect, title_of: Callable[[str], str]) -> list[Text]:
    """Measures that would give something else than now, where no amount or balance tells it."""
    if answer.effect.payable != base.payable:
        return []
    now = {(line.measure, line.nature, line.units) for line in base.lines}
    then = {(line.measure, line.nature, line.units) for line in answer.effect.lines}
    lost = {measure for measure, *_ in now - then} - {measure for measure, *_ in then}
    gained = {measure for measure, *_ in then - now}
    return [
        *(words.MEASURE_LOST(title=title_of(measure)) for measure in sorted(lost)),
        *(words.MEASURE_GAINED(title=title_of(measure)) for measure in sorted(gained)),
    ]


def _otherwise(answer: Answer, base: Effect, name_of: Namer) -> list[Text]:
    """What another answer would leave of contributions and balances; nothing if the same."""
    effect = answer.effect
    clauses = []
    if effect.contribution != base.contribution:
        clauses.append(words.OTHER_CONTRIBUTION(amount=money_text(effect.contribution)))
    if effect.remaining != base.remaining:
        before, after = _by_name(base), _by_name(effect)
        clauses += [
            _balance_clause(name_of(*key), after.get(key), key[3])
            for key in sorted({*before, *after})
            if before.get(key) != after.get(key)
        ]
    return clauses


def _by_name(effect: Effect) -> dict[Balance, int]:
    """What is left under each name; two balances of one name are one to the reader."""
    sums: dict[Balance, int] = {}
    for balance in effect.remaining:
        key = (balance.role, balance.measure, balance.pack, balance.unit, balance.destinations)
        sums[key] = sums.get(key, 0) + balance.units
    return sums


def _balance_clause(name: Text, units: int | None, unit: str) -> Text:
    if units is None:
        return words.NO_BALANCE(name=name)
    if not units:
        return words.EMPTY_BALANCE(name=name)
    return words.OTHER_BALANCE(name=name, units=quantity(units, unit))
