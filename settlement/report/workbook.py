"""One carrier's workbook, in the layout of a bảng đối soát.

Every sum is a formula with the value that we computed beside it, so a reader can follow it and a
viewer that does not calculate shows it. The same content gives the same bytes.
"""

# ruff: noqa: E501 (tables of words and styles: an entry a line)

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from doisoat.money import dong, group_vi
from doisoat.settlement.period import EPOCH
from doisoat.settlement.report.content import SUMS, Content, MeasureLine
from doisoat.settlement.report.style import EXACT_BELOW, Book, Sheet
from doisoat.settlement.report.text import (
    FORM,
    MARKS,
    NATION,
    NATURES,
    REASONS,
    SYNTHETIC,
    TERMS,
    TITLE,
    UNITS,
    VALUATIONS,
    Said,
)
from doisoat.words import dong_in_words

SUM_HEADS = (
    ("Sự kiện", "Events"),
    ("Giá trị (đ)", "List value"),
    ("Giảm trừ (đ)", "Discount"),
    ("Phải trả (đ)", "Payable"),
    ("Hiện vật (đ)", "In kind"),
    ("Đóng góp (đ)", "Contribution"),
    ("Kiểm tra = 0", "Check: C−D−E"),
)


def write_workbook(path: Path, content: Content) -> None:
    """Write the workbook of a carrier's statement to `path`."""
    period = content.period
    book = Book(
        str(path),
        {
            "title": f"Bảng đối soát {period.name} {content.carrier_name}",
            "subject": content.package.title,
            "author": "doisoat",
            "company": "",
            "comments": f"run {content.run}, digest {content.digest}",
            "created": period.end.replace(
                tzinfo=UTC
            ),  # fixed, so that equal content is equal bytes
        },
    )
    footer = f"Đối soát {period.name}, {content.carrier_id}; lần chạy {content.run}"
    if content.is_synthetic:
        footer = f"DỮ LIỆU GIẢ LẬP | SYNTHETIC. {footer}"
    for build in (_summary, _days, _provinces, _suspended, _refunds, _reading):
        build(book, content, footer)
    book.close()


# --- Tổng hợp ----------------------------------------------------------------------------------


def _summary(book: Book, content: Content, footer: str) -> None:
    sheet = book.sheet("Tổng hợp", (6, 40, 17, 12, 14, 9, 19, 17, 19), footer, landscape=True)
    _opening(sheet, content)
    _values(sheet, content)
    _measures(sheet, content)
    _envelope(sheet, content)
    _words(sheet, content)
    _provenance(sheet, content)
    _signatures(sheet, content)


def _opening(sheet: Sheet, content: Content) -> None:
    period, package = content.period, content.package
    for left, right, style in (
        (content.carrier_name.upper(), NATION[0], "centre_bold"),
        (content.carrier_name_en, NATION[1], "centre_bold"),
    ):
        sheet.across(left, style, 0, 2)
        sheet.across(right, style, 3, 8)
        sheet.row += 1
    sheet.row += 1
    for text, style in (
        (TITLE.vi, "title"),
        (TITLE.en, "subtitle"),
        (f"{FORM.vi} | {FORM.en}", "form"),
    ):
        sheet.across(text, style)
        sheet.row += 1
    if content.is_synthetic:
        sheet.across(f"{SYNTHETIC.vi} | {SYNTHETIC.en}", "warning_centre")
        sheet.row += 1
    sheet.row += 1
    for text in (
        f"Chương trình | Programme: {package.title} | {package.title_en} ({package.reference})",
        f"Kỳ | Period: tháng {period.begin:%m/%Y}, từ 0h ngày {period.begin:%d/%m/%Y} đến hết ngày"
        f" {period.last_day:%d/%m/%Y}, giờ Việt Nam | Vietnam civil time",
        f"Bên A, doanh nghiệp | Party A, carrier: {content.carrier_name} | {content.carrier_name_en}",
        "Bên B, cơ quan tiếp nhận | Party B, receiving authority:"
        " ............................................................",
    ):
        sheet.across(text, "wrap")
        sheet.row += 1
    if content.assumed:
        sheet.across(
            f"LƯU Ý: dùng gói cước giả định vì không tìm thấy giá công bố: {', '.join(content.assumed)}"
            f" | NOTE: assumed tariffs are used, since no published price was found:"
            f" {', '.join(content.assumed)}",
            "warning",
        )
        sheet.row += 1
    sheet.row += 1


