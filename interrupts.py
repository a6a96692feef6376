"""Ctrl-C as the script takes it: at a point where nothing below us breaks by it.

polars calls Python from Rust and takes success there for granted, so that a KeyboardInterrupt in
such a call becomes a panic. The interruption therefore waits until the main thread has left polars.
"""

import signal
import sys
from types import FrameType

RETRY_SECONDS = 0.01


def wait_out_polars() -> None:
    """Take SIGINT so from now on; to be called once, by the main thread of a process of ours."""
    signal.signal(signal.SIGINT, _interrupt)
    # Raised anew rather than handled here: whoever holds SIGINT back by then must get it.
    signal.signal(signal.SIGALRM, lambda number, frame: signal.raise_signal(signal.SIGINT))


def _interrupt(number: int, frame: FrameType | None) -> None:
    if isinstance(sys.exc_info()[1], KeyboardInterrupt):
        return  # On its way out; a second one would cut short what cleans up.
    if _in_polars(frame):
        signal.setitimer(signal.ITIMER_REAL, RETRY_SECONDS)
        return
    raise KeyboardInterrupt


def _in_polars(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] == "polars":
            return True
        frame = frame.f_back
    return False
