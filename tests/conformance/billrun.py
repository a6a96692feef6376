"""Rows of a BillRun-shaped file: usage that draws on included groups, in sequences.

A sequence is the rows of one account (of one subscriber, where no account is named) up to a
rebalance, which resets it. Its owner is the account. Every included group becomes a volume of a
pack of its own, bought at no price when its period begins. Each row is a destination class of its
own: that tells exactly which volumes it may draw, and its rate.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from doisoat.tariffs.models.catalogue_model import Pack, Volume
from doisoat.tariffs.models.rates import Rate
from doisoat.tariffs.models.validity import Validity
from tests.conformance.billrun_catalogue import (
    KINDS,
    Book,
    Group,
    Held,
    held_services,
    month_after,
)
from tests.conformance.model import (
    ANY_DAY,
    DECIMALS,
    SOURCED,
    UNIT,
    BadFile,
    Band,
    Missing,
    Row,
    Scale,
    Trial,
    Unreadable,
    Want,
    World,
    catalogue_of,
    choice_of,
    cost_of,
    event_of,
    field_of,
    moment_of,
    number_of,
    plain,
    plan_of,
    price_of,
    rate_of,
    to_finest,
    whole_units,
    world_of,
)

COLUMNS = ("vector_id", "rates_json", "services_data", "rebalance_after", "expected_in_group")
CATALOGUE = "billrun_catalogue.json"
SCALE = Scale(DECIMALS)
PURCHASES = 1 << 40  # the first event id of a pack; those of rows are their places, from 1
ENDLESS = 1_000  # of cycles: from here on a price's end means none

# What the file leaves out, by row. Ours is the amount that follows from what it does tell.
UNNAMED_MEMBER = "The pool counts a member of the account that no row here names."
UNKNOWN_SERVICE = (
    "The catalogue's file lacks a service of the row (or of one before it that draws the same"
    " volume), so what it includes is not known: ours counts nothing for it."
)
LEFT_OUT = {
    "BR-k2": "The account's other member used the shared allowance before, in a row not here.",
    "BR-m2": UNNAMED_MEMBER,
    "BR-m7": UNNAMED_MEMBER,
    "BR-s1": UNNAMED_MEMBER,
    "BR-u1": "The source gives the amount (a prepriced line); no column here tells it.",
}


def read(rows: Iterable[Mapping[str, str]], folder: Path) -> Iterator[Row]:
    """Rows in file order, each with the world of its sequence. Raises: BadFile."""
    path = folder / CATALOGUE
    try:
        text = path.read_text("utf-8")
        book = Book(json.loads(text, parse_float=Decimal, parse_int=Decimal))
    except FileNotFoundError:
        raise BadFile(f"{path} is not there: these rows need their rates and services") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} is no JSON: {error}") from None
    lines = [Line(place, row, book) for place, row in enumerate(rows)]
    done: dict[int, Row] = {}
    for sequence in sequences(lines):
        done |= judged(sequence)
    for line in lines:
        yield done[line.place]


def sequences(lines: Iterable["Line"]) -> Iterator[list["Line"]]:
    open_ones: dict[str, list[Line]] = {}
    for line in lines:
        open_ones.setdefault(line.account, []).append(line)
        if line.row["rebalance_after"] == "yes":
            yield open_ones.pop(line.account)
    yield from open_ones.values()


# --- rows ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Supply:
    """A volume that a row may draw, in the period that holds the row's moment."""

    key: tuple[object, ...]  # whose, of what, and since when
    group: Group
    amount: Decimal
    since: datetime
    until: datetime
    member: tuple[str, str]  # who brings it into a pool


