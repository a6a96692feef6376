"""What a template is told of interconnection. Texts in one language, as in facts.py."""

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
    content: Content, one: Interconnection | None, say: Figures
) -> dict[str, Any]:
    """By counterparty, by price, and what has no price; `told`: none where nobody recorded it."""
    how_to = HOW_TO.format(period=content.period.name)
    if one is None:
        return {"how_to": how_to, "told": None}
    names = {pair.id: say.said(pair.name) for pair in one.counterparties}
    sums = dict(zip(("owes", "owed", "net"), one.sums, strict=True))
    beside = one.unnetted_sums
    return {
        "how_to": how_to,
        "told": {
            "entry": say.whole(one.entry),
            "rounding": say.said(ROUNDINGS[one.rounding]),
            "rule": say.said(RULE),
            "one_sided": None
            if one.one_sided is None
            else f"{say.said(one.one_sided[1])}: {', '.join(one.one_sided[0])}.",
            "pairs": [
                {
                    "name": names[pair.id],
                    "owes": _known(pair.owes, say),
                    "owed": _known(pair.owed, say),
                    "net": _known(pair.net, say),
                    "direction": say.said(pair.direction),
                }
                for pair in (*one.netted, *one.not_netted)
            ],
            "sums": {
                "said": say.said(OF_NETTED),
                **{name: _known(amount, say) for name, amount in sums.items()},
            },
            "beside": None
            if beside is None
            else {
                "said": say.said(OF_OTHERS),
                "owes": _known(beside[0], say),
                "owed": _known(beside[1], say),
            },
            "owes": _prices(one.owes, lambda row: names[row.payee], say),
            "owed": _prices(one.owed, lambda row: names[row.payer], say),
            "counts": [
                {"item": say.said(said), "own": say.whole(one.own_counts[name]),
                 "all": say.whole(one.all[name])}
                for name, said in COUNTS.items()
            ],
        },
    }  # fmt: skip


def adjusted_facts(
    found: Sequence[Adjusted], say: Figures, *, is_draft: bool
) -> dict[str, Any] | None:
    """Rows by month and counterparty, and which runs are not recorded; None: no adjustment."""
    if not found:
        return None
    return {
        "rule": say.said(RULE_OF_ADJUSTED),
        "rows": [
            {
                "month": one.month,
                "name": say.said(row.name),
                "owes": _known(row.owes, say),
                "owed": _known(row.owed, say),
                "net": _known(row.net, say),
            }
            for one in found
            for row in one.differences
        ],
        "same": [one.month for one in found if one.is_known and not one.differences],
        "lacks": [say.said(said) for one in found for said in one.lacks(is_draft=is_draft)],
    }


def _prices(
    rows: tuple[Due, ...], other: Callable[[Due], str], say: Figures
) -> list[dict[str, str]]:
    """A row a counterparty and price."""
    return [
        {
            "name": other(row),
            "price": say.said(price_said(row)),
            "days": f"{row.first_day:%d/%m}–{row.last_day:%d/%m}",
            "calls": say.whole(row.calls),
            "minutes": _minutes(row.ms, say),
            "waived": _minutes(row.waived_ms, say),
            "amount": say.whole(row.amount),
        }
        for row in rows
    ]


def _known(amount: int | None, say: Figures) -> str | None:
    return None if amount is None else say.whole(amount)


def _minutes(ms: int, say: Figures) -> str:
    return say.decimal(Fraction(ms, MS_PER_MINUTE), 1)
