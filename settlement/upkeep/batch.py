"""Settles every month of a home, one after the other, or foresees it by the same path.

Each month is put in force and logged on its own, so whoever dies between two leaves whole months,
and the next batch finds their ids and goes on; relief.duckdb and reports/ are made once, at the
end. A month that may not be settled keeps its run in force, and those
after it are settled on that. The lock is held throughout: no usage comes in between two months.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from doisoat.engine.store.home import Home, open_home
from doisoat.errors import PeriodError
from doisoat.messages.text import message
from doisoat.settlement.figures.period import TAKE_IN, Period
from doisoat.settlement.log import journal
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs.run_inputs import NO_RUNS, Stock, Task, check_carrier, stock_of
from doisoat.settlement.runs.runs import RunFiles, current_runs, manifest_of
from doisoat.settlement.settle.publication import AtTheEnd
from doisoat.settlement.settle.settle import (
    Progress,
    RunSummary,
    SettleRequest,
    made_ready,
    settle_locked,
)

Outcome = Literal["settled", "same", "signed", "refused"]
# Balances pass through months that hold nothing; more of them in a row than a year has are no pause
# but a date that was written wrongly, and to settle through them would be settled for good.
EMPTY_MONTHS_MAX = 12


class Month(NamedTuple):
    """What became of a month, or would become of it."""

    period: str
    outcome: Outcome
    run: str | None  # in force then; None if none is
    supersedes: str | None = None  # the run in whose place it came
    known: bool = False  # the run had been published before: nothing was to be rated
    events: int = 0  # of the run; where there is none yet, of the month
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
        return tuple(
            finding for finding in self.summary.findings if finding not in self.summary.stale
        )

    @property
    def news(self) -> tuple[str, ...]:
        """Those of its findings that a rerun does not say again."""
        is_new = self.summary is not None and (self.outcome == "settled" or self.summary.repaired)
        return self.findings if is_new else ()

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        content: dict[str, Any] = {
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
            content |= {name: figures[name] for name in figures if name not in ("run", "period")}
            content["findings"] = list(self.findings)
        if self.error is not None:
            content |= self.error.as_object()
        return content


class Watch(NamedTuple):
    """Who is told of a batch as it goes on."""

    months: Callable[[tuple[str, ...]], None] = lambda months: None  # those that it will look at
    began: Callable[[str], None] = lambda period: None
    started: Callable[[Task], None] = lambda task: None  # the run is known, nothing is rated yet
    buckets: Progress = lambda steps: None
    ended: Callable[[Month], None] = lambda month: None


UNWATCHED = Watch()


def settle_all(home: Path, request: SettleRequest, watch: Watch = UNWATCHED) -> list[Month]:
    """Settle each month that needs it, in order; a month that may not be is left, with its reason.

    Raises: PeriodError if there is nothing to settle; every error but a PeriodError of one month:
        the months before it are published by then.
    """
    check_carrier(request.catalogue, request.carrier)
    open_home(home)
    settled_months = []
    with (
        journal.writer(home, "settle --all") as locked,
        AtTheEnd(locked, request.threads) as publisher,
    ):
        stock = stock_of(locked)
        months, strays = months_of(locked, stock)
        watch.months(months)
        for period in months:
            watch.began(period)
            if period in strays:
                month = _skipped(locked, period, stock, strays[period])
            else:
                month = _settled(locked, request, stock, period, watch, publisher)
            watch.ended(month)
            settled_months.append(month)
    return settled_months


def foresee_all(home: Path, request: SettleRequest, watch: Watch = UNWATCHED) -> list[Month]:
    """What `settle_all` would come to, each month on the runs of by then. Reads only."""
    check_carrier(request.catalogue, request.carrier)
    opened = open_home(home)
    stock = stock_of(opened)
    planned: dict[str, RunFiles] = {}
    foreseen = []
    months, strays = months_of(opened, stock)
    watch.months(months)
    for period in months:
        watch.began(period)
        try:
            if period in strays:
                raise strays[period]
            month, run = _foreseen(opened, request._replace(period=period), stock, planned)
            planned[period] = run
        except PeriodError as error:
            month = _skipped(opened, period, stock, error)
        watch.ended(month)
        foreseen.append(month)
    return foreseen


def foresee(home: Path, request: SettleRequest) -> Month:
    """What a settle of one month would come to. Reads only.

    Raises: as the settle would.
    """
    check_carrier(request.catalogue, request.carrier)
    opened = open_home(home)
    return _foreseen(opened, request, stock_of(opened), NO_RUNS)[0]


class Months(NamedTuple):
    """The months that a batch looks at, in order."""

    periods: tuple[str, ...]
    strays: Mapping[str, PeriodError]  # those of them that are left, and why


def months_of(home: Home, stock: Stock) -> Months:
    """The months from the first with usage, a run or a booking to the last, those between too.

    Where more than EMPTY_MONTHS_MAX in a row hold nothing, the months on the other side are strays:
    those that have runs are settled on, or else those with the most events.
    Raises: PeriodError if there is none.
    """
    has_run = {*current_runs(home), *life.booked_months(home)}
    month_names = sorted({*stock.months, *has_run})
    if not month_names:
        raise PeriodError(message("no usage is in this home"), str(home.path), TAKE_IN)
    groups = _together(month_names)
    with_runs = [at for at, group in enumerate(groups) if has_run.intersection(group)]
    if not with_runs:
        events = [sum(stock.months.get(name, 0) for name in group) for group in groups]
        with_runs = [max(range(len(groups)), key=lambda at: (events[at], at))]
    first, last = groups[with_runs[0]][0], groups[with_runs[-1]][-1]
    strays = {
        name: _stray(home, name, first, last, stock.months.get(name, 0))
        for name in month_names
        if not first <= name <= last
    }
    return Months(tuple(sorted({*_range(first, last), *strays})), strays)


def _together(month_names: Sequence[str]) -> list[list[str]]:
    """Months in order, parted where too many between two of them hold nothing."""
    groups = [[month_names[0]]]
    for name in month_names[1:]:
        if _months_from(groups[-1][-1], name) - 1 > EMPTY_MONTHS_MAX:
            groups.append([])
        groups[-1].append(name)
    return groups


def _months_from(first: str, last: str) -> int:
    begin, end = Period.of(first).begin, Period.of(last).begin
    return (end.year - begin.year) * 12 + end.month - begin.month


def _stray(home: Home, name: str, first: str, last: str, events: int) -> PeriodError:
    """Why a month is left that lies far before the first of the others, or behind the last."""
    near, order = (first, name) if name < first else (last, Period.of(last).after)
    return PeriodError(
        message(
            "{name} lies {name_abs} months from {near}, more than {empty_months_max} of"
            " them in a row without anything: its events ({events}) may be dated wrongly",
            name=name,
            near=near,
            name_abs=abs(_months_from(name, near)),
            empty_months_max=EMPTY_MONTHS_MAX,
            events=events,
        ),
        str(home.path),
        message(
            "look them up by start_at in usage.event of relief.duckdb, and have their"
            " source send them again with their dates; if these are right, settle the"
            " months in order: doisoat settle --period {order}",
            order=order,
        ),
    )


def _range(first: str, last: str) -> Iterator[str]:
    while first <= last:
        yield first
        first = Period.of(first).after


def _settled(
    home: Home,
    request: SettleRequest,
    stock: Stock,
    period: str,
    watch: Watch,
    publisher: AtTheEnd,
) -> Month:
    current = current_runs(home)
    try:
        summary = settle_locked(
            home, request._replace(period=period), watch.buckets, watch.started, stock=stock,
            publisher=publisher,
        )  # fmt: skip
    except PeriodError as error:
        return _skipped(home, period, stock, error)
    return _month(home, period, summary.run, current, stock, summary.same_run, summary)


def _foreseen(
    home: Home,
    request: SettleRequest,
    stock: Stock,
    planned: Mapping[str, RunFiles],
) -> tuple[Month, RunFiles]:
    """What would become of a month, and its run as if it were there."""
    ready = made_ready(home, request, stock=stock, planned=planned)
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
        period,
        outcome,
        run,
        supersedes=None if is_same else before.get(period),
        known=known,
        events=stock.months.get(period, 0) if summary is None else summary.counts["events"],
        makes_stale=() if is_same else _resting(home, period, before),
        unadjusted=life.is_unadjusted(home, standing.accounted_run, run),
        summary=summary,
    )


def _resting(home: Home, period: str, before: Mapping[str, str]) -> tuple[str, ...]:
    """The month after, if it was settled on the run that the period had."""
    after, run = Period.of(period).after, before.get(period)
    if run is None or after not in before:
        return ()
    opening = manifest_of(home.floor("runs") / before[after])["inputs"]["opening_run"]
    return (after,) if opening == run else ()


def _skipped(home: Home, period: str, stock: Stock, error: PeriodError) -> Month:
    standing = life.standing_of(home, period)
    events = stock.months.get(period, 0)
    if standing.run is not None:
        events = int(manifest_of(home.floor("runs") / standing.run)["totals"]["events"])
    return Month(
        period, "signed" if standing.state == "signed" else "refused", standing.run,
        events=events, error=error,
    )  # fmt: skip