@dataclass(eq=False)
class Line:
    place: int
    row: Mapping[str, str]
    book: Book
    supplies: list[Supply] = field(default_factory=list)
    lacks_service: bool = False  # one of its services is not in the catalogue's file
    after: datetime | None = None  # the row before it that may draw what this one draws

    @property
    def id(self) -> str:
        return self.row["vector_id"]

    @property
    def subscriber(self) -> str:
        return self.row["subscriber_sid"]

    @property
    def account(self) -> str:
        return self.row["account_aid"] or f"of {self.subscriber}"

    @property
    def usage_type(self) -> str:
        return self.row["usage_type"]

    @property
    def kind(self) -> str:
        if self.usage_type not in KINDS:
            raise Missing(f"usage of type {self.usage_type!r}")
        return KINDS[self.usage_type]

    @property
    def destination(self) -> str:
        return f"row.{self.place}"

    @property
    def start(self) -> datetime:
        """Its moment, but never before that of a row that drew the same volume earlier.

        The peer draws in the order of its test, whatever the clock says.
        """
        if self.after is None or self.after < self.written:
            return self.written
        return self.after + timedelta(seconds=1)

    @cached_property
    def written(self) -> datetime:
        """Its moment as written; without one, rows follow one another on any day."""
        return moment_of(self.row, "event_time") or ANY_DAY + timedelta(seconds=self.place)

    @cached_property
    def services(self) -> list[Held]:
        return held_services(field_of(self.row, "services_data"))

    @property
    def rate(self) -> str:
        """The retail rate: what is owed wholesale is no charge of the subscriber's."""
        text = field_of(self.row, "rates_json")
        try:
            rates: dict[str, str] = json.loads(text)
            return next(name for name, tariff in rates.items() if tariff == "retail")
        except (json.JSONDecodeError, AttributeError, StopIteration):
            raise Unreadable("rates_json", text, "an object with a retail rate") from None

    @cached_property
    def bands(self) -> list[Band]:
        names = [held.name for held in self.services]
        return self.book.bands(self.rate, self.usage_type, self.row["plan"], names)

    @property
    def usage(self) -> Decimal:
        return number_of(self.row, "usage")

    @property
    def expected(self) -> Want:
        price = cost_of(self.row, "expected_price")
        if any(not supply.group.usage_types for supply in self.supplies):
            return Want(price)  # units and money in one number
        return Want(price, whole_units(self.kind, number_of(self.row, "expected_in_group", "0")))

    def read(self) -> None:
        """What this row says, and all that it may draw. Raises: Unreadable, Missing."""
        choice_of(self.row, "rebalance_after", ("yes", "no"))
        _ = self.written
        rate_of_line(self)
        whole_units(self.kind, self.usage)
        self.find_supplies()
        _ = self.expected

    def find_supplies(self) -> None:
        """All that this row may draw. Raises: Missing."""
        groups: list[tuple[Group, Held]] = []
        for held in self.services:
            groups += [(group, held) for group in self.groups_of(held)]
        own = Held(self.row["plan"])
        if own.name not in self.book.plans:
            raise Missing("nothing, but the plan is not in the catalogue's file")
        strongest = self.book.strongest(self.book.plans[own.name], self.rate, self.usage_type)
        groups += [(group, own) for group in strongest]
        for group, held in groups:
            if not self.book.allows(group, self.rate, self.usage_type):
                continue
            if group.usage_types and len({KINDS.get(name) for name in group.usage_types}) != 1:
                raise Missing("one volume for several kinds of usage")
            period = self.period(held)
            if period is not None:
                self.supplies.append(self.supply(group, held, *period))

    def groups_of(self, held: Held) -> list[Group]:
        entry = self.book.services.get(held.name)
        if entry is not None:
            return self.book.groups(entry)
        told = re.fullmatch(r"(\d+)GB_\w*FOR_\d+_CYCLES?", held.name)
        if told is None:
            self.lacks_service = True
            return []
        value = Decimal(told[1]) * 10**9
        return [Group(held.name, held.name, value, ("data",), (self.rate,), False, False, False)]

    def period(self, held: Held) -> tuple[datetime, datetime] | None:
        """The period of the service that holds the row's moment: a month unless told otherwise."""
        entry = self.book.services.get(held.name, {})
        since = held.since
        span = re.fullmatch(
            r"(tomorrow )?\+(\d+) (day|week|month)s?", str(entry.get("balance_period", ""))
        )
        if span is not None and since is not None:
            first = since + timedelta(days=1) if span[1] else since
            count = int(span[2])
            if span[3] == "month":
                until = month_after(first, count) + timedelta(days=first.day - 1)
            else:
                until = first + timedelta(days=count * (7 if span[3] == "week" else 1))
            return (since, until) if since <= self.start < until else None
        begin, end = month_after(self.start, 0), month_after(self.start)
        if since is not None:
            begin = max(begin, since)
            cycles = self.cycles(held.name, entry)
            if cycles is not None:
                end = min(end, month_after(since, cycles))
        if held.until is not None:
            end = min(end, held.until)
        return (begin, end) if begin <= self.start < end else None

    @staticmethod
    def cycles(name: str, entry: Mapping[str, Any]) -> int | None:
        """How many months the service is sold for; None: as many as one likes."""
        told = re.search(r"_FOR_(\d+)_CYCLES?$", name)
        if told is not None and not entry:
            return int(told[1])
        prices = entry.get("price")
        last = prices[-1]["to"] if isinstance(prices, list) else "UNLIMITED"
        return int(last) if isinstance(last, Decimal) and last < ENDLESS else None

    def supply(self, group: Group, held: Held, since: datetime, until: datetime) -> Supply:
        quantity = held.quantity if group.by_quantity else 1
        whose = (self.account,) if group.shared else (self.account, self.subscriber)
        instance = "" if group.pool else held.instance
        return Supply(
            (*whose, group.origin, instance, group.name, since), group,
            group.value * quantity, since, until, (self.subscriber, held.instance),
        )  # fmt: skip


