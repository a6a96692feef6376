"""A comparison as a workbook: the whole, its dimensions, the measures, the owners, the changes."""

from collections.abc import Sequence
from pathlib import Path

from doisoat.currency import CURRENCY
from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.figures.period import Period
from doisoat.settlement.report.report_text import NATURES, SYNTHETIC
from doisoat.settlement.report.sheet_parts import column_total, frozen
from doisoat.settlement.report.workbook_style import EXACT_BELOW, Book, Sheet
from doisoat.settlement.what_if.compare import AMOUNTS, Comparison, Effect, Row
from doisoat.settlement.what_if.what_if_text import (
    DIMENSIONS,
    NAMED,
    UNKNOWN,
    called,
    names_of,
)

SHEETS = {
    "carrier": message_in("sheet", "Carriers").vi,
    "week": message_in("sheet", "Weeks").vi,
    "segment": message_in("sheet", "Segments").vi,
    "home_province": message_in("sheet", "Home provinces").vi,
    "serving_province": message_in("sheet", "Serving provinces").vi,
}


def sides() -> tuple[Text, Text, Text]:
    """The heads of both worlds and of their difference."""
    return (
        message_in("head", "Base"), message_in("head", "What-if"), message_in("head", "Difference"),
    )  # fmt: skip


def write_comparison(path: Path, compared: Comparison) -> None:
    """Write the workbook; the same comparison gives the same bytes."""
    title = message(
        "Comparison of {base} and {what_if}, period {period}",
        base=compared.base.name,
        what_if=compared.what_if.name,
        period=compared.period,
    ).vi
    book = Book(path, title, compared.what_if.title, Period.of(compared.period))
    footer = f"{title}. {SYNTHETIC.vi}" if compared.is_synthetic else title
    _summary(book, compared, footer, title)
    for dimension in DIMENSIONS:
        _dimension(book, compared, dimension, footer)
    _measures(book, compared, footer)
    _owners(book, compared, footer)
    book.close()


def _heading(sheet: Sheet, title: str, subtitle: str) -> None:
    sheet.across(title, "title")
    sheet.row += 1
    sheet.across(subtitle, "muted")
    sheet.row += 2


def _difference(
    sheet: Sheet, column: int, base: int, what_if: int, *, is_count: bool = False
) -> None:
    """base, what-if, and a formula for their difference; of amounts, unless they are counts."""
    row, write = sheet.row, sheet.whole if is_count else sheet.amount
    write(column, base)
    write(column + 1, what_if)
    names = sheet.cell_name(row, column + 1), sheet.cell_name(row, column)
    exact = max(abs(base), abs(what_if)) < EXACT_BELOW
    write(column + 2, what_if - base, formula=f"={names[0]}-{names[1]}" if exact else None)


def _summary(book: Book, compared: Comparison, footer: str, title: str) -> None:
    sheet = book.sheet(message_in("sheet", "Summary").vi, (42, 22, 22, 22), footer, landscape=True)
    _heading(sheet, title, message("difference = what-if − base"))
    if compared.is_synthetic:
        sheet.across(SYNTHETIC, "warning_centre")
        sheet.row += 2
    for word, side in ((message("Base"), compared.base), (message("What-if"), compared.what_if)):
        sheet.text(0, word)
        sheet.across(
            f"{side.name}: {Text(side.title, side.title_en)} ({side.author}; {side.reference})",
            "cell", 1, 3,
        )  # fmt: skip
        sheet.row += 1
    sheet.row += 1
    sheet.heads((message_in("head", "Item"), *sides()))
    sheet.sheet.freeze_panes(sheet.row, 1)
    payable = sheet.row
    for name in AMOUNTS:
        payable = sheet.row if name == "payable" else payable
        sheet.text(0, NAMED[name], "key_text" if name == "payable" else "cell")
        _difference(sheet, 1, compared.whole.base[name], compared.whole.what_if[name])
        sheet.row += 1
    sheet.text(0, message("forgone revenue"), "total_text")
    sheet.text(1, "", "total_text")
    sheet.text(2, message("payable of base − of what-if").vi, "total_centre")
    exact = all(abs(side["payable"]) < EXACT_BELOW for side in compared.whole[1:])
    formula = f"={sheet.cell_name(payable, 1)}-{sheet.cell_name(payable, 2)}" if exact else None
    sheet.amount(3, compared.forgone, "total", formula)
    sheet.row += 2
    if compared.what_if.changed:
        _changes(sheet, compared)
    sheet.across(
        message(
            "Balances evolve each in their own world, so forgone revenue is not the sum"
            " of discounts; natures are never added up into one figure"
        ),
        "muted",
    )
    sheet.row += 1


