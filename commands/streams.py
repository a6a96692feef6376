"""The three streams of a process, whatever it was begun with: closed, or on a disk that is full.

Whoever closes a stream (a service, `2>&-`) wants nothing of it, but Python then has none, and the
system gives its number to the next file that is opened: what a library says would go into the home.
"""

import io
import os
import sys
from typing import Any, TextIO

from doisoat.errors import DoisoatError, system_text
from doisoat.messages.text import message

STDIN, STDOUT, STDERR = range(3)


class OutputError(DoisoatError):
    """What came of a command could not be told; what it did is done."""


def make_ready() -> None:
    """Give the process three streams that behave; to be called once, before anything is opened."""
    for number in (STDIN, STDOUT, STDERR):
        _open_if_closed(number)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(STDIN, closefd=False)), "utf-8")
    sys.stdout = _over(_Output(STDOUT, "w", closefd=False), sys.stdout)
    sys.stderr = _over(_Speech(STDERR, "w", closefd=False), sys.stderr)


def let_go_of_stdout() -> None:
    """Whatever still waits to be written goes nowhere: else Python tries again as it ends."""
    null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(null, STDOUT)
    os.close(null)


class _Output(io.FileIO):
    """Results. A reader who left is another matter, and stays a BrokenPipeError."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(
                message(
                    "{error}: what came of the command could not be told", error=system_text(error)
                ),
                "stdout",
                message(
                    "see what was done: doisoat status, doisoat log show; give stdout another place"
                ),
            ) from error


class _Speech(io.FileIO):
    """What is said beside results: no reason to stop, where nobody can hear it."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(memoryview(data).cast("B"))


def _over(raw: io.FileIO, before: TextIO | None) -> TextIO:
    """Text over a raw stream, as Python had it."""
    buffer = io.BufferedWriter(raw)
    if before is None:
        return io.TextIOWrapper(buffer, "utf-8")
    is_by_line = bool(before.line_buffering) or raw.fileno() == STDERR
    return io.TextIOWrapper(buffer, before.encoding, before.errors, line_buffering=is_by_line)


def _open_if_closed(number: int) -> None:
    try:
        os.fstat(number)
    except OSError:  # The lowest number that is free is taken: this one, those below being open.
        os.open(os.devnull, os.O_RDONLY if number == STDIN else os.O_WRONLY)
