"""Work on threads, whose results come in the order of the work."""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_turn(work: Callable[[T], R], items: Iterable[T], threads: int) -> Generator[R, None, None]:
    """Results in the order of the items, on `threads` threads: at most `threads` + 1 of them are
    begun and not yet taken, however long one takes.

    To be closed by who takes it (contextlib.closing), whatever comes: then what had not begun does
    not begin, and what had is waited for.
    """
    waiting: list[Future[R]] = []
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > threads:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()
