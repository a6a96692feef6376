"""Are the reconciliations what was published?"""

from collections.abc import Callable, Iterator

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import DoisoatError
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import Finding, changed_files
from doisoat.settlement.reconcile.sums import (
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
    home: Home, notes: list[str], progress: Callable[[int], None] = lambda done: None
) -> Iterator[Finding]:
    """What is wrong with any; one that no entry tells of is added to the notes."""
    try:
        held = {one.id: one for one in every_reconciliation(home)}
    except DoisoatError as error:
        yield Finding(error.where, error.what)
        return
    told = {one["reconciliation"] for one in journal.entries(home) if one["what"] == RECONCILE}
    for name, one in held.items():
        try:
            yield from changed_files(one.path, one.manifest["files"], progress)
            said = one.manifest
            if said["reconciliation"] != name or said["total_difference"] != _total_of(one):
                yield Finding(
                    str(one.path), "manifest.json không phải của nó | its manifest is not its own"
                )
            one.lines()
        except (KeyError, TypeError, ValueError, OSError, pl.exceptions.PolarsError):
            yield Finding(str(one.path), "không đọc được | it cannot be read")
            continue
        if name not in told:
            notes.append(
                f"{one.path}: nhật ký không có mục nào nói tới: doisoat reconcile đã bị ngắt giữa"
                " chừng, hãy chạy lại | no entry of the log tells of it: doisoat reconcile was"
                " killed, and is to be run again"
            )
    for name in sorted(told - held.keys()):
        yield Finding(
            str(home.floor(FLOOR) / name),
            "đã mất: nhật ký có mục nói tới | lost: an entry of the log tells of it",
        )


def _total_of(one: Reconciliation) -> str:
    """What a manifest is to tell as its total: before SUMMED_BY was told, every difference."""
    if one.manifest.get("summed_by") == SUMMED_BY:
        return str(total_difference(sums_by_claim_and_nature(one.variances)))
    return str(sum(variance.difference for variance in one.variances))
