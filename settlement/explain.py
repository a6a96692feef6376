"""How one event came to its amounts: its owner replayed by the oracle, beside what was published.

The oracle shares nothing with the kernel that settled the period but the catalogue and the
package, both as the folder of each month's run keeps them. So an explanation is a check as well:
if it comes to other lines than the published ones, that is our bug and no explanation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl

from doisoat.engine import oracle
from doisoat.engine.home import Home, list_parts, open_home
from doisoat.engine.intake.conflict import conflicting_copies, standing
from doisoat.errors import ConservationError, PeriodError
from doisoat.settlement.period import EPOCH, MS_PER_DAY, month_of_day
from doisoat.settlement.publish import RunFiles
from doisoat.settlement.refund import Refund, refund_due
from doisoat.settlement.replay import Settled, copies_of, find, is_event, replay, settled_month
from doisoat.settlement.runs import current_runs, run_files

EVENT_ID = re.compile(r"[0-9a-f]{32}")
CONFLICTING = "conflicting"


@dataclass(frozen=True)
class Explanation:
    """An event, what became of it, and the run that says so."""

    run: str
    period: str
    package: str
    outcome: oracle.Outcome
    readings: dict[str, str]
    replayed: int  # events of the owner up to this one; 0 of a contradicted one, not replayed
    source: dict[str, Any] | None = None  # name, sha256, row; of a contradicted one: its copies
    volumes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of packs: their kinds

    @property
    def refund(self) -> Refund:
        """What is due back of an event that was rated."""
        outcome = self.outcome
        return refund_due(outcome.event.charged, outcome.list_value, outcome.payable)

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text, exact prices as fractions."""
        event, outcome = self.outcome.event, self.outcome
        return {
            "event": str(UUID(int=event.event_id)),
            "owner": str(UUID(int=event.owner)),
            "run": self.run,
            "period": self.period,
            "package": self.package,
            "carrier": event.carrier,
            "start": moment(event.start_ms),
            "kind": event.kind,
            "destination": event.destination,
            "destination_class": outcome.destination_class,
            "units": event.units,
            "billed": outcome.billed,
            "bundled": outcome.bundled,
            "status": outcome.status,
            "list_value": str(outcome.list_value),
            "discount": str(outcome.list_value - outcome.payable),
            "payable": str(outcome.payable),
            "charged": None if event.charged is None else str(event.charged),
            "refund": str(self.refund.due),
            "source": self.source,
            "lines": [
                {
                    "measure": line.measure,
                    "nature": line.nature,
                    "units": line.units,
                    "amount": str(line.amount),
                }
                for line in outcome.lines
            ],
            "steps": [{"step": step.kind, **plain(step.data)} for step in outcome.trace],
            "readings": self.readings,
            "agrees_with_published": True,
        }


def moment(ms: int) -> str:
    """Civil milliseconds as people write a moment."""
    return (EPOCH + timedelta(milliseconds=ms)).isoformat(sep=" ", timespec="milliseconds")


def plain(value: Any) -> Any:
    """A step's data as JSON takes it."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value


def parse_event_id(text: str) -> int:
    """An event's id from a UUID or 32 hex digits; ValueError if it is neither."""
    digits = text.strip().lower().replace("-", "")
    if EVENT_ID.fullmatch(digits) is None:
        raise ValueError(f"{text!r} is no event id: write a UUID or 32 hex digits")
    return int(digits, 16)


