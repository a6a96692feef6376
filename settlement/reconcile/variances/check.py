"""Checks that the stored reconciliations are what was published."""

from collections.abc import Callable, Iterator

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import DoisoatError
from doisoat.messages.text import message
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import Finding, changed_files
from doisoat.settlement.reconcile.variances.sums import (
    SUMMED_BY,
    sums_by_claim_and_nature,
    total_difference,
)
from doisoat.settlement.records.reconciliation_records import (
    FLOOR,
    RECONCILE,
    Reconciliation,
    every_reconciliation,
)


def reconciliation_findings(
    home: Home, notes: list[str], progress: Callable[[int], None] = lambda count: None
) -> Iterator[Finding]:
    """Faults of stored reconciliations; one without an entry of the log is added to the notes."""
    try:
        reconciliations = {
            reconciliation.id: reconciliation for reconciliation in every_reconciliation(home)
        }
    except DoisoatError as error:
        yield Finding(error.where, error.what)
        return
    logged = {
        entry["reconciliation"] for entry in journal.entries(home) if entry["what"] == RECONCILE
    }
    for name, reconciliation in reconciliations.items():
        try:
            yield from changed_files(
                reconciliation.path, reconciliation.manifest["files"], progress
            )
            manifest = reconciliation.manifest
            if manifest["reconciliation"] != name or manifest["total_difference"] != _total_of(
                reconciliation
            ):
                yield Finding(
                    str(reconciliation.path),
                    message("its manifest is not its own"),
                )
            reconciliation.lines()
        except (KeyError, TypeError, ValueError, OSError, pl.exceptions.PolarsError):
            yield Finding(str(reconciliation.path), message("it cannot be read"))
            continue
        if name not in logged:
            notes.append(
                f"{reconciliation.path}: "
                + message(
                    "no entry of the log tells of it: doisoat reconcile was killed, and"
                    " is to be run again"
                )
            )
    for name in sorted(logged - reconciliations.keys()):
        yield Finding(
            str(home.floor(FLOOR) / name),
            message("lost: an entry of the log tells of it"),
        )


def _total_of(reconciliation: Reconciliation) -> str:
    """The total that a manifest is to state; before it had SUMMED_BY, of every difference."""
    if reconciliation.manifest.get("summed_by") == SUMMED_BY:
        return str(total_difference(sums_by_claim_and_nature(reconciliation.variances)))
    return str(sum(variance.difference for variance in reconciliation.variances))
