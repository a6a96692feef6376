"""Who may sign in a home: public keys, as its log tells of them. Nothing secret is here.

A key is added, retired, or replaced by the next one, which it signs; each is an entry of the log. A
signature counts if its key was in force when it was made. Whoever owns the machine can add a key:
an auditor who wants to be sure brings the keys that he trusts.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from doisoat.errors import KeyFileError
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
        what, number = entry.get("what"), int(entry["entry"])
        if what in (RETIRE, ROTATE):
            one = known.get(str(entry["retired"]))
            if one is not None and one.until is None:
                known[one.signer.key_id] = one._replace(until=number)
        if what in (ADD, ROTATE):
            signer = Signer.parse(str(entry["signer"]), f"log entry {number}")
            known.setdefault(signer.key_id, Registered(signer, number, None))
    return known


def in_force(registry: Registry) -> Iterator[Signer]:
    """The signers who may sign the next entry, by name."""
    standing = [one.signer for one in registry.values() if one.until is None]
    yield from sorted(standing, key=lambda signer: (signer.name, signer.key_id))


def check_may_sign(registry: Registry, signer: Signer, where: str) -> None:
    """KeyFileError unless this key may sign now in the home whose signers these are."""
    known = registry.get(signer.key_id)
    if known is None or known.signer != signer:
        names = ", ".join(one.name for one in in_force(registry))
        raise KeyFileError(
            f"{signer.told} không phải người ký của kho này (người ký: {names or 'chưa có'}) |"
            f" {signer.told}"
            f" is no signer of this home (signers: {names or 'none'})",
            where,
            "ký bằng khóa khác, hoặc thêm khóa này: doisoat signer add --key FILE | sign with"
            " another key, or add this one: doisoat signer add --key FILE",
        )
    if known.until is not None:
        raise KeyFileError(
            f"{signer.told} đã thôi ký ở mục {known.until} của nhật ký | {signer.told} was"
            f" retired by entry {known.until} of the log",
            where,
            "ký bằng khóa còn hiệu lực: doisoat signer list | sign with a key in force:"
            " doisoat signer list",
        )


def check_is_new(registry: Registry, signer: Signer) -> None:
    """KeyFileError if a home knows this key already."""
    if signer.key_id in registry:
        raise KeyFileError(
            f"kho này đã biết {signer.told} | {signer.told} is known in this home already",
            signer.name,
            "tạo khóa mới: doisoat signer new NAME --key FILE | make a new key: doisoat signer"
            " new NAME --key FILE",
        )


def may_not(what: str) -> KeyFileError:
    """The refusal of a key that is in force, but not for this."""
    return KeyFileError(
        what,
        "--key",
        "nhờ người ký khác của kho ký: doisoat signer list | have another signer of the home"
        " sign: doisoat signer list",
    )


def named(registry: Registry, name: str) -> Signer:
    """The signer in force of this name or key id; KeyFileError if there is none, or several."""
    found = [one for one in in_force(registry) if name in (one.name, one.key_id)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{one.name} ({one.key_id})" for one in in_force(registry))
    raise KeyFileError(
        f"có nhiều người ký tên {name!r} (người ký: {names or 'chưa có'}) | several signers are"
        f" called {name!r}"
        f" (signers: {names or 'none'})"
        if found
        else f"không có người ký còn hiệu lực tên {name!r} (người ký: {names or 'chưa có'}) | no"
        f" signer in force is called {name!r} (signers: {names or 'none'})",
        name,
        "nêu mã khóa | give the key id"
        if found
        else (
            "thêm trước: doisoat signer add --key FILE | add it first: doisoat signer add"
            " --key FILE"
        ),
    )
