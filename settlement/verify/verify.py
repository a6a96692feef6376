"""Verifies that a home is the one published and signed. Everything is read, nothing is written.

On top of `store_check`: the log against its head, each signature, each file against the log, small
files to the byte, and the tables of relief.duckdb against the parts and runs. Whoever has a paper
gives its checkpoint: then a home that was set back, whole, to before the paper is found too.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from doisoat.engine.store import commit
from doisoat.engine.store.commit import sha256_of as _sha256
from doisoat.engine.store.home import (
    ADJUSTMENTS,
    CLAIMS,
    ERASING,
    FORMAT_VERSION,
    PART_FLOORS,
    RECONCILIATIONS,
    REFUNDS,
    REMOVED,
    Home,
    is_sealed,
)
from doisoat.errors import DoisoatError, KeyFileError
from doisoat.messages.text import Text, message, message_in
from doisoat.settlement.access.server_files import folder_of
from doisoat.settlement.access.users import USERS, held_users
from doisoat.settlement.database import public_database as face
from doisoat.settlement.figures.run_id import canonical_json
from doisoat.settlement.log import journal, signers
from doisoat.settlement.log.checkpoint import Short
from doisoat.settlement.log.clock import CLOCK, TIME, later_than
from doisoat.settlement.log.intake_log import untold
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.log.note import Signer
from doisoat.settlement.log.published_folder import Finding, Spent, Verified
from doisoat.settlement.log.signatures import NOTE, parsed, signature_faults
from doisoat.settlement.log.tombstones import SIGNED, acts, logged
from doisoat.settlement.records.claim_records import CLAIM
from doisoat.settlement.records.reconciliation_records import RECONCILE
from doisoat.settlement.rerating.event_amounts import write_amounts
from doisoat.settlement.runs.derived_results import WORKED_OUT
from doisoat.settlement.runs.runs import state_of_home
from doisoat.settlement.verify.database_diff import differences
from doisoat.settlement.verify.store_check import check_store
from doisoat.state import STATE

RESUME = "doisoat store erase --resume"
Progress = Callable[[int], None]
FLOOR_NAMES = {
    "usage": "part=", "master": "part=", "runs": "", ADJUSTMENTS: "", REFUNDS: "", CLAIMS: "",
    RECONCILIATIONS: "",
    REMOVED: "",
}  # fmt: skip
LOG_FILES = {journal.JOURNAL.name, journal.HEAD.name}


@commit.hashed_once()
def verify_home(
    home: Home,
    *,
    papers: Sequence[Short] = (),
    trusted: Mapping[str, Signer] | None = None,
    progress: Progress = lambda count: None,
) -> Verified:
    """All that can be told of a home.

    Args: papers: checkpoints of papers; trusted: by key id, the only keys that may have signed;
        progress: told of each file that was read.
    """
    STATE.use_of(lambda: state_of_home(home.path))
    clock = _Clock()
    lines, notes = journal.lines(home), list[str]()
    tree = Tree(lines)
    findings = list(_log(home, lines, tree, papers, trusted, notes))
    clock.spent_on(message("the log, of {count} entries", count=len(tree)))
    if (home.path / ERASING).exists():
        notes.append(message("tables and parts were not checked: the home is between two states"))
        return _verified([_erasing(home), *findings], notes, lines, tree)
    if findings:
        notes.append(message("what the log tells of was not checked: the log itself is not right"))
        return _verified(findings, notes, lines, tree)
    checked = check_store(home, progress)
    findings += checked.findings
    notes += checked.notes
    findings += _told_by_log(home, lines)
    findings += _to_the_byte(home)
    findings += _strangers(home)
    findings += _users(home, notes)
    files, size = commit.hashed()
    clock.spent_on(
        message(
            "{files} files of {megabytes} MB, and the order and sums of {events} events",
            files=files,
            megabytes=f"{size / 1e6:.1f}",
            events=checked.events,
        )
    )
    if not findings:
        findings += _tables(home)
        clock.spent_on(_tables_and_rows(home))
        notes += [
            f"{part.path}: "
            + message(
                "no entry of the log tells of it: a command was killed just then, or the"
                " log is not whole; the next that writes tells of it"
            )
            for _, part in untold(home)
        ]
    return _verified(findings, notes, lines, tree)._replace(spent=tuple(clock.spent))


class _Clock:
    """Seconds of processor time of this process, since the last time that it was asked."""

    def __init__(self) -> None:
        self.spent: list[Spent] = []
        self._since = time.process_time()

    def spent_on(self, what: Text) -> None:
        now = time.process_time()
        self.spent.append(Spent(what, now - self._since))
        self._since = now


def _erasing(home: Home) -> Finding:
    return Finding(
        str(home.path / ERASING),
        message(
            "somebody's erasure is under way, or was cut short, so the home is no state"
            " that was published; if no doisoat store erase is running: {resume}, then"
            " verify again",
            resume=RESUME,
        ),
    )


def _verified(
    findings: Sequence[Finding], notes: Sequence[str], lines: Sequence[bytes], tree: Tree
) -> Verified:
    distinct = tuple(dict.fromkeys(findings))
    signed = sum(1 for entry in parsed(lines) if "note" in entry)
    return Verified(distinct, tuple(notes), len(tree), tree.root().hex(), signed)


# --- the log -------------------------------------------------------------------------------------


def _log(
    home: Home,
    lines: Sequence[bytes],
    tree: Tree,
    papers: Sequence[Short],
    trusted: Mapping[str, Signer] | None,
    notes: list[str],
) -> Iterator[Finding]:
    path = home.path / journal.JOURNAL
    where = str(path)
    if not lines and journal.is_published(home):
        yield Finding(where, message("missing: something was published"))
    whole = b"".join(line + b"\n" for line in lines)
    if path.exists() and path.read_bytes() != whole:
        yield Finding(
            where,
            message("its last line is cut short: the next command that writes ends it"),
        )
    try:
        head = journal.read_head(home)
    except DoisoatError as error:
        yield Finding(error.where, error.what)
        return
    if head is None and lines:
        yield Finding(
            str(home.path / journal.HEAD),
            message("missing: nothing says how long the log was"),
        )
    fault = journal.head_fault(head, tree)
    if fault is not None:
        yield Finding(where, fault)
    elif head is not None and head.size < len(tree):
        more = lines[head.size :]
        if len(more) > 1 or not _is_entry(more[0]):
            yield Finding(
                where,
                message("{count} lines came after its head that no command wrote", count=len(more)),
            )
        else:
            notes.append(
                f"{where}: "
                + message("an entry came after its head: a command was killed just then")
            )
    for paper in papers:
        if not paper.is_of(tree):
            gap = message_in(
                "verify",
                "it does not go on from the log of {size} entries that the paper saw",
                size=paper.size,
            )
            yield Finding(where, gap)
    try:
        registry = signers.registry_of(parsed(lines))
    except (DoisoatError, KeyError) as error:
        yield Finding(where, message("it is not known who may sign ({error})", error=error))
        return
    for number, signature_fault in signature_faults(lines, registry, trusted):
        yield Finding(f"{where}: entry {number}", signature_fault)
    log = [{"what": "", "logged_at": "", **entry} for entry in parsed(lines)]
    yield from _wrong_times(where, log, notes)
    for before_it, entry in pairwise(log):
        before, after, number = str(before_it["logged_at"]), str(entry["logged_at"]), entry["entry"]
        if after < before and entry["what"] != CLOCK:
            notes.append(
                f"{where}: "
                + message(
                    "the clock went back before entry {number}: {before}, {after}",
                    number=number,
                    before=before,
                    after=after,
                )
            )


def _wrong_times(
    where: str, log: Sequence[Mapping[str, Any]], notes: list[str]
) -> Iterator[Finding]:
    """What was said of entries under a wrong clock, as notes; a finding if it is not so."""
    for place, entry in enumerate(log):
        if entry["what"] != CLOCK:
            continue
        wrong = list(entry.get("wrong", ()))
        number, why = entry["entry"], entry.get("why", "")
        at = str(entry["logged_at"])
        if TIME.fullmatch(at) is None or wrong != later_than(log[:place], at):
            yield Finding(
                f"{where}: entry {number}",
                message(
                    "the entries that it says were under a wrong clock are not those of a"
                    " later time than its own"
                ),
            )
        if NOTE not in entry and any(NOTE in logged for logged in log if logged["entry"] in wrong):
            yield Finding(
                f"{where}: entry {number}",
                message("it says of a signed entry that its time is wrong, and nobody signed it"),
            )
        named = ", ".join(map(str, wrong))
        notes.append(
            f"{where}: "
            + message(
                "entry {number} says that {what}: {why}",
                number=number,
                what=message("entries {named} were under a wrong clock", named=named)
                if wrong
                else message("the home rested"),
                why=why,
            )
        )


def _is_entry(line: bytes) -> bool:
    """Is a line of the log spelt as entries are?"""
    try:
        parsed_line = json.loads(line)
        return (
            isinstance(parsed_line, dict)
            and "what" in parsed_line
            and canonical_json(parsed_line) == line
        )
    except (ValueError, TypeError):
        return False


def _told_by_log(home: Home, lines: Sequence[bytes]) -> Iterator[Finding]:
    """What an entry says was made is here to the byte, or was removed on purpose."""
    try:
        known = logged(home)
        graves = {
            (item["floor"], item["id"]): item["manifest_sha256"]
            for act in acts(home)
            if act.id in known
            for item in act.manifest["items"]
        }
    except (DoisoatError, KeyError):
        return  # check_store tells of it
    yield from _last_published(home, graves)
    for entry in parsed(lines):
        digest = entry.get("manifest_sha256")
        for floor, name, folder in _described_folders(home, entry):
            path = folder / commit.MANIFEST
            actual = _sha256(path) if path.is_file() else graves.get((floor, name))
            if actual != digest:
                fault = message(
                    "not what entry {entry} of the log says was published", entry=entry["entry"]
                )
                yield Finding(str(path), fault)


def _last_published(home: Home, graves: Mapping[tuple[str, str], str]) -> Iterator[Finding]:
    """What the last publication showed is still there: the home's own words, and each part."""
    last = journal.last_publication(journal.entries(home))
    if last is None:
        for name in ("current.json", face.FACE):
            if (home.path / name).exists():
                fault = message(
                    "the log tells of no publication: it was cut, or a settle was killed just then"
                )
                yield Finding(str(home.path / name), fault)
        return
    current = home.path / "current.json"
    if not current.is_file() or current.read_text("utf-8", "replace") != face.current_text(
        last["current"]
    ):
        fault = message(
            "not what was last published: somebody changed it, or a settle was killed just then"
        )
        yield Finding(str(current), fault)
    about = home.path / "home.json"
    if "home" in last and _sha256(about) != last["home"]:
        yield Finding(str(about), message("not what it was at the last publication"))
    for floor, parts in last.get("parts", {}).items():
        for name, digest in parts.items():
            path = home.floor(floor) / f"part={name}" / commit.MANIFEST
            actual = _sha256(path) if path.is_file() else graves.get((floor, name))
            if actual is None:
                yield Finding(
                    str(path.parent),
                    message("lost: the last publication showed it"),
                )
            elif actual != digest:
                yield Finding(
                    str(path),
                    message("not the part that the last publication showed"),
                )


