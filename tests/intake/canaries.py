"""A thousand numbers, and a search for them in every form in which bytes may hold a number.

The forms are those of a leak, by whoever made it: decimal with every prefix and grouping, reversed,
UTF-16, hexadecimal, base64 at each alignment, packed decimals with either nibble first, whole
numbers and floating ones in eight bytes, and digests without a key. What is compressed or encoded
(Parquet, DuckDB, workbooks, archives) is opened first.
"""

import base64
import gzip
import hashlib
import io
import random
import struct
import zipfile
from array import array
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import polars as pl

from doisoat.engine.arrow import ArrowTable

COUNT = 1_000
WORD = 8  # every needle is at least as long; its first eight bytes are looked up, then all of it
SMALL = 100_000  # words: fewer are looked up by Python itself
DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha512")
ZSTD = b"\x28\xb5\x2f\xfd"


@cache
def canaries() -> tuple[str, ...]:
    """A thousand mobile numbers, as national digits, that no catalogue, date or constant has."""
    rng = random.Random("canaries")
    heads = ("96", "97", "86", "35", "91", "83", "90", "70", "92", "56")
    found: set[str] = set()
    while len(found) < COUNT:
        found.add(rng.choice(heads) + "".join(rng.choices("0123456789", k=7)))
    return tuple(sorted(found))


def written(number: str) -> list[str]:
    """The texts of a number that a record, a log or a careless message could hold."""
    grouped = [
        f"{sign}{number[:2]}{gap}{number[2:5]}{gap}{number[5:]}"
        for sign in ("0", "+84 ")
        for gap in (" ", ".", "-")
    ]
    return [number, f"0{number}", f"84{number}", f"+84{number}", *grouped]


def needles(number: str) -> Iterator[tuple[str, bytes]]:
    """(form, bytes) of one number; of texts that contain each other only the shortest."""
    for text in written(number):
        plain = text.encode()
        for name in DIGESTS:
            digest = hashlib.new(name, plain).digest()
            yield f"{name} without a key", digest
            yield f"{name} without a key, in hex", digest.hex().encode()
            yield f"{name} without a key, in base64", base64.b64encode(digest)
        for size in (16, 32, 64):
            digest = hashlib.blake2b(plain, digest_size=size).digest()
            yield "blake2b without a key", digest
            yield "blake2b without a key, in hex", digest.hex().encode()
        for shift in range(3):
            yield "base64", in_base64(plain, shift)
    for text in (number, *(text for text in written(number) if number not in text)):
        plain = text.encode()
        yield "decimal", plain
        yield "decimal, reversed", plain[::-1]
        yield "UTF-16", "".join(text).encode("utf-16-le")[:-1]
        yield "UTF-32", "".join(text).encode("utf-32-le")[:-3]
        yield "decimal, in hex", plain.hex().encode()
    for whole in (int(number), int(f"84{number}")):
        yield "a whole number", struct.pack("<q", whole)
        yield "a whole number, the other way", struct.pack(">q", whole)
        yield "a floating number", struct.pack("<d", whole)
        yield "a whole number, in hex", f"{whole:08x}".encode()


def in_base64(plain: bytes, shift: int) -> bytes:
    """The characters that stand for these bytes wherever they begin `shift` bytes into a text."""
    whole = base64.b64encode(bytes(shift) + plain + bytes(3))
    first = -(-shift * 8 // 6)
    return whole[first : (shift + len(plain)) * 8 // 6]


@cache
def _index() -> dict[str, dict[int, list[tuple[str, str, bytes]]]]:
    """By what is searched, bytes or nibbles: the first word of a needle -> what it would be."""
    index: dict[str, dict[int, list[tuple[str, str, bytes]]]] = {
        "bytes": defaultdict(list),
        "nibbles": defaultdict(list),
    }
    for number in canaries():
        for form, needle in needles(number):
            if len(needle) >= WORD:
                index["bytes"][word_of(needle)].append((number, form, needle))
        for text in (f"84{number}", f"0{number}"):
            packed = text.encode()
            index["nibbles"][word_of(packed)].append((number, "packed decimals", packed))
    return index


def word_of(needle: bytes) -> int:
    return int.from_bytes(needle[:WORD], "little")


def search(content: bytes) -> set[tuple[str, str]]:
    """(number, form) of each canary that these bytes hold."""
    nibbles = content.hex().encode()
    swapped = bytearray(len(nibbles))
    swapped[0::2], swapped[1::2] = nibbles[1::2], nibbles[0::2]
    found = _search(content, "bytes") | _search(nibbles, "nibbles")
    return found | {(number, f"{form}, nibbles swapped") for number, form in
                    _search(bytes(swapped), "nibbles")}  # fmt: skip


def _search(content: bytes, view: str) -> set[tuple[str, str]]:
    index, words = _index()[view], array("Q")
    for shift in range(min(WORD, len(content))):
        words.frombytes(content[shift : len(content) - (len(content) - shift) % WORD])
    if len(words) < SMALL:
        hits = index.keys() & set(words)
    else:
        read = pl.DataFrame(ArrowTable({"word": words}))["word"]
        hits = set(read.filter(read.is_in(_words(view).implode())))
    return {
        (number, form) for word in hits for number, form, needle in index[word] if needle in content
    }


@cache
def _words(view: str) -> pl.Series:
    return pl.Series([*_index()[view]], dtype=pl.UInt64)


def contents(root: Path) -> Iterator[tuple[str, bytes]]:
    """(where, bytes) of each file below a folder: its name, itself, and what is packed in it."""
    for path in sorted(root.rglob("*")):
        where = str(path.relative_to(root))
        yield f"the name of {where}", where.encode()
        if path.is_file():
            content = path.read_bytes()
            yield where, content
            yield from _opened(where, path, content)


def _opened(where: str, path: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield f"{where}/{name}", archive.read(name)
    elif content.startswith(b"PAR1"):
        yield f"{where}, its values", _as_text(pl.read_parquet(content))
    elif content[8:12] == b"DUCK":
        with duckdb.connect(str(path), read_only=True) as face:
            tables = face.execute(
                "SELECT table_schema, table_name FROM information_schema.tables"
            ).fetchall()
            for schema, table in tables:
                rows = face.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall()
                yield f"{where}, {schema}.{table}", repr(rows).encode()
    elif content.startswith(b"\x1f\x8b"):
        yield f"{where}, unpacked", gzip.decompress(content)
    elif content.startswith(ZSTD):
        raise AssertionError(f"{where} is packed by zstd: teach this search to open it")


def _as_text(frame: pl.DataFrame) -> bytes:
    """Every value, one after the other; bytes as they are."""
    parts = [b"" if value is None else value if isinstance(value, bytes) else str(value).encode()
             for column in frame.get_columns() for value in column.unique()]  # fmt: skip
    return b"\n".join(parts)
