"""The process that decodes files of columns: a damaged file ends it, and not its caller.

It reads a request a line on stdin (JSON) and writes, for each, a line on stdout: `{"bytes": n}`
with so many bytes of Arrow IPC behind it, or `{"fault": what, "is_last": …}`. It ends when stdin
does, or after a fault that may have left polars in disorder. It imports polars alone, since every
intake of such a file waits for it to start.
"""

import io
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

# Address space beside that of the file itself: threads and chunks take a fraction of it.
MEMORY_BYTES = 8 << 30
ROW = "doisoat row"
PARQUET, ARROW = "Parquet", "Arrow"
STREAM_END = b"\xff\xff\xff\xff\0\0\0\0"
UPSET = (pl.exceptions.PanicException, MemoryError)  # after these, polars may be in no good state
FAULTS = (pl.exceptions.PolarsError, OSError, *UPSET)


def scan(form: str, path: str | Path) -> pl.LazyFrame:
    """A file of columns, whose name is taken as it stands."""
    if form == PARQUET:
        return pl.scan_parquet(path, glob=False, hive_partitioning=False)
    return pl.scan_ipc(path, glob=False)


def stream(path: str | Path, pieces: Sequence[Sequence[int]]) -> pl.DataFrame:
    """An Arrow stream made of pieces of a file, (offset, size) each, and the mark of its end."""
    content = io.BytesIO()
    with open(path, "rb") as file:
        for offset, size in pieces:
            file.seek(offset)
            content.write(file.read(size))
    content.write(STREAM_END)
    content.seek(0)
    return pl.read_ipc_stream(content)


def texts(names: Sequence[str]) -> list[pl.Expr]:
    """Columns as texts, empty as ''."""
    return [pl.col(name).cast(pl.String).fill_null("") for name in names]


def part(lazy: pl.LazyFrame, names: Sequence[str], start: int, count: int) -> pl.DataFrame:
    """So many rows from `start` on, of columns as texts."""
    return lazy.slice(start, count).select(texts(names)).collect()


def single_rows(lazy: pl.LazyFrame, rows: Sequence[int]) -> pl.DataFrame:
    """Single rows, numbered from 1, of all columns as texts, with their number first."""
    wanted = pl.Series(sorted(rows), dtype=pl.UInt32)
    return (
        lazy.with_row_index(ROW, offset=1)
        .filter(pl.col(ROW).is_in(wanted.implode()))
        .with_columns(pl.exclude(ROW).cast(pl.String))
        .collect()
    )


def whole(lazy: pl.LazyFrame, names: Sequence[str]) -> pl.DataFrame:
    """One row, that hangs on every value of these columns: each of them was decoded."""
    return lazy.select(pl.col(*names).hash().sum()).collect(engine="streaming")


def outline(lazy: pl.LazyFrame) -> pl.DataFrame:
    """One row: how many rows there are, as `ROW`, and a null of each column, for its type."""
    schema = lazy.collect_schema()
    rows = lazy.select(pl.len()).collect().item()
    nulls = [pl.lit(None, dtype=kind).alias(name) for name, kind in schema.items()]
    return pl.DataFrame({ROW: [rows]}).select(ROW, *nulls)


def answer(request: dict[str, Any]) -> pl.DataFrame:
    """What is asked of a file; of a part or a stream, that it can be decoded: its types, no rows.

    Raises: FAULTS, or ends the process, where the file cannot be read.
    """
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = MEMORY_BYTES + request["size"]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    if request["what"] == "stream":
        return stream(request["path"], request["pieces"]).clear()
    lazy = scan(request["form"], request["path"])
    match request["what"]:
        case "outline":
            return outline(lazy)
        case "part":
            return part(lazy, request["names"], request["start"], request["count"]).clear()
        case "whole":
            return whole(lazy, request["names"])
        case _:
            return single_rows(lazy, request["rows"])


def main() -> None:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asked, and ends us.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer
    for line in sys.stdin:
        try:
            buffer = io.BytesIO()
            answer(json.loads(line)).write_ipc(buffer, compression="uncompressed")
        except FAULTS as error:
            is_last = isinstance(error, UPSET)
            out.write(json.dumps({"fault": str(error), "is_last": is_last}).encode() + b"\n")
            if is_last:
                out.flush()
                os._exit(0)  # Threads that panicked are not waited for.
        else:
            content = buffer.getbuffer()
            out.write(json.dumps({"bytes": len(content)}).encode() + b"\n")
            out.write(content)
        out.flush()


if __name__ == "__main__":
    main()
