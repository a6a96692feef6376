"""The sensitivity of the programme's cost as a workbook: readings, bundles, the base."""

from collections.abc import Sequence
from pathlib import Path

from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.figures.period import Period
from doisoat.settlement.report.report_text import SYNTHETIC
from doisoat.settlement.report.sheet_parts import frozen
from doisoat.settlement.report.workbook_style import EXACT_BELOW, Book, Sheet
from doisoat.settlement.what_if.sensitivity import Figures, Sensitivity
from doisoat.settlement.what_if.sensitivity_text import MEASURED

PARTS = ("discount", "in_kind", "contribution", "forgone", "forbearances")
WIDTHS = (18, 18, 15, 18, 14, 15, 10)


def figure_heads() -> tuple[Text, ...]:
    """The heads of the value, of its difference to the base, and of PARTS."""
    return (
        message("Value counted"), message_in("head", "Difference"),
        message_in("head", "Discount"), message_in("head", "In kind"),
        message_in("head", "Contribution"), message_in("head", "Forgone revenue"),
        message_in("head", "Forbearances"),
    )  # fmt: skip


def write_sensitivity(path: Path, result: Sensitivity, measure: str) -> None:
    """Write the workbook; the same findings give the same bytes."""
    title = message(
        "What the value of {package} hangs on, period {period}",
        package=result.package.id,
        period=result.period,
    ).vi
    book = Book(path, title, result.package.title, Period.of(result.period))
    footer = f"{title}. {SYNTHETIC.vi}" if result.is_synthetic else title
    _readings(book, result, measure, footer, title)
    if result.bundles:
        _bundles(book, result, footer)
    book.close()


def _opening(sheet: Sheet, title: str, subtitle: str, result: Sensitivity) -> None:
    sheet.across(title, "title")
    sheet.row += 1
    sheet.across(subtitle, "muted")
    sheet.row += 1
    if result.is_synthetic:
        sheet.across(SYNTHETIC, "warning_centre")
        sheet.row += 1
    sheet.row += 1


def _line(sheet: Sheet, first: int, texts: Sequence[str], figures: Figures, base: Figures,
          base_row: int, style: str = "whole") -> None:  # fmt: skip
    for column, text in enumerate(texts):
        sheet.text(column, text, "total_text" if style == "total" else "cell")
    sheet.amount(first, figures.value, style)
    amount_cell, origin = sheet.cell_name(sheet.row, first), sheet.cell_name(base_row, first)
    exact = max(figures.value, base.value) < EXACT_BELOW
    formula = f"={amount_cell}-{origin}" if exact and sheet.row != base_row else None
    sheet.amount(first + 1, figures.value - base.value, style, formula)
    for column, name in enumerate(PARTS, start=first + 2):
        write = sheet.whole if name == "forbearances" else sheet.amount
        write(column, getattr(figures, name), style)
    sheet.grow(*zip(texts, sheet.widths, strict=False))
    sheet.row += 1


def _readings(book: Book, result: Sensitivity, measure: str, footer: str, title: str) -> None:
    sheet = book.sheet(
        message_in("sheet", "Each reading").vi, (22, 32, 19, 30, *WIDTHS), footer, landscape=True
    )
    measured = MEASURED[measure]
    _opening(
        sheet, title,
        message(
            "Each row turns one reading, all others as they are; ranked by {measured}. Natures"
            " stand apart; forgone revenue is the difference of two runs",
            measured=Text(measured.vi.lower(), measured.en),
        ),
        result,
    )  # fmt: skip
    sheet.heads((
        message_in("head", "Reading"), message("Question"), message("Turned to"),
        message("Which means"), *figure_heads(),
    ))  # fmt: skip
    frozen(sheet, 3)
    base_row = sheet.row
    texts: tuple[str, ...] = (message_in("sensitivity book", "in force"), "", "", "")
    _line(sheet, 4, texts, result.base, result.base, base_row, "total")
    for reading in result.ranked(measure):
        for turned in reading.turned:
            texts = (reading.name, reading.question, turned.alternative, turned.means)
            _line(sheet, 4, texts, turned.figures, result.base, base_row)


def _bundles(book: Book, result: Sensitivity, footer: str) -> None:
    sheet = book.sheet(
        message_in("sheet", "Bundles of readings").vi, (20, 36, 40, *WIDTHS), footer, landscape=True
    )
    _opening(
        sheet, message("Several readings turned together"),
        message("No source says which of them was meant"),
        result,
    )  # fmt: skip
    sheet.heads((message("Id"), message("Name"), message("Readings"), *figure_heads()))
    frozen(sheet, 2)
    base_row = sheet.row
    _line(
        sheet,
        3,
        (message_in("sensitivity book", "in force"), "", ""),
        result.base,
        result.base,
        base_row,
        "total",
    )
    for bundle_result in result.bundles:
        chosen = ", ".join(
            f"{name}={answer}" for name, answer in bundle_result.bundle.readings.items()
        )
        texts = (
            bundle_result.bundle.id,
            f"{bundle_result.bundle.title}\n{bundle_result.bundle.title_en}",
            chosen or "–",
        )
        _line(sheet, 3, texts, bundle_result.figures, result.base, base_row)
