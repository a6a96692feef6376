"""Papers of a home: which run, under which head of its log, and where they are written."""

import hashlib
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from doisoat.civil_time import civil_of_utc
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError, StoreError
from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.log import journal
from doisoat.settlement.log import tombstones as removed
from doisoat.settlement.log.checkpoint import short_form
from doisoat.settlement.log.log import read_log
from doisoat.settlement.log.tombstones import Item
from doisoat.settlement.papers.issue import Issue
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs.derived_results import INTERCONNECT, WORKED_OUT
from doisoat.settlement.runs.runs import current_runs

FOLDER = "papers"  # of a home; what settles or checks it leaves it alone
ERASED = message("went with somebody who was erased")
LET_GO = message("was let go of")
STAYS = message("; the figures that were signed are in settlement.booked and history.statement")


class Written(NamedTuple):
    """A paper as it is made, and what lay in its place."""

    name: str
    sha256: str
    was: Literal["absent", "same", "other"]

    @property
    def is_new(self) -> bool:
        return self.was != "same"


def issue_of(home: Home, period: str, issued_at: datetime | None = None) -> tuple[str, Issue]:
    """The run whose papers are to be made, and under what: signed once its period is, else a draft.

    Of a signed period it is the run that was signed, superseded since or not, under the log with
    the signature's own entry, issued when it was signed.
    Raises: PeriodError if the period is not settled, StoreError as `draft_of`.
    """
    standing = life.standing_of(home, period)
    if standing.run is None:
        known = ", ".join(sorted(current_runs(home)))
        raise PeriodError(
            message(
                "{period} is not settled (settled: {known})",
                period=period,
                known=known or message_in("so far", "none"),
            ),
            str(home.path),
            message("settle it first: doisoat settle --period {period}", period=period),
        )
    signed = [
        logged for logged in journal.entries(home)
        if logged["what"] == life.SIGN and logged["period"] == period
    ]  # fmt: skip
    # Once somebody was erased, the run has another name than the one that was signed.
    if not signed or signed[-1]["run"] != standing.signed_run:
        run = standing.signed_run or standing.run
        return run, draft_of(home, run, issued_at)
    entry = signed[-1]
    run, size = str(entry["run"]), int(entry["entry"])
    _check_manifest(home, run, entry)
    root = read_log(home).tree.root(size)
    moment = issued_at or civil_of_utc(entry["logged_at"])
    numbers = tuple(sorted(entry["numbers"].items()))
    return run, Issue(entry["key"], size, root.hex(), short_form(size, root), moment, numbers)


def draft_of(home: Home, run: str, issued_at: datetime | None = None) -> Issue:
    """Under what a draft of a run's papers stands: the log as it was when the run was settled, or
    when something was last booked into its period, or worked out of the run, since; or when the
    interconnection of a run that was adjusted into it was recorded.

    What else was done to the home changes nothing, so the same run has the same draft whenever it
    is made. Without `issued_at` it is issued at the moment that the log says of that entry.
    Raises: StoreError if the log contradicts the run, or does not know it and no time is given.
    """
    log = read_log(home)
    entry = next(
        (
            logged
            for logged in journal.entries(home)
            if logged.get("what") == "settle" and logged.get("run") == run
        ),
        None,
    )
    if entry is None:
        if issued_at is None:
            raise StoreError(
                message("the log does not say when run {run} was settled", run=run),
                str(home.path / journal.JOURNAL),
                message("say when the papers are issued: --issued-at 2021-09-05T09:00:00"),
            )
        return Issue(None, len(log.entries), log.root, "", issued_at)
    _check_manifest(home, run, entry)
    adjusted = [
        logged
        for logged in journal.entries(home)
        if logged["what"] == life.ADJUST and logged.get("into") == entry["period"]
    ]
    renamed = life.renamed_runs(home)
    runs = {life.run_today(logged["run"], renamed) for logged in adjusted}
    since = [
        logged
        for logged in journal.entries(home)
        if (logged["what"] in WORKED_OUT and logged["run"] == run)
        or (logged["what"] == INTERCONNECT and life.run_today(logged["run"], renamed) in runs)
    ]
    entry = max([entry, *adjusted, *since], key=lambda logged: int(logged["entry"]))
    size = entry["entry"]
    return Issue(
        None, size, log.tree.root(size).hex(), "", issued_at or civil_of_utc(entry["logged_at"])
    )


