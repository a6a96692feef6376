from collections.abc import Sequence

from doisoat.engine.arrow.arrow import ArrowStream

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

class RowsDigest:
    """One 32-byte digest over the rows of many streams, taken in one after another."""

    def update(self, source: ArrowStream, names: Sequence[str]) -> None:
        """Take in rows of integer columns: 8 bytes a value, little-endian, row by row."""
    def hexdigest(self) -> str:
        """The digest of the rows so far; more may follow."""