def _values(sheet: Sheet, content: Content) -> None:
    totals = content.totals
    _section(sheet, Said("I. Giá trị và phải trả", "Values and payable"))
    sheet.heads_across(
        (
            (0, 0, "Số", "No."),
            (1, 5, "Chỉ tiêu", "Item"),
            (6, 6, "Số", "Figure"),
            (7, 8, "Đơn vị", "Unit"),
        )
    )
    events, money = Said("sự kiện", "events"), Said("đồng", "dong")
    rows: list[tuple[str, Said, int, Said, str]] = [
        ("events", Said("Tổng số sự kiện", "Events"), totals["events"], events, "={rated}+{suspended}"),
        ("rated", Said("Đã tính cước", "Rated"), totals["rated"], events, ""),
        ("suspended", Said("Bị treo (xem trang Treo)", "In suspense"), totals["suspended"], events, ""),
        ("list_value", Said("Giá trị, đã gồm thuế GTGT", "List value, incl. VAT"), totals["list_value"], money, ""),
        ("discount", Said("Giảm trừ, đã gồm thuế GTGT", "Discount, incl. VAT"), totals["discount"], money, ""),
        ("payable", Said("Phải trả, đã gồm thuế GTGT", "Payable, incl. VAT"), totals["payable"], money, ""),
        ("check", Said("Kiểm tra: giá trị − giảm trừ − phải trả, phải bằng 0", "Check: must be 0"), 0, money, "={list_value}-{discount}-{payable}"),
        ("in_kind", Said("Hiện vật, theo cách đọc nêu ở mục II", "In kind, by the reading in II"), totals["in_kind"], money, ""),
        ("contribution", Said("Đóng góp, không chịu thuế GTGT", "Contribution, no VAT"), totals["contribution"], money, ""),
        ("forbearances", Said("Số lần không cắt liên lạc: đếm, không định giá", "Forbearances: counted, not valued"), totals["forbearances"], events, ""),
        ("refund", Said("Phải hoàn trả khách hàng (xem trang Hoàn trả)", "Refunds due to customers"), totals["refund"], money, ""),
        ("overcharge", Said("Thu vượt giá trị: phát hiện", "Charged above list value: a finding"), totals["overcharge"], money, ""),
    ]  # fmt: skip
    at = {name: sheet.cell_name(sheet.row + place, 6) for place, (name, *_) in enumerate(rows)}
    figures = {name: value for name, _, value, _, _ in rows}
    for number, (_, item, value, unit, formula) in enumerate(rows, start=1):
        exact = all(abs(figure) < EXACT_BELOW for figure in figures.values())
        sheet.whole(0, number, "cell_centre")
        sheet.across(f"{item.vi} | {item.en}", "cell", 1, 5)
        sheet.whole(6, value, "whole", formula.format(**at) if formula and exact else None)
        sheet.across(f"{unit.vi} | {unit.en}", "cell_centre", 7, 8)
        sheet.row += 1
    sheet.row += 1


def _measures(sheet: Sheet, content: Content) -> None:
    _section(sheet, Said("II. Theo biện pháp và tính chất", "By measure and nature"))
    sheet.heads(
        (
            ("Mã", "Id"),
            ("Biện pháp", "Measure"),
            ("Tính chất", "Nature"),
            ("Số dòng", "Lines"),
            ("Lượng", "Quantity"),
            ("Đơn vị", "Unit"),
            ("Số tiền (đ)", "Amount"),
            ("Thuế GTGT (đ)", "VAT inside"),
            ("Trước thuế (đ)", "Net of VAT"),
        )
    )
    if not content.lines:
        sheet.across("Không có dòng hỗ trợ trong kỳ | No relief line in this period", "cell")
        sheet.row += 1
    for nature, said in NATURES.items():
        lines = [line for line in content.lines if line.nature == nature]
        if lines:
            first = sheet.row
            for line in lines:
                _measure(sheet, line)
            _subtotal(sheet, said, lines, first)
    residue = content.totals["discount_vat_residue"]
    sheet.across(
        f"Chênh lệch làm tròn của thuế GTGT (thuế tính trên tổng trừ tổng thuế các dòng): {dong(residue)}"
        f" | VAT rounding residue (on the sum − sum over lines): {dong(residue)}",
        "muted",
    )
    sheet.row += 2


