"""Figures of a run in force, by the keys of a claim."""

from collections.abc import Iterator

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError
from doisoat.messages.text import message, message_in
from doisoat.settlement.reconcile.lines.located_lines import placed
from doisoat.settlement.records import alternative_frame as delta
from doisoat.settlement.records.claim_model import ITEMS
from doisoat.settlement.rerating.adjustment_worlds import inputs_of
from doisoat.settlement.runs.runs import RunFiles, current_runs, run_in_force
from doisoat.settlement.runs.usage_months import read


def run_of(home: Home, period: str) -> RunFiles:
    """The run in force of a period. PeriodError if there is none; StoreError if it is damaged."""
    run = run_in_force(home, period)
    if run is None:
        listed = ", ".join(sorted(current_runs(home)))
        raise PeriodError(
            message(
                "{period} is not settled, so there is nothing to hold a claim against",
                period=period,
            ),
            str(home.path),
            message(
                "settle it first: doisoat settle --period {period} (settled: {listed})",
                period=period,
                listed=listed or message_in("periods", "none"),
            ),
        )
    return run


def cells(run: RunFiles, carrier: str) -> pl.DataFrame:
    """A carrier's relief in a run: delta.CELL, by measure, nature, day and home province."""
    of_carrier = pl.col("carrier").cast(pl.String) == carrier
    return delta.cells(read(run.path / "relief_total.parquet").filter(of_carrier))


def lines(home: Home, run: RunFiles, carrier: str) -> Iterator[pl.DataFrame]:
    """A carrier's relief lines in a run, with the provinces of their subscriptions, in pieces."""
    of_carrier = pl.col("carrier").cast(pl.String) == carrier
    yield from placed(home, inputs_of(home, run), of_carrier)


def statement(run: RunFiles, carrier: str) -> pl.DataFrame:
    """A carrier's statement in a run: delta.CELL, a row an item of ITEMS, its value in `amount`.

    A value of 0 has its row; a carrier without a statement has none.
    """
    rows = read(run.path / "statement.parquet").filter(pl.col("carrier") == carrier)
    item_rows = [(carrier, item, "", "", None, "", 0, 0, row[item]) for row in rows.to_dicts()
            for item in ITEMS]  # fmt: skip
    return pl.DataFrame(item_rows, delta.CELL, orient="row")
