"""Sheet Tổng hợp: the statement itself, from its parties to the signatures."""

# ruff: noqa: E501 (tables of words and styles: an entry a line)

from collections.abc import Mapping, Sequence
from typing import Any

from doisoat.currency import amount_text, number_text
from doisoat.messages.text import Text, joined, message, message_in
from doisoat.settlement.report.content import Content, MeasureLine
from doisoat.settlement.report.envelope_text import rule_of
from doisoat.settlement.report.interconnect_sheet import interconnect_lines
from doisoat.settlement.report.issue_rows import balanced, booked, issue, without
from doisoat.settlement.report.issue_stamp import Stamp
from doisoat.settlement.report.report_text import (
    BASES,
    DRAFT,
    FORM,
    NATURES,
    RANGES,
    SYNTHETIC,
    TITLE,
    UNIT_RULE,
    UNITS,
    VALUATIONS,
    head_of_state,
    reason_of,
)
from doisoat.settlement.report.sheet_parts import column_total, section
from doisoat.settlement.report.workbook_style import EXACT_BELOW, Book, Sheet
from doisoat.tariffs.models.package_model import Envelope
from doisoat.words import HOUSE_STYLE, amount_in_words, binding_words

WIDTHS = (9, 30, 15, 10, 12, 9, 19, 16, 19)


def summary(book: Book, content: Content, footer: str, stamp: Stamp | None = None) -> None:
    """The first sheet. stamp: under what it is issued; None: of a run alone."""
    sheet = book.sheet(message_in("sheet", "Summary").vi, WIDTHS, footer, landscape=False)
    _opening(sheet, content, stamp)
    payable = _values(sheet, content)
    _measures(sheet, content)
    _granted_money(sheet, content)
    _envelopes(sheet, content)
    if stamp is not None:
        without(sheet, stamp, payable, content.period.name)
        interconnect_lines(sheet, content, stamp)
        balanced(sheet, stamp)
    computed = sheet.row
    _provenance(sheet, content)
    if stamp is not None:
        issue(sheet, stamp)
    if stamp is not None:
        booked(sheet, stamp.booked)
    _words(sheet, content, stamp)
    _signatures(sheet, content)
    sheet.keep_together(computed)  # what is signed: run and key, words, signatures


def _opening(sheet: Sheet, content: Content, stamp: Stamp | None) -> None:
    period = content.period
    name = Text(content.carrier_name, content.carrier_name_en)
    title, motto = head_of_state()
    for left_text, right_text, style in (
        (name.mapped(str.upper), title, "centre_bold"),
        (message("Statement of the carrier"), motto, "centre_bold"),
    ):
        sheet.across(left_text, style, 0, 2)
        sheet.across(right_text, style, 3, 8)
        sheet.row += 1
    if stamp is not None:
        sheet.across(message("No.") + f": {stamp.number}", "centre", 0, 2)
        sheet.row += 1
    sheet.row += 1
    for text, style in (
        (TITLE.mapped(str.upper), "title"),
        (FORM, "form"),
    ):
        sheet.across(text, style)
        sheet.row += 1
    marks = [SYNTHETIC] if content.is_synthetic else []
    marks += [DRAFT] if stamp is not None and stamp.key is None else []
    for mark in marks:
        sheet.across(mark, "warning_centre")
        sheet.row += 1
    sheet.row += 1
    for text in (
        *(
            message("Programme") + ": " + Text(part.title, part.title_en) + f" ({part.reference})"
            for part in content.package.parts()
        ),
        message("Period")
        + ": "
        + message(
            "month {month}, from 0:00 of {first_day} to the end of {last_day}, ",
            month=f"{period.begin:%m/%Y}",
            first_day=f"{period.begin:%d/%m/%Y}",
            last_day=f"{period.last_day:%d/%m/%Y}",
        )
        + message("{zone_name} civil time"),
        message("Party A, carrier") + ": " + Text(content.carrier_name, content.carrier_name_en),
        message(
            "Party B, receiving authority:"
            " ............................................................"
        ),
    ):
        sheet.across(text, "wrap")
        sheet.row += 1
    if content.assumed:
        sheet.across(
            message(
                "NOTE: assumed tariffs are used, since no published price was found: {assumed}",
                assumed=", ".join(content.assumed),
            ),
            "warning",
        )
        sheet.row += 1
    sheet.row += 1


