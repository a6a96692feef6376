"""One quote in words, Vietnamese and English side by side. No I/O here."""

from collections.abc import Iterator

from doisoat.engine.quote.quote import Quote
from doisoat.messages.text import Text, composed, message_in
from doisoat.settlement.explain.quote import Currency
from doisoat.settlement.explain.words import NATURES, STATUS, UNITS
from doisoat.settlement.figures.refund_due import refund_due
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.value_words import KINDS

WIDTH = 33  # of the words before a figure


def text(quote: Quote, currency: Currency) -> Iterator[str]:
    """The lines that a person reads."""
    event, person, outcome = quote.request.event, quote.request.subscription, quote.outcome
    unit = UNITS[event.kind]
    whole, rest = divmod(event.units, unit.size)
    units = f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)
    counted = (unit.one if event.units == unit.size else unit.many).en
    at = quantity.from_ms(event.start_ms)
    yield (
        KINDS[event.kind] + f": {units} {counted}"
        f" → {event.pack or outcome.destination_class}, {at}, {person.plan}"
    )
    status = STATUS[outcome.status]
    if quote.exact is None:
        yield row(message_in("a quote", "result"), status + f": {quote.why}")
        return

    def money(minor: int) -> str:
        return f"{currency.amount(minor)} {currency.code}"

    yield row(message_in("a quote", "exact"), f"{currency.exact(quote.exact)} {currency.code}")
    yield row(message_in("a quote", "list value"), money(outcome.list_value))
    for line in outcome.lines:
        nature = NATURES[line.nature]
        yield row(Text(f"{line.measure} {nature.vi}", nature.en), money(line.amount))
    yield row(message_in("a quote", "payable"), money(outcome.payable))
    if event.charged is not None:
        refund = refund_due(event.charged, outcome.list_value, outcome.payable)
        yield row(message_in("a quote", "refund"), money(refund.due))
        if refund.overcharged:
            yield row(message_in("a quote", "overcharged"), money(refund.overcharged))


def row(name: Text, figure: str) -> Text:
    """One figure under its name."""
    return composed(f"  {{:<{WIDTH}}} {{}}", name, figure)
