"""A queue between threads, in which few entries wait at a time."""

from collections import deque
from collections.abc import Iterator
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """One thread puts, another iterates; at most `most` things wait between them.

    Either may end it: the giver when nothing more comes, the taker when he takes no more.
    """

    def __init__(self, most: int = 1) -> None:
        self.most, self.waiting, self.has_ended = most, deque[T](), False
        self.changed = Condition()

    def put(self, entry: T) -> bool:
        """Give a thing, once there is room for it. False: nobody takes it."""
        with self.changed:
            self.changed.wait_for(lambda: self.has_ended or len(self.waiting) < self.most)
            if not self.has_ended:
                self.waiting.append(entry)
                self.changed.notify_all()
            return not self.has_ended

    def end(self) -> None:
        """Nothing more is put; what waits may still be taken."""
        with self.changed:
            self.has_ended = True
            self.changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.has_ended or self.waiting)
                if not self.waiting:
                    return
                entry = self.waiting.popleft()
                self.changed.notify_all()
            yield entry
            del entry
