"""Prices that are written without tax, as the law writes them, with the tax of their day put on.

Everything after this reads prices with tax. A version has the prices of one rate: where the rate
changes while it holds, it is refused, so that its author says which price follows.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.money import PRICE_DECIMALS_MAX, exact_text
from doisoat.tariffs.load.jurisdiction import jurisdiction_of
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue, Plan
from doisoat.tariffs.models.rates import Rate

PRICES = ("price", "connect_fee", "minimum_charge", "maximum_charge")  # of a rate


def with_tax(catalogue: Catalogue) -> Catalogue:
    """The catalogue with tax in every price of usage; itself, where none is without.

    Raises: CatalogueError where a version has prices of two rates of tax, or of none.
    """
    if not any(_is_net(plan) for plan in catalogue.plans):
        return catalogue
    plans = tuple(
        _taxed(plan, _rate_of(plan, catalogue)) if _is_net(plan) else plan
        for plan in catalogue.plans
    )
    return catalogue.model_copy(update={"plans": plans})


def _is_net(plan: Plan) -> bool:
    return any(rate.prices == "without_tax" for rate in plan.rates)


def _rate_of(plan: Plan, catalogue: Catalogue) -> Fraction:
    where = f"plan {plan.id}, rates"
    rates = jurisdiction_of(catalogue).tax.rates
    before = [rate for rate in rates if rate.valid_from <= plan.valid_from]
    if not before:
        raise CatalogueError(
            message("the state has no tax rate on {day}", day=plan.valid_from.date()),
            where,
            message("write the rate and its dates in jurisdiction.yaml"),
        )
    for rate in rates:
        if plan.valid_from < rate.valid_from and (
            plan.valid_until is None or rate.valid_from < plan.valid_until
        ):
            raise CatalogueError(
                message(
                    "the version from {begin} is without tax, and the rate changes on {day}",
                    begin=plan.valid_from.date(), day=rate.valid_from.date(),
                ),
                where,
                message("end it there by valid_until, and write the next version"),
            )  # fmt: skip
    return before[-1].share


def _taxed(plan: Plan, share: Fraction) -> Plan:
    def gross(text: str) -> str:
        taxed = exact_text(quantity.price(text) * (1 + share))
        if len(taxed.partition(".")[2]) > PRICE_DECIMALS_MAX:
            raise CatalogueError(
                message(
                    "{price} with its tax has more than {decimals} decimals",
                    price=text, decimals=PRICE_DECIMALS_MAX,
                ),
                f"plan {plan.id}, rates",
                message("write the price with fewer decimals"),
            )  # fmt: skip
        return taxed

    rates = tuple(rate if rate.prices == "with_tax" else _rate(rate, gross) for rate in plan.rates)
    return plan.model_copy(update={"rates": rates})


def _rate(rate: Rate, gross: Callable[[str], str]) -> Rate:
    changed: dict[str, Any] = {"prices": "with_tax"} | {
        name: gross(text) for name in PRICES if (text := getattr(rate, name)) is not None
    }
    changed["steps"] = tuple(
        step.model_copy(update={"price": gross(step.price), "flat": gross(step.flat)})
        for step in rate.steps
    )
    return rate.model_copy(update=changed)
