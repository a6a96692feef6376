"""One quote in words, Vietnamese and English side by side. No I/O here."""

from collections.abc import Iterator

from doisoat.engine.quote.quote import Quote
from doisoat.messages.text import Text, composed
from doisoat.settlement.explain.quote import Currency
from doisoat.settlement.explain.words import KINDS, NATURES, STATUS, UNITS
from doisoat.settlement.figures.refund_due import refund_due
from doisoat.tariffs.models import quantity

WIDTH = 33  # of the words before a figure


def text(quote: Quote, currency: Currency) -> Iterator[str]:
    """The lines that a person reads."""
    event, person, outcome = quote.request.event, quote.request.subscription, quote.outcome
    _, singular, plural, size = UNITS[event.kind]
    whole, rest = divmod(event.units, size)
    units = f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)
    unit = singular if event.units == size else plural
    at = quantity.from_ms(event.start_ms)
    yield (
        Text(KINDS[event.kind], event.kind) + f": {units} {unit}"
        f" → {event.pack or outcome.destination_class}, {at}, {person.plan}"
    )
    status = STATUS[outcome.status]
    if quote.exact is None:
        yield row("Kết quả", "result", Text(*status) + f": {quote.why}")
        return

    def money(minor: int) -> str:
        return f"{currency.amount(minor)} {currency.code}"

    yield row("Chính xác", "exact", f"{currency.exact(quote.exact)} {currency.code}")
    yield row("Giá trị", "list value", money(outcome.list_value))
    for line in outcome.lines:
        vi, en = NATURES[line.nature]
        yield row(f"{line.measure} {vi}", en, money(line.amount))
    yield row("Phải trả", "payable", money(outcome.payable))
    if event.charged is not None:
        refund = refund_due(event.charged, outcome.list_value, outcome.payable)
        yield row("Hoàn trả", "refund", money(refund.due))
        if refund.overcharged:
            yield row("Thu cao hơn giá trị", "overcharged", money(refund.overcharged))


def row(vi: str, en: str, figure: str) -> Text:
    """One figure under its name."""
    return composed(f"  {{:<{WIDTH}}} {{}}", Text(vi, en), figure)