def _measure(sheet: Sheet, line: MeasureLine) -> None:
    said = NATURES[line.nature]
    nature = f"{said.vi} | {said.en}"
    if line.reading:
        reading = VALUATIONS[line.reading]
        nature = f"{nature}: {reading.vi} | {reading.en}"
    title = f"{line.title} | {line.title_en}"
    unit, size = UNITS[line.kind]
    sheet.text(0, line.measure, "cell_centre")
    sheet.text(1, title)
    sheet.text(2, nature)
    sheet.whole(3, line.events)
    sheet.figure(4, line.units / size, "decimal" if size > 1 else "whole")
    sheet.text(5, unit.vi if unit.vi == unit.en else f"{unit.vi}\n{unit.en}", "cell_centre")
    sheet.whole(6, line.amount)
    if line.vat is None:
        sheet.text(7, "–", "cell_centre")
        sheet.text(8, "–", "cell_centre")
    else:
        here = sheet.row
        sheet.whole(7, line.vat)
        exact = line.amount < EXACT_BELOW
        formula = f"={sheet.cell_name(here, 6)}-{sheet.cell_name(here, 7)}" if exact else None
        sheet.whole(8, line.amount - line.vat, formula=formula)
    sheet.grow((title, sheet.widths[1]), (nature, sheet.widths[2]), ("m\nm", 9))
    sheet.row += 1


def _subtotal(sheet: Sheet, said: Said, lines: Sequence[MeasureLine], first: int) -> None:
    last = sheet.row - 1
    sheet.across(f"Cộng {said.vi.lower()} | Total {said.en.lower()}", "total_text", 0, 2)
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
            _sum(sheet, column, columns[column], first, last)
        else:
            sheet.text(column, "–", "total_centre")
    sheet.row += 1


def _sum(sheet: Sheet, column: int, values: Sequence[int], first: int, last: int) -> None:
    """The total of a column: a formula, unless one of the values had to be written as text."""
    exact = all(abs(value) < EXACT_BELOW for value in values)
    formula = sheet.sum_of(column, first, last) if exact and values else None
    sheet.whole(column, sum(values), "total", formula)


def _envelope(sheet: Sheet, content: Content) -> None:
    totals, envelope = content.totals, content.package.envelope
    if envelope is None:
        return
    natures = ", ".join(f"{NATURES[n].vi} | {NATURES[n].en}" for n in envelope.natures)
    _section(
        sheet,
        Said("III. Lũy kế so với giá trị chương trình", "To date, against the programme's value"),
    )
    sheet.across(
        f"Giá trị chương trình: {dong(envelope.amount)} ({dong_in_words(envelope.amount).lower()}), quy tắc"
        f" `{envelope.rule}`; tính chất được tính: {natures}; {envelope.basis};"
        f" biện pháp: {', '.join(envelope.measures) if envelope.measures else 'tất cả | all'}."
        f" Nguồn: {envelope.source}"
        f" | Programme's value, rule and natures that count",
        "muted",
    )
    sheet.row += 1
    sheet.heads_across(
        (
            (0, 0, "Số", "No."),
            (1, 5, "Chỉ tiêu", "Item"),
            (6, 6, "Số tiền (đ)", "Amount"),
            (7, 8, "Tỷ lệ", "Share of programme"),
        )
    )
    rows = (
        (Said("Hỗ trợ của doanh nghiệp, kỳ này", "The carrier's relief, this period"), totals["relief"]),
        (Said("Hỗ trợ của doanh nghiệp, lũy kế", "The carrier's relief, to date"), totals["relief_to_date"]),
        (Said("Toàn chương trình, kỳ này", "The programme, this period"), totals["programme_relief"]),
        (Said("Toàn chương trình, lũy kế", "The programme, to date"), totals["programme_relief_to_date"]),
        (Said("Được chương trình ghi nhận, kỳ này", "Recognised, this period"), totals["recognised"]),
        (Said("Doanh nghiệp tự chịu, kỳ này", "On own account, this period"), totals["own_account"]),
        (Said("Giá trị chương trình", "The programme's value"), envelope.amount),
    )  # fmt: skip
    whole = sheet.cell_name(sheet.row + len(rows) - 1, 6)
    for number, (item, amount) in enumerate(rows, start=1):
        here = sheet.cell_name(sheet.row, 6)
        sheet.whole(0, number, "cell_centre")
        sheet.across(f"{item.vi} | {item.en}", "cell", 1, 5)
        sheet.whole(6, amount)
        exact = amount < EXACT_BELOW and 0 < envelope.amount < EXACT_BELOW
        share = amount / envelope.amount if envelope.amount else 0.0
        sheet.sheet.merge_range(sheet.row, 7, sheet.row, 8, "", sheet.formats["percent"])
        sheet.figure(7, share, "percent", f"={here}/{whole}" if exact else None)
        sheet.row += 1
    sheet.row += 1


