"""Interconnection in a paper's workbook: its sums on sheet Tổng hợp, and sheet Kết nối.

By price what is owed either way, then the net of each pair; sums and nets are formulas.
"""

from collections.abc import Mapping, Sequence

from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.interconnect.log_entry import Due
from doisoat.settlement.interconnect.paper_facts import (
    COUNTS,
    HOW_TO,
    OF_NETTED,
    OF_OTHERS,
    ROUNDINGS,
    RULE,
    Counterparty,
    Interconnection,
    price_said,
)
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.interconnect_adjusted_sheet import adjusted_lines
from doisoat.settlement.report.issue_stamp import Stamp
from doisoat.settlement.report.sheet_parts import column_total, heading, section, titled
from doisoat.settlement.report.workbook_style import EXACT_BELOW, Book, Sheet

NAME = message_in("sheet", "Interconnection").vi
SUMS = (  # what the sums are called, in formulas and to readers
    ("ket_noi_phai_tra", message("Netted pairs: owes")),
    ("ket_noi_duoc_tra", message("Netted pairs: is owed")),
    ("ket_noi_bu_tru", message("Net = is owed − owes")),
)
UNNETTED = (  # of the pairs that are not netted
    ("ket_noi_khac_phai_tra", message("Not netted: owes")),
    ("ket_noi_khac_duoc_tra", message("Not netted: is owed")),
)
MS_PER_MINUTE = 60_000
AMOUNT = 8  # the column of amounts, of the tables by price
OWES, OWED, NET = 3, 5, 7  # of the table of pairs
NOT_KNOWN = {"whole": "cell_centre", "total": "total_centre"}  # how such an amount is shown
AMOUNTS = {OWES: 4, OWED: 6, NET: 7}  # its columns of amounts, the first and the last of each


def interconnect_lines(sheet: Sheet, content: Content, stamp: Stamp) -> None:
    """Its sums on sheet Tổng hợp, or that nobody recorded it."""
    section(sheet, message("Interconnection, excl. {tax_name}"))
    interconnection = stamp.interconnection
    if interconnection is None:
        label = stamp.not_told(HOW_TO.format(period=content.period.name))
        sheet.across(label, "cell")
        sheet.row += 2
        return
    unnetted = (
        []
        if interconnection.unnetted_sums is None
        else zip(UNNETTED, interconnection.unnetted_sums, strict=True)
    )
    known_unnetted = [(named, amount) for named, amount in unnetted if amount is not None]
    for (name, label), amount in (*zip(SUMS, interconnection.sums, strict=True), *known_unnetted):
        is_key = name == SUMS[-1][0]
        sheet.across(label, "key_text" if is_key else "cell", 0, 5)
        if amount is None:
            sheet.text(6, "–", NOT_KNOWN["total" if is_key else "whole"])
        else:
            formula = (
                f"={name}" if interconnection.counterparties and _exact(interconnection) else None
            )
            sheet.amount(6, amount, "total" if is_key else "whole", formula)
        sheet.across(message("{currency_name}"), "cell_centre", 7, 8)
        sheet.row += 1
    sheet.across(
        message(
            "Added neither to what is payable nor to relief; by counterparty and price:"
            " sheet {sheet}",
            sheet=NAME,
        ),
        "muted",
    )
    sheet.row += 2


def interconnect_sheet(book: Book, content: Content, stamp: Stamp, footer: str) -> None:
    """What the log says of the month's run, and of the adjustments that were booked into it."""
    sheet = book.sheet(NAME, (16, 36, 22, 13, 13, 14, 16, 16, 26), footer, landscape=True)
    heading(
        sheet,
        message("Interconnection, excl. {tax_name}"),
        content,
    )
    titled(sheet)
    if stamp.interconnection is not None:
        _of_month(sheet, stamp.interconnection)
    adjusted_lines(sheet, stamp.interconnect_adjusted, is_draft=stamp.key is None)
    sheet.on_one_page_if_legible()


