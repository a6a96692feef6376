"""Chance that nobody chose: seeds that both sides commit to before either is known.

Everything is SHA-256 of stated bytes, so whoever has the seeds draws the same sample with any
program. docs/sampling.md says the bytes.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

SEED_BYTES = 32
COMMITMENT_TAG = "doisoat sample commitment 1"
JOINT_TAG = "doisoat sample joint seed 2"
STREAM_TAG = "doisoat sample stream 1"
HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
RANGE = 1 << 256


def commitment_of(sample: str, party: str, seed: bytes) -> str:
    """What a party publishes of its secret seed, bound to the sample and to who commits: hex.

    So a commitment of another sample, or another party's, can't be used again as one's own.
    """
    _check_seed(seed)
    return hashlib.sha256(_text(COMMITMENT_TAG, sample, party, seed.hex())).hexdigest()


def joint_seed(
    sample: str, frame_sha256: str, parties: Sequence[str], seeds: Mapping[str, bytes]
) -> bytes:
    """The seed of the draw, out of those of all parties, in the order that the sample names them.

    Nobody who keeps his own seed secret can be made to draw what another wants. It is bound to the
    whole digest of the frame: the same seeds draw something else of another.
    """
    lines = [JOINT_TAG, sample, frame_sha256]
    for party in parties:
        _check_seed(seeds[party])
        lines += [party, seeds[party].hex()]
    return hashlib.sha256(_text(*lines)).digest()


class Stream:
    """Whole numbers of chance, as many as are asked for: SHA-256 of a counter.

    Streams of one seed under other labels have nothing to do with one another.
    """

    def __init__(self, seed: bytes, label: str) -> None:
        self._start = hashlib.sha256(_text(STREAM_TAG, seed.hex(), label))
        self._blocks = 0

    def below(self, limit: int) -> int:
        """One of 0..limit - 1, each as likely as any other: what would favour some is passed over.

        Args: limit, 1..2**256.
        """
        if not 1 <= limit <= RANGE:
            raise ValueError(f"a number below {limit} can't be drawn")
        fair = RANGE - RANGE % limit
        while True:
            block = self._start.copy()
            block.update(f"{self._blocks}\n".encode("ascii"))
            self._blocks += 1
            number = int.from_bytes(block.digest(), "big")
            if number < fair:
                return number % limit

    def places(self, count: int, of: int) -> list[int]:
        """`count` different places of 0..of - 1, every set of them as likely: in their order.

        Floyd's way, with as many numbers as are drawn.
        """
        if not 0 <= count <= of:
            raise ValueError(f"{count} of {of} can't be drawn")
        taken: set[int] = set()
        for last in range(of - count, of):
            place = self.below(last + 1)
            taken.add(last if place in taken else place)
        return sorted(taken)


def _text(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def _check_seed(seed: bytes) -> None:
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes, not {len(seed)}")
