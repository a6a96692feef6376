"""The file of a secret seed: 64 hex digits, as only its owner may read it, outside every home."""

import re
import secrets
from pathlib import Path

from doisoat.engine.keys.keyring import make_private
from doisoat.engine.store.private_file import read_file, refuse_others
from doisoat.errors import KeyFileError, system_text
from doisoat.messages.text import message
from doisoat.settlement.sampling.joint_seed import SEED_BYTES

FORM = re.compile(rb"[0-9a-f]{64}\n?")
READ_BYTES = 100
MEND = message("make one with: doisoat sample seed FILE")


def make_seed(path: Path) -> bytes:
    """A new seed in a file of mode 0600; KeyFileError if one is there, which is not replaced."""
    seed = secrets.token_bytes(SEED_BYTES)
    try:
        make_private(path, f"{seed.hex()}\n".encode("ascii"))
    except FileExistsError:
        raise KeyFileError(
            message("a file is here already; who committed to its seed must reveal it"),
            str(path),
            message("keep it, or give another name"),
        ) from None
    except OSError as error:
        raise KeyFileError(
            message("not writable: {error}", error=system_text(error)),
            str(path),
            message("give the name of a file in a folder"),
        ) from error
    return seed


def read_seed(path: Path) -> bytes:
    """The seed of a file. KeyFileError if it is none, or others may read it."""
    content, mode = read_file(path, READ_BYTES, MEND)
    refuse_others(path, mode)
    if not FORM.fullmatch(content):
        raise KeyFileError(
            message("not {seed_bytes} hex digits", seed_bytes=2 * SEED_BYTES),
            str(path),
            MEND,
        )
    return bytes.fromhex(content.decode("ascii").strip())
