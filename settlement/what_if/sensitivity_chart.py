"""The tornado: a bar a reading, from the least to the most that its alternatives come to."""

from fractions import Fraction

from doisoat.messages.text import message, message_in
from doisoat.settlement.drawing.axis import decimal_vi, unit_of
from doisoat.settlement.drawing.bar_chart import Bar, Chart, Group
from doisoat.settlement.report.report_text import SYNTHETIC
from doisoat.settlement.what_if.sensitivity import Figures, Reading, Sensitivity
from doisoat.settlement.what_if.sensitivity_text import MEASURED

FRAME = 2  # times the base: bars beyond are cut there, and say so


def tornado_of(result: Sensitivity, measure: str) -> Chart:
    """The chart of a measure: value or forgone."""
    base = getattr(result.base, measure)
    unit, unit_name = unit_of(base)
    limit = _limit(result, measure)
    bars, is_cut = [], False
    for reading in result.ranked(measure):
        if reading.swing(measure, result.base):
            bar = _bar(reading, measure, result.base, unit, limit)
            is_cut |= bar.high_cut
            bars.append(bar)
    groups = [Group(message("one reading at a time"), tuple(bars))]
    if result.bundles:
        together = [
            _bar_to(
                bundle_result.bundle.title,
                getattr(bundle_result.figures, measure),
                base,
                unit,
                limit,
            )
            for bundle_result in result.bundles
        ]
        is_cut |= any(bar.high_cut for bar in together)
        groups.append(Group(message("turned together"), tuple(together)))
    measured = MEASURED[measure]
    idle = sum(1 for reading in result.readings if not reading.swing(measure, result.base))
    notes = [
        message("base") + f": {result.package.title}, " + message("with the readings in force"),
        f"{idle} " + message("other readings change nothing of it"),
        message("blue: below the base, orange: above"),
    ]
    if is_cut:
        notes.append(
            message("cut at {frame} times the base; the figure beside it is whole", frame=FRAME)
        )
    if result.is_synthetic:
        notes.append(SYNTHETIC)
    return Chart(
        message(
            "What {measured} hangs on, period {period}", measured=measured, period=result.period
        ).vi,
        f"What the {measured.en} hangs on; amounts in {unit_name}",
        measured,
        base,
        message_in("in a line", "base") + f" {decimal_vi(Fraction(base, unit), 1)}",
        tuple(groups),
        tuple(notes),
    )


def _limit(result: Sensitivity, measure: str) -> int:
    """Where bars are cut: so many times the base; nowhere, where the base is no measure of it."""
    base: int = getattr(result.base, measure)
    if base > 0:
        return FRAME * base
    spans = [reading.span(measure, result.base)[1] for reading in result.readings]
    together: list[int] = [
        getattr(bundle_result.figures, measure) for bundle_result in result.bundles
    ]
    return max([base, *spans, *together])


def _bar(reading: Reading, measure: str, base: Figures, unit: int, limit: int) -> Bar:
    low, high = reading.span(measure, base)
    origin = getattr(base, measure)

    def named(amount: int) -> str:
        if amount == origin:
            return ""
        names = [t.alternative for t in reading.turned if getattr(t.figures, measure) == amount]
        return f"{', '.join(names)} {_figure(amount, unit)}"

    return Bar(
        reading.name, low, min(high, limit), named(low), named(high), high > limit, reading.question
    )


def _bar_to(label: str, amount: int, origin: int, unit: int, limit: int) -> Bar:
    figure = _figure(amount, unit)
    return Bar(
        label,
        min(amount, origin),
        min(max(amount, origin), limit),
        figure if amount < origin else "",
        figure if amount >= origin else "",
        amount > limit,
    )


def _figure(amount: int, unit: int) -> str:
    return decimal_vi(Fraction(amount, unit), 2)
