"""What became of each suspended record, for relief.duckdb: state, who said so, why and when."""

import polars as pl

from doisoat.engine.home import Home
from doisoat.engine.intake.register import read_register

SCHEMA = pl.Schema(
    {"part": pl.String(), "source": pl.Int32(), "row": pl.Int64(), "state": pl.String(),
     "recycled_in": pl.String(), "who": pl.String(), "why": pl.String(), "at": pl.String()}
)  # fmt: skip


def suspense_states(home: Home) -> pl.DataFrame:
    """SCHEMA: a row a record that is not merely open. at: an ISO time with its offset.

    Raises: StoreError if the decisions are not whole.
    """
    register = read_register(home)
    decided = {decision.number: decision.told for decision in register.decisions}
    rows = []
    records = register.records.filter(pl.col("state") != "open")
    columns = ("part", "source", "row", "state", "recycled_in", "decision", "who", "why", "at")
    for part, source, row, state, recycled_in, number, *told in records.select(columns).iter_rows():
        said = decided[number] if recycled_in is None else told
        rows.append((part, source, row, state, recycled_in, *said))
    return pl.DataFrame(rows, SCHEMA, orient="row")
