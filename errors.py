"""Errors stop a run, each kind with its exit status; what is found in data is a result.

Exit statuses: 0 done, 1 another of our errors (or a traceback), 2 wrong usage, 3 disagreements
found (a result, so no class here has it), then those of the classes below.
"""

import errno
from typing import Any, ClassVar, Final

from doisoat.messages.text import Text, mapped, message

EXIT_USAGE = 2
EXIT_DISAGREEMENTS = 3
FAULTS: Final = {  # in English as the system says it
    errno.ENOENT: message("No such file or directory"),
    errno.ENOSPC: message("No space left on device"),
    errno.EDQUOT: message("Disk quota exceeded"),
    errno.EFBIG: message("File too large"),
    errno.EMFILE: message("Too many open files"),
    errno.ENFILE: message("Too many open files in system"),
    errno.EROFS: message("Read-only file system"),
    errno.EACCES: message("Permission denied"),
    errno.EPERM: message("Operation not permitted"),
    errno.ENOTDIR: message("Not a directory"),
    errno.EISDIR: message("Is a directory"),
    errno.ENAMETOOLONG: message("File name too long"),
    errno.ELOOP: message("Too many levels of symbolic links"),
    errno.EEXIST: message("File exists"),
    errno.EIO: message("Input/output error"),
    errno.EADDRINUSE: message("Address already in use"),
    errno.ECONNREFUSED: message("Connection refused"),
    errno.EPIPE: message("Broken pipe"),
}


def system_text(error: OSError) -> Text:
    """What the system says of an error; of one that FAULTS has not, in English alone."""
    text = error.strerror or str(error)
    fault = FAULTS.get(error.errno or 0)
    return fault if fault is not None and fault.en == text else Text.alike(text)


def without_numbers(text: str) -> str:
    """A message as it may be said and logged: a telephone number that was typed in is masked."""
    from doisoat.telephone import masked  # only for what went wrong

    return mapped(text, lambda part: masked(part, bare=False))


def printable(text: str, kept: str = "") -> str:
    """A text that others wrote, such as a file's name, as a terminal may print it: no escape, no
    line end, no sign that turns the line about; those of `kept` stay."""
    if text.isprintable():
        return text
    return mapped(text, lambda part: "".join(_sign(sign, kept) for sign in part))


def _sign(sign: str, kept: str) -> str:
    if sign.isprintable() or sign in kept:
        return sign
    return sign.encode("unicode_escape").decode()


class DoisoatError(Exception):
    """Base of our errors: what is wrong, where, and how to mend it.

    Each part is a phrase without a full stop; the text of the error adds them. The three are
    positional, because an exception with keyword-only arguments does not unpickle.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, where: str, mend: str) -> None:
        super().__init__(what, where, mend)
        self.what, self.where, self.mend = what, where, mend

    def __str__(self) -> str:
        return f"{self.where}: {self.what}.\n  To mend: {self.mend}."

    def as_object(self) -> dict[str, Any]:
        """The error as `--json` prints it; kinds that know more say more beside `error`."""
        return {"error": {"what": self.what, "where": self.where, "mend": self.mend}}


class CatalogueError(DoisoatError):
    """A catalogue, package, reading, style of papers or settings are not usable as written."""

    exit_code = 4


class IntakeError(DoisoatError):
    """A carrier's file or its mapping, or a line to quote, is missing or not of the agreed form."""

    exit_code = 5


class StoreError(DoisoatError):
    """The home cannot be opened, read or written: no access, disk full, or in use."""

    exit_code = 6


class PeriodError(DoisoatError):
    """The period is not one, or holds nothing to settle, or not the event that is asked for."""

    exit_code = 7


class KeyFileError(DoisoatError):
    """A key is missing, unreadable, open to others, or not one that may do what it is to do."""

    exit_code = 8


class ExecutorError(DoisoatError):
    """Spark, one of its workers or what they share is not there, refuses, or has another build."""

    exit_code = 9


class ConservationError(DoisoatError):
    """Dong appeared or vanished inside doisoat: our bug, so no layer may carry on."""

    exit_code = 70  # EX_SOFTWARE of sysexits.h.


class Interrupted(DoisoatError):
    """Stopped from outside (Ctrl-C) before anything was published."""

    exit_code = 130  # 128 + SIGINT, as shells report it.
