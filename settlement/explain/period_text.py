"""A bill of a period in words: the sentence of each of its steps. No I/O here."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType

from doisoat.engine.oracle.facts import Step
from doisoat.engine.quote.period_quote import PeriodQuote, PeriodRequest
from doisoat.messages.text import Template, Text, composed, template
from doisoat.money import exact_text
from doisoat.settlement.explain.words import TERMS, UNITS, Unit
from doisoat.tariffs.models.value_words import CODES

STEPS: Mapping[str, Template] = MappingProxyType({
    "billed_before": template(
        "billed before: {units}, list value {list_value}, payable {payable}: taken off"
    ),
    "charge": template("list value: exactly {exact}, rounded ({rounding}, to {round_to}) {amount}"),
    "event_fee": template("fee of {events} events, {free} are free: {amount}"),
    "flat": template("flat amount of the step from {start}: {amount}"),
    "free_units": template("free: {free}, left {units}"),
    "maximum_charge": template("{before} is above the most: {amount}"),
    "minimum_charge": template("{before} is below the least: {amount}"),
    "package": template("{packages} begun packages of {size}, {price} each"),
    "payable": template("payable {payable} of a list value of {list_value}"),
    "percentage": template("{percent} % of {units}"),
    "prorated": template("{part}: {share} of {whole}, by the days had"),
    "relief": template(
        "{relief}: {before}, it leaves {gives}, rounded {after}, discount {discount}"
    ),
    "rounded_units": template("rounded up to {block}: {units}"),
    "step": template("{units} from {start} on, {price} for {per}"),
    "sum": template("{units} in all, records: {events}"),
})  # fmt: skip
UNIT_FIELDS = ("units", "free", "start", "block", "size")
MINOR_FIELDS = (
    "exact", "round_to", "amount", "before", "gives", "after", "discount", "list_value", "payable",
)  # fmt: skip
PRICED = {"voice": ("1 s", 1_000), "sms": ("1 msg", 1), "data": ("1 MB", 1 << 20)}


def steps_text(request: PeriodRequest, quote: PeriodQuote, decimals: int) -> Iterator[Text]:
    """The sentence of each step, in order; amounts in the currency's unit."""
    for step in quote.trace:
        yield STEPS[step.kind](**_fields(step, request.charge.kind, decimals))


def _fields(step: Step, kind: str, decimals: int) -> dict[str, object]:
    fields: dict[str, object] = {}
    for name, value in step.data.items():
        text = str(value)
        if name in UNIT_FIELDS and (step.kind, name) != ("event_fee", "free"):
            fields[name] = _counted(int(text), UNITS[kind])
        elif name == "price" and step.kind == "step":
            per, size = PRICED[kind]
            fields |= {"price": exact_text(Fraction(text) * size), "per": per}
        elif name in MINOR_FIELDS and step.kind != "flat":
            fields[name] = exact_text(Fraction(text) / 10**decimals)
        elif name in ("price", "amount", "percent"):
            fields[name] = exact_text(Fraction(text))
        elif name == "rounding":
            fields[name] = TERMS[text]
        elif name == "part":
            fields[name] = CODES["prorated"][text]
        else:
            fields[name] = text
    return fields


def _counted(count: int, unit: Unit) -> Text:
    """A count of units in the unit that people read."""
    whole, rest = divmod(count, unit.size)
    digits = f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)
    return composed("{} {}", digits, unit.one if (whole, rest) == (1, 0) else unit.many)
