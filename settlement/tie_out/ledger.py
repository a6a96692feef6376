"""A carrier's ledger of a month, read strictly: what was billed by day and service, in whole đồng.

The form is that of the template, as XLSX or as CSV: three lines that name carrier, period and
unit, a head, then a row a day and service. Whatever is not as the form says is refused with its
address; nothing is skipped, and nothing is guessed.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from doisoat.errors import IntakeError
from doisoat.said import Said
from doisoat.settlement.period import Period
from doisoat.settlement.tie_out.amounts import (
    UNIT_SAID,
    RefusedAmount,
    Separators,
    amount_of,
    separators_of,
    unit_of,
)
from doisoat.settlement.tie_out.cells import Cell, Row, place, read_rows

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
FAULTS_SHOWN = 5
SERIAL_EPOCH = date(1899, 12, 30)  # of spreadsheets' days, from March 1900 on
TEMPLATE = Said(
    "điền tệp do `doisoat tie-out --template FILE.xlsx` ghi ra",
    "fill in what `doisoat tie-out --template FILE.xlsx` writes",
)


class Line(NamedTuple):
    """A row of the ledger."""

    row: int
    day: date
    service: str  # as written
    kind: str
    amount: int
    note: str


class Ledger(NamedTuple):
    """A ledger of one carrier and month."""

    name: str
    sha256: str
    carrier: str
    period: str
    unit: str
    lines: tuple[Line, ...]

    def billed(self) -> dict[tuple[date, str], int]:
        """What was billed, in đồng, by day and kind."""
        sums: dict[tuple[date, str], int] = {}
        for line in self.lines:
            key = line.day, line.kind
            sums[key] = sums.get(key, 0) + line.amount
        return sums


class _Fault(NamedTuple):
    row: int
    column: int
    what: Said
    mend: Said


def read_ledger(
    path: Path, period: Period, carrier: str, services: Mapping[str, str] | None = None
) -> Ledger:
    """Read a ledger.

    Args: services: the carrier's own names of services, and the kind of each.
    Raises: IntakeError with the address of whatever is not as the form says.
    """
    content, rows = read_rows(path)
    faults: list[_Fault] = []
    told, columns, body = _form(rows, path)
    unit = _preamble(told, period, carrier, faults)
    for row in rows:
        for column, cell in enumerate(row.cells):
            if cell.formula is not None and column != columns.get("note"):
                faults.append(
                    _Fault(
                        row.number, column,
                        Said(f"ở đây là công thức: {cell.formula[:40]}",
                             f"a formula stands here: {cell.formula[:40]}"),
                        Said("dán giá trị vào thay: số mà công thức cho thấy không nằm trong tệp",
                             "paste values in its place: what a formula shows is not in the file"),
                    )
                )  # fmt: skip
    _refuse(faults, path)
    assert unit is not None
    lines = _lines(body, columns, period, unit, services or {}, path)
    return Ledger(path.name, hashlib.sha256(content).hexdigest(), carrier, period.name, unit, lines)


def _same(text: str, names: Sequence[str]) -> bool:
    """Is a label one of these, in either language or both? Case and spacing mean nothing."""
    parts = [" ".join(part.casefold().split()) for part in text.split("|")]
    known = [name.casefold() for name in names]
    return all(part in known for part in parts)


def _form(
    rows: Sequence[Row], path: Path
) -> tuple[dict[str, tuple[Row, Cell]], dict[str, int], list[Row]]:
    """What the preamble says, the column of each head, and the rows below."""
    told: dict[str, tuple[Row, Cell]] = {}
    for at, row in enumerate(rows):
        columns: dict[str, int] = {}
        for name, labels in HEADS.items():
            found = [n for n, cell in enumerate(row.cells) if _same(cell.text, labels)]
            if len(found) > 1:
                raise IntakeError(
                    f"tiêu đề {labels[0]} có hai lần | the head {labels[1]} stands twice",
                    _at(path, row.number, found[1]),
                    "bỏ một trong hai cột | leave one of the two columns out",
                )
            if found:
                columns[name] = found[0]
        if {"day", "service"} <= columns.keys():
            _refuse_heads(columns, row, path)
            return told, columns, list(rows[at + 1 :])
        for name, labels in PREAMBLE.items():
            if _same(row.cell(0).text, labels):
                told[name] = row, row.cell(1)
    vi, en = (", ".join(half) for half in zip(*HEADS.values(), strict=True))
    raise IntakeError(
        f"không dòng nào là dòng tiêu đề của sổ ({vi}) | no row is the head of a ledger ({en})",
        str(path),
        TEMPLATE.both,
    )


def _refuse_heads(columns: Mapping[str, int], row: Row, path: Path) -> None:
    if "amount" not in columns:
        vi, en = HEADS["amount"]
        raise IntakeError(
            f"không cột nào có tiêu đề {vi} | no column is headed {en}",
            _at(path, row.number, 0),
            "ghi số tiền gồm thuế GTGT dưới tiêu đề ấy, theo đơn vị ở dòng thứ ba | give amounts"
            " with VAT under that head, in the unit that the third line says",
        )
    for column, cell in enumerate(row.cells):
        if cell.text and column not in columns.values():
            raise IntakeError(
                f"một cột có tiêu đề {cell.text!r}, mà mẫu không có | a column is headed"
                f" {cell.text!r}, which the form does not have",
                _at(path, row.number, column),
                f"bỏ cột ấy, hoặc ghi nội dung dưới {HEADS['note'][0]} | leave it out, or put its"
                f" text under {HEADS['note'][1]}",
            )


def _preamble(
    told: Mapping[str, tuple[Row, Cell]], period: Period, carrier: str, faults: list[_Fault]
) -> str | None:
    unit: str | None = None
    for name, (vi, en) in PREAMBLE.items():
        if name not in told or not told[name][1].text:
            row = told[name][0].number if name in told else 1
            faults.append(
                _Fault(
                    row, 1, Said(f"không chỗ nào ghi {vi}", f"nothing says {en}"),
                    Said(f"{TEMPLATE.vi}: các dòng đầu của nó ghi điều ấy",
                         f"{TEMPLATE.en}: its first lines say it"),
                )
            )  # fmt: skip
            continue
        row, text = told[name][0].number, told[name][1].text
        if name == "carrier" and text.casefold() != carrier.casefold():
            faults.append(
                _Fault(
                    row, 1, _not_of(text, carrier),
                    Said("đưa sổ của doanh nghiệp ấy, hoặc nêu mã của nó bằng --carrier",
                         "give that carrier's ledger, or its id with --carrier"),
                )
            )  # fmt: skip
        elif name == "period" and _period_of(text) != period.name:
            faults.append(
                _Fault(
                    row, 1, _not_of(text, period.name),
                    Said("đưa sổ của tháng ấy, hoặc nêu tháng của sổ",
                         "give the ledger of that month, or name its month"),
                )
            )  # fmt: skip
        elif name == "unit":
            unit = unit_of(text)
            if unit is None:
                known = ", ".join(UNIT_SAID.values())
                faults.append(
                    _Fault(
                        row, 1,
                        Said(f"{text!r} không phải đơn vị tiền ở đây",
                             f"{text!r} is no unit of money here"),
                        Said(f"ghi một trong {known}", f"write one of {known}"),
                    )
                )  # fmt: skip
    return unit


def _not_of(told: str, wanted: str) -> Said:
    return Said(
        f"sổ là của {told}, không phải của {wanted}", f"the ledger is of {told}, not of {wanted}"
    )


def _period_of(text: str) -> str | None:
    for form in (r"(?P<y>\d{4})-(?P<m>\d{1,2})", r"(?P<m>\d{1,2})/(?P<y>\d{4})"):
        if match := re.fullmatch(form, text, re.ASCII):
            return f"{match['y']}-{int(match['m']):02d}"
    return None


def _lines(
    body: Sequence[Row],
    columns: Mapping[str, int],
    period: Period,
    unit: str,
    services: Mapping[str, str],
    path: Path,
) -> tuple[Line, ...]:
    faults: list[_Fault] = []
    written = [row.cell(columns["amount"]) for row in body]
    try:
        signs = separators_of((one.text for one in written if not one.is_number), unit)
    except RefusedAmount as error:
        first = body[0].number if body else 1
        raise IntakeError(
            error.said.both, _at(path, first, columns["amount"]), error.mend.both
        ) from error
    names = _names(services)
    lines: list[Line] = []
    rows_of: dict[tuple[date, str], int] = {}
    for row in body:
        for column, cell in enumerate(row.cells):
            if cell.text and column not in columns.values():
                faults.append(
                    _Fault(
                        row.number, column,
                        Said(f"{cell.text!r} nằm dưới cột không có tiêu đề",
                             f"{cell.text!r} stands under no head"),
                        Said("để trống cột này", "leave this column empty"),
                    )
                )  # fmt: skip
        line = _line(row, columns, period, unit, signs, names, faults)
        if line is None:
            continue
        key = line.day, " ".join(line.service.casefold().split())
        key = key[0], names[key[1]][1]
        if key in rows_of:
            faults.append(
                _Fault(
                    row.number, columns["day"],
                    Said(f"{line.service} ngày {line.day} đã có ở dòng {rows_of[key]}",
                         f"{line.service} of {line.day} stands in row {rows_of[key]} already"),
                    Said("ghi mỗi ngày và dịch vụ một dòng, với tổng số đã tính",
                         "give each day and service one row, with what was billed in all"),
                )
            )  # fmt: skip
        rows_of.setdefault(key, row.number)
        lines.append(line)
    _refuse(faults, path)
    if not lines:
        raise IntakeError(
            "dưới dòng tiêu đề không có dòng nào | no row is below the head",
            str(path),
            TEMPLATE.both,
        )
    return tuple(lines)


def _names(services: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What may be written as a service: its kind, and the name by which two rows are the same."""
    names = {" ".join(own.casefold().split()): (kind, own) for own, kind in services.items()}
    for kind, (vi, en) in SERVICES.items():
        for label in (vi, en, f"{vi} | {en}"):
            names[label.casefold()] = kind, kind
    return names


