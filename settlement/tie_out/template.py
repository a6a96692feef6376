"""The form that a ledger is filled into, as a workbook; saved as CSV it is read as well."""

# ruff: noqa: E501 (a sheet of instructions: a line each)

from datetime import timedelta
from pathlib import Path

from doisoat.settlement.figures.period import Period
from doisoat.settlement.report.workbook_style import FONT, Book
from doisoat.settlement.tie_out.amounts import UNIT_SAID
from doisoat.settlement.tie_out.form import HEADS, KINDS, PREAMBLE, SERVICES
from doisoat.settlement.tie_out.sheet_cells import SHEET

ROWS = 200  # of the form that drop-down lists cover
WIDTHS = (26, 22, 34, 46)
HOW = (
    "Mỗi dòng là một ngày và một dịch vụ, số tiền gồm thuế GTGT; nơi không tính gì ghi 0 | One row a day and service, amounts incl. VAT; 0 where nothing was billed",
    "Ngày: 2021-08-05 hoặc 05/08/2021 (ngày trước, tháng sau), trong kỳ | Days: 2021-08-05 or 05/08/2021 (day first), within the month",
    "Số tiền: chữ số, có thể ngăn nhóm ba bằng dấu chấm, dấu phẩy hay khoảng trắng, cả cột một kiểu; không âm | Amounts: digits, perhaps grouped by points, commas or spaces, one way in all the column; none below 0",
    "Đơn vị tiền: đồng, nghìn đồng hoặc triệu đồng, khai ở dòng 3 | The unit is said in line 3",
    "Dán giá trị, không để công thức; không ghi dòng cộng | Paste values, no formulas; leave totals out",
    "Dịch vụ có tên riêng: khai trong tệp --map | Services under names of your own: say them in the file of --map",
    "Lưu thành XLSX hoặc CSV UTF-8 rồi chạy doisoat tie-out | Save as XLSX or CSV UTF-8, then run doisoat tie-out",
)  # fmt: skip


def write_template(path: Path, period: Period | None, carrier: str | None) -> None:
    """Write the form, empty: carrier and period filled in where they are known.

    With a period it has a row for each of its days and services, without amounts.
    """
    dated = period or Period.of("2021-08")
    book = Book(path, "Sổ doanh thu | Ledger of revenue", "doisoat tie-out", dated)
    sheet = book.sheet(SHEET, WIDTHS, "doisoat tie-out", landscape=False)
    text = book.workbook.add_format(
        {"num_format": "@", "font_name": FONT, "border": 1, "bg_color": "#FFF9E5"}
    )
    whole = book.workbook.add_format(
        {"num_format": "#,##0", "font_name": FONT, "border": 1, "bg_color": "#FFF9E5"}
    )
    first = {
        "carrier": carrier or "",
        "period": period.name if period else "",
        "unit": UNIT_SAID["dong"],
    }
    for name, (vi, en) in PREAMBLE.items():
        sheet.text(0, f"{vi} | {en}", "key_text")
        sheet.put(1, first[name], text)
        if name == "unit":
            sheet.sheet.data_validation(
                sheet.row, 1, sheet.row, 1, {"validate": "list", "source": list(UNIT_SAID.values())}
            )
        sheet.row += 1
    sheet.heads(tuple(HEADS.values()))
    sheet.sheet.freeze_panes(sheet.row, 0)
    sheet.sheet.repeat_rows(sheet.row - 1)
    for column, (vi, en) in enumerate(HEADS.values()):  # as CSV a head is one line
        sheet.sheet.write_string(sheet.row - 1, column, f"{vi} | {en}", book.formats["head"])
    services = [f"{vi} | {en}" for vi, en in SERVICES.values()]
    days = (period.end - period.begin).days if period else 0
    filled = [
        (f"{period.begin + timedelta(days=day):%Y-%m-%d}", services[place])
        for day in range(days)
        for place, _ in enumerate(KINDS)
        if period is not None
    ]
    last = sheet.row + max(ROWS, len(filled)) - 1
    for day, service in filled or [("", "")] * ROWS:
        sheet.put(0, day, text)
        sheet.put(1, service, text)
        sheet.sheet.write_blank(sheet.row, 2, None, whole)
        sheet.put(3, "", text)
        sheet.row += 1
    top = len(PREAMBLE) + 1
    sheet.sheet.data_validation(top, 1, last, 1, {
        "validate": "list", "source": services, "error_type": "warning",
        "error_title": "Dịch vụ | Service", "error_message": "Tên riêng thì khai trong --map",
    })  # fmt: skip
    how = book.sheet("Hướng dẫn", (110,), "doisoat tie-out", landscape=True)
    for line in HOW:
        how.across(line, "wrap")
        how.row += 1
    book.close()
