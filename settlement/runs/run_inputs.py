"""The inputs of a run, gathered from a home: all that its result depends on."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.files.near_duplicates import events_of, near_duplicates
from doisoat.engine.files.part_events import rows_in
from doisoat.engine.intake.master.master_tables import BY_NAME, table_digests
from doisoat.engine.intake.master.master_tables import standing as master_rows
from doisoat.engine.intake.records.conflict import (
    chosen_digest,
    conflict_digest,
    copies_in,
)
from doisoat.engine.intake.records.events import conflicts
from doisoat.engine.intake.suspense.suspense_register import ORIGIN, recycled_rows
from doisoat.engine.rating import allow_lists as lists
from doisoat.engine.rating.households import benefit_lists
from doisoat.engine.store.home import Home, Part, Unchanged, currency_of, read_parts
from doisoat.errors import CatalogueError, PeriodError
from doisoat.messages.text import message
from doisoat.settlement.figures import run_id
from doisoat.settlement.figures.period import TAKE_IN, Period, choose
from doisoat.settlement.figures.recognition import refuse_alone
from doisoat.settlement.runs import orders, postings
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs.opening_month import opening_state
from doisoat.settlement.runs.runs import RunFiles, current_runs, run_files, run_in_force
from doisoat.settlement.runs.usage_months import (
    carriers_of_events,
    event_files,
    events_by_month,
    grouped,
    is_of,
    sources_of,
    suspended_records,
)
from doisoat.tariffs.load.jurisdiction import tax_rate
from doisoat.tariffs.load.tariffs import catalogue_digest, package_digest
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

NO_RUNS: Mapping[str, RunFiles] = {}
SYNTHETIC_MAPPING = "world"  # by which the files of `doisoat simulate` are read


class Stock(NamedTuple):
    """What a home holds, read and checked once: the same for every month of it."""

    usage: tuple[Part, ...]
    master: tuple[Part, ...]
    copies: pl.DataFrame  # engine.intake.records.conflict.COPIES of all usage
    months: dict[str, int]  # events by month


class Task(NamedTuple):
    """All that a run is a function of, and where it goes."""

    home: Home
    usage: tuple[Part, ...]  # the parts with records of the period
    every_usage: tuple[Part, ...]  # all parts of the home, which the face shows
    master: tuple[Part, ...]
    catalogue: Catalogue  # with the orders that documents add
    package: Package
    period: Period
    carrier: str | None
    orders: orders.Comparison
    opening: RunFiles | None
    posted: Mapping[tuple[str, str], int] | None  # settlement.runs.postings.recognised_before
    copies: pl.DataFrame  # engine.intake.records.conflict.COPIES of all usage
    events: int  # of the period, counted in the parts themselves
    inputs: dict[str, Any]
    run: str


def check_carrier(catalogue: Catalogue, carrier: str | None) -> None:
    known = [entry.id for entry in catalogue.carriers]
    if carrier is not None and carrier not in known:
        raise CatalogueError(
            message(
                "no carrier {carrier} is in the catalogue {catalogue}",
                catalogue=catalogue.id,
                carrier=repr(carrier),
            ),
            "--carrier",
            message("choose one of {known}", known=", ".join(known)),
        )


def check_currency(home: Home, parts: Iterable[Part], catalogue: Catalogue) -> None:
    """CatalogueError for a catalogue in another currency than the amounts of a home's records."""
    currency = catalogue.currency.id
    others = {known for part in parts if (known := currency_of(part)) != currency}
    if others:
        raise CatalogueError(
            message(
                "the catalogue {catalogue} is in {currency}, and records of the home are in"
                " {others}",
                catalogue=catalogue.id, currency=currency, others=", ".join(sorted(others)),
            ),
            str(home.path),
            message(
                "choose a catalogue in the currency of the records, or take them into a home of"
                " which doisoat.toml names this catalogue"
            ),
        )  # fmt: skip


