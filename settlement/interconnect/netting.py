"""Amounts that carriers owe each other for calls, netted by pair of carriers. No I/O here.

The originating carrier pays the terminating one the price in force when the call starts, excl. VAT.
Milliseconds are summed by (direction, price, day of the start) and rounded once, half up; or call
by call under the other reading. That a subscriber pays nothing changes nothing, unless a measure
that relieves the call says `interconnect: waived`: then what it relieves owes none.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, timedelta
from typing import Any, Final, Literal, NamedTuple

import polars as pl

from doisoat.currency import unit_text
from doisoat.engine.rating.rerate import RatedShards
from doisoat.errors import ConservationError
from doisoat.money import round_half_up
from doisoat.settlement.figures.merge import MEND, sum_by
from doisoat.settlement.figures.period import EPOCH
from doisoat.settlement.interconnect.call_prices import (
    COUNTED,
    KEYS,
    SORTED,
    SORTS,
    SUMS,
    Ground,
    Placing,
    per_ms,
)
from doisoat.tariffs.models.catalogue_model import InterconnectPrice

Rounding = Literal["per_sum", "per_call"]
DEFAULT: Final[Rounding] = "per_sum"
MESSAGES = (("payer",), ("messages",))  # key and sum


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
    """A pair of carriers, the one that owes more first; it is netted where there are calls of both.

    Without calls of the payee what the payer is owed is not known: None, and never 0.
    """

    payer: str
    payee: str
    owes: int  # by the payer's calls
    owed: int | None  # by the payee's
    net: int | None


class Counted(NamedTuple):
    """A carrier's own calls by SORTS, and what has no price at all."""

    calls: Mapping[str, int]
    ms: Mapping[str, int]
    messages: int  # SMS to other networks: the catalogue has no price of them


def callers(counted: Mapping[str, Counted]) -> set[str]:
    """The carriers of whom there are calls: what another owes is known of them alone."""
    return {name for name, counts in counted.items() if sum(counts.calls.values())}


class Interconnect(NamedTuple):
    rounding: Rounding
    rows: tuple[Row, ...]
    nets: tuple[Net, ...]
    carriers: Mapping[str, Counted]  # those that call, or send messages to others

    @property
    def calls(self) -> dict[str, int]:
        return {
            sort: sum(counts.calls[sort] for counts in self.carriers.values()) for sort in SORTS
        }

    @property
    def ms(self) -> dict[str, int]:
        return {sort: sum(counts.ms[sort] for counts in self.carriers.values()) for sort in SORTS}

    @property
    def messages(self) -> int:
        return sum(counts.messages for counts in self.carriers.values())

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "rounding": self.rounding,
            "pairs": [
                {
                    **net._asdict(),
                    **{
                        name: None if (amount := getattr(net, name)) is None else unit_text(amount)
                        for name in ("owes", "owed", "net")
                    },
                }
                for net in self.nets
            ],
            "calls": self.calls,
            "ms": self.ms,
            "messages": self.messages,
            "carriers": {name: counts._asdict() for name, counts in self.carriers.items()},
            "rows": [
                {**row._asdict(), "day": row.day.isoformat(), "amount": unit_text(row.amount)}
                for row in self.rows
            ],
        }


def interconnect(
    buckets: Iterable[RatedShards], ground: Ground, rounding: Rounding = DEFAULT
) -> Interconnect:
    """Net what carriers owe each other for the calls of a month.

    Args: buckets: its events with BESIDE, and their lines.
    Raises: CatalogueError where two prices, or two entries of a measure, contradict each other;
        ConservationError if a call was lost or counted twice: our bug.
    """
    placing, told_of, placed_of = Placing.of(ground), 0, 0
    flows, sorts, messages = _nothing(KEYS, SUMS), _nothing(SORTED, COUNTED), _nothing(*MESSAGES)
    for bucket in buckets:
        placed = placing.calls(bucket)
        told_of += bucket.events.filter(pl.col("kind").cast(pl.String) == "voice").height
        placed_of += int(placed.rows["records"].sum()) + int(placed.staying["calls"].sum())
        flows.append(sum_by(placed.rows.filter(pl.col("sort") == "due"), KEYS, SUMS))
        sorts += [sum_by(placed.rows, SORTED, COUNTED), placed.staying]
        messages.append(placed.messages)
    rows = tuple(
        _row(row, ground.catalogue.interconnect, rounding)
        for row in sum_by(pl.concat(flows), KEYS, SUMS).iter_rows(named=True)
    )
    counted = _counted(
        sum_by(pl.concat(sorts), SORTED, COUNTED), sum_by(pl.concat(messages), *MESSAGES)
    )
    nets = netted(((row.payer, row.payee, row.amount) for row in rows), callers(counted))
    netting = Interconnect(rounding, rows, nets, counted)
    _check(netting, told_of, placed_of)
    return netting


