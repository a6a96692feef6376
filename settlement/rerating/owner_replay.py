"""Replays the owner of an event with the oracle, month by month, as each month was settled.

A month is replayed from what its own run was a function of: the catalogue and package that the
run's folder keeps (so its readings too), and the parts whose source files it names. What was taken
in after it was settled is not in it, nor what was decided since. An owner's history is read once,
and rated by those packages or by others.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import duckdb
import polars as pl

from doisoat.engine.intake.master.master_tables import BY_NAME
from doisoat.engine.intake.master.master_tables import standing as master_rows
from doisoat.engine.intake.records.conflict import (
    choices_of,
    chosen_digest,
    conflict_digest,
    conflicting_copies,
    decided,
    described,
    standing,
)
from doisoat.engine.intake.records.decisions import read_decisions
from doisoat.engine.oracle import oracle
from doisoat.engine.oracle.members import of_their_accounts, sellers_of
from doisoat.engine.rating import allow_lists as lists
from doisoat.engine.rating.households import benefit_lists
from doisoat.engine.rating.stated_balances import of_accounts
from doisoat.engine.store.home import Home, Part
from doisoat.engine.store.id128 import halves, joined, named
from doisoat.engine.usage.membership import memberships, packs_resolved
from doisoat.errors import PeriodError, StoreError
from doisoat.messages.text import message
from doisoat.settlement.database.sql_text import scan
from doisoat.settlement.figures.period import Period
from doisoat.settlement.rerating.stated_balances import Stated, open_packs_of, stated_of
from doisoat.settlement.runs.runs import RunFiles, file_of, run_files
from doisoat.settlement.runs.usage_months import logical_source
from doisoat.tariffs.load.tariffs import stored_catalogue
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package


@dataclass(frozen=True)
class Settled:
    """One settled month and what it was settled from."""

    run: RunFiles
    period: Period
    catalogue: Catalogue
    package: Package
    parts: tuple[Part, ...]  # that hold the source files which the run names
    known: tuple[Part, ...]  # all that the home holds
    copies: pl.DataFrame  # the contradictions it knew of: engine.intake.records.conflict.COPIES

    @property
    def contradicted(self) -> frozenset[int]:
        """The events that it knew copies of: the parts hold some of these as events."""
        ids = self.copies.select("event_hi", "event_lo").unique()
        return frozenset(joined(hi, lo) for hi, lo in ids.iter_rows())

    def standing_copy(self, event_id: int) -> pl.DataFrame:
        """COPIES: the copy that stood for a contradicted event of the month; else no row."""
        copies = standing(self.copies.filter(is_event(event_id)))
        return copies.filter(self._is_within())

    def chosen(self, owners: Collection[int]) -> Iterator[oracle.Event]:
        """The owners' events that were contradicted, each as the copy that was chosen."""
        copies = self.copies.filter("is_chosen").filter(_any_of("owner", owners))
        yield from (event for event, _ in told_copies(self, copies.filter(self._is_within())))

    def _is_within(self) -> pl.Expr:
        start = pl.col("start_ms")
        return (start >= self.period.begin_ms) & (start < self.period.end_ms)

    def sources_of(self, part: Part) -> list[int]:
        """The numbers of the sources of a part that the run names."""
        return _numbers(part, self.run, self.period, named=True)


def _numbers(part: Part, run: RunFiles, period: Period, *, named: bool) -> list[int]:
    """The sources of a part with usage of a run's period: those that it names, or the others.

    A part may hold files that came in after the run, where it was made of several.
    """
    known = run.manifest["inputs"]["sources"]
    return [
        number
        for number, source in enumerate(part.manifest["sources"])
        if period.name in source["months"] and (logical_source(source) in known) is named
    ]


