"""The form that a ledger is filled into, as a workbook; saved as CSV it is read as well."""

from datetime import timedelta
from pathlib import Path

from doisoat.currency import CURRENCY
from doisoat.messages.text import filled as step_text
from doisoat.messages.text import message, template
from doisoat.settlement.figures.period import Period
from doisoat.settlement.report.workbook_style import FONT, Book, amount_format
from doisoat.settlement.tie_out.amounts import units_said
from doisoat.settlement.tie_out.form import HEADS, HOW, KINDS, PREAMBLE, SERVICES, SHEET

ROWS = 200  # of the form that drop-down lists cover
WIDTHS = (26, 22, 34, 46)
STEPS = (
    template("One row a day and service, amounts incl. {tax_name}; 0 where nothing was billed"),
    message("Days: 2021-08-05 or 05/08/2021 (day first), within the month"),
    message("Amounts: digits, perhaps grouped by points, commas or spaces, one way in all the"
" column; none below 0"),
    template("The unit is said in line 3"),
    message("Paste values, no formulas; leave totals out"),
    message("Services under names of your own: say them in the file of --map"),
    message("Save as XLSX or CSV UTF-8, then run doisoat tie-out"),
)  # fmt: skip


def write_template(path: Path, period: Period | None, carrier: str | None) -> None:
    """Write the form, empty: carrier and period filled in where they are known.

    With a period it has a row for each of its days and services, without amounts.
    """
    dated = period or Period.of("2021-08")
    book = Book(path, message("Ledger of revenue"), "doisoat tie-out", dated)
    sheet = book.sheet(SHEET, WIDTHS, "doisoat tie-out", landscape=False)
    text = book.workbook.add_format(
        {"num_format": "@", "font_name": FONT, "border": 1, "bg_color": "#FFF9E5"}
    )
    amounts = amount_format() if CURRENCY.form.decimals else "#,##0"
    whole = book.workbook.add_format(
        {"num_format": amounts, "font_name": FONT, "border": 1, "bg_color": "#FFF9E5"}
    )
    first = {
        "carrier": carrier or "",
        "period": period.name if period else "",
        "unit": units_said()["dong"],
    }
    for name, label in PREAMBLE.items():
        sheet.text(0, label, "key_text")
        sheet.put(1, first[name], text)
        if name == "unit":
            sheet.sheet.data_validation(
                sheet.row,
                1,
                sheet.row,
                1,
                {"validate": "list", "source": list(units_said().values())},
            )
        sheet.row += 1
    sheet.heads(tuple(HEADS.values()))
    sheet.sheet.freeze_panes(sheet.row, 0)
    sheet.sheet.repeat_rows(sheet.row - 1)
    for column, head in enumerate(HEADS.values()):  # as CSV a head is one line
        sheet.sheet.write_string(sheet.row - 1, column, head, book.formats["head"])
    services = list(SERVICES.values())
    days = (period.end - period.begin).days if period else 0
    blank: tuple[str, str] = "", ""
    typed: list[tuple[str, str]] = [
        (f"{period.begin + timedelta(days=day):%Y-%m-%d}", services[place])
        for day in range(days)
        for place, _ in enumerate(KINDS)
        if period is not None
    ]
    last = sheet.row + max(ROWS, len(typed)) - 1
    for day, service in typed or [blank] * ROWS:
        sheet.put(0, day, text)
        sheet.put(1, service, text)
        sheet.sheet.write_blank(sheet.row, 2, None, whole)
        sheet.put(3, "", text)
        sheet.row += 1
    top = len(PREAMBLE) + 1
    sheet.sheet.data_validation(top, 1, last, 1, {
        "validate": "list", "source": services, "error_type": "warning",
        "error_title": message("Service"),
        "error_message": message("Declare names of your own in --map").vi,
    })  # fmt: skip
    how = book.sheet(HOW, (110,), "doisoat tie-out", landscape=True)
    for line in STEPS:
        how.across(step_text(line), "wrap")
        how.row += 1
    book.close()