def _of_month(sheet: Sheet, interconnection: Interconnection) -> None:
    rounding = ROUNDINGS[interconnection.rounding]
    for note in (
        RULE,
        message(
            "Rounding: {rounding}. Log entry {entry}.",
            entry=interconnection.entry,
            rounding=rounding,
        ),
    ):
        sheet.across(note, "muted")
        sheet.row += 1
    sheet.row += 1
    names = {pair.id: pair.name for pair in interconnection.counterparties}
    owes = _prices(
        sheet, message("Owes, by price"),
        [(row.payee, row) for row in interconnection.owes], names,
    )  # fmt: skip
    owed = _prices(
        sheet, message("Is owed, by price"),
        [(row.payer, row) for row in interconnection.owed], names,
    )  # fmt: skip
    first = sheet.row
    _pairs(sheet, interconnection, owes, owed)
    sheet.keep_together(first)
    _counts(sheet, interconnection)


def _exact(interconnection: Interconnection) -> bool:
    """Is each amount, and each sum of them, a number that a spreadsheet holds?"""
    rows = [row.amount for row in (*interconnection.owes, *interconnection.owed)]
    return sum(rows) < EXACT_BELOW


def _prices(
    sheet: Sheet, title: Text, rows: Sequence[tuple[str, Due]], names: Mapping[str, Text]
) -> tuple[int, int] | None:
    """A row a counterparty and price. Returns: the first and the last; None without any."""
    section(sheet, title)
    if not rows:
        sheet.across(message("None"), "cell")
        sheet.row += 2
        return None
    sheet.heads(
        (message("Id"), message("Counterparty"), message("Price"),
         message("First day"), message("Last day"), message("Calls"),
         message("Minutes"), message("Of which waived"),
         message("Amount"))
    )  # fmt: skip
    first = sheet.row
    for counterparty, row in rows:
        name, price = names[counterparty], price_said(row)
        sheet.text(0, counterparty, "cell_centre")
        sheet.text(1, name)
        sheet.text(2, price, "cell_centre")
        sheet.day(3, row.first_day)
        sheet.day(4, row.last_day)
        sheet.whole(5, row.calls)
        sheet.figure(6, row.ms / MS_PER_MINUTE, "thousandths")
        sheet.figure(7, row.waived_ms / MS_PER_MINUTE, "thousandths")
        sheet.amount(AMOUNT, row.amount)
        sheet.grow((name, sheet.widths[1]), (price, sheet.widths[2]))
        sheet.row += 1
    last = sheet.row - 1
    sheet.across(message("Total"), "total_text", 0, 4)
    column_total(sheet, 5, [row.calls for _, row in rows], first, last)
    for column, ms in (
        (6, sum(row.ms for _, row in rows)),
        (7, sum(row.waived_ms for _, row in rows)),
    ):
        formula = sheet.sum_of(column, first, last)
        sheet.figure(column, ms / MS_PER_MINUTE, "total_thousandths", formula)
    column_total(sheet, AMOUNT, [row.amount for _, row in rows], first, last, amounts=True)
    sheet.row += 2
    return first, last


def _pairs(
    sheet: Sheet,
    interconnection: Interconnection,
    owes: tuple[int, int] | None,
    owed: tuple[int, int] | None,
) -> None:
    """Net of each pair, by formulas over the tables above."""
    section(sheet, message("Netted by counterparty"))
    if not interconnection.counterparties:
        sheet.across(message("No call owes interconnection"), "cell")
        sheet.row += 2
        return
    sheet.heads_across(
        ((0, 0, message("Id")), (1, 2, message("Counterparty")),
         (3, 4, message("Owes")), (5, 6, message("Is owed")),
         (7, 7, message("Net")), (8, 8, message("This party")))
    )  # fmt: skip
    first, exact = sheet.row, _exact(interconnection)
    for pair in (*interconnection.netted, *interconnection.not_netted):
        _pair(sheet, pair, owes, owed, exact=exact)
    middle, last = first + len(interconnection.netted), sheet.row - 1
    _total(sheet, OF_NETTED, SUMS, interconnection.sums, (first, middle - 1) if exact else None)
    if interconnection.unnetted_sums is not None:
        _total(
            sheet,
            OF_OTHERS,
            UNNETTED,
            interconnection.unnetted_sums,
            (middle, last) if exact else None,
        )
    if interconnection.one_sided is not None:
        names, why = ", ".join(interconnection.one_sided[0]), interconnection.one_sided[1]
        sheet.across(why + f": {names}", "warning")
        sheet.row += 1
    sheet.row += 1


