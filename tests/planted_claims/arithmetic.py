"""Arithmetic causes: what is told of a cell in place of what it holds."""

from collections.abc import Callable, Mapping

from tests.planted_claims.cells import Cell, Figures


def _nearest(numerator: int, denominator: int) -> int:
    """A quotient to the nearest integer, halves away from zero."""
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def _times(factor: int, *, only_amount: bool) -> Callable[[Figures], Figures]:
    def told(held: Figures) -> Figures:
        events, units, amount = (factor * one for one in held)
        return held._replace(amount=amount) if only_amount else Figures(events, units, amount)

    return told


# Of (cause, detail). The VAT of an amount is a tenth of what it is without.
TOLD: Mapping[tuple[str, str], Callable[[Figures], Figures]] = {
    ("vat", "amount=without"): lambda held: held._replace(amount=_nearest(held.amount * 10, 11)),
    ("vat", "amount=added"): lambda held: held._replace(amount=_nearest(held.amount * 11, 10)),
    ("double_count", "all"): _times(2, only_amount=False),
    ("double_count", "amount"): _times(2, only_amount=True),
    ("sign", "all"): _times(-1, only_amount=False),
    ("sign", "amount"): _times(-1, only_amount=True),
}
CAUSES = ("vat", "double_count", "sign")
WITHOUT_VAT = ("contribution", "forbearance", "discount_vat")  # natures and items that no VAT is in


def suits(cause: str, cell: Cell) -> bool:
    """Can a carrier have done this to a cell? Amounts that no VAT is in cannot be told without."""
    return cause != "vat" or cell.nature not in WITHOUT_VAT
