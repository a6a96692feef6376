"""Writes the form of a claim, empty or filled: a workbook, delimited text, or a JSON document.

A form for people says names beside codes; natures, units and the grain are told in words alone,
which are read back as well. A document for programs has codes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from doisoat.currency import CURRENCY, unit_number, unit_text
from doisoat.engine.store import commit
from doisoat.engine.tables.csv_writer import Style, csv_text
from doisoat.settlement.claims.empty_form import Blank
from doisoat.settlement.claims.form import HEADS
from doisoat.settlement.claims.template_book import write_book
from doisoat.settlement.claims.template_rows import (
    SHOWN,
    amounts_of,
    heads_of,
    is_amount,
    preamble_of,
    rows_in_words,
    totals_in_words,
)
from doisoat.settlement.records.claim_model import VALUES

FORMS: Final = ("xlsx", "csv", "json")


def write_template(path: Path, blank: Blank, form: str, style: Style = "machine") -> None:
    """Write a form of FORMS; the same form is the same bytes. style: of CSV."""
    if form == "xlsx":
        write_book(path, blank)
    else:
        text = csv_text(_csv_rows(blank), style) if form == "csv" else _as_json(blank)
        path.write_text(text, "utf-8")


def _csv_rows(blank: Blank) -> Iterator[list[Any]]:
    for label, value in preamble_of(blank):
        yield [label, value]
    heads = heads_of(blank)
    yield [HEADS[name] for name in heads]
    for row in [*rows_in_words(blank), *totals_in_words(blank)]:
        yield [_cell(name, row) for name in heads]


def _cell(name: str, row: Mapping[str, Any]) -> Any:
    value = row.get(name, "")
    return unit_number(value) if is_amount(name, row) else value


def _as_json(blank: Blank) -> str:
    figures = dict.fromkeys(VALUES[blank.declared.grain], "")
    rows = [
        {**row, **{name: str(_cell(name, row)) for name in figures}}
        for row in ({key: row[key] for key in row if key not in SHOWN} for row in blank.rows)
    ]
    sums = amounts_of(blank) if blank.run else {}
    totals = [
        {"nature": nature, "amount": unit_text(sums[nature]) if nature in sums else ""}
        for nature in blank.natures
    ]
    whole: dict[str, Any] = {
        **blank.declared._asdict(),
        "currency": CURRENCY.form.code,
        "rows": rows,
    }
    return commit.json_text({**whole, **({"totals": totals} if totals else {})})
