"""Settling every month, or only foreseeing it: what is said of each, as it goes and at the end."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doisoat.commands.next_line import echo_next
from doisoat.commands.options import echo, print_json, say, warn_if_not_packed
from doisoat.commands.steps import LOG
from doisoat.messages.text import Text, composed, message, message_in, words_in

if TYPE_CHECKING:
    from doisoat.settlement.settle.settle import SettleRequest
    from doisoat.settlement.upkeep.batch import Month, Watch
    from doisoat.settlement.upkeep.lineage import Lineage

WORDS = words_in("a month", "settled", "same", "signed", "refused")
FORESEEN = {**WORDS, "settled": message_in("a month to come", "settled")}
RUN_DIGITS = 12


def settle_all(
    home: Path, request: "SettleRequest", lineage: "Lineage | None", as_json: bool
) -> int | None:
    """Settle what needs it; the exit status."""
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.upkeep import batch

    with watched(open_home(home).buckets, lineage) as watch:
        months = batch.settle_all(home, request, watch)
    status = _report(months, as_json, is_dry=False)
    if not as_json:
        echo_next(home)
    return status


def foresee(home: Path, request: "SettleRequest", is_all: bool, as_json: bool) -> int | None:
    """Say what a settle of one month, or of all, would come to; its exit status."""
    from doisoat.settlement.upkeep import batch

    months = batch.foresee_all(home, request) if is_all else [batch.foresee(home, request)]
    return _report(months, as_json, is_dry=True)


@contextmanager
def watched(buckets: int, lineage: "Lineage | None") -> "Iterator[Watch]":
    """Shows months and buckets as they go by: two bars, lines, or steps of the log."""
    from doisoat.settlement.upkeep.batch import Watch

    with _shown(buckets) as (show_months, show_period, advance):
        steps = _Steps(show_months, show_period, lineage)
        yield Watch(steps.months, steps.began, steps.started, advance, steps.ended)


class _Steps:
    """What is said, and to whom, at each step of a batch."""

    def __init__(
        self,
        show_months: Callable[[int], None],
        show_period: Callable[[str, int, int], None],
        lineage: "Lineage | None",
    ) -> None:
        self.show_months, self.show_period, self.lineage = show_months, show_period, lineage
        self.at = self.count = 0

    def months(self, months: Sequence[str]) -> None:
        self.count = len(months)
        self.show_months(self.count)

    def began(self, period: str) -> None:
        self.at += 1
        LOG.know(period=period, run=None)
        LOG.step("month", at=self.at, months=self.count)
        self.show_period(period, self.at, self.count)

    def started(self, task: Any) -> None:
        LOG.know(run=task.run)
        LOG.step("run", events=task.events)
        warn_if_not_packed(task.home.path, task.period.name, task.run)
        if self.lineage is not None:
            self.lineage.started(task)

    def ended(self, month: "Month") -> None:
        from doisoat.settlement.runs.run_findings import in_both

        if self.lineage is not None:
            if month.summary is not None:
                self.lineage.completed(month.summary)
            else:
                self.lineage.failed(month.error)
        LOG.step("month_ended", outcome=month.outcome, is_left=month.is_left)
        for finding in month.news:
            say(message("Note") + f": {month.period}: " + in_both(finding))
        LOG.know(period=None, run=None)


Shown = tuple[Callable[[int], None], Callable[[str, int, int], None], Callable[[int], None]]


@contextmanager
def _shown(buckets: int) -> Iterator[Shown]:
    completed = 0

    def advance(steps: int) -> None:
        nonlocal completed
        completed += steps
        LOG.progress(message("Settling"), completed, buckets)

    def begin(period: str, at: int, count: int) -> None:
        nonlocal completed
        completed = 0
        if not LOG.is_on:
            say(f"Settling {period} ({at}/{count})")

    if LOG.is_on or not sys.stderr.isatty():
        yield lambda count: None, begin, advance
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        months, within = (
            bar.add_task(message("months"), total=None),
            bar.add_task("", total=buckets),
        )

        def begin_bar(period: str, at: int, count: int) -> None:
            bar.update(months, completed=at - 1)
            bar.reset(within, description=period, total=buckets)

        yield (
            lambda count: bar.update(months, total=count),
            begin_bar,
            lambda steps: bar.advance(within, steps),
        )


def _report(months: "Sequence[Month]", as_json: bool, *, is_dry: bool) -> int | None:
    from doisoat.errors import EXIT_DISAGREEMENTS

    if as_json:
        dry = {"dry_run": True} if is_dry else {}
        print_json({"periods": [month.as_object() for month in months], **dry})
    else:
        for month in months:
            echo(_line(month, FORESEEN if is_dry else WORDS))
        if is_dry:
            echo(message("Nothing was written"))
    return EXIT_DISAGREEMENTS if any(month.is_left for month in months) else None


def _line(month: "Month", words: dict[str, Text]) -> str:
    from doisoat.currency import number_text

    run = (month.run or "–")[:RUN_DIGITS]
    text = f"{month.period}\t" + words[month.outcome] + f"\t{run}\t"
    text += f"{number_text(month.events)} " + message("events")
    suspended = month.summary.counts["suspended"] if month.summary is not None else 0
    if suspended:
        text += f"\t{number_text(suspended)} " + message_in("in a line", "suspended")
    if month.supersedes is not None:
        text += "\t" + message("supersedes") + f" {month.supersedes[:RUN_DIGITS]}"
    if month.known and month.outcome == "settled":
        text += "\t" + message("computed before")
    if month.makes_stale:
        text += "\t" + message("makes stale") + f": {', '.join(month.makes_stale)}"
    if month.unadjusted:
        text += "\t" + message("not adjusted yet") + f": doisoat adjust {month.period}"
    if month.error is not None:
        text += (
            "\n  "
            + message("why")
            + composed(": {}.\n  ", month.error.what)
            + message("to mend")
            + composed(": {}.", month.error.mend)
        )
    return text
