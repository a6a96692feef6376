"""The job over an evidence pack: one carrier's August 2021, every relief line, total and refund.

`rate-pack`: DuckDB runs the very files of settlement/packs/sql that open the pack's check.sql;
doisoat rates the same carrier's month in the home that the pack was made of, as settle does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import polars as pl

from doisoat.benchmarks.answers import Answer, Content, first_of, rows_that_differ
from doisoat.benchmarks.task import FULL_GRAIN, RELIEF_KEYS
from doisoat.engine.store.home import Home, open_home
from doisoat.settlement.figures.period import Period
from doisoat.settlement.packs.build import make_pack
from doisoat.settlement.papers.paper_folder import issue_of
from doisoat.settlement.runs.runs import run_files

MONTH = "2021-08"


@dataclass(frozen=True)
class PackJob:
    """Every line, total and refund of a carrier's month, out of its pack and out of its home."""

    name: str
    sides: ClassVar = ("doisoat", "duckdb")
    streams: ClassVar[tuple[str, ...]] = ()

    def prepare(self, home: Path, folder: Path, carrier: str | None) -> tuple[str, int]:
        """Makes the pack in `folder`. Returns: what is done, and over how many events.

        Args: carrier: None: whoever has the most events.
        Raises: PeriodError if the month is not settled; whatever else `doisoat pack` refuses.
        """
        opened = open_home(home)
        whose = carrier or _of_most_events(opened)
        packed = make_pack(opened, whose, Period.of(MONTH), _pack_in(folder), tar=False)
        events = packed.rows["tables/event.parquet"]
        return f"{whose}'s {MONTH}, {events:,} events, every line, total and refund", events

    def ready(self, side: str, home: Path, folder: Path) -> Callable[[], Answer]:
        """A side's run, up to its clock. Imported here: a process loads only its own."""
        if side == "doisoat":
            from doisoat.benchmarks.pack_doisoat import ready

            return ready(home, _pack_in(folder))
        from doisoat.benchmarks.pack_duckdb import ready as ready_duckdb

        return ready_duckdb(_pack_in(folder))

    def summary(self, content: Content) -> str:
        lines = sum(row[len(RELIEF_KEYS)] for row in content["lines"])
        return (
            f"{lines} lines, {len(content['totals'])} totals, {len(content['relief'])} of relief,"
            f" {content['refunds'][0][1]} refunds"
        )

    def differences(self, our_content: Content, peer_content: Content) -> list[str]:
        """What differs between two answers, in every integer; empty if nothing does."""
        keys = len(FULL_GRAIN)
        widths = {"lines": len(RELIEF_KEYS), "refunds": 1, "totals": keys}

        def lines() -> Iterator[str]:
            for name, width in {**widths, "relief": keys + len(RELIEF_KEYS)}.items():
                yield from rows_that_differ(name, width, our_content[name], peer_content[name])

        return first_of(lines())


def _pack_in(folder: Path) -> Path:
    return folder / "pack"


def _of_most_events(home: Home) -> str:
    run, _ = issue_of(home, MONTH)
    path = run_files(home, run, superseded=False).path / "statement.parquet"
    statements = pl.read_parquet(path, glob=False, hive_partitioning=False)
    return str(statements.sort("rated", "carrier", descending=[True, False])["carrier"][0])
