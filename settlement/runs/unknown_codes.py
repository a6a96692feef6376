"""Codes that subscriptions name and the catalogue lacks, reported before they suspend events.

Names and counts only, never a subscriber.
"""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

import polars as pl

from doisoat.engine.intake.master.master_tables import contradicted_rows
from doisoat.engine.rating import allow_lists as lists
from doisoat.engine.rating.households import benefits_of, named_months
from doisoat.messages.text import joined, message
from doisoat.settlement.runs.run_inputs import Task, master

SHOWN = 10


def strangers(task: Task) -> list[str]:
    """A finding for each sort of name that the catalogue does not know, in both languages."""
    carriers = {carrier.id for carrier in task.catalogue.carriers}
    plans: dict[str, set[str | None]] = {}
    payments: dict[str, set[str | None]] = {}
    for version in task.catalogue.plans:
        plans.setdefault(version.id, set()).add(version.carrier)
        payments.setdefault(version.id, set()).add(version.payment)
    places = {place.code for place in task.catalogue.localities}
    unknown: dict[str, Counter[str]] = {name: Counter() for name in TEXTS}
    for carrier, plan, place, payment, count in _named(task):
        owners = plans.get(plan)
        if carrier not in carriers:
            unknown["carrier"][carrier] += count
        if owners is None:
            unknown["plan"][plan] += count
        elif not owners & {carrier, None}:
            owner_names = ", ".join(sorted(filter(None, owners)))
            unknown["owner"][f"{carrier}: {plan} ({owner_names})"] += count
        if not payments.get(plan, {None}) & {payment, None}:
            unknown["payment"][f"{plan}: {payment}"] += count
        if place and place not in places:
            unknown["place"][place] += count
    return [
        message("{codes}: {names}", codes=codes, names=_listed(names))
        for name, codes in TEXTS.items()
        if (names := unknown[name])
    ]


def of_master(task: Task) -> list[str]:
    """What of the master data itself says nothing to the run, in both languages."""
    findings: list[str] = []
    for name, count in contradicted_rows(task.master).items():
        findings.append(
            message(
                "master data that contradict each other, none of them counts: {name} × {count}",
                name=name,
                count=count,
            )
        )
    listed = master(task, "allow_list")
    if listed.is_empty():
        return findings
    unknown = lists.strangers(master(task, "subscription"), listed)
    if unknown:
        findings.append(message("on a list and without a subscription: {unknown}", unknown=unknown))
    findings += _duplicate_support(task, listed)
    segments: set[str] = set()
    for measure in task.package.measures:
        segments |= {
            *(measure.scope.segments or ()),
            *getattr(measure.effect, "except_segments", ()),
        }
    unasked = Counter(dict(listed["list"].value_counts().iter_rows()))
    for name in segments:
        unasked.pop(name, None)
    if unasked:
        findings.append(
            message("lists that no measure asks for: {unasked}", unasked=_listed(unasked))
        )
    return findings


def _duplicate_support(task: Task, listed: pl.DataFrame) -> list[str]:
    """Who is enrolled beside another of the household, who has its benefit; pseudonyms alone."""
    known = named_months(benefits_of(listed, task.package).duplicates, task.period.name)
    if not known:
        return []
    named = [
        message(
            "{refused} (held by {holds})",
            refused=str(UUID(int=one.refused)),
            holds=str(UUID(int=one.holds)),
        )
        for one in sorted(known)[:SHOWN]
    ]
    return [
        message(
            "duplicate support, 0 for all but one of a household: {count} ({named})",
            count=len(known),
            named=joined(", ", named),
        )
    ]


TEXTS = {
    "carrier": message("subscriptions of carriers that the catalogue has not"),
    "plan": message("subscriptions with plans that the catalogue has not"),
    "owner": message("subscriptions with plans of another carrier"),
    # Measures go by what the subscription says: words taken for each other give them to the others.
    "payment": message("subscriptions paid otherwise than the catalogue says of their plan"),
    "place": message("subscriptions with home localities that the catalogue has not"),
}


def _named(task: Task) -> list[tuple[str, str, str, str, int]]:
    """(carrier, plan, home locality, payment, subscriptions) of those that touch the period."""
    by = ["carrier", "plan", "home_locality", "payment"]
    in_period = master(task, "subscription").filter(
        (pl.col("from_ms") < task.period.end_ms)
        & (pl.col("until_ms").is_null() | (pl.col("until_ms") > task.period.begin_ms))
    )
    groups = in_period.group_by(by).len().sort(by).rows()
    return [row for row in groups if task.carrier in (None, row[0])]


def _listed(counts: Mapping[str, int]) -> str:
    """Names with their counts, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    named = ", ".join(f"{name} × {count}" for name, count in ordered[:SHOWN])
    more = len(ordered) - SHOWN
    return f"{named}, … + {more}" if more > 0 else named
