"""The job by plain Python: oracle and kernel over the events of some whole owners.

`rate-python`: all measures. The oracle (engine/oracle/oracle.py) is a program of its own, which
reads like docs/semantics.md: exact rationals, one event after the other, with a trace of every
step. It is what plain code costs that nobody tuned, and no claim about what tuned Python would.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar

import polars as pl

from doisoat.benchmarks.answers import Answer, Content, first_of, rows_that_differ
from doisoat.benchmarks.doisoat_job import timed
from doisoat.benchmarks.task import CARRIER_DAY, Job, Task, open_task
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.oracle import oracle
from doisoat.engine.rating.rater import STATUSES, Rater
from doisoat.engine.store.id128 import named as identifier
from doisoat.engine.usage.stored_parts import NO_PACKS, NO_PORTS, NO_SUBSCRIPTIONS, read_master
from doisoat.settlement.figures.rows import named, names_of_lines
from doisoat.settlement.rerating.owner_replay import event_of, ports_called, subscription_of
from doisoat.tariffs.compile.compile import compile_program

EVENT = ("event_hi", "event_lo")
OUTCOME = (*EVENT, "status", "list_value", "payable")
LINE = (*EVENT, "measure", "nature", "units", "amount")
OWNER = ("owner_hi", "owner_lo")
MASTER = {"subscription": NO_SUBSCRIPTIONS, "pack": NO_PACKS, "port": NO_PORTS}
WIDTHS = {"events": 1, "lines": 2}  # how many columns of an answer's rows are its key


@dataclass(frozen=True)
class PythonAnswer(Answer):
    """The answer of a side. taken: OUTCOME, then LINE, out of wherever they lie, with names."""

    taken: Callable[[], tuple[pl.DataFrame, pl.DataFrame]]
    stages: dict[str, float] = field(default_factory=dict, compare=False)

    def as_content(self) -> Content:
        """By status: events, sums, and the SHA-256 of them all; lines by measure and nature."""
        events, lines = self.taken()
        return {
            "events": _sealed(events, ("status",), ("list_value", "payable")),
            "lines": _sealed(lines, ("measure", "nature"), ("units", "amount")),
        }


def _sealed(rows: pl.DataFrame, keys: tuple[str, ...], sums: tuple[str, ...]) -> list[list[object]]:
    ordered = rows.cast(dict.fromkeys(keys, pl.String)).sort(*EVENT, *keys)
    sealed = []
    for key, key_rows in ordered.partition_by(keys, as_dict=True).items():
        text = key_rows.select(*EVENT, *sums).write_csv(include_header=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        sealed.append(
            [*key, key_rows.height, *(int(key_rows[name].sum()) for name in sums), digest]
        )
    return sorted(sealed)


@dataclass(frozen=True)
class PythonJob:
    """Every event and line of the first owners of a home: those of `events` events, whole."""

    name: str
    events: int
    sides: ClassVar = ("doisoat", "python")
    streams: ClassVar[tuple[str, ...]] = ()

    def prepare(self, home: Path, folder: Path, carrier: str | None) -> tuple[str, int]:
        """The records of these owners, as files in `folder`."""
        task = _task_of(home)
        events = pl.read_parquet(task.buckets[0], glob=False)
        owner = events.select(pl.struct(OWNER).rle_id())[OWNER[0]]
        last = owner[min(self.events, events.height) - 1]
        chosen = events.filter(owner <= last)
        owners = chosen.select(OWNER).unique()
        chosen.write_parquet(folder / "usage.parquet")
        for name, nothing in MASTER.items():
            rows = read_master(task.master, name, None)
            rows = nothing if rows is None else rows
            if name != "port":
                rows = rows.join(owners, on=OWNER, how="semi", maintain_order="left")
            rows.write_parquet(folder / f"{name}.parquet")
        return (
            f"every measure, {owners.height} whole owners, {chosen.height:,} events",
            chosen.height,
        )

    def ready(self, side: str, home: Path, folder: Path) -> Callable[[], PythonAnswer]:
        """A side's run, up to its clock."""
        return partial(run_ours if side == "doisoat" else run_python, _task_of(home), folder)

    def summary(self, content: Content) -> str:
        events, lines = (sum(row[at] for row in content[name]) for name, at in WIDTHS.items())
        return f"{events} events, {lines} lines"

    def differences(self, our_content: Content, peer_content: Content) -> list[str]:
        """What differs between two answers; empty if nothing does."""

        def lines() -> Iterator[str]:
            for name, width in WIDTHS.items():
                yield from rows_that_differ(name, width, our_content[name], peer_content[name])

        return first_of(lines())


