"""The public keys that may sign in a home, as its log lists them. Nothing here is secret.

A key is added, retired, or replaced by the next one, which it signs; each is an entry of the log. A
signature counts if its key was in force when it was made. Whoever owns the machine can add a key:
an auditor who wants to be sure brings the keys that he trusts.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from doisoat.errors import KeyFileError
from doisoat.messages.text import message, message_in
from doisoat.settlement.log.note import Signer

ADD, RETIRE, ROTATE = "signer_add", "signer_retire", "signer_rotate"


class Registered(NamedTuple):
    """A signer of a home: in force after entry `since`, up to entry `until`."""

    signer: Signer
    since: int  # entry of the log, from 1
    until: int | None  # the entry by which it was retired

    def is_in_force(self, entry: int) -> bool:
        """Could it sign an entry of this number?"""
        return self.since < entry and (self.until is None or entry <= self.until)


Registry = Mapping[str, Registered]  # by key id


def registry_of(entries: Iterable[Mapping[str, Any]]) -> dict[str, Registered]:
    """The signers that the entries of a log tell of.

    Raises: KeyFileError for an entry whose key is none.
    """
    known: dict[str, Registered] = {}
    for entry in entries:
        kind, number = entry.get("what"), int(entry["entry"])
        if kind in (RETIRE, ROTATE):
            registered = known.get(str(entry["retired"]))
            if registered is not None and registered.until is None:
                known[registered.signer.key_id] = registered._replace(until=number)
        if kind in (ADD, ROTATE):
            signer = Signer.parse(str(entry["signer"]), f"log entry {number}")
            known.setdefault(signer.key_id, Registered(signer, number, None))
    return known


def in_force(registry: Registry) -> Iterator[Signer]:
    """The signers who may sign the next entry, by name."""
    standing = [registered.signer for registered in registry.values() if registered.until is None]
    yield from sorted(standing, key=lambda signer: (signer.name, signer.key_id))


def check_may_sign(registry: Registry, signer: Signer, where: str) -> None:
    """KeyFileError unless this key may sign now in the home whose signers these are."""
    known = registry.get(signer.key_id)
    if known is None or known.signer != signer:
        names = ", ".join(holder.name for holder in in_force(registry))
        raise KeyFileError(
            message(
                "{signer} is no signer of this home (signers: {names})",
                signer=signer.label,
                names=names or message_in("so far", "none"),
            ),
            where,
            message("sign with another key, or add this one: doisoat signer add --key FILE"),
        )
    if known.until is not None:
        raise KeyFileError(
            message(
                "{signer} was retired by entry {until} of the log",
                signer=signer.label,
                until=known.until,
            ),
            where,
            message("sign with a key in force: doisoat signer list"),
        )


def check_is_new(registry: Registry, signer: Signer) -> None:
    """KeyFileError if a home knows this key already."""
    if signer.key_id in registry:
        raise KeyFileError(
            message("{signer} is known in this home already", signer=signer.label),
            signer.name,
            message("make a new key: doisoat signer new NAME --key FILE"),
        )


def may_not(reason: str) -> KeyFileError:
    """The refusal of a key that is in force, but not for this."""
    return KeyFileError(
        reason,
        "--key",
        message("have another signer of the home sign: doisoat signer list"),
    )


def named(registry: Registry, name: str) -> Signer:
    """The signer in force of this name or key id; KeyFileError if there is none, or several."""
    matches = [signer for signer in in_force(registry) if name in (signer.name, signer.key_id)]
    if len(matches) == 1:
        return matches[0]
    names = ", ".join(f"{signer.name} ({signer.key_id})" for signer in in_force(registry))
    raise KeyFileError(
        message(
            "several signers are called {name} (signers: {names})",
            name=repr(name),
            names=names or message_in("so far", "none"),
        )
        if matches
        else message(
            "no signer in force is called {name} (signers: {names})",
            name=repr(name),
            names=names or message_in("so far", "none"),
        ),
        name,
        message("give the key id")
        if matches
        else (message("add it first: doisoat signer add --key FILE")),
    )
