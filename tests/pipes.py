"""A month through the pipeline of settle (rate, merge, write), with something at its borders."""

import hashlib
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.engine.executors.executor import Basis, Rate
from doisoat.engine.rating import bucket
from doisoat.engine.rating.bucket import Border, unhindered
from doisoat.engine.store.home import open_home
from doisoat.settlement.figures import merge
from doisoat.settlement.figures.row_files import ROW_FILES, RowFiles
from doisoat.settlement.figures.rows import row_schemas
from doisoat.settlement.figures.run_id import result_digest
from doisoat.settlement.runs.run_inputs import Task, gather
from doisoat.settlement.runs.runs import current_runs, run_files, tariffs_of
from doisoat.settlement.settle.settle import program_of, results_of


class RatedBy(NamedTuple):
    """An executor whose buckets a function of a test rates."""

    rate: Rate

    def rate_by(self, basis: Basis) -> Rate:
        return self.rate

    def keep(self, run: str, folder: Path) -> None:
        """Nothing is shared."""


class Pipe(NamedTuple):
    """A settled month made ready to be settled again, and what its run says."""

    task: Task
    program: Any
    digest: str
    files: dict[str, str]  # SHA-256 of the tables of rows, by name


def pipe_of(home: Path, period: str | None = None) -> Pipe:
    """Args: period: which month; the only one unless said."""
    held = open_home(home)
    ((_, run),) = current_runs(held).items()
    found = run_files(held, run, superseded=False)
    task = gather(held, *tariffs_of(found), period, None)
    published = {one["name"]: one["sha256"] for one in found.manifest["files"]}
    files = {name: published[f"{name}.parquet"] for name in ROW_FILES}
    return Pipe(task, program_of(task), found.manifest["result"]["digest"], files)


def through(
    pipe: Pipe, folder: Path, at_border: Border = unhindered, threads: int = 2
) -> tuple[str, dict[str, str]]:
    """The digest, and the SHA-256 of each table of rows."""

    def rate(*args: Any, **options: Any) -> Any:
        return bucket.rate_home(*args, **options, at_border=at_border)

    by = RatedBy(rate)
    with (
        RowFiles(folder, row_schemas(pipe.program.vocabulary), at_border) as rows,
        closing(results_of(pipe.task, pipe.program, threads, executor=by)) as results,
    ):
        settled = merge.merge(results, pipe.program.vocabulary, rows, at_border)
    files = {
        name: hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest()
        for name in ROW_FILES
    }
    return result_digest(settled.shard_digests), files