def settled_month(home: Home, run: RunFiles, usage: Sequence[Part]) -> Settled:
    """What a run was settled from, found again in the home.

    Raises: PeriodError if the home's parts are no longer those that it was settled from.
    """
    period, inputs = Period.of(run.period), run.manifest["inputs"]
    own_parts = tuple(part for part in usage if _numbers(part, run, period, named=True))

    def later(part: Part) -> list[int]:
        return _numbers(part, run, period, named=False)

    def unnamed(part: Part) -> list[int]:
        named = set(_numbers(part, run, period, named=True))
        return [at for at in range(len(part.manifest["sources"])) if at not in named]

    # Contradictions that came in later are not the run's. Whether a file of another month was there
    # when it was settled, its inputs do not say: but which contradictions it knew.
    tries: tuple[tuple[Sequence[Part], Callable[[Part], Sequence[int]]], ...] = (
        (usage, later),
        (own_parts, later),
        (own_parts, unnamed),
    )
    copies = None
    for parts, without in tries:
        contradicted = conflicting_copies(parts, without=without)
        if conflict_digest(contradicted, period.begin_ms, period.end_ms) == inputs["conflicts"]:
            copies = _as_decided(home, contradicted, period, inputs.get("chosen"))
            break
    if copies is None:
        raise PeriodError(
            message("the usage taken in is not what {period} was settled from", period=run.period),
            str(run.path),
            message("settle it again: doisoat settle --period {period}", period=run.period),
        )
    return Settled(
        run=run,
        period=period,
        catalogue=stored_catalogue(_json(file_of(run, "catalogue.json"))),
        package=Package.model_validate(_json(file_of(run, "package.json"))),
        parts=own_parts,
        known=tuple(usage),
        copies=copies,
    )


def _as_decided(
    home: Home, copies: pl.DataFrame, period: Period, chosen: str | None
) -> pl.DataFrame | None:
    """The copies as they were decided when a run named the chosen ones so; None: never."""
    decisions = read_decisions(home)
    undecided = copies.drop("is_chosen", "decision")
    for count in range(len(decisions), -1, -1):  # what was decided later is not the run's
        if count < len(decisions) and not decisions[count].choices:
            continue
        as_decided = decided(undecided, choices_of(decisions[:count]))
        if chosen_digest(as_decided, period.begin_ms, period.end_ms) == chosen:
            return as_decided
    return None


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(
            message("not readable"),
            str(path),
            message("settle the period again"),
        ) from error


def chain_of(home: Home, run: RunFiles) -> list[RunFiles]:
    """The runs whose closing states lead to this one, the first of them first."""
    chain = [run]
    while (opening := chain[0].manifest["inputs"]["opening_run"]) is not None:
        chain.insert(0, run_files(home, opening, superseded=False))
    return chain


@dataclass(frozen=True)
class OwnMonth:
    """A settled month of one owner."""

    month: Settled
    events: tuple[oracle.Event, ...]
    ports: tuple[oracle.Port, ...]  # of the numbers that its events go to


@dataclass(frozen=True)
class History:
    """What an owner's balances follow from, month by month; the last month is the one asked for.

    What his members use without naming his account is in it, and what they use when they are none.
    """

    owner: int
    subscriptions: tuple[oracle.Subscription, ...]
    packs: tuple[oracle.OpenPack, ...]  # open when the first month begins
    months: tuple[OwnMonth, ...]
    stated: Stated = field(default_factory=Stated)  # other balances of that moment
    plain: pl.DataFrame = field(default_factory=pl.DataFrame)  # his rows without the lists
    listed: pl.DataFrame = field(default_factory=pl.DataFrame)  # everybody's rows of lists

    @property
    def packages(self) -> tuple[Package, ...]:
        """The package that each month was settled with."""
        return tuple(owner_month.month.package for owner_month in self.months)

    def until(self, event: oracle.Event) -> "History":
        """The same without what comes after an event of the last month in the owner's order."""
        *before, last = self.months
        events = tuple(candidate for candidate in last.events if candidate.order <= event.order)
        return replace(self, months=(*before, replace(last, events=events)))

    def _rows_by(self, package: Package) -> tuple[oracle.Subscription, ...]:
        """His subscriptions by a package, which may say otherwise whose a benefit is."""
        if package.households == self.packages[-1].households:
            return self.subscriptions
        return _rows_of(self.plain, benefit_lists(self.listed, package))

    def rate(
        self, packages: Sequence[Package], watched: int | None = None
    ) -> tuple[oracle.Outcome, ...]:
        """The outcomes of the last month, its balances brought along from the first.

        Args: packages: one for each month; watched: the event whose balances are told as well.
        """
        outcomes: tuple[oracle.Outcome, ...] = ()
        state = None
        opening = self.stated.as_state(packages[0]) if packages else ()
        for owner_month, package in zip(self.months, packages, strict=True):
            result = oracle.rate(
                owner_month.month.catalogue,
                package,
                self._rows_by(package),
                owner_month.ports,
                owner_month.events,
                (owner_month.month.period.begin_ms, owner_month.month.period.end_ms),
                self.packs if state is None else (),
                opening if state is None else state,
                watched,
            )
            outcomes, state = result.outcomes, result.state
        return tuple(outcome for outcome in outcomes if outcome.event.owner == self.owner)