def explain(path: Path, event_id: int) -> Explanation:
    """Replay the owner of an event and check what comes out against what was published.

    Raises: PeriodError if there is no such event, or its month is not settled, or was before
        the event came in; ConservationError if oracle and published lines disagree.
    """
    home = open_home(path)
    usage, master = list_parts(home, "usage"), list_parts(home, "master")
    conflict = standing(conflicting_copies(usage).filter(is_event(event_id)))
    if conflict.height:
        month = settled_month(_run_of(home, _month(conflict["start_ms"][0])), usage)
        if event_id in month.contradicted:
            return _checked(month, _conflicting(month, event_id), 0)
    owner, start_ms, source = find(home, usage, event_id)
    month = settled_month(_run_of(home, _month(start_ms)), usage)
    outcomes = replay(home, month, usage, master, owner)
    ids = [outcome.event.event_id for outcome in outcomes]
    if event_id not in ids:
        raise PeriodError(
            f"the event was taken in after {month.run.period} was settled, so no run holds it",
            f"event {UUID(int=event_id)}",
            f"settle it again: doisoat settle --period {month.run.period}",
        )
    place = ids.index(event_id)
    return replace(_checked(month, outcomes[place], place + 1), source=source)


def _checked(month: Settled, outcome: oracle.Outcome, replayed: int) -> Explanation:
    """The explanation, if the run in force says the same."""
    run, event = month.run, outcome.event
    only = run.manifest["inputs"]["carrier"]
    if only is not None and event.carrier != only:
        raise PeriodError(
            f"the run in force settles only {only}, and this event is of {event.carrier}",
            run.period,
            f"settle all carriers first: doisoat settle --period {run.period}",
        )
    _compare(run.path, outcome)
    return Explanation(
        run=run.run,
        period=run.period,
        package=month.package.id,
        outcome=outcome,
        readings={**run.manifest["inputs"]["readings"]},
        replayed=replayed,
        volumes={
            pack.id: tuple(volume.kind for volume in pack.volumes)
            for pack in month.catalogue.packs  # by date: the version in force stands last
            if EPOCH + timedelta(milliseconds=event.start_ms) >= pack.valid_from
        },
    )


def _conflicting(month: Settled, event_id: int) -> oracle.Outcome:
    """What becomes of a contradicted event: suspended, with the copies as its steps."""
    copies = copies_of(month, event_id)
    steps = [oracle.Step("suspended", {"reason": CONFLICTING, "copies": len(copies)})]
    for event, where in copies:
        told = {
            name: getattr(event, name)
            for name in ("start_ms", "kind", "destination", "units", "charged", "carrier")
        }
        steps.append(oracle.Step("copy", {**told, **where}))
    stands = copies[0][0]
    return oracle.Outcome(stands, CONFLICTING, 0, 0, 0, 0, (), stands.destination, tuple(steps))


def _month(start_ms: int) -> str:
    return month_of_day(start_ms // MS_PER_DAY)


def _run_of(home: Home, period: str) -> RunFiles:
    run = current_runs(home).get(period)
    if run is None:
        raise PeriodError(
            f"{period} is not settled, so no package was applied to it",
            str(home.path),
            f"settle it first: doisoat settle --period {period}",
        )
    return run_files(home, run, superseded=False)


def _compare(folder: Path, outcome: oracle.Outcome) -> None:
    """The published lines and status of the event are those of the oracle, to the đồng."""
    event_id = outcome.event.event_id

    def published(name: str) -> list[dict[str, Any]]:
        scanned = pl.scan_parquet(folder / f"{name}.parquet", glob=False, hive_partitioning=False)
        return scanned.filter(is_event(event_id)).collect().to_dicts()

    lines = sorted(
        (row["measure"], row["nature"], row["units"], row["amount"]) for row in published("line")
    )
    told = sorted((line.measure, line.nature, line.units, line.amount) for line in outcome.lines)
    reasons = [row["reason"] for row in published("suspense")] or ["rated"]
    charges = [
        (row["list_value"], row["payable"])
        for row in published("refund")
        if (row["list_value"], row["payable"]) != (outcome.list_value, outcome.payable)
    ]
    if lines != told or reasons != [outcome.status] or charges:
        raise ConservationError(
            f"the oracle comes to {outcome.status}, {told}, but {reasons[0]}, {lines}"
            f"{', ' + str(charges) if charges else ''} was published",
            f"event {UUID(int=event_id)}",
            "report this event with the run's id: one of the two is wrong",
        )