def _check_manifest(home: Home, run: str, entry: Mapping[str, Any]) -> None:
    folder = home.floor("runs") / run
    if not (folder / commit.MANIFEST).is_file():
        raise _removed_run(home, run, str(entry["period"]))
    if entry["manifest_sha256"] != commit.sha256_of(folder / commit.MANIFEST):
        raise StoreError(
            message("its manifest is not the one that the log tells of"),
            str(folder),
            message("restore this run from a copy, or settle the period again"),
        )


def _removed_run(home: Home, run: str, period: str) -> StoreError:
    """What became of a run that is not here, and what there still is of its papers."""
    act = removed.tombstones(home).get(Item("runs", run))
    if act is None:
        return StoreError(
            message(
                "run {run} of {period} is no longer in this home, and no removal tells of it",
                run=run,
                period=period,
            ),
            str(home.floor("runs") / run),
            message("restore it from a copy; papers that were made of it stand as they are"),
        )
    why = ERASED if act.manifest["what"] == "erase" else LET_GO
    day = act.manifest["removed_at"][:10]
    at = f"{FOLDER}/{period}-{run[:8]}"
    stays = STAYS if removed.kept_of(home, run) is not None else Text("", "")
    return StoreError(
        message(
            "run {run} of {period} {why} on {day}, so its papers and evidence pack cannot"
            " be made again",
            run=run,
            period=period,
            day=day,
            why=why,
        ),
        str(act.path),
        message(
            "take those that were made when it was signed, in {at} or where they were"
            " received: they stand as they are{stays}",
            at=at,
            stays=stays,
        ),
    )


def compare(out: Path, files: Mapping[str, bytes]) -> list[Written]:
    """What lies in a folder in the place of each file, by name.

    Raises: StoreError for a name that is a folder's, or what cannot be read.
    """
    written: list[Written] = []
    with commit.disk_errors(out):
        for name, content in sorted(files.items()):
            path = out / name
            if path.is_dir():
                raise StoreError(
                    message("a folder has this name"),
                    str(path),
                    message("move it elsewhere"),
                )
            digest = hashlib.sha256(content).hexdigest()
            if not path.exists():
                written.append(Written(name, digest, "absent"))
            else:
                written.append(Written(name, digest, "same" if _is(path, content) else "other"))
    return written


def _is(path: Path, content: bytes) -> bool:
    return path.stat().st_size == len(content) and path.read_bytes() == content


def write(out: Path, files: Mapping[str, bytes]) -> list[Written]:
    """Write files into a folder: each whole or not at all, and none that is there as it is.

    All are written beside their names first, so a full disk leaves the folder as it was.
    Raises: StoreError for a disk that does not take them, or a name that is a folder's.
    """
    if out.exists() and not out.is_dir():
        raise StoreError(
            message("a file has this name"),
            str(out),
            message("give a folder with --out"),
        )
    with commit.disk_errors(out):
        commit.make_folder(out)
        written, staged_files = compare(out, files), dict[Path, Path]()
        try:
            for entry in written:
                if entry.is_new:
                    path = out / entry.name
                    staged = path.with_name(f".{entry.name}.{os.getpid()}")
                    staged_files[staged] = path
                    with open(staged, "wb") as file:
                        file.write(files[entry.name])
                        file.flush()
                        os.fsync(file.fileno())
            for staged, path in staged_files.items():
                staged.replace(path)
            commit.sync(out)
        finally:
            for staged in staged_files:
                staged.unlink(missing_ok=True)
    return written