def _nothing(keys: Sequence[str], sums: Sequence[str]) -> list[pl.DataFrame]:
    """A list that begins with a frame of no rows, so that one is there to add others to."""
    whole = {name: pl.Int64 for name in (*keys, *sums) if name in ("price", "day", *sums)}
    schema = {name: whole.get(name, pl.String) for name in (*keys, *sums)}
    return [pl.DataFrame(schema=schema)]


def _counted(sorts: pl.DataFrame, messages: pl.DataFrame) -> dict[str, Counted]:
    counted = {
        name: Counted(dict.fromkeys(SORTS, 0), dict.fromkeys(SORTS, 0), 0)
        for name in sorted({*sorts["payer"], *messages["payer"]})
    }
    for row in sorts.iter_rows(named=True):
        counts = counted[row["payer"]]
        counted[row["payer"]] = counts._replace(
            calls={**counts.calls, row["sort"]: row["calls"]},
            ms={**counts.ms, row["sort"]: row["ms"]},
        )
    for name, count in messages.iter_rows():
        counted[name] = counted[name]._replace(messages=count)
    return counted


# --- amounts -------------------------------------------------------------------------------------


def _row(sums: Mapping[str, Any], prices: Sequence[InterconnectPrice], rounding: Rounding) -> Row:
    price = prices[sums["price"]]
    num, den = per_ms(price)
    amount = sums["amount_by_call"]
    if rounding == "per_sum":
        amount = round_half_up((sums["ms"] - sums["waived_ms"]) * num, den)
    return Row(
        sums["payer"],
        sums["payee"],
        price.price,
        price.per,
        EPOCH.date() + timedelta(days=sums["day"]),
        sums["calls"],
        sums["ms"],
        sums["waived_ms"],
        amount,
    )


def netted(amounts: Iterable[tuple[str, str, int]], known: Set[str]) -> tuple[Net, ...]:
    """Pairs of carriers, by what each owes the other.

    Args: amounts: payer, payee, đồng; known: `callers`, those of whom there are calls.
    """
    owed: dict[tuple[str, str], int] = {}
    for payer, payee, amount in amounts:
        owed[payer, payee] = owed.get((payer, payee), 0) + amount
    nets = []
    for first, second in sorted({tuple(sorted(key)) for key in owed}):
        sums = owed.get((first, second), 0), owed.get((second, first), 0)
        both = {first, second} <= known
        is_first = sums[0] >= sums[1] if both else first in known
        payer, payee = (first, second) if is_first else (second, first)
        back = min(sums) if both else None
        nets.append(Net(payer, payee, max(sums), back, None if back is None else max(sums) - back))
    return tuple(nets)


def _check(netting: Interconnect, call_count: int, placed: int) -> None:
    """Each record of a call is of one sort; nets come to what the rows say; nothing is waived
    beyond a call."""
    if placed != call_count:
        raise ConservationError(
            f"{call_count} calls were told, by record, but {placed} are of a sort",
            "interconnect",
            MEND,
        )
    amounts, ms = (sum(getattr(row, name) for row in netting.rows) for name in ("amount", "ms"))
    if (
        amounts != sum(net.owes + (net.owed or 0) for net in netting.nets)
        or ms != netting.ms["due"]
    ):
        raise ConservationError(
            "the pairs, or the time of the calls, do not come to what the rows hold",
            "interconnect", MEND,
        )  # fmt: skip
    faulty = [row for row in netting.rows if not 0 <= row.waived_ms <= row.ms or row.amount < 0]
    if faulty:
        raise ConservationError(f"a row is below 0: {faulty[0]}", "interconnect", MEND)