def _line(
    row: Row,
    columns: Mapping[str, int],
    period: Period,
    unit: str,
    signs: Separators,
    names: Mapping[str, tuple[str, str]],
    faults: list[_Fault],
) -> Line | None:
    before = len(faults)
    cells = {name: row.cell(column) for name, column in columns.items()}
    day = _day_of(cells["day"])
    if day is None:
        faults.append(
            _Fault(
                row.number,
                columns["day"],
                Said(f"{cells['day'].text!r} không phải ngày", f"{cells['day'].text!r} is no day"),
                Said(
                    "ghi 2021-08-05 hoặc 05/08/2021 (ngày trước); bỏ các dòng cộng",
                    "write 2021-08-05 or 05/08/2021 (day first); leave totals out",
                ),
            )
        )
    elif not period.begin.date() <= day < period.end.date():
        faults.append(
            _Fault(
                row.number,
                columns["day"],
                Said(f"{day} nằm ngoài {period.name}", f"{day} lies outside {period.name}"),
                Said(
                    "bỏ phần của tháng khác; ngày viết trước tháng",
                    "leave out what is of another month; days are written day first",
                ),
            )
        )
    service = cells["service"].text
    known = names.get(" ".join(service.casefold().split()))
    if known is None:
        told = ", ".join(vi for vi, _ in SERVICES.values())
        faults.append(
            _Fault(
                row.number, columns["service"],
                Said(f"{service!r} không phải dịch vụ", f"{service!r} is no service"),
                Said(f"ghi một trong {told}, hoặc khai tên riêng trong tệp --map",
                     f"write one of {told}, or put your names into --map"),
            )
        )  # fmt: skip
    amount = 0
    written = cells["amount"]
    if not written.text:
        faults.append(
            _Fault(
                row.number, columns["amount"],
                Said("ở đây không có số tiền", "no amount stands here"),
                Said("ghi 0 nếu không tính gì", "write 0 where nothing was billed"),
            )
        )  # fmt: skip
    else:
        try:
            amount = amount_of(written.text, unit, signs, is_number=written.is_number)
        except RefusedAmount as error:
            faults.append(_Fault(row.number, columns["amount"], error.said, error.mend))
    if len(faults) > before or day is None or known is None:
        return None
    note = cells["note"].text if "note" in cells else ""
    return Line(row.number, day, service, known[0], amount, note)


