"""The catalogue of a BillRun-shaped file: its rates, plans and services, and what rows name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.conformance.model import Band, Missing, Unreadable, Usage, day_of

KINDS: dict[str, Usage] = {
    "call": "voice", "incoming_call": "voice", "outgoing_call": "voice", "data": "data",
    "sms": "sms", "gr": "sms",
}  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Units that a plan or a service includes."""

    origin: str  # plan or service
    name: str
    value: Decimal
    usage_types: tuple[str, ...]  # () of money
    rates: tuple[str, ...] | None  # None: those rates that name this group
    shared: bool
    pool: bool
    by_quantity: bool


class Book:
    """The file of rates, plans and services."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.rates = {entry["key"]: entry["rates"] for entry in body["rates"]}
        self.plans = {entry["name"]: entry for entry in body["plans"]}
        self.services = {entry["name"]: entry for entry in body["services"]}

    def groups(self, entry: Mapping[str, Any]) -> list[Group]:
        return [
            self.group(entry["name"], name, body)
            for name, body in entry.get("include", {}).get("groups", {}).items()
        ]

    def group(self, origin: str, name: str, body: Mapping[str, Any]) -> Group:
        if "value" in body:
            value, types = Decimal(body["value"]), tuple(body["usage_types"])
        elif "cost" in body:
            value, types = Decimal(body["cost"]), ()
        else:
            types = tuple(key for key in body if key in KINDS)
            if len(types) != 1:
                raise Missing("a group of several amounts")
            value = Decimal(body[types[0]])
        rates = tuple(body["rates"]) if "rates" in body else None
        return Group(
            origin, name, value, types, rates, bool(body.get("account_shared")),
            bool(body.get("account_pool")), bool(body.get("quantity_affected")),
        )  # fmt: skip

    def allows(self, group: Group, rate: str, usage_type: str) -> bool:
        """May usage of this rate draw the group? (A group of money is for any type of usage.)"""
        if group.usage_types and usage_type not in group.usage_types:
            return False
        if group.rates is None:
            return group.name in self.rates[rate][usage_type].get("groups", ())
        return rate in group.rates

    def strongest(self, plan: Mapping[str, Any], rate: str, usage_type: str) -> list[Group]:
        """Of a plan's groups the peer draws one alone: the first that the rate may draw.

        The first is the plan's first of those that name their rates, else the rate's first.
        """
        fit = [group for group in self.groups(plan) if self.allows(group, rate, usage_type)]
        named = [group for group in fit if group.rates is not None]
        if named:
            return named[:1]
        order = self.rates[rate][usage_type].get("groups", ())
        return sorted(fit, key=lambda group: order.index(group.name))[:1]

    def bands(self, rate: str, usage_type: str, plan: str, services: Iterable[str]) -> list[Band]:
        """The rate's steps, as the plan or, before it, a service changes them."""
        if usage_type not in self.rates.get(rate, {}):
            raise Missing("nothing, but the rate is not in the catalogue's file")
        body = self.rates[rate][usage_type]
        base = body.get(plan, body["BASE"])["rate"]
        changed = self.plans.get(plan, {}).get("rates", {}).get(rate, {}).get(usage_type, {})
        for service in services:
            entry = self.services.get(service, {})
            changed = entry.get("rates", {}).get(rate, {}).get(usage_type, changed)
        share = Decimal(changed.get("percentage", 1))
        bands = []
        start = Decimal(0)
        for step in changed.get("rate", base):
            interval = Decimal(step["interval"])
            bands.append(Band(start, Decimal(step["price"]) * share, interval, interval))
            start = Decimal(0) if step["to"] == "UNLIMITED" else Decimal(step["to"])
        return bands


@dataclass(frozen=True)
class Held:
    """A service as one row names it."""

    name: str
    instance: str = ""
    since: datetime | None = None
    until: datetime | None = None
    quantity: int = 1


def held_services(text: str) -> list[Held]:
    """The services of a row, from its PHP or JSON text. Raises: Unreadable."""
    found = re.findall(r"\[([^\[\]]*=>[^\[\]]*)\]", text)
    if not found:
        names = re.findall(r"['\"]([^'\"]+)['\"]", text)
        if not names and text.strip("[] ,"):
            raise Unreadable("services_data", text, "a list of services")
        return [Held(name) for name in names]
    out = []
    for inner in found:
        pairs = re.findall(r"['\"](\w+)['\"]\s*=>\s*(?:['\"]([^'\"]*)['\"]|([\w.]+))", inner)
        service = {key: (quoted or bare).strip() for key, quoted, bare in pairs}
        if not service.get("name"):
            raise Unreadable("services_data", inner.strip(), "the name of a service")
        quantity = service.get("quantity", "1")
        if not quantity.isdecimal():
            raise Unreadable("services_data", quantity, "a whole quantity")
        out.append(
            Held(
                service["name"], service.get("service_id", ""), service_day(service.get("from")),
                service_day(service.get("to")), int(quantity),
            )
        )  # fmt: skip
    return out


def service_day(text: str | None) -> datetime | None:
    """The day on which a service begins or ends; None: not said. Raises: Unreadable.

    The peer's tests write some as `time*2020-02-23`, and turn these into dates before they run.
    """
    return day_of(text.removeprefix("time*"), "services_data") if text else None


def month_after(moment: datetime, months: int = 1) -> datetime:
    """Midnight of the first day, so many months on."""
    years, month = divmod(moment.month - 1 + months, 12)
    return datetime(moment.year + years, month + 1, 1)
