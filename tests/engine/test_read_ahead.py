"""Reading ahead: each bucket is begun once, the next ones before they are asked for."""

from threading import Event
from time import monotonic, sleep

import pytest

from doisoat.engine.rating.bucket import AHEAD, ReadAhead


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 4, 1, 3)])
def test_each_bucket_is_begun_once_in_whatever_order_they_are_taken(order):
    begun = []

    def begin(bucket):
        begun.append(bucket)
        return bucket * 10

    with ReadAhead(begin, 5) as ahead:
        assert [ahead.take(bucket) for bucket in order] == [bucket * 10 for bucket in order]
    assert sorted(begun) == [0, 1, 2, 3, 4]


def test_the_next_ones_begin_before_they_are_asked_for_and_no_more():
    begun = []
    with ReadAhead(begun.append, 9) as ahead:
        ahead.take(0)
        since = monotonic()
        while len(begun) < 1 + AHEAD and monotonic() - since < 30:
            sleep(0.001)
        assert begun == list(range(1 + AHEAD))


def test_what_goes_wrong_in_a_bucket_is_raised_where_it_is_taken():
    def begin(bucket):
        if bucket == 1:
            raise OSError("unreadable")
        return bucket

    with ReadAhead(begin, 3) as ahead:
        assert ahead.take(0) == 0
        with pytest.raises(OSError, match="unreadable"):
            ahead.take(1)


def test_leaving_early_begins_nothing_more():
    begun, going = [], Event()

    def begin(bucket):
        begun.append(bucket)
        going.wait(30)

    with ReadAhead(begin, 9):
        going.set()
    count = len(begun)
    sleep(0.05)
    assert len(begun) == count <= AHEAD
