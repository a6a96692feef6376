"""What the entries of a carrier's month are made of: a run's own sums, without rating it again."""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

import polars as pl

from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store.home import Home, every_part
from doisoat.settlement.figures.merge import sum_by, total_of
from doisoat.settlement.runs.runs import RunFiles, file_of, tax_rate_of
from doisoat.settlement.tie_out.home_figures import kinds_of

# Of a statement, what its entries come to.
OF_ENTRIES = ("list_value", "discount", "discount_vat", "refund", "contribution")


class MonthSums(NamedTuple):
    """A carrier's month in one run."""

    period: str
    run: str
    list_value: Mapping[str, int]  # by kind
    refund_due: Mapping[str, int]  # by kind; '' of events whose usage the home no longer has
    lines: pl.DataFrame  # of the statement: measure, nature, amount, vat
    statement: Mapping[str, int]  # OF_ENTRIES
    tax_rate: Fraction  # of the run


def sums_of(home: Home, run: RunFiles, carrier: str) -> MonthSums:
    """The sums of a carrier in a run; all 0 if the run has nothing of it."""
    of_carrier = pl.col("carrier").cast(pl.String) == carrier

    def table(name: str) -> pl.DataFrame:
        rows = pl.read_parquet(file_of(run, f"{name}.parquet"), glob=False, hive_partitioning=False)
        return rows.filter(of_carrier)

    totals, statement = table("total"), table("statement")
    refunds = table("refund").select(*IDS, "refund")
    kinds = kinds_of(refunds, every_part(home, "usage"))
    named = refunds.join(kinds, on=IDS, how="left").with_columns(pl.col("kind").fill_null(""))
    return MonthSums(
        run.period,
        run.run,
        _by_kind(totals.with_columns(pl.col("kind").cast(pl.String)), "list_value"),
        _by_kind(named, "refund"),
        table("statement_line"),
        {name: total_of(statement, name) for name in OF_ENTRIES},
        tax_rate_of(run),
    )


def _by_kind(rows: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(sum_by(rows, ("kind",), (column,)).iter_rows())
