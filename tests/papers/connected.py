"""Interconnection made by hand, as the log says it of the month of `world.write_run`."""

from datetime import date

from doisoat.settlement.interconnect.call_prices import SORTS
from doisoat.settlement.interconnect.log_entry import Due, Recorded
from doisoat.settlement.interconnect.netting import Counted, Rounding
from doisoat.tariffs.models import quantity

DAYS = date(2021, 8, 1), date(2021, 8, 31)
MINUTE = 60_000
OWES, OWED = 270_000_000_005, 270_000_000_002  # viettel to vnpt, and back
WAIVED_MS = 90 * MINUTE + 45_678


def due(
    payer: str, payee: str, amount: int, price: str = "270", per: str = "1 min", waived_ms: int = 0
) -> Due:
    """Three calls, of as much time together as comes to the amount."""
    ms = round(amount * quantity.divisor(per, quantity.TIME_UNITS) / quantity.price(price))
    return Due(payer, payee, price, per, *DAYS, 3, ms + waived_ms, waived_ms, amount)


def counted(calls: int, messages: int = 0, **other: int) -> Counted:
    """So many calls of `due`, whose time `told` adds, and others by their sort."""
    sorts = {**dict.fromkeys(SORTS, 0), "due": calls}
    return Counted({**sorts, **other}, dict.fromkeys(SORTS, 0), messages)


def told(*rows: Due, rounding: Rounding = "per_sum", **carriers: Counted) -> Recorded:
    for name, one in carriers.items():
        ms = sum(row.ms for row in rows if row.payer == name)
        carriers[name] = one._replace(ms={**one.ms, "due": ms})
    return Recorded(7, rounding, rows, carriers)


# Nothing is known of what gmobile calls.
BOTH = told(
    due("viettel", "gmobile", 4_444),
    due("viettel", "vnpt", OWES - 5, waived_ms=WAIVED_MS),
    due("viettel", "vnpt", 5, "4.5", "6 s"),
    due("vnpt", "viettel", OWED),
    viettel=counted(9, 1_303, unpriced=11, unknown_network=12, suspended=13),
    vnpt=counted(3, 700, unpriced=100),
)