def _task_of(home: Path) -> Task:
    return open_task(home, Job("rate-python", (), CARRIER_DAY))


def _read(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet", glob=False)


def _traits(task: Task) -> pl.DataFrame:
    return pl.read_parquet(task.usage[0].path / "trait.parquet", glob=False).sort("trait")


def run_ours(task: Task, folder: Path) -> PythonAnswer:
    """From the files to the outcome of every event."""
    stages = dict.fromkeys(("compile", "rate"), 0.0)
    rater = timed(stages, "compile", lambda: Rater(compile_program(task.catalogue, task.package)))
    words = rater.program.vocabulary
    usage = _read(folder, "usage")

    result = timed(
        stages,
        "rate",
        lambda: rater.rate(
            0,
            [(Narrow(narrow_block(usage)), rater.resolve_traits(_traits(task)), [usage])],
            rater.subscriptions(_read(folder, "subscription")),
            rater.opening_of_packs(_read(folder, "pack"), _read(folder, "subscription")),
            rater.ports(_read(folder, "port")),
            task.period,
            keeps_rated=True,
        ),
    )

    def taken() -> tuple[pl.DataFrame, pl.DataFrame]:
        statuses = pl.Series("status", STATUSES)
        status = statuses.gather(result.rated["status"])
        return (
            result.rated.with_columns(status).select(OUTCOME),
            named(result.lines, names_of_lines(words)).select(LINE),
        )

    return PythonAnswer(taken, stages)


def run_python(task: Task, folder: Path) -> PythonAnswer:
    """The same by the oracle, owner by owner. Stages: facts, from the files to the oracle's."""
    stages = dict.fromkeys(("facts", "rate"), 0.0)
    owners = timed(stages, "facts", lambda: _facts(task, folder))
    outcomes = timed(
        stages,
        "rate",
        lambda: [
            outcome
            for facts in owners
            for outcome in oracle.rate(
                task.catalogue, task.package, facts.people, facts.ports, facts.events, task.period,
                facts.packs,
            ).outcomes
        ],
    )  # fmt: skip

    def taken() -> tuple[pl.DataFrame, pl.DataFrame]:
        halves = dict.fromkeys(EVENT, pl.UInt64)
        events, lines = [], []
        for outcome in outcomes:
            event = divmod(outcome.event.event_id, 1 << 64)
            events.append((*event, outcome.status, outcome.list_value, outcome.payable))
            lines += [
                (*event, line.measure, line.nature, line.units, line.amount)
                for line in outcome.lines
            ]
        return (
            pl.DataFrame(events, OUTCOME, schema_overrides=halves, orient="row"),
            pl.DataFrame(lines, LINE, schema_overrides=halves, orient="row"),
        )

    return PythonAnswer(taken, stages)


@dataclass(frozen=True)
class Facts:
    """What the oracle is told of an owner."""

    people: list[oracle.Subscription] = field(default_factory=list)
    packs: list[oracle.OpenPack] = field(default_factory=list)
    events: list[oracle.Event] = field(default_factory=list)
    ports: list[oracle.Port] = field(default_factory=list)


def _facts(task: Task, folder: Path) -> list[Facts]:
    by_owner: dict[int, Facts] = defaultdict(Facts)
    events = _read(folder, "usage").join(_traits(task), on="trait", maintain_order="left")
    for row in events.iter_rows(named=True):
        event = event_of(row)
        by_owner[event.owner].events.append(event)
    for row in _read(folder, "subscription").iter_rows(named=True):
        person = subscription_of(row)
        by_owner[person.owner].people.append(person)
    for row in _read(folder, "pack").iter_rows(named=True):
        volumes_left = tuple(int(units) for units in row["left"].split(";")) if row["left"] else ()
        owner = identifier(row, "owner")
        by_owner[owner].packs.append(
            oracle.OpenPack(owner, row["pack"], row["bought_ms"], row["price_paid"], volumes_left)
        )
    all_events = [event for facts in by_owner.values() for event in facts.events]
    ports = defaultdict(list)
    for port in ports_called(_read(folder, "port"), all_events):
        ports[port.number].append(port)
    for facts in by_owner.values():
        called = {event.counterparty for event in facts.events}
        facts.ports.extend(port for number in called & ports.keys() for port in ports[number])
    return list(by_owner.values())
