"""Forgone revenue of a settled month: payable without the package, less payable with it.

Balances evolve each in their own world (docs/semantics.md, 2), from the first month with usage on,
so it is a comparison of two runs and no sum of discounts. The world with the package is rated
beside the one without, and held to what the month's run published; what was found is an entry of
the log, so papers may say it for as long as the log lasts.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.currency import unit_text
from doisoat.engine.intake.master.master_tables import table_digests
from doisoat.engine.intake.records.conflict import chosen_digest, conflict_digest, copies_in
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, open_home, read_parts
from doisoat.errors import PeriodError
from doisoat.messages.text import message, message_in
from doisoat.settlement.figures import run_id
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.figures.period import Period
from doisoat.settlement.log import journal
from doisoat.settlement.rerating.evaluation import Outcome, World, evaluate, gather_ground
from doisoat.settlement.rerating.owner_replay import chain_of
from doisoat.settlement.rerating.rerate_month import settled_run
from doisoat.settlement.runs.derived_results import FORGONE, entry_of, tell
from doisoat.settlement.runs.runs import RunFiles, file_of, tariffs_of
from doisoat.settlement.runs.usage_months import sources_of
from doisoat.tariffs.load.tariffs import load_package

NO_PACKAGE = "none"
MEND = message("settle what changed again (doisoat settle --all), then say this again")
Progress = Callable[[int], None]


class Forgone(NamedTuple):
    """Payables of a run, and without its package, by carrier of its statements; whole đồng."""

    period: str
    run: str
    payable: Mapping[str, int]
    without: Mapping[str, int]
    entry: int
    already: bool  # the log told of it before: nothing was written

    def of(self, carrier: str) -> int:
        return self.without[carrier] - self.payable[carrier]

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "period": self.period,
            "run": self.run,
            "entry": self.entry,
            "already": self.already,
            "carriers": {
                name: {
                    "payable_without": unit_text(self.without[name]),
                    "payable": unit_text(amount),
                    "forgone_revenue": unit_text(self.of(name)),
                }
                for name, amount in self.payable.items()
            },
            "forgone_revenue": unit_text(sum(self.without.values()) - sum(self.payable.values())),
        }


def work_out(
    path: Path,
    period: str,
    why: str = "",
    *,
    threads: int = 2,
    progress: Progress = lambda steps: None,
) -> Forgone:
    """Work out what the run in force of a period forgoes, and tell the log.

    Args: progress: told of each bucket.
    Raises: PeriodError if it is not settled, or the home no longer holds the usage that its run was
        made of; ConservationError if a sum disagrees.
    """
    month = Period.of(period)
    open_home(path)
    with journal.writer(path, FORGONE) as home, commit.disk_errors(path):
        run = settled_run(home, month)
        payable = _payables(run)
        known = entry_of(home, FORGONE, run.run)
        if known is not None:
            return Forgone(month.name, run.run, payable, _amounts_of(known), known["entry"], True)
        _check_inputs(home, run)
        catalogue, package = tariffs_of(run)
        ground = gather_ground(path, catalogue, month.name, run.manifest["inputs"]["carrier"])
        worlds = (World(catalogue, package), World(catalogue, load_package(NO_PACKAGE)))
        with_it, without = evaluate(ground, worlds, threads=threads, progress=progress)
        _check_run(run, payable, with_it)
        without_package = _by_carrier(without, payable)
        texts = {name: str(amount) for name, amount in without_package.items()}
        entry = tell(home, FORGONE, run, why, without=texts)
        return Forgone(month.name, run.run, payable, without_package, entry, False)


def payable_without(home: Home, run: str, size: int) -> Mapping[str, int] | None:
    """What each carrier's payable would have been without the package, by the log's first `size`
    entries; None where they do not say it."""
    entry = entry_of(home, FORGONE, run, size)
    return None if entry is None else _amounts_of(entry)


def _amounts_of(entry: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(amount) for name, amount in entry["without"].items()}


def _payables(run: RunFiles) -> dict[str, int]:
    path = file_of(run, "statement.parquet")
    frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
    return dict(frame.select("carrier", "payable").sort("carrier").iter_rows())


def _by_carrier(outcome: Outcome, of: Mapping[str, int]) -> dict[str, int]:
    sums: dict[str, int] = dict(sum_by(outcome.totals, ["carrier"], ["payable"]).iter_rows())
    return {name: sums.get(name, 0) for name in of}


def _check_inputs(home: Home, run: RunFiles) -> None:
    """The home holds what the run, and those that its balances come from, were made of."""
    usage, master = read_parts(home, "usage"), read_parts(home, "master")
    copies, tables = copies_in(home, usage), table_digests(master)
    for chain_run in chain_of(home, run):
        month, inputs = Period.of(chain_run.period), chain_run.manifest["inputs"]
        sources = [source for part in usage for source in sources_of(part, month)]
        now = {
            "sources": sorted(sources, key=run_id.canonical_json),
            "conflicts": conflict_digest(copies, month.begin_ms, month.end_ms),
            "chosen": chosen_digest(copies, month.begin_ms, month.end_ms),
            "master": tables,
        }
        differing = [name for name, value in now.items() if inputs.get(name) != value]
        if differing:
            raise PeriodError(
                message(
                    "of {period} the home holds other usage or master data now than run"
                    " {run} was made of ({differing})",
                    period=chain_run.period,
                    run=chain_run.run,
                    differing=", ".join(differing),
                ),
                str(chain_run.path),
                MEND,
            )


def _check_run(run: RunFiles, payable: Mapping[str, int], with_it: Outcome) -> None:
    """The world with the package is the run, or the one without it is another month's."""
    computed = _by_carrier(with_it, payable)
    differing = [name for name in payable if payable[name] != computed[name]]
    if differing or with_it.total("payable") != sum(payable.values()):
        raise PeriodError(
            message(
                "of {period} the home holds other usage now than run {run} was made of,"
                " or an earlier month was settled otherwise: payables differ"
                " ({differing})",
                period=run.period,
                run=run.run,
                differing=", ".join(differing) or message_in("forgone", "in all"),
            ),
            str(run.path),
            MEND,
        )
