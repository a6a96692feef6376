"""The hashes that a shard's stream may be digested by: docs/adr/0057-sha-256-stays.md."""

import hashlib
from collections.abc import Callable
from importlib.util import find_spec
from typing import Protocol

from doisoat.errors import ExecutorError
from doisoat.said import Said

SHA256, BLAKE3 = "sha256", "blake3"
NAMES = (SHA256, BLAKE3)


class Hash(Protocol):
    """A hash under way, as `hashlib` has them."""

    def update(self, data: bytes | memoryview, /) -> object: ...
    def digest(self) -> bytes: ...
    def hexdigest(self) -> str: ...


Hasher = Callable[..., Hash]  # of what it begins with, if anything


def hasher(name: str) -> Hasher:
    """The hash of a name. Raises: ExecutorError if BLAKE3 is asked for and not installed."""
    if name == SHA256:
        return hashlib.sha256
    if name != BLAKE3:
        raise ValueError(f"no hash of digests is called {name}")
    if find_spec(BLAKE3) is None:
        raise ExecutorError(
            Said("chưa cài gói blake3", "the package blake3 is not installed").both,
            "digest",
            Said(
                "pip install 'doisoat[blake3]', hoặc để mã băm là sha256",
                "pip install 'doisoat[blake3]', or leave the digest to sha256",
            ).both,
        )
    from blake3 import blake3

    made: Hasher = blake3
    return made