def _values(sheet: Sheet, content: Content) -> str:
    """Returns: the cell of what is payable."""
    totals = content.totals
    section(sheet, message("Values and payable"))
    sheet.heads_across(
        (
            (0, 0, message_in("head", "No.")),
            (1, 5, message_in("head", "Item")),
            (6, 6, message_in("head", "Figure")),
            (7, 8, message_in("head", "Unit")),
        )
    )
    events, money = message("events"), message("{currency_name}")
    reasons = joined(
        "; ",
        (reason_of(r).name.mapped(str.lower) + f" {number_text(n)}" for r, n in content.suspense),
    )
    in_suspense = message("In suspense")
    if content.suspense:
        in_suspense = message(
            "In suspense: {reasons} (see sheet {sheet})",
            reasons=reasons,
            sheet=message_in("sheet", "To do").vi,
        )
    rows: list[tuple[str, Text, int, Text, str]] = [
        ("events", message_in("form", "Events"), totals["events"], events, "={rated}+{suspended}"),
        ("rated", message("Rated"), totals["rated"], events, ""),
        ("suspended", in_suspense, totals["suspended"], events, ""),
        ("list_value", message_in("report text", "List value, incl. {tax_name}"), totals["list_value"], money, ""),
        ("discount", message_in("summary sheet", "Discount, incl. {tax_name}"), totals["discount"], money, ""),
        ("payable", message_in("summary sheet", "Payable, incl. {tax_name}"), totals["payable"], money, ""),
        ("check", message("Check: must be 0"), 0, money, "={list_value}-{discount}-{payable}"),
        ("discount_vat", message("{Tax_name} inside the discount (by line: II)"), totals["discount_vat"], money, ""),
        ("in_kind", message("In kind, by the reading in II"), totals["in_kind"], money, ""),
        ("contribution", message("Contribution, no {tax_name}"), totals["contribution"], money, ""),
        ("forbearances", message("Forbearances: counted, not valued"), totals["forbearances"], events, ""),
        ("refund", message_in("summary sheet", "Refunds due to customers"), totals["refund"], money, ""),
        ("overcharge", message("Charged above list value: a finding"), totals["overcharge"], money, ""),
    ]  # fmt: skip
    at = {name: sheet.cell_name(sheet.row + place, 6) for place, (name, *_) in enumerate(rows)}
    figures = {name: value for name, _, value, _, _ in rows}
    for number, (name, item, value, unit, formula) in enumerate(rows, start=1):
        exact = all(abs(figure) < EXACT_BELOW for figure in figures.values())
        is_key = name == "payable"  # what the month comes to
        sheet.whole(0, number, "cell_centre")
        sheet.across(item, "key_text" if is_key else "cell", 1, 5)
        filled = formula.format(**at) if formula and exact else None
        write = sheet.whole if unit is events else sheet.amount
        write(6, value, "total" if is_key else "whole", filled)
        if name in RANGES:
            sheet.name(RANGES[name], 6)
        sheet.across(unit, "cell_centre", 7, 8)
        sheet.row += 1
    sheet.row += 1
    return at["payable"]


def _measures(sheet: Sheet, content: Content) -> None:
    section(sheet, message("By measure and nature"))
    sheet.heads(
        (
            message("Id"),
            message("Measure"),
            message("Nature"),
            message_in("head", "Lines"),
            message("Quantity"),
            message_in("head", "Unit"),
            message("Amount"),
            message("{Tax_name} inside"),
            message("Net of {tax_name}"),
        )
    )
    if not content.lines:
        sheet.across(message("No relief line in this period"), "cell")
        sheet.row += 1
    for nature, label in NATURES.items():
        lines = [line for line in content.lines if line.nature == nature]
        if lines:
            first = sheet.row
            for line in lines:
                _measure(sheet, line)
            _subtotal(sheet, label, lines, first)
    residue = content.totals["discount_vat_residue"]
    sheet.across(
        message(
            "{Tax_name} rounding residue (on the sum − sum over lines): {residue}",
            residue=amount_text(residue),
        ),
        "muted",
    )
    sheet.row += 1
    sheet.across(UNIT_RULE, "muted")
    sheet.row += 2


def _granted_money(sheet: Sheet, content: Content) -> None:
    """What became of money that measures gave to accounts; nothing where none gives some."""
    if not content.granted_money:
        return
    section(sheet, message("Money granted to accounts"))
    figures_of = (
        message("Accounts"), message("Brought forward"), message_in("money granted", "Given"),
        message_in("money granted", "Used"), message_in("money granted", "Lapsed"),
        message_in("money granted", "Left"),
    )  # fmt: skip
    sheet.heads_across(
        (
            (0, 0, message("Id")),
            (1, 2, message("Measure")),
            *((column, column, head) for column, head in enumerate(figures_of, start=3)),
        )
    )
    for money in content.granted_money:
        title = Text(money.title, money.title_en)
        sheet.text(0, money.measure, "cell_centre")
        sheet.across(title, "cell", 1, 2)
        figures = (
            money.accounts, money.brought, money.given, money.used, money.lapsed, money.left,
        )  # fmt: skip
        for column, value in enumerate(figures, start=3):
            write = sheet.whole if column == 3 else sheet.amount  # 3: how many accounts
            write(column, value)
        sheet.grow((title, sheet.widths[1] + sheet.widths[2]))
        sheet.row += 1
    sheet.across(message("Brought forward + given = used + lapsed + left"), "muted")
    sheet.row += 2


