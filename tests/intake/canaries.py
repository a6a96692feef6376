"""A thousand numbers, and a search for them in every form in which bytes may hold a number.

The forms are those of a leak, by whoever made it: digits with every prefix and grouping, reversed,
of two or four bytes each, in EBCDIC, packed in either order of nibbles, whole and floating numbers
of eight bytes, digests without a key; all of it also in hexadecimal and base64. What is compressed
or encoded (Parquet, Arrow, DuckDB, workbooks, PDF, gzip, zstd) is opened first.
"""

import gzip
import hashlib
import io
import random
import re
import struct
import zipfile
import zlib
from array import array
from base64 import urlsafe_b64decode
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable

from .asn1_records import bcd
from .forms import zstd

COUNT = 1_000
WORD = 8  # every needle is at least as long; its first eight bytes are looked up, then all of it
SMALL = 10_000  # words: fewer are looked up by Python itself
BATCH_BYTES = 4 << 20
CHANCE_MAX = 1e-5  # of a number that stands among random nibbles
GROUPINGS = ((2, 3, 4), (3, 3, 3), (2, 4, 3), (3, 2, 2, 2), (1, 2, 2, 2, 2), (2, 7), (3, 6))
GAPS = (" ", ".", "-", ",", "\u00a0")
DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2s")
BLAKE2B_SIZES = (8, 16, 20, 32, 64)
# Halves of digests have twenty digits, among which nine of a number are met by chance.
PLAIN_MAX = 10**12
PACKED = {"packed digits": 11, "packed national digits": 10}  # 84… and 0…: nibbles
EMPTY_KEPT = 63  # octets: longer than any needle
EMPTY = re.compile(rb"\0{%d,}" % (EMPTY_KEPT + 1))  # as databases leave between their pages
ENCODED = {
    "hex": re.compile(rb"[0-9A-Fa-f]{10,}|[0-9A-Fa-f]{2}(?:[ :][0-9A-Fa-f]{2}){4,}"),
    "base64": re.compile(rb"[A-Za-z0-9+/_-]{8,}"),
}
OF_HEX = re.compile(rb"[0-9a-f-]+")

Found = set[tuple[str, str]]
Index = dict[int, list[tuple[str, str, bytes]]]


@cache
def canaries() -> tuple[str, ...]:
    """A thousand mobile numbers, as national digits, that no catalogue, date or constant has."""
    rng = random.Random("canaries")
    heads = ("96", "97", "86", "35", "91", "83", "90", "70", "92", "56")
    found: set[str] = set()
    while len(found) < COUNT:
        found.add(rng.choice(heads) + "".join(rng.choices("0123456789", k=7)))
    return tuple(sorted(found))


def grouped(number: str) -> Iterator[str]:
    """The national digits as people write them: what stands before them does not matter."""
    for sizes in GROUPINGS:
        ends = [sum(sizes[:at]) for at in range(len(sizes) + 1)]
        parts = [number[begin:end] for begin, end in pairwise(ends)]
        yield from (gap.join(parts) for gap in GAPS)


def needles(number: str) -> Iterator[tuple[str, bytes]]:
    """(form, bytes) of one number."""
    yield "digits", number.encode()
    yield "digits, reversed", number[::-1].encode()
    yield "digits of two bytes", number.encode("utf-16-le")[:-1]
    yield "digits of four bytes", number.encode("utf-32-le")[:-3]
    yield "digits in EBCDIC", number.encode("cp037")
    for text in grouped(number):
        yield "grouped digits", text.encode()
    whole = (int(number), int(f"84{number}"))
    for value in whole:
        yield "a whole number", struct.pack("<q", value)
        yield "a whole number, the other way", struct.pack(">q", value)
        yield "a floating number", struct.pack("<d", value)
        yield "a floating number, the other way", struct.pack(">d", value)
        yield "a whole number, in hex", f"{value:08x}".encode()
    for text in (number, f"0{number}", f"84{number}", f"+84{number}"):
        plain = text.encode()
        digests = [hashlib.new(name, plain).digest() for name in DIGESTS]
        digests += [hashlib.blake2b(plain, digest_size=size).digest() for size in BLAKE2B_SIZES]
        for digest in digests:  # Also cut short, and as halves of a table's rows.
            yield "a digest without a key", digest[:WORD]
            yield "a digest without a key, the other way", digest[:WORD][::-1]
    for text in (f"0{number}", f"84{number}"):
        for form, packed in (("", bcd(text)), (", nibbles swapped", bcd(text, True))):
            shown = repr(packed)[2:-1].encode()
            if len(shown) >= WORD:  # Else none of them is escaped: they are searched as they are.
                yield f"packed digits{form}, as Python writes bytes", shown
            yield f"packed digits{form}, as a list", repr(list(packed))[1:-1].encode()


