"""What carriers owe each other for calls into each other's networks, netted by pair. No I/O here.

The originating carrier pays the terminating one the price in force when the call starts, excl. VAT.
Milliseconds are summed by (direction, price, day) and rounded once, half up; or call by call under
the other reading. That a subscriber pays nothing changes nothing, unless a measure that relieves
the call says `interconnect: waived`: then what it relieves owes none.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import polars as pl

from doisoat.engine.again import Told
from doisoat.errors import ConservationError
from doisoat.money import round_half_up
from doisoat.settlement.interconnect_calls import KEYS, SORTS, SUMS, Ground, Placing, per_ms
from doisoat.settlement.merge import MEND, sum_by
from doisoat.settlement.period import EPOCH
from doisoat.tariffs.models import InterconnectPrice

Rounding = Literal["per_sum", "per_call"]


class Row(NamedTuple):
    """What one carrier owes another of a day at a price."""

    payer: str
    payee: str
    price: str  # đồng, as the catalogue writes it
    per: str
    day: date
    calls: int
    ms: int  # of all its calls
    waived_ms: int  # of which nothing is owed
    amount: int  # đồng excl. VAT


class Net(NamedTuple):
    """A pair of carriers, the one that owes more first."""

    payer: str
    payee: str
    owes: int  # by the payer's calls
    owed: int  # by the payee's
    net: int


class Interconnect(NamedTuple):
    rounding: Rounding
    rows: tuple[Row, ...]
    nets: tuple[Net, ...]
    calls: Mapping[str, int]  # by SORTS
    ms: Mapping[str, int]
    messages: int  # SMS to other networks: the catalogue has no price of them

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "rounding": self.rounding,
            "pairs": [
                {
                    **one._asdict(),
                    **{name: str(getattr(one, name)) for name in ("owes", "owed", "net")},
                }
                for one in self.nets
            ],
            "calls": dict(self.calls),
            "ms": dict(self.ms),
            "messages": self.messages,
            "rows": [
                {**row._asdict(), "day": row.day.isoformat(), "amount": str(row.amount)}
                for row in self.rows
            ],
        }


def interconnect(
    told: Iterable[Told], ground: Ground, rounding: Rounding = "per_sum"
) -> Interconnect:
    """Net what carriers owe each other for the calls of a month.

    Args: told: its events with BESIDE, and their lines.
    Raises: CatalogueError where two prices, or two entries of a measure, contradict each other;
        ConservationError if a call was lost or counted twice: our bug.
    """
    placing = Placing.of(ground)
    flows, sorts, messages, calls = [_nothing(KEYS)], [_nothing(("sort",))], 0, 0
    for one in told:
        placed = placing.calls(one)
        calls += one.events.filter(pl.col("kind").cast(pl.String) == "voice").height
        messages += placed.messages
        flows.append(sum_by(placed.rows.filter(pl.col("sort") == "due"), KEYS, SUMS))
        sorts.append(sum_by(placed.rows, ("sort",), SUMS))
    by_key = sum_by(pl.concat(flows), KEYS, SUMS)
    by_sort = sum_by(pl.concat(sorts), ("sort",), SUMS)
    rows = tuple(
        _row(one, ground.catalogue.interconnect, rounding) for one in by_key.iter_rows(named=True)
    )
    counted = {row["sort"]: row for row in by_sort.iter_rows(named=True)}
    found = Interconnect(
        rounding,
        rows,
        _netted(rows),
        {sort: counted.get(sort, {}).get("calls", 0) for sort in SORTS},
        {sort: counted.get(sort, {}).get("ms", 0) for sort in SORTS},
        messages,
    )
    _check(found, calls)
    return found


def _nothing(keys: Sequence[str]) -> pl.DataFrame:
    texts = {name: pl.String for name in keys if name not in ("price", "day")}
    whole = {name: pl.Int64 for name in (*keys, *SUMS) if name not in texts}
    schema = {**texts, **whole}
    return pl.DataFrame(schema={name: schema[name] for name in (*keys, *SUMS)})


# --- amounts -------------------------------------------------------------------------------------


def _row(one: Mapping[str, Any], prices: Sequence[InterconnectPrice], rounding: Rounding) -> Row:
    price = prices[one["price"]]
    num, den = per_ms(price)
    amount = one["amount_by_call"]
    if rounding == "per_sum":
        amount = round_half_up((one["ms"] - one["waived_ms"]) * num, den)
    return Row(
        one["payer"],
        one["payee"],
        price.price,
        price.per,
        EPOCH.date() + timedelta(days=one["day"]),
        one["calls"],
        one["ms"],
        one["waived_ms"],
        amount,
    )


def _netted(rows: Sequence[Row]) -> tuple[Net, ...]:
    owed: dict[tuple[str, str], int] = {}
    for row in rows:
        key = row.payer, row.payee
        owed[key] = owed.get(key, 0) + row.amount
    nets = []
    for one, other in sorted({tuple(sorted(key)) for key in owed}):
        sums = owed.get((one, other), 0), owed.get((other, one), 0)
        payer, payee = (one, other) if sums[0] >= sums[1] else (other, one)
        nets.append(Net(payer, payee, max(sums), min(sums), max(sums) - min(sums)))
    return tuple(nets)


def _check(found: Interconnect, calls: int) -> None:
    """Each call is of one sort; nets come to what the rows say; nothing is waived beyond a call."""
    if sum(found.calls.values()) != calls:
        raise ConservationError(
            f"{calls} calls were told, but {sum(found.calls.values())} are of a sort",
            "interconnect", MEND,
        )  # fmt: skip
    amounts, ms = (sum(getattr(row, name) for row in found.rows) for name in ("amount", "ms"))
    if amounts != sum(one.owes + one.owed for one in found.nets) or ms != found.ms["due"]:
        raise ConservationError(
            "the pairs, or the time of the calls, do not come to what the rows hold",
            "interconnect", MEND,
        )  # fmt: skip
    odd = [row for row in found.rows if not 0 <= row.waived_ms <= row.ms or row.amount < 0]
    if odd:
        raise ConservationError(f"a row is below 0: {odd[0]}", "interconnect", MEND)