def _measure(sheet: Sheet, line: MeasureLine) -> None:
    nature_name = NATURES[line.nature]
    nature = nature_name
    if line.reading:
        reading = VALUATIONS[line.reading]
        nature = nature + ": " + reading
    title = Text(line.title, line.title_en)
    unit, size, style = unit_of(line)
    sheet.text(0, line.measure, "cell_centre")
    sheet.text(1, title)
    sheet.text(2, nature)
    sheet.whole(3, line.events)
    if line.kind == "money":
        sheet.text(4, unit, "cell_centre")
    else:
        sheet.figure(4, line.units / size, style)
    sheet.text(5, unit, "cell_centre")
    sheet.amount(6, line.amount)
    if line.vat is None:
        sheet.text(7, "–", "cell_centre")
        sheet.text(8, "–", "cell_centre")
    else:
        line_row = sheet.row
        sheet.amount(7, line.vat)
        exact = line.amount < EXACT_BELOW
        formula = (
            f"={sheet.cell_name(line_row, 6)}-{sheet.cell_name(line_row, 7)}" if exact else None
        )
        sheet.amount(8, line.amount - line.vat, formula=formula)
    sheet.grow((title, sheet.widths[1]), (nature, sheet.widths[2]))
    sheet.row += 1


def unit_of(line: MeasureLine) -> tuple[Text, int, str]:
    """The unit that a quantity is shown in, its size, and a style in which no amount shows as 0."""
    units = UNITS[line.kind]
    fitting = [(unit, size) for unit, size in units if size <= abs(line.units)]
    if not fitting:
        unit, size = units[-1] if line.units else units[0]
        return unit, size, "whole" if size == 1 or not line.units else "thousandths"
    unit, size = fitting[0]
    return unit, size, "decimal" if size > 1 else "whole"


def _subtotal(sheet: Sheet, label: Text, lines: Sequence[MeasureLine], first: int) -> None:
    last = sheet.row - 1
    sheet.across(
        message("Total {label}", label=Text(label.vi.lower(), label.en.lower())),
        "total_text",
        0,
        2,
    )
    for column in (4, 5):
        sheet.text(column, "", "total_text")
    columns: dict[int, list[int]] = {
        3: [line.events for line in lines],
        6: [line.amount for line in lines],
    }
    if lines[0].vat is not None:
        columns[7] = [line.vat or 0 for line in lines]
        columns[8] = [line.amount - (line.vat or 0) for line in lines]
    for column in (3, 6, 7, 8):
        if column in columns:
            column_total(sheet, column, columns[column], first, last, amounts=column != 3)
        else:
            sheet.text(column, "–", "total_centre")
    sheet.row += 1


def _envelopes(sheet: Sheet, content: Content) -> None:
    parts = [part for part in content.package.parts() if part.envelope is not None]
    if not parts:
        return
    section(
        sheet,
        message("To date, against the programme's value"),
    )
    for part in parts:
        if content.package.programmes:
            sheet.across(Text(part.title, part.title_en), "bold")
            sheet.row += 1
        standing = next(row for row in content.programmes if row["programme"] == part.id)
        assert part.envelope is not None
        _envelope(sheet, part.envelope, standing)


