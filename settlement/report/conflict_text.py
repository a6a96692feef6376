"""Texts of the findings of usage against master data, in both languages, and what to do."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from doisoat.messages.text import message

MEANINGS: Final = {
    "ported_away": message("The number is at another carrier by the ports"),
    "other_carrier": message("The subscription then is of another carrier"),
    "recalled": message("The subscription had ended (number recalled)"),
    "not_begun": message("The subscription begins later"),
    "no_subscription": message("The number has no subscription at all"),
    "pack_of_other_carrier": message("A pack that another carrier sells"),
    "pack_not_bought": message("A pack renewed of which no purchase is known"),
    "balance_no_pack": message("A balance of a pack that is not among the listed open packs"),
    "balance_no_volume": message("A balance of a volume that the pack has not"),
    "balance_no_subscription": message(
        "A balance of an owner without a subscription as the period begins"
    ),
    "balance_no_measure": message("A balance of a measure that the package has not"),
    "balance_differs": message("A stated balance other than the month before closed with"),
    "balance_not_held": message("A stated balance that the month before did not close with"),
}


def told_conflicts(conflicts: pl.DataFrame) -> Iterator[str]:
    """A line for each sort of finding, with its count, in the order of the findings."""
    counts = conflicts.group_by("finding", maintain_order=True).len()
    for name, count in counts.iter_rows():
        meaning = MEANINGS[name]
        yield message("{meaning}: {count} ({name})", meaning=meaning, count=count, name=name)