def _described_folders(home: Home, entry: Mapping[str, Any]) -> Iterator[tuple[str, str, Path]]:
    """Floor, id and folder of what an entry's manifest describes."""
    act_kind = entry.get("what")
    if act_kind in (*face.PUBLISHES_RUN, "sign", *WORKED_OUT) and entry.get("run"):
        yield "runs", str(entry["run"]), home.floor("runs") / str(entry["run"])
    elif "adjustment" in entry:
        name = str(entry["adjustment"])
        yield ADJUSTMENTS, name, home.path / ADJUSTMENTS / name
    elif "refunds" in entry:
        yield REFUNDS, str(entry["refunds"]), home.path / REFUNDS / str(entry["refunds"])
    elif act_kind == CLAIM:
        yield CLAIMS, str(entry["claim"]), home.path / CLAIMS / str(entry["claim"])
    elif act_kind == RECONCILE:
        name = str(entry["reconciliation"])
        yield RECONCILIATIONS, name, home.path / RECONCILIATIONS / name
    elif "part" in entry:
        name = str(entry["part"])
        # Before they said the floor, entries told of parts that were merged, or came in packs.
        floors = (
            [entry["floor"]]
            if "floor" in entry
            else [floor for floor in PART_FLOORS if (home.floor(floor) / f"part={name}").exists()]
            or ["usage"]
        )
        for floor in map(str, floors):
            yield floor, name, home.path / floor / f"part={name}"
    elif "act" in entry:
        yield REMOVED, str(entry["act"]), home.path / REMOVED / str(entry["act"])