# --- sequences -----------------------------------------------------------------------------------


def judged(sequence: list[Line]) -> dict[int, Row]:
    """The rows of one sequence by their place in the file."""
    done: dict[int, Row] = {}
    lost: set[tuple[object, ...]] = set()  # volumes that a row not covered may have drawn
    covered: list[Line] = []
    drawn_at: dict[tuple[object, ...], datetime] = {}  # when each volume was drawn last
    unread = False  # a row before drew what nobody knows: no volume's state is known any more
    for line in sequence:
        try:
            line.read()
            if any(unread or supply.key in lost for supply in line.supplies):
                raise Missing("what a row before it lacks: its state is not known")
            line.after = max(
                (drawn_at[supply.key] for supply in line.supplies if supply.key in drawn_at),
                default=None,
            )
            drawn_at |= {supply.key: line.start for supply in line.supplies}
            covered.append(line)
        except Unreadable as fault:
            done[line.place] = Row(line.id, unreadable=fault)
            unread = True
        except Missing as feature:
            done[line.place] = Row(line.id, missing=str(feature))
            lost |= {supply.key for supply in line.supplies}
    pooled = [line for line in covered if any(supply.group.pool for supply in line.supplies)]
    for line in pooled if unread else ():
        done[line.place] = Row(line.id, missing="all members of its pool: a row was not read")
        covered.remove(line)
    if not covered:
        return done
    world = world_of_sequence(covered)
    for line in covered:
        ours, reason = documented(line, covered)
        trial = Trial(world, line.place + 1, line.expected, ours)
        done[line.place] = Row(line.id, (trial,), reason=reason)
    return done


def rate_of_line(line: Line) -> Rate:
    return rate_of(line.kind, line.destination, line.bands, SCALE, coverage_rule="restart_raw")


