"""Relief lines that a counted cause is about, in the cell of a variance, as a query selects them.

World and arithmetic causes, and items of a statement that are no sum of lines, have none: there the
difference is no matter of some lines.
"""

from datetime import date
from typing import Literal, NamedTuple

from doisoat.engine.store.home import Home
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.reconcile.causes.line_causes import OF_LINES
from doisoat.settlement.reconcile.lines import late_files as arrivals
from doisoat.settlement.reconcile.lines.located_lines import Files
from doisoat.settlement.records.explanation import Part
from doisoat.settlement.records.variance import INTERCONNECT, TOTAL, Variance
from doisoat.settlement.runs.runs import RunFiles, current_runs, run_files

# held: lines of the cell's days; again: their records that came again; utc, end: lines that are of
# another day by UTC, or by the end of their call; settled: what an earlier run had otherwise.
Selection = Literal["held", "again", "utc", "end", "settled", "suspended"]
NATURE_OF_ITEM = {
    "discount": "discount",
    "in_kind": "in_kind",
    "contribution": "contribution",
    "forbearances": "forbearance",
}


class Days(NamedTuple):
    """Civil days, both included."""

    first: date
    last: date


class CauseLines(NamedTuple):
    """Lines of a cell. sign: of held lines, -1: left out; files: by SHA-256, None: any."""

    carrier: str
    measure: str | None  # None: any
    nature: str
    home_province: str | None
    days: Days
    selection: Selection
    sign: int = 1
    files: tuple[str, ...] | None = None
    run: str = ""  # of settled: the earlier one


def lines_of(home: Home, variance: Variance, part: Part) -> CauseLines | None:
    """The lines that a cause of a variance is about; None where it is not about some lines.

    Raises: StoreError if the run that was judged is no longer in force, or is lost.
    """
    nature = variance.key.get("nature") or NATURE_OF_ITEM.get(variance.key.get("item", ""))
    selection = _selection_of(part)
    if (
        nature is None
        or selection is None
        or variance.measure == INTERCONNECT
        or TOTAL in variance.key
    ):
        return None
    run, month = _run_of(home, variance), Period.of(variance.period)
    cell = CauseLines(
        variance.carrier, variance.measure or None, nature, variance.key.get("home_province"),
        _days_of(variance.key.get("day"), month), selection,
    )  # fmt: skip
    name, _, value = part.detail.partition(":")
    if part.cause == "duplicate":
        files = (value,) if name == "file" else Files.of_run(run).digests
        return cell._replace(files=files)
    if part.cause == "missing" and name == "day":
        day = date.fromisoformat(value)
        return cell._replace(sign=-1, days=Days(day, day))
    if part.cause == "missing":
        return cell._replace(sign=-1, files=(value,))
    if part.cause == "late":
        return _late(home, run, month, cell, name, value, part.detail)
    return cell


def _selection_of(part: Part) -> Selection | None:
    if part.detail.partition(":")[0] == OF_LINES:
        return None  # of lines that the claim itself names
    if part.cause == "late" and part.detail.startswith(arrivals.SETTLED):
        return "settled"
    selections: dict[str, Selection] = {
        "duplicate": "again", "late": "held", "missing": "held", "suspended": "suspended",
        "time_zone": "utc", "midnight": "end",
    }  # fmt: skip
    return selections.get(part.cause)


def _days_of(day: str | None, month: Period) -> Days:
    if day is not None:
        return Days(date.fromisoformat(day), date.fromisoformat(day))
    return Days(month.begin.date(), month.last_day.date())


def _run_of(home: Home, variance: Variance) -> RunFiles:
    if current_runs(home).get(variance.period) != variance.run:
        raise StoreError(
            message("the run that this variance was found against is no longer in force"),
            variance.period,
            message("reconcile again: doisoat reconcile --period {period}", period=variance.period),
        )
    return run_files(home, variance.run, superseded=False)


def _late(
    home: Home, run: RunFiles, month: Period, cell: CauseLines, name: str, value: str, detail: str
) -> CauseLines | None:
    """Lines of files that came in late: left out, or, of the month before, counted in this one."""
    if cell.selection == "settled":
        return cell._replace(run=value)
    if name != "from":
        files = Files.of_run(run)
        places = arrivals.late_files(home, run, files).get(detail, ())
        return cell._replace(sign=-1, files=tuple(files.digests[place] for place in places))
    before, current = Period.of(month.before), current_runs(home)
    if before.name not in current:
        return None
    earlier = run_files(home, current[before.name], superseded=False)
    files = Files.of_run(earlier)
    places = arrivals.after_first(home, earlier, files)
    is_of_month = cell.days == _days_of(None, month)
    days = _days_of(None, before) if is_of_month else cell.days
    return cell._replace(files=tuple(files.digests[place] for place in places), days=days)
