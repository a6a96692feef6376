"""Evaluates packages over one home without publishing: the sums of each, in one shared scan.

Nothing of the home is written. Each world lives from the first month with usage to the end of the
period, balances and all, as if its package had always been the one in force; what is told is the
period alone.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.intake.records.conflict import copies_in
from doisoat.engine.kernel.ledger import GRAIN_CARRIER_DAY, GRAIN_PLACES, NO_OWNERS
from doisoat.engine.rating import allow_lists as lists
from doisoat.engine.rating import scan
from doisoat.engine.rating.households import benefit_lists
from doisoat.engine.rating.rater import BucketResult
from doisoat.engine.store.home import Home, Part, Unchanged, open_home, read_parts
from doisoat.engine.usage.stored_parts import nothing_of
from doisoat.errors import ConservationError, PeriodError
from doisoat.messages.text import message
from doisoat.settlement.database.duckdb_tables import interruptible
from doisoat.settlement.figures.merge import sum_by, total_of
from doisoat.settlement.figures.period import MS_PER_DAY, Period, choose
from doisoat.settlement.runs import orders
from doisoat.settlement.runs.run_inputs import SYNTHETIC_MAPPING, check_carrier, check_currency
from doisoat.settlement.runs.usage_months import events_by_month, read, suspended_records
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.compile.program import Vocabulary
from doisoat.tariffs.models.catalogue_model import Catalogue, Order
from doisoat.tariffs.models.package_model import Measure, Package

Progress = Callable[[int], None]
VALUES = ("events", "list_value", "discount", "payable")
RELIEF = ("events", "units", "amount")
PLACES = ("carrier", "day", "home_province", "serving_province")
CARRIER_DAY = ("carrier", "day")
OWNER = ("owner_hi", "owner_lo", "carrier")
MEND = "report this with its inputs: nothing was shown, and nothing of the home was changed"


class Ground(NamedTuple):
    """What all worlds of an evaluation have in common."""

    home: Home
    usage: tuple[Part, ...]  # with records of the months from the first to the period
    people: scan.People
    orders: tuple[Order, ...]  # that documents add to every world
    period: Period
    first: Period  # the first month with usage: where balances begin
    carrier: str | None
    events: int  # from the first month to the period's end, counted in the parts
    is_synthetic: bool
    copies: pl.DataFrame | None = (
        None  # contradictions, and `without`, as engine.usage.usage has them
    )
    without: Callable[[Part], Sequence[int]] = nothing_of
    unlisted: pl.DataFrame = pl.DataFrame()  # subscriptions without the lists, as they stand
    listed: pl.DataFrame = pl.DataFrame()

    @property
    def first_day(self) -> int:
        """The period's first day, counted from 1970-01-01."""
        return self.period.begin_ms // MS_PER_DAY

    @property
    def later_periods(self) -> list[int]:
        """When each month after the first one begins, up to the period: settle rates them apart."""
        month, begins = self.first, list[int]()
        while month.name < self.period.name:
            month = Period.of(month.after)
            begins.append(month.begin_ms)
        return begins


class World(NamedTuple):
    catalogue: Catalogue
    package: Package


class Outcome(NamedTuple):
    """The sums of one world in the period, with names; keys sorted.

    totals: CARRIER_DAY or PLACES, VALUES. relief: the same keys, measure, nature, RELIEF.
    owners: OWNER, VALUES, if asked for. suspended: events of all months that have no value.
    """

    totals: pl.DataFrame
    relief: pl.DataFrame
    owners: pl.DataFrame
    suspended: int

    def total(self, name: str) -> int:
        return total_of(self.totals, name)

    def nature(self, nature: str) -> int:
        """The amount of all relief of a nature."""
        return total_of(self.relief.filter(pl.col("nature") == nature), "amount")


def gather_ground(
    home: Path, catalogue: Catalogue, period_name: str | None, carrier: str | None
) -> Ground:
    """What is evaluated, its files checked against their manifests.

    Raises: StoreError, PeriodError; CatalogueError for a carrier that the catalogue has not.
    """
    check_carrier(catalogue, carrier)
    opened = open_home(home)
    usage, master = read_parts(opened, "usage"), read_parts(opened, "master")
    check_currency(opened, [*usage, *master], catalogue)
    months = events_by_month(usage, copies_in(opened, usage))
    period = choose(period_name, months, str(home), None if months else suspended_records(usage))
    first = Period.of(min(months))
    spanned = {name for name in months if name <= period.name}

    def rows(name: str) -> pl.DataFrame:
        return standing(master, BY_NAME[name])

    subscriptions, listed = rows("subscription"), rows("allow_list")
    ground = Ground(
        home=opened,
        usage=tuple(
            part
            for part in usage
            if any(spanned & set(source["months"]) for source in part.manifest["sources"])
        ),
        people=scan.People(
            lists.put_to(subscriptions, listed),
            rows("port"),
            rows("pack"),
            rows("balance").filter(pl.col("as_of_ms") == first.begin_ms),
        ),
        orders=orders.hold(catalogue, rows("order")).orders,
        period=period,
        first=first,
        carrier=carrier,
        events=sum(count for name, count in months.items() if name in spanned),
        is_synthetic=any(
            source["mapping"] == SYNTHETIC_MAPPING
            for part in usage
            for source in part.manifest["sources"]
        ),
        unlisted=subscriptions,
        listed=listed,
    )
    if carrier is not None:
        check_events_of(ground, carrier)
    return ground


