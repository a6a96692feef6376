"""Every month of a home, one after the other: settled, or only foreseen by the same path.

Each month is published on its own, so whoever dies between two leaves whole months, and the next
batch finds their ids and goes on. A month that may not be settled keeps its run in force, and those
after it are settled on that. The lock is held throughout: no usage comes in between two months.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from doisoat.engine.executors.executor import Executor
from doisoat.engine.home import Home, open_home
from doisoat.errors import PeriodError
from doisoat.settlement import journal, life
from doisoat.settlement.period import TAKE_IN, Period
from doisoat.settlement.runs import RunFiles, current_runs, manifest_of
from doisoat.settlement.settle import Progress, RunSummary, made_ready, settle_held
from doisoat.settlement.task import NO_RUNS, Stock, Task, check_carrier, stock_of
from doisoat.tariffs.models import Catalogue
from doisoat.tariffs.package_models import Package

Outcome = Literal["settled", "same", "signed", "refused"]


class Asked(NamedTuple):
    """What every month is settled with."""

    catalogue: Catalogue
    package: Package
    carrier: str | None = None
    by: str | None = None
    after_cut_off: bool = False
    threads: int = 2
    whole: bool = False
    executor: Executor | None = None  # of months of which every shard is rated


class Month(NamedTuple):
    """What became of a month, or would become of it."""

    period: str
    outcome: Outcome
    run: str | None  # in force then; None if none is
    supersedes: str | None = None  # the run in whose place it came
    known: bool = False  # the run had been published before: nothing was to be rated
    events: int = 0
    makes_stale: tuple[str, ...] = ()  # settled months that rest on what was superseded
    unadjusted: bool = False  # was signed with another run: doisoat adjust books the difference
    error: PeriodError | None = None  # why it is left as it is
    summary: RunSummary | None = None  # of a settle

    @property
    def is_left(self) -> bool:
        return self.error is not None

    @property
    def findings(self) -> tuple[str, ...]:
        """What the reader ought to know of the month; other months have their own turn."""
        if self.summary is None:
            return ()
        return tuple(one for one in self.summary.findings if one not in self.summary.stale)

    @property
    def news(self) -> tuple[str, ...]:
        """Those of its findings that a rerun does not say again."""
        is_new = self.summary is not None and (self.outcome == "settled" or self.summary.repaired)
        return self.findings if is_new else ()

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        said: dict[str, Any] = {
            "period": self.period,
            "outcome": self.outcome,
            "run": self.run,
            "supersedes": self.supersedes,
            "known": self.known,
            "events": self.events,
            "makes_stale": list(self.makes_stale),
            "unadjusted": self.unadjusted,
        }
        if self.summary is not None:
            figures = self.summary.as_object()
            said |= {name: figures[name] for name in figures if name not in ("run", "period")}
            said["findings"] = list(self.findings)
        if self.error is not None:
            said |= self.error.as_object()
        return said


class Watch(NamedTuple):
    """Who is told of a batch as it goes on."""

    months: Callable[[tuple[str, ...]], None] = lambda months: None  # those that it will look at
    began: Callable[[str], None] = lambda period: None
    started: Callable[[Task], None] = lambda task: None  # the run is known, nothing is rated yet
    buckets: Progress = lambda steps: None
    ended: Callable[[Month], None] = lambda month: None


UNWATCHED = Watch()


def settle_all(home: Path, asked: Asked, watch: Watch = UNWATCHED) -> list[Month]:
    """Settle each month that needs it, in order; a month that may not be is left, with its reason.

    Raises: PeriodError if there is nothing to settle; every error but a PeriodError of one month:
        the months before it are published by then.
    """
    check_carrier(asked.catalogue, asked.carrier)
    open_home(home)
    found = []
    with journal.writer(home, "settle --all") as held:
        stock = stock_of(held)
        months = months_of(held, stock)
        watch.months(months)
        for period in months:
            watch.began(period)
            month = _settled(held, asked, stock, period, watch)
            watch.ended(month)
            found.append(month)
    return found


def foresee_all(home: Path, asked: Asked, watch: Watch = UNWATCHED) -> list[Month]:
    """What `settle_all` would come to, each month on the runs of by then. Reads only."""
    check_carrier(asked.catalogue, asked.carrier)
    held = open_home(home)
    stock = stock_of(held)
    planned: dict[str, RunFiles] = {}
    found = []
    months = months_of(held, stock)
    watch.months(months)
    for period in months:
        watch.began(period)
        try:
            month, run = _foreseen(held, asked, period, stock, planned)
            planned[period] = run
        except PeriodError as error:
            month = _left(held, period, stock, error)
        watch.ended(month)
        found.append(month)
    return found


def foresee(home: Path, asked: Asked, period: str | None) -> Month:
    """What a settle of one month would come to. Reads only.

    Raises: as the settle would.
    """
    check_carrier(asked.catalogue, asked.carrier)
    held = open_home(home)
    return _foreseen(held, asked, period, stock_of(held), NO_RUNS)[0]


def months_of(home: Home, stock: Stock) -> tuple[str, ...]:
    """The months from the first with usage, a run or a booking to the last, those between too.

    Raises: PeriodError if there is none.
    """
    held = sorted({*stock.months, *current_runs(home), *life.booked_months(home)})
    if not held:
        raise PeriodError("no usage is in this home", str(home.path), TAKE_IN)
    return tuple(_range(held[0], held[-1]))


def _range(first: str, last: str) -> Iterator[str]:
    while first <= last:
        yield first
        first = Period.of(first).after


def _settled(home: Home, asked: Asked, stock: Stock, period: str, watch: Watch) -> Month:
    current = current_runs(home)
    try:
        summary = settle_held(
            home, asked.catalogue, asked.package, period, asked.carrier, asked.threads,
            watch.buckets, by=asked.by, after_cut_off=asked.after_cut_off, whole=asked.whole,
            stock=stock, started=watch.started, executor=asked.executor,
        )  # fmt: skip
    except PeriodError as error:
        return _left(home, period, stock, error)
    return _month(home, period, summary.run, current, stock, summary.same_run, summary)


def _foreseen(
    home: Home,
    asked: Asked,
    period: str | None,
    stock: Stock,
    planned: Mapping[str, RunFiles],
) -> tuple[Month, RunFiles]:
    """What would become of a month, and its run as if it were there."""
    ready = made_ready(
        home, asked.catalogue, asked.package, period, asked.carrier, by=asked.by,
        after_cut_off=asked.after_cut_off, stock=stock, planned=planned,
    )  # fmt: skip
    task = ready.task
    name = task.period.name
    run = RunFiles(task.run, name, home.floor("runs") / task.run, False, {"inputs": task.inputs})
    return _month(home, name, task.run, current_runs(home), stock, ready.known), run


def _month(
    home: Home,
    period: str,
    run: str,
    before: Mapping[str, str],
    stock: Stock,
    known: bool,
    summary: RunSummary | None = None,
) -> Month:
    """Args: before: the runs in force without it."""
    is_same = before.get(period) == run
    outcome: Outcome = "same" if is_same else "settled"
    standing = life.standing_of(home, period)
    if is_same and standing.state == "signed":
        outcome = "signed"
    return Month(
        period, outcome, run,
        supersedes=None if is_same else before.get(period),
        known=known,
        events=stock.months.get(period, 0),
        makes_stale=() if is_same else _resting(home, period, before),
        unadjusted=life.is_unadjusted(home, standing.accounted_run, run),
        summary=summary,
    )  # fmt: skip


def _resting(home: Home, period: str, before: Mapping[str, str]) -> tuple[str, ...]:
    """The month after, if it was settled on the run that the period had."""
    after, run = Period.of(period).after, before.get(period)
    if run is None or after not in before:
        return ()
    opening = manifest_of(home.floor("runs") / before[after])["inputs"]["opening_run"]
    return (after,) if opening == run else ()


def _left(home: Home, period: str, stock: Stock, error: PeriodError) -> Month:
    standing = life.standing_of(home, period)
    return Month(
        period, "signed" if standing.state == "signed" else "refused", standing.run,
        events=stock.months.get(period, 0), error=error,
    )  # fmt: skip
