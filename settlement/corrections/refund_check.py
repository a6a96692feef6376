"""Are the refunds that were booked as paid what was published?"""

from collections.abc import Callable, Iterator

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import DoisoatError
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import Finding, changed_files
from doisoat.settlement.records.refund_records import FLOOR, every_payments, payments_id


def refund_findings(
    home: Home, notes: list[str], progress: Callable[[int], None] = lambda done: None
) -> Iterator[Finding]:
    """What is wrong with any; one that no entry tells of is added to the notes."""
    try:
        held = {one.id: one for one in every_payments(home)}
    except DoisoatError as error:
        yield Finding(error.where, error.what)
        return
    told = {entry["refunds"] for entry in journal.entries(home) if "refunds" in entry}
    for one in held.values():
        try:
            broken = list(changed_files(one.path, one.manifest["files"], progress))
            yield from broken
            if not broken:
                rows = one.read()
                said = one.manifest["payments"], one.manifest["amount"]
                if not one.id == one.manifest["refunds"] == payments_id(rows):
                    yield Finding(str(one.path), "its id is not that of its payments")
                if said != (rows.height, str(total_of(rows, "amount"))):
                    yield Finding(str(one.path), "its payments do not sum to what it says")
        except (KeyError, TypeError, OSError, pl.exceptions.PolarsError):
            yield Finding(str(one.path), "it cannot be read")
        if one.id not in told:
            notes.append(
                f"{one.path}: no entry of the log tells of it: doisoat refund import was killed,"
                " and is to be run again"
            )
    for name in sorted(told - held.keys()):
        path = home.floor(FLOOR) / name
        yield Finding(str(path), "lost: an entry of the log tells of it")
