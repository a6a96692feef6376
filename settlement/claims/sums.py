"""Do a claim's own sums agree with its rows? What does not is kept: it is evidence."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from doisoat.settlement.claims.finding import Findings
from doisoat.settlement.claims.model import CELL_VALUES, IDENTITIES
from doisoat.settlement.report.text import Said

KIND: Final = "claim_arithmetic"
OF_TOTALS: Final = ("measure", "nature")  # by which totals are stated; '' of all
MEND: Final = Said(
    "cộng lại; nếu nộp như vậy, chênh lệch là bằng chứng khi đối chiếu",
    "add it up again; filed as it is, the difference is evidence when it is reconciled",
)


def check_totals(
    sums: pl.DataFrame, totals: Sequence[Mapping[str, object]], ats: Sequence[str],
    findings: Findings,
) -> None:  # fmt: skip
    """Hold each stated total to the sum of the rows that it is over.

    Args: sums: OF_TOTALS and any of CELL_VALUES (Int128), a row a key; totals: as stated, only what
        was written; ats: where.
    """
    for total, at in zip(totals, ats, strict=True):
        over = sums
        for name in OF_TOTALS:
            if total.get(name):
                over = over.filter(pl.col(name) == total[name])
        for name in CELL_VALUES:
            stated = total.get(name)
            if stated is None or name not in sums.columns:
                continue
            found = int(over[name].sum() or 0)
            if found != stated:
                told = " ".join(str(total[key]) for key in OF_TOTALS if total.get(key)) or "…"
                findings.add(
                    KIND, at,
                    Said(f"dòng cộng {told}: {name} ghi {stated}, các dòng cộng lại là {found}",
                         f"total of {told}: {name} is {stated}, its rows sum to {found}"), MEND,
                )  # fmt: skip


def check_identities(
    amounts: Mapping[str, int], ats: Mapping[str, str], findings: Findings
) -> None:
    """Hold a statement to what its items mean: list value = discount + payable, and so on."""
    for whole, parts in IDENTITIES:
        found = sum(amounts[part] for part in parts)
        if found != amounts[whole]:
            told = " + ".join(parts)
            findings.add(
                KIND, ats[whole],
                Said(f"{whole} ghi {amounts[whole]}, {told} là {found}",
                     f"{whole} is {amounts[whole]}, {told} is {found}"), MEND,
            )  # fmt: skip


def sums_of(rows: pl.DataFrame | pl.LazyFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Exact sums (Int128) of these columns by measure and nature."""
    wide = [pl.col(name).cast(pl.Int128).sum() for name in columns]
    return rows.lazy().group_by(OF_TOTALS).agg(wide).sort(OF_TOTALS).collect(engine="streaming")
