"""Interconnection on a carrier's papers: by counterparty and by price, as the log has it.

A pair is netted where the run has calls of both: else only those that went one way are known.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from doisoat.currency import amount_text, with_sign
from doisoat.errors import ConservationError
from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.interconnect.call_prices import SORTS
from doisoat.settlement.interconnect.log_entry import Due, Recorded
from doisoat.settlement.interconnect.netting import Counted, Rounding, callers
from doisoat.tariffs.models import quantity

MEND = "restore the log from a copy; no paper was made"
HOW_TO: Final = "doisoat interconnect {period} --record"
ROUNDINGS: Final[dict[str, Text]] = {
    "per_sum": message("time is summed by (payer, payee, price, day) and rounded once, half up"),
    "per_call": message("each call is rounded, half up"),
}
COUNTS: Final = {
    "due": message("Calls that owe interconnection"),
    "own_network": message("Calls within their own network"),
    "no_network": message("Calls to no network (short codes, abroad)"),
    "unknown_network": message("Calls to a network that nobody names: no amount yet"),
    "unpriced": message("Calls of which the catalogue has no price: no amount yet"),
    "suspended": message("Calls in suspense: no amount yet"),
    "messages": message("Messages to other networks: no interconnection price was found"),
}
RULE: Final = message(
    "The calling network pays the called one the price of the call's start; free to the"
    " customer is not free between carriers, unless the measure says so (waived). Added"
    " neither to what is payable nor to any relief."
)
# By whose calls the run lacks: the counterparty's, or the carrier's own.
ONE_SIDED: Final = {
    "theirs": message(
        "Only outgoing calls are known: the run has no calls of the other side, so none is netted"
    ),
    "own": message(
        "Only incoming calls are known: the run has no calls of this party, so none is netted"
    ),
}
RECEIVES, PAYS, EVEN = (
    message("receives"),
    message("pays"),
    message("even"),
)
TIMES: Final = {  # as quantity.TIME_UNITS
    "ms": message_in("paper facts", "ms"),
    "s": message("s"),
    "min": message("min"),
    "h": message("h"),
    "d": message("day"),
}
NOT_NETTED: Final = message("not netted")
# The rows below the pairs.
OF_NETTED: Final = message("Netted pairs")
OF_OTHERS: Final = message("Not netted")


class Counterparty(NamedTuple):
    """One pair, from the carrier's side; đồng excl. VAT."""

    id: str
    name: Text
    owes: int | None  # None: the run has no calls of the carrier
    owed: int | None  # None: nor of the counterparty

    @property
    def net(self) -> int | None:
        """What the carrier receives; below 0: pays; None: one side is not known."""
        return None if self.owed is None or self.owes is None else self.owed - self.owes

    @property
    def direction(self) -> Text:
        if self.net is None:
            return NOT_NETTED
        return RECEIVES if self.net > 0 else PAYS if self.net < 0 else EVEN


class Interconnection(NamedTuple):
    """A carrier's own, of its month's run."""

    entry: int  # of the log
    rounding: Rounding
    counterparties: tuple[Counterparty, ...]  # by id
    owes: tuple[Due, ...]  # by payee and price
    owed: tuple[Due, ...]  # by payer and price
    own_counts: dict[str, int]  # calls by sort, and messages, of the carrier
    all: dict[str, int]  # of all carriers of the run

    @property
    def one_sided(self) -> tuple[tuple[str, ...], Text] | None:
        """The counterparties that are not netted, and why; None: all are."""
        names = tuple(counterparty.id for counterparty in self.not_netted)
        is_own = any(counterparty.owes is None for counterparty in self.counterparties)
        return (names, ONE_SIDED["own" if is_own else "theirs"]) if names else None

    @property
    def netted(self) -> tuple[Counterparty, ...]:
        return tuple(
            counterparty for counterparty in self.counterparties if counterparty.net is not None
        )

    @property
    def not_netted(self) -> tuple[Counterparty, ...]:
        return tuple(
            counterparty for counterparty in self.counterparties if counterparty.net is None
        )

    @property
    def sums(self) -> tuple[int | None, int | None, int | None]:
        """What it owes, is owed and receives, net, of the netted pairs; None: none of them is."""
        pairs = self.netted
        if self.counterparties and not pairs:
            return None, None, None
        owes, owed = sum(pair.owes or 0 for pair in pairs), sum(pair.owed or 0 for pair in pairs)
        return owes, owed, owed - owes

    @property
    def unnetted_sums(self) -> tuple[int | None, int | None] | None:
        """What it owes, or is owed, of the pairs that are not netted; None: all are."""
        pairs = self.not_netted
        if not pairs:
            return None
        return _known([pair.owes for pair in pairs]), _known([pair.owed for pair in pairs])


