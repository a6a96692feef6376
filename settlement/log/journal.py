"""The journal of a home: who did what and when, one line an act, the newest last.

A line is written when its act is done; only an act that publishes the face anew is told just before
the face is swapped in (settlement.database.public_database), with the digests that the face has
before and after, and a month of a batch has a line without a digest before the face is built.
"""

import getpass
import json
import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from doisoat import __version__
from doisoat.engine.store import commit
from doisoat.engine.store.home import ADJUSTMENTS, RECONCILIATIONS, REFUNDS, REMOVED, Home
from doisoat.engine.store.home import JOURNAL as JOURNAL
from doisoat.engine.store.home import writer as only_writer
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.figures import run_id
from doisoat.settlement.log import clock
from doisoat.settlement.log.merkle import Tree
from doisoat.telephone import has_number, masked

HEAD = JOURNAL.with_name("head.json")
# Patterns of what only comes into a home with an entry, or right before it.
PUBLISHED = (
    "relief.duckdb", "current.json",
    *(f"{name}/[!.]*" for name in (ADJUSTMENTS, REFUNDS, RECONCILIATIONS, REMOVED)),
)  # fmt: skip
TYPED = ("why", "by")  # fields of an entry that are people's own words
# Of an entry: how it is written. From NAMES_NO_USER on, none names a user of the page.
FORM = "form"
NAMES_NO_USER = 2
# What audit.event shows of an entry; an act on the store is of no period and no run: both empty.
LOGGED = (
    "entry", "logged_at", "who", "what", "why", "key", "period", "run", "manifest_sha256",
    "version",
)  # fmt: skip


def entries(home: Home) -> list[dict[str, Any]]:
    """The entries so far. A line that death cut short is passed over: its act is done again."""
    log = []
    for number, line in enumerate(_raw(home).splitlines(), start=1):
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        if isinstance(fields, dict):
            log.append({"what": "", "logged_at": "", **fields, "entry": number})
    return log


def entry(
    act_kind: str, manifest: Path, *, period: str = "", run: str = "", **more: Any
) -> dict[str, Any]:
    """An entry of now: what was done, and the manifest that describes what came of it.

    Raises: StoreError for a telephone number among the words that people typed.
    """
    for name in TYPED:
        refuse_number(name, str(more.get(name, "")))
    return {
        "logged_at": now(),
        "who": who(),
        "what": act_kind,
        "period": period,
        "run": run,
        "manifest_sha256": commit.sha256_of(manifest),
        "version": __version__,
        FORM: NAMES_NO_USER,
        **more,
    }


def refuse_number(name: str, text: str) -> None:
    """StoreError if a telephone number stands in words that the home would keep for ever."""
    if has_number(text):
        raise StoreError(
            message(
                "{name} holds what looks like a telephone number, and the log keeps it for ever",
                name=name,
            ),
            name,
            message("leave it out"),
        )


def now() -> str:
    """This moment, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def who() -> str:
    """The account and the machine; the account's number, if nothing knows its name.

    A container is often run under a number that its system has no name for. A name in which a
    telephone number stands gives way to the account's number too, since the log keeps it for ever.
    """
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # up to Python 3.12, and since
        account = str(os.getuid())
    if has_number(account):
        account = str(os.getuid())
    return f"{account}@{masked(socket.gethostname(), bare=False)}"


def append(home: Home, new: Mapping[str, Any]) -> None:
    """Write an entry down, durably, then the size and root of the log that it makes.

    Raises: StoreError if the log is no longer what its head says: nothing is added to it then.
    """
    path = home.path / JOURNAL
    with commit.disk_errors(path):
        commit.make_folder(path.parent)
        refuse_altered(home)
        with open(path, "a+b") as file:
            end = file.seek(0, os.SEEK_END)
            torn = b""
            if end:
                file.seek(end - 1)
                torn = b"" if file.read(1) == b"\n" else b"\n"  # so that this line is whole
            file.write(torn + run_id.canonical_json(new) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        commit.sync(path.parent)
        commit.sync(home.path)
        tree = Tree(lines(home))
        commit.write_json(home.path / HEAD, {"size": len(tree), "root": tree.root().hex()})


@contextmanager
def writer(path: Path, command: str, buckets: int | None = None) -> Iterator[Home]:
    """Hold a home as its only writer, to do what the log is to be told of. Args: as `home.writer`.

    Raises: StoreError, before anything is done, if the log is no longer what its head says, or the
        machine's clock cannot be right.
    """
    with only_writer(path, command, buckets) as home:
        refuse_altered(home)
        clock.refuse_wrong(entries(home), now(), str(home.path / JOURNAL))
        yield home


@contextmanager
def writer_at_any_time(path: Path, command: str) -> Iterator[Home]:
    """`writer` for the act that says which entries were written under a wrong clock."""
    with only_writer(path, command) as home:
        refuse_altered(home)
        yield home


def refuse_altered(home: Home) -> None:
    """StoreError if the log is not what its head says, or is gone though something was published.

    Whoever died after the very first entry left it without a head.
    """
    entry_lines, head = lines(home), read_head(home)
    fault = head_fault(head, Tree(entry_lines))
    if head is None and len(entry_lines) > 1:
        fault = message(
            "the log has {count} entries, and its head is missing", count=len(entry_lines)
        )
    elif not entry_lines and is_published(home):
        fault = message("the log is missing: something was published")
    if fault is not None:
        where = str(home.path / JOURNAL)
        raise StoreError(
            fault,
            where,
            message("restore log/ from a copy; doisoat verify says more"),
        )


def is_published(home: Home) -> bool:
    """Does anything lie in the home of which the log must have told?"""
    return any(True for name in PUBLISHED for _ in home.path.glob(name))


def lines(home: Home) -> list[bytes]:
    """The whole lines of the log, each without its end. StoreError if it cannot be read."""
    whole, _, _ = _raw(home).rpartition(b"\n")
    return whole.split(b"\n") if whole else []


def _raw(home: Home) -> bytes:
    path = home.path / JOURNAL
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StoreError(
            message("not readable"),
            str(path),
            message("restore log/ from a copy"),
        ) from error


class Head(NamedTuple):
    """What the log was when its last entry was written."""

    size: int
    root: str  # hex


def read_head(home: Home) -> Head | None:
    """The head of the log; None where nothing was written yet, or before heads were.

    Raises: StoreError if it cannot be read.
    """
    path = home.path / HEAD
    try:
        content = json.loads(path.read_bytes())
        return Head(int(content["size"]), str(content["root"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            message("not readable"),
            str(path),
            message("restore log/ from a copy"),
        ) from error


def head_fault(head: Head | None, tree: Tree) -> str | None:
    """Why a log is not the one whose head was written; None if it is, or goes on from it."""
    if head is None:
        return None
    if head.size > len(tree):
        return message(
            "the log has {count} entries, but had {size}", count=len(tree), size=head.size
        )
    if head.size < 0 or tree.root(head.size).hex() != head.root:
        return message(
            "the first {size} entries of the log are not those that were written", size=head.size
        )
    return None


def last_publication(log: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The last entry that tells what is in force, and the digest of the face that shows it.

    Without a digest (`database`) that face is still to be made.
    """
    return next((entry for entry in reversed(list(log)) if "current" in entry), None)
