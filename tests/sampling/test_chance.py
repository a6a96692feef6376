"""Chance is SHA-256 of stated bytes: whoever reads docs/sampling.md draws the same."""

import hashlib
from collections import Counter

import pytest

from doisoat.settlement.sampling.joint_seed import Stream, commitment_of, joint_seed

SEED = bytes(range(32))
SAMPLE = "0" * 32
FRAME = "1" * 64


def sha256(text):
    return hashlib.sha256(text.encode("utf-8"))


def test_a_commitment_is_of_the_stated_bytes_and_bound_to_sample_and_party():
    told = sha256(f"doisoat sample commitment 1\n{SAMPLE}\nviettel\n{SEED.hex()}\n").hexdigest()
    assert commitment_of(SAMPLE, "viettel", SEED) == told
    assert told not in (
        commitment_of(SAMPLE, "ministry", SEED), commitment_of("1" + SAMPLE[1:], "viettel", SEED)
    )  # fmt: skip


def test_the_joint_seed_is_of_the_stated_bytes():
    seeds = {"ministry": SEED, "viettel": SEED[::-1]}
    told = sha256(
        f"doisoat sample joint seed 2\n{SAMPLE}\n{FRAME}\nministry\n{SEED.hex()}\nviettel\n"
        f"{SEED[::-1].hex()}\n"
    ).digest()
    assert joint_seed(SAMPLE, FRAME, ("ministry", "viettel"), seeds) == told
    # The same seeds draw something else of another frame.
    assert joint_seed(SAMPLE, "2" * 64, ("ministry", "viettel"), seeds) != told


def test_a_stream_is_of_the_stated_bytes():
    blocks = [
        int(sha256(f"doisoat sample stream 1\n{SEED.hex()}\nmus\n{place}\n").hexdigest(), 16)
        for place in range(3)
    ]
    stream = Stream(SEED, "mus")
    assert [stream.below(10**12) for _ in blocks] == [block % 10**12 for block in blocks]


def test_what_would_favour_some_is_passed_over():
    """Of a limit just above half of all blocks, one that lies beyond it is not folded back."""
    limit = (1 << 255) + 1
    blocks = (
        int(sha256(f"doisoat sample stream 1\n{SEED.hex()}\nx\n{place}\n").hexdigest(), 16)
        for place in range(100)
    )
    kept = [block for block in blocks if block < limit]
    assert 20 < len(kept) < 80
    stream = Stream(SEED, "x")
    assert [stream.below(limit) for _ in kept] == kept


@pytest.mark.parametrize("limit", [2, 3, 7])
def test_each_number_comes_as_often_as_another(limit):
    stream, count = Stream(SEED, f"limit {limit}"), 6_000
    found = Counter(stream.below(limit) for _ in range(count))
    assert set(found) == set(range(limit))
    # Six standard deviations: one seed in a thousand million fails.
    assert all(abs(one - count / limit) < 6 * (count / limit) ** 0.5 for one in found.values())


def test_every_set_of_places_comes_as_often_as_another():
    found = Counter(tuple(Stream(SEED, str(n)).places(2, 4)) for n in range(6_000))
    assert len(found) == 6 and all(abs(one - 1_000) < 6 * 1_000**0.5 for one in found.values())


def test_places_are_different_and_in_order():
    places = Stream(SEED, "all").places(50, 50)
    assert places == list(range(50))
    with pytest.raises(ValueError):
        Stream(SEED, "all").places(51, 50)
