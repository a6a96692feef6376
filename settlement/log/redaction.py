"""The log as outsiders get it: an entry that names a user of the page appears as its digest.

The root of a log is worked out of the digests of its entries (RFC 6962), so it is the same with an
entry or with its digest, and a signature or a paper's checkpoint holds of either. What an entry
says that is left out nobody can tell, though: it might retire a signer. Entries of today name no
user (settlement.access), so no entry may be left out behind one of today: only the entries of
before can be.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from doisoat.settlement.log.journal import FORM, NAMES_NO_USER
from doisoat.settlement.log.merkle import Tree, leaf_hash
from doisoat.settlement.log.signatures import parsed

REDACTED = re.compile(rb'\{"leaf":"([0-9a-f]{64})"\}')


def redacted(lines: Sequence[bytes], numbers: Container[int]) -> list[bytes]:
    """The lines of a log, those of some entries as their digests. Args: numbers: from 1."""
    return [
        b'{"leaf":"%b"}' % leaf_hash(line).hex().encode() if number in numbers else line
        for number, line in enumerate(lines, start=1)
    ]


def tree_of(lines: Iterable[bytes]) -> Tree:
    """The tree over a log, of whose lines some are digests."""
    tree = Tree()
    for line in lines:
        digest = REDACTED.fullmatch(line)
        tree.append_leaf(bytes.fromhex(digest[1].decode()) if digest else leaf_hash(line))
    return tree


def redacted_numbers(lines: Iterable[bytes]) -> list[int]:
    """The entries of a log that are digests, by number from 1."""
    return [number for number, line in enumerate(lines, start=1) if REDACTED.fullmatch(line)]


def names_no_user(entry: Mapping[str, Any]) -> bool:
    """Is it an entry of today, when no entry names a user any more?"""
    form = entry.get(FORM, 1)
    return isinstance(form, int) and form >= NAMES_NO_USER


def may_not_be_redacted(lines: Sequence[bytes]) -> Iterator[int]:
    """Entries that are digests though one of today came before them, by number from 1."""
    since = next((entry["entry"] for entry in parsed(lines) if names_no_user(entry)), None)
    if since is not None:
        yield from (number for number in redacted_numbers(lines) if number > since)
