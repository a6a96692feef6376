"""Price tables: a rate as integers over one denominator, with a proof that it fits.

Units × price stays below 2**62, so that the kernel can add and multiply without looking, or the
tariff is refused.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import lcm

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.models import catalogue_model as models
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.field_types import USAGE_KINDS
from doisoat.tariffs.models.rates import Rate

ROUNDINGS = ("half_up", "half_even", "half_down", "up", "down")
PRICE_CROSSINGS = ("by_start", "split_time", "split_apart")
COVERAGE_RULES = ("continue", "restart", "restart_raw")
STEPS_MAX = 8
AMOUNT_MAX = 10**12  # minor units that a pack, fee or contribution may be
NUMERATOR_MAX = 2**61
INT64_MAX = 2**63 - 1
DENOMINATOR_MAX = 2**40


@dataclass(frozen=True)
class Table:
    """A step table over one denominator; amounts are numerators."""

    denominator: int
    connect: int
    connect_always: bool
    rounding: int
    restart: int  # of COVERAGE_RULES
    limit: int  # billed units past which the event is refused
    steps: tuple[tuple[int, int, int], ...]  # start, block, numerator per unit
    flats: tuple[int, ...]  # by step
    volume: bool
    minimum: int
    maximum: int  # -1: none
    zero_charged: bool
    round_to: int  # minor units
    crossing: int  # of PRICE_CROSSINGS
    # Of each of models.CONSUMPTION, its place in the plan's order of consumption.
    places: tuple[int, ...] = tuple(range(len(models.CONSUMPTION)))

    @property
    def highest(self) -> int:
        """The numerator that no event's charge passes."""
        units_max = self.limit + max(block for _, block, _ in self.steps)
        fixed = self.connect + self.minimum + sum(self.flats)
        return max(numerator for _, _, numerator in self.steps) * units_max + fixed


def _minor(text: str, decimals: int) -> Fraction:
    minor: Fraction = quantity.price(text) * 10**decimals
    return minor


def whole_minor(text: str, decimals: int, where: str) -> int:
    """An amount in minor units. Raises: CatalogueError if it is finer, or above AMOUNT_MAX."""
    amount = _minor(text, decimals)
    if amount.denominator != 1 or amount > AMOUNT_MAX:
        raise CatalogueError(
            message(
                "{text} is not a whole number of minor units up to {amount_max}",
                text=text,
                amount_max=AMOUNT_MAX,
            ),
            where,
            message("give at most {decimals} decimals", decimals=decimals),
        )
    return int(amount)


def compile_table(rate: Rate, decimals: int, where: str, shared: int = 1) -> Table:
    """A rate as integers over one denominator; CatalogueError where that can't be proved to fit.

    shared: what the denominator must be a multiple of.
    """
    furthest = quantity.UNITS_MAX[rate.kind]
    steps = [step for step in rate.table() if step[0] <= furthest]  # no event reaches another
    if len(steps) > STEPS_MAX:
        raise CatalogueError(
            message("{count} steps", count=len(steps)),
            where,
            message("use at most {steps_max}", steps_max=STEPS_MAX),
        )
    scaled = [(start, block, price * 10**decimals) for start, block, price in steps]
    connect = _minor(rate.connect_fee, decimals)
    flats = [flat * 10**decimals for flat in rate.flats()[: len(steps)]]
    least = _minor(rate.minimum_charge or "0", decimals)
    most_charge = None if rate.maximum_charge is None else _minor(rate.maximum_charge, decimals)
    amounts = [connect, least, *flats, *([] if most_charge is None else [most_charge])]
    denominator = lcm(
        shared,
        *(amount.denominator for amount in amounts),
        *(price.denominator for _, _, price in scaled),
    )
    numerators = [int(price * denominator) for _, _, price in scaled]
    most = furthest if rate.limit is None else min(rate.limit, furthest)
    round_to = 1
    if rate.round_to is not None:
        round_to = whole_minor(rate.round_to, decimals, f"{where}, round_to")
    table = Table(
        denominator=denominator,
        connect=int(connect * denominator),
        connect_always=rate.connect_rule == "always",
        rounding=ROUNDINGS.index(rate.rounding),
        restart=COVERAGE_RULES.index(rate.coverage_rule),
        limit=most,
        steps=tuple(
            (start, block, n) for (start, block, _), n in zip(scaled, numerators, strict=True)
        ),
        flats=tuple(int(flat * denominator) for flat in flats),
        volume=rate.model == "volume",
        minimum=int(least * denominator),
        # An event's parts may be of other tables; no sum of theirs passes int64.
        maximum=-1 if most_charge is None else min(int(most_charge * denominator), INT64_MAX),
        zero_charged=rate.zero_units == "charged",
        round_to=round_to,
        crossing=PRICE_CROSSINGS.index(rate.crossing),
    )
    if max(table.highest, denominator * round_to) > NUMERATOR_MAX or denominator > DENOMINATOR_MAX:
        raise CatalogueError(
            message(
                "the largest event ({most} units) times the price does not fit in 64 bits",
                most=most,
            ),
            where,
            message("bound the usage with beyond, or give the price with fewer decimals"),
        )
    return table


def where_of(plan: models.Plan, rate: Rate) -> str:
    return f"plan {plan.id}, {rate.kind} to {', '.join(rate.destinations)}"


class Itself:
    """A plan as a key of what was made of it: another one that says the same is another key."""

    __slots__ = ("plan",)

    def __init__(self, plan: models.Plan) -> None:
        self.plan = plan

    def __hash__(self) -> int:
        return id(self.plan)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.plan is other.plan


@lru_cache(maxsize=1_024)  # Worlds beside one another differ in few plans, or in none.
def priced(its: Itself, decimals: int) -> tuple[tuple[Table, tuple[int, ...]], ...]:
    """Of each rate of a plan: its table, and the hours of each class of day in which it holds.

    Raises: CatalogueError where a rate is of no usage, or `compile_table` refuses it.
    """
    plan = its.plan
    for rate in plan.rates:
        if rate.kind not in USAGE_KINDS:
            raise CatalogueError(
                message("a rate of kind {kind}", kind=rate.kind),
                f"plan {plan.id}",
                message("price packs under packs and fees by monthly_fee"),
            )
    places = tuple(map(plan.consumption.index, models.CONSUMPTION))
    shared = _shared_denominators(plan, decimals)
    return tuple(
        (
            replace(
                compile_table(rate, decimals, where_of(plan, rate), shared.get(rate.kind, 1)),
                places=places,
            ),
            rate.band,
        )
        for rate in plan.rates
    )


def _shared_denominators(plan: models.Plan, decimals: int) -> dict[str, int]:
    """For kinds that a plan splits in time: what the tables of all its bands count in."""
    shared: dict[str, int] = {}
    for kind in {rate.kind for rate in plan.rates if rate.crossing != "by_start"}:
        tables = [
            compile_table(rate, decimals, where_of(plan, rate))
            for rate in plan.rates
            if rate.kind == kind
        ]
        shared[kind] = lcm(*(table.denominator for table in tables))
    return shared
