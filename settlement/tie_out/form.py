"""Form of a carrier's ledger: its words, its columns, and what its files may hold."""

from doisoat.engine.tables.form import Column, FileForm, Form
from doisoat.messages.text import Text, message

KINDS = ("voice", "sms", "data", "pack", "fee")
SERVICES = {
    "voice": ("Thoại", "voice"),
    "sms": ("Tin nhắn", "sms"),
    "data": ("Dữ liệu", "data"),
    "pack": ("Gói cước", "pack"),
    "fee": ("Cước tháng", "fee"),
}
HEADS = {
    "day": ("Ngày", "day"),
    "service": ("Dịch vụ", "service"),
    "amount": ("Số tiền đã tính, gồm thuế GTGT", "billed amount incl. VAT"),
    "note": ("Ghi chú", "note"),
}
PREAMBLE = {
    "carrier": ("Doanh nghiệp", "carrier"),
    "period": ("Kỳ", "period"),
    "unit": ("Đơn vị tiền", "unit"),
}
SHEET = "Sổ"
HOW = "Hướng dẫn"
TEMPLATE = message("fill in what `doisoat tie-out --template FILE.xlsx` writes")
DAY = Column("day", Text(*HEADS["day"]), "day")
SERVICE = Column("service", Text(*HEADS["service"]))
# A column that is headed `amount` alone does not say whether VAT is in it.
AMOUNT = Column("amount", Text(*HEADS["amount"]), "figure", is_coded=False)
NOTE = Column("note", Text(*HEADS["note"]), "note", is_required=False)
FORM = Form(
    (DAY, SERVICE, AMOUNT, NOTE), TEMPLATE, {name: Text(*pair) for name, pair in PREAMBLE.items()}
)
# A month of days and services has some hundred rows: more are another table.
FILE = FileForm(
    SHEET, HOW, message("give one row a day and service, of one month and carrier"),
    rows_max=20_000, bytes_max=20_000_000,
)  # fmt: skip
