"""Ctrl-C as the script takes it: at a point where nothing below us breaks by it.

polars, pydantic and DuckDB call Python from Rust and C++. A KeyboardInterrupt in such a call
becomes a panic of the first and another error of the others. The interruption therefore waits until
the main thread has left them.
"""

import atexit
import signal
import sys
from threading import Event
from types import FrameType

RETRY_SECONDS = 0.01
FOREIGN = ("polars", "pydantic")
CALLED_BACK = "__arrow_c_stream__"  # what polars and DuckDB ask of whom they read from
INTERRUPTED = Event()  # someone pressed Ctrl-C: an error of a query that follows is its doing


def wait_out_foreign_code() -> None:
    """Take SIGINT so from now on; to be called once, by the main thread of a process of ours."""
    signal.signal(signal.SIGINT, _interrupt)
    # Raised anew rather than handled here: whoever holds SIGINT back by then must get it.
    signal.signal(signal.SIGALRM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    # What is done is done: an alarm that comes after Python's last breath would kill the process.
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)


def is_of_interruption(error: BaseException) -> bool:
    """Is this what DuckDB makes of Ctrl-C, which came while it was at a query?"""
    is_duckdb_s = type(error).__module__.partition(".")[0] in ("duckdb", "_duckdb")
    return INTERRUPTED.is_set() and (is_duckdb_s or isinstance(error, RuntimeError))


def _interrupt(number: int, frame: FrameType | None) -> None:
    INTERRUPTED.set()
    if isinstance(sys.exc_info()[1], KeyboardInterrupt):
        return  # On its way out; a second one would cut short what cleans up.
    if _is_foreign(frame):
        signal.setitimer(signal.ITIMER_REAL, RETRY_SECONDS)
        return
    raise KeyboardInterrupt


def _is_foreign(frame: FrameType | None) -> bool:
    while frame is not None:
        if (
            frame.f_globals.get("__name__", "").partition(".")[0] in FOREIGN
            or frame.f_code.co_name == CALLED_BACK
        ):
            return True
        frame = frame.f_back
    return False
