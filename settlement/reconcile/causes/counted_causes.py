"""Causes by which a run's relief lines are counted otherwise, without rating anything again.

The lines are summed once, for all carriers, by file, day and what else a cause asks for; each
alternative is then a choice among these sums. docs/reconcile.md has the rule of each.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import polars as pl

from doisoat.civil_time import zone_in_use
from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store.civil_columns import utc_of
from doisoat.engine.store.home import Home
from doisoat.errors import ConservationError
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.figures.period import EPOCH, MS_PER_DAY, Period
from doisoat.settlement.reconcile.causes.alternative_cache import AlternativeCache
from doisoat.settlement.reconcile.lines import late_files as arrivals
from doisoat.settlement.reconcile.lines.located_lines import MEND, PLACED, Files, calls_of, placed
from doisoat.settlement.records import alternative_frame as delta
from doisoat.settlement.rerating.adjustment_worlds import Inputs, inputs_of
from doisoat.settlement.rerating.evaluation import Progress
from doisoat.settlement.runs.runs import current_runs, file_of, run_files
from doisoat.settlement.runs.usage_months import read

CELL = ("carrier", "measure", "nature", "home_province")
SUMS = ("events", "units", "amount")


class Sums(NamedTuple):
    """A run's lines, summed by CELL and `day`: SUMS; besides by

    by_file: `file`, the place of the file in `files`; by_utc: `utc`, the day by UTC, where that is
    another one; by_end: `end`, the day on which the call ends, where that is another one; repeated:
    `again`, the file with a record that said the line's event again: once for each such record.
    """

    files: Files
    by_file: pl.DataFrame
    by_utc: pl.DataFrame
    by_end: pl.DataFrame
    repeated: pl.DataFrame

    @property
    def frames(self) -> dict[str, pl.DataFrame]:
        """All but the files, by name."""
        return {name: getattr(self, name) for name in BY}


LINES = "lines"  # what sums of them are kept under
BY = {"by_file": "file", "by_utc": "utc", "by_end": "end", "repeated": "again"}


def sums_of(home: Home, inputs: Inputs, progress: Progress = lambda steps: None) -> Sums:
    """Progress advances by a step a bucket.

    Raises: ConservationError if the lines are not what the run's totals say.
    """
    files = Files.of(inputs)
    repeats = repeats_of(inputs, files)
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in BY}
    for rows in placed(home, inputs, progress=progress):
        dated = _dated(rows)
        frames = {
            "by_file": dated,
            "by_utc": dated.filter(pl.col("utc") != pl.col("day")),
            "by_end": dated.filter(pl.col("end") != pl.col("day")),
            "repeated": dated.join(repeats, on=IDS),
        }
        for name, by in BY.items():
            parts[name].append(sum_by(frames[name], (*CELL, "day", by), SUMS))
    summed = {
        name: sum_by(pl.concat(parts[name]), (*CELL, "day", by), SUMS) for name, by in BY.items()
    }
    _check(inputs, summed["by_file"])
    return Sums(files, **summed)


def _dated(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(
        pl.col("measure", "nature").cast(pl.String),
        events=pl.lit(1, pl.Int64),
        day=pl.col("start_ms") // MS_PER_DAY,
        utc=utc_of(pl.col("start_ms"), zone_in_use()) // MS_PER_DAY,
        end=pl.col("end_ms") // MS_PER_DAY,
    )


def repeats_of(inputs: Inputs, files: Files) -> pl.DataFrame:
    """IDS, again: a row a record that said again what an event said, with the place of its file."""
    frames = [pl.DataFrame(schema={**dict.fromkeys(IDS, pl.UInt64()), "again": pl.UInt32()})]
    for part in inputs.month.parts:
        path = part.file("duplicate.parquet")
        if path is not None:
            numbers = inputs.month.sources_of(part)
            rows = read(path).filter(pl.col("source").is_in(numbers))
            frames.append(rows.select(*IDS, files.of_part(part).alias("again")))
    return pl.concat(frames)


def _check(inputs: Inputs, by_file: pl.DataFrame) -> None:
    """The lines, put beside their records, are still all that the run's totals hold."""
    of_lines = delta.cells(by_file)
    of_totals = delta.cells(read(file_of(inputs.run, "relief_total.parquet")))
    differing = delta.difference(of_lines, of_totals)
    if differing.height:
        raise ConservationError(
            f"relief lines and totals of run {inputs.run.run} disagree in {differing.height} cells",
            "reconcile", MEND,
        )  # fmt: skip


