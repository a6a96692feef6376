"""Signing keys: an Ed25519 key in a file of its own, encrypted under a passphrase, mode 0600.

The file is PEM (PKCS 8, encrypted), as openssl reads it, under a few lines that say whose it is. It
never lies in a home: a home knows only the public key.
"""

from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doisoat.engine.keys.keyring import make_private
from doisoat.engine.store.private_file import read_file, refuse_others
from doisoat.errors import KeyFileError, system_text
from doisoat.messages.text import message
from doisoat.settlement.log.note import NAME, Signer, sign

PASSPHRASE_MIN = 8  # characters
FILE_BYTES_MAX = 1 << 14
HEAD = "doisoat signing key: "


class SigningKey(NamedTuple):
    """A key that signs; repr shows nothing secret."""

    signer: Signer
    private: Ed25519PrivateKey

    def sign(self, text: str) -> str:
        """The signed note of a text."""
        return sign(text, self.signer, self.private)

    def __repr__(self) -> str:
        return f"SigningKey({self.signer.name}, {self.signer.key_id})"


def make_signing_key(path: Path, name: str, passphrase: str) -> Signer:
    """Make a key file, whole or not at all; never over one that is there.

    Raises: KeyFileError for a name with blanks or a plus, a short passphrase, a file that is there.
    """
    if NAME.fullmatch(name) is None:
        raise KeyFileError(
            message("{name} cannot be a signer's name", name=repr(name)),
            "NAME",
            message("write 1 to 64 letters without blanks or plus, as in ke-toan-viettel-2021"),
        )
    if len(passphrase) < PASSPHRASE_MIN:
        raise KeyFileError(
            message(
                "the passphrase has fewer than {passphrase_min} characters",
                passphrase_min=PASSPHRASE_MIN,
            ),
            str(path),
            message("choose a longer one: it is all that guards the file once it is copied"),
        )
    key = Ed25519PrivateKey.generate()
    signer = Signer(name, key.public_key().public_bytes_raw())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_private(path, f"{HEAD}{signer.text}\n".encode() + pem)
    except FileExistsError:
        raise KeyFileError(
            message("a file is here already"),
            str(path),
            message("keep it, or give another one with --key"),
        ) from None
    except OSError as error:
        raise KeyFileError(
            message("not writable: {error}", error=system_text(error)),
            str(path),
            message("choose another place for the key"),
        ) from error
    return signer


def read_signer(path: Path) -> Signer:
    """Whose key a file holds, without its passphrase."""
    return _read(path)[0]


def read_signing_key(path: Path, passphrase: str) -> SigningKey:
    """The key of a file.

    Raises: KeyFileError if it is missing, open to others, no key, or under another passphrase.
    """
    signer, pem = _read(path)
    try:
        key = serialization.load_pem_private_key(pem, passphrase.encode())
    except (ValueError, TypeError) as error:
        raise KeyFileError(
            message("the passphrase does not open it, or the file was altered"),
            str(path),
            message("type the passphrase that it was made with, or restore the file from a copy"),
        ) from error
    if (
        not isinstance(key, Ed25519PrivateKey)
        or key.public_key().public_bytes_raw() != signer.public
    ):
        raise KeyFileError(
            message("the key in it is not the one that its first line names"),
            str(path),
            message("restore the file from a copy"),
        )
    return SigningKey(signer, key)


def _read(path: Path) -> tuple[Signer, bytes]:
    content, mode = read_file(
        path, FILE_BYTES_MAX,
        message("give the key's file with --key, or make one: doisoat signer new NAME --key"
" FILE"),
    )  # fmt: skip
    refuse_others(path, mode)
    first, _, pem = content.partition(b"\n")
    head = first.decode("utf-8", "replace")
    if not head.startswith(HEAD):
        raise KeyFileError(
            message("not a signing key of doisoat"),
            str(path),
            message("make one: doisoat signer new NAME"),
        )
    return Signer.parse(head.removeprefix(HEAD), str(path)), pem
