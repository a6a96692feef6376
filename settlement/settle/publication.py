"""When a run that was settled is published: at once, or with the other months of a batch.

A batch puts each month in force and writes its entry, and builds relief.duckdb and reports/ once,
of all of them. The entry of the month that was settled last waits for that, since it tells the
digest of the file. Until then the log has an entry without one, so whoever dies on the way leaves a
publication that was cut short, as every reader of the home knows it: the next settle ends it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol

from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, Unchanged
from doisoat.errors import DoisoatError, Interrupted, StoreError
from doisoat.messages.text import message
from doisoat.settlement.database import public_database as face
from doisoat.settlement.database import publish
from doisoat.settlement.runs.run_inputs import NO_RUNS, Task
from doisoat.settlement.runs.runs import RunFiles, run_files

ActKind = Literal["settle", "repair"]


class Publication(Protocol):
    """The publication of one run."""

    def build(
        self,
        folder: Path,
        act_kind: ActKind,
        key: str = "",
        more: Mapping[str, Any] = face.NOTHING_MORE,
    ) -> None:
        """All that can fail. Args: folder: where the run lies now; else as `face.settle_entry`."""

    def swap(self) -> None:
        """Put the run in force; it lies in runs/ by now."""


class AtOnce:
    """Publishes each run with its month.

    relief.duckdb is made out of the published one, or else begun while the run is rated.
    """

    planned: Mapping[str, RunFiles] = NO_RUNS  # runs in force that the log does not tell of yet
    is_due = False  # Is relief.duckdb to be built whatever comes?

    def __init__(self, threads: int, *, with_events: bool = False) -> None:
        self._threads, self._with_events = threads, with_events

    @contextmanager
    def publication(self, task: Task) -> Iterator[Publication]:
        """The publication of a run that is about to be rated, or was before."""
        predecessor = face.predecessor(task)
        with (
            face.staged(task.home) as staged,
            nullcontext(predecessor) if predecessor else face.begin(staged, task) as ground,
        ):
            yield _WithFace(task, staged, ground, self._threads, with_events=self._with_events)


class _WithFace:
    def __init__(
        self,
        task: Task,
        staged: Path,
        ground: publish.Predecessor | publish.Begun,
        threads: int,
        *,
        with_events: bool,
    ) -> None:
        self._task, self._staged, self._ground, self._threads = task, staged, ground, threads
        self._events_of = None
        if with_events:  # it rates again: no other settle imports what that needs
            from doisoat.settlement.rerating.event_amounts import write_amounts

            self._events_of = partial(write_amounts, task.home, staged / "events")

    def build(
        self,
        folder: Path,
        act_kind: ActKind,
        key: str = "",
        more: Mapping[str, Any] = face.NOTHING_MORE,
    ) -> None:
        entry = face.settle_entry(self._task, folder, act_kind, key, more)
        face.build(
            self._staged, self._task, entry, folder, self._threads, self._ground, self._events_of
        )

    def swap(self) -> None:
        face.swap(self._task.home, self._staged)


class AtTheEnd(AtOnce):
    """Publishes the runs of a batch as the block ends: also where an error ends it, not Ctrl-C."""

    def __init__(self, home: Home, threads: int) -> None:
        super().__init__(threads)
        self._home = home
        self._last: Task | None = None  # that was put in force
        self._entry: dict[str, Any] | None = None  # its own, which waits for relief.duckdb

    @contextmanager
    def publication(self, task: Task) -> Iterator[Publication]:
        """As of AtOnce. The run before it waits no longer: relief.duckdb comes with a later one."""
        self._record()
        yield _WithoutFace(self, task)

    def put_in_force(self, task: Task, entry: dict[str, Any]) -> None:
        """Put a run in force; its entry waits for relief.duckdb, or for the next run."""
        face.put_in_force(self._home, entry["current"])
        self._last, self._entry, self.is_due = task, entry, True
        self.planned = {task.period.name: run_files(self._home, task.run, superseded=False)}

    def __enter__(self) -> "AtTheEnd":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._last is None:
            return
        try:
            if kind is not None and not issubclass(kind, Exception):
                raise KeyboardInterrupt
            self._publish(self._last)
        except KeyboardInterrupt:
            self._record()
            raise Interrupted(
                message(
                    "interrupted; the months before are in force, and relief.duckdb and reports/"
                    " do not show all of them yet"
                ),
                str(self._home.path),
                face.SAME_AGAIN,
            ) from None

    def _record(self) -> None:
        """Write the entry that waits, without a digest of relief.duckdb.

        What ends a batch that was cut has nothing else to tell of a month that the log has.
        """
        entry, task = self._entry, self._last
        if (
            entry is not None
            and task is not None
            and (entry["what"] == "repair" or not face.is_recorded(task))
        ):
            face.record(self._home, entry, task)
        self._entry, self.planned = None, NO_RUNS

    def _publish(self, task: Task) -> None:
        folder = self._home.floor("runs") / task.run
        # Where an error ended the next month on its way, the entry was written.
        entry = self._entry or face.settle_entry(task, folder, "repair")
        with (
            commit.disk_errors(self._home.path),
            Unchanged([*task.every_usage, *task.master]) as parts,
            face.staged(self._home) as staged,
        ):
            try:
                with (
                    commit.half_done(face.HALF_SETTLED, face.SAME_AGAIN),
                    commit.disk_errors(self._home.path),
                ):
                    face.build(staged, task, entry, folder, self._threads, face.predecessor(task))
                    parts.check()
            except DoisoatError:
                with suppress(StoreError):  # The disk may take no entry either.
                    self._record()
                raise
            with commit.uninterrupted():
                face.swap(self._home, staged)


class _WithoutFace:
    def __init__(self, publisher: AtTheEnd, task: Task) -> None:
        self._publisher, self._task = publisher, task
        self._entry: dict[str, Any] = {}

    def build(
        self,
        folder: Path,
        act_kind: ActKind,
        key: str = "",
        more: Mapping[str, Any] = face.NOTHING_MORE,
    ) -> None:
        self._entry = face.settle_entry(self._task, folder, act_kind, key, more)

    def swap(self) -> None:
        self._publisher.put_in_force(self._task, self._entry)
