"""The sentences of an explanation's steps, and which of their fields are amounts. No I/O here."""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from doisoat.currency import CURRENCY, unit_text
from doisoat.engine.oracle.facts import Step
from doisoat.messages.text import Template, template
from doisoat.money import exact_text


class StepText:
    """The sentence of a step. ways: how its fields are said: names with blanks between, by way."""

    def __init__(self, sentence: Template, **ways: str) -> None:
        self.sentence, self.ways = sentence, ways


STEPS: Mapping[str, StepText] = MappingProxyType({
    "after": StepText(
        template("pack {pack} says of what is not covered: {rule} [{mark}, {source}]"),
        term="rule mark", source="source",
    ),
    "billed": StepText(
        template("used {raw}, billed by blocks {units}, from {first_place} to {until_place}"),
        units="raw units first_place until_place",
    ),
    "connect_fee": StepText(
        template("{charge}: connect fee {amount}"), charge="charge", exact="amount"
    ),
    "contribution": StepText(
        template("{measure}: the carrier contributes {amount} to {to}"), dong="amount"
    ),
    "cut": StepText(
        template("{measure}: {before}, the measure gives {gives}, left {after}, discount"
                 " {discount}"),
        dong="before after discount", exact="gives",
    ),
    "flat": StepText(template("{charge}: flat amount {amount}"), charge="charge", exact="amount"),
    "forbearance": StepText(template("{measure}: not barred, counted once")),
    "granted": StepText(
        template("{measure} grants {units}, until {expiry_ms}"), units="units", time="expiry_ms"
    ),
    "granted_money": StepText(
        template("{measure}: {drawn} of the money granted pays ({before} before, {after} after);"
                 " left to pay {charge_after} of {charge_before}"),
        dong="before drawn after charge_before charge_after",
    ),
    "in_kind": StepText(
        template("{measure}, in kind: {units} valued by {value} = {exact}, rounded {amount}"),
        units="units", term="value", exact="exact", dong="amount",
    ),
    "money": StepText(
        template("pack {pack} pays {drawn} of the charge (had {before}, has {after})"),
        dong="before drawn after",
    ),
    "opened": StepText(
        template("pack {pack} opens at {bought_ms}, expires {expiry_ms}, paid {price_paid}"),
        time="bought_ms expiry_ms", dong="price_paid",
    ),
    "prorated": StepText(
        template("for a part of the month ({rule}): {part} of price and volumes"), term="rule"
    ),
    "relief": StepText(
        template("{measure} ({role}): {before} to {after}, discount {discount} for {units}; in"
                 " kind {in_kind_units}"),
        role="role", dong="before after discount", units="units in_kind_units",
    ),
    "renewal_failed": StepText(
        template("renewal of pack {pack} failed ({rule}): nothing is paid or opened; {instances}"
                 " earlier purchases are affected"),
        term="rule",
    ),
    "renewed": StepText(
        template("renewal of pack {pack} ({rule}): {ended} earlier purchases end, leftover"
                 " volume: {rollover}"),
        term="rule rollover",
    ),
})  # fmt: skip
# Amounts of the steps that have no one sentence, in minor units as all of them.
OTHER_AMOUNTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"charge": ("exact", "amount"), "priced": ("price", "amount"), "copy": ("charged",)}
)


def in_unit(step: Step) -> dict[str, Any]:
    """A step's data with its amounts as `--json` prints them, where the currency has decimals."""
    if not CURRENCY.form.decimals:
        return dict(step.data)
    names = OTHER_AMOUNTS.get(step.kind, ())
    if step.kind in STEPS:
        ways = STEPS[step.kind].ways
        names = (*ways.get("dong", "").split(), *ways.get("exact", "").split())
    amounts = {
        name: _amount(Fraction(str(step.data[name])))
        for name in names
        if step.data.get(name) is not None
    }
    return {**step.data, **amounts}


def _amount(minor: Fraction) -> str:
    if minor.denominator == 1:
        return unit_text(int(minor))
    return exact_text(minor / 10**CURRENCY.form.decimals)
