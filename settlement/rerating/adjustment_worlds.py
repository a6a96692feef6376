"""The worlds between two runs of a period, from the inputs of the one to those of the other.

Each world differs from the one before it in one thing, so that what an event comes to in one and in
the next differs by that thing: the catalogue and the package as they are written; the readings;
then what was taken in, decided and carried over. The first and the last are held to their runs'
digests.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import polars as pl

from doisoat.engine.files.slices import SHARD_UNIT
from doisoat.engine.intake.master.master_tables import BY_NAME, standing, table_digests
from doisoat.engine.rating import allow_lists as lists
from doisoat.engine.rating import rerate as again
from doisoat.engine.rating.households import benefit_lists
from doisoat.engine.store.home import Home, Part, every_part, in_force, verify
from doisoat.engine.usage.usage import Usage, usage_of
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.log import journal
from doisoat.settlement.rerating.owner_replay import Settled, settled_month
from doisoat.settlement.runs.opening_month import opening_state
from doisoat.settlement.runs.runs import (
    RunFiles,
    file_of,
    package_as_written,
    run_files,
    tariffs_of,
)
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.load.rewritten_package import package_of
from doisoat.tariffs.load.tariffs import catalogue_digest, package_digest
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

Cause = Literal["late", "catalogue", "reading", "correction", "cascade"]


class Inputs(NamedTuple):
    """What a run was made of, found again in the home."""

    run: RunFiles
    month: Settled
    catalogue: Catalogue
    package: Package
    master: tuple[Part, ...]

    @property
    def named(self) -> Mapping[str, object]:
        """The logical inputs, as its manifest names them."""
        inputs: Mapping[str, object] = self.run.manifest["inputs"]
        return inputs

    def rows(self, name: str) -> pl.DataFrame:
        """The rows of a master table that stood."""
        return standing(self.master, BY_NAME[name])

    @property
    def people(self) -> pl.DataFrame:
        """Subscriptions as they were rated: each of the segments of the lists that name it, too."""
        listed = benefit_lists(self.rows("allow_list"), self.package)
        return lists.put_to(self.rows("subscription"), listed)


class Step(NamedTuple):
    """A world, and by what it differs from the one before it; the first one by nothing."""

    world: again.World
    cause: Cause | None  # None of the last step: each event has its own


def inputs_of(home: Home, run: RunFiles) -> Inputs:
    """Raises: PeriodError, StoreError if the home no longer holds what the run was made of."""
    usage = in_force(every_part(home, "usage"))
    catalogue, package = tariffs_of(run)
    month = settled_month(home, run, usage)
    return Inputs(run, month, catalogue, package, _master_of(home, run))


def _master_of(home: Home, run: RunFiles) -> tuple[Part, ...]:
    """The parts of master data that a run read: those that it was settled beside, else all."""
    all_parts = every_part(home, "master")
    by_id = {part.id: part for part in all_parts}
    tries: list[Sequence[Part]] = [in_force(all_parts)]
    for entry in journal.entries(home):
        named = entry.get("parts", {}).get("master") if entry.get("run") == run.run else None
        if named is not None and all(name in by_id for name in named):
            tries.append([by_id[name] for name in named])
    for parts in tries:
        if table_digests(parts) == run.manifest["inputs"]["master"]:
            verify(list(parts))
            return tuple(parts)
    raise StoreError(
        message(
            "the master data that {period} was settled with (run {run}) is no longer here",
            period=run.period,
            run=run.run,
        ),
        str(run.path),
        message("restore the parts that store retain removed from a copy of the home"),
    )


def steps_between(home: Home, before: Inputs, after: Inputs) -> list[Step]:
    """The worlds from one run's to another's, each with what it changes."""
    tariffs: list[tuple[Catalogue, Package, Cause | None]] = [
        (before.catalogue, before.package, None)
    ]
    middle = _as_read_before(before, after)
    if middle is not None and (
        catalogue_digest(after.catalogue) != catalogue_digest(before.catalogue)
        or package_digest(middle) != package_digest(before.package)
    ):
        tariffs.append((after.catalogue, middle, "catalogue"))
    last = tariffs[-1]
    if package_digest(after.package) != package_digest(last[1]) or (
        catalogue_digest(after.catalogue) != catalogue_digest(last[0])
    ):
        cause: Cause = (
            "reading" if before.named["readings"] != after.named["readings"] else ("catalogue")
        )
        tariffs.append((after.catalogue, after.package, cause))
    under = worlds_under(home, before)
    steps = [Step(under(*tariff[:2]), tariff[2]) for tariff in tariffs]
    if any(before.named.get(name) != after.named.get(name) for name in (*RECORDS, *CARRIED)):
        steps.append(Step(world_under(home, after, after.catalogue, after.package), None))
    return steps


RECORDS = ("sources", "conflicts", "chosen", "master")
CARRIED = ("opening_run",)


def _as_read_before(before: Inputs, after: Inputs) -> Package | None:
    """The later package under the readings of the earlier run; None where it cannot be told."""
    written = package_as_written(after.run)
    if written is None:
        return None
    known = {reading.name: reading.alternatives for reading in after.package.readings}
    chosen = {
        name: answer
        for name, answer in before.package.chosen.items()
        if answer in known.get(name, {})
    }
    return package_of(written, chosen, str(after.run.path))


def worlds_under(
    home: Home, inputs: Inputs, usage: Usage | None = None
) -> Callable[[Catalogue, Package], again.World]:
    """What a run was made of, read once: gives its world under each catalogue and package.

    Args: usage: what it is rated over, if that is not to be looked for again.
    """
    month = inputs.month

    def without(part: Part) -> list[int]:
        named = set(month.sources_of(part))
        return [at for at in range(len(part.manifest["sources"])) if at not in named]

    subscriptions, ports = inputs.people, inputs.rows("port")
    packs, balances = inputs.rows("pack"), inputs.rows("balance")
    opening_run = inputs.run.manifest["inputs"]["opening_run"]
    opening = None if opening_run is None else run_files(home, opening_run, superseded=False)
    if usage is None:
        usage = usage_of(home, month.parts, subscriptions, month.copies, without)

    def under(catalogue: Catalogue, package: Package) -> again.World:
        program = lists.with_segments(compile_program(catalogue, package), subscriptions)
        return again.world_of(
            program,
            usage,
            subscriptions,
            ports,
            opening_state(opening, program, subscriptions, packs, balances, month.period),
            (month.period.begin_ms, month.period.end_ms),
            inputs.run.manifest["inputs"]["carrier"],
        )

    return under


def world_under(home: Home, inputs: Inputs, catalogue: Catalogue, package: Package) -> again.World:
    """What a run was made of, under a catalogue and a package."""
    return worlds_under(home, inputs)(catalogue, package)


def changed_shards(before: RunFiles, after: RunFiles) -> list[int]:
    """The shards in which two runs differ: by their digests, or in what was charged.

    What a source says was taken is no part of a digest: it moves refunds and overcharges alone.
    """
    pairs = zip(
        before.manifest["result"]["shards"], after.manifest["result"]["shards"], strict=True
    )
    rated = {shard for shard, (first, second) in enumerate(pairs) if first != second}
    charged = [
        pl.read_parquet(file_of(run, "refund.parquet"), glob=False, hive_partitioning=False).select(
            *again.OWNER, *again.IDS, "charged", "refund"
        )
        for run in (before, after)
    ]
    moved = pl.concat(
        rows.join(other_rows, on=rows.columns, how="anti")
        for rows, other_rows in (charged, charged[::-1])
    )
    owners = (moved["owner_hi"] // SHARD_UNIT).unique().to_list()
    return sorted(rated.union(owners))