def check_events_of(ground: Ground, carrier: str) -> None:
    """Raises: PeriodError if no event of the carrier is in the usage of the ground."""
    named = pl.concat([read(part.path / "trait.parquet")["carrier"] for part in ground.usage])
    carriers = sorted(set(named.unique()))
    if carrier not in carriers:
        raise PeriodError(
            message(
                "no event of {carrier} is in this home, only of {carriers}",
                carrier=carrier,
                carriers=", ".join(carriers),
            ),
            str(ground.home.path),
            message("choose one of them, as in --carrier {carriers}", carriers=carriers[0]),
        )


def evaluate(
    ground: Ground,
    worlds: Sequence[World],
    *,
    threads: int = 2,
    progress: Progress = lambda steps: None,
    by_owner: bool = False,
    by_place: bool = False,
    counted: Callable[[int], None] = lambda programs: None,
) -> list[Outcome]:
    """The outcomes of worlds, in their order; worlds with the same program are rated once.

    Progress advances by a step a bucket; `counted` is told how many programs are rated.
    Raises: CatalogueError for a world in another currency than the records are; ConservationError
        if a sum disagrees.
    """
    for world in worlds:
        check_currency(ground.home, ground.usage, world.catalogue)
    grounds = _by_households(ground, worlds)
    all_plans = [_planned(its_ground, [worlds[at] for at in places])
                 for its_ground, places in grounds]  # fmt: skip
    counted(sum(plan.is_rated for plans in all_plans for plan in plans))
    outcomes: dict[int, Outcome] = {}
    for (its_ground, places), plans in zip(grounds, all_plans, strict=True):
        told = _evaluated(its_ground, plans, threads, progress, by_owner, by_place)
        outcomes.update(zip(places, told, strict=True))
    return [outcomes[place] for place in range(len(worlds))]


def _by_households(ground: Ground, worlds: Sequence[World]) -> list[tuple[Ground, list[int]]]:
    """Grounds with the places of their worlds: whose a benefit is follows from the package.

    A package without household benefits asks for no enrolment list, so any ground is its own.
    """
    ruled = [at for at, world in enumerate(worlds) if world.package.households]
    if not ruled:
        return [(ground, list(range(len(worlds))))]
    grounds: list[tuple[Ground, list[int]]] = []
    for at in ruled:
        package = worlds[at].package
        for _, places in grounds:
            if worlds[places[0]].package.households == package.households:
                places.append(at)
                break
        else:
            rows = lists.put_to(ground.unlisted, benefit_lists(ground.listed, package))
            people = ground.people._replace(subscriptions=rows)
            grounds.append((ground._replace(people=people), [at]))
    grounds[0][1].extend(at for at in range(len(worlds)) if at not in ruled)
    grounds[0][1].sort()
    return grounds


def _evaluated(
    ground: Ground,
    plans: Sequence["_Plan"],
    threads: int,
    progress: Progress,
    by_owner: bool,
    by_place: bool,
) -> list[Outcome]:
    """The outcomes of worlds with the same subscriptions, in their order."""
    keys = PLACES if by_place else CARRIER_DAY
    jobs = [plan.job for plan in plans if plan.is_rated]
    with interruptible(), Unchanged(ground.usage) as parts:
        scanned = scan.scan_home(
            ground.home,
            jobs,
            (ground.first.begin_ms, ground.period.end_ms),
            ground.usage,
            ground.people,
            threads=threads,
            grain=GRAIN_PLACES if by_place else GRAIN_CARRIER_DAY,
            owners_since=ground.first_day if by_owner else NO_OWNERS,
            later_periods=ground.later_periods,
            copies=ground.copies,
            without=ground.without,
        )
        buckets = []
        for results in scanned.results:
            buckets.append(results)
            progress(1)
        parts.check()
    outcomes: list[Outcome] = []
    job_number = 0
    for plan in plans:
        if not plan.is_rated:
            outcomes.append(outcomes[plan.base])
            continue
        rated = _outcome(
            ground, keys, plan.job, [bucket[job_number] for bucket in buckets], scanned
        )
        job_number += 1
        if plan.base >= 0:
            rated = _joined(outcomes[plan.base], rated, str(plan.job.carrier))
            _check(rated)
        outcomes.append(rated)
    return outcomes


class _Plan(NamedTuple):
    """How a world comes to its outcome."""

    job: scan.Job
    is_rated: bool
    base: int  # the world that it differs from only in its job's carrier, or not at all; or -1


