"""Reconciliations as a home stores them, and the state of each variance by the log."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.store.home import RECONCILIATIONS, Home
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import folders_in
from doisoat.settlement.records.variance import Variance, variance_of
from doisoat.settlement.records.variance_states import State

FLOOR = RECONCILIATIONS
RECONCILE = "reconcile"  # of the log
VARIANCE = "variance"  # of the log: variances moved on
CARRIED = "carried"  # of a reconciliation's entry: the forerunner of a variance, by its id
SUPERSEDED = "superseded"  # of such an entry: by what, by the id of a variance that is none now
LINES_FILE = "line.parquet"


class Standing(NamedTuple):
    """How a variance stands: by the last entry of the log that moved it on."""

    state: State
    since: str  # UTC; '' while it is open
    deadline: str  # YYYY-MM-DD; '' where none runs
    why: str


OPEN = Standing("open", "", "", "")


class Reconciliation(NamedTuple):
    """The claims of a period held against its run."""

    id: str
    path: Path
    manifest: dict[str, Any]

    @property
    def period(self) -> str:
        return str(self.manifest["period"])

    @property
    def variances(self) -> list[Variance]:
        """In the order of carriers, grains and cells."""
        return [variance_of(row) for row in self.manifest["variances"]]

    @property
    def compared_claims(self) -> list[dict[str, Any]]:
        """The claims that were held, each with the run and tolerance that it was held against.

        Older manifests have one run and one tolerance for all.
        """
        of_all = {"run": self.manifest["run"], "tolerance": self.manifest["tolerance"]}
        return [{**of_all, **claim} for claim in self.manifest["claims"]]

    @property
    def legs(self) -> dict[str, Any] | None:
        """The files of calls that came in and the run they were held against; None: none were."""
        legs: dict[str, Any] | None = self.manifest.get("legs")
        return legs

    @property
    def legs_left_out(self) -> dict[str, int] | None:
        """How many calls that came in were held to nothing: of other months (outside), and at the
        month's border (border). None: no files were, or nobody counted them then."""
        left_out: dict[str, int] | None = self.manifest.get("legs_left_out")
        return left_out

    def days_to_answer(self, variance: Variance) -> int:
        """How long its carrier has to answer, by the tolerance that it was held with."""
        tolerances = {claim["claim"]: claim["tolerance"] for claim in self.compared_claims}
        return int(tolerances.get(variance.claim, self.manifest["tolerance"])["days_to_answer"])

    def lines(self) -> pl.DataFrame:
        """claimed_lines.DIFFERENCE with `variance`, of claims by line."""
        return pl.read_parquet(self.path / LINES_FILE, glob=False, hive_partitioning=False)


def every_reconciliation(home: Home) -> Iterator[Reconciliation]:
    """Those that are there, by id. StoreError for one whose manifest cannot be read."""
    for path, manifest in folders_in(home.path / FLOOR):
        yield Reconciliation(path.name, path, manifest)


def in_force(home: Home, log: Sequence[Mapping[str, Any]]) -> dict[str, Reconciliation]:
    """The last one of each period that a log tells of, by period.

    Raises: StoreError if one that it tells of is lost.
    """
    last = {
        str(entry["period"]): str(entry["reconciliation"])
        for entry in log
        if entry.get("what") == RECONCILE
    }
    by_id = {reconciliation.id: reconciliation for reconciliation in every_reconciliation(home)}
    lost = sorted(set(last.values()) - set(by_id))
    if lost:
        raise StoreError(
            message("lost: an entry of the log tells of it"),
            str(home.path / FLOOR / lost[0]),
            message("restore this reconciliation from a copy; doisoat verify says more"),
        )
    return {period: by_id[name] for period, name in sorted(last.items())}


Ever = dict[str, tuple[Variance, Reconciliation]]


def variances_in_force(home: Home, log: Sequence[Mapping[str, Any]]) -> Ever:
    """The variances of the last reconciliation of each period, by id."""
    return {
        variance.id: (variance, reconciliation)
        for reconciliation in in_force(home, log).values()
        for variance in reconciliation.variances
    }


def variances_ever(home: Home, log: Sequence[Mapping[str, Any]]) -> Ever:
    """The variances of every reconciliation that a log tells of, each as it was last told."""
    by_id = {reconciliation.id: reconciliation for reconciliation in every_reconciliation(home)}
    logged = [str(entry["reconciliation"]) for entry in log if entry.get("what") == RECONCILE]
    return {
        variance.id: (variance, by_id[name])
        for name in logged
        if name in by_id
        for variance in by_id[name].variances
    }


def standings(log: Sequence[Mapping[str, Any]]) -> dict[str, Standing]:
    """How each variance stands that was ever moved on, by its id.

    One that a new version of the claim tells with the same figures stands as its forerunner does.
    """
    by_id: dict[str, Standing] = {}
    for entry in log:
        for id, forerunner in entry.get(CARRIED, {}).items():
            if forerunner in by_id:
                by_id[id] = by_id[forerunner]
        if entry.get("what") == VARIANCE:
            standing = Standing(
                entry["state"], str(entry["logged_at"]), str(entry.get("deadline", "")),
                str(entry.get("why", "")),
            )  # fmt: skip
            by_id.update(dict.fromkeys(entry["variances"], standing))
    return by_id


def standings_in(home: Home) -> dict[str, Standing]:
    return standings(journal.entries(home))
