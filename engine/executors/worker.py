"""The first code on a worker, whichever doisoat is there. Imports nothing of doisoat.

It is sent by value: a worker need not have it. Refusals come back as texts, since a worker's
doisoat may not have the driver's classes; what another worker may do better is raised instead, so
that the scheduler tries again.
"""

import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

REFUSED = "doisoat-refused "  # before the JSON of an error that is raised to the scheduler
UNPACKED = "doisoat-wheel"


class Sent(NamedTuple):
    """All that a task is sent, in types that every Python has."""

    work: tuple[str, ...]  # of attempt.Work
    build: dict[str, str]  # the driver's
    wheel: str | None  # the name of a wheel that was added to the workers' files
    build_of: Callable[[Path, str], dict[str, str]]


def run(sent: Sent, ranges: Iterator[tuple[int, int]]) -> Iterator[dict[str, Any]]:
    """What Spark calls for a partition: ranges of buckets in, what was written of each out."""
    from pyspark import SparkFiles, TaskContext

    keep_apart()
    if sent.wheel is not None:
        use_wheel(Path(SparkFiles.get(sent.wheel)))
    other = other_build(sent)
    if other is not None:
        yield {"other_build": other}
        return
    task = TaskContext.get()
    assert task is not None
    attempt = f"{task.stageId()}-{task.partitionId()}-{task.taskAttemptId()}"
    for buckets in ranges:
        yield from rated(sent, buckets, attempt)


def keep_apart() -> None:
    """What this process keeps for a while lies where Spark clears up, also if it is killed."""
    local = os.environ.get("SPARK_LOCAL_DIRS", "").partition(",")[0]
    if os.path.isdir(local):
        tempfile.tempdir = local


def rated(sent: Sent, buckets: tuple[int, int], attempt: str) -> list[dict[str, Any]]:
    """What a range of buckets came to, or why not."""
    from doisoat.engine.executors import attempt as work
    from doisoat.errors import DoisoatError, ExecutorError, StoreError

    try:
        written = work.rate(work.Work(*sent.work), buckets, attempt)
    except (ExecutorError, StoreError) as error:  # A disk of this machine: others may have theirs.
        refusal = [type(error).__name__, error.what, f"{error.where} ({host()})", error.mend]
        raise RuntimeError(f"{REFUSED}{json.dumps(refusal)}") from error
    except DoisoatError as error:
        refusal = [type(error).__name__, error.what, error.where, error.mend]
        return [{"refused": refusal}]
    return [attempt._asdict() for attempt in written]


def other_build(sent: Sent) -> dict[str, str] | None:
    """Which doisoat this worker has, where it may not rate: none, or one of another build.

    The driver words it: whoever has no doisoat has no catalogue of words.
    """
    try:
        package = import_module("doisoat")
        import_module("doisoat.engine.rating.bucket")
    except ImportError as error:
        return {"error": str(error), "where": f"{sys.executable} on {host()}"}
    folder = Path(str(package.__file__)).parent
    build = sent.build_of(folder, str(package.__version__))
    return None if build == sent.build else {**build, "where": f"{folder} on {host()}"}


def use_wheel(wheel: Path) -> None:
    """Put a wheel's content before all else that may be imported: unpacked, once a worker.

    Compiled modules are not imported out of a zip.
    """
    target = wheel.parent / UNPACKED / wheel.stem
    if str(target) in sys.path:
        return
    if not target.exists():
        staging = wheel.parent / f"{UNPACKED}-{os.getpid()}"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(staging)
        target.parent.mkdir(exist_ok=True)
        try:
            os.rename(staging, target)
        except OSError:  # Another worker of this machine came before us.
            if not target.exists():
                raise
    sys.path.insert(0, str(target))


def host() -> str:
    """Which machine this is, for people."""
    import socket

    return socket.gethostname()
