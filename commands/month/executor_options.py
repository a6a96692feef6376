"""Options for where buckets are rated, on the command line or in a settings file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from doisoat.messages.text import message

if TYPE_CHECKING:
    from doisoat.engine.executors.executor import Executor

F = TypeVar("F", bound=Callable[..., Any])
OF_SPARK = {"master": "--master", "wheel": "--wheel", "worker_python": "--worker-python",
            "shared": "--shared"}  # fmt: skip


def executor_options(function: F) -> F:
    """Add --executor and what Spark is told; the command receives them for `executor_of`."""
    for option in (
        click.option(
            "--shared", metavar="s3://…", help="Spark: what workers share.  [default: HOME itself]"
        ),
        click.option(
            "--worker-python", metavar="PATH", help="Spark: workers' Python.  [default: this path]"
        ),
        click.option(
            "--wheel", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
            help="Spark: send doisoat's wheel.  [default: workers have it installed]",
        ),
        click.option("--master", metavar="URL", help="Spark: its address, as in spark://HOST:7077."),
        click.option(
            "--executor", type=click.Choice(["threads", "spark"]), default="threads",
            show_default=True, help="Who rates; the result is the same.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


@contextmanager
def executor_of(
    executor: str,
    master: str | None,
    wheel: Path | None,
    worker_python: str | None,
    shared: str | None,
) -> "Iterator[Executor]":
    """The executor that the options name, while the block runs."""
    if executor == "threads":
        context = click.get_current_context()
        for name, option in OF_SPARK.items():
            if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                raise click.UsageError(
                    message(
                        "{option} is for --executor spark: add it, or leave it out", option=option
                    )
                )
        from doisoat.engine.executors.executor import Threads

        yield Threads()
        return
    from doisoat.engine.executors.spark import Spark

    with Spark(master, wheel=wheel, python=worker_python, shared=shared) as spark:
        yield spark
