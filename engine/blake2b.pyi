from collections.abc import Sequence

from doisoat.engine.arrow import ArrowStream

def digest(data: bytes, key: bytes = b"", digest_bytes: int = 16) -> bytes:
    """BLAKE2b of one message; 1 to 64 bytes, key of at most 64."""

def digest_text(
    source: ArrowStream, name: str, rows: int, key: bytes = b""
) -> tuple[memoryview, memoryview]:
    """16-byte digests of a text column as (hi, lo), uint64 of the digest's bytes big-endian."""

def digest_rows(
    source: ArrowStream, names: Sequence[str], rows: int
) -> tuple[memoryview, memoryview]:
    """16-byte digests of rows: a text as length (uint32) and bytes, an integer as 8 bytes LE."""
