"""Work on threads, taken in its order: few results wait, and who ends it leaves nothing running."""

import threading
from contextlib import closing

import pytest

from doisoat.engine.store.ordered_threads import in_turn

THREADS = 2


def test_results_come_in_the_order_of_the_items_however_long_the_first_takes():
    first = threading.Event()

    def work(item):
        if item == 0:
            assert first.wait(10)
        elif item == THREADS:
            first.set()
        return item * item

    assert list(in_turn(work, range(9), THREADS)) == [item * item for item in range(9)]


def test_at_most_one_more_than_the_threads_is_begun_and_not_taken():
    begun, taken = [], 0
    with closing(in_turn(begun.append, range(20), THREADS)) as results:
        for _ in results:
            taken += 1
            assert len(begun) - taken <= THREADS
    assert sorted(begun) == list(range(20))


def test_closing_it_waits_for_what_runs_and_begins_nothing_more():
    ended = []

    def work(item):
        ended.append(item)
        return item

    before = threading.active_count()
    with closing(in_turn(work, range(1_000), THREADS)) as results:
        assert next(results) == 0
    assert threading.active_count() == before
    assert len(ended) <= THREADS + 1


def test_what_fails_fails_in_its_turn():
    def work(item):
        if item == 3:
            raise OSError("disk full")
        return item

    results, got = in_turn(work, range(9), THREADS), []
    with pytest.raises(OSError, match="disk full"), closing(results):
        got.extend(results)
    assert got == [0, 1, 2]