def stock_of(home: Home) -> Stock:
    """Every part of a home, each file checked against its manifest, and its events by month."""
    usage, master = read_parts(home, "usage"), read_parts(home, "master")
    with Unchanged([*usage, *master]):
        copies = copies_in(home, usage)
        return Stock(tuple(usage), tuple(master), copies, events_by_month(usage, copies))


def gather(
    home: Home,
    catalogue: Catalogue,
    package: Package,
    period_name: str | None,
    carrier: str | None,
    *,
    stock: Stock | None = None,
    planned: Mapping[str, RunFiles] = NO_RUNS,
) -> Task:
    """All that the run of a period is a function of.

    Args: stock: of the home, if the caller has it and holds the lock since; planned: runs that are
        to be in force by then, though they are not published yet.
    """
    usage, master, copies, months = stock_of(home) if stock is None else stock
    check_currency(home, [*usage, *master], catalogue)
    suspended = None if months else suspended_records(usage)
    period = choose(
        period_name, months, str(home.path), suspended, current_runs(home), life.booked_months(home)
    )
    refuse_alone(package, carrier, period.name)
    tax_rate(catalogue, period.begin)  # refuses a month without one, before anything is rated
    if carrier is not None:
        _check_events(home, usage, period, carrier, {entry.id for entry in catalogue.carriers})
    read = tuple(part for part in usage if any(True for _ in sources_of(part, period)))
    opening = _opening(home, period, carrier, months, planned)
    posted = postings.recognised_before(home, package, period.name)
    compared = orders.hold(catalogue, master_rows(master, BY_NAME["order"]))
    catalogue = orders.with_orders(catalogue, compared.orders)
    inputs = run_id.run_inputs(
        period=period.name,
        carrier=carrier,
        sources=[source for part in read for source in sources_of(part, period)],
        conflicts=conflict_digest(copies, period.begin_ms, period.end_ms),
        chosen=chosen_digest(copies, period.begin_ms, period.end_ms),
        posted=postings.input_of(posted),
        master=table_digests(master),
        catalogue=catalogue_digest(catalogue),
        package=package_digest(package),
        readings={
            reading.name: package.chosen.get(reading.name, reading.default)
            for reading in package.readings
        },
        opening_run=opening.run if opening else None,
        erased=[name for part in (*read, *master) for name in part.manifest.get("erased", ())],
    )
    return Task(
        home=home,
        usage=read,
        every_usage=usage,
        master=master,
        catalogue=catalogue,
        package=package,
        period=period,
        carrier=carrier,
        orders=compared,
        opening=opening,
        posted=posted,
        copies=copies,
        events=months.get(period.name, 0),
        inputs=inputs,
        run=run_id.run_id(inputs),
    )


def _opening(
    home: Home,
    period: Period,
    carrier: str | None,
    months: Iterable[str],
    planned: Mapping[str, RunFiles],
) -> RunFiles | None:
    """The run in force of the month before, whose closing state this period starts from.

    Raises: PeriodError if that month has usage, or one before it was settled: packs and grants
        that reach into this period would be lost without a word. StoreError if its run is not the
        one that the log tells of.
    """
    current = {
        **current_runs(home),
        **{name: planned_run.run for name, planned_run in planned.items()},
    }
    run = current.get(period.before)
    if run is None:
        settled = max((name for name in current if name < period.name), default=None)
        if settled is None and period.before not in set(months):
            return None
        first = Period.of(settled).after if settled is not None else period.before
        raise PeriodError(
            message(
                "{before} is not settled, so the packs and grants that reach into"
                " {period} are not known",
                before=period.before,
                period=period.name,
            ),
            str(home.path),
            message("settle the months in order: doisoat settle --period {first}", first=first),
        )
    opening = planned.get(period.before) or run_in_force(home, period.before)
    assert opening is not None
    version = opening.manifest["inputs"]["semantics_version"]
    if version != run_id.SEMANTICS_VERSION:
        raise PeriodError(
            message(
                "{before} was settled by semantics_version {version}, this doisoat has"
                " {semantics_version}: its balances may mean something else",
                before=period.before,
                version=version,
                semantics_version=run_id.SEMANTICS_VERSION,
            ),
            str(home.path),
            message("settle it again: doisoat settle --period {before}", before=period.before),
        )
    only = opening.manifest["inputs"]["carrier"]
    if only not in (None, carrier):
        raise PeriodError(
            message(
                "the run in force of {before} settles only {only}, so the balances of the"
                " others are not known when {period} begins",
                before=period.before,
                only=only,
                period=period.name,
            ),
            str(home.path),
            message(
                "settle that month whole first: doisoat settle --period {before}; or go"
                " on with {only} alone, the same in every period: doisoat settle --period"
                " {period} --carrier {only}",
                before=period.before,
                only=only,
                period=period.name,
            ),
        )
    return opening


