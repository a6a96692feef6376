"""What became of each suspended record, for relief.duckdb: state, who said so, why and when; and
which copies of contradicted events are events."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.intake.records.events import EVENT
from doisoat.engine.intake.records.suspense_reasons import Reason
from doisoat.engine.intake.suspense.suspense_register import read_register
from doisoat.engine.store.home import Home, Part

SCHEMA = pl.Schema(
    {"part": pl.String(), "source": pl.Int32(), "row": pl.Int64(), "state": pl.String(),
     "recycled_in": pl.String(), "who": pl.String(), "why": pl.String(), "at": pl.String()}
)  # fmt: skip


PLACE = ["part", "source", "row"]


class Decided(NamedTuple):
    """states: SCHEMA, a row a record that is not merely open. at: an ISO time with its offset.
    stored: PLACE and the event of records taken as events before others contradicted them.
    aside: PLACE of those that a chosen copy took the place of; chosen: PLACE of such copies."""

    states: pl.DataFrame
    stored: pl.DataFrame
    aside: pl.DataFrame
    chosen: pl.DataFrame


def decided_in(home: Home, usage: Sequence[Part], master: Sequence[Part]) -> Decided:
    """What was decided of suspended records so far.

    Args: usage, master: the parts that count, as they are shown; merged since, perhaps.
    Raises: StoreError if the decisions are not whole.
    """
    register = read_register(home, usage, master)
    numbers = {decision.number: decision.authorship for decision in register.decisions}
    rows = []
    records = register.records.filter(pl.col("state") != "open")
    columns = ("part", "source", "row", "state", "recycled_in", "decision", "who", "why", "at")
    for part, source, row, state, recycled_in, number, *recycling in records.select(
        columns
    ).iter_rows():
        decided = numbers[number] if recycled_in is None else recycling
        rows.append((part, source, row, state, recycled_in, *decided))
    copies = register.copies
    is_new = ~pl.col("is_stored")
    return Decided(
        pl.DataFrame(rows, SCHEMA, orient="row"),
        copies.filter("is_stored").select(*PLACE, *EVENT, reason=pl.lit(Reason.CONFLICTING.value)),
        register.records.filter(pl.col("state") == "set_aside").select(PLACE),
        copies.filter(pl.col("is_chosen") & is_new).select(PLACE),
    )