# --- files ---------------------------------------------------------------------------------------


def _to_the_byte(home: Home) -> Iterator[Finding]:
    """Small files are spelt as they are written: what JSON passes over is a change all the same."""
    yield from _spelt(home.path / "home.json", _first_format)
    yield from _spelt(home.path / journal.HEAD, commit.json_text)
    yield from _spelt(home.path / "current.json", face.current_text)
    for floor in PART_FLOORS:
        for path in sorted(home.floor(floor).glob(f"part=*/{commit.MANIFEST}")):
            yield from _spelt(path, _sealed)
    for path in sorted((home.path / REMOVED).glob(f"[!.]*/{commit.MANIFEST}")):
        yield from _spelt(path, commit.json_text)
    for path in sorted(home.floor("suspense").glob("*.json")):
        yield from _spelt(path, commit.json_text)
    digest = home.path / face.DATABASE_DIGEST
    database = home.path / face.FACE
    if database.exists() != digest.exists():
        yield Finding(
            str(digest),
            message("one of relief.duckdb and its digest is missing"),
        )
    elif database.exists() and digest.read_bytes() != face.digest_text(_sha256(database)).encode():
        yield Finding(
            str(digest),
            message("it is not the digest of relief.duckdb"),
        )


def _first_format(about: Any) -> str:
    """home.json has been written in one format so far."""
    return commit.json_text({"format_version": FORMAT_VERSION, "buckets": about.get("buckets")})