def _total(
    sheet: Sheet,
    title: Text,
    named: Sequence[tuple[str, Text]],
    amounts: Sequence[int | None],
    rows: tuple[int, int] | None,
) -> None:
    """A row of sums. Args: named: what they are called; rows: those they are of; None: no number
    that a spreadsheet holds."""
    sheet.across(title, "total_text", 0, 2)
    columns, empty_columns = (OWES, OWED, NET)[: len(named)], (OWES, OWED, NET)[len(named) :]
    for column in empty_columns:
        _whole(sheet, column, None, "total", None)
    for (name, _), column, amount in zip(named, columns, amounts, strict=True):
        _whole(sheet, column, amount, "total", sheet.sum_of(column, *rows) if rows else None)
        if amount is not None:
            sheet.name(name, column)
    sheet.text(8, "", "total_text")
    sheet.row += 1


def _pair(
    sheet: Sheet,
    pair: Counterparty,
    owes: tuple[int, int] | None,
    owed: tuple[int, int] | None,
    *,
    exact: bool,
) -> None:
    """Args: owes, owed: the rows of the tables by price; None: they have none."""
    key = sheet.cell_name(sheet.row, 0)
    sheet.text(0, pair.id, "cell_centre")
    sheet.across(pair.name, "cell", 1, 2)
    cells = [sheet.cell_name(sheet.row, column) for column in (OWED, OWES)]
    for column, amount, formula in (
        (OWES, pair.owes, _sum_if(sheet, key, owes)),
        (OWED, pair.owed, _sum_if(sheet, key, owed)),
        (NET, pair.net, "={}-{}".format(*cells)),
    ):
        _whole(sheet, column, amount, "whole", formula if exact else None)
    direction = pair.direction
    sheet.text(8, direction, "cell_centre")
    sheet.grow((direction, sheet.widths[8]))
    sheet.row += 1


def _whole(sheet: Sheet, column: int, amount: int | None, style: str, formula: str | None) -> None:
    """An amount of the table of pairs, over the columns that it has there; None: not known."""
    if amount is None:
        sheet.across("–", NOT_KNOWN[style], column, AMOUNTS[column])
    elif column == AMOUNTS[column]:
        sheet.amount(column, amount, style, formula)
    else:
        sheet.amount_across(amount, style, column, AMOUNTS[column], formula)


def _sum_if(sheet: Sheet, key: str, span: tuple[int, int] | None) -> str | None:
    """The sum of the amounts of a table's rows that are of one counterparty."""
    if span is None:
        return None
    ids, amounts = (
        ":".join(sheet.cell_name(row, column) for row in span) for column in (0, AMOUNT)
    )
    return f"=SUMIF({ids},{key},{amounts})"


def _counts(sheet: Sheet, interconnection: Interconnection) -> None:
    """Calls by what becomes of them, and what is counted because it has no price."""
    section(
        sheet,
        message("Counted, with what has no price"),
    )
    sheet.heads_across(
        ((0, 4, message_in("head", "Item")), (5, 6, message("This party")),
         (7, 8, message("All of the run")))
    )  # fmt: skip
    for name, label in COUNTS.items():
        sheet.across(label, "cell", 0, 4)
        sheet.whole_across(interconnection.own_counts[name], "whole", 5, 6)
        sheet.whole_across(interconnection.all[name], "whole", 7, 8)
        sheet.row += 1
    sheet.row += 1