def _planned(ground: Ground, worlds: Sequence[World]) -> list[_Plan]:
    """What is rated of each world: nothing that a world before it has already.

    A measure is for the carriers that it names, so worlds of one catalogue whose measures for a
    carrier are the same give it the same sums: where they differ for one carrier, only its events
    are rated again (that a carrier alone comes to its rows of all is ADR 13).
    """
    plans: list[_Plan] = []
    measures: list[dict[str, tuple[Measure, ...]]] = []
    for place, world in enumerate(worlds):
        by_carrier = measures_by_carrier(world)
        measures.append(by_carrier)
        catalogue = orders.with_orders(world.catalogue, ground.orders)
        program = compile_program(catalogue, world.package)
        program = lists.with_segments(program, ground.people.subscriptions)
        plan = _Plan(scan.Job(program, ground.carrier), True, -1)
        for earlier in range(place):
            is_whole = plans[earlier].is_rated and plans[earlier].base < 0
            if not is_whole or worlds[earlier].catalogue != world.catalogue:
                continue
            differ = [name for name in by_carrier if by_carrier[name] != measures[earlier][name]]
            if ground.carrier is not None:
                differ = [name for name in differ if name == ground.carrier]
            if not differ:
                plan = _Plan(plan.job, False, earlier)
                break
            if len(differ) == 1 and differ[0] and ground.carrier is None:
                plan = _Plan(scan.Job(program, differ[0]), True, earlier)
        plans.append(plan)
    return plans


def measures_by_carrier(world: World) -> dict[str, tuple[Measure, ...]]:
    """What a world gives each carrier, without whom else it gives it to; '' for any not listed."""
    return {
        name: tuple(
            measure.model_copy(update={"carriers": (name,)})
            for measure in world.package.measures
            if measure.carriers is None or name in measure.carriers
        )
        for name in ("", *(carrier.id for carrier in world.catalogue.carriers))
    }


def _joined(whole: Outcome, part: Outcome, carrier: str) -> Outcome:
    """A world's outcome with a carrier's rows in place of its own."""

    def of(frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        rest = frame.filter(pl.col("carrier") != carrier)
        keys = [name for name in frame.columns if name not in (*VALUES, *RELIEF)]
        return pl.concat([rest, rows]).sort(keys)

    return Outcome(
        of(whole.totals, part.totals),
        of(whole.relief, part.relief),
        of(whole.owners, part.owners),
        whole.suspended,  # by catalogue and subscriptions, which are the same
    )


def _outcome(
    ground: Ground,
    keys: Sequence[str],
    job: scan.Job,
    results: Sequence[BucketResult],
    scanned: scan.Scan,
) -> Outcome:
    words = job.program.vocabulary
    events = sum(result.counters["events"] for result in results)
    rated = sum(result.counters["rated"] for result in results)
    if job.carrier is None:
        _require(
            events + scanned.conflicting == ground.events,
            f"the parts hold {ground.events} events, but {events} were rated or suspended and"
            f" {scanned.conflicting} contradict each other",
        )
    totals = sum_by(_stacked([result.totals for result in results]), keys, VALUES)
    _require(
        total_of(totals, "events") == rated,
        f"{rated} events were rated, but the totals hold {total_of(totals, 'events')}",
    )
    by = (*keys, "measure", "nature")
    relief = sum_by(_stacked([result.relief_totals for result in results]), by, RELIEF)
    within = pl.col("day") >= ground.first_day
    outcome = Outcome(
        _named(totals.filter(within), words),
        _named(relief.filter(within), words),
        _named(_stacked([result.owners for result in results]), words),
        events - rated + scanned.conflicting,
    )
    _check(outcome)
    return outcome


def _stacked(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    filled = [frame for frame in frames if frame.height]
    return pl.concat(filled, rechunk=True) if filled else frames[0]


def _named(frame: pl.DataFrame, words: Vocabulary) -> pl.DataFrame:
    names = {
        "carrier": words.carriers, "home_province": words.provinces,
        "serving_province": words.provinces, "measure": words.measures, "nature": words.natures,
    }  # fmt: skip
    named = frame.with_columns(
        pl.Series(column, list(known), dtype=pl.String).gather(frame[column]).alias(column)
        for column, known in names.items()
        if column in frame.columns
    )
    keys = [name for name in named.columns if name not in (*VALUES, *RELIEF)]
    return named.sort(keys)


def _require(holds: bool, fault: str) -> None:
    if not holds:
        raise ConservationError(fault, "evaluate", MEND)


def _check(outcome: Outcome) -> None:
    """list value − discount = payable for each key; reliefs and owners sum to the totals."""
    faulty = outcome.totals.filter(
        (pl.col("list_value") - pl.col("discount") != pl.col("payable")) | (pl.col("payable") < 0)
    )
    _require(faulty.is_empty(), f"list value − discount is not payable in {faulty.height} totals")
    _require(
        outcome.nature("discount") == outcome.total("discount"),
        f"reliefs hold a discount of {outcome.nature('discount')}, the totals of"
        f" {outcome.total('discount')}",
    )
    if outcome.owners.width:
        for name in VALUES if outcome.owners.height else ():
            of_owners, of_totals = total_of(outcome.owners, name), outcome.total(name)
            _require(
                of_owners == of_totals, f"{name}: owners hold {of_owners}, the totals {of_totals}"
            )
