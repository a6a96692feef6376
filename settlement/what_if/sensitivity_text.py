"""The sensitivity of the programme's cost as text for the terminal."""

from doisoat.currency import Amount, amount_text
from doisoat.messages.text import joined, message, message_in
from doisoat.settlement.report.report_text import SYNTHETIC
from doisoat.settlement.report.terminal_table import table
from doisoat.settlement.what_if.sensitivity import Figures, Sensitivity

MEASURED = {
    "value": message("value that the programme counts"),
    "forgone": message("forgone revenue"),
}
PARTS = (
    ("discount", message_in("heading", "discount")),
    ("in_kind", message_in("heading", "in kind")),
    ("contribution", message_in("heading", "contribution")),
    ("forgone", message("forgone")),
)


def as_text(result: Sensitivity, measure: str) -> str:
    """The base, every alternative by how much hangs on its reading, and the bundles."""
    base = result.base
    package = result.package
    heads = (
        message("value"), message("difference"), *(head for _, head in PARTS),
    )  # fmt: skip

    def cells(figures: Figures) -> tuple[int, ...]:
        return (
            Amount(figures.value),
            Amount(figures.value - base.value),
            *(
                count if name == "forbearances" else Amount(count)
                for name, _ in PARTS
                for count in (getattr(figures, name),)
            ),
        )

    rows: list[tuple[str | int, ...]] = [
        (message_in("sensitivity book", "in force"), "", *cells(base))
    ]
    idle = []
    for reading in result.ranked(measure):
        if not any(reading.swing(name, base) for name in MEASURED):
            idle.append(reading.name)
            continue
        for turned in reading.turned:
            rows.append((reading.name, turned.alternative, *cells(turned.figures)))
    parts = [
        (
            message("package")
            + f" {package.id}, "
            + message_in("in a line", "period")
            + f" {result.period}"
        )
        + (f", {result.carrier}" if result.carrier else "")
        + ("  (" + SYNTHETIC + ")" if result.is_synthetic else ""),
        message("ranked by")
        + ": "
        + MEASURED[measure]
        + "; "
        + message_in("in a line", "base")
        + f" {amount_text(getattr(base, measure))}",
        table((message("reading"), message("turned to"), *heads), rows),
    ]
    if idle:
        parts.append((message("nothing of this period hangs on") + ": ") + ", ".join(sorted(idle)))
    if result.bundles:
        bundle_rows: list[tuple[str | int, ...]] = [
            (bundle_result.bundle.id, bundle_result.bundle.title, *cells(bundle_result.figures))
            for bundle_result in result.bundles
        ]
        parts.append(message("several turned together"))
        parts.append(table(("", "", *heads), bundle_rows))
    parts.append(
        message(
            "{evaluations} evaluations ({programs} of them different) in one scan",
            evaluations=result.evaluations,
            programs=result.programs,
        )
    )
    return joined("\n", parts)
