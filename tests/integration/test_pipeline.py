"""Buckets are rated, merged and written at once: whatever waits, the same bytes; few at a time.

For a thousand times: python -m tests.long_pipeline.
"""

import random
import threading
import time
from collections import Counter

import pytest

from doisoat.engine.files import blocks
from doisoat.engine.usage import usage
from tests.integration.conftest import WORLD, done
from tests.pipes import pipe_of, through

THREADS = 2


@pytest.fixture(scope="module")
def pipe(settled):
    return pipe_of(settled[0])


@pytest.mark.parametrize("seed", range(20))
def test_random_delays_change_no_byte(pipe, tmp_path, seed):
    drawn = random.Random(seed)

    def at_border(stage, place):
        time.sleep(drawn.randrange(1_000) / 1e6)

    assert through(pipe, tmp_path, at_border, 1 + seed % 4) == (pipe.digest, pipe.files)


def test_buckets_of_many_blocks_change_no_byte(pipe, tmp_path, monkeypatch):
    """A large bucket is rated in pieces: as blocks, where they lie so, or as ranges of shards."""
    monkeypatch.setattr(usage, "MERGED_ROWS", 300)
    found = through(pipe, tmp_path)
    assert found == (pipe.digest, pipe.files)
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 500)  # of what is written
    home = tmp_path / "home"
    done("simulate", *WORLD, "--home", home)
    assert done("settle", "--home", home)["digest"] == pipe.digest
    cut = pipe_of(home)
    assert cut.files == pipe.files
    (part,) = cut.task.usage
    written = [blocks.places_of(path) for path in sorted(part.path.glob("narrow=*"))]
    assert all(len(places) > 3 for places in written)
    assert done("store", "check", "--home", home)["ok"]


class Watched:
    """Counts the buckets that each stage has begun; one place of one stage is slow."""

    def __init__(self, stage, place):
        self.slow, self.begun, self.lock = (stage, place), Counter(), threading.Lock()
        self.most = {"rate": 0, "merge": 0}  # ahead of the stage that follows

    def __call__(self, stage, place):
        with self.lock:
            self.begun[stage] += 1
            for one, other in (("rate", "merge"), ("merge", "line")):
                self.most[one] = max(self.most[one], self.begun[one] - self.begun[other])
        if (stage, place) == self.slow:
            time.sleep(0.3)


@pytest.mark.parametrize("slow", [("rate", 0), ("rate", 5), ("line", 0)])
def test_a_slow_bucket_is_waited_for_and_few_are_held(pipe, tmp_path, slow):
    watched = Watched(*slow)
    assert through(pipe, tmp_path, watched, THREADS) == (pipe.digest, pipe.files)
    buckets = pipe.task.home.buckets
    assert watched.begun["rate"] == watched.begun["merge"] == buckets
    assert buckets > THREADS + 1 >= watched.most["rate"] > 1
    # The one that is written, one that waits, and one that is summed meanwhile.
    assert watched.most["merge"] <= 3


@pytest.mark.parametrize("stage", ["read", "rate", "merge", "line", "closing"])
def test_whatever_fails_is_told_and_leaves_no_thread(pipe, tmp_path, stage):
    before = threading.active_count()

    def at_border(name, place):
        if name == stage and place == 1:
            raise ValueError(f"{stage} failed")

    with pytest.raises(Exception, match=f"{stage} failed"):
        through(pipe, tmp_path, at_border)
    assert threading.active_count() == before
