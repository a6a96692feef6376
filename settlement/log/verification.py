"""A verification as an entry of the log: up to which entry a home was right, when, and by whom.

Only what was right is recorded: a home that is not right may have another log than was written. The
entry proves nothing by itself. Who trusts nobody verifies again; who works with the home sees when
it was last done, and what has been written since.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.log import journal
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.log.published_folder import Verified

VERIFY = "verify"


class Verification(NamedTuple):
    """What the log says of the last verification that was recorded."""

    entry: int
    logged_at: str  # UTC
    who: str
    size: int  # entries of the log that were verified
    since: int  # entries that came after those, and are no verification

    def as_object(self) -> dict[str, Any]:
        return self._asdict()


def record_verification(path: Path, verified: Verified, why: str = "") -> int:
    """Write down that a home was right. Returns: the number of the entry.

    Args: verified: of this home, without findings.
    Raises: StoreError if the log no longer goes on from what was verified, or for a telephone
        number in `why`.
    """
    assert verified.ok, "only what is right is recorded"
    with journal.writer(path, VERIFY) as home:
        lines = journal.lines(home)
        if len(lines) < verified.size or Tree(lines).root(verified.size).hex() != verified.root:
            raise StoreError(
                message("the log is no longer the one that was verified"),
                str(home.path / journal.JOURNAL),
                message("verify again"),
            )
        reason = {"why": why} if why else {}
        new = journal.entry(
            VERIFY, home.path / "home.json", size=verified.size, root=verified.root, **reason
        )
        journal.append(home, new)
        return len(lines) + 1


def last_verification(entries: Sequence[Mapping[str, Any]]) -> Verification | None:
    """The last that entries of a log tell of; None if they tell of none.

    One that is not as they are written, since somebody changed it, is passed over: that the log was
    changed is said of its chain.
    """
    for entry in reversed(entries):
        size = entry.get("size")
        if entry["what"] == VERIFY and isinstance(size, int):
            since = sum(1 for other in entries if other["entry"] > size and other["what"] != VERIFY)
            at, who = str(entry["logged_at"]), str(entry.get("who", ""))
            return Verification(entry["entry"], at, who, size, since)
    return None
