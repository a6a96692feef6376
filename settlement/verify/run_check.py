"""Checks that the runs, and what a home shows of them, are as published."""

from collections.abc import Callable, Container
from typing import Any

from doisoat.engine.store.commit import STAGING_PREFIX
from doisoat.engine.store.home import ERASING, FLOORS, INDEX, REMOVED, Home
from doisoat.engine.store.settings_file import FILE as SETTINGS
from doisoat.errors import DoisoatError
from doisoat.messages.text import message, message_in
from doisoat.settlement.database.public_database import altered, is_whole
from doisoat.settlement.figures import run_id
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import Finding, changed_files
from doisoat.settlement.log.tombstones import Item
from doisoat.settlement.packs.pack_folder import PACKS
from doisoat.settlement.reconcile.causes.alternative_cache import ALTERNATIVES
from doisoat.settlement.runs.runs import current_runs, manifest_of

MALFORMED = (KeyError, TypeError, ValueError, AttributeError)  # a manifest that says odd things
# `streamed` was made by earlier versions, of worlds that were not stored; it is no evidence.
ALLOWED = {"home.json", "current.json", "lock", "relief.duckdb", "relief.duckdb.sha256",
           "reports", "papers", PACKS, ALTERNATIVES, "log", "web", "world", REMOVED, "streamed",
           ERASING, SETTINGS, INDEX, *FLOORS}  # fmt: skip


def check_runs(
    home: Home,
    held_sources: list[dict[str, Any]],
    graves: Container[Item],
    findings: list[Finding],
    progress: Callable[[int], None],
) -> int:
    """The number of runs; what is wrong with them, and with current.json, is added."""
    known: dict[str, dict[str, Any]] = {}
    sources = set(map(run_id.canonical_json, held_sources))
    for path in sorted(home.floor("runs").glob("[!.]*")):
        try:
            manifest = manifest_of(path)
            inputs, result, files = manifest["inputs"], manifest["result"], manifest["files"]
            shards = {at: bytes.fromhex(digest) for at, digest in enumerate(result["shards"])}
        except DoisoatError as error:
            findings.append(Finding(str(path), error.what))
            continue
        except (KeyError, TypeError, ValueError):
            findings.append(Finding(str(path), message("its manifest cannot be read")))
            continue
        try:
            lost = [s for s in inputs["sources"] if run_id.canonical_json(s) not in sources]
            if lost:
                fault = message(
                    "lost: {count} of its {sources_count} source files are in no part",
                    count=len(lost),
                    sources_count=len(inputs["sources"]),
                )
                findings.append(Finding(str(path), fault))
            findings += changed_files(path, files, progress)
            if run_id.run_id(inputs) != path.name:
                findings.append(Finding(str(path), message("its id is not that of its inputs")))
            if run_id.result_digest(shards) != result["digest"]:
                findings.append(
                    Finding(
                        str(path),
                        message_in("run check", "its result digest is not that of its shards"),
                    )
                )
            known[path.name] = {name: inputs[name] for name in ("period", "opening_run")}
        except MALFORMED:
            findings.append(
                Finding(
                    str(path),
                    message("its manifest is not as it was published"),
                )
            )
    for run in sorted({entry["run"] for entry in journal.entries(home) if entry.get("run")}):
        item = Item("runs", run)
        if not item.path(home).exists() and item not in graves:
            fault = message("lost: the journal names it, and nothing says that it was removed")
            findings.append(Finding(str(item.path(home)), fault))
    where = str(home.path / "current.json")
    try:
        current = current_runs(home)
    except DoisoatError as error:
        findings.append(Finding(where, error.what))
        return len(known)
    for period, run in sorted(current.items()):
        if run not in known:
            findings.append(
                Finding(
                    where,
                    message("{period} is run {run}, which is not there", period=period, run=run),
                )
            )
        elif known[run]["period"] != period:
            findings.append(
                Finding(
                    where,
                    message(
                        "{period} is run {run}, of {run_period}",
                        period=period,
                        run=run,
                        run_period=known[run]["period"],
                    ),
                )
            )
        else:
            opening = known[run]["opening_run"]
            if opening is not None and opening not in known:
                findings.append(
                    Finding(
                        where,
                        message(
                            "{period} opens from run {opening}: not there",
                            period=period,
                            opening=opening,
                        ),
                    )
                )
    return len(known)


def check_face(home: Home, findings: list[Finding], notes: list[str]) -> None:
    """relief.duckdb and the reports are what was last published; nothing else lies in the home."""
    try:
        changed = altered(home)
        if not is_whole(home):
            notes.append(
                message(
                    "a publication was cut short: settle the period again, which puts the"
                    " rest in place"
                )
            )
    except DoisoatError as error:
        findings.append(Finding(error.where, error.what))
        return
    except MALFORMED:
        fault = message(
            "it is not known which reports were published: a run's manifest is not as it was"
        )
        findings.append(Finding(str(home.floor("runs")), fault))
        return
    findings += (
        Finding(str(home.path / name), message("not what was published")) for name in changed
    )
    for path in sorted(home.path.iterdir()):
        if path.name not in ALLOWED and not path.name.startswith(STAGING_PREFIX):
            notes.append(f"{path}: " + message("not ours, and left alone"))
