"""The words of the form: what stands before the table, its heads, its items, units and totals."""

from functools import partial
from typing import Final

from doisoat.currency import CURRENCY
from doisoat.engine.tables.form import Column, FileForm, Form, Kind, folded, named
from doisoat.messages.text import Words, message, message_in, template
from doisoat.settlement.records.claim_model import KEYS, VALUES, Grain
from doisoat.settlement.report.report_text import NATURES

PREAMBLE: Final = {
    "carrier": message("Carrier"),
    "period": message("Period"),
    "grain": message("Grain"),
    "currency": message("Currency"),
}
CARRIER_NAME: Final = "carrier_name"  # may stand in the preamble: what the carrier is called
NAME_OF_CARRIER: Final = message("Carrier's name")
HEADS: Final = Words({
    "carrier": message("Carrier"),
    "item": message("Item"),
    "event_id": message("Event"),
    "owner_id": message("Owner"),
    "start_at": message("Start"),
    "measure": message("Measure"),
    "nature": message("Nature"),
    "day": message("Day"),
    "home_province": message("Home province"),
    "title": message("Title"),
    "place": message("Province name"),
    "unit": message("Unit"),
    "events": message("Events"),
    "units": message("Units"),
    "shown": message("Quantity for reading"),
    "shown_unit": message("Unit for reading"),
    "amount": template("Amount ({currency_own_name})"),
})  # fmt: skip
GRAIN_WORDS: Final = {
    "statement": message("Statement"),
    "measure": message("Measure"),
    "day": message("Day"),
    "province": message("Province"),
    "lines": message("Lines"),
}
ITEM_WORDS: Final = Words(
    {
        "events": message_in("form", "Events"),
        "rated": message("Rated"),
        "suspended": message("In suspense"),
        "list_value": template("List value, incl. {tax_name}"),
        "discount": template("Discount, incl. {tax_name}"),
        "payable": template("Payable, incl. {tax_name}"),
        "discount_vat": template("{Tax_name} inside the discount"),
        "in_kind": message("In kind"),
        "contribution": message("Contribution"),
        "forbearances": message("Forbearances"),
        "refund": message("Refunds due"),
        "relief": message("Relief that counts against the programme"),
        "recognised": message("Recognised"),
        "own_account": message("On own account"),
    }
)
MIXED: Final = "mixed"  # the unit of what is counted in several
# Of units: what a measure's are counted in, as rated.relief_total counts them.
UNIT_WORDS: Final = {
    "ms": message("milliseconds"),
    "byte": message("bytes"),
    "message": message_in("form", "messages"),
    "event": message_in("form", "events"),
    MIXED: message("of several kinds"),
}


def currencies() -> tuple[str, ...]:
    """How a claim may say that its amounts are in the currency in use."""
    form = CURRENCY.form
    return tuple(map(folded, (form.code, form.name, form.sign, form.name_en)))


TOTALS: Final = ("cộng", "tổng", "tổng cộng", "total", message("total"))
TOTAL: Final = message("Total")
UNKNOWN_PROVINCE: Final = ("unknown", "không rõ", message("unknown"))
FILL_IN: Final = message("fill in what `doisoat claim template` writes")

NOT_BELOW: Final = message("relief is not below 0: mend it, or explain it when it is reconciled")
ONE_CARRIER: Final = message("one carrier's rows a file")
THIS_MONTH: Final = message("leave out what is of another month")


NAMED_GRAINS: Final = named(GRAIN_WORDS)
NAMED_NATURES: Final = named(NATURES)
NAMED_UNITS: Final = named(UNIT_WORDS)


def item_of(text: str) -> str:
    """The item of a statement that a text names; "" for none."""
    return named(ITEM_WORDS).get(folded(text), "")


def unit_name(unit: str) -> str:
    """A unit in both languages, once where they have the same word."""
    name = UNIT_WORDS[unit]
    return name.vi if name.vi == name.en else name


def columns_of(grain: Grain) -> tuple[str, ...]:
    """The columns that a claim of a grain has, in the order of the form."""
    unit = ("unit",) if "units" in VALUES[grain] and grain != "lines" else ()
    return (*KEYS[grain], *unit, *VALUES[grain])


# Columns that may stand beside them: whose row it is, which is compared, and what codes are called,
# which is not: it is for people.
# The quantity for reading is held to the exact one.
OPTIONAL_COLUMNS: Final = ("carrier", "title", "place", "shown", "shown_unit")
KINDS: Final[dict[str, Kind]] = {
    "event_id": "id", "owner_id": "id", "day": "day",
    "events": "figure", "units": "figure", "amount": "amount",
}  # fmt: skip
COLUMNS: Final = {
    name: Column(
        name,
        partial(HEADS.__getitem__, name),
        KINDS.get(name, "text"),
        name not in OPTIONAL_COLUMNS,
    )
    for name in HEADS
}
FORM: Final = Form(tuple(COLUMNS.values()), FILL_IN, {**PREAMBLE, CARRIER_NAME: NAME_OF_CARRIER})
SHEET: Final = message_in("sheet", "Claim").vi
HOW: Final = message_in(
    "sheet", "Guide"
).vi  # the sheet that says how to fill; nothing is read from it
FILE: Final = FileForm(
    SHEET, HOW, message("give the claim's sheet alone; give lines as CSV or Parquet")
)


def table_columns(grain: Grain) -> tuple[Column, ...]:
    """The columns that a table of a grain may have."""
    return tuple(COLUMNS[name] for name in (*columns_of(grain), *OPTIONAL_COLUMNS))
