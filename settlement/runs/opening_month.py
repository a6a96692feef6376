"""The opening state of a period: last month's closing state, or what carriers state for then."""

from typing import Any

import polars as pl

from doisoat.settlement.figures.period import Period
from doisoat.settlement.runs.runs import RunFiles, file_of


def opening_state(
    opening: RunFiles | None,
    program: Any,
    subscriptions: pl.DataFrame,
    packs: pl.DataFrame,
    balances: pl.DataFrame,
    period: Period,
) -> pl.DataFrame:
    """Schema engine.rating.opening_state.CLOSING.

    Args: opening: the run of the month before, None without one; packs, balances: the rows of
        master data that stand, of which those of the period's beginning count.
    Raises: StoreError if the closing state is not what was published.
    """
    from doisoat.engine.rating.opening_state import CLOSING, as_state, at_carriers, sellers_of
    from doisoat.engine.rating.stated_balances import opening_rows

    if opening is not None:
        path = file_of(opening, "closing.parquet")
        state = pl.read_parquet(path, glob=False, hive_partitioning=False)
        if "carrier" in state.columns:
            return state
        # An earlier doisoat's: a closing state did not tell at whose an owner has what it has.
        closing = state.with_columns(carrier=pl.lit("")).select(CLOSING.names())
        return at_carriers(closing, subscriptions, sellers_of(program), "")
    stated = balances.filter(pl.col("as_of_ms") == period.begin_ms)
    if packs.is_empty() and stated.is_empty():
        return pl.DataFrame(schema=CLOSING)
    return as_state(program, opening_rows(program, packs, stated, subscriptions))
