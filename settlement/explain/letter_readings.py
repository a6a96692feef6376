"""What a letter says of the points that the announcement leaves open, in plain words. No I/O."""

from collections.abc import Callable

from doisoat.settlement.explain.explain import Explanation
from doisoat.settlement.explain.plain_vietnamese import dong, quantity
from doisoat.settlement.explain.turned_readings import Answer, Effect

# role, measure, pack, unit, destinations -> what a balance is called
Namer = Callable[[str, str, str, str, tuple[str, ...]], str]


def open_points(
    told: Explanation, name_of: Namer, title_of: Callable[[str], str]
) -> tuple[str, ...]:
    """One paragraph for each reading that would leave the subscriber something else.

    What service in kind is worth is no business of his, so a reading of that alone is left out.
    """
    base = told.effect
    points = []
    for one in told.hangs_on.matter:
        otherwise: dict[str, list[str]] = {}
        for answer in one.answers:
            if not answer.effect.is_same_to_subscriber(base):
                said = _otherwise(answer, base, name_of) or _measures(answer, base, title_of)
                said = f"{_payable(answer.effect, base)}{said and f'; {said}'}"
                otherwise.setdefault(said, []).append(answer.means_vi or answer.means)
        if not otherwise:
            continue
        cases = [
            f"Nếu hiểu là {' hoặc '.join(f'“{means}”' for means in meanings)} thì {said}."
            for said, meanings in otherwise.items()
        ]
        points.append(
            f"- {one.question} Chúng tôi đang hiểu là “{one.means_vi or one.means}”."
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
    other = {measure for measure, *_ in then - now}
    said = [f"không được hưởng biện pháp “{title_of(measure)}”" for measure in sorted(lost)]
    said += [f"phần hỗ trợ tính theo biện pháp “{title_of(measure)}”" for measure in sorted(other)]
    return "; ".join(said)


def _otherwise(answer: Answer, base: Effect, name_of: Namer) -> str:
    """What another answer would leave of contributions and balances; '' if the same."""
    effect = answer.effect
    said = []
    if effect.contribution != base.contribution:
        said.append(f"khoản đóng góp là {dong(effect.contribution)}")
    if effect.left != base.left:
        before, after = _by_name(base), _by_name(effect)
        said += [
            _left(name_of(*key), after.get(key), key[3])
            for key in sorted({*before, *after})
            if before.get(key) != after.get(key)
        ]
    return "; ".join(said)


def _by_name(effect: Effect) -> dict[tuple[str, str, str, str, tuple[str, ...]], int]:
    """What is left under each name; two balances of one name are one to the reader."""
    sums: dict[tuple[str, str, str, str, tuple[str, ...]], int] = {}
    for one in effect.left:
        key = (one.role, one.measure, one.pack, one.unit, one.destinations)
        sums[key] = sums.get(key, 0) + one.units
    return sums


def _left(name: str, units: int | None, unit: str) -> str:
    if units is None:
        return f"không có {name}"
    return f"{name} còn {quantity(units, unit)}" if units else f"{name} không còn gì"