def _day_of(cell: Cell) -> date | None:
    if cell.is_number:
        if not re.fullmatch(r"[0-9]{4,6}(\.0+)?", cell.text):
            return None
        return SERIAL_EPOCH + timedelta(days=int(cell.text.partition(".")[0]))
    for form in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
    ):
        if match := re.fullmatch(form, cell.text, re.ASCII):
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                return None
    return None


def _at(path: Path, row: int, column: int) -> str:
    return f"{path.name}, {place(row, column).both}"


def _refuse(faults: Sequence[_Fault], path: Path) -> None:
    """The first fault is the error; the next ones are named in it."""
    if not faults:
        return
    first, *more = sorted(faults)
    vi, en = first.what
    if more:
        shown = [(place(one.row, one.column), one.what) for one in more[: FAULTS_SHOWN - 1]]
        rest = ", …" if len(more) >= FAULTS_SHOWN else ""
        vi += f" (và {len(more)} lỗi nữa: {'; '.join(f'{at.vi}: {o.vi}' for at, o in shown)}{rest})"
        en += f" (and {len(more)} more: {'; '.join(f'{at.en}: {o.en}' for at, o in shown)}{rest})"
    raise IntakeError(f"{vi} | {en}", _at(path, first.row, first.column), first.mend.both)
