"""The job over a pack by this engine: the carrier's month rated as settle rates it, lines kept."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from doisoat.benchmarks.doisoat_job import timed
from doisoat.benchmarks.pack_task import DerivedRows, PackAnswer
from doisoat.benchmarks.task import THREADS
from doisoat.engine.store import commit
from doisoat.engine.store.home import open_home
from doisoat.errors import StoreError
from doisoat.settlement.figures.merge import merge
from doisoat.settlement.runs.run_inputs import Task, gather
from doisoat.settlement.runs.runs import run_files, tariffs_of
from doisoat.settlement.settle.settle import program_of, results_of


def ready(home: Path, pack: Path) -> Callable[[], PackAnswer]:
    """The run of the pack, to be rated again for the pack's carrier alone.

    Raises: StoreError if the home is no longer what that run was a function of.
    """
    about = json.loads((pack / commit.MANIFEST).read_bytes())
    opened = open_home(home)
    files = run_files(opened, about["run"], superseded=False)
    task = gather(opened, *tariffs_of(files), files.period, files.manifest["inputs"]["carrier"])
    if task.run != files.run:
        raise StoreError(
            f"{files.period} would be settled as {task.run} now, and the pack is of {files.run}",
            str(home), f"settle it again: doisoat settle --period {files.period}",
        )  # fmt: skip
    return partial(run, task._replace(carrier=about["carrier"]))


def run(task: Task) -> PackAnswer:
    """From the files to the lines. Stages: seconds; buckets: master data, rating and merging."""
    stages = dict.fromkeys(("compile", "buckets"), 0.0)
    program = timed(stages, "compile", partial(program_of, task))
    results = results_of(task, program, THREADS)
    settled = timed(stages, "buckets", lambda: merge(results, program.vocabulary))
    worked = DerivedRows(
        settled.lines.collect(),
        settled.totals,
        settled.relief_totals,
        settled.refunds.collect(),
    )
    return PackAnswer(lambda: worked, stages)