def _changes(sheet: Sheet, compared: Comparison) -> None:
    sheet.heads(
        (
            message_in("head", "Key"),
            message("Before"),
            message("After"),
            message("Dates; source"),
        )
    )
    for change in compared.what_if.changed:
        begin = change.valid_from.isoformat() if change.valid_from else "…"
        end = change.valid_until.isoformat() if change.valid_until else "…"
        when = "" if begin == end == "…" else f"[{begin}, {end}); "
        cells = (change.key, ", ".join(change.before) or "–",
                 "–" if change.after is None else change.after,
                 f"{when}{change.source} ({change.mark})")  # fmt: skip
        for column, text in enumerate(cells):
            sheet.text(column, text)
        sheet.grow(*zip(cells, sheet.widths, strict=True))
        sheet.row += 1
    sheet.row += 1


def _dimension(book: Book, compared: Comparison, dimension: str, footer: str) -> None:
    names = names_of(compared.base.world.catalogue)
    rows = compared.rows[dimension]
    outside = bool(rows) and "in_kind" in rows[0].base
    widths = (34, 19, 19, 19, 19, 19) + ((19, 17) if outside else ())
    sheet = book.sheet(SHEETS[dimension], widths, footer, landscape=True)
    about = message("payable of both, and the relief that the what-if gives")
    _heading(sheet, DIMENSIONS[dimension], about)
    heads = [
        Text.alike(""),
        *(message_in("payable", "{side}", side=Text(side.vi.lower(), side.en)) for side in sides()),
    ]
    columns = ("list_value", "discount") + (("in_kind", "contribution") if outside else ())
    heads += [
        Text(f"{NAMED[name].vi} ({CURRENCY.form.sign})", NAMED[name].en.capitalize())
        for name in columns
    ]
    sheet.heads(heads)
    frozen(sheet, 1)
    first = sheet.row
    for row in rows:
        sheet.text(0, called(names, dimension, row.key))
        _difference(sheet, 1, row.base["payable"], row.what_if["payable"])
        for column, name in enumerate(columns, start=4):
            sheet.amount(column, row.what_if[name])
        sheet.row += 1
    _totals(sheet, rows, columns, first)


def _totals(sheet: Sheet, rows: Sequence[Row], names: Sequence[str], first: int) -> None:
    if not rows:
        return
    last = sheet.row - 1
    columns = [
        [row.base["payable"] for row in rows],
        [row.what_if["payable"] for row in rows],
        [row.difference for row in rows],
        *([row.what_if[name] for row in rows] for name in names),
    ]
    sheet.text(0, message("Total"), "total_text")
    for column, values in enumerate(columns, start=1):
        column_total(sheet, column, values, first, last, amounts=True)
    sheet.row += 1


def _measures(book: Book, compared: Comparison, footer: str) -> None:
    sheet = book.sheet(
        message_in("sheet", "Measures").vi, (16, 30, 22, 22, 22), footer, landscape=True
    )
    _heading(sheet, message("Relief by measure"),
             message("each nature stands apart"))  # fmt: skip
    sheet.heads((message("Id"), message("Nature"), *sides()))
    frozen(sheet, 2)
    for measured in compared.measures:
        nature = NATURES[measured.nature]
        sheet.text(0, measured.measure, "cell_centre")
        sheet.text(
            1,
            nature + ((" (" + message("times") + ")") if measured.is_count else ""),
        )
        _difference(sheet, 2, measured.base, measured.what_if, is_count=measured.is_count)
        sheet.row += 1


def _owners(book: Book, compared: Comparison, footer: str) -> None:
    sheet = book.sheet(
        message_in("sheet", "Owners").vi, (34, 14, 20, 14, 20, 14), footer, landscape=True
    )
    _heading(sheet, message("Winners and losers"),
             message("owners with usage in either world; by carrier, one who was ported"
" counts with both"))  # fmt: skip
    sheet.heads((
        Text.alike(""), message("Pay less"), message("In all"), message("Pay more"),
        message("In all"), message("The same"),
    ))  # fmt: skip
    frozen(sheet, 1)

    def line(name: str, effect: Effect, style: str) -> None:
        sheet.text(0, name, "total_text" if style == "total" else "cell")
        figures = (effect.less, -effect.less_amount, effect.more, effect.more_amount, effect.same)
        for column, figure in enumerate(figures, start=1):
            write = sheet.amount if column in (2, 4) else sheet.whole
            write(column, figure, style)
        sheet.row += 1

    line(message("All"), compared.effect, "total")
    for name in ("carrier", "segment"):
        for effect in compared.effects[name]:
            line(effect.key or UNKNOWN, effect, "whole")