def _check_events(
    home: Home, usage: Iterable[Part], period: Period, carrier: str, catalogued: set[str]
) -> None:
    """Refuse to settle a carrier of whom nothing is here, or nothing that a run would replace."""
    by_carrier = carriers_of_events(usage, period)
    run = current_runs(home).get(period.name)
    replaces = run is not None and (
        run_files(home, run, superseded=False).manifest["inputs"]["carrier"] != carrier
    )
    if carrier in by_carrier and (by_carrier[carrier] or not replaces):
        return
    named = sorted(name for name in by_carrier if by_carrier[name] or carrier not in by_carrier)
    listed = ", ".join(named)
    fault = message(
        "no event of {carrier} is in this home, only of {named}", carrier=carrier, named=listed
    )
    if carrier in by_carrier:
        fault = message(
            "no event of {period} of {carrier} is in this home, only of {named}",
            period=period.name,
            carrier=carrier,
            named=listed,
        )
    known = [name for name in named if name in catalogued]
    raise PeriodError(
        fault,
        str(home.path),
        message(
            "choose one of them, as in --carrier {known}, or {take_in}",
            known=known[0],
            take_in=TAKE_IN,
        )
        if known
        else TAKE_IN,
    )


def master(task: Task, name: str) -> pl.DataFrame:
    """The rows of a master table that stand, over all parts."""
    return master_rows(task.master, BY_NAME[name])


def people(task: Task) -> pl.DataFrame:
    """Subscriptions as they are rated: each of the segments of the lists that name it, too."""
    listed = benefit_lists(master(task, "allow_list"), task.package)
    return lists.put_to(master(task, "subscription"), listed)


def opening_of(task: Task, program: Any, subscriptions: pl.DataFrame) -> pl.DataFrame:
    """What the period opens with: engine.rating.opening_state.CLOSING.

    Args: program: compiled of the task's tariffs; subscriptions: of `people`.
    """
    packs, balances = master(task, "pack"), master(task, "balance")
    return opening_state(task.opening, program, subscriptions, packs, balances, task.period)


def stated_balances(task: Task) -> pl.DataFrame:
    """The balances that carriers state of the period's beginning."""
    return master(task, "balance").filter(pl.col("as_of_ms") == task.period.begin_ms)


def plans_and_packs(task: Task) -> list[tuple[str, str]]:
    """(carrier, plan or pack) that subscriptions and events of the period name."""
    subscribed = master(task, "subscription").filter(
        (pl.col("from_ms") < task.period.end_ms)
        & (pl.col("until_ms").is_null() | (pl.col("until_ms") > task.period.begin_ms))
    )
    named = set(subscribed.select("carrier", "plan").unique().rows())
    traits = rows_in(task.usage, "trait.parquet")
    bought = None if traits is None else traits.filter(pl.col("pack") != "")
    if bought is not None and not named.issuperset(bought.select("carrier", "pack").rows()):
        selling = set(bought["part"])
        parts = [part for part in task.usage if part.id in selling]
        used = grouped(parts, event_files, ["trait"], is_of(task.period))
        sold = bought.join(used, on=["part", "trait"], how="semi")
        named |= set(sold.select("carrier", "pack").rows())
    return sorted(named)


