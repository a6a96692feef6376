"""Interconnection of a month: what the log says of it, or what a job worked out, in one form."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from doisoat.settlement.interconnect.call_prices import SORTS
from doisoat.settlement.interconnect.log_entry import Due, by_price, recorded
from doisoat.settlement.interconnect.netting import Counted, Row, callers, netted
from doisoat.settlement.runs.runs import current_runs
from doisoat.settlement.web.queries.json_values import Plain, plain
from doisoat.settlement.web.views.page_tables import HomeQuestion, Table, View, period_of

PAIR = {
    "payer": "VARCHAR", "payee": "VARCHAR", "owes": "BIGINT", "owed": "BIGINT", "net": "BIGINT",
}  # fmt: skip
PRICE = {
    "payer": "VARCHAR", "payee": "VARCHAR", "price": "VARCHAR", "per": "VARCHAR",
    "first_day": "DATE", "last_day": "DATE", "calls": "BIGINT", "ms": "BIGINT",
    "waived_ms": "BIGINT", "amount": "BIGINT",
}  # fmt: skip
COUNT = {"carrier": "VARCHAR", "sort": "VARCHAR", "calls": "BIGINT", "ms": "BIGINT"}
MESSAGES = "messages"  # beside the sorts of calls: the catalogue has no price of them


def interconnect(question: HomeQuestion) -> View:
    """What the log says of the run in force of a period; `entry` is null where it says nothing.

    Raises: StoreError for an entry that is not as they are written.
    """
    period = period_of(question.cursor, question.parameters)
    run = current_runs(question.home).get(period, "")
    known = recorded(question.home, run)
    if known is None:
        return View(
            {"period": period, "run": run, "entry": None, "rounding": None}, _tables((), {})
        )
    return View(
        {"period": period, "run": run, "entry": known.entry, "rounding": known.rounding},
        _tables(known.rows, known.carriers),
    )


def worked_out(content: Mapping[str, Any]) -> View:
    """What `doisoat interconnect --json` printed, its days of a price as one."""
    rows = (
        Row(**{**row, "day": date.fromisoformat(row["day"]), "amount": int(row["amount"])})
        for row in content["rows"]
    )
    carriers = {name: Counted(**counts) for name, counts in content["carriers"].items()}
    values = {name: content[name] for name in ("period", "run", "rounding")}
    return View({**values, "entry": None}, _tables(by_price(rows), carriers))


def _tables(rows: Iterable[Due], carriers: Mapping[str, Counted]) -> dict[str, Table]:
    dues = list(rows)
    amounts = ((due.payer, due.payee, due.amount) for due in dues)
    counts: list[list[Plain]] = [
        [name, sort, counted.calls[sort], counted.ms[sort]]
        for name, counted in sorted(carriers.items())
        for sort in SORTS
        if counted.calls[sort]
    ]
    counts += [
        [name, MESSAGES, counted.messages, None]
        for name, counted in sorted(carriers.items())
        if counted.messages
    ]
    return {
        "pairs": Table.of(PAIR, netted(amounts, callers(carriers))),
        "prices": Table.of(PRICE, ([plain(value) for value in due] for due in dues)),
        "counts": Table.of(COUNT, counts),
    }
