"""OpenLineage events of settles: the files and runs that a run came from, and its outputs.

Events are lines of a JSON file, for whatever collects them; nothing is sent. Data sets are named by
digests and ids alone: no path of anybody's machine, and no number of a subscriber, is in them. The
run's UUID follows from the run's id, so the same run told twice is one run.
"""

import json
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from doisoat import __version__
from doisoat.civil_time import zone_in_use
from doisoat.errors import StoreError, system_text, without_numbers
from doisoat.messages.text import message
from doisoat.settlement.database import public_database as face
from doisoat.settlement.figures.run_id import SEMANTICS_VERSION
from doisoat.settlement.log import journal
from doisoat.settlement.runs.run_inputs import Task
from doisoat.settlement.settle.settle import RunSummary

SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS = "https://openlineage.io/spec/facets"
PRODUCER = f"urn:doisoat:{__version__}"
SCHEMA_OF_OURS = f"urn:doisoat:{__version__}:SettleRunFacet"
NAMESPACE = "doisoat"
FILES = "sha256"  # namespace of source files, named by their digests
JOB = "settle"
UUIDS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:doisoat:run")
EventType = Literal["START", "COMPLETE", "FAIL", "ABORT"]


def run_uuid(run: str) -> str:
    """The UUID of a run: of its id, so of its inputs, and of nothing else."""
    return str(uuid.uuid5(UUIDS, run))


class Lineage:
    """The file that events are appended to, and the run that was begun and is not ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.begun: Task | None = None

    def started(self, task: Task) -> None:
        self.begun = task
        self._append(_event("START", task))

    def completed(self, summary: RunSummary) -> None:
        """The run that was begun is published."""
        if self.begun is not None:
            self._append(_event("COMPLETE", self.begun, summary))
            self.begun = None

    def failed(self, error: BaseException | None) -> None:
        """It is not; nothing of it was published."""
        if self.begun is not None:
            kind: EventType = "ABORT" if isinstance(error, KeyboardInterrupt) else "FAIL"
            self._append(_event(kind, self.begun, error=error))
            self.begun = None

    def _append(self, event: dict[str, Any]) -> None:
        try:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(event, ensure_ascii=False) + "\n")
        except OSError as error:
            raise StoreError(
                message("not writable: {error}", error=system_text(error)),
                str(self.path),
                message("give another --lineage FILE"),
            ) from error


@contextmanager
def lineage_in(path: Path | None, home: Path) -> Iterator[Lineage | None]:
    """Tells into a file, if one was given; a run that is open when the block ends has failed.

    Raises: StoreError if the file cannot be written, or lies in the home, which holds no more than
        its own.
    """
    if path is None:
        yield None
        return
    if path.resolve().is_relative_to(home.resolve()):
        raise StoreError(
            message("the file of lineage lies inside the home"),
            str(path),
            message("give a path outside of it"),
        )
    lineage = Lineage(path)
    try:
        yield lineage
    finally:
        lineage.failed(sys.exc_info()[1])


def _event(
    kind: EventType,
    task: Task,
    summary: RunSummary | None = None,
    error: BaseException | None = None,
) -> dict[str, Any]:
    facets = {
        "nominalTime": _facet(
            "1-0-1/NominalTimeRunFacet",
            nominalStartTime=zone_in_use().with_offset(task.period.begin).isoformat(),
            nominalEndTime=zone_in_use().with_offset(task.period.end).isoformat(),
        ),
        "processing_engine": _facet(
            "1-1-1/ProcessingEngineRunFacet", version=__version__, name="doisoat"
        ),
        "doisoat_settle": {
            "_producer": PRODUCER,
            "_schemaURL": SCHEMA_OF_OURS,
            "run": task.run,
            "period": task.period.name,
            "carrier": task.carrier,
            "catalogue": task.inputs["catalogue"],
            "package": task.inputs["package"],
            "semantics_version": SEMANTICS_VERSION,
        },
    }
    if error is not None:
        facets["errorMessage"] = _facet(
            "1-0-1/ErrorMessageRunFacet",
            message=without_numbers(str(error) or type(error).__name__),
            programmingLanguage="Python",
        )
    return {
        "eventType": kind,
        "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "producer": PRODUCER,
        "schemaURL": SPEC,
        "run": {"runId": run_uuid(task.run), "facets": facets},
        "job": {
            "namespace": NAMESPACE,
            "name": JOB if task.carrier is None else f"{JOB}.{task.carrier}",
            "facets": {
                "jobType": _facet(
                    "2-0-3/JobTypeJobFacet",
                    processingType="BATCH",
                    integration="DOISOAT",
                    jobType="SETTLE",
                )
            },
        },
        "inputs": _inputs(task),
        "outputs": [] if summary is None else _outputs(task, summary),
    }


def _inputs(task: Task) -> list[dict[str, Any]]:
    """The source files with usage of the period, and the run whose closing state it opens with."""
    files = [
        {
            "namespace": FILES,
            "name": source["sha256"],
            "inputFacets": {
                "inputStatistics": _facet(
                    "1-0-0/InputStatisticsInputDatasetFacet", rowCount=source["rows"]
                )
            },
        }
        for source in task.inputs["sources"]
    ]
    opening = task.inputs["opening_run"]
    return files if opening is None else [*files, _run_named(opening)]


def _outputs(task: Task, summary: RunSummary) -> list[dict[str, Any]]:
    last = journal.last_publication(journal.entries(task.home)) or {}
    database: dict[str, Any] = {"namespace": NAMESPACE, "name": face.FACE}
    if face.is_whole(task.home):  # A batch makes it once, after its last month.
        database["facets"] = {"version": _version(str(last.get("database", "")))}
    return [{**_run_named(summary.run), "facets": {"version": _version(summary.digest)}}, database]


def _run_named(run: str) -> dict[str, Any]:
    return {"namespace": NAMESPACE, "name": f"run/{run}"}


def _version(digest: str) -> dict[str, Any]:
    return _facet("1-0-1/DatasetVersionDatasetFacet", datasetVersion=digest)


def _facet(schema: str, **fields: Any) -> dict[str, Any]:
    """A facet of the standard, with who says it and by which schema."""
    name = schema.partition("/")[2]
    return {
        "_producer": PRODUCER,
        "_schemaURL": f"{FACETS}/{schema}.json#/$defs/{name}",
        **fields,
    }