def _words(sheet: Sheet, content: Content) -> None:
    _section(sheet, Said("IV. Bằng chữ", "Amounts in words"))
    for name, said in (
        ("list_value", Said("Giá trị", "List value")),
        ("discount", Said("Giảm trừ", "Discount")),
        ("payable", Said("Phải trả", "Payable")),
        ("in_kind", Said("Hiện vật", "In kind")),
        ("contribution", Said("Đóng góp", "Contribution")),
    ):
        amount = content.totals[name]
        sheet.across(f"{said.vi} | {said.en}", "cell", 0, 1)
        sheet.across(f"{dong(amount)} ({dong_in_words(amount)})", "cell", 2, 8)
        sheet.row += 1
    sheet.row += 1


def _provenance(sheet: Sheet, content: Content) -> None:
    _section(sheet, Said("V. Căn cứ tính toán", "What this was computed from"))
    readings = "; ".join(f"{name} = {chosen}" for name, chosen in _readings(content))
    for said, value in (
        (Said("Mã lần chạy", "Run id"), content.run),
        (Said("Mã băm kết quả", "Result digest"), content.digest),
        (Said("Danh mục giá", "Catalogue"), f"{content.catalogue.id}, SHA-256 {content.catalogue_digest}"),
        (Said("Gói hỗ trợ", "Package"), f"{content.package.id}, SHA-256 {content.package_digest}"),
        (Said("Cách đọc đang dùng", "Readings in force"), readings or "–"),
    ):  # fmt: skip
        text = f"{said.vi} | {said.en}"
        sheet.across(text, "cell", 0, 1)
        sheet.across(value, "cell", 2, 8)
        sheet.row += 1
    sheet.row += 1


def _readings(content: Content) -> list[tuple[str, str]]:
    chosen = content.package.chosen
    return [(r.name, chosen.get(r.name, r.default)) for r in content.package.readings]


def _signatures(sheet: Sheet, content: Content) -> None:
    sheet.across(
        "Lập thành bốn bản, mỗi bên giữ hai bản | Four copies, two for each party", "muted"
    )
    sheet.row += 1
    sheet.across("", "text", 0, 3)
    sheet.across(
        "......................, ngày ....... tháng ....... năm ..............", "subtitle", 4, 8
    )
    sheet.row += 1
    for left, right, style in (
        ("ĐẠI DIỆN BÊN A", "ĐẠI DIỆN BÊN B", "centre_bold"),
        (content.carrier_name, "Cơ quan tiếp nhận | Receiving authority", "centre"),
        ("(Ký, ghi rõ họ tên, đóng dấu | Signature, name, seal)",) * 2 + ("subtitle",),
    ):
        sheet.across(left, style, 0, 2)
        sheet.across(right, style, 4, 8)
        sheet.row += 1
    sheet.row += 5
    sheet.sheet.print_area(0, 0, sheet.row, sheet.last)


def _section(sheet: Sheet, said: Said) -> None:
    sheet.across(f"{said.vi} | {said.en}", "section")
    sheet.row += 1


# --- Theo ngày, Theo tỉnh ----------------------------------------------------------------------


def _days(book: Book, content: Content, footer: str) -> None:
    sheet = book.sheet("Theo ngày", (14, 14, 22, 20, 22, 20, 20, 14), footer, landscape=True)
    _heading(sheet, Said("Theo ngày bắt đầu sự kiện", "By the day on which events start"), content)
    sheet.heads((("Ngày", "Day"), *SUM_HEADS))
    _frozen(sheet, 1)
    first = sheet.row
    for day, sums in content.by_day:
        sheet.day(0, datetime(day.year, day.month, day.day))
        _sums(sheet, sums, 1)
    _sums_total(sheet, [sums for _, sums in content.by_day], 1, first)


