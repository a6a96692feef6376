"""The search for numbers finds each form of each, wherever it lies: a test of a test."""

import base64
import gzip
import hashlib
import io
import json
import random
import struct
import zipfile
import zlib

import duckdb
import polars as pl
import pytest

from .asn1_records import bcd
from .canaries import GAPS, GROUPINGS, canaries, contents, grouped, needles, search
from .forms import frame, sqlite, written, zstd

NUMBERS = canaries()
CANARY = NUMBERS[123]
TEXT = f"84{CANARY}".encode()


def zipped(content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", content)
    return packed.getvalue()


def columns(*values, compression="zstd", form="parquet"):
    """A value among others in a column."""
    table = pl.DataFrame({"x": [*values] * 500})
    return written(lambda file: getattr(table, f"write_{form}")(file, compression=compression))


def record(**changes):
    names = ("record_key", "number", "other")
    return {**dict.fromkeys(frame([]).columns, ""), **dict.fromkeys(names, "x"), **changes}


SWAPPED = bcd(f"84{CANARY}", True)
DIGEST = hashlib.sha256(TEXT).digest()
PLANTS = {
    "84…": b"x" + TEXT + b"y",
    "0…": f"call 0{CANARY}.".encode(),
    "0…, with dots": f"call 0{CANARY[:2]}.{CANARY[2:5]}.{CANARY[5:]}".encode(),
    "+84 …, with spaces": f"+84 {CANARY[:3]} {CANARY[3:6]} {CANARY[6:]}".encode(),
    "in pairs": f"0{CANARY[0]}-{CANARY[1:3]}-{CANARY[3:5]}-{CANARY[5:7]}-{CANARY[7:]}".encode(),
    "as an amount": f"84.{CANARY[:3]}.{CANARY[3:6]}.{CANARY[6:]} đ".encode(),
    "no-break spaces": f"0{CANARY[:2]}\u00a0{CANARY[2:5]}\u00a0{CANARY[5:]}".encode(),
    "UTF-16, at an odd place": b"x" + f"0{CANARY}".encode("utf-16-be"),
    "UTF-32": f"0{CANARY}".encode("utf-32-be"),
    "EBCDIC": f"0{CANARY}".encode("cp037"),
    "reversed": b"-" + TEXT[::-1],
    "hex": b"'" + TEXT.hex().encode(),
    "hex of capitals, at an odd place": b"A" + TEXT.hex().upper().encode(),
    "hex with spaces": TEXT.hex(" ").encode(),
    "hex with colons": SWAPPED.hex(":").encode(),
    "BCD": b"\x00" + bcd(TEXT.decode()) + b"\xff",
    "BCD, of national digits": bcd(f"0{CANARY}"),
    "BCD, at the second nibble": bytes.fromhex(f"f{TEXT.decode()}"),
    "BCD in hex": bcd(TEXT.decode()).hex().encode(),
    "TBCD": b"\x91" + SWAPPED,
    "TBCD, at the second nibble": bcd(f"1{TEXT.decode()}", True),
    "TBCD in hex": SWAPPED.hex().encode(),
    "TBCD in base64": base64.b64encode(b"\xa4\x06" + SWAPPED),
    "TBCD as Python writes it": repr(b"\xa4" + SWAPPED).encode(),
    "TBCD as a list": json.dumps([164, *SWAPPED]).encode(),
    "a whole number": int(TEXT).to_bytes(8, "little"),
    "a whole number in hex": hex(int(TEXT)).encode(),
    "a floating number": struct.pack(">d", int(TEXT)),
    "a digest": DIGEST,
    "a digest cut short": b"x" + hashlib.blake2b(TEXT, digest_size=16).digest()[:8],
    "a digest in hex": hashlib.md5(f"0{CANARY}".encode()).hexdigest().encode(),
    "a digest in base64": base64.b64encode(hashlib.sha1(b"+" + TEXT).digest()),
    "halves of a digest": columns(int.from_bytes(DIGEST[:8], "big"), 7),
    "a whole column": columns(int(CANARY), 7),
    "in a workbook": zipped(f"<t>0{CANARY}</t>"),
    "in a workbook in gzip": gzip.compress(zipped(f"<t>0{CANARY}</t>")),
    "in Parquet by zstd": columns(f"+84{CANARY}", "a"),
    "in Parquet by snappy": columns(f"+84{CANARY}", "a", compression="snappy"),
    "TBCD in Parquet": columns(SWAPPED, b"a"),
    "the name of a column": written(pl.DataFrame({f"0{CANARY}": [1]}).write_parquet),
    "in Arrow by zstd": columns(f"+84{CANARY}", "a", form="ipc"),
    "in Arrow by lz4": columns(f"+84{CANARY}", "a", form="ipc", compression="lz4"),
    "in SQLite": sqlite([record(number=f"0{CANARY}")]),
    "in gzip": gzip.compress(b"log: " + TEXT),
    "in zstd": zstd.compress(b"log: " * 90 + TEXT),
    "in a PDF": b"%PDF-1.7\n1 0 obj\nstream\n" + zlib.compress(b"(0" + TEXT + b")") + b"endstream",
}
for shift in range(3):
    PLANTS[f"base64 of a text, {shift} octets before it"] = (
        b'{"raw": "' + base64.b64encode(b"n" * shift + TEXT + b";") + b'"}'
    )
    PLANTS[f"base64 for addresses, {shift} after it"] = base64.urlsafe_b64encode(
        b"\xff\xfe\xfd" + TEXT + b"\xff" * shift
    ).rstrip(b"=")


@pytest.mark.parametrize("plant", PLANTS)
def test_a_leak_is_found(tmp_path, plant):
    rng = random.Random(plant)
    sound = b"0123456789" * 100 + rng.randbytes(4_000)
    (tmp_path / "sound").write_bytes(sound)
    assert not any(search(content) for _, content in contents(tmp_path))
    leak = PLANTS[plant]
    packed = leak[:4] in (b"PAR1", b"%PDF", b"ARRO") or leak[:2] in (b"PK", b"\x1f\x8b", b"(\xb5")
    at = rng.randrange(len(sound))
    (tmp_path / "leak").write_bytes(leak if packed else sound[:at] + b"|" + leak + b"|")
    found = {number for _, content in contents(tmp_path) for number, _ in search(content)}
    assert found == {CANARY}


@pytest.mark.parametrize("packed", [bcd, lambda text: bcd(text, True)])
def test_packed_numbers_are_told_from_chance(packed):
    """One alone among much that is random is none; two, or one alone, are."""
    much, (one, two) = random.Random("much").randbytes(10**6), NUMBERS[:2]
    assert {number for number, _ in search(packed(f"0{one}"))} == {one}
    assert search(much) == search(much + packed(f"0{one}")) == set()
    found = search(packed(f"0{two}") + much + packed(f"0{one}"))
    assert {number for number, _ in found} == {one, two}


def made_tables(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA calls")
        connection.execute(
            "CREATE TABLE calls.made AS SELECT ? AS number, ? AS raw, ?::BIGINT AS whole,"
            " [?] AS several FROM range(9_000)",
            [f"0{NUMBERS[1]}", bcd(f"84{NUMBERS[2]}", True), int(NUMBERS[3]), f"0{NUMBERS[4]}"],
        )


def made_name(path):
    for number, name in ((1, "0{}.csv"), (2, "folder 84{}")):
        (path.parent / name.format(NUMBERS[number])).mkdir()
    (path.parent / "link").symlink_to(f"/data/0{NUMBERS[3]}")
    path.write_text(f"{NUMBERS[4]}")


@pytest.mark.parametrize("made", [made_tables, made_name])
def test_leaks_into_tables_and_names_are_found(tmp_path, made):
    made(tmp_path / "relief.duckdb")
    found = {number for _, content in contents(tmp_path) for number, _ in search(content)}
    assert found == set(NUMBERS[1:5])


def test_every_form_of_every_number_is_looked_for():
    assert len(set(NUMBERS)) == 1_000
    for number in NUMBERS[::97]:
        assert len(set(grouped(number))) == len(GROUPINGS) * len(GAPS)
        whole = b"\n--\n".join(needle for _, needle in needles(number))
        found = search(whole)
        assert found >= {(number, form) for form, _ in needles(number)}
        assert {other for other, _ in found} == {number}
