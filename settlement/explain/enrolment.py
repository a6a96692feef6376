"""Why a subscriber had a benefit of households in a month, or had none: by its snapshot."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import polars as pl

from doisoat.civil_time import EPOCH
from doisoat.engine.oracle import oracle
from doisoat.engine.oracle.households import Enrolled, of_month, snapshot_at
from doisoat.errors import ConservationError
from doisoat.messages.text import Text, message
from doisoat.settlement.runs.benefit_check import MS, enrolments_of
from doisoat.tariffs.models.package_model import HouseholdBenefit, Package


def enrolment_told(
    package: Package, lists: pl.DataFrame, outcome: oracle.Outcome
) -> tuple[Text, ...]:
    """A line for each benefit of households of a package, of an event's subscriber and month.

    Args: lists: rows of allow_list.parquet, as they stand.
    Raises: ConservationError where the snapshot says otherwise than what the event was rated by.
    """
    if not package.households:
        return ()
    return tuple(_lines(package, enrolments_of(lists), outcome))


def _lines(package: Package, enrolments: list[Enrolled], outcome: oracle.Outcome) -> Iterator[Text]:
    event = outcome.event
    start = EPOCH + event.start_ms * MS
    rated_by = {
        name
        for step in outcome.trace
        if step.kind == "subscription"
        for name in str(step.data["segment"]).split("+")
    }
    for rule in package.households:
        own = [
            one
            for one in enrolments
            if one.subscriber in (event.member, event.owner) and one.list in rule.lists
        ]
        households = {one.household for one in own}
        others = [one for one in enrolments if one.household in households]
        holders = of_month(rule, others, start.year, start.month)
        held = [one for one in holders.values() if one in own]
        if any(one.list not in rated_by for one in held) and rated_by:
            raise ConservationError(
                f"the snapshot gives {rule.id}, and the event was rated without it",
                f"event {UUID(int=event.event_id)}",
                "report this: the month is not what its enrolments say",
            )
        yield _line(rule, own, held, holders, start)


def _line(
    rule: HouseholdBenefit,
    own: list[Enrolled],
    held: list[Enrolled],
    holders: dict[int, Enrolled],
    start: datetime,
) -> Text:
    at = snapshot_at(rule, start.year, start.month)
    if held:
        return message(
            "benefit {benefit}: enrolled since {since}, and in the snapshot of {at}",
            benefit=rule.id, since=str(held[0].since), at=str(at),
        )  # fmt: skip
    before = [holders[one.household] for one in own
              if one.since <= at and (one.until is None or one.until > at)]  # fmt: skip
    if before:
        return message(
            "benefit {benefit}: none, since another enrolment of the household has it: {other},"
            " since {since}",
            benefit=rule.id, other=str(UUID(int=before[0].subscriber)), since=str(before[0].since),
        )  # fmt: skip
    return message(
        "benefit {benefit}: none by a list, since there is no enrolment in the snapshot of {at}",
        benefit=rule.id, at=str(at),
    )  # fmt: skip