def _provinces(book: Book, content: Content, footer: str) -> None:
    sheet = book.sheet("Theo tỉnh", (9, 30, 14, 22, 20, 22, 20, 20, 14), footer, landscape=True)
    _heading(sheet, Said("Theo tỉnh đăng ký của thuê bao", "By the home province"), content)
    sheet.heads(
        (
            ("Mã", "Code"),
            ("Tỉnh, thành phố", "Province"),
            *SUM_HEADS[:-1],
            ("Kiểm tra = 0", "Check: D−E−F"),
        )
    )
    _frozen(sheet, 2)
    first = sheet.row
    for code, name, sums in content.by_province:
        sheet.text(0, code or "–", "cell_centre")
        sheet.text(1, name)
        _sums(sheet, sums, 2)
    _sums_total(sheet, [sums for _, _, sums in content.by_province], 2, first)


def _heading(sheet: Sheet, said: Said, content: Content) -> None:
    sheet.across(f"{said.vi} | {said.en}", "title")
    sheet.row += 1
    sheet.across(f"{content.carrier_name}, kỳ {content.period.begin:%m/%Y}", "subtitle")
    sheet.row += 2


def _frozen(sheet: Sheet, columns: int) -> None:
    """What stands above stays in sight, and on every printed page."""
    sheet.sheet.freeze_panes(sheet.row, columns)
    sheet.sheet.repeat_rows(sheet.row - 1)


def _sums(sheet: Sheet, sums: Mapping[str, int], first: int) -> None:
    for place, name in enumerate(SUMS):
        sheet.whole(first + place, sums[name])
    _check(sheet, sums, first, "whole")
    sheet.row += 1


def _check(sheet: Sheet, sums: Mapping[str, int], first: int, style: str) -> None:
    """list value − discount − payable, which is 0."""
    value, discount, payable = (sheet.cell_name(sheet.row, first + n) for n in (1, 2, 3))
    exact = all(sums[name] < EXACT_BELOW for name in ("list_value", "discount", "payable"))
    left = sums["list_value"] - sums["discount"] - sums["payable"]
    sheet.whole(first + len(SUMS), left, style, f"={value}-{discount}-{payable}" if exact else None)


def _sums_total(sheet: Sheet, rows: Sequence[Mapping[str, int]], first: int, top: int) -> None:
    if not rows:
        sheet.across("Không có sự kiện đã tính cước | No rated event", "cell")
        sheet.row += 1
        return
    last = sheet.row - 1
    sheet.across("Cộng | Total", "total_text", 0, first - 1)
    whole = {name: sum(row[name] for row in rows) for name in SUMS}
    for place, name in enumerate(SUMS):
        _sum(sheet, first + place, [row[name] for row in rows], top, last)
    _check(sheet, whole, first, "total")
    sheet.row += 1


# --- Treo, Hoàn trả ----------------------------------------------------------------------------


def _suspended(book: Book, content: Content, footer: str) -> None:
    sheet = book.sheet("Treo", (20, 16, 48, 48), footer, landscape=True)
    _heading(sheet, Said("Sự kiện bị treo, theo lý do", "Events in suspense, by reason"), content)
    sheet.heads(
        (
            ("Lý do", "Reason"),
            ("Sự kiện", "Events"),
            ("Nghĩa", "Meaning"),
            ("Cần làm", "What to do"),
        )
    )
    _frozen(sheet, 1)
    first = sheet.row
    unknown = (Said("–", "–"), Said("–", "–"))
    for reason, count in content.suspense:
        meaning, mend = (f"{said.vi} | {said.en}" for said in REASONS.get(reason, unknown))
        sheet.text(0, reason)
        sheet.whole(1, count)
        sheet.text(2, meaning)
        sheet.text(3, mend)
        sheet.grow((meaning, 48), (mend, 48))
        sheet.row += 1
    if content.suspense:
        last = sheet.row - 1
        sheet.text(0, "Cộng | Total", "total_text")
        _sum(sheet, 1, [count for _, count in content.suspense], first, last)
        sheet.text(2, "", "total_text")
        sheet.text(3, "", "total_text")
    else:
        sheet.across("Không có sự kiện bị treo | No event in suspense", "cell")
    sheet.row += 2
    sheet.across(
        "Từng sự kiện, và các bản ghi không đọc được khi nhận, nằm trong bảng usage.suspense của"
        " relief.duckdb. | Each event, and each record that could not be read at intake, is in"
        " usage.suspense of relief.duckdb.",
        "muted",
    )
    sheet.row += 1


