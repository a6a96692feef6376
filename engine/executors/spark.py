"""Spark as the scheduler of buckets: it decides which worker rates which, and retries.

The driver stages a plan in the home, sends a task for each range of buckets, and reads back what
the attempts wrote that Spark says ended well. Nothing is shuffled, and no row goes through Spark.
"""

import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from doisoat import errors
from doisoat.engine.executors import build, worker
from doisoat.engine.executors import spark_address as address
from doisoat.engine.executors.attempt import Work, Written
from doisoat.engine.executors.executor import Basis, Rate
from doisoat.engine.executors.objects import Objects
from doisoat.engine.executors.shared import Ranges, own_build, rate_over
from doisoat.errors import DoisoatError, ExecutorError
from doisoat.messages.text import MARK, message

if TYPE_CHECKING:
    from pyspark import SparkContext

GROUP = "doisoat"
LOOK_SECONDS = 0.2
# How long a job may be without any worker before it is given up.
ALONE_SECONDS = 60
DEFAULTS: Mapping[str, str] = {
    "spark.app.name": "doisoat",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # A task is one kernel on one core: what polars does beside it must not take the others' cores.
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
}


class Spark:
    """Buckets are rated by the workers of a Spark cluster; a context manager, begun when needed.

    Args: master: its address, None where spark-submit says it; wheel: sent to the workers, else
        theirs is to be installed; python: of the workers, else this one's path; settings: of Spark,
        where spark-submit says nothing else; shared: an s3:// URL of what workers share, else they
        have the home at its path.
    """

    def __init__(
        self,
        master: str | None,
        *,
        wheel: Path | None = None,
        python: str | None = None,
        settings: Mapping[str, str] | None = None,
        shared: str | None = None,
    ) -> None:
        self.master, self.wheel, self.python = master, wheel, python
        self.settings = dict(settings or {})
        self.objects = None if shared is None else Objects(shared)
        self.context: SparkContext | None = None

    def __enter__(self) -> Self:
        address.check(self.master)
        if self.wheel is not None and not self.wheel.is_file():
            raise ExecutorError(
                message("no wheel is here"),
                str(self.wheel),
                message("make it: make dist"),
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.context is not None:
            self.context.stop()
            self.context = None

    def rate_by(self, basis: Basis) -> Rate:
        """Who rates a home on the cluster by this basis."""
        return rate_over(self.attempts, basis, objects=self.objects)

    def keep(self, run: str, folder: Path) -> None:
        """Put a run where workers share it, if that is not the home itself."""
        if self.objects is not None:
            self.objects.keep_run(run, folder)

    def attempts(self, work: Work, ranges: Ranges) -> list[Written]:
        """Run a plan's ranges on the cluster: the attempts that stand, as Spark says.

        Raises: what a worker refused; ExecutorError if the cluster did not do it.
        """
        context = self.begun()
        wheel = None
        if self.wheel is not None:
            context.addFile(str(self.wheel.absolute()))
            wheel = self.wheel.name
        sent = worker.Sent(tuple(work), own_build(), wheel, build.build_of)
        bucket_ranges, run = list(ranges), worker.run
        results = self.watched(
            context,
            lambda: (
                context.parallelize(bucket_ranges, len(bucket_ranges))
                .mapPartitions(lambda part: run(sent, part))
                .collect()
            ),
        )
        for result in results:
            if "refused" in result:
                raise as_error(result["refused"])
            if "other_build" in result:
                raise unfit(result["other_build"], own_build())
        return [Written(**result) for result in results]

    def begun(self) -> "SparkContext":
        """The cluster, by now."""
        if self.context is None:
            self.context = begin(self.master, self.python, {**DEFAULTS, **self.settings})
        return self.context

    def watched(self, context: "SparkContext", job: Callable[[], Any]) -> list[dict[str, Any]]:
        """A job's result; given up where no worker is there for too long."""
        with ThreadPoolExecutor(1) as pool:
            result: Future[list[dict[str, Any]]] = pool.submit(grouped, context, job)
            seen = time.monotonic()
            try:
                while not result.done():
                    time.sleep(LOOK_SECONDS)
                    if has_workers(context):
                        seen = time.monotonic()
                    elif time.monotonic() - seen > ALONE_SECONDS:
                        raise alone(context, ALONE_SECONDS)
                return result.result()
            except DoisoatError:
                raise
            except Exception as error:
                raise failed(error, context.master) from error
            finally:
                if not result.done():  # No worker, or Ctrl-C: nobody waits for the job any more.
                    cancel(context)


def begin(master: str | None, python: str | None, settings: Mapping[str, str]) -> "SparkContext":
    """Begin to speak to a cluster. Raises: ExecutorError."""
    from pyspark import SparkConf, SparkContext
    from pyspark.cloudpickle import register_pickle_by_value

    for module in (worker, build):
        register_pickle_by_value(module)
    conf = SparkConf()
    for name, value in settings.items():
        conf.setIfMissing(name, value)
    if master is not None:
        conf.setMaster(master)
    if not conf.contains("spark.master"):
        raise ExecutorError(
            message("no Spark is named"),
            "--master",
            message("write --master spark://HOST:7077, or use spark-submit"),
        )
    try:
        with quiet():
            context = SparkContext(conf=conf)
        context.setLogLevel("ERROR")
    except Exception as error:
        raise failed(error, str(conf.get("spark.master"))) from error
    context.pythonExec = python or os.environ.get("PYSPARK_PYTHON") or sys.executable
    return context


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """A JVM that begins in here writes its stderr to nobody: ours is for people and log objects."""
    sys.stderr.flush()
    own_stderr, nobody = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nobody, 2)
        yield
    finally:
        os.dup2(own_stderr, 2)
        os.close(own_stderr)
        os.close(nobody)


