"""The plans by which SQL peers do a job: `python -m doisoat.benchmarks.peers --explain`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from doisoat.benchmarks.installed import taking_part
from doisoat.benchmarks.job import JOBS, run_of
from doisoat.benchmarks.task import open_task

SQL_PEERS = ("duckdb",)


def explain(
    home: Path, jobs: Sequence[str], named: Sequence[str], say: Callable[[str], None]
) -> None:
    """Run each job by each SQL peer, and say every statement's plan before it is done.

    Args: jobs: those that are no jobs over a whole home are passed over.
    Raises: StoreError if the home can't be read.
    """
    with TemporaryDirectory(prefix="doisoat-explain-") as folder:
        for job in (JOBS[name] for name in jobs if name in JOBS):
            task = replace(open_task(home, job), written=Path(folder) / "lines.parquet")
            for side in taking_part(job.sides, named):
                if side in SQL_PEERS:
                    title = f"{job.name} by {side}"
                    telling = replace(task, tell_plan=_teller(title, say))
                    run_of(side)(telling)


def _teller(title: str, say: Callable[[str], None]) -> Callable[[str, str], None]:
    return lambda name, plan: say(f"\n=== {title}: {name}\n{plan}")