def _known(amounts: Sequence[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def price_said(row: Due) -> Text:
    """A price of a unit of time: 270 đ/phút, 4,5 đ/6 giây."""
    match = re.fullmatch(quantity.QUANTITY, row.per)
    assert match is not None, row.per  # the catalogue's model refused all else
    unit, before = TIMES[match[2]], "" if match[1] == "1" else f"{match[1]} "
    return Text(
        f"{with_sign(row.price.replace('.', ','))}/{before.replace('.', ',')}{unit.vi}",
        f"{with_sign(row.price)}/{before}{unit.en}",
    )


def interconnection_of(
    carrier: str, record: Recorded | None, names: Mapping[str, Text]
) -> Interconnection | None:
    """None where nobody recorded it.

    Args: record: what the log says of the run; names: of carriers, by id.
    Raises: ConservationError if the entry's rows and counts disagree.
    """
    if record is None:
        return None
    checked(record)
    owes = tuple(row for row in record.rows if row.payer == carrier)
    owed = tuple(row for row in record.rows if row.payee == carrier)
    counterparties = sorted({row.payee for row in owes} | {row.payer for row in owed})
    calls = callers(record.carriers)
    pairs = tuple(
        Counterparty(
            counterparty,
            names.get(counterparty, Text(counterparty, counterparty)),
            sum(row.amount for row in owes if row.payee == counterparty)
            if carrier in calls
            else None,
            sum(row.amount for row in owed if row.payer == counterparty)
            if counterparty in calls
            else None,
        )
        for counterparty in counterparties
    )
    own_counts = [record.carriers[carrier]] if carrier in record.carriers else []
    return Interconnection(
        record.entry,
        record.rounding,
        pairs,
        owes,
        owed,
        _counts(own_counts),
        _counts(record.carriers.values()),
    )


def _counts(counted: Collection[Counted]) -> dict[str, int]:
    return {
        **{sort: sum(counts.calls[sort] for counts in counted) for sort in SORTS},
        "messages": sum(counts.messages for counts in counted),
    }


def checked(record: Recorded) -> Recorded:
    """What it is given, if it holds: of each carrier the calls of its rows are those that owe,
    nothing is waived beyond a call, and each amount is time × price, but for the rounding.

    Raises: ConservationError else.
    """
    for name in sorted({row.payer for row in record.rows} | set(record.carriers)):
        rows = [row for row in record.rows if row.payer == name]
        counted = record.carriers.get(name)
        due = (counted.calls["due"], counted.ms["due"]) if counted is not None else (0, 0)
        sums = sum(row.calls for row in rows), sum(row.ms for row in rows)
        if sums != due or any(not 0 <= row.waived_ms <= row.ms for row in rows):
            raise ConservationError(
                f"interconnection of {name}: its prices come to {sums[0]} calls of {sums[1]} ms,"
                f" its count is {due[0]} of {due[1]}", f"entry {record.entry} of the log", MEND,
            )  # fmt: skip
    for row in record.rows:
        exact, roundings = _exact(row), _roundings(row, record.rounding)
        if abs(row.amount - exact) > Fraction(roundings, 2):
            raise ConservationError(
                f"interconnection of {row.payer} with {row.payee}: {amount_text(row.amount)} at"
                f" {row.price} per {row.per}, but its time comes to {exact} before"
                f" {roundings} roundings", f"entry {record.entry} of the log", MEND,
            )  # fmt: skip
    return record


def _exact(row: Due) -> Fraction:
    """What the time that is not waived comes to, before any rounding."""
    ms = row.ms - row.waived_ms
    return ms * quantity.price(row.price) / quantity.divisor(row.per, quantity.TIME_UNITS)


def _roundings(row: Due, rounding: Rounding) -> int:
    """How often a part of it was rounded, at most: each time by half a đồng or less."""
    days = (row.last_day - row.first_day).days + 1
    return row.calls if rounding == "per_call" else min(row.calls, days)
