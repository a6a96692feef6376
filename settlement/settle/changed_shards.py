"""The shards of a month whose result may differ from that of an earlier run.

What a shard comes to hangs on its owners' events, subscriptions and opening balances, on the ports
of the numbers they called, and on the tariffs. Two runs of the same tariffs differ in nothing but
the shards in which one of these differs. Too many is harmless, too few would be a wrong đồng: where
it cannot be told, it is refused, with the reason.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import polars as pl

from doisoat import __version__
from doisoat.engine.files.slices import SHARD_UNIT
from doisoat.engine.intake.records.events import EVENT, IDS
from doisoat.engine.store import commit
from doisoat.engine.usage.membership import memberships
from doisoat.engine.usage.subscriptions import OWNER, SUBSCRIBER
from doisoat.errors import PeriodError, StoreError, system_text
from doisoat.messages.text import Text, halves_of, message
from doisoat.settlement.figures import run_id
from doisoat.settlement.figures.rated_share import NO_RUN_YET
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import changed_files
from doisoat.settlement.rerating.adjustment_worlds import Inputs, inputs_of
from doisoat.settlement.runs.opening_month import opening_state
from doisoat.settlement.runs.run_inputs import Task, master, opening_of
from doisoat.settlement.runs.runs import RunFiles, current_runs, run_files
from doisoat.settlement.runs.usage_months import logical_source

SAME = ("semantics_version", "carrier", "catalogue", "package", "erased")
NUMBER = ("number_hi", "number_lo")
COUNTERPARTY = ("counterparty_hi", "counterparty_lo")


class Basis(NamedTuple):
    """A run that a settle may go on from.

    shards: those that may come out otherwise; opening: of the month now,
    engine.rating.opening_state.CLOSING.
    """

    run: RunFiles
    inputs: Inputs
    shards: tuple[int, ...]
    opening: pl.DataFrame


def basis_of(task: Task, program: Any, people: pl.DataFrame) -> Basis | str:
    """The run in force of a task's month, and what may differ; else why all is to be rated.

    Args: program: as compiled for the task; people: its subscriptions, as they are rated.
    """
    current = current_runs(task.home).get(task.period.name)
    if current is None:
        return NO_RUN_YET
    try:
        run = run_files(task.home, current, superseded=False)
        logged_digests = {entry.get("manifest_sha256") for entry in journal.entries(task.home)
                if entry.get("run") == current}  # fmt: skip
        is_told = commit.sha256_of(run.path / commit.MANIFEST) in logged_digests
        if not is_told or any(True for _ in changed_files(run.path, run.manifest["files"])):
            return message("run {current} is not as it was published", current=current)
        why = _incomparable(task, run.manifest)
        if why is not None:
            return message("run {current} had {why}", current=current, why=why)
        before = inputs_of(task.home, run)
        opening = _openings(task, before, program, people)
    except (PeriodError, StoreError) as error:
        return _cannot(current, halves_of(error.what))
    except OSError as error:
        return _cannot(current, system_text(error))
    shards = set(differing_shards(*opening))
    for owners in _owners(task, before, people):
        shards |= _shards_of(owners)
    return Basis(run, before, tuple(sorted(shards)), opening[1])


def _cannot(run: str, why: Text) -> str:
    return message("run {run} cannot be gone on from: {why}", run=run, why=why)


def _incomparable(task: Task, manifest: dict[str, Any]) -> Text | None:
    """What of a run is not the task's, so that every shard may differ."""
    inputs = manifest["inputs"]
    for name in SAME:
        if inputs.get(name) != task.inputs.get(name):
            return message("another {name}", name=name)
    if manifest["built_by"]["doisoat"] != __version__:
        return message("another doisoat")
    before, now = (
        Counter(map(run_id.canonical_json, named["sources"])) for named in (inputs, task.inputs)
    )
    if before - now:
        return message("source files that are not there now")
    if any(before[name] for name in now - before):
        return message("a source file that is there twice now")
    return None


# --- what differs --------------------------------------------------------------------------------


