"""A comparison as bars: what is paid more or less, by whom, when and where."""

from doisoat.currency import amount_text
from doisoat.messages.text import message, message_in
from doisoat.settlement.drawing.bar_chart import Bar, Chart, Group
from doisoat.settlement.report.report_text import SYNTHETIC
from doisoat.settlement.what_if.compare import Comparison
from doisoat.settlement.what_if.what_if_text import DIMENSIONS, called, names_of, shown_rows

DRAWN = ("carrier", "week", "segment", "home_province")


def chart_of(compared: Comparison) -> Chart:
    names = names_of(compared.base.world.catalogue)
    groups = []
    for dimension in DRAWN:
        bars = []
        for row in shown_rows(dimension, compared.rows[dimension]):
            less, more = min(0, row.difference), max(0, row.difference)
            written = amount_text(row.difference, minus="−")
            bars.append(
                Bar(
                    called(names, dimension, row.key),
                    less,
                    more,
                    written if row.difference < 0 else "",
                    written if row.difference >= 0 else "",
                )
            )
        more_rows = len(compared.rows[dimension]) - len(bars)
        hidden = (f" ({len(bars)} " + message("that differ most") + ")") if more_rows else ""
        groups.append(Group(DIMENSIONS[dimension] + hidden, tuple(bars)))
    notes = [
        message_in("what if chart", "base") + f": {compared.base.name}, {compared.base.title}",
        message("what-if") + f": {compared.what_if.name}, {compared.what_if.title}",
        message("forgone revenue, relief by nature and owners: see the table"),
    ]
    if compared.is_synthetic:
        notes.append(SYNTHETIC)
    return Chart(
        message(
            "Payable: {base} → {what_if}, period {period}",
            base=compared.base.name,
            what_if=compared.what_if.name,
            period=compared.period,
        ).vi,
        message("what is paid more (orange) or less (blue)"),
        message("payable, what-if − base"),
        0,
        "0",
        tuple(groups),
        tuple(notes),
    )
