"""Paragraphs of a letter on points that the announcement leaves open, in plain words. No I/O."""

from collections.abc import Callable

from doisoat.settlement.explain.explain import Explanation
from doisoat.settlement.explain.plain_vietnamese import dong, quantity
from doisoat.settlement.explain.turned_readings import Answer, Effect

# role, measure, pack, unit, destinations -> what a balance is called
Namer = Callable[[str, str, str, str, tuple[str, ...]], str]


def open_points(
    explanation: Explanation, name_of: Namer, title_of: Callable[[str], str]
) -> tuple[str, ...]:
    """One paragraph for each reading that would leave the subscriber something else.

    What service in kind is worth is no business of his, so a reading of that alone is left out.
    """
    base = explanation.effect
    points = []
    for reading in explanation.hangs_on.matter:
        otherwise: dict[str, list[str]] = {}
        for answer in reading.answers:
            if not answer.effect.is_same_to_subscriber(base):
                clause = _otherwise(answer, base, name_of) or _measures(answer, base, title_of)
                clause = f"{_payable(answer.effect, base)}{clause and f'; {clause}'}"
                otherwise.setdefault(clause, []).append(answer.means_vi or answer.means)
        if not otherwise:
            continue
        cases = [
            f"Nếu hiểu là {' hoặc '.join(f'“{means}”' for means in meanings)} thì {clause}."
            for clause, meanings in otherwise.items()
        ]
        points.append(
            f"- {reading.question} Chúng tôi đang hiểu là “{reading.means_vi or reading.means}”."
            f" {' '.join(cases)}"
        )
    if not points:
        return ()
    which = "điểm" if len(points) == 1 else "những điểm"
    return (
        f"Ở {which} dưới đây, thông báo chưa nói rõ nên chúng tôi phải chọn một cách hiểu. Chúng"
        " tôi nêu ra để Quý khách biết kết quả sẽ khác thế nào nếu hiểu cách khác.",
        *points,
    )


def _payable(effect: Effect, base: Effect) -> str:
    by = effect.payable - base.payable
    if not by:
        return f"Quý khách vẫn phải trả {dong(effect.payable)}"
    more = "nhiều hơn" if by > 0 else "ít hơn"
    return f"Quý khách phải trả {dong(effect.payable)}, {more} {dong(abs(by))}"


def _measures(answer: Answer, base: Effect, title_of: Callable[[str], str]) -> str:
    """Measures that would give something else than now, where no amount or balance tells it."""
    if answer.effect.payable != base.payable:
        return ""
    now = {(line.measure, line.nature, line.units) for line in base.lines}
    then = {(line.measure, line.nature, line.units) for line in answer.effect.lines}
    lost = {measure for measure, *_ in now - then} - {measure for measure, *_ in then}
    gained = {measure for measure, *_ in then - now}
    clauses = [f"không được hưởng biện pháp “{title_of(measure)}”" for measure in sorted(lost)]
    clauses += [
        f"phần hỗ trợ tính theo biện pháp “{title_of(measure)}”" for measure in sorted(gained)
    ]
    return "; ".join(clauses)


def _otherwise(answer: Answer, base: Effect, name_of: Namer) -> str:
    """What another answer would leave of contributions and balances; '' if the same."""
    effect = answer.effect
    clauses = []
    if effect.contribution != base.contribution:
        clauses.append(f"khoản đóng góp là {dong(effect.contribution)}")
    if effect.remaining != base.remaining:
        before, after = _by_name(base), _by_name(effect)
        clauses += [
            _balance_clause(name_of(*key), after.get(key), key[3])
            for key in sorted({*before, *after})
            if before.get(key) != after.get(key)
        ]
    return "; ".join(clauses)


def _by_name(effect: Effect) -> dict[tuple[str, str, str, str, tuple[str, ...]], int]:
    """What is left under each name; two balances of one name are one to the reader."""
    sums: dict[tuple[str, str, str, str, tuple[str, ...]], int] = {}
    for balance in effect.remaining:
        key = (balance.role, balance.measure, balance.pack, balance.unit, balance.destinations)
        sums[key] = sums.get(key, 0) + balance.units
    return sums


def _balance_clause(name: str, units: int | None, unit: str) -> str:
    if units is None:
        return f"không có {name}"
    return f"{name} còn {quantity(units, unit)}" if units else f"{name} không còn gì"