def unreadable_files(
    task: Task,
) -> list[tuple[str, frozenset[str], tuple[tuple[str, int], ...]]]:
    """Files of the period with unreadable records: (name, whose events, (sub-reason, how many)).

    Of the files that the run names and no others, so that the same inputs say the same.
    """
    recycled = _recycled(task)
    parts = [part for part in task.usage if part.file("trait.parquet") is not None]
    sources = rows_in(parts, "source.parquet")
    if sources is None:
        return []
    of_run = {  # the sources of a part are numbered as its manifest lists them
        (part.id, number)
        for part in parts
        for number, file in enumerate(part.manifest["sources"])
        if task.period.name in file["months"]
    }
    columns = ("part", "source", "name", "reasons", *ORIGIN)
    files = {
        (part, number): (name, counts)
        for part, number, name, reasons, *origin in sources.select(columns).iter_rows()
        if (part, number) in of_run
        and (counts := _unreadable(reasons, recycled.get(tuple(origin), {})))
    }
    carriers = carriers_of_files(parts, files)
    files_of_period = [(name, carriers[at], counts) for at, (name, counts) in files.items()]
    return sorted(files_of_period, key=lambda file: (file[0], file[2]))


def carriers_of_files(
    usage: Sequence[Part], files: Collection[tuple[str, int]]
) -> dict[tuple[str, int], frozenset[str]]:
    """Whose events each of these files has: the id of its usage part, and its number in it."""
    carriers: dict[tuple[str, int], set[str]] = {at: set() for at in files}
    holding = {part for part, _ in carriers}
    parts = [part for part in usage if part.id in holding]
    traits = rows_in(parts, "trait.parquet")
    if traits is not None:
        numbers = sorted({number for _, number in carriers})
        is_wanted = pl.col("source").is_in(numbers)
        seen = grouped(parts, lambda part: part.buckets, ["source", "trait"], is_wanted)
        named = seen.join(traits, on=["part", "trait"])
        for part_id, number, carrier in named.select("part", "source", "carrier").iter_rows():
            if (part_id, number) in carriers:
                carriers[part_id, number].add(carrier)
    return {at: frozenset(names) for at, names in carriers.items()}


def _recycled(task: Task) -> dict[tuple[str, ...], Counter[str]]:
    """Records that parts of the run took in again: by the file they came from, by sub-reason."""
    records: dict[tuple[str, ...], Counter[str]] = {}
    for *origin, sub_reason in recycled_rows(task.usage).select(*ORIGIN, "sub_reason").iter_rows():
        records.setdefault(tuple(origin), Counter())[sub_reason] += 1
    return records


def _unreadable(reasons: str, recycled: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """(sub-reason, records) of the malformed ones among what a source's account says.

    Args: recycled: how many of each sub-reason were taken in again since.
    """
    counts = json.loads(reasons)
    start = "malformed/"
    remaining = (
        (name.removeprefix(start), count - recycled.get(name.removeprefix(start), 0))
        for name, count in sorted(counts.items())
        if name.startswith(start)
    )
    return tuple((name, count) for name, count in remaining if count)


def near_duplicates_of(task: Task) -> int:
    """How many calls and messages of the period overlap another of it as if recorded twice."""
    usage = [events for part in task.usage if (events := events_of(part)) is not None]
    pairs = near_duplicates(
        usage, conflicts(task.usage), within_ms=(task.period.begin_ms, task.period.end_ms)
    )
    if task.carrier is not None:
        pairs = pairs.filter(pl.col("carrier") == task.carrier)
    return pairs.height


def is_synthetic(task: Task) -> bool:
    """Was any of the usage invented by `doisoat simulate`? Then every report says so."""
    sources = (source for part in task.usage for source in part.manifest["sources"])
    return any(
        source["mapping"] == SYNTHETIC_MAPPING and task.period.name in source["months"]
        for source in sources
    )
