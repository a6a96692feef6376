"""Checks that the refunds booked as paid are what was published."""

from collections.abc import Callable, Iterator

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import DoisoatError
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import Finding, changed_files
from doisoat.settlement.records.refund_records import FLOOR, every_payments, payments_id


def refund_findings(
    home: Home, notes: list[str], progress: Callable[[int], None] = lambda count: None
) -> Iterator[Finding]:
    """What is wrong with any; one that no entry tells of is added to the notes."""
    try:
        by_id = {payments.id: payments for payments in every_payments(home)}
    except DoisoatError as error:
        yield Finding(error.where, error.what)
        return
    logged = {entry["refunds"] for entry in journal.entries(home) if "refunds" in entry}
    for payments in by_id.values():
        try:
            broken = list(changed_files(payments.path, payments.manifest["files"], progress))
            yield from broken
            if not broken:
                rows = payments.read()
                stated = payments.manifest["payments"], payments.manifest["amount"]
                if not payments.id == payments.manifest["refunds"] == payments_id(rows):
                    yield Finding(str(payments.path), "its id is not that of its payments")
                if stated != (rows.height, str(total_of(rows, "amount"))):
                    yield Finding(str(payments.path), "its payments do not sum to what it says")
        except (KeyError, TypeError, OSError, pl.exceptions.PolarsError):
            yield Finding(str(payments.path), "it cannot be read")
        if payments.id not in logged:
            notes.append(
                f"{payments.path}: no entry of the log tells of it: doisoat refund import was"
                " killed, and is to be run again"
            )
    for name in sorted(logged - by_id.keys()):
        path = home.floor(FLOOR) / name
        yield Finding(str(path), "lost: an entry of the log tells of it")
