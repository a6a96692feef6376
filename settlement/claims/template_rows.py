"""The rows of a form as people read them, what stands above them, and heads. No I/O."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from doisoat.currency import CURRENCY
from doisoat.settlement.claims.empty_form import Blank
from doisoat.settlement.claims.form import (
    GRAIN_WORDS,
    NAME_OF_CARRIER,
    PREAMBLE,
    TOTAL,
    UNIT_WORDS,
    columns_of,
)
from doisoat.settlement.records.claim_model import COUNTED_ITEMS, KEYS
from doisoat.settlement.report.report_text import NATURES

# What a code is called stands right behind it, and nobody reads it back.
BEHIND: Final = {"item": "title", "measure": "title", "home_province": "place"}
SHOWN: Final = ("shown", "shown_unit")  # behind the exact quantity of a filled form


def heads_of(blank: Blank) -> tuple[str, ...]:
    """The columns of a form: keys, each with what it is called, unit, figures."""
    grain = blank.declared.grain
    called = {name for row in blank.rows for name in row}
    heads: list[str] = []
    for name in columns_of(grain):
        heads.append(name)
        if name in KEYS[grain] and BEHIND.get(name) in called:
            heads.append(BEHIND[name])
        if name == "units" and "shown" in called:
            heads += SHOWN
    return tuple(heads)


def preamble_of(blank: Blank) -> list[tuple[str, str]]:
    """Labels and values of what a form declares."""
    declared = blank.declared
    values = {
        "carrier": declared.carrier,
        "period": declared.period,
        "grain": GRAIN_WORDS[declared.grain],
        "currency": CURRENCY.form.code,
    }
    rows: list[tuple[str, str]] = [(PREAMBLE[name], value) for name, value in values.items()]
    rows.insert(1, (NAME_OF_CARRIER, blank.carrier_name))
    return rows


def rows_in_words(blank: Blank) -> list[dict[str, Any]]:
    """The rows, with natures and units in words."""
    return [_in_words(row) for row in blank.rows]


def totals_in_words(blank: Blank) -> list[dict[str, Any]]:
    """The rows of totals: what is in the first column, the nature, and the sum if filled."""
    first = KEYS[blank.declared.grain][0]
    totals = [_in_words({first: TOTAL, "nature": nature}) for nature in blank.natures]
    if not blank.run:
        return totals
    sums = amounts_of(blank)
    return [
        {**total, "amount": sums[nature]}
        for total, nature in zip(totals, blank.natures, strict=True)
    ]


def is_amount(name: str, row: Mapping[str, Any]) -> bool:
    """Is the cell of a column a filled amount, and no count?"""
    return (
        name == "amount" and isinstance(row.get(name), int) and row.get("item") not in COUNTED_ITEMS
    )


def amounts_of(blank: Blank) -> Counter[str]:
    """The amounts of a filled form by nature; a statement, whose items do not add up, has none."""
    sums = Counter[str]()
    for row in blank.rows:
        if "nature" in row:
            sums[row["nature"]] += row["amount"]
    return sums


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    words = {"nature": NATURES, "unit": UNIT_WORDS}
    return {name: words[name][value] if name in words else value for name, value in row.items()}