@cache
def _index() -> dict[str, Index]:
    """By what is searched, bytes or nibbles: the first word of a needle -> what it would be."""
    index: dict[str, Index] = {"bytes": defaultdict(list), "nibbles": defaultdict(list)}
    for number in canaries():
        for form, needle in needles(number):
            assert len(needle) >= WORD, form
            index["bytes"][_word(needle)].append((number, form, needle))
        for form, size in PACKED.items():
            packed = (f"84{number}" if size == 11 else f"0{number}").encode()
            index["nibbles"][_word(packed)].append((number, form, packed))
    return index


def _word(needle: bytes) -> int:
    return int.from_bytes(needle[:WORD], "little")


def leaks(found: Iterable[tuple[str, bytes]]) -> dict[tuple[str, str], int]:
    """By where and in which form: how many numbers are there, of all (where, bytes).

    Bytes that are given again are searched once; many are searched at once, then each alone where
    there is something among them.
    """
    seen: set[bytes] = set()
    batch: list[tuple[str, bytes]] = []
    counted: Counter[tuple[str, str]] = Counter()
    for where, content in found:
        digest = hashlib.sha256(content).digest()
        if digest not in seen:
            seen.add(digest)
            batch.append((where, EMPTY.sub(bytes(EMPTY_KEPT), content)))
        if sum(len(content) for _, content in batch) > BATCH_BYTES:
            counted += _of_batch(batch)
            batch = []
    return dict(counted + _of_batch(batch))


def _of_batch(batch: list[tuple[str, bytes]]) -> Counter[tuple[str, str]]:
    if not search(b"\n".join(content for _, content in batch), is_chance_told=True):
        return Counter()
    return Counter((where, form) for where, content in batch for _, form in search(content))


def search(content: bytes, is_chance_told: bool = False) -> Found:
    """(number, form) of each canary that these bytes hold, as they are and decoded."""
    found = _in_order(content, is_chance_told)
    for form, pattern in ENCODED.items():
        runs = b"\n".join(_decoded(form, pattern.findall(content)))
        inners = _in_order(runs, is_chance_told)
        found |= {(number, f"{inner}, in {form}") for number, inner in inners}
    return found


def _in_order(content: bytes, is_chance_told: bool) -> Found:
    """In bytes, and in their nibbles in either order."""
    nibbles = content.hex().encode()
    swapped = bytearray(len(nibbles))
    swapped[0::2], swapped[1::2] = nibbles[1::2], nibbles[0::2]
    found = _look(content, "bytes")
    for order, packed in (("", nibbles), (", nibbles swapped", bytes(swapped))):
        held = _look(packed, "nibbles")
        if not is_chance_told:
            held = _beyond_chance(held, len(packed))
        found |= {(number, f"{form}{order}") for number, form in held}
    return found


def _beyond_chance(found: Found, places: int) -> Found:
    """A leak leaves many numbers or little else: one alone, packed, in much else is chance."""
    forms = Counter(form for _, form in found)
    return {
        (number, form)
        for number, form in found
        if forms[form] > 1 or places * COUNT / 16 ** PACKED[form] <= CHANCE_MAX
    }