def world_of_sequence(lines: list[Line]) -> World:
    packs = []
    events = []
    amounts = amounts_of(lines)
    drawers: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        for supply in line.supplies:
            drawers.setdefault(supply.key, []).append(line)
    for number, (key, those) in enumerate(drawers.items()):
        supply = next(s for s in those[0].supplies if s.key == key)
        packs.append(pack_of(f"included.{number}", supply, amounts[key], those))
        purchase = event_of(PURCHASES + number, supply.since, "pack", "data", 1)
        events.append(replace(purchase, pack=f"included.{number}"))
    events += [
        event_of(
            line.place + 1, line.start, line.kind, line.destination,
            whole_units(line.kind, line.usage),
        )
        for line in lines
    ]  # fmt: skip
    plan = plan_of(*(rate_of_line(line) for line in lines))
    return world_of(catalogue_of([plan], SCALE, packs=tuple(packs)), events, SCALE)


def amounts_of(lines: list[Line]) -> dict[tuple[object, ...], Decimal]:
    """Units of each volume. A pool is as large as its members bring."""
    brought: dict[tuple[object, ...], dict[tuple[str, str], Decimal]] = {}
    for line in lines:
        for supply in line.supplies:
            member = supply.member if supply.group.pool else ("", "")
            brought.setdefault(supply.key, {})[member] = supply.amount
    return {key: sum(members.values(), Decimal(0)) for key, members in brought.items()}


def pack_of(name: str, supply: Supply, amount: Decimal, lines: list[Line]) -> Pack:
    """A pack of one volume, for the classes of the rows that may draw it. It counts raw units."""
    classes = tuple(line.destination for line in lines)
    if supply.group.usage_types:
        kind = KINDS[supply.group.usage_types[0]]
        counted = f"{plain(amount)} {UNIT[kind]}"
        volume = Volume(kind=kind, destinations=classes, amount=counted, counts="raw")
    else:
        volume = Volume(kind="any", destinations=classes, amount=plain(amount), counts="money")
    whole_month = supply.until == month_after(supply.since)
    validity = (
        Validity(calendar_month=True)
        if whole_month
        else Validity(calendar_days=(supply.until - supply.since).days)
    )
    return Pack(
        id=name, price="0", validity=validity, volumes=(volume,),
        valid_from=datetime(2000, 1, 1), rank=2 if supply.group.shared else 1, **SOURCED,
    )  # fmt: skip


# --- documented differences ----------------------------------------------------------------------


def documented(line: Line, lines: list[Line]) -> tuple[Want | None, str]:
    """What ours gives by its own rule where the row's cannot be had, and why."""
    keys = {supply.key for supply in line.supplies}
    unknown = any(
        other.lacks_service
        and (other is line or keys.intersection(supply.key for supply in other.supplies))
        for other in lines
        if other.place <= line.place
    )
    if line.id not in LEFT_OUT and not unknown:
        return None, ""
    left: dict[tuple[object, ...], Fraction] = {
        key: Fraction(amount) for key, amount in amounts_of(lines).items()
    }
    want = Want(None)
    for other in lines[: lines.index(line) + 1]:
        want = ours(other, left)
    return want, LEFT_OUT.get(line.id, UNKNOWN_SERVICE)


def ours(line: Line, left: dict[tuple[object, ...], Fraction]) -> Want:
    """The price, from the table's start, of the raw units left; `left` is drawn down.

    A volume of money pays what is left of the price after volumes of units.
    """
    usage = Fraction(line.usage)
    uncovered = usage
    for supply in line.supplies:
        if supply.group.usage_types:
            drawn = min(left[supply.key], uncovered)
            left[supply.key] -= drawn
            uncovered -= drawn
    price = price_of(line.bands, uncovered)
    for supply in line.supplies:
        if not supply.group.usage_types:
            paid = min(left[supply.key], price)
            left[supply.key] -= paid
            price -= paid
    if any(not supply.group.usage_types for supply in line.supplies):
        return Want(to_finest(price))
    covered = usage - uncovered
    units = whole_units(line.kind, Decimal(covered.numerator) / covered.denominator)
    return Want(to_finest(price), units)
