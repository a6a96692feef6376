"""The log of a home as evidence: its root, and proofs that an entry or an older log is in it.

An entry is a whole line of log/journal.jsonl, without its end: also one that death cut short, which
the next writer ended. Entries count from 1, as in audit.event of relief.duckdb. A root on paper
fixes every entry up to its size: proofs tie what is there today to what was printed then.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from doisoat.engine.store.home import Home
from doisoat.errors import StoreError
from doisoat.messages.text import Text, message
from doisoat.settlement.log import journal
from doisoat.settlement.log.merkle import Tree, is_consistent, is_included, leaf_hash

PROOF_VERSION = 1
KEYS = {
    "inclusion": {"entry", "size", "root"},
    "consistency": {"old_size", "old_root", "size", "root"},
}


class Log(NamedTuple):
    """The entries so far, the first at 0, and the tree over them."""

    entries: tuple[bytes, ...]
    tree: Tree

    @property
    def root(self) -> str:
        return self.tree.root().hex()


def read_log(home: Home) -> Log:
    """The log of a home; without entries, if nothing was done to it yet."""
    entries = tuple(journal.lines(home))
    return Log(entries, Tree(entries))


def prove_entry(home: Home, entry: int) -> dict[str, Any]:
    """The proof that an entry, from 1, is in the log as it is now.

    Raises: StoreError if the log has no such entry.
    """
    log = _long_enough(home, entry, message("no entry {entry}", entry=entry))
    subject = {"entry": entry, **_entry_text(log.entries[entry - 1])}
    return _proof("inclusion", log, subject, log.tree.inclusion(entry - 1, len(log.entries)))


def prove_since(home: Home, size: int) -> dict[str, Any]:
    """The proof that the log goes on from what it was when it had `size` entries.

    Raises: StoreError if it never had so many, or they are none.
    """
    log = _long_enough(home, size, message("it never had {size}", size=size))
    subject = {"old_size": size, "old_root": log.tree.root(size).hex()}
    return _proof("consistency", log, subject, log.tree.consistency(size, len(log.entries)))


def _long_enough(home: Home, count: int, absence: Text) -> Log:
    log = read_log(home)
    if not 1 <= count <= len(log.entries):
        raise StoreError(
            message(
                "{absence}: the log has {count} entries", count=len(log.entries), absence=absence
            ),
            str(home.path / journal.JOURNAL),
            message("take a number from doisoat log show"),
        )
    return log


def _proof(
    kind: str, log: Log, subject: Mapping[str, Any], steps: Sequence[bytes]
) -> dict[str, Any]:
    head = {"size": len(log.entries), "root": log.root}
    proof = [step.hex() for step in steps]
    return {"proof_version": PROOF_VERSION, "kind": kind, **subject, **head, "proof": proof}


def read_proof(text: str, where: str) -> dict[str, Any]:
    """A proof as it was printed; StoreError if it is none."""
    try:
        proof = json.loads(text)
    except ValueError as error:
        raise _no_proof(where) from error
    if not isinstance(proof, dict):
        raise _no_proof(where)
    return proof


def _no_proof(where: str) -> StoreError:
    return StoreError(
        message("not a proof of doisoat log prove"),
        where,
        message("take the file as it was printed"),
    )


def is_proved(proof: Mapping[str, Any], where: str) -> bool:
    """Does a proof hold, by itself? Whether its root is the right one, paper or a copy must say.

    Raises: StoreError if it is no proof of ours.
    """
    try:
        if proof["proof_version"] != PROOF_VERSION or not KEYS[proof["kind"]] <= proof.keys():
            raise KeyError("kind")
        steps = [bytes.fromhex(step) for step in proof["proof"]]
        size, root = _whole(proof["size"]), bytes.fromhex(proof["root"])
        if proof["kind"] == "inclusion":
            leaf = leaf_hash(_octets(proof))
            return is_included(leaf, _whole(proof["entry"]) - 1, size, steps, root)
        old = _whole(proof["old_size"]), bytes.fromhex(proof["old_root"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _no_proof(where) from error
    return is_consistent(old[0], size, old[1], root, steps)


def _entry_text(entry: bytes) -> dict[str, str]:
    """The text of an entry; of one that was cut short in a letter its octets."""
    try:
        return {"text": entry.decode("utf-8")}
    except UnicodeDecodeError:
        return {"octets": entry.hex()}


def _octets(proof: Mapping[str, Any]) -> bytes:
    if "octets" in proof:
        return bytes.fromhex(proof["octets"])
    text: str = proof["text"]
    return text.encode("utf-8")


def _whole(number: object) -> int:
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError("a size is a whole number")
    return number