def _envelope(sheet: Sheet, envelope: Envelope, standing: Mapping[str, Any]) -> None:
    basis, rule = BASES[envelope.basis], rule_of(envelope)
    natures = joined(", ", (NATURES[n] for n in envelope.natures))
    amount = amount_text(envelope.amount)
    sheet.across(
        message(
            "Programme's value: {amount}, rule: {rule}; natures that count: {natures}; {basis};"
            " measures: {measures}.",
            amount=Text(f"{amount} ({amount_in_words(envelope.amount).lower()})", amount),
            rule=rule,
            natures=natures,
            basis=basis,
            measures=", ".join(envelope.measures) if envelope.measures else message("all"),
        ),
        "muted",
    )
    sheet.row += 1
    sheet.heads_across(
        (
            (0, 0, message_in("head", "No.")),
            (1, 5, message_in("head", "Item")),
            (6, 6, message("Amount")),
            (7, 8, message("Share of programme")),
        )
    )
    rows = [
        (message("The carrier's relief, this period"), standing["relief"]),
        (message("The carrier's relief, to date"), standing["relief_to_date"]),
        (message("The programme, this period"), standing["programme_relief"]),
        (message("The programme, to date"), standing["programme_relief_to_date"]),
        (message("Recognised, this period"), standing["recognised"]),
        (message("On own account, this period"), standing["own_account"]),
    ]  # fmt: skip
    if envelope.rule == "pro_rata":
        rows.append(
            (
                message("True-up of what was recognised, this period"),
                standing["true_up"],
            )
        )
    if envelope.rule != "track":
        rows += [
            (message("Recognised, to date"), standing["recognised_to_date"]),
            (message("Recognised of the programme, to date"), standing["programme_recognised_to_date"]),
        ]  # fmt: skip
    if standing["carrier_envelope"] is not None:
        rows.append(
            (
                message("The carrier's own part of the value"),
                standing["carrier_envelope"],
            )
        )
    rows.append((message("The programme's value"), envelope.amount))
    whole = sheet.cell_name(sheet.row + len(rows) - 1, 6)
    for number, (item, amount) in enumerate(rows, start=1):
        amount_cell = sheet.cell_name(sheet.row, 6)
        sheet.whole(0, number, "cell_centre")
        sheet.across(item, "cell", 1, 5)
        sheet.amount(6, amount)
        if envelope.amount:
            exact = abs(amount) < EXACT_BELOW and envelope.amount < EXACT_BELOW
            sheet.sheet.merge_range(sheet.row, 7, sheet.row, 8, "", sheet.formats["percent"])
            share = amount / envelope.amount
            sheet.figure(7, share, "percent", f"={amount_cell}/{whole}" if exact else None)
        else:
            sheet.across("–", "cell_centre", 7, 8)  # of nothing, nothing is a share
        sheet.row += 1
    sheet.row += 1


def _provenance(sheet: Sheet, content: Content) -> None:
    section(sheet, message("What this was computed from"))
    readings = "; ".join(f"{name} = {chosen}" for name, chosen in content.readings_of_carrier)
    for label, value in (
        (message("Run id"), content.run),
        (message("Result digest"), content.digest),
        (message("Catalogue"), f"{content.catalogue.called}, SHA-256 {content.catalogue_digest}"),
        *((message("Own prices"), overlay.sentence) for overlay in content.catalogue.overlays),
        (message("Package"), f"{content.package.id}, SHA-256 {content.package_digest}"),
        (message("Readings in force"), readings or "–"),
    ):  # fmt: skip
        text = label
        sheet.across(text, "cell", 0, 1)
        sheet.across(value, "cell", 2, 8)
        sheet.row += 1
    sheet.row += 1


def _words(sheet: Sheet, content: Content, stamp: Stamp | None) -> None:
    """Of a paper: what the month comes to with all that was booked into it."""
    amounts = content.totals if stamp is None else stamp.booked.whole
    style = HOUSE_STYLE if stamp is None else stamp.words
    number, in_words = "V" if stamp is None else "VI", message("Amounts in words")
    section(sheet, Text(f"{number}. {in_words.vi}", in_words.en))
    for name, label in (
        ("list_value", message("List value")),
        ("discount", message("Discount")),
        ("payable", message("Payable")),
        ("in_kind", message("In kind")),
        ("contribution", message("Contribution")),
    ):
        amount = amounts[name]
        sheet.across(label, "cell", 0, 1)
        # In one language: these are the words that bind.
        sheet.across(f"{amount_text(amount)} ({binding_words(amount, style)})", "cell", 2, 8)
        sheet.row += 1
    sheet.row += 1


def _signatures(sheet: Sheet, content: Content) -> None:
    sheet.across(message("Four copies, two for each party"), "muted")
    sheet.row += 1
    sheet.across(
        message("place and date"),
        "subtitle",
        4,
        8,
    )
    sheet.row += 1
    name = Text(content.carrier_name, content.carrier_name_en)
    for left_text, right_text, style in (
        (message("FOR PARTY A"), message("FOR PARTY B"), "centre_bold"),
        (name, message("Receiving authority"), "centre"),
    ):
        sheet.across(left_text, style, 0, 3)
        sheet.across(right_text, style, 4, 8)
        sheet.row += 1
    signers = (message("Chief accountant"), message("Authorised signatory"))
    for texts, style in (
        (signers * 2, "centre_bold"),
        ((message("(signature, name, seal)"),) * 4, "signature"),
    ):
        for text, (first, last) in zip(texts, ((0, 1), (2, 3), (4, 6), (7, 8)), strict=True):
            sheet.across(text, style, first, last)
        sheet.row += 1
    sheet.row += 5
    for first, last in ((0, 1), (2, 3), (4, 6), (7, 8)):
        sheet.across("." * 40, "signature", first, last)
    sheet.row += 1