# --- what each cause counts ----------------------------------------------------------------------


class CountedLines(NamedTuple):
    """What counted alternatives of a run are made from.

    late: of each set of files that came in late, its name and the files' places.
    neighbours: sums by CELL of lines of the months beside that a change of days brings into this
    one, by name: utc, end, which is also the column of their day in it.
    """

    period: Period
    sums: Sums
    late: Mapping[str, Sequence[int]]
    neighbours: Mapping[str, pl.DataFrame]
    earlier: Mapping[str, pl.DataFrame]  # delta.CELL of earlier runs that had fewer files, by name
    from_before: pl.DataFrame  # delta.CELL of what came in late for the month before


def found_of(kept: AlternativeCache, progress: Progress = lambda steps: None) -> CountedLines:
    """What is counted of a cache's run; what is not kept is summed, and progress advances by it.

    Raises: PeriodError, StoreError if the home no longer holds what the run was made of.
    """
    home, run = kept.home, kept.run
    files, period = Files.of_run(run), Period.of(run.period)
    beside = [current_runs(home).get(name) for name in (period.before, period.after)]
    sums = kept.frames(
        LINES, tuple(BY), lambda: sums_of(home, inputs_of(home, run), progress).frames
    )
    return CountedLines(
        period,
        Sums(files, **sums),
        arrivals.late_files(home, run, files),
        kept.frames([LINES, *beside], ("utc", "end"), lambda: _neighbouring_lines(home, period)),
        arrivals.earlier_runs(home, run),
        _from_before(kept, period.before),
    )


def _from_before(kept: AlternativeCache, period: str) -> pl.DataFrame:
    """The lines of a month's run that are of files which its first run did not have."""
    home, current = kept.home, current_runs(kept.home)
    if period not in current:
        return delta.CELL.to_frame()
    run = run_files(home, current[period], superseded=False)
    late = arrivals.after_first(home, run, Files.of_run(run))
    if not late:
        return delta.CELL.to_frame()

    def make() -> dict[str, pl.DataFrame]:
        dated = (_dated(rows) for rows in placed(home, inputs_of(home, run)))
        lines = [rows.filter(pl.col("file").is_in(late)) for rows in dated]
        return {"late": delta.cells(pl.concat([_dated(PLACED.to_frame()), *lines]))}

    return kept.frames([LINES, run.run, late], ("late",), make)["late"]


