"""The journal of accounts: who was let in to the page, with what role, kept beside the log.

    web/accounts.jsonl    {"carrier", "record", "role", "salt", "user", "what"}, a line an act

The log of a home goes out with every evidence pack, to every carrier. So its entries name no user:
they have the SHA-256 of a line here, which has a salt, so that nobody can guess its way from the
digest to a name. A line is written before the entry that has its digest.
"""

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from doisoat.engine.store import commit
from doisoat.engine.store.home import Home
from doisoat.errors import KeyFileError, system_text
from doisoat.messages.text import message
from doisoat.settlement.access.server_files import folder_of

ADD = "user add"  # the entry of the log that lets somebody in
ACCOUNTS = "accounts.jsonl"
ACCOUNT = "account"  # of an entry of the log: the digest of the line that tells of it
SALT_BYTES = 16
REFERENCE_DIGITS = 12
PAGE = "page:"  # before as many digits of a digest: the user who acted on the page
# Its digits as letters, a for 0 to p for 15: no reference looks like a telephone number.
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def keep(home: Home, act: str, name: str, fields: Mapping[str, str]) -> str:
    """Write a line down, durably; returns its digest, which the log is to have."""
    line = commit.canonical_json(
        {**fields, "what": act, "user": name, "salt": secrets.token_hex(SALT_BYTES)}
    )
    path = folder_of(home) / ACCOUNTS
    with commit.disk_errors(path):
        commit.make_folder(path.parent)
        path.parent.chmod(0o700)
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with open(number, "r+b") as file:
            content = file.read()
            torn = b"" if content[-1:] in (b"", b"\n") else b"\n"  # so that this line is whole
            file.write(torn + line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        commit.sync(path.parent)
    return sha256(line).hexdigest()


def with_accounts(home: Home, entries: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The entries of a log, those of accounts with what their lines say; where a line is not there,
    with its digest alone. Raises: KeyFileError if the journal cannot be read."""
    lines: dict[str, dict[str, Any]] | None = None
    for entry in entries:
        digest = entry.get(ACCOUNT)
        if digest is not None and lines is None:
            lines = _lines(folder_of(home) / ACCOUNTS)
        yield {**entry, **(lines or {}).get(str(digest), {})}


def reference_of(home: Home, entries: Iterable[Mapping[str, Any]], name: str) -> str:
    """What the log calls a user by whom something was done on the page; it is not the name.

    Args: entries: of the log. A name of which it never told is what it is.
    Raises: KeyFileError if the journal of accounts cannot be read.
    """
    known = _references(home, entries)
    return next((reference for reference in reversed(known) if known[reference] == name), name)


def names_by_reference(home: Home, entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The name behind each reference of a log; none for whoever may not read who the users are."""
    try:
        return _references(home, entries)
    except KeyFileError:
        return {}


def _references(home: Home, entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The name behind each reference, the last added last."""
    by_reference = {}
    for entry in with_accounts(home, entries):
        if entry.get("what") == ADD and "user" in entry:
            # Entries of before there were accounts have a record of their own, or nothing.
            digest = str(entry.get(ACCOUNT) or entry.get("record") or entry["entry"])
            letters = digest[:REFERENCE_DIGITS].translate(LETTERS)
            by_reference[f"{PAGE}{letters}"] = str(entry["user"])
    return by_reference


def _lines(path: Path) -> dict[str, dict[str, Any]]:
    """The lines that can be read, by digest."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KeyFileError(
            message("not readable: {error}", error=system_text(error)),
            str(path),
            message("restore it from a copy"),
        ) from error
    lines = {}
    for line in content.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            lines[sha256(line).hexdigest()] = entry
    return lines
