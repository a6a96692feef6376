"""All benchmark jobs by name, and the interface of a job."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from doisoat.benchmarks.answers import Answer, Content
from doisoat.benchmarks.job import JOBS
from doisoat.benchmarks.pack_job import PackJob
from doisoat.benchmarks.python_job import PythonJob


class AnyJob(Protocol):
    """Work that several sides do, each in a process of its own, and whose answers are equal."""

    @property
    def name(self) -> str: ...
    @property
    def sides(self) -> tuple[str, ...]:
        """Ours first."""

    @property
    def streams(self) -> tuple[str, ...]:
        """Sides that only read what the others work on. Their answers are equal to each other."""

    def prepare(self, home: Path, folder: Path, carrier: str | None) -> tuple[str, int]:
        """Once, outside every clock: makes in `folder`, which is empty, what the sides start from.

        Returns: what is done, for people; over how many events.
        """

    def ready(self, side: str, home: Path, folder: Path) -> Callable[[], Answer]:
        """A side's run; the clock runs from its call to its return."""

    def summary(self, content: Content) -> str:
        """How much there is in an answer, for people."""

    def differences(self, our_content: Content, peer_content: Content) -> list[str]:
        """What differs between two answers; empty if nothing does."""


EVERY_JOB: Mapping[str, AnyJob] = {
    **JOBS,
    "rate-pack": PackJob("rate-pack"),
    "rate-python": PythonJob("rate-python", 20_000),
}