def cancel(context: "SparkContext") -> None:
    """End our job, unless Spark has ended all of it by itself."""
    from py4j.protocol import Py4JError

    with contextlib.suppress(Py4JError):
        context.cancelJobGroup(GROUP)


def grouped(context: "SparkContext", job: Callable[[], Any]) -> Any:
    """Run a job under our name, on this thread."""
    context.setJobGroup(GROUP, "doisoat settle", True)
    return job()


def has_workers(context: "SparkContext") -> bool:
    """Is any executor there? In local mode the driver is."""
    if context.master.startswith("local"):
        return True
    try:
        return int(context._jsc.sc().getExecutorMemoryStatus().size()) > 1
    except Exception as error:
        raise failed(error, context.master) from error


def alone(context: "SparkContext", seconds: int) -> ExecutorError:
    """No worker is there, or the last one was lost for good."""
    memory = context.getConf().get("spark.executor.memory", "1g")
    return ExecutorError(
        message("no worker is there since {seconds} seconds", seconds=seconds),
        context.master,
        message(
            "start workers that have a core and {memory} of memory free, then settle again",
            memory=memory,
        ),
    )


STOPPED = "stopped SparkContext"  # it had given up all masters
REFUSAL = re.compile(re.escape(worker.REFUSED) + r"(\[.*?\])(?=\\n|\n|$)", re.M)


def failed(error: Exception, master: str) -> DoisoatError:
    """What Spark says went wrong, as ours: what a worker told of its last try, or Spark's words."""
    text = str(error)
    refusals = REFUSAL.findall(text)
    if refusals:
        return as_error(json.loads(refusals[-1]))
    if STOPPED in text:
        return ExecutorError(
            message(
                "no Spark answers: what listens there is not Spark, or it takes no application"
            ),
            master,
            message("name the port that the master itself listens on: docs/cluster.md"),
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    error_line = next((line for line in lines if "Exception" in line or "Error" in line), "")
    shown = (error_line or (lines or [type(error).__name__])[0])[:300].replace(MARK, " ¦ ")
    return ExecutorError(
        message("Spark gave the job up: {shown}", shown=shown),
        master,
        message("look at the logs of its workers, mend what they say, and settle again"),
    )


def as_error(refusal: Iterable[str]) -> DoisoatError:
    """An error that a worker told of, as the driver's class of that name."""
    name, fault, where, mend = refusal
    kind: type[DoisoatError] = getattr(errors, name, ExecutorError)
    return kind(fault, where, mend)


def unfit(other: Mapping[str, str], own: Mapping[str, str]) -> ExecutorError:
    """A worker's doisoat may not rate: none is there, or one of another build than the driver's."""
    if "error" in other:
        fault = message("the worker cannot import doisoat: {error}", error=other["error"])
    elif other["version"] != own["version"]:
        fault = message(
            "the worker has doisoat {version}, the driver {build_version}",
            version=other["version"],
            build_version=own["version"],
        )
    else:
        fault = message(
            "the worker has another build of doisoat {version} ({sha256}, the driver"
            " {sha256_sha256})",
            version=other["version"],
            sha256=other["sha256"][:12],
            sha256_sha256=own["sha256"][:12],
        )
    return ExecutorError(
        fault,
        other["where"],
        message(
            "install the driver's wheel of doisoat {version} in the Python of every"
            " worker, or send it: --wheel FILE",
            version=own["version"],
        ),
    )
