"""Erases a person from a home: another identity, of nobody, takes the place of theirs.

Amounts stay, and can be computed again: whatever the person's events cost, they cost under the new
identity, which was drawn by lot and is written down nowhere else. What still said who it was (the
parts and the runs of before) goes, with tombstones; so do the sealed texts of suspended records of
such parts, since the key alone tells whose they are. The order: a note of what is being done, the
parts, the runs in force settled again and held to the figures of before, the removal, and last the
note, which alone knew both identities.
"""

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.files.slices import SHARD_UNIT
from doisoat.engine.intake.master.master_tables import BY_NAME, TABLES, standing
from doisoat.engine.intake.records.conflict import CONFLICT
from doisoat.engine.intake.records.sealed_texts import SEALED
from doisoat.engine.intake.suspense.suspense_register import ORIGIN, RECYCLED
from doisoat.engine.store import commit
from doisoat.engine.store.home import (
    ERASING,
    FORMAT_VERSION,
    PART_FLOORS,
    Floor,
    Home,
    Part,
    check_format,
    every_part,
    in_force,
    list_parts,
    open_home,
    read_parts,
    verify,
)
from doisoat.engine.store.id128 import halves, joined
from doisoat.engine.usage.merge_parts import PEOPLE, Renamed, merge_parts
from doisoat.errors import ConservationError, Interrupted, PeriodError, StoreError
from doisoat.messages.text import halves_of, message
from doisoat.settlement.access.server_files import forget_links
from doisoat.settlement.log import journal
from doisoat.settlement.log import tombstones as removed
from doisoat.settlement.log.intake_log import log_arrivals
from doisoat.settlement.log.tombstones import Item
from doisoat.settlement.packs.pack_folder import packs_of, remove_packs
from doisoat.settlement.records import envelope_posting as posting
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs import postings
from doisoat.settlement.runs.orders import without_orders
from doisoat.settlement.runs.run_inputs import gather
from doisoat.settlement.runs.runs import (
    current_runs,
    file_of,
    manifest_of,
    package_as_written,
    run_files,
)
from doisoat.settlement.settle.settle import SettleRequest, settle_locked
from doisoat.settlement.upkeep.retain import end_acts
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

Progress = Callable[[int], None]
SAME = ("total", "relief_total", "statement", "statement_line", "programme")  # figures of a run
RESUME = "doisoat store erase --resume"
MEND = "report this; the home still knows both, and `doisoat store erase --resume` goes on"


class Traces(NamedTuple):
    """What a home holds of somebody."""

    rows: dict[str, int]  # by table of the parts in force; events as `used` or `called`
    parts: tuple[Item, ...]  # that name them, in force or replaced
    runs: tuple[Item, ...]  # that name them, in force or superseded
    packs: int  # in packs/, that name them

    def as_object(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "parts": len(self.parts),
            "runs": len(self.runs),
            "packs": self.packs,
        }


class Erased(NamedTuple):
    """What was, or would be, done."""

    traces: Traces
    runs: dict[str, tuple[str, str]]  # by period: the run in force before and after
    act: str | None  # None: nothing was removed

    def as_object(self) -> dict[str, Any]:
        return {
            **self.traces.as_object(),
            "settled_again": [
                {"period": period, "before": before, "after": after}
                for period, (before, after) in sorted(self.runs.items())
            ],
            "act": self.act,
        }


def plan(path: Path, who: int) -> Erased:
    """What the home holds of somebody; nothing is written.

    Args: who: the pseudonym, as relief.duckdb shows it.
    Raises: StoreError if the home does not know them.
    """
    home = open_home(path)
    _check_none_begun(home)
    return Erased(_find_or_refuse(home, halves(who)), {}, None)


