"""Quotes of a stream of lines: read as they come, answered in their order, in little memory.

Lines without an owner are each somebody else: whatever lines are waiting are rated together and
answered at once, so a program that writes one line and waits for its answer gets it, and a large
file goes through in pieces. An owner's lines must be rated together: from the first line that names
an owner on, answers wait for the end of the input, and no more than HELD_MAX lines are held.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO, NoReturn

from doisoat.engine.quote.period_quote import PeriodFields, PeriodRequest, period_quotes
from doisoat.engine.quote.quote import Quote, Quoter
from doisoat.engine.quote.quote_fields import Inexact
from doisoat.engine.quote.quote_request import QuoteRequest, Reader, units_of
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, TextError, message
from doisoat.money import exact_text, in_units
from doisoat.settlement.explain.period_text import steps_text
from doisoat.settlement.figures.refund_due import refund_due

LINE_BYTES_MAX = 1 << 14
PIECE_BYTES = 1 << 20  # read at a time, at most
BRACKETS_MAX = 200  # of one line: deeper ones are no event, and would exhaust the stack
DIGITS_MAX = 40
HELD_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that tells no event, and why."""

    line: int
    error_object: dict[
        str, dict[str, str]
    ]  # the error as an object: itself it would hold what it met


@dataclass(frozen=True, slots=True)
class Currency:
    """How amounts are written."""

    code: str
    decimals: int

    def amount(self, minor: int) -> str:
        return in_units(minor, self.decimals)

    def exact(self, minor: Fraction) -> str:
        return exact_text(minor / 10**self.decimals)


def currency_of(quoter: Quoter) -> Currency:
    """The currency of a quoter's catalogue."""
    currency = quoter.catalogue.currency
    return Currency(currency.code, currency.decimals)


def read_options(quoter: Quoter, options: Mapping[str, str]) -> QuoteRequest:
    """One event told by options of the command line, quantities with a unit or without.

    Raises: IntakeError, as of a line; the place is the option.
    """
    fields: dict[str, Any] = dict(options)
    for word, kind in (("units", options.get("kind", "")), ("duration", "voice")):
        if word in fields:
            try:
                fields[word] = units_of(fields[word], kind)
            except ValueError as error:
                raise IntakeError(
                    error.text
                    if isinstance(error, TextError)
                    else Text(
                        message(
                            "{value} is no amount of the kind {kind}",
                            value=repr(fields[word]),
                            kind=kind,
                        ).vi,
                        str(error),
                    ),
                    f"--{word}",
                    message("write it so, or as a count of ms, bytes, messages or events"),
                ) from None
    return quoter.reader().read(fields, 1, "")


def answer(quote: Quote, currency: Currency) -> dict[str, Any]:
    """What `--json` prints of a quote: amounts as text in the currency's unit."""
    outcome, charged = quote.outcome, quote.request.event.charged
    if quote.exact is None:
        return {
            "status": outcome.status,
            "reason": quote.why,
            "list_value": None,
            "exact": None,
            "relief": [],
            "payable": None,
        }
    printed: dict[str, Any] = {
        "status": outcome.status,
        "list_value": currency.amount(outcome.list_value),
        "exact": currency.exact(quote.exact),
        "relief": [
            {
                "measure": line.measure,
                "nature": line.nature,
                "amount": currency.amount(line.amount),
            }
            for line in outcome.lines
        ],
        "payable": currency.amount(outcome.payable),
    }
    if charged is not None:
        refund = refund_due(charged, outcome.list_value, outcome.payable)
        printed["refund"] = currency.amount(refund.due)
        printed["overcharged"] = currency.amount(refund.overcharged)
    return printed


def read_line(
    quoter: Quoter, reader: Reader, fields: Mapping[str, Any], line: int, where: str
) -> QuoteRequest | PeriodRequest:
    """What the words of a line ask for: with `charge`, a period's bills, else an event.

    Raises: IntakeError.
    """
    if "charge" in fields:
        return PeriodFields(quoter.catalogue, fields, where).request(line)
    return reader.read(fields, line, where)


def period_answer(quoter: Quoter, request: PeriodRequest) -> dict[str, Any]:
    """What `--json` prints of a charge over billing periods: a bill each owner and period.

    Raises: ConservationError if the two writings differ, which is our bug.
    """
    currency = currency_of(quoter)
    bills: list[dict[str, Any]] = []
    list_value = payable = 0
    for quote in period_quotes(quoter.catalogue, quoter.package, request):
        span, bill = quote.span, quote.bill
        printed: dict[str, Any] = {
            "owner": quote.owner,
            "begins": span.begins.isoformat(),
            "ends": span.ends.isoformat(),
            "share": exact_text(span.share),
            "status": "no_tariff" if bill is None else "rated",
            "units": None,
            "list_value": None,
            "exact": None,
            "relief": [],
            "payable": None,
            "steps": [str(text) for text in steps_text(request, quote, currency.decimals)],
        }
        if bill is not None:
            list_value += bill.list_value
            payable += bill.payable
            printed |= {
                "units": bill.units,
                "list_value": currency.amount(bill.list_value),
                "exact": currency.exact(bill.exact),
                "relief": [
                    {"relief": name, "nature": "discount", "amount": currency.amount(amount)}
                    for name, amount in bill.reliefs
                ],
                "payable": currency.amount(bill.payable),
            }
        else:
            printed["reason"] = (
                f"the plan {request.plan} has no charge {request.charge.id} at {span.begins}"
            )
        bills.append(printed)
    return {
        "charge": request.charge.id,
        "list_value": currency.amount(list_value),
        "payable": currency.amount(payable),
        "bills": bills,
    }


