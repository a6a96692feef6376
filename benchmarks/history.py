"""The history of the benchmarks: a file a run, by which a later run is compared."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.benchmarks.machine import commit_of
from doisoat.benchmarks.measured import Figure, ResultsError, Spread

FORM = 1  # of the files
STAMP = "%Y%m%dT%H%M%SZ"
COMMIT_DIGITS = 12


class Entry(NamedTuple):
    """A run of the benchmarks. about: at, commit, versions, machine, load."""

    path: Path
    about: Mapping[str, Any]
    figures: tuple[Figure, ...]

    @property
    def title(self) -> str:
        """When, and of which version or commit."""
        commit = self.about["commit"]
        dirty = "+" * commit.endswith("+")
        named = commit[:COMMIT_DIGITS].rstrip("+") + dirty or self.about["versions"]["doisoat"]
        return f"{self.about['at']} {named}"


def add(
    folder: Path, about: Mapping[str, Any], figures: Sequence[Figure], now: datetime
) -> Path | None:
    """Write a run's figures as a file of its own; None if the newest file has these very ones."""
    entries = read_all(folder)
    if entries and entries[-1].figures == tuple(figures):
        return None
    moment = now.astimezone(UTC)
    content = {
        "form": FORM,
        "at": moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
        **about,
        "figures": [_as_object(figure) for figure in figures],
    }
    name = about["commit"][:COMMIT_DIGITS].rstrip("+") or about["versions"]["doisoat"]
    path = folder / f"{moment.strftime(STAMP)}-{name}.json"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    return path


def _as_object(figure: Figure) -> dict[str, Any]:
    content = figure._asdict()
    content["clock"] = figure.clock._asdict()
    content["processor"] = figure.processor and figure.processor._asdict()
    return content


def read(path: Path) -> Entry:
    """An entry. Raises: ResultsError if the file is none."""
    try:
        content = json.loads(path.read_text("utf-8"))
        if content.pop("form") != FORM:
            raise ValueError(f"not of form {FORM}")
        figures = tuple(
            Figure(
                **{
                    **figure,
                    "clock": Spread(**figure["clock"]),
                    "processor": figure["processor"] and Spread(**figure["processor"]),
                }
            )
            for figure in content.pop("figures")
        )
        entry = Entry(path, content, figures)
        str(entry.title)  # Whatever it is known by is there.
        return entry
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultsError(
            f"no file of the history: {type(error).__name__}: {error}", str(path),
            "name a file that make bench wrote into out/bench/history",
        ) from error  # fmt: skip


def read_all(folder: Path) -> list[Entry]:
    """Every entry of a folder, the oldest first."""
    return [read(path) for path in sorted(folder.glob("*.json"))]


def find(folder: Path, name: str) -> Entry:
    """The entry that a name means: a file; else the newest of that version, commit or time.

    name: a path, a commit or its beginning, a tag or branch, a version, or how a file's name
    begins. Raises: ResultsError if there is none.
    """
    if Path(name).is_file():
        return read(Path(name))
    entries, commit = read_all(folder), commit_of(name)

    def is_meant(entry: Entry) -> bool:
        known_commit = entry.about["commit"].rstrip("+")
        return (
            entry.path.name.startswith(name)
            or entry.about["versions"]["doisoat"] == name.removeprefix("v")
            or (bool(known_commit) and (known_commit == commit or known_commit.startswith(name)))
        )

    meant = [entry for entry in entries if name and is_meant(entry)]
    if not meant:
        have = "; ".join(entry.title for entry in entries) or "none"
        raise ResultsError(
            f"no run of the benchmarks is called {name}; there are: {have}", str(folder),
            "name a file or one of these; or run make bench with that version checked out",
        )  # fmt: skip
    return meant[-1]