def history_of(
    home: Home, month: Settled, usage: Sequence[Part], master: Sequence[Part], owner: int
) -> History:
    """An owner's history from the first month of the chain of runs up to a month."""
    months = []
    subscriptions = master_rows(master, BY_NAME["subscription"])
    own_rows = subscriptions.filter(_any_of("owner", {owner}))
    whose = sorted({owner, *(named(row, "subscriber") for row in own_rows.iter_rows(named=True))})
    subscriptions = subscriptions.filter(_any_of("owner", whose) | _any_of("subscriber", whose))
    all_ports = master_rows(master, BY_NAME["port"])
    for run in chain_of(home, month.run):
        step = month if run.run == month.run.run else settled_month(home, run, usage)
        events = tuple(
            event
            for part in step.parts
            for event in _events(part, whose, step.sources_of(part))
            if event.event_id not in step.contradicted
        )
        events += tuple(step.chosen(whose))
        ports = tuple(ports_called(all_ports, events))
        months.append(OwnMonth(step, events, ports))
    (first, *_) = months
    begin_ms = first.month.period.begin_ms
    listed = master_rows(master, BY_NAME["allow_list"])
    rows = _rows_of(subscriptions, benefit_lists(listed, month.package))
    members = memberships(subscriptions)
    sellers = sellers_of(first.month.catalogue.packs)
    balances = master_rows(master, BY_NAME["balance"]).filter(
        _any_of("owner", whose) & (pl.col("as_of_ms") == begin_ms)
    )
    balances = of_accounts(balances, members, sellers).filter(_any_of("owner", {owner}))
    packs = master_rows(master, BY_NAME["pack"]).filter(_any_of("owner", whose))
    subscription = next(
        (row for row in rows if row.owner == owner and row.holds_at(begin_ms)), None
    )
    return History(
        owner,
        rows,
        tuple(open_packs_of(packs_resolved(packs, members, sellers), balances, subscription)),
        tuple(months),
        stated_of(balances, subscription),
        subscriptions,
        listed,
    )


def _rows_of(plain: pl.DataFrame, listed: pl.DataFrame) -> tuple[oracle.Subscription, ...]:
    people = lists.put_to(plain, listed)
    return tuple(subscription_of(row) for row in people.iter_rows(named=True))


def owner_of(located: "LocatedEvent", month: Settled, master: Sequence[Part]) -> int:
    """Whose balances an event of a month draws: its account's, where its record names none."""
    if located.owner != located.subscriber:
        return located.owner
    own_rows = master_rows(master, BY_NAME["subscription"]).filter(
        _any_of("subscriber", {located.subscriber})
    )
    rows = [subscription_of(row) for row in own_rows.iter_rows(named=True)]
    own_events = [
        event
        for part in month.parts
        for event in _events(part, [located.owner], month.sources_of(part))
    ]
    moved = of_their_accounts(rows, [*own_events, *month.chosen([located.owner])])
    return next((e.owner for e in moved if e.event_id == located.event), located.owner)


def copies_of(month: Settled, event_id: int) -> list[tuple[oracle.Event, dict[str, Any]]]:
    """The copies of a contradicted event, the standing one first; where each was read."""
    return list(told_copies(month, month.copies.filter(is_event(event_id))))


def told_copies(
    month: Settled, copies: pl.DataFrame
) -> Iterator[tuple[oracle.Event, dict[str, Any]]]:
    """Each of COPIES as an event, and where it was read: name, sha256, row."""
    if copies.is_empty():
        return
    for copy in described(copies, month.known).iter_rows(named=True):
        where = {"name": copy["file"], "sha256": copy["sha256"], "row": copy["row"]}
        yield event_of(copy), where


def is_event(event_id: int) -> pl.Expr:
    """Is a row of this event?"""
    return _any_of("event", [event_id])


def _rows(query: str) -> list[dict[str, Any]]:
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    try:
        connection.execute("SET enable_progress_bar = false")
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    finally:
        connection.close()


def _is_any(name: str, values: Iterable[int]) -> str:
    return f"({' OR '.join(_is(name, value) for value in values)})"