def erase(path: Path, who: int, why: str, progress: Progress = lambda steps: None) -> Erased:
    """Put another identity in the place of somebody's everywhere, and settle again.

    Args: progress: told of the buckets that were rated.
    Raises: StoreError if the home does not know them, or is not as it was published; PeriodError if
        a run in force is not what its period comes to today: then nothing was changed.
    """
    open_home(path)
    with journal.writer(path, "erase") as home, commit.disk_errors(path):
        _check_none_begun(home)
        old = halves(who)
        traces = _find_or_refuse(home, old)
        runs = current_runs(home)
        for period, run in sorted(runs.items()):
            _check_up_to_date(home, period, run)
            life.check_accounted(home, period)
        note = {
            "format_version": FORMAT_VERSION,
            "old": list(old),
            "new": list(_somebody_new(home, old)),
            "why": why,
            "runs": runs,
            "accounted": {
                name: standing.accounted_run for name, standing in life.standings(home).items()
            },
            "found": traces.as_object(),
        }
        commit.write_json(home.path / ERASING, note)
        return _go_on(home, note, traces, progress)


def resume(path: Path, progress: Progress = lambda steps: None) -> Erased:
    """End an erasure that was cut short. StoreError if there is none."""
    with journal.writer(path, "erase") as home, commit.disk_errors(path):
        note = _note(home)
        if note is None:
            raise StoreError(
                message("no erasure was cut short here"),
                str(path),
                message("name whom to erase, without --resume"),
            )
        return _go_on(home, note, _find(home, _pair(note["old"])), progress)


# --- the steps -----------------------------------------------------------------------------------


def _go_on(home: Home, note: dict[str, Any], traces: Traces, progress: Progress) -> Erased:
    """All steps; whoever is stopped in between is told that the home is between two states."""
    where = str(home.path / ERASING)
    try:
        with commit.disk_errors(home.path):
            return _steps(home, note, traces, progress)
    except KeyboardInterrupt:
        raise Interrupted(
            message("interrupted between two states"),
            where,
            message("end it: {resume}", resume=RESUME),
        ) from None
    except StoreError as error:
        fault, mend = commit.what_alone(error), halves_of(error.mend)
        raise StoreError(
            fault, error.where, message("{mend}; then {resume}", resume=RESUME, mend=mend)
        ) from error


def _steps(home: Home, note: dict[str, Any], traces: Traces, progress: Progress) -> Erased:
    """Each of them does nothing where it was done before."""
    renamed = Renamed(_pair(note["old"]), _pair(note["new"]))
    # Those that gave records to a part that names them go first: that part alone tells which.
    for floor, part in _givers(home, renamed.old):
        _rewrite(home, floor, part, renamed)
    for floor in PART_FLOORS:
        for part in list_parts(home, floor):
            if _names(_files_of(part), renamed.old):
                _rewrite(home, floor, part, renamed)
    log_arrivals(home)
    runs = {}
    for period, before in sorted(note["runs"].items()):
        runs[period] = (before, _settle_again(home, period, before, progress))
    remaining = _find(home, renamed.old)
    stays = {Item(floor, part.id) for floor in PART_FLOORS for part in list_parts(home, floor)}
    stays |= {Item("runs", run) for run in current_runs(home).values()}
    obsolete = [*dict.fromkeys([*remaining.parts, *_with_texts(home, renamed)]), *remaining.runs]
    if stays & set(obsolete):
        raise ConservationError("the old identity is still in force", str(home.path), MEND)
    begun = [act for act in removed.pending(home) if act.manifest["what"] == "erase"]
    items = [item for item in obsolete if not any(item in act.items for act in begun)]
    act = begun[-1].id if begun else None
    if items:
        tombstone = {
            "found": note["found"],
            "runs": {period: list(pair) for period, pair in runs.items()},
            "accounted": {
                period: [accounted, runs[period][1]]
                for period, accounted in note.get("accounted", {}).items()
                if period in runs
                and accounted not in (None, runs[period][0])
                and runs[period][0] != runs[period][1]
            },
            postings.POSTED_ITEM: postings.postings_of(
                home, (item.id for item in items if item.floor == "runs")
            ),
        }
        keep = partial(posting.keep_signed, home, tombstone[postings.POSTED_ITEM])
        act = removed.begin(home, "erase", note["why"], items, keep, **tombstone).id
    end_acts(home, read_parts(home, "usage"), read_parts(home, "master"))
    forget_links(home)
    remove_packs(home, joined(*renamed.old))
    (home.path / ERASING).unlink()
    commit.sync(home.path)
    return Erased(traces, runs, act)


