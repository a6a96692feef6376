"""How one event came to its amounts: its owner replayed by the oracle, beside what was published.

The oracle shares nothing with the kernel that settled the period but the catalogue and the
package, both as the run's own folder keeps them. So an explanation is a check as well: if it comes
to other lines than the published ones, that is our bug and no explanation.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import polars as pl

from doisoat.engine import oracle
from doisoat.engine.home import Home, Part, list_parts, open_home
from doisoat.engine.intake.events import conflicts
from doisoat.errors import ConservationError, PeriodError, StoreError
from doisoat.settlement.period import EPOCH, MS_PER_DAY, Period, month_of_day
from doisoat.settlement.publish import RunFiles, scan
from doisoat.settlement.runs import current_runs, run_files
from doisoat.tariffs.models import Catalogue, Package

EVENT_ID = re.compile(r"[0-9a-f]{32}")
LOW = (1 << 64) - 1
OWNED = ("owner_hi", "owner_lo")


@dataclass(frozen=True)
class Explanation:
    """An event, what became of it, and the run that says so."""

    run: str
    period: str
    package: str
    outcome: oracle.Outcome
    readings: dict[str, str]
    replayed: int  # events of the owner up to this one

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

    Raises: StoreError if there is no such event; PeriodError if its month is not settled;
        ConservationError if oracle and published lines disagree.
    """
    home = open_home(path)
    usage, master = list_parts(home, "usage"), list_parts(home, "master")
    contradicted = {hi << 64 | lo for hi, lo in conflicts(usage).iter_rows()}
    if event_id in contradicted:
        raise StoreError(
            "the records of this event contradict each other, so it is suspended and not rated",
            f"event {UUID(int=event_id)}",
            "look its records up in usage.suspense of relief.duckdb, reason conflicting",
        )
    owner, start_ms = _find(home, usage, event_id)
    period = month_of_day(start_ms // MS_PER_DAY)
    run = _run_of(home, period)
    folder = run.path
    catalogue = Catalogue.model_validate(_json(folder / "catalogue.json"))
    package = Package.model_validate(_json(folder / "package.json"))
    outcomes = _replay(home, run, catalogue, package, usage, master, owner, contradicted)
    place = next(i for i, outcome in enumerate(outcomes) if outcome.event.event_id == event_id)
    outcome = outcomes[place]
    only = run.manifest["inputs"]["carrier"]
    if only is not None and outcome.event.carrier != only:
        raise PeriodError(
            f"the run in force settles only {only}, and this event is of {outcome.event.carrier}",
            period,
            f"settle all carriers first: doisoat settle --period {period}",
        )
    _compare(folder, outcome)
    return Explanation(
        run=run.run,
        period=period,
        package=package.id,
        outcome=outcome,
        readings={**run.manifest["inputs"]["readings"]},
        replayed=place + 1,
    )


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError("not readable", str(path), "settle the period again") from error


def _rows(query: str) -> list[dict[str, Any]]:
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    try:
        connection.execute("SET enable_progress_bar = false")
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    finally:
        connection.close()


def _is(name: str, value: int) -> str:
    return f"{name}_hi = {value >> 64}::UBIGINT AND {name}_lo = {value & LOW}::UBIGINT"


def _number(row: dict[str, Any], name: str) -> int:
    return int(row[f"{name}_hi"]) << 64 | int(row[f"{name}_lo"])


def _buckets(part: Part) -> list[Path]:
    return sorted(part.path.glob("bucket=*.parquet"))


def _find(home: Home, usage: Sequence[Part], event_id: int) -> tuple[int, int]:
    """The owner and start of an event."""
    for part in usage:
        buckets = _buckets(part)
        found = buckets and _rows(
            f"SELECT owner_hi, owner_lo, start_ms FROM {scan(*buckets)}"
            f" WHERE {_is('event', event_id)}"
        )
        if found:
            return _number(found[0], "owner"), int(found[0]["start_ms"])
    raise StoreError(
        f"no event {UUID(int=event_id)} is in this home",
        str(home.path),
        "look its id up in usage.event of relief.duckdb (suspended records have none)",
    )


def _run_of(home: Home, period: str) -> RunFiles:
    run = current_runs(home).get(period)
    if run is None:
        raise PeriodError(
            f"{period} is not settled, so no package was applied to it",
            str(home.path),
            f"settle it first: doisoat settle --period {period}",
        )
    return run_files(home, run, superseded=False)


def _chain(home: Home, run: RunFiles) -> list[RunFiles]:
    """The runs whose closing states lead to this one, the first of them first."""
    chain = [run]
    while (opening := chain[0].manifest["inputs"]["opening_run"]) is not None:
        chain.insert(0, run_files(home, opening, superseded=False))
    return chain


def _replay(
    home: Home,
    run: RunFiles,
    catalogue: Catalogue,
    package: Package,
    usage: Sequence[Part],
    master: Sequence[Part],
    owner: int,
    contradicted: set[int],
) -> tuple[oracle.Outcome, ...]:
    """The owner's outcomes in the run's period, its balances brought along from the first one."""
    subscriptions = [row for part in master for row in _subscriptions(part, owner)]
    events = [
        event
        for part in usage
        for event in _events(part, owner)
        if event.event_id not in contradicted
    ]
    ports = [port for part in master for port in _ports(part, events)]
    packs = [pack for part in master for pack in _open_packs(part, owner)]
    state = None
    for step in _chain(home, run):
        period = Period.of(step.period)
        result = oracle.rate(
            catalogue,
            package,
            subscriptions,
            ports,
            events,
            (period.begin_ms, period.end_ms),
            packs if state is None else (),
            state,
        )
        state = result.state
    return result.outcomes


def _events(part: Part, owner: int) -> Iterator[oracle.Event]:
    buckets = _buckets(part)
    if not buckets:
        return
    query = (
        f"SELECT * FROM {scan(*buckets)} AS event"
        f" JOIN {scan(part.path / 'trait.parquet')} AS trait USING (trait)"
        f" WHERE {_is('owner', owner)}"
    )
    for row in _rows(query):
        yield oracle.Event(
            event_id=_number(row, "event"),
            owner=owner,
            start_ms=row["start_ms"],
            kind=row["kind"],
            destination=row["destination"],
            units=row["units"],
            duration_ms=row["duration_ms"],
            carrier=row["carrier"],
            rating_group=row["rating_group"],
            locality=row["locality"],
            pack=row["pack"],
            counterparty=_number(row, "counterparty"),
            session=_number(row, "session"),
            partial=row["partial"],
            charged=row["charged"],
        )


def _subscriptions(part: Part, owner: int) -> Iterator[oracle.Subscription]:
    path = part.file("subscription.parquet")
    for row in _rows(f"SELECT * FROM {scan(path)} WHERE {_is('owner', owner)}") if path else ():
        yield oracle.Subscription(
            owner=owner,
            carrier=row["carrier"],
            plan=row["plan"],
            segment=row["segment"],
            payment=row["payment"],
            home_locality=row["home_locality"],
            from_ms=row["from_ms"],
            until_ms=row["until_ms"],
        )


def _ports(part: Part, events: Sequence[oracle.Event]) -> Iterator[oracle.Port]:
    """Ports of the numbers that the events go to."""
    path = part.file("port.parquet")
    called = {event.counterparty for event in events} - {0}
    for row in _rows(f"SELECT * FROM {scan(path)}") if path and called else ():
        number = _number(row, "number")
        if number in called:
            yield oracle.Port(number, row["carrier"], row["from_ms"], row["until_ms"])


def _open_packs(part: Part, owner: int) -> Iterator[oracle.OpenPack]:
    path = part.file("pack.parquet")
    for row in _rows(f"SELECT * FROM {scan(path)} WHERE {_is('owner', owner)}") if path else ():
        left = tuple(int(units) for units in row["left"].split(";")) if row["left"] else ()
        yield oracle.OpenPack(owner, row["pack"], row["bought_ms"], row["price_paid"], left)


def _compare(folder: Path, outcome: oracle.Outcome) -> None:
    """The published lines and status of the event are those of the oracle, to the đồng."""
    event_id = outcome.event.event_id
    mine = pl.col("event_hi") == pl.lit(event_id >> 64, pl.UInt64)
    mine &= pl.col("event_lo") == pl.lit(event_id & LOW, pl.UInt64)

    def published(name: str) -> list[dict[str, Any]]:
        scanned = pl.scan_parquet(folder / f"{name}.parquet", glob=False, hive_partitioning=False)
        return scanned.filter(mine).collect().to_dicts()

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
