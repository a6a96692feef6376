"""Form of a carrier's ledger: its words, its columns, and what its files may hold."""

from doisoat.engine.tables.form import Column, FileForm, Form
from doisoat.messages.text import Words, message, message_in, template

KINDS = ("voice", "sms", "data", "pack", "fee")
SERVICES = {
    "voice": message_in("head", "voice"),
    "sms": message("sms"),
    "data": message_in("head", "data"),
    "pack": message_in("head", "pack"),
    "fee": message_in("head", "fee"),
}
HEADS = Words(
    {
        "day": message_in("head", "day"),
        "service": message_in("head", "service"),
        "amount": template("billed amount incl. {tax_name}"),
        "note": message("note"),
    }
)
PREAMBLE = {
    "carrier": message_in("head", "carrier"),
    "period": message("period"),
    "unit": message_in("head", "unit"),
}
SHEET = message_in("sheet", "Ledger").vi
HOW = message_in("sheet", "Guide").vi
TEMPLATE = message("fill in what `doisoat tie-out --template FILE.xlsx` writes")
DAY = Column("day", HEADS["day"], "day")
SERVICE = Column("service", HEADS["service"])
# A column that is headed `amount` alone does not say whether tax is in it.
AMOUNT = Column("amount", lambda: HEADS["amount"], "figure", is_coded=False)
NOTE = Column("note", HEADS["note"], "note", is_required=False)
FORM = Form((DAY, SERVICE, AMOUNT, NOTE), TEMPLATE, PREAMBLE)
# A month of days and services has some hundred rows: more are another table.
FILE = FileForm(
    SHEET, HOW, message("give one row a day and service, of one month and carrier"),
    rows_max=20_000, bytes_max=20_000_000,
)  # fmt: skip
