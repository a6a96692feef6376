"""The form of a drawn sample: what an auditor fills in, and reading it strictly."""

import csv
import io
from pathlib import Path

import polars as pl

from doisoat.errors import IntakeError
from doisoat.settlement.sampling.stored import Sample
from doisoat.settlement.sampling.units import KEY, read_amounts, read_columns

SHOWN = ("event_id", "measure", "nature", "carrier", "day", "home_province", "amount", "record")
AUDITED, RESULT = "audited", "result"


def column_of(sample: Sample) -> str:
    """What is told of each unit: `audited`, the đồng that are right of it; of records `result`."""
    return RESULT if sample.manifest["source"]["kind"] == "usage" else AUDITED


def as_form(sample: Sample) -> str:
    """A row each unit that was drawn, once, with what is to be told left empty.

    With a byte order mark, so that spreadsheets read it as UTF-8.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*SHOWN, column_of(sample)])
    units = sample.drawn().unique(KEY, maintain_order=True).sort(KEY)
    writer.writerows([*row, ""] for row in units.select(SHOWN).iter_rows())
    return "\ufeff" + out.getvalue()


def read_form(path: Path, sample: Sample) -> pl.DataFrame:
    """KEY and `audited`, or event_id and `result`. IntakeError for what is not of the form."""
    told = column_of(sample)
    required = ("event_id", told) if told == RESULT else (*KEY, told)
    given = read_columns(path, required, [name for name in SHOWN if name not in required])
    if told == AUDITED:
        return given.select(*KEY, read_amounts(given, AUDITED, path))
    known = sample.design.results
    odd = given.with_row_index("row", offset=1).filter(
        ~pl.col(RESULT).is_in(list(known)).fill_null(False)
    )
    if odd.height:
        raise IntakeError(
            f"row {odd['row'][0]}: result {odd[RESULT][0]!r} (and {odd.height - 1} more)",
            str(path),
            f"give one of {', '.join(known)}",
        )  # fmt: skip
    return given.select("event_id", RESULT)
