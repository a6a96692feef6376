"""The log's record of users who may log in; the file of users must agree with it.

The log is told of an act before the file is written. So whoever the file has otherwise than the log
tells of them may not log in: somebody wrote into the file, or the command was killed in between and
is given again. Whom an entry is about, the journal of accounts says (accounts.py); old entries say
it themselves.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from doisoat.engine.store.commit import digest_of
from doisoat.engine.store.home import Home
from doisoat.settlement.access.accounts import ADD, with_accounts
from doisoat.settlement.log import journal
from doisoat.settlement.log.redaction import names_no_user

PASSWORD = "user password"
REMOVE = "user remove"
ACTS = (ADD, PASSWORD, REMOVE)


class LoggedUser(NamedTuple):
    """What an entry tells of a user. sha256: of the record, '' where entries had none yet."""

    role: str
    carrier: str
    sha256: str

    def is_of(self, record: Mapping[str, Any]) -> bool:
        """Is a record of the file the one that was told of?"""
        same = (self.role, self.carrier) == (record["role"], record["carrier"])
        return same and self.sha256 in ("", record_digest(record))


def record_digest(record: Mapping[str, Any]) -> str:
    """SHA-256 of a user's record. It gives no password away: the record has a salt and a mark."""
    return digest_of(dict(record))


def logged_users(entries: Iterable[Mapping[str, Any]]) -> dict[str, list[LoggedUser | None]]:
    """By name what the log told of each user, the last word last; None: removed.

    Args: entries: as `with_accounts` gives them. An act of whose user nothing is known, for its
        line is gone, may have been of anybody: nobody who was let in before it is in any more.
    """
    by_name: dict[str, list[LoggedUser | None]] = {}
    for entry in entries:
        act, name = entry.get("what"), str(entry.get("user", ""))
        if act in ACTS and not name:
            for words in by_name.values():
                words.append(None)
            continue
        if act == ADD:
            role, carrier = str(entry.get("role", "")), str(entry.get("carrier", ""))
            user: LoggedUser | None = LoggedUser(role, carrier, str(entry.get("record", "")))
        elif act == PASSWORD:
            last = next(filter(None, reversed(by_name.get(name, []))), LoggedUser("", "", ""))
            user = last._replace(sha256=str(entry.get("record", "")))
        elif act == REMOVE:
            user = None
        else:
            continue
        by_name.setdefault(name, []).append(user)
    return by_name


def held_to_log(home: Home) -> dict[str, list[LoggedUser | None]]:
    """`logged_users` of the log of a home."""
    return logged_users(with_accounts(home, journal.entries(home)))


def naming_users(entries: Iterable[Mapping[str, Any]]) -> set[int]:
    """The entries of a log, by number, that name a user of the page: all of them old ones."""
    listed = list(entries)
    names = {str(entry["user"]) for entry in listed if "user" in entry}
    return {
        int(entry["entry"])
        for entry in listed
        if not names_no_user(entry) and ("user" in entry or str(entry.get("by", "")) in names)
    }