def _refunds(book: Book, content: Content, footer: str) -> None:
    sheet = book.sheet("Hoàn trả", (42, 20, 18, 18, 18, 18), footer, landscape=True)
    totals = content.totals
    _heading(sheet, Said("Hoàn trả và thu vượt", "Refunds due and overcharges"), content)
    sheet.across(
        f"Phải hoàn trả: {group_vi(totals['refunds'])} sự kiện, {dong(totals['refund'])}"
        f" ({dong_in_words(totals['refund'])}). | Refunds due: events and amount.",
        "wrap",
    )
    sheet.row += 1
    sheet.across(
        f"Thu vượt giá trị (phát hiện): {group_vi(totals['overcharged'])} sự kiện,"
        f" {dong(totals['overcharge'])}. | Charged above list value (a finding): events and amount.",
        "wrap",
    )
    sheet.row += 2
    _refund_days(sheet, content)
    _refund_list(
        sheet,
        content.refunds,
        totals["refunds"],
        Said("Các khoản hoàn trả lớn nhất", "The largest refunds"),
        ("Hoàn trả (đ)", "Refund"),
        "refund",
    )
    _refund_list(
        sheet,
        content.overcharges,
        totals["overcharged"],
        Said("Các khoản thu vượt lớn nhất", "The largest overcharges"),
        ("Thu vượt (đ)", "Overcharge"),
        "overcharge",
    )


def _refund_days(sheet: Sheet, content: Content) -> None:
    _section(sheet, Said("Phải hoàn trả, theo ngày", "Refunds due, by day"))
    sheet.heads((("Ngày", "Day"), ("Sự kiện", "Events"), ("Hoàn trả (đ)", "Refund")))
    first = sheet.row
    for day, events, amount in content.refunds_by_day:
        sheet.day(0, datetime(day.year, day.month, day.day))
        sheet.whole(1, events)
        sheet.whole(2, amount)
        sheet.row += 1
    if not content.refunds_by_day:
        sheet.across("Không có | None", "cell", 0, 2)
    else:
        last = sheet.row - 1
        sheet.text(0, "Cộng | Total", "total_text")
        _sum(sheet, 1, [events for _, events, _ in content.refunds_by_day], first, last)
        _sum(sheet, 2, [amount for _, _, amount in content.refunds_by_day], first, last)
    sheet.row += 2


def _refund_list(
    sheet: Sheet,
    rows: Sequence[Mapping[str, Any]],
    count: int,
    said: Said,
    head: tuple[str, str],
    column: str,
) -> None:
    _section(sheet, said)
    sheet.across(
        f"Liệt kê {group_vi(len(rows))} trong số {group_vi(count)}; tất cả nằm trong bảng"
        f" settlement.refund của relief.duckdb. | {group_vi(len(rows))} of {group_vi(count)} are"
        f" listed; all are in settlement.refund of relief.duckdb.",
        "muted",
    )
    sheet.row += 1
    if not rows:
        sheet.row += 1
        return
    sheet.heads(
        (
            ("Mã sự kiện", "Event id"),
            ("Lúc bắt đầu", "Start"),
            ("Đã thu (đ)", "Charged"),
            ("Giá trị (đ)", "List value"),
            ("Phải trả (đ)", "Payable"),
            head,
        )
    )
    for row in rows:
        start = EPOCH + timedelta(milliseconds=row["start_ms"])
        sheet.text(0, str(UUID(int=row["event_hi"] << 64 | row["event_lo"])), "code")
        sheet.text(1, f"{start:%d/%m/%Y %H:%M:%S}", "cell_centre")
        for place, name in enumerate(("charged", "list_value", "payable", column), start=2):
            sheet.whole(place, row[name])
        sheet.row += 1
    sheet.row += 1


# --- Cách đọc ----------------------------------------------------------------------------------


