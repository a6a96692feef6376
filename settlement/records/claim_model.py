"""The model of a claim: one carrier's declaration of one period at one grain. No I/O.

Amounts are integers of the catalogue's minor unit, units those of rated.relief_total. For people:
docs/claims.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import polars as pl

from doisoat.currency import unit_text
from doisoat.engine.tables.findings import Finding
from doisoat.settlement.records.nature_sum import NatureSum

Grain = Literal["statement", "day", "province", "measure", "lines"]
GRAINS: Final[tuple[Grain, ...]] = ("statement", "day", "province", "measure", "lines")
# What names a row of a grain, in the order of the form.
KEYS: Final[Mapping[Grain, tuple[str, ...]]] = {
    "statement": ("item",),
    "measure": ("measure", "nature"),
    "day": ("measure", "nature", "day"),
    "province": ("measure", "nature", "home_province"),
    "lines": ("event_id", "owner_id", "start_at", "home_province", "measure", "nature"),
}
# What a row of a grain declares, in the order of the form.
VALUES: Final[Mapping[Grain, tuple[str, ...]]] = {
    "statement": ("amount",),
    "measure": ("events", "units", "amount"),
    "day": ("events", "units", "amount"),
    "province": ("events", "units", "amount"),
    "lines": ("units", "amount"),
}
# Columns of settlement.statement; all of them stand in a statement that is claimed.
ITEMS: Final = (
    "events", "rated", "suspended", "list_value", "discount", "payable", "discount_vat", "in_kind",
    "contribution", "forbearances", "refund", "relief", "recognised", "own_account",
)  # fmt: skip
COUNTED_ITEMS: Final = ("events", "rated", "suspended", "forbearances")  # not đồng
# What a column may add up to, whatever the signs, over a claim's rows, and over its totals of one
# sort: a difference of two such sums, and the sum of several claims' amounts, fit in 64 bits.
COLUMN_MAX: Final[Mapping[str, int]] = {"events": 10**15, "units": 4 * 10**18, "amount": 10**17}
CELL: Final = pl.Schema(
    {
        **dict.fromkeys(("carrier", "grain", "item", "measure", "nature"), pl.String()),
        "day": pl.Date(),  # null where the grain has none
        "home_province": pl.String(),
        **dict.fromkeys(("events", "units", "amount"), pl.Int64()),  # events, units: null, too
    }
)
CELL_KEYS: Final = ("carrier", "grain", "item", "measure", "nature", "day", "home_province")
CELL_VALUES: Final = ("events", "units", "amount")
LINE: Final = pl.Schema(
    {
        **dict.fromkeys(("event_hi", "event_lo", "owner_hi", "owner_lo"), pl.UInt64()),
        "start_ms": pl.Int64(),  # civil
        **dict.fromkeys(("home_province", "measure", "nature"), pl.String()),
        **dict.fromkeys(("units", "amount"), pl.Int64()),
    }
)
# Parts of a statement that are equal by what they mean: left = the sum of right.
IDENTITIES: Final = (
    ("events", ("rated", "suspended")),
    ("list_value", ("discount", "payable")),
    ("relief", ("recognised", "own_account")),
)


class Declared(NamedTuple):
    """Of whom, of when and how finely a claim is."""

    carrier: str
    period: str  # YYYY-MM
    grain: Grain

    def __str__(self) -> str:
        return f"{self.carrier} {self.period} {self.grain}"


class Claim(NamedTuple):
    """A claim as it was read, of which nothing was refused.

    cells: CELL, sorted by CELL_KEYS; empty of lines. lines: LINE, in the file's order; None else.
    totals: CELL, what the carrier itself wrote as totals: measure and nature '' where over all.
    """

    declared: Declared
    form: str  # xlsx, csv, json, parquet
    sha256: str  # of the bytes received
    size: int
    rows: int
    amount: int  # Σ of the rows; of a statement its item `relief`
    cells: pl.DataFrame
    totals: pl.DataFrame
    lines: pl.LazyFrame | None
    sums: tuple[NatureSum, ...]  # of the rows; none of a statement, whose items do not add up
    findings: tuple[Finding, ...]
    more: int = 0  # findings that are counted and not told

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            **self.declared._asdict(),
            "form": self.form,
            "sha256": self.sha256,
            "rows": self.rows,
            "amount": unit_text(self.amount),
            "sums": [nature_sum.as_object(unit_text) for nature_sum in self.sums],
            "totals": self.totals.height,
            "findings": [finding.as_object() for finding in self.findings],
            "more": self.more,
        }


def cells_of(rows: Sequence[Mapping[str, Any]], declared: Declared) -> pl.DataFrame:
    """CELL of rows that say what their grain has; sorted by CELL_KEYS."""
    texts = dict.fromkeys(("item", "measure", "nature", "home_province"), "")
    declaration = {"carrier": declared.carrier, "grain": declared.grain}
    whole = [{**texts, **declaration, **row} for row in rows]
    return pl.DataFrame(whole, schema=CELL, orient="row").sort(CELL_KEYS, maintain_order=True)
