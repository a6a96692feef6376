"""The same records written in every form that intake reads."""

import gzip
import io
import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from .conftest import USAGE, VOICE

try:
    zstd = import_module("compression.zstd")
except ImportError:
    zstd = import_module("backports.zstd")

COLUMNS = USAGE.split(",")
WIDTH = 24  # characters of a column of fixed width
Records = list[dict[str, Any]]


def text(records: Records) -> bytes:
    lines = [USAGE, *(",".join(record[name] for name in COLUMNS) for record in records)]
    return "".join(f"{line}\n" for line in lines).encode()


def json_lines(records: Records) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


def frame(records: Records) -> pl.DataFrame:
    return pl.DataFrame(records, schema=dict.fromkeys(COLUMNS, pl.String))


def parquet(records: Records) -> bytes:
    return written(frame(records).write_parquet)


def arrow_file(records: Records) -> bytes:
    return written(frame(records).write_ipc)


def arrow_stream(records: Records) -> bytes:
    return written(frame(records).write_ipc_stream)


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def sqlite(records: Records, table: str = "usage") -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f'CREATE TABLE "{table}" ({", ".join(COLUMNS)})')
        places = ", ".join("?" * len(COLUMNS))
        rows = [[record[name] for name in COLUMNS] for record in records]
        connection.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)
        connection.commit()
        return connection.serialize()


def workbook(records: Records) -> bytes:
    return written(lambda buffer: _fill(buffer, records))


def _fill(buffer: io.BytesIO, records: Records) -> None:
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": datetime(2021, 8, 1)})  # or the clock
    sheet = book.add_worksheet("Usage")
    for at, row in enumerate(
        [COLUMNS, *([record[name] for name in COLUMNS] for record in records)]
    ):
        for place, text in enumerate(row):
            sheet.write_string(at, place, text)
    book.close()


def fixed_width(records: Records) -> bytes:
    lines = ("".join(record[name].ljust(WIDTH) for name in COLUMNS) for record in records)
    return "".join(f"{line}\n" for line in lines).encode()


def wide_text(records: Records) -> bytes:
    return text(records).decode().encode("utf-16")


FORMS: dict[str, Callable[[Records], bytes]] = {
    "csv": text,
    "csv.gz": lambda records: gzip.compress(text(records)),
    "csv.zst": lambda records: zstd.compress(text(records)),
    "jsonl": json_lines,
    "jsonl.gz": lambda records: gzip.compress(json_lines(records)),
    "jsonl.zst": lambda records: zstd.compress(json_lines(records)),
    "parquet": parquet,
    "arrow": arrow_file,
    "arrows": arrow_stream,
    "db": sqlite,
    "xlsx": workbook,
    "fixed": fixed_width,
    "utf16": wide_text,
    "cp1258": text,
}
PLACES = ", ".join(
    f"{name}: {at * WIDTH + 1}-{(at + 1) * WIDTH}" for at, name in enumerate(COLUMNS)
)
WORDS = {  # that the layout of the world's mapping needs for a form
    "db": "table: usage",
    "fixed": f'header: "no"\n    characters: {{{PLACES}}}',
    "utf16": "encoding: utf-16",
    "cp1258": "encoding: windows-1258",
}


def records(count: int) -> Records:
    """So many records, each its own: calls, messages, data, and some that are malformed."""
    kinds = (
        {},
        {"kind": "sms", "duration_s": "", "units": "1"},
        {"kind": "data", "duration_s": "", "units": "1048576", "host": "zalo", "other": ""},
        {"started": "2021-02-30 08:00:00.000"},
        {"duration_s": "-7"},
    )
    return [
        {**VOICE, "record_key": f"k{at}", "number": f"8496123{at:04d}", **kinds[at % len(kinds)]}
        for at in range(count)
    ]


def mapping_for(form: str, folder: Path) -> str:
    """The world's mapping; for some forms with words of their own, in the folder."""
    words = WORDS.get(form)
    if words is None:
        return "world"
    path = folder / f"{form}.yaml"
    world = (files("doisoat.engine.intake.mapping") / "mappings" / "world.yaml").read_text("utf-8")
    path.write_text(world.replace("  - name: usage\n", f"  - name: usage\n    {words}\n", 1))
    return str(path)