def _is(name: str, value: int) -> str:
    hi, lo = halves(value)
    return f"{name}_hi = {hi}::UBIGINT AND {name}_lo = {lo}::UBIGINT"


class LocatedEvent(NamedTuple):
    """Where an event lies in the home, and which record of which file it came from."""

    event: int
    owner: int  # the account that its record names, else the subscriber
    subscriber: int
    start_ms: int
    source: dict[str, Any]  # name, sha256, row


def found_copy(month: Settled, event_id: int) -> LocatedEvent:
    """The chosen copy of a contradicted event of the month."""
    copies = month.standing_copy(event_id).filter("is_chosen")
    (start_ms,) = copies["start_ms"]
    ((event, source),) = told_copies(month, copies)
    return LocatedEvent(event_id, event.owner, event.member, start_ms, source)


def find(home: Home, usage: Sequence[Part], event_id: int) -> LocatedEvent:
    """The owner and start of an event, and its record. PeriodError if there is no such event."""
    for part in usage:
        buckets = part.buckets
        records = buckets and _rows(
            "SELECT owner_hi, owner_lo, subscriber_hi, subscriber_lo, start_ms, source, row"
            f" FROM {scan(*buckets)} WHERE {_is('event', event_id)}"
        )
        if records:
            (record,) = records
            (source,) = _rows(
                f"SELECT name, sha256 FROM {scan(part.path / 'source.parquet')}"
                f" WHERE source = {record['source']}"
            )
            source["row"] = record["row"]
            owner, subscriber = named(record, "owner"), named(record, "subscriber")
            return LocatedEvent(event_id, owner, subscriber, int(record["start_ms"]), source)
    raise PeriodError(
        message("no event {uuid} is in this home", uuid=UUID(int=event_id)),
        str(home.path),
        message(
            "look its id up in usage.event of relief.duckdb (a record that could not be"
            " read has none: see usage.suspense)"
        ),
    )


def _events(part: Part, owners: Sequence[int], sources: Sequence[int]) -> Iterator[oracle.Event]:
    buckets = part.buckets
    if not buckets or not sources:
        return
    listed = ", ".join(map(str, sources))
    query = (
        f"SELECT * FROM {scan(*buckets)} AS event"
        f" JOIN {scan(part.path / 'trait.parquet')} AS trait USING (trait)"
        f" WHERE {_is_any('owner', owners)} AND source IN ({listed})"
    )
    for row in _rows(query):
        yield event_of(row)


def event_of(row: Mapping[str, Any]) -> oracle.Event:
    """An event of the oracle from a row of a part with the texts of its trait."""
    return oracle.Event(
        event_id=named(row, "event"),
        owner=named(row, "owner"),
        start_ms=row["start_ms"],
        kind=row["kind"],
        destination=row["destination"],
        units=row["units"],
        duration_ms=row["duration_ms"],
        carrier=row["carrier"],
        rating_group=row["rating_group"],
        locality=row["locality"],
        pack=row["pack"],
        counterparty=named(row, "counterparty"),
        session=named(row, "session"),
        partial=row["partial"],
        charged=row["charged"],
        subscriber=named(row, "subscriber"),
    )


def _any_of(name: str, ids: Collection[int]) -> pl.Expr:
    """Is a row of one of these events, owners or subscribers (`name`)?"""
    return pl.any_horizontal(
        (pl.col(f"{name}_hi") == pl.lit(hi, pl.UInt64))
        & (pl.col(f"{name}_lo") == pl.lit(lo, pl.UInt64))
        for hi, lo in map(halves, ids)
    )


def subscription_of(row: Mapping[str, Any]) -> oracle.Subscription:
    """A subscription of the oracle from a row of the master table."""
    return oracle.Subscription(
        owner=named(row, "owner"),
        subscriber=named(row, "subscriber"),
        carrier=row["carrier"],
        plan=row["plan"],
        segment=row["segment"],
        payment=row["payment"],
        home_locality=row["home_locality"],
        from_ms=row["from_ms"],
        until_ms=row["until_ms"],
    )


def ports_called(ports: pl.DataFrame, events: Sequence[oracle.Event]) -> Iterator[oracle.Port]:
    """Ports of the numbers that the events go to."""
    called = {event.counterparty for event in events} - {0}
    for row in ports.iter_rows(named=True) if called else ():
        number = named(row, "number")
        if number in called:
            yield oracle.Port(number, row["carrier"], row["from_ms"], row["until_ms"])