def answers(quoter: Quoter, stream: BinaryIO, name: str = "") -> Iterator[list[dict[str, Any]]]:
    """The answers to the lines of a stream, in their order, a piece of them at a time.

    Args: name: of the stream, as refusals tell it; '' for the standard input.
    Raises: IntakeError if more than HELD_MAX lines wait for the end of the input.
    """
    reader = quoter.reader()
    waiting: list[QuoteRequest | PeriodRequest | Refused] = []
    for lines in pieces(stream):
        entries = [_entry(quoter, reader, number, raw, name) for number, raw in lines]
        at_once = (
            0
            if waiting
            else next(
                (
                    at
                    for at, entry in enumerate(entries)
                    if isinstance(entry, QuoteRequest) and entry.is_named
                ),
                len(entries),
            )
        )
        if at_once:
            yield _answered(quoter, entries[:at_once])
        waiting += entries[at_once:]
        if len(waiting) > HELD_MAX:
            raise IntakeError(
                message(
                    "more than {held_max} lines wait, since an owner's lines are rated together",
                    held_max=f"{HELD_MAX:,}",
                ),
                _place(name, waiting[HELD_MAX].line),
                message("divide the input by owners, and quote each part by itself"),
            )
    if waiting:
        yield _answered(quoter, waiting)


def _answered(
    quoter: Quoter, entries: Sequence[QuoteRequest | PeriodRequest | Refused]
) -> list[dict[str, Any]]:
    given = iter(answered(quoter, [entry for entry in entries if not isinstance(entry, Refused)]))
    return [
        {
            "line": entry.line,
            **(entry.error_object if isinstance(entry, Refused) else next(given)),
        }
        for entry in entries
    ]


def answered(
    quoter: Quoter, requests: Sequence[QuoteRequest | PeriodRequest]
) -> list[dict[str, Any]]:
    """What `--json` prints of each request, in order; whole owners all.

    Raises: ConservationError if two writings differ, which is our bug.
    """
    currency = currency_of(quoter)
    quotes = quoter.quote([request for request in requests if isinstance(request, QuoteRequest)])
    return [
        period_answer(quoter, request)
        if isinstance(request, PeriodRequest)
        else answer(next(quotes), currency)
        for request in requests
    ]


# --- lines -------------------------------------------------------------------------------------


def pieces(stream: BinaryIO) -> Iterator[list[tuple[int, bytes]]]:
    """The lines of a stream with their numbers from 1, as many at a time as are there to be read.

    Blank ones are counted and left out. Of one past LINE_BYTES_MAX only so much and one byte more
    is kept: the rest of it is passed over.
    """
    rest, number = b"", 0
    read = getattr(stream, "read1", stream.read)  # what is there, without waiting for more
    while piece := read(PIECE_BYTES):
        *whole, rest = (rest + piece).split(b"\n")
        rest = rest[: LINE_BYTES_MAX + 1]
        lines = list(enumerate(whole, number + 1))
        number += len(whole)
        yield [(at, raw) for at, raw in lines if raw.strip()]
    if rest.strip():
        yield [(number + 1, rest)]


def _entry(
    quoter: Quoter, reader: Reader, line: int, raw: bytes, name: str
) -> QuoteRequest | PeriodRequest | Refused:
    where = _place(name, line)
    try:
        return read_line(quoter, reader, parsed(raw, where), line, where)
    except IntakeError as error:
        return Refused(line, error.as_object())


def _place(name: str, line: int) -> str:
    return f"{name}, line {line}" if name else f"line {line}"


def parsed(raw: bytes, where: str) -> dict[str, Any]:
    """The object of one line. Raises: IntakeError."""
    mend = message(
        'write one JSON object a line, as {{"start": "2021-08-10T09:00", "kind": "voice", …}}'
    )
    if len(raw) > LINE_BYTES_MAX:
        raise IntakeError(
            message(
                "the line is longer than {line_bytes_max} bytes",
                line_bytes_max=f"{LINE_BYTES_MAX:,}",
            ),
            where,
            mend,
        )
    if raw.count(b"[") + raw.count(b"{") > BRACKETS_MAX:
        raise IntakeError(
            message("the line has more than {brackets_max} brackets", brackets_max=BRACKETS_MAX),
            where,
            mend,
        )
    try:
        decoded = DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise IntakeError(
            message("byte {start} is not UTF-8", start=error.start + 1),
            where,
            message("save the lines as UTF-8"),
        ) from None
    except json.JSONDecodeError as error:
        raise IntakeError(
            message(
                "it is not JSON: {msg}, at character {colno}", colno=error.colno, msg=error.msg
            ),
            where,
            mend,
        ) from None
    except _NotPlain as error:
        raise IntakeError(error.text, where, mend) from None
    if not isinstance(decoded, dict):
        raise IntakeError(message("it is JSON, but not an object"), where, mend)
    return decoded


class _NotPlain(TextError):
    """JSON that one reader takes in one way and another in another."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _NotPlain(message("the key {twice} stands twice", twice=repr(twice)))
    return fields


def _no_constant(text: str) -> NoReturn:
    raise _NotPlain(message("{text} is no number of JSON", text=text))


def _digits(text: str) -> int:
    if len(text) > DIGITS_MAX:
        raise _NotPlain(
            message("a number has more than {digits_max} digits", digits_max=DIGITS_MAX)
        )
    return int(text)


DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_no_constant, parse_float=Inexact, parse_int=_digits
)
