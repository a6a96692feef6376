"""Reads private files that only their owner may read: keys and seeds."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from doisoat.errors import KeyFileError, system_text
from doisoat.messages.text import message

OTHERS_BITS = 0o077


class Opened(NamedTuple):
    """What a file holds, and who may read it besides."""

    content: bytes
    mode: int


def read_file(path: Path, bytes_max: int, mend: str) -> Opened:
    """The first bytes of a file that is one, with its mode as it was when it was opened.

    Args: mend: how to come by such a file.
    Raises: KeyFileError for what cannot be read, or is a pipe, a folder or a device.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise KeyFileError(
            message("not readable: {error}", error=system_text(error)), str(path), mend
        ) from error
    with open(number, "rb") as file:
        about = os.fstat(number)
        if not stat.S_ISREG(about.st_mode):
            raise KeyFileError(message("not a file"), str(path), mend)
        return Opened(file.read(bytes_max), about.st_mode)


def refuse_others(path: Path, mode: int) -> None:
    """KeyFileError for a file that others than its owner could read."""
    if mode & OTHERS_BITS:
        raise KeyFileError(
            message("its mode is {mode}: others could read it", mode=f"{mode & 0o777:o}"),
            str(path),
            message("let its owner alone read it: chmod 600 {path}", path=path),
        )