def _owners(task: Task, before: Inputs, people: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Owners (a column owner_hi) of whom anything but the opening balances differs."""
    earlier = before.people
    rows = _either(earlier, people)
    touched = [rows.select(*OWNER, *SUBSCRIBER)]
    ports = _either(before.rows("port"), master(task, "port"))
    # Of an event that is told of otherwise, every copy: it may have stood at any of their owners.
    columns = [*IDS, "is_chosen"]
    differing = _either(before.month.copies.select(columns), task.copies.select(columns)).select(
        EVENT
    )
    copies = pl.concat([before.month.copies, task.copies]).join(differing, on=EVENT, how="semi")
    touched.append(copies.select(*OWNER, *SUBSCRIBER))
    touched += _of_events(task, before, ports.select(NUMBER).unique())
    owners = pl.concat(touched).unique()
    yield owners.select("owner_hi")
    yield _renamed(owners.select(SUBSCRIBER), SUBSCRIBER, OWNER).select("owner_hi")
    # A number's events are put to the accounts that it is a member of.
    accounts = memberships(pl.concat([earlier, people])).join(
        owners.select(SUBSCRIBER), on=SUBSCRIBER, how="semi"
    )
    yield accounts.select("owner_hi")


def _of_events(task: Task, before: Inputs, numbers: pl.DataFrame) -> list[pl.DataFrame]:
    """OWNER and SUBSCRIBER of events that came in since, or went to numbers of other networks."""
    known = before.run.manifest["inputs"]["sources"]
    called = _renamed(numbers, NUMBER, COUNTERPARTY).lazy()
    # A copy may lie beside the events, and stands for its event all the same.
    copies = pl.concat([before.month.copies, task.copies]).lazy()
    copies = copies.join(called, on=COUNTERPARTY, how="semi")
    touched = [copies.select(*OWNER, *SUBSCRIBER).unique().collect()]
    for part in task.usage:
        later = [
            at
            for at, source in enumerate(part.manifest["sources"])
            if task.period.name in source["months"] and logical_source(source) not in known
        ]
        if not part.buckets or not (later or numbers.height):
            continue
        events = pl.scan_parquet(part.buckets, glob=False, hive_partitioning=False)
        scans = [events.filter(pl.col("source").is_in(later))] if later else []
        if numbers.height:
            scans.append(events.join(called, on=COUNTERPARTY, how="semi"))
        touched += [rows.select(*OWNER, *SUBSCRIBER).unique().collect() for rows in scans]
    return touched


def _openings(
    task: Task, before: Inputs, program: Any, people: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the month opened with in the run, and what it opens with now."""
    run = before.named["opening_run"]

    return (
        opening_state(
            None if run is None else run_files(task.home, str(run), superseded=False),
            program, before.people, before.rows("pack"), before.rows("balance"), task.period,
        ),
        opening_of(task, program, people),
    )  # fmt: skip


def differing_shards(first: pl.DataFrame, second: pl.DataFrame) -> list[int]:
    """The shards in which two frames with owner_hi have not the same rows in the same order."""
    parts = [
        frame.with_columns(shard=_SHARD).partition_by("shard", as_dict=True, maintain_order=True)
        for frame in (first, second)
    ]
    all_shards = sorted({*parts[0], *parts[1]})
    return [
        int(shard[0])
        for shard in all_shards
        if shard not in parts[0] or shard not in parts[1]
        or not parts[0][shard].equals(parts[1][shard], null_equal=True)
    ]  # fmt: skip


_SHARD = (pl.col("owner_hi") // SHARD_UNIT).cast(pl.Int64)


def _shards_of(owners: pl.DataFrame) -> set[int]:
    return set(owners.select(_SHARD.alias("shard").unique())["shard"])


def _either(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """The rows that are in one of two frames of the same columns and not in the other."""
    names = first.columns
    return pl.concat(
        rows.join(other_rows, on=names, how="anti", nulls_equal=True)
        for rows, other_rows in ((first, second.select(names)), (second.select(names), first))
    )


def _renamed(frame: pl.DataFrame, old: tuple[str, ...], new: tuple[str, ...]) -> pl.DataFrame:
    return frame.rename(dict(zip(old, new, strict=True)))
