"""Explains one event's amounts: replays its owner with the oracle, checks what was published.

The oracle shares nothing with the kernel that settled the period but the catalogue and the
package, both as the folder of each month's run keeps them. So an explanation is a check as well:
if it comes to other lines than the published ones, that is our bug and no explanation. What is
said of it lies in `explanation`: readings turned, the steps in words, the letter.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl

from doisoat.currency import unit_text
from doisoat.engine.intake.records.conflict import copies_in, standing
from doisoat.engine.oracle import oracle
from doisoat.engine.store.home import Home, Part, list_parts, open_home
from doisoat.errors import ConservationError, PeriodError
from doisoat.messages.text import Text, TextError, message
from doisoat.settlement.explain.enrolment import enrolment_told
from doisoat.settlement.explain.step_texts import in_unit
from doisoat.settlement.explain.turned_readings import (
    Effect,
    Progress,
    Readings,
    effect_of,
    lines_object,
    turned,
    unturned,
)
from doisoat.settlement.figures.period import EPOCH, MS_PER_DAY, month_of_day
from doisoat.settlement.figures.refund_due import Refund, refund_due
from doisoat.settlement.rerating.owner_replay import (
    Settled,
    copies_of,
    find,
    found_copy,
    history_of,
    is_event,
    owner_of,
    settled_month,
)
from doisoat.settlement.runs.run_inputs import SYNTHETIC_MAPPING
from doisoat.settlement.runs.runs import (
    RunFiles,
    current_runs,
    package_as_written,
    package_in_words,
    run_in_force,
)
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package
from doisoat.tariffs.models.quantity import written

EVENT_ID = re.compile(r"[0-9a-f]{32}")
CONFLICTING = "conflicting"


@dataclass(frozen=True)
class Explanation:
    """An event, what became of it, what that hangs on, and the run that says so."""

    run: str
    period: str
    outcome: oracle.Outcome
    readings: dict[str, str]
    replayed: int  # events of the owner up to this one; 0 of a contradicted one, not replayed
    catalogue: Catalogue = field(repr=False)
    programme: Package = field(repr=False)
    is_synthetic: bool  # was any of the month's usage invented by `doisoat simulate`?
    hangs_on: Readings = field(default_factory=Readings)
    source: dict[str, Any] | None = None  # name, sha256, row; of a contradicted one: its copies
    volumes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of packs: their kinds
    enrolment: tuple[Text, ...] = ()  # of each benefit of households, whether he had it and why

    @property
    def package(self) -> str:
        return self.programme.id

    @property
    def effect(self) -> Effect:
        """What it comes to by the readings in force."""
        return effect_of(self.outcome)

    def steps(self, kind: str) -> list[dict[str, Any]]:
        """The data of its steps of a kind (see engine.oracle.facts.Step)."""
        return [step.data for step in self.outcome.trace if step.kind == kind]

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
            "start": written(event.start_ms),
            "kind": event.kind,
            "destination": event.destination,
            "destination_class": outcome.destination_class,
            "units": event.units,
            "billed": outcome.billed,
            "bundled": outcome.bundled,
            "status": outcome.status,
            "list_value": unit_text(outcome.list_value),
            "discount": unit_text(outcome.list_value - outcome.payable),
            "payable": unit_text(outcome.payable),
            "charged": None if event.charged is None else unit_text(event.charged),
            "refund": unit_text(self.refund.due),
            "source": self.source,
            "lines": [lines_object(line) for line in outcome.lines],
            "balances": [balance_object(data) for data in self.steps("balance")],
            "steps": [
                {"step": step.kind, **plain(in_unit(step))}
                for step in outcome.trace
                if step.kind != "balance"
            ],
            **({"enrolment": [str(line) for line in self.enrolment]} if self.enrolment else {}),
            "readings": self.readings,
            "readings_that_matter": [
                reading.as_object(self.effect) for reading in self.hangs_on.matter
            ],
            "readings_untouched": list(self.hangs_on.untouched),
            "readings_not_kept_by": self.hangs_on.not_kept or None,
            "agrees_with_published": True,
        }


def balance_object(data: Mapping[str, Any]) -> dict[str, Any]:
    """A balance as `--json` prints it: times as text, and money as well."""
    printed = {**data}
    for name in ("from_ms", "expiry_ms"):
        printed[name.removesuffix("_ms")] = (
            None if data[name] is None else written(printed.pop(name))
        )
        printed.pop(name, None)
    if data["unit"] == "money":
        for name in ("given", "before", "after"):
            printed[name] = None if data[name] is None else unit_text(data[name])
    return printed


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
        raise TextError(
            message("{text} is no event id: write a UUID or 32 hex digits", text=repr(text))
        )
    return int(digits, 16)


def explain(
    path: Path, event_id: int, *, progress: Progress | None = lambda steps: None
) -> Explanation:
    """Replay the owner of an event and check what comes out against what was published.

    Args: progress: told of each other answer to a reading that was tried; None: none is tried.
    Raises: PeriodError if there is no such event, or its month is not settled, or was before
        the event came in; ConservationError if oracle and published lines disagree; StoreError if
        a run's folder is not what its manifest says.
    """
    home = open_home(path)
    usage, master = list_parts(home, "usage"), list_parts(home, "master")
    contradicted = _contradicted(home, usage, event_id)
    if contradicted is None:
        located = find(home, usage, event_id)
        month = settled_month(home, _run_of(home, _month(located.start_ms)), usage)
    else:
        month = contradicted
        if not month.standing_copy(event_id)["is_chosen"][0]:
            explanation = _checked(month, _conflicting(month, event_id), 0)
            return replace(explanation, hangs_on=unturned(explanation.programme))
        located = found_copy(month, event_id)
    history = history_of(home, month, usage, master, owner_of(located, month, master))
    outcomes = history.rate(history.packages, event_id)
    ids = [outcome.event.event_id for outcome in outcomes]
    if event_id not in ids:
        raise PeriodError(
            message(
                "the event was taken in after {period} was settled, so no run holds it",
                period=month.run.period,
            ),
            f"event {UUID(int=event_id)}",
            message("settle it again: doisoat settle --period {period}", period=month.run.period),
        )
    place = ids.index(event_id)
    explanation = replace(
        _checked(month, outcomes[place], place + 1),
        source=located.source,
        enrolment=enrolment_told(month.package, history.listed, outcomes[place]),
    )
    if progress is None:
        return explanation
    written = [package_as_written(owner_month.month.run) for owner_month in history.months]
    hangs_on = turned(history, outcomes[place].event, explanation.effect, written, progress)
    return replace(explanation, hangs_on=hangs_on)


def _checked(month: Settled, outcome: oracle.Outcome, replayed: int) -> Explanation:
    """The explanation, if the run in force says the same."""
    run, event = month.run, outcome.event
    only = run.manifest["inputs"]["carrier"]
    if only is not None and event.carrier != only:
        raise PeriodError(
            message(
                "the run in force settles only {only}, and this event is of {carrier}",
                only=only,
                carrier=event.carrier,
            ),
            run.period,
            message(
                "settle all carriers first: doisoat settle --period {period}", period=run.period
            ),
        )
    _compare(run.path, outcome)
    return Explanation(
        run=run.run,
        period=run.period,
        outcome=outcome,
        readings={**run.manifest["inputs"]["readings"]},
        replayed=replayed,
        catalogue=month.catalogue,
        programme=package_in_words(month.package, package_as_written(run), str(run.path)),
        is_synthetic=any(
            part.manifest["sources"][number]["mapping"] == SYNTHETIC_MAPPING
            for part in month.parts
            for number in month.sources_of(part)
        ),
        volumes={
            pack.id: tuple(volume.kind for volume in pack.volumes)
            for pack in month.catalogue.packs  # by date: the version in force stands last
            if EPOCH + timedelta(milliseconds=event.start_ms) >= pack.valid_from
        },
    )


def _contradicted(home: Home, usage: Sequence[Part], event_id: int) -> Settled | None:
    """The settled month that holds a contradicted event, as it was decided then.

    None: no record contradicted it when its month was settled. Copies may be of several months.
    Raises: PeriodError if it stands in a month that is not settled, or was before.
    """
    copies = copies_in(home, usage).filter(is_event(event_id))
    if copies.is_empty():
        return None
    stands = _month(standing(copies)["start_ms"][0])
    runs, knew = current_runs(home), False
    for period in sorted({_month(start_ms) for start_ms in copies["start_ms"]} & runs.keys()):
        month = settled_month(home, _run_of(home, period), usage)
        if month.standing_copy(event_id).height:
            return month
        knew = knew or event_id in month.contradicted
    if knew or not copies["is_stored"].any():
        raise PeriodError(
            message(
                "its copies contradict each other, and the one that stands for it is of {stands}",
                stands=stands,
            ),
            f"event {UUID(int=event_id)}",
            message("settle that month: doisoat settle --period {stands}", stands=stands),
        )
    return None


def _conflicting(month: Settled, event_id: int) -> oracle.Outcome:
    """What becomes of a contradicted event: suspended, with the copies as its steps."""
    copies = copies_of(month, event_id)
    events = [event for event, _ in copies]
    differs = tuple(
        field.name
        for field in fields(oracle.Event)
        if len({getattr(e, field.name) for e in events}) > 1
    )
    details = {"reason": CONFLICTING, "copies": len(copies), "differs": differs}
    steps = [oracle.Step("suspended", details)]
    for event, where in copies:
        copy_fields = {
            name: getattr(event, name)
            for name in ("start_ms", "kind", "destination", "units", "charged", "carrier")
        }
        steps.append(oracle.Step("copy", {**copy_fields, **where}))
    stands = copies[0][0]
    return oracle.Outcome(stands, CONFLICTING, 0, 0, 0, 0, (), stands.destination, tuple(steps))


def _month(start_ms: int) -> str:
    return month_of_day(start_ms // MS_PER_DAY)


def _run_of(home: Home, period: str) -> RunFiles:
    run = run_in_force(home, period)
    if run is None:
        raise PeriodError(
            message("{period} is not settled, so no package was applied to it", period=period),
            str(home.path),
            message("settle it first: doisoat settle --period {period}", period=period),
        )
    return run


def _compare(folder: Path, outcome: oracle.Outcome) -> None:
    """The published lines and status of the event are those of the oracle, to the đồng."""
    event_id = outcome.event.event_id

    def published(name: str) -> list[dict[str, Any]]:
        scanned = pl.scan_parquet(folder / f"{name}.parquet", glob=False, hive_partitioning=False)
        return scanned.filter(is_event(event_id)).collect().to_dicts()

    lines = sorted(
        (row["measure"], row["nature"], row["units"], row["amount"]) for row in published("line")
    )
    computed = sorted(
        (line.measure, line.nature, line.units, line.amount) for line in outcome.lines
    )
    reasons = [row["reason"] for row in published("suspense")] or ["rated"]
    charges = [
        (row["list_value"], row["payable"])
        for row in published("refund")
        if (row["list_value"], row["payable"]) != (outcome.list_value, outcome.payable)
    ]
    if lines != computed or reasons != [outcome.status] or charges:
        raise ConservationError(
            f"the oracle comes to {outcome.status}, {computed}, but {reasons[0]}, {lines}"
            f"{', ' + str(charges) if charges else ''} was published",
            f"event {UUID(int=event_id)}",
            "report this event with the run's id: one of the two is wrong",
        )