def _rewrite(home: Home, floor: Floor, part: Part, renamed: Renamed) -> None:
    verify([part])
    with commit.stage(home.floor(floor)) as staging:
        name = merge_parts(home, floor, [part], staging.path, renamed)
        with commit.uninterrupted():
            staging.publish(home.floor(floor) / f"part={name}")


def _givers(home: Home, who: tuple[int, int]) -> list[tuple[Floor, Part]]:
    """Parts in force with sealed texts, of which records were recycled into one that names them.

    Without the key nobody can tell whose a sealed text is, so all of such a part go.
    """
    named = [
        path
        for floor in PART_FLOORS
        for part in list_parts(home, floor)
        if (path := part.file(RECYCLED)) is not None and _names(_files_of(part), who)
    ]
    recycled_origins = {
        origin
        for path in named
        for origin in pl.read_parquet(
            path, columns=ORIGIN, glob=False, hive_partitioning=False
        ).iter_rows()
    }
    return [
        (floor, part)
        for floor in PART_FLOORS
        for part in list_parts(home, floor)
        if part.file(SEALED) is not None
        and any(
            tuple(s[name] for name in ORIGIN) in recycled_origins for s in part.manifest["sources"]
        )
    ]


def _with_texts(home: Home, renamed: Renamed) -> list[Item]:
    """Parts with sealed texts in whose place one without them was put for this erasure."""
    items: list[Item] = []
    for floor in PART_FLOORS:
        all_parts = every_part(home, floor)
        erased_parts = [
            part for part in all_parts if renamed.digest in part.manifest.get("erased", ())
        ]
        replaced = {name for part in erased_parts for name in part.replaces}
        items += (
            Item(floor, part.id)
            for part in all_parts
            if part.id in replaced and part.file(SEALED) is not None
        )
    return items


def _settle_again(home: Home, period: str, before: str, progress: Progress) -> str:
    """The run of a period as the parts are now, of the very figures of the one before it."""
    if Item("runs", before) in removed.tombstones(home):  # so it was held to them already
        return current_runs(home)[period]
    folder = home.floor("runs") / before
    carrier = manifest_of(folder)["inputs"]["carrier"]
    request = SettleRequest(*_made_of(home, before), period, carrier)
    summary = settle_locked(home, request, progress, renames=True)
    after = home.floor("runs") / summary.run
    for name in SAME if summary.run != before else ():
        if not _same(folder / f"{name}.parquet", after / f"{name}.parquet"):
            raise ConservationError(
                f"{name} of {period} is not what it was before", str(after), MEND
            )
    return summary.run


def _same(first: Path, second: Path) -> bool:
    """Of the columns that the older of the two has: later versions add some."""
    frames = [
        pl.read_parquet(path, glob=False, hive_partitioning=False) for path in (first, second)
    ]
    columns = [name for name in frames[1].columns if name in frames[0].columns]
    return frames[0].equals(frames[1].select(columns), null_equal=True)


def _made_of(home: Home, run: str) -> tuple[Catalogue, Package]:
    """The catalogue and package that a run was asked for with, as its folder keeps them."""
    files = run_files(home, run, superseded=False)
    texts = [file_of(files, name).read_text("utf-8") for name in ("catalogue.json", "package.json")]
    catalogue = Catalogue.model_validate(json.loads(texts[0]))
    package = Package.model_validate(json.loads(texts[1]))
    written = package_as_written(files)
    taken = standing(list_parts(home, "master"), BY_NAME["order"])
    return (
        without_orders(catalogue, taken),
        package.with_written(written) if written is not None else package,
    )


def _check_up_to_date(home: Home, period: str, run: str) -> None:
    """Refuse where settling again would come to other figures: whose doing would they be?"""
    carrier = manifest_of(home.floor("runs") / run)["inputs"]["carrier"]
    task = gather(home, *_made_of(home, run), period, carrier)
    if task.run != run:
        raise PeriodError(
            message(
                "the run in force of {period} is not what the period comes to today:"
                " usage, master data, the month before or doisoat changed since",
                period=period,
            ),
            str(home.path),
            message("settle it again first: doisoat settle --period {period}", period=period),
        )


# --- the two identities --------------------------------------------------------------------------


def _pair(values: Sequence[int]) -> tuple[int, int]:
    return int(values[0]), int(values[1])


