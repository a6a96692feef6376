"""A tie-out on the terminal: the whole by service, the days that are open, the warnings."""

from doisoat.money import dong
from doisoat.settlement.report.terminal_table import table
from doisoat.settlement.tie_out import words
from doisoat.settlement.tie_out.amounts import UNIT_SAID
from doisoat.settlement.tie_out.difference import TieOut
from doisoat.settlement.tie_out.home_figures import OF_BOOKED
from doisoat.settlement.tie_out.workbook import service

SHOWN_OPEN = 20  # all of them are in the workbook and in --json


def as_text(tied: TieOut) -> str:
    """What the command prints."""
    name, ledger = tied.figures.carrier_name, tied.ledger
    lines = [
        f"{words.TITLE.vi} | {words.TITLE.en}: {name}, {tied.period}",
        f"  {ledger.name}: {len(ledger.lines)} dòng | rows, {UNIT_SAID[ledger.unit]};"
        f" lần chạy | run {tied.figures.run}",
    ]
    causes = [cause for cause in words.CAUSES if any(s[cause] for s in tied.by_kind.values())]
    columns = ["ledger", "doisoat", "difference", *causes, "unexplained"]
    heads = {**words.SIDES, **words.CAUSES, "unexplained": words.UNEXPLAINED}
    body: list[list[str | int]] = [
        [service(kind), *(sums[column] for column in columns)]
        for kind, sums in tied.by_kind.items()
    ]
    body.append(["Cộng | total", *(tied.whole[column] for column in columns)])
    lines.append(table(["", *(heads[column].vi for column in columns)], body))
    lines.append("  " + "; ".join(f"{heads[column].vi} = {heads[column].en}" for column in columns))
    lines += _booked(tied)
    opened = [row for row in tied.rows if not row.is_tied]
    if opened:
        lines.append(
            f"Chưa khớp | open: {len(opened)} ngày và dịch vụ | days and services"
            f" (trong số | of {len(tied.rows)})"
        )
        for row in opened[:SHOWN_OPEN]:
            amount = dong(row.sums["unexplained"], minus="−")
            silent = "" if row.in_ledger else f"  ({words.SILENT.vi} | {words.SILENT.en})"
            lines.append(f"  {row.day:%d/%m/%Y}  {service(row.kind)}  {amount}{silent}")
        if len(opened) > SHOWN_OPEN:
            lines.append("  …")
    else:
        lines.append("Mọi đồng đều có chỗ | every đồng has its place")
    return "\n".join(lines)


def _booked(tied: TieOut) -> list[str]:
    """What was booked into the month: of its own usage it is none."""
    if not tied.figures.booked_here:
        return []
    heads = [words.OF_BOOKED[name] for name in OF_BOOKED]
    body: list[list[str | int]] = [
        [
            f"{adjustment.usage_period} {adjustment.adjustment[:8]}",
            *(adjustment.sums[name] for name in OF_BOOKED),
        ]
        for adjustment in tied.figures.booked_here
    ]
    return [
        f"{words.BOOKED.vi} | {words.BOOKED.en}",
        table(["", *(head.vi for head in heads)], body),
        "  " + "; ".join(f"{head.vi} = {head.en}" for head in heads),
    ]
