"""Damaged files of each form that intake reads: the same seed and number, the same bytes."""

import gzip
import io
import random
import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.intake import forms
from tests.intake.asn1_records import Maker, encoded, framed, notices, tap_file, unended
from tests.intake.faults import mutated, scratched, scratched_file

Make = Callable[[int, random.Random], bytes]  # (how many records, chance) to a sound file
SIZES = (1, 6, 25, 120)  # records of a sound file
SOUND = 24  # sound files of a form, to be damaged
HEAD_BYTES, TAIL_SHARE = 256, 4  # where headers and footers lie

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda content: gzip.compress(content, mtime=0),
    "zst": forms.zstd.compress,
}


def _text(count: int, chance: random.Random) -> bytes:
    content = forms.text(forms.records(count))
    return content.replace(b"\n", b"\r\n") if chance.random() < 0.2 else content


def _json_lines(count: int, chance: random.Random) -> bytes:
    return forms.json_lines(forms.records(count))


def _parquet(count: int, chance: random.Random) -> bytes:
    buffer = io.BytesIO()
    forms.frame(forms.records(count)).write_parquet(
        buffer,
        compression=chance.choice(("uncompressed", "snappy", "zstd", "lz4", "gzip")),
        statistics=chance.random() < 0.5,
        row_group_size=chance.choice((None, 10)),
        data_page_size=chance.choice((None, 64)),
    )
    return buffer.getvalue()


def _arrow(count: int, chance: random.Random) -> bytes:
    buffer = io.BytesIO()
    forms.frame(forms.records(count)).write_ipc(
        buffer, compression=chance.choice(("uncompressed", "lz4", "zstd"))
    )
    return buffer.getvalue()


def _arrow_stream(count: int, chance: random.Random) -> bytes:
    buffer = io.BytesIO()
    forms.frame(forms.records(count)).write_ipc_stream(
        buffer, compression=chance.choice(("uncompressed", "lz4", "zstd"))
    )
    return buffer.getvalue()


def _sqlite(count: int, chance: random.Random) -> bytes:
    columns = ", ".join(forms.COLUMNS)
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"PRAGMA page_size = {chance.choice((512, 1024, 4096))}")
        connection.execute(f"CREATE TABLE usage ({columns})")
        connection.executemany(
            f"INSERT INTO usage VALUES ({', '.join('?' * len(forms.COLUMNS))})",
            [[record[name] for name in forms.COLUMNS] for record in forms.records(count)],
        )
        connection.commit()
        return connection.serialize()


def _workbook(count: int, chance: random.Random) -> bytes:
    return forms.workbook(forms.records(count))


def _fixed_width(count: int, chance: random.Random) -> bytes:
    return forms.fixed_width(forms.records(count))


def _wide_text(count: int, chance: random.Random) -> bytes:
    codec = chance.choice(("utf-16-le", "utf-16-be"))
    return "\ufeff".encode(codec) + _text(count, chance).decode().encode(codec)


def _perhaps_unended(data: bytes, chance: random.Random) -> bytes:
    return unended(data, chance.random(), 1) if chance.random() < 0.3 else data


def _tap(count: int, chance: random.Random) -> bytes:
    maker = Maker(chance.random())
    return _perhaps_unended(tap_file([maker.call_event() for _ in range(count)]), chance)


def _nrtrde(count: int, chance: random.Random) -> bytes:
    return _perhaps_unended(notices(count, count), chance)


def _rap(count: int, chance: random.Random) -> bytes:
    about = {"sender": b"VNMVT", "recipient": b"AAA01", "rapFileSequenceNumber": b"00001"}
    kinds = [("fatalReturn", {}), ("severeReturn", {"fileSequenceNumber": b"00007"})]
    details = [chance.choice(kinds) for _ in range(count)]
    batch = ("returnBatch", {"rapBatchControlInfo": about, "returnDetails": details})
    return _perhaps_unended(encoded("File", batch), chance)


def _gateway_records(count: int, chance: random.Random) -> list[bytes]:
    maker = Maker(chance.random())
    return [
        _perhaps_unended(encoded("GPRSRecord", maker.pgw(), "gateway"), chance)
        for _ in range(count)
    ]


def _gateway(count: int, chance: random.Random) -> bytes:
    return b"".join(_gateway_records(count, chance))


def _framed(count: int, chance: random.Random) -> bytes:
    return framed(*_gateway_records(count, chance), release=chance.choice((0x60, 0xE0)))


PLAIN: dict[str, Make] = {
    "csv": _text,
    "jsonl": _json_lines,
    "parquet": _parquet,
    "arrow": _arrow,
    "arrows": _arrow_stream,
    "db": _sqlite,
    "xlsx": _workbook,
    "fixed": _fixed_width,
    "utf16": _wide_text,
    "cp1258": _text,
    "tap": _tap,
    "nrtrde": _nrtrde,
    "rap": _rap,
    "ts32298": _gateway,
    "ts32297": _framed,
}
NAMES = (*PLAIN, *(f"{plain}.{packed}" for plain in ("csv", "jsonl") for packed in PACK))
MAPPINGS = {"tap": "tap", "nrtrde": "tap", "rap": "tap", "ts32298": "ts32298",
            "ts32297": "ts32298"}  # fmt: skip


def mapping_for(form: str, folder: Path) -> str:
    """The mapping by which files of a form are read; one that names a table lies in the folder."""
    return MAPPINGS.get(form) or forms.mapping_for(form, folder)


@cache
def _sound(plain: str) -> tuple[bytes, ...]:
    chance = random.Random(f"sound {plain}")
    return tuple(PLAIN[plain](SIZES[at % len(SIZES)], chance) for at in range(SOUND))


def _somewhere(content: bytes, chance: random.Random) -> bytes:
    """Damaged anywhere, or where a header or a footer lies."""
    damage = chance.choice((mutated, scratched))
    place = chance.randrange(4)
    if place == 0 and len(content) > HEAD_BYTES:
        return damage(content[:HEAD_BYTES], chance) + content[HEAD_BYTES:]
    if place == 1 and len(content) > TAIL_SHARE:
        at = len(content) - len(content) // TAIL_SHARE
        return content[:at] + damage(content[at:], chance)
    return damage(content, chance)


def damaged(form: str, seed: int, number: int) -> bytes:
    """The damaged file of this number; packed ones are damaged before packing, or after."""
    chance = random.Random(f"{seed} {form} {number}")
    plain, _, packed = form.partition(".")
    content = chance.choice(_sound(plain))
    if form == "xlsx" and chance.random() < 0.7:
        return scratched_file(form, content, chance)
    if not packed:
        return _somewhere(content, chance)
    if chance.random() < 0.5:
        return PACK[packed](_somewhere(content, chance))
    return _somewhere(PACK[packed](content), chance)
