"""Checks a claim's own sums against its rows; what does not agree is kept as evidence."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from doisoat.currency import unit_text
from doisoat.engine.tables.findings import Findings
from doisoat.messages.text import message
from doisoat.settlement.claims.declared_totals import OF_TOTALS, below, has_stated_below
from doisoat.settlement.claims.form import MIXED
from doisoat.settlement.records.claim_model import CELL_VALUES, COUNTED_ITEMS, IDENTITIES
from doisoat.settlement.records.nature_sum import NatureSum

KIND: Final = "claim_arithmetic"
OF_BELOW: Final = message("the totals below it")
MEND: Final = message(
    "add it up again; filed as it is, the difference is evidence when it is reconciled"
)


def check_totals(
    sums: pl.DataFrame,
    totals: Sequence[Mapping[str, Any]],
    ats: Sequence[str],
    findings: Findings,
) -> None:
    """Hold each stated total to what is right below it, so that one error is reported once.

    Args: sums: OF_TOTALS and any of CELL_VALUES (Int128), a row a key; totals: as stated, a key
        once, only what was written; ats: where.
    """
    names = [name for name in CELL_VALUES if name in sums.columns]
    summed = {
        (measure, nature): tuple(map(int, values)) for measure, nature, *values in sums.iter_rows()
    }
    stated = {
        (total.get("measure", ""), total.get("nature", "")): tuple(map(total.get, names))
        for total in totals
    }
    for (key, written), at in zip(stated.items(), ats, strict=True):
        of_rows = not has_stated_below(key, stated, summed)
        rows = message("its rows") if of_rows else OF_BELOW
        label = " ".join(filter(None, key)) or "…"
        for name, value, sum_ in zip(
            names, written, below(key, stated, summed, len(names)), strict=True
        ):
            if value is not None and value != sum_:
                findings.add(
                    KIND,
                    at,
                    message(
                        "total of {label}: {name} is {value}, {rows} sum to {sum}",
                        label=label,
                        name=name,
                        value=value,
                        sum=sum_,
                        rows=rows,
                    ),
                    MEND,
                )


def _text(item: str, figure: int) -> str:
    return str(figure) if item in COUNTED_ITEMS else unit_text(figure)


def check_identities(
    amounts: Mapping[str, int], ats: Mapping[str, str], findings: Findings
) -> None:
    """Hold a statement to what its items mean: list value = discount + payable, and so on."""
    for whole, parts in IDENTITIES:
        total = sum(amounts[part] for part in parts)
        if total != amounts[whole]:
            terms = " + ".join(parts)
            findings.add(
                KIND,
                ats[whole],
                message(
                    "{whole} is {amounts_whole}, {terms} is {total}",
                    whole=whole,
                    amounts_whole=_text(whole, amounts[whole]),
                    terms=terms,
                    total=_text(whole, total),
                ),
                MEND,
            )


def by_nature(sums: pl.DataFrame, units: Mapping[tuple[str, str], str]) -> tuple[NatureSum, ...]:
    """Sums of `sums_of` by nature and unit: natures do not add up, nor do units.

    Args: units: of each measure and nature.
    """
    groups: dict[tuple[str, str], list[tuple[int | None, ...]]] = {}
    for row in sums.iter_rows(named=True):
        unit = units[row["measure"], row["nature"]]
        figures = tuple(None if row.get(name) is None else int(row[name]) for name in CELL_VALUES)
        groups.setdefault((row["nature"], unit), []).append(figures)
    return tuple(
        NatureSum(
            nature, unit, _sum(events), None if unit == MIXED else _sum(counted),
            _sum(amounts) or 0,
        )
        for (nature, unit), figures in sorted(groups.items())
        for events, counted, amounts in [zip(*figures, strict=True)]
    )  # fmt: skip


def _sum(figures: Sequence[int | None]) -> int | None:
    """None where any of them is not declared."""
    known = [figure for figure in figures if figure is not None]
    return sum(known) if len(known) == len(figures) else None


def sums_of(rows: pl.DataFrame | pl.LazyFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Exact sums (Int128) of these columns by measure and nature."""
    wide = [pl.col(name).cast(pl.Int128).sum() for name in columns]
    return rows.lazy().group_by(OF_TOTALS).agg(wide).sort(OF_TOTALS).collect(engine="streaming")
