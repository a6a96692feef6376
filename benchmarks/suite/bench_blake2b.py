"""BLAKE2b of Arrow rows beside hashlib, a row at a time: its naive twin."""

import hashlib

import polars as pl
import pytest

from doisoat.engine.arrow.blake2b import digest_text

ROWS = 100_000
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def numbers():
    return pl.DataFrame({"number": [f"84{900_000_000 + 7919 * n}" for n in range(ROWS)]})


def by_hashlib(frame):
    digests = [
        hashlib.blake2b(text.encode(), key=KEY, digest_size=16).digest()
        for text in frame["number"].to_list()
    ]
    return [int.from_bytes(d[:8], "big") for d in digests], [
        int.from_bytes(d[8:], "big") for d in digests
    ]


def by_kernel(frame):
    return digest_text(frame, "number", frame.height, KEY)


@pytest.mark.benchmark(group="100,000 pseudonyms")
@pytest.mark.parametrize("digest", [by_kernel, by_hashlib], ids=["kernel", "hashlib"])
def bench_pseudonyms(benchmark, numbers, digest):
    high, low = digest(numbers)
    expected_high, expected_low = by_hashlib(numbers.head(100))
    assert (list(high)[:100], list(low)[:100]) == (expected_high, expected_low)
    benchmark.extra_info.update(events=ROWS, twin=digest is by_hashlib)
    benchmark.pedantic(digest, args=(numbers,), rounds=5, warmup_rounds=1)
