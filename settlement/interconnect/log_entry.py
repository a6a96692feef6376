"""The interconnection of a settled month as an entry of the log, so that papers may state it.

By (payer, payee, price) over the month, in whole đồng as the days were rounded; with each carrier's
calls by sort, so that what is not priced stays said.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, open_home
from doisoat.errors import PeriodError, StoreError
from doisoat.messages.text import message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.interconnect.call_prices import COLUMNS, KINDS, Ground
from doisoat.settlement.interconnect.netting import (
    Counted,
    Interconnect,
    Rounding,
    Row,
    interconnect,
)
from doisoat.settlement.log import journal
from doisoat.settlement.runs.derived_results import INTERCONNECT, entries_of_period, entry_of, tell

if TYPE_CHECKING:  # Workbooks have these rows; only the command replays a run for them.
    from doisoat.settlement.rerating.rerate_month import MonthAgain

Progress = Callable[[int], None]


class Due(NamedTuple):
    """What one carrier owes another of a month at a price."""

    payer: str
    payee: str
    price: str  # đồng, as the catalogue writes it
    per: str
    first_day: date  # of its calls
    last_day: date
    calls: int
    ms: int  # of all its calls
    waived_ms: int  # of which nothing is owed
    amount: int  # đồng excl. VAT


class Recorded(NamedTuple):
    """What an entry of the log says of a run."""

    entry: int
    rounding: Rounding
    rows: tuple[Due, ...]
    carriers: Mapping[str, Counted]


class NettedMonth(NamedTuple):
    """What was worked out of a run, and the entry that says it; None: it was not to be recorded."""

    period: str
    run: str
    netting: Interconnect
    entry: int | None = None
    already: bool = False  # the log told of it before: nothing was written

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        content = {"period": self.period, "run": self.run, **self.netting.as_object()}
        if self.entry is not None:
            content |= {"entry": self.entry, "already": self.already}
        return content


def work_out(
    path: Path, period: str, rounding: Rounding, progress: Progress = lambda steps: None
) -> NettedMonth:
    """Net the interconnection of the run in force of a period; nothing is written.

    Args: progress: told of each bucket.
    Raises: as `rerate_month` and `interconnect`.
    """
    from doisoat.settlement.rerating.rerate_month import month_again, settled_run

    month, home = Period.of(period), open_home(path)
    return _worked_out(month_again(home, settled_run(home, month)), rounding, progress)


def record(
    path: Path,
    period: str,
    rounding: Rounding,
    why: str = "",
    progress: Progress = lambda steps: None,
) -> NettedMonth:
    """Net it, and tell the log. A run is told of once, and all runs of a month by one rounding.

    Args: progress: told of each bucket.
    Raises: PeriodError if the log has a run of the month by the other rounding; StoreError if it
        has other figures of this one; as `work_out` else.
    """
    from doisoat.settlement.rerating.rerate_month import month_again, settled_run

    month = Period.of(period)
    open_home(path)
    with journal.writer(path, INTERCONNECT) as home, commit.disk_errors(path):
        run = settled_run(home, month)
        _refuse_other_rounding(home, month, rounding)
        known = recorded(home, run.run)
        netted = _worked_out(month_again(home, run), rounding, progress)
        rows = by_price(netted.netting.rows)
        if known is None:
            entry = tell(home, INTERCONNECT, run, why, **_spelt(netted.netting, rows))
            return netted._replace(entry=entry)
        if (known.rows, known.carriers) != (rows, netted.netting.carriers):
            raise StoreError(
                message(
                    "entry {entry} has other interconnection of run {run} than is worked"
                    " out now: the entry was changed, or this doisoat computes otherwise",
                    entry=known.entry,
                    run=run.run,
                ),
                str(home.path / journal.JOURNAL),
                message(
                    "doisoat verify tells whether the log was changed; else report this"
                    " with the run"
                ),
            )
        return netted._replace(entry=known.entry, already=True)


def _refuse_other_rounding(home: Home, month: Period, rounding: Rounding) -> None:
    """What two runs of a month differ by stands on papers: it is to be calls, and no rounding."""
    for entry in entries_of_period(home, INTERCONNECT, month.name):
        known = _read_of(home, entry)
        if known.rounding != rounding:
            run, was = entry["run"][:8], known.rounding
            raise PeriodError(
                message(
                    "{month} was recorded with rounding {was} (entry {entry} of the log,"
                    " run {run}), and papers may say so: all runs of a month are rounded"
                    " one way",
                    month=month.name,
                    was=was,
                    entry=known.entry,
                    run=run,
                ),
                str(home.path / journal.JOURNAL),
                message(
                    "record it with --rounding {was}; without --record either may be seen", was=was
                ),
            )


def _worked_out(rated: "MonthAgain", rounding: Rounding, progress: Progress) -> NettedMonth:
    ground = Ground.of(rated.inputs)
    netting = interconnect(rated.bucket_outcomes_of(KINDS, COLUMNS, progress), ground, rounding)
    return NettedMonth(rated.run.period, rated.run.run, netting)


def by_price(rows: Iterable[Row]) -> tuple[Due, ...]:
    """The days of a month at one price as one, sorted by payer, payee and price."""
    dues: dict[tuple[str, str, str, str], Due] = {}
    for row in rows:
        key = row.payer, row.payee, row.price, row.per
        due = dues.get(key, Due(*key, row.day, row.day, 0, 0, 0, 0))
        dues[key] = due._replace(
            first_day=min(due.first_day, row.day),
            last_day=max(due.last_day, row.day),
            **{
                name: getattr(due, name) + getattr(row, name)
                for name in ("calls", "ms", "waived_ms", "amount")
            },
        )
    return tuple(dues[key] for key in sorted(dues))


# --- the entry -----------------------------------------------------------------------------------


def recorded(home: Home, run: str, size: int | None = None) -> Recorded | None:
    """What the log says of a run, in its first `size` entries; None where they do not say it.

    Raises: StoreError if the entry is not as they are written.
    """
    entry = entry_of(home, INTERCONNECT, run, size)
    return None if entry is None else _read_of(home, entry)


def _read_of(home: Home, entry: Mapping[str, Any]) -> Recorded:
    try:
        return _read(entry)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            message(
                "entry {entry} is not as an entry of interconnection is written ({error})",
                entry=entry["entry"],
                error=repr(error),
            ),
            str(home.path / journal.JOURNAL),
            message("restore log/ from a copy; doisoat verify says more"),
        ) from error


def recorded_of_runs(home: Home, runs: Iterable[str], size: int) -> dict[str, Recorded]:
    """What the log's first `size` entries say, by run, of those of the runs of which they do.

    Raises: StoreError as `recorded`.
    """
    recordings = {run: recorded(home, run, size) for run in runs}
    return {run: recording for run, recording in recordings.items() if recording is not None}


def _read(entry: Mapping[str, Any]) -> Recorded:
    days = ("first_day", "last_day")
    rows = tuple(
        Due(
            **{
                **row,
                **{name: date.fromisoformat(row[name]) for name in days},
                "amount": int(row["amount"]),
            }
        )
        for row in entry["due"]
    )
    carriers = {name: Counted(**counts) for name, counts in entry["counted"].items()}
    return Recorded(entry["entry"], entry["rounding"], rows, carriers)


def _spelt(netting: Interconnect, rows: Iterable[Due]) -> dict[str, Any]:
    """The same for the log: amounts as text."""
    return {
        "rounding": netting.rounding,
        "due": [
            {
                **row._asdict(),
                "first_day": row.first_day.isoformat(),
                "last_day": row.last_day.isoformat(),
                "amount": str(row.amount),
            }
            for row in rows
        ],
        "counted": {name: counts._asdict() for name, counts in netting.carriers.items()},
    }
