"""Checks each signature in a log: the note, its key, and the text that it signs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doisoat.engine.store.commit import digest_of
from doisoat.errors import DoisoatError
from doisoat.messages.text import halves_of, message
from doisoat.settlement.log.checkpoint import origin_of_leaf, read_checkpoint
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.log.note import Signer, parse
from doisoat.settlement.log.signers import ROTATE, Registry

NOTE = "note"
SIGNED = ("sign", ROTATE)  # entries that must have a note


def parsed(lines: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """The entries that can be read, numbered from 1; a line that death cut short is none."""
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):  # a pack's log may be anything
            continue
        if isinstance(entry, dict):
            yield {**entry, "entry": number}


def signature_faults(
    lines: Sequence[bytes],
    registry: Registry,
    trusted: Mapping[str, Signer] | None = None,
    tree: Tree | None = None,
) -> Iterator[tuple[int, str]]:
    """Of each entry whose signature does not hold: its number, and why.

    Args: lines: of the log; registry: who could sign when, by the log itself; trusted: the keys, by
        key id, that whoever checks holds to be right: None takes the log's word for them; tree:
        over the log, where lines are not all entries (redaction.tree_of).
    """
    tree = tree or Tree(lines)
    for entry in parsed(lines):
        if NOTE in entry or entry.get("what") in SIGNED:
            fault = _fault(entry, tree, registry, trusted)
            if fault is not None:
                yield entry["entry"], fault


def _fault(
    entry: Mapping[str, Any],
    tree: Tree,
    registry: Registry,
    trusted: Mapping[str, Signer] | None,
) -> str | None:
    number = int(entry["entry"])
    where = f"log entry {number}"
    try:
        note = parse(str(entry.get(NOTE, "")), where)
        checkpoint = read_checkpoint(note.text, where)
    except DoisoatError as error:
        fault = halves_of(error.what)
        return message("its note is {fault}", fault=fault)
    in_force = {
        key: registered.signer
        for key, registered in registry.items()
        if registered.is_in_force(number)
    }
    by = note.signed_by(in_force)
    if not by:
        return message("nobody who could sign it then did, or the signature does not hold")
    if trusted is not None and not any(trusted.get(signer.key_id) == signer for signer in by):
        return message("it is signed by {by}, whom you did not name as trusted", by=by[0].label)
    if entry.get("key") not in [signer.label for signer in by]:
        return message(
            "it says that {value} signed it, but {by} did", value=entry.get("key"), by=by[0].label
        )
    if checkpoint.size != number - 1 or checkpoint.root != tree.root(number - 1):
        return message("its checkpoint is not that of the entries before it")
    if checkpoint.origin != origin_of_leaf(tree.levels[0][0]):
        return message("its checkpoint is that of another log")
    signed = {name: value for name, value in entry.items() if name not in ("entry", NOTE)}
    if checkpoint.fields.get("entry") != digest_of(signed):
        return message("it does not say what was signed")
    return None