def _sealed(manifest: Any) -> str:
    """How a part's manifest is spelt, if it is the one that was sealed."""
    return commit.json_text(manifest) if is_sealed(manifest) else ""


def _spelt(path: Path, spell: Callable[[Any], str]) -> Iterator[Finding]:
    if not path.is_file():
        return
    raw = path.read_bytes()
    try:
        same = spell(json.loads(raw)).encode() == raw
    except (ValueError, AttributeError, TypeError):
        same = False
    if not same:
        yield Finding(str(path), message_in("verify", "not as it was written"))


def _strangers(home: Home) -> Iterator[Finding]:
    """Nothing lies on a floor of the home that nobody published."""
    for floor, prefix in FLOOR_NAMES.items():
        for path in sorted((home.path / floor).glob("*")):
            if path.name.startswith(commit.STAGING_PREFIX):
                continue
            if not path.is_dir() or not path.name.startswith(prefix):
                yield Finding(str(path), message_in("verify", "nobody published it"))
            elif not (path / commit.MANIFEST).is_file():
                yield Finding(str(path / commit.MANIFEST), message_in("home", "missing"))
    for path in sorted((home.path / REMOVED).glob("[!.]*/*")):  # files: check_store tells of them
        if path.is_dir() and path.name != SIGNED:
            yield Finding(str(path), message_in("verify", "nobody published it"))
    for path in sorted((home.path / "log").glob("*")):
        if path.name not in LOG_FILES and not path.name.startswith(commit.STAGING_PREFIX):
            yield Finding(str(path), message("nobody published it"))


def _users(home: Home, notes: list[str]) -> Iterator[Finding]:
    """Those who may log in to the page are those of whom the log tells."""
    where = str(folder_of(home) / USERS)
    try:
        users = held_users(home)
    except KeyFileError as error:  # then nobody may log in
        notes.append(f"{error.where}: {error.what}")
        return
    for name in users.strange:
        yield Finding(
            where,
            message("{name} is not as the log tells, and may not log in", name=name),
        )
    for name in (*users.behind, *users.removed):
        notes.append(
            f"{where}: "
            + message(
                "{name} is as the log told before, and may not log in: a command was"
                " killed just then, or the file was put back; give the command again",
                name=name,
            )
        )


# --- the face ------------------------------------------------------------------------------------


def _tables_and_rows(home: Home) -> Text:
    """What `_tables` compares, where relief.duckdb was found to be what was published."""
    tables = rows = 0
    if (home.path / face.FACE).is_file():
        with duckdb.connect(str(home.path / face.FACE), read_only=True) as connection:
            ((tables, rows),) = connection.execute(
                "SELECT count(*), coalesce(sum(estimated_size), 0)::BIGINT FROM duckdb_tables()"
            ).fetchall()
    return message(
        "{tables} tables of {rows} rows, with what parts and runs make", tables=tables, rows=rows
    )


def _tables(home: Home) -> Iterator[Finding]:
    """The tables of relief.duckdb are those that the parts, the runs and the log make."""
    published = home.path / face.FACE
    if not published.is_file() or not face.is_whole(home):
        return
    with (
        tempfile.TemporaryDirectory(prefix="doisoat-verify-") as folder,
        face.unfilled(
            home, Path(folder) / face.FACE, partial(write_amounts, home, Path(folder) / "events")
        ) as made,
    ):
        if made is not None:
            for difference in differences(published, made):
                yield Finding(str(published), difference)
