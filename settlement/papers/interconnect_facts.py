"""Template data of interconnection. Texts in one language, as in facts.py."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from doisoat.settlement.interconnect.log_entry import Due
from doisoat.settlement.interconnect.paper_facts import (
    COUNTS,
    HOW_TO,
    OF_NETTED,
    OF_OTHERS,
    ROUNDINGS,
    RULE,
    Interconnection,
    price_said,
)
from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.report.content import Content
from doisoat.settlement.report.interconnect_adjusted import RULE as RULE_OF_ADJUSTED
from doisoat.settlement.report.interconnect_adjusted import Adjusted

MS_PER_MINUTE = 60_000


def interconnect_facts(
    content: Content, interconnection: Interconnection | None, say: Figures
) -> dict[str, Any]:
    """By counterparty, by price, and what has no price; `told`: none where nobody recorded it."""
    how_to = HOW_TO.format(period=content.period.name)
    if interconnection is None:
        return {"how_to": how_to, "told": None}
    names = {pair.id: say.text(pair.name) for pair in interconnection.counterparties}
    sums = dict(zip(("owes", "owed", "net"), interconnection.sums, strict=True))
    unnetted_sums = interconnection.unnetted_sums
    return {
        "how_to": how_to,
        "told": {
            "entry": say.whole(interconnection.entry),
            "rounding": say.text(ROUNDINGS[interconnection.rounding]),
            "rule": say.text(RULE),
            "one_sided": None
            if interconnection.one_sided is None
            else f"{say.text(interconnection.one_sided[1])}:"
            f" {', '.join(interconnection.one_sided[0])}.",
            "pairs": [
                {
                    "name": names[pair.id],
                    "owes": _known(pair.owes, say),
                    "owed": _known(pair.owed, say),
                    "net": _known(pair.net, say),
                    "direction": say.text(pair.direction),
                }
                for pair in (*interconnection.netted, *interconnection.not_netted)
            ],
            "sums": {
                "said": say.text(OF_NETTED),
                **{name: _known(amount, say) for name, amount in sums.items()},
            },
            "beside": None
            if unnetted_sums is None
            else {
                "said": say.text(OF_OTHERS),
                "owes": _known(unnetted_sums[0], say),
                "owed": _known(unnetted_sums[1], say),
            },
            "owes": _prices(interconnection.owes, lambda row: names[row.payee], say),
            "owed": _prices(interconnection.owed, lambda row: names[row.payer], say),
            "counts": [
                {"item": say.text(label), "own": say.whole(interconnection.own_counts[name]),
                 "all": say.whole(interconnection.all[name])}
                for name, label in COUNTS.items()
            ],
        },
    }  # fmt: skip


def adjusted_facts(
    adjustments: Sequence[Adjusted], say: Figures, *, is_draft: bool
) -> dict[str, Any] | None:
    """Rows by month and counterparty, and which runs are not recorded; None: no adjustment."""
    if not adjustments:
        return None
    return {
        "rule": say.text(RULE_OF_ADJUSTED),
        "rows": [
            {
                "month": adjusted.month,
                "name": say.text(row.name),
                "owes": _known(row.owes, say),
                "owed": _known(row.owed, say),
                "net": _known(row.net, say),
            }
            for adjusted in adjustments
            for row in adjusted.differences
        ],
        "same": [
            adjusted.month
            for adjusted in adjustments
            if adjusted.is_known and not adjusted.differences
        ],
        "lacks": [
            say.text(note) for adjusted in adjustments for note in adjusted.lacks(is_draft=is_draft)
        ],
    }


def _prices(
    rows: tuple[Due, ...], name_of: Callable[[Due], str], say: Figures
) -> list[dict[str, str]]:
    """A row a counterparty and price."""
    return [
        {
            "name": name_of(row),
            "price": say.text(price_said(row)),
            "days": f"{row.first_day:%d/%m}–{row.last_day:%d/%m}",
            "calls": say.whole(row.calls),
            "minutes": _minutes(row.ms, say),
            "waived": _minutes(row.waived_ms, say),
            "amount": say.money(row.amount),
        }
        for row in rows
    ]


def _known(amount: int | None, say: Figures) -> str | None:
    return None if amount is None else say.money(amount)


def _minutes(ms: int, say: Figures) -> str:
    return say.decimal(Fraction(ms, MS_PER_MINUTE), 1)