def _decoded(form: str, runs: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of texts, wherever in them the first of these begins."""
    for run in set(runs):
        if form == "hex":
            digits = run.replace(b" ", b"").replace(b":", b"").decode()
            yield bytes.fromhex(digits[: len(digits) // 2 * 2])
            yield bytes.fromhex(digits[1 : 1 + (len(digits) - 1) // 2 * 2])
        elif not OF_HEX.fullmatch(run):  # Those are ids and digests, by the hundred thousand.
            text = run.translate(bytes.maketrans(b"+/", b"-_"))
            for shift in range(4):
                yield urlsafe_b64decode(text[shift : shift + (len(text) - shift) // 4 * 4])
                whole = text[shift:]
                if len(whole) % 4 > 1:  # The last digits may stand in what is no whole group.
                    yield urlsafe_b64decode(whole + b"A" * (4 - len(whole) % 4))


def _look(content: bytes, view: str) -> Found:
    index, words, begins = _index()[view], array("Q"), []
    for shift in range(min(WORD, len(content))):
        begins.append(len(words))
        words.frombytes(content[shift : len(content) - (len(content) - shift) % WORD])
    if len(words) < SMALL:
        near = index.keys() & set(words)
        return {(n, f) for word in near for n, f, needle in index[word] if needle in content}
    read = pl.DataFrame(ArrowTable({"word": words}))["word"]
    found = set()
    for at in read.is_in(_words(view).implode()).arg_true():
        shift = bisect_right(begins, at) - 1
        place = shift + (at - begins[shift]) * WORD
        found |= {(n, f) for n, f, needle in index[words[at]] if content.startswith(needle, place)}
    return found


@cache
def _words(view: str) -> pl.Series:
    return pl.Series([*_index()[view]], dtype=pl.UInt64)


# --- What is searched ----------------------------------------------------------------------------


def contents(root: Path) -> Iterator[tuple[str, bytes]]:
    """(where, bytes) of each file below a folder: its name, itself, and what is packed in it."""
    for path in sorted(root.rglob("*")):
        yield from of_file(path, str(path.relative_to(root)))


def of_file(path: Path, where: str) -> Iterator[tuple[str, bytes]]:
    yield f"the name of {where}", where.encode()
    if path.is_symlink():
        yield f"what {where} points to", str(path.readlink()).encode()
    elif path.is_file():
        content = path.read_bytes()
        yield where, content
        if content[8:12] == b"DUCK":
            yield from _tables(where, path)
        else:
            yield from _opened(where, content)


def _opened(where: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """What is packed in it, and in that."""
    unpacked: dict[str, bytes] = {}
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = {name: archive.read(name) for name in archive.namelist()}
    elif content.startswith(b"PAR1"):
        yield f"{where}, its values", _values(pl.read_parquet(content))
    elif content.startswith(b"ARROW1"):
        yield f"{where}, its values", _values(pl.read_ipc(content))
    elif content.startswith(b"\x1f\x8b"):
        unpacked = {"unpacked": gzip.decompress(content)}
    elif content.startswith(b"\x28\xb5\x2f\xfd"):
        unpacked = {"unpacked": zstd.decompress(content)}
    elif content.startswith(b"%PDF"):
        streams = re.findall(rb"stream\r?\n(.*?)endstream", content, re.S)
        unpacked = {f"stream {at}": _inflated(one) for at, one in enumerate(streams)}
    for name, inner in unpacked.items():
        yield f"{where}/{name}", inner
        yield from _opened(f"{where}/{name}", inner)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:  # Not all are packed, and others are pictures: searched as they are.
        return stream


def _tables(where: str, path: Path) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(str(path), read_only=True) as face:
        columns = face.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal"
            " AND (schema_name, table_name) IN (SELECT (schema_name, table_name) FROM"
            " duckdb_tables())"
        ).fetchall()
        for schema, table, column in columns:
            found = face.execute(f'SELECT DISTINCT "{column}" FROM "{schema}"."{table}"').fetchall()
            yield f"{where}, {schema}.{table}.{column}", _as_text(value for (value,) in found)


def _values(frame: pl.DataFrame) -> bytes:
    names = "\n".join(frame.columns).encode()
    return b"\n".join([names, *(_as_text(c.unique().to_list()) for c in frame.get_columns())])


def _as_text(values: Iterable[Any]) -> bytes:
    """Every value, one after the other; bytes as they are."""
    return b"\n".join(sorted(_plain(value) for value in values if value is not None))


def _plain(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, int) and abs(value) >= PLAIN_MAX:
        return value.to_bytes(8 if -(2**63) <= value < 2**64 else 17, "little", signed=value < 0)
    return str(value).encode()
