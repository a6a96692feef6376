"""What the log tells of those who may log in, to which the file of users is held.

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


class Told(NamedTuple):
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


def told_of(entries: Iterable[Mapping[str, Any]]) -> dict[str, list[Told | None]]:
    """By name what the log told of each user, the last word last; None: removed.

    Args: entries: as `with_accounts` gives them. An act of whose user nothing is known, for its
        line is gone, may have been of anybody: nobody who was let in before it is in any more.
    """
    found: dict[str, list[Told | None]] = {}
    for entry in entries:
        what, name = entry.get("what"), str(entry.get("user", ""))
        if what in ACTS and not name:
            for words in found.values():
                words.append(None)
            continue
        if what == ADD:
            role, carrier = str(entry.get("role", "")), str(entry.get("carrier", ""))
            told: Told | None = Told(role, carrier, str(entry.get("record", "")))
        elif what == PASSWORD:
            last = next(filter(None, reversed(found.get(name, []))), Told("", "", ""))
            told = last._replace(sha256=str(entry.get("record", "")))
        elif what == REMOVE:
            told = None
        else:
            continue
        found.setdefault(name, []).append(told)
    return found


def held_to_log(home: Home) -> dict[str, list[Told | None]]:
    """`told_of` the log of a home."""
    return told_of(with_accounts(home, journal.entries(home)))


def naming_users(entries: Iterable[Mapping[str, Any]]) -> set[int]:
    """The entries of a log, by number, that name a user of the page: all of them old ones."""
    told = list(entries)
    names = {str(one["user"]) for one in told if "user" in one}
    return {
        int(one["entry"])
        for one in told
        if not names_no_user(one) and ("user" in one or str(one.get("by", "")) in names)
    }