def _somebody_new(home: Home, old: tuple[int, int]) -> tuple[int, int]:
    """An identity of nobody, drawn by lot, of the same shard: so it stays in its bucket."""
    while True:
        new = (old[0] // SHARD_UNIT * SHARD_UNIT + secrets.randbelow(SHARD_UNIT),
               secrets.randbits(64))  # fmt: skip
        if new != old and not _find(home, new).parts:
            return new


def _note(home: Home) -> dict[str, Any] | None:
    path = home.path / ERASING
    try:
        note: dict[str, Any] = json.loads(path.read_text("utf-8"))
        check_format(note["format_version"], path)
        return note
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            message("not the note of an erasure"),
            str(path),
            message("restore it from a copy of the home"),
        ) from error


def _check_none_begun(home: Home) -> None:
    if _note(home) is not None:
        raise StoreError(
            message("an erasure was cut short"),
            str(home.path / ERASING),
            message("end it first: {resume}", resume=RESUME),
        )


# --- where somebody stands -----------------------------------------------------------------------


def _find_or_refuse(home: Home, who: tuple[int, int]) -> Traces:
    traces = _find(home, who)
    if not traces.parts and not traces.runs:
        raise StoreError(
            message("nobody of this identity is in the home"),
            str(home.path),
            message(
                "look the id up in usage.subscription of relief.duckdb, or check number and key"
            ),
        )
    return traces


def _find(home: Home, who: tuple[int, int]) -> Traces:
    rows: Counter[str] = Counter()
    parts: list[Item] = []
    for floor in PART_FLOORS:
        all_parts = every_part(home, floor)
        stays = {part.id for part in in_force(all_parts)}
        for part in all_parts:
            counted = [(path, _count(path, who)) for path in _files_of(part)]
            if any(count for _, counts in counted for count in counts.values()):
                parts.append(Item(floor, part.id))
            for path, counts in counted if part.id in stays else ():
                for column, count in counts.items():
                    rows[_row_kind(path, column)] += count
    runs = [
        Item("runs", path.parent.name)
        for path in sorted(home.floor("runs").glob(f"[!.]*/{commit.MANIFEST}"))
        if _names(sorted(path.parent.glob("*.parquet")), who)
    ]
    row_counts = {name: count for name, count in sorted(rows.items()) if count}
    return Traces(row_counts, tuple(parts), tuple(runs), len(packs_of(home, joined(*who))))


def _row_kind(path: Path, column: str) -> str:
    """What a row of a file is of somebody who stands in one of its columns."""
    if path.name.startswith("bucket=") or path.name == CONFLICT:
        return "called" if column == "counterparty" else "used"
    return path.name.removesuffix(".parquet")


def _files_of(part: Part) -> list[Path]:
    """The tables of a part that say who."""
    known = {CONFLICT}
    known |= {name for table in TABLES.values() for name in (table.file, table.conflict)}
    return [
        part.path / entry["name"]
        for entry in part.manifest["files"]
        if entry["name"].startswith("bucket=") or entry["name"] in known
    ]


def _names(paths: Sequence[Path], who: tuple[int, int]) -> bool:
    return any(count for path in paths for count in _count(path, who).values())


def _count(path: Path, who: tuple[int, int]) -> dict[str, int]:
    """How many rows of a table have somebody in each column that says who.

    A row that has them as owner and as subscriber counts as the subscriber's.
    """
    rows = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    names = rows.collect_schema().names()
    columns = [column for column in PEOPLE if f"{column}_hi" in names]
    if not columns:
        return {}
    renamed = Renamed(who, who)
    owner_columns = [column for column in ("owner", "subscriber") if column in columns]
    counted = list(
        _counts(
            renamed, owner_columns, [column for column in columns if column not in owner_columns]
        )
    )
    return dict(rows.select(counted).collect().row(0, named=True))


def _counts(
    renamed: Renamed, owner_columns: Sequence[str], other_columns: Sequence[str]
) -> Iterator[pl.Expr]:
    if owner_columns:
        yield (
            pl.any_horizontal(renamed.is_old(column) for column in owner_columns)
            .sum()
            .alias("subscriber")
        )
    for column in other_columns:
        yield renamed.is_old(column).sum().alias(column)