def _reading(book: Book, content: Content, footer: str) -> None:
    sheet = book.sheet("Cách đọc", (28, 60, 60), footer, landscape=True)
    _heading(sheet, Said("Cách đọc bảng này", "How to read this"), content)
    _frozen(sheet, 0)
    sections: tuple[tuple[Said, Callable[[Sheet, Content], None]], ...] = (
        (Said("Thuật ngữ", "Terms"), _terms),
        (Said("Cách đọc những điều thông báo để ngỏ", "Readings: what the announcement leaves open"), _reading_list),
        (Said("Biện pháp của doanh nghiệp và nguồn", "The carrier's measures and their sources"), _measure_list),
        (Said("Mức chắc chắn của giá", "How firmly prices are supported"), _marks),
        (Said("Kiểm chứng", "How to verify"), _verify),
    )  # fmt: skip
    for said, build in sections:
        _section(sheet, said)
        build(sheet, content)
        sheet.row += 1


def _three(sheet: Sheet, texts: tuple[str, str, str], style: str = "cell") -> None:
    for column, text in enumerate(texts):
        sheet.text(column, text, style)
    sheet.grow(*zip(texts, sheet.widths, strict=True))
    sheet.row += 1


def _terms(sheet: Sheet, content: Content) -> None:
    sheet.heads(
        (
            ("Từ", "Term"),
            ("Nghĩa", "Meaning in Vietnamese"),
            ("Nghĩa tiếng Anh", "Meaning in English"),
        )
    )
    for term, meaning in TERMS:
        _three(sheet, (f"{term.vi} | {term.en}", meaning.vi, meaning.en))


def _reading_list(sheet: Sheet, content: Content) -> None:
    sheet.heads(
        (
            ("Cách đọc", "Reading"),
            ("Câu hỏi", "Question"),
            ("Đang dùng, và các phương án khác", "In force, and the alternatives"),
        )
    )
    chosen = dict(_readings(content))
    for reading in content.package.readings:
        name = chosen[reading.name]
        others = [
            f"{key}: {other.means}" for key, other in reading.alternatives.items() if key != name
        ]
        answer = f"{name}: {reading.alternatives[name].means}"
        _three(
            sheet,
            (
                reading.name,
                f"{reading.question}\n{reading.question_en}",
                "\n".join([f"→ {answer}", *(f"khác | else: {other}" for other in others)]),
            ),
        )
    if not content.package.readings:
        _three(sheet, ("–", "Gói này không để ngỏ điều gì", "This package leaves nothing open"))


def _measure_list(sheet: Sheet, content: Content) -> None:
    sheet.heads(
        (
            ("Biện pháp", "Measure"),
            ("Nội dung, hiệu lực", "What, and when in force"),
            ("Văn bản, nguồn", "Document, source"),
        )
    )
    for measure in content.package.measures:
        if measure.carriers is not None and content.carrier_id not in measure.carriers:
            continue
        mark = MARKS[measure.mark]
        _three(
            sheet,
            (
                measure.id,
                f"{measure.title}\n{measure.title_en}\ntừ {measure.valid_from:%d/%m/%Y %H:%M} đến trước"
                f" {measure.valid_until:%d/%m/%Y %H:%M}",
                f"{measure.document}\n{measure.source}\n{mark.vi} | {mark.en}",
            ),
        )


def _marks(sheet: Sheet, content: Content) -> None:
    for mark, said in MARKS.items():
        _three(sheet, (mark, said.vi, said.en))
    assumed = ", ".join(content.assumed)
    _three(
        sheet,
        (
            "Gói cước giả định đã dùng",
            assumed or "Không có",
            f"Assumed tariffs in use: {assumed}" if assumed else "None in use",
        ),
    )


def _verify(sheet: Sheet, content: Content) -> None:
    _three(
        sheet,
        (
            "relief.duckdb",
            "Mọi số ở đây đều có trong relief.duckdb (bảng settlement.statement, settlement.statement_line,"
            " rated.total, rated.relief_total), mở được bằng DuckDB 1.0 trở lên. Chạy lại cùng đầu vào phải cho"
            " cùng mã lần chạy và cùng mã băm.",
            "Every figure here is in relief.duckdb (settlement.statement, settlement.statement_line,"
            " rated.total, rated.relief_total), which DuckDB 1.0 and later open. The same inputs settled again"
            " must give the same run id and digest.",
        ),
    )
    _three(sheet, ("Mã lần chạy | Run id", content.run, ""), "code")
    _three(sheet, ("Mã băm | Digest", content.digest, ""), "code")
