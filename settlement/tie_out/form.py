"""Form of a carrier's ledger: its words, and the refusal of what does not follow them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message
from doisoat.settlement.tie_out.sheet_cells import place

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
TEMPLATE = message("fill in what `doisoat tie-out --template FILE.xlsx` writes")


class Fault(NamedTuple):
    """What is wrong in a cell, and how to mend it."""

    row: int
    column: int
    what: Text
    mend: Text


def place_of(path: Path, row: int, column: int) -> str:
    """Where a cell of a file is."""
    return f"{path.name}, {place(row, column)}"


def refuse(faults: Sequence[Fault], path: Path) -> None:
    """IntakeError if there are faults: the first is the error, the next ones are named in it."""
    if not faults:
        return
    first, *more = sorted(faults)
    vi, en = first.what.pair
    if more:
        shown = [(place(fault.row, fault.column), fault.what) for fault in more[: FAULTS_SHOWN - 1]]
        rest = ", …" if len(more) >= FAULTS_SHOWN else ""
        vi += f" (và {len(more)} lỗi nữa: {'; '.join(f'{at.vi}: {o.vi}' for at, o in shown)}{rest})"
        en += f" (and {len(more)} more: {'; '.join(f'{at.en}: {o.en}' for at, o in shown)}{rest})"
    raise IntakeError(Text(vi, en), place_of(path, first.row, first.column), first.mend)
