"""Writes the empty form of a claim: a workbook, delimited text, or a JSON document.

A form for people says names beside codes; natures, units and the grain are told in words alone,
which are read back as well. A document for programs has codes.
"""

import csv
import io
from pathlib import Path
from typing import Any, Final

from doisoat.engine.store import commit
from doisoat.settlement.claims.empty_form import Blank
from doisoat.settlement.claims.form import HEADS
from doisoat.settlement.claims.template_book import write_book
from doisoat.settlement.claims.template_rows import (
    heads_of,
    preamble_of,
    rows_in_words,
    totals_in_words,
)
from doisoat.settlement.records.claim_model import CURRENCY, VALUES

FORMS: Final = ("xlsx", "csv", "json")


def write_template(path: Path, blank: Blank, form: str) -> None:
    """Write a form of FORMS; the same form is the same bytes."""
    if form == "xlsx":
        write_book(path, blank)
    else:
        text = _as_csv(blank) if form == "csv" else _as_json(blank)
        path.write_text(text, "utf-8")


def _as_csv(blank: Blank) -> str:
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\n").writerow
    for label, value in preamble_of(blank):
        write([label, value])
    heads = heads_of(blank)
    write([HEADS[name] for name in heads])
    for row in [*rows_in_words(blank), *totals_in_words(blank)]:
        write([row.get(name, "") for name in heads])
    return "\ufeff" + out.getvalue()


def _as_json(blank: Blank) -> str:
    figures = dict.fromkeys(VALUES[blank.declared.grain], "")
    rows = [{**row, **figures} for row in blank.rows]
    totals = [{"nature": nature, "amount": ""} for nature in blank.natures]
    whole: dict[str, Any] = {**blank.declared._asdict(), "currency": CURRENCY, "rows": rows}
    return commit.json_text({**whole, **({"totals": totals} if totals else {})})
