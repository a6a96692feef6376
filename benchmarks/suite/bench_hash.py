"""The digest of a shard's stream by the hashes that could make it: docs/adr/0057."""

import hashlib
from random import Random

import pytest

EVENTS = 12_755  # a shard of the default world
CONTENT = Random(2021).randbytes(34 * EVENTS)
OF_ABC = {  # each hash of b"abc", as its specification prints it
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "blake2b": "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
}


@pytest.mark.benchmark(group="digest of a shard of 12,755 events")
@pytest.mark.parametrize("name", OF_ABC)
def bench_digest(benchmark, name):
    algorithm = getattr(hashlib, name)
    assert algorithm(b"abc").hexdigest() == OF_ABC[name]
    benchmark.extra_info.update(events=EVENTS, twin=algorithm is not hashlib.sha256)
    benchmark.pedantic(
        lambda: algorithm(CONTENT).digest(), rounds=50, iterations=10, warmup_rounds=2
    )
