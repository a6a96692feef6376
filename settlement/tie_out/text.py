"""A tie-out on the terminal: the whole by service, the days that are open, the warnings."""

from collections.abc import Iterator, Sequence

from doisoat.currency import Amount, amount_text
from doisoat.messages.language import BOTH, TERMINAL
from doisoat.messages.text import Text, composed, joined, message, message_in
from doisoat.settlement.report.terminal_table import table
from doisoat.settlement.tie_out import words
from doisoat.settlement.tie_out.amounts import units_said
from doisoat.settlement.tie_out.bookings import OF_BOOKED
from doisoat.settlement.tie_out.difference import TieOut
from doisoat.settlement.tie_out.workbook import service

SHOWN_OPEN = 20  # all of them are in the workbook and in --json


def as_text(tied: TieOut) -> Text:
    """What the command prints."""
    name, ledger = tied.figures.carrier_name, tied.ledger
    lines: list[str] = [
        words.TITLE + f": {name}, {tied.period}",
        f"  {ledger.name}: {len(ledger.lines)} "
        + message("rows")
        + composed(", {}; ", units_said()[ledger.unit])
        + message("run")
        + f" {tied.figures.run}",
    ]
    causes = [cause for cause in words.CAUSES if any(s[cause] for s in tied.by_kind.values())]
    columns = ["ledger", "doisoat", "difference", *causes, "unexplained"]
    heads = {**words.SIDES, **words.CAUSES, "unexplained": words.UNEXPLAINED}
    body: list[list[str | int]] = [
        [service(kind), *(Amount(sums[column]) for column in columns)]
        for kind, sums in tied.by_kind.items()
    ]
    body.append(
        [message_in("heading", "total"), *(Amount(tied.whole[column]) for column in columns)]
    )
    lines += _table([heads[column] for column in columns], body)
    lines += _booked(tied)
    opened = [row for row in tied.rows if not row.is_tied]
    if opened:
        lines.append(
            message_in("text", "open")
            + f": {len(opened)} "
            + message("days and services")
            + " ("
            + message("of")
            + f" {len(tied.rows)})"
        )
        for row in opened[:SHOWN_OPEN]:
            amount = amount_text(row.sums["unexplained"], minus="−")
            silent = "" if row.in_ledger else "  (" + words.SILENT + ")"
            lines.append(f"  {row.day:%d/%m/%Y}  " + service(row.kind) + f"  {amount}" + silent)
        if len(opened) > SHOWN_OPEN:
            lines.append("  …")
    else:
        lines.append(message("every {currency_own_unit} has its place"))
    return joined("\n", lines)


def _booked(tied: TieOut) -> list[str]:
    """What was booked into the month: of its own usage it is none."""
    if not tied.figures.booked_here:
        return []
    heads = [words.OF_BOOKED[name] for name in OF_BOOKED]
    body: list[list[str | int]] = [
        [
            f"{adjustment.usage_period} {adjustment.adjustment[:8]}",
            *(Amount(adjustment.sums[name]) for name in OF_BOOKED),
        ]
        for adjustment in tied.figures.booked_here
    ]
    return [
        words.BOOKED,
        *_table(heads, body),
    ]


def _table(heads: Sequence[Text], body: list[list[str | int]]) -> Iterator[str]:
    """A table of many columns: in two languages under the names of one, and what they mean."""
    if TERMINAL.language != BOTH:
        yield table(["", *heads], body)
        return
    yield table(["", *(head.vi for head in heads)], body)
    yield "  " + "; ".join(f"{head.vi} = {head.en}" for head in heads)