def _neighbouring_lines(home: Home, period: Period) -> dict[str, pl.DataFrame]:
    """Sums of the months beside of lines of this one by UTC, or by their calls' ends."""
    first, last = (ms // MS_PER_DAY for ms in (period.begin_ms, period.end_ms - MS_PER_DAY))

    most, least = ahead_of_utc(period)

    def after(inputs: Inputs) -> pl.Expr:
        return pl.col("start_ms") < period.end_ms + most

    def before(inputs: Inputs) -> pl.Expr:
        return pl.col("start_ms") >= period.begin_ms - _longest_call_ms(inputs)

    def later_by_utc(inputs: Inputs) -> pl.Expr:
        return pl.col("start_ms") >= period.begin_ms + least

    by_utc = []  # lines of the months beside that UTC's days bring in
    if most > 0:
        by_utc.append(_lines_of(home, period.after, after).filter(pl.col("utc") <= last))
    if least < 0:
        by_utc.append(_lines_of(home, period.before, later_by_utc).filter(pl.col("utc") >= first))
    lines = {
        "utc": pl.concat(by_utc or [_dated(PLACED.to_frame())]),
        "end": _lines_of(home, period.before, before).filter(pl.col("end") >= first),
    }
    return {by: sum_by(rows, (*CELL, by), SUMS) for by, rows in lines.items()}


def ahead_of_utc(period: Period) -> tuple[int, int]:
    """The most and the least that clocks are ahead of UTC about a month: below 0 west of it."""
    ahead = zone_in_use().ahead_between(period.begin_ms - MS_PER_DAY, period.end_ms + MS_PER_DAY)
    return max(ahead), min(ahead)


def _longest_call_ms(inputs: Inputs) -> int:
    """How long the longest call lasts in the parts that a run read."""
    durations = [inputs.month.copies.select(pl.col("duration_ms").max()).item()]
    for part in inputs.month.parts:
        if part.buckets:
            events = pl.scan_parquet(part.buckets, glob=False, hive_partitioning=False)
            calls = events.filter(pl.col("trait").is_in(calls_of(part)))
            longest = calls.select(pl.col("duration_ms").max())
            durations.append(longest.collect(engine="streaming").item())
    return max((ms for ms in durations if ms is not None), default=0)


def _lines_of(home: Home, period: str, where: Callable[[Inputs], pl.Expr]) -> pl.DataFrame:
    current = current_runs(home)
    if period not in current:
        return _dated(PLACED.to_frame())
    inputs = inputs_of(home, run_files(home, current[period], superseded=False))
    return _dated(pl.concat(placed(home, inputs, where(inputs))))


class Taken(NamedTuple):
    """Which events go with the lines: less (-1), or once more (1). by, keys: as `valued` has them.

    Without keys: those that go to another month by UTC or by end, and those that come from one.
    """

    by: str
    keys: tuple[int, ...]
    times: int


class Named(NamedTuple):
    """An alternative: what it moves of relief (delta.CELL), and the events that go with it."""

    cause: str
    detail: str
    moved: pl.DataFrame
    taken: tuple[Taken, ...] = ()


def differences(counted: CountedLines, carrier: str, recomputed: pl.DataFrame) -> Iterator[Named]:
    """Each counted alternative, for a carrier.

    Args: recomputed: what the run says of the carrier (ours.cells).
    """
    sums = {name: getattr(counted.sums, name).filter(pl.col("carrier") == carrier) for name in BY}
    yield from _repeated(sums["repeated"], counted.sums.files)
    for name, places in counted.late.items():
        late = sums["by_file"].filter(pl.col("file").is_in(list(places)))
        yield Named("late", name, delta.cells(_less(late)), (Taken("file", tuple(places), -1),))
    for name, cells in counted.earlier.items():
        of_earlier = cells.filter(pl.col("carrier") == carrier)
        yield Named("late", name, delta.difference(of_earlier, recomputed))
    coming = counted.from_before.filter(pl.col("carrier") == carrier)
    yield Named("late", f"from:{counted.period.before}", coming)
    yield from _missing(sums["by_file"], counted.sums.files)
    for cause, detail, by in (("time_zone", "utc", "utc"), ("midnight", "by_end", "end")):
        moved = _on_other_days(counted, carrier, sums[f"by_{by}"], by)
        yield Named(cause, detail, moved, (Taken(by, (), -1), Taken(by, (), 1)))


def _repeated(rows: pl.DataFrame, files: Files) -> Iterator[Named]:
    all_files = tuple(range(len(files.digests)))
    yield Named("duplicate", "all", delta.cells(rows), (Taken("again", all_files, 1),))
    places = sorted(rows["again"].unique())
    for place in places if len(places) > 1 else ():
        repeats = rows.filter(pl.col("again") == place)
        detail = f"file:{files.digests[place]}"
        yield Named("duplicate", detail, delta.cells(repeats), (Taken("again", (place,), 1),))


def _missing(rows: pl.DataFrame, files: Files) -> Iterator[Named]:
    for by in names_of(files):
        values = sorted(rows[by].unique())
        for value in values if len(values) > 1 else ():
            yield without(rows, files, by, value)


def without(rows: pl.DataFrame, files: Files, by: str, value: int) -> Named:
    """A carrier's lines (`by_file`) without those of a file or day, of which there may be none."""
    missing = delta.cells(_less(rows.filter(pl.col(by) == value)))
    detail = f"{by}:{names_of(files)[by](value)}"
    return Named("missing", detail, missing, (Taken(by, (value,), -1),))


def names_of(files: Files) -> dict[str, Callable[[int], str]]:
    """How a file, by its place, and a day are told in a detail."""
    return {"file": lambda place: files.digests[place], "day": date_of}


def _on_other_days(
    counted: CountedLines, carrier: str, moved: pl.DataFrame, by: str
) -> pl.DataFrame:
    """Lines taken from their day and counted on another one, where that is in the period."""
    first, after = (ms // MS_PER_DAY for ms in (counted.period.begin_ms, counted.period.end_ms))
    coming = counted.neighbours[by].filter(pl.col("carrier") == carrier)
    counted_there = pl.concat([frame.select(*CELL, by, *SUMS) for frame in (moved, coming)])
    counted_there = counted_there.filter(pl.col(by) >= first, pl.col(by) < after).rename(
        {by: "day"}
    )
    return delta.cells(pl.concat([_less(moved).select(counted_there.columns), counted_there]))


def _less(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(-pl.col(name) for name in SUMS)


def date_of(day: int) -> str:
    return f"{EPOCH + timedelta(days=day):%Y-%m-%d}"
