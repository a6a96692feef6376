"""Signed notes: a text, and under it the signatures of named Ed25519 keys. No I/O in this module.

The form is C2SP's signed-note, which the transparency logs of others use, so that their tools read
ours: the text, an empty line, then a line a signature, "— NAME BASE64(key id ‖ signature)". A
public key travels as its verifier key, "NAME+KEYID+BASE64(01 ‖ key)".
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Self

from doisoat.errors import KeyFileError, StoreError
from doisoat.messages.text import message

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = b"\x01"  # C2SP's number of the algorithm
KEY_BYTES = 32
KEY_ID_BYTES = 4
NAME = re.compile(r"[^\s+]{1,64}")
SIGNATURE = re.compile(r"— (\S+) (\S+)")
MARK = "\n\n"


class Signer(NamedTuple):
    """A public key and what it is called."""

    name: str  # no blanks and no plus
    public: bytes  # KEY_BYTES

    @property
    def key_id(self) -> str:
        """Eight hex digits: the first bytes of SHA-256(name, line end, algorithm, key)."""
        key_octets = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(key_octets).digest()[:KEY_ID_BYTES].hex()

    @property
    def label(self) -> str:
        """What the log and papers call it."""
        return f"{self.name} {self.key_id}"

    @property
    def text(self) -> str:
        """The verifier key: what is given to whoever is to check signatures."""
        return f"{self.name}+{self.key_id}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str, where: str) -> Self:
        """A verifier key as it was given; KeyFileError if it is none, or was mistyped."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        key = _decoded(encoded)
        if NAME.fullmatch(name) and key[:1] == ED25519 and len(key) == 1 + KEY_BYTES:
            signer = cls(name, key[1:])
            if signer.key_id == key_id:
                return signer
        raise KeyFileError(
            message("not a public key of a signer"),
            where,
            message("give it as doisoat signer new printed it: NAME+KEYID+BASE64"),
        )


class Note(NamedTuple):
    """A text, which ends in a line end, and its signatures: (name, key id, signature)."""

    text: str
    signatures: tuple[tuple[str, str, bytes], ...]

    def signed_by(self, signers: Mapping[str, Signer]) -> tuple[Signer, ...]:
        """Who of some signers, by key id, signed it; a signature of another key is passed over.

        A known key's signature that does not hold makes the note nobody's.
        """
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        signatories = []
        for name, key_id, signature in self.signatures:
            signer = signers.get(key_id)
            if signer is None or signer.name != name:
                continue
            try:
                key = Ed25519PublicKey.from_public_bytes(signer.public)
                key.verify(signature, self.text.encode())
            except InvalidSignature:
                return ()
            signatories.append(signer)
        return tuple(signatories)


def sign(text: str, signer: Signer, key: "Ed25519PrivateKey") -> str:
    """The note of a text under one key. The text ends in a line end and has no empty line."""
    if not text.endswith("\n") or MARK in text:
        raise ValueError("the text of a note ends in a line end, and no line of it is empty")
    signature = base64.b64encode(bytes.fromhex(signer.key_id) + key.sign(text.encode())).decode()
    return f"{text}\n— {signer.name} {signature}\n"


def parse(note: str, where: str) -> Note:
    """A note as it was written; StoreError if it is none."""
    text, mark, rest = note.partition(MARK)
    signatures = []
    for line in rest.splitlines():
        match = SIGNATURE.fullmatch(line)
        raw = _decoded(match[2]) if match else b""
        if match is None or len(raw) <= KEY_ID_BYTES:
            raise _no_note(where)
        signatures.append((match[1], raw[:KEY_ID_BYTES].hex(), raw[KEY_ID_BYTES:]))
    if not mark or not signatures or not rest.endswith("\n"):
        raise _no_note(where)
    return Note(text + "\n", tuple(signatures))


def _no_note(where: str) -> StoreError:
    return StoreError(
        message("not a signed note"),
        where,
        message("take it as it was written, to the last line end"),
    )


def _decoded(text: str) -> bytes:
    """What a BASE64 text stands for; nothing, if it is none or not in its one spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""
