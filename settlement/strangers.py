"""What subscriptions name and the catalogue has not: told before anyone wonders at the suspense.

Names and counts only, never a subscriber.
"""

from collections import Counter
from collections.abc import Mapping

from doisoat.settlement.publish import scan
from doisoat.settlement.task import Task, rows

SHOWN = 10


def strangers(task: Task) -> list[str]:
    """A finding for each sort of name that the catalogue does not know, in both languages."""
    carriers = {carrier.id for carrier in task.catalogue.carriers}
    plans: dict[str, set[str | None]] = {}
    for version in task.catalogue.plans:
        plans.setdefault(version.id, set()).add(version.carrier)
    places = {place.code for place in task.catalogue.localities}
    unknown: dict[str, Counter[str]] = {name: Counter() for name in SAID}
    for carrier, plan, place, count in _named(task):
        owners = plans.get(plan)
        if carrier not in carriers:
            unknown["carrier"][carrier] += count
        if owners is None:
            unknown["plan"][plan] += count
        elif not owners & {carrier, None}:
            theirs = ", ".join(sorted(filter(None, owners)))
            unknown["owner"][f"{carrier}: {plan} ({theirs})"] += count
        if place and place not in places:
            unknown["place"][place] += count
    return [
        f"{vi}: {_listed(found)} | {en}: {_listed(found)}"
        for name, (vi, en) in SAID.items()
        if (found := unknown[name])
    ]


SAID = {
    "carrier": (
        "thuê bao của doanh nghiệp mà danh mục không có",
        "subscriptions of carriers that the catalogue has not",
    ),
    "plan": (
        "thuê bao có gói cước nền mà danh mục không có",
        "subscriptions with plans that the catalogue has not",
    ),
    "owner": (
        "thuê bao có gói cước nền của doanh nghiệp khác",
        "subscriptions with plans of another carrier",
    ),
    "place": (
        "thuê bao đăng ký tại nơi mà danh mục không có",
        "subscriptions with home localities that the catalogue has not",
    ),
}


def _named(task: Task) -> list[tuple[str, str, str, int]]:
    """(carrier, plan, home locality, subscriptions) of those that touch the period."""
    period = task.period
    found = []
    for part in task.master:
        path = part.file("subscription.parquet")
        if path is not None:
            found += rows(
                f"SELECT carrier, plan, home_locality, count(*) FROM {scan(path)}"
                f" WHERE from_ms < {period.end_ms}"
                f" AND (until_ms IS NULL OR until_ms > {period.begin_ms}) GROUP BY ALL"
            )
    return [row for row in found if task.carrier in (None, row[0])]


def _listed(found: Mapping[str, int]) -> str:
    """Names with their counts, the most frequent first."""
    ordered = sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))
    named = ", ".join(f"{name} × {count}" for name, count in ordered[:SHOWN])
    more = len(ordered) - SHOWN
    return f"{named}, … + {more}" if more > 0 else named
