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
    units = sample.drawn(sample.units()).unique(KEY, maintain_order=True).sort(KEY)
    writer.writerows([*row, ""] for row in units.select(SHOWN).iter_rows())
    return "\ufeff" + out.getvalue()


def read_form(path: Path, sample: Sample, drawn: pl.DataFrame) -> pl.DataFrame:
    """KEY and `audited`, or event_id and `result`.

    Args: drawn: DRAWN of the sample.
    Raises: IntakeError for what is not of the form, or where it shows a unit otherwise than it was
        drawn: whoever filled it in may have looked at another amount.
    """
    told = column_of(sample)
    required = ("event_id", told) if told == RESULT else (*KEY, told)
    given = read_columns(path, required, [name for name in SHOWN if name not in required])
    _refuse_changed(given, drawn, path)
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


def _refuse_changed(given: pl.DataFrame, drawn: pl.DataFrame, path: Path) -> None:
    keys = [name for name in KEY if name in given.columns]
    beside = [name for name in SHOWN if name in given.columns and name not in keys]
    was = drawn.select(*keys, pl.col(beside).cast(pl.String).fill_null("")).unique(keys)
    rows = given.with_row_index("row", offset=1).with_columns(
        pl.col(keys[0]).str.to_lowercase(), pl.col(beside).cast(pl.String).fill_null("")
    )
    both = rows.join(was, on=keys, how="inner", suffix="_drawn", maintain_order="left")
    for name in beside:
        odd = both.filter(pl.col(name) != pl.col(f"{name}_drawn"))
        if odd.height:
            raise IntakeError(
                f"row {odd['row'][0]}: {name} is not what was drawn (and {odd.height - 1} more)",
                str(path), "fill in what doisoat sample draw --csv writes, and change nothing else",
            )  # fmt: skip
