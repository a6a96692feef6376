"""Items of a statement that follow from relief alone. No I/O here."""

from collections.abc import Mapping
from fractions import Fraction

import polars as pl

from doisoat.money import vat_of
from doisoat.settlement.figures.merge import sum_by, total_of
from doisoat.settlement.figures.statement import VAT_NATURES, relief_in
from doisoat.settlement.records import alternative_frame as delta
from doisoat.tariffs.models.package_model import Package

OF_LINES = ("carrier", "measure", "nature")


def of_relief(
    relief: pl.DataFrame, carrier: str, package: Package, rate: Fraction
) -> dict[str, int]:
    """The items that a carrier's relief (OF_LINES and delta.VALUES, or finer keys) comes to.

    Args: rate: of the tax inside prices in the period.
    What an envelope recognises is told where it recognises all.
    """
    of_carrier = relief.filter(pl.col("carrier") == carrier)
    lines = sum_by(of_carrier, OF_LINES, delta.VALUES)

    def of(nature: str) -> pl.DataFrame:
        return lines.filter(pl.col("nature") == nature)

    counted = relief_in(lines, package, rate).get(carrier, 0)
    items = {
        "discount": total_of(of("discount"), "amount"),
        "discount_vat": sum(
            vat_of(amount, rate) for nature in VAT_NATURES for amount in of(nature)["amount"]
        ),
        "in_kind": total_of(of("in_kind"), "amount"),
        "contribution": total_of(of("contribution"), "amount"),
        "forbearances": total_of(of("forbearance"), "events"),
        "relief": counted,
    }
    rules = {part.envelope.rule for part in package.parts() if part.envelope is not None}
    return {**items, "recognised": counted} if rules <= {"track"} else items


def rows(carrier: str, values: Mapping[str, int]) -> pl.DataFrame:
    """delta.CELL of items; a value of 0 has its row."""
    cells = [(carrier, item, "", "", None, "", 0, 0, value) for item, value in values.items()]
    return pl.DataFrame(cells, delta.CELL, orient="row")


def values(cells: pl.DataFrame) -> dict[str, int]:
    """The items among delta.CELL: `rows` read back."""
    return dict(cells.filter(pl.col("item") != "").select("item", "amount").iter_rows())


def moved(carrier: str, changed: Mapping[str, int], base: Mapping[str, int]) -> pl.DataFrame:
    """delta.CELL of the items of both that differ: changed − base."""
    differing = {
        item: value - base[item]
        for item, value in changed.items()
        if item in base and value != base[item]
    }
    return rows(carrier, differing)
