"""The job over a pack by DuckDB: what the pack's check.sql begins with, in one connection."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from doisoat.benchmarks.doisoat_job import timed
from doisoat.benchmarks.pack_task import EVENT, DerivedRows, PackAnswer
from doisoat.benchmarks.task import RELIEF_SUMS, SUMS, THREADS
from doisoat.errors import StoreError
from doisoat.settlement.figures.period import Period
from doisoat.settlement.packs.build import working_sql
from doisoat.tariffs.load.jurisdiction import tax_rates_stored

# The order of rows is no part of the answer, so DuckDB is spared it; check.sql leaves it be.
SETTINGS: dict[str, Any] = {"threads": THREADS, "preserve_insertion_order": False}


def ready(pack: Path) -> Callable[[], PackAnswer]:
    """Raises: StoreError if the pack's check.sql does not begin with the files that are run."""
    about = json.loads((pack / "manifest.json").read_text("utf-8"))
    rates = tax_rates_stored(json.loads((pack / "run/catalogue.json").read_text("utf-8")))
    files = working_sql(rates, Period.of(about["period"]).begin)
    if not (pack / "check.sql").read_text("utf-8").startswith("\n".join(text for _, text in files)):
        raise StoreError(
            "check.sql is another doisoat's", str(pack), "make the pack again: doisoat pack"
        )
    return partial(run, pack, files)


def run(pack: Path, files: list[tuple[str, str]]) -> PackAnswer:
    """From the files to the lines, which lie in temporary tables. Stages: seconds of each file."""
    stages: dict[str, float] = {}
    con = duckdb.connect(config={**SETTINGS, "temp_directory": str(pack.with_name("spill"))})
    con.execute("SET enable_progress_bar = false")  # It would write among what is printed.
    con.execute("SET file_search_path = ?", [str(pack)])  # As where it lies in the shell.
    for name, text in files:
        stages.setdefault(name, 0.0)
        timed(stages, name, partial(con.execute, text))
    return PackAnswer(partial(taken, con), stages)


def taken(con: duckdb.DuckDBPyConnection) -> DerivedRows:
    """The tables that were worked out, as frames; nothing is left of the connection."""
    carrier = con.execute("SELECT carrier FROM told").fetchall()[0][0]

    def frame(table: str) -> pl.DataFrame:
        return pl.DataFrame(con.table(table)).with_columns(carrier=pl.lit(carrier))

    def by_event(table: str) -> pl.DataFrame:
        digits = pl.col("event_id").str.replace_all("-", "", literal=True)
        halves = {
            name: digits.str.slice(16 * place, 16).str.to_integer(base=16, dtype=pl.UInt64)
            for place, name in enumerate(EVENT)
        }
        return frame(table).with_columns(**halves)

    def by_key(table: str, sums: tuple[str, ...]) -> pl.DataFrame:
        day = pl.col("day").cast(pl.Int32).cast(pl.Int64)
        return frame(table).with_columns(day, pl.col(sums).cast(pl.Int64))

    worked = DerivedRows(
        lines=by_event("line_of_event"),
        totals=by_key("found_total", SUMS),
        relief=by_key("found_relief_total", RELIEF_SUMS),
        refunds=by_event("found_refund"),
    )
    con.close()
    return worked
