"""A tree of digests over relief lines: branches that are equal on two sides need not be read.

Whoever reconciles makes both trees himself, out of the lines; one that the audited party brought
would prove nothing. Leaves are told apart by measure, nature, day (of the line's start), province
(that the reader knows the owner by) and a block of shards; a leaf's lines lie one after the other
in lines.bin, so that one leaf can be read without the next.

A tree is a folder: lines.bin (a record of RECORD a line, little-endian, in the order of KEYS, then
RECORD), leaf.parquet, branch.parquet, tree.json. A leaf's digest is the SHA-256 of its records, a
branch's that of its children's keys and digests.
"""

import hashlib
import json
import mmap
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars as pl

from doisoat.engine import commit
from doisoat.engine.arrow import ArrowTable
from doisoat.engine.columns import Ints
from doisoat.engine.home import SHARDS
from doisoat.errors import StoreError
from doisoat.settlement.duckdb_tables import Capsule, interruptible
from doisoat.settlement.period import MS_PER_DAY
from doisoat.settlement.row_files import PARQUET
from doisoat.settlement.sql_text import path_literal, scan

RECORD = ("owner_hi", "owner_lo", "event_hi", "event_lo", "start_ms", "units", "amount")
RECORD_BYTES = 8 * len(RECORD)
UNSIGNED = RECORD[:4]
KEYS = ("measure", "nature", "day", "province", "block")
LINES_A_LEAF = 32  # about so many, where blocks are chosen by `blocks_for`
ROWS_AT_ONCE = 1 << 20
MEMORY = "4GB"
LEAF = pl.Schema(
    {
        "measure": pl.String(), "nature": pl.String(), "day": pl.Int32(), "province": pl.String(),
        "block": pl.Int32(), "first": pl.Int64(), "rows": pl.Int64(), "digest": pl.Binary(),
    }
)  # fmt: skip
# level: how many of KEYS a branch is told by; what it is not told by is null.
BRANCH = pl.Schema(
    {
        "level": pl.Int32(), **{name: LEAF[name] for name in KEYS[:-1]}, "first": pl.Int64(),
        "children": pl.Int64(), "digest": pl.Binary(),
    }
)  # fmt: skip
FILES = ("branch.parquet", "leaf.parquet")
LINE_KEY = ("event_hi", "event_lo", "measure", "nature")
# A line that the two sides tell differently; of a side that has none of it, null.
DIFFERENCE = pl.Schema(
    {
        **dict.fromkeys(("event_hi", "event_lo"), pl.UInt64()),
        **dict.fromkeys(("measure", "nature"), pl.String()),
        **dict.fromkeys(("owner_hi", "owner_lo"), pl.UInt64()), "start_ms": pl.Int64(),
        **dict.fromkeys(
            (f"{side}_{name}" for side in ("claimed", "recomputed")
             for name in ("lines", "units", "amount")), pl.Int64()),
    }
)  # fmt: skip
OWNER_PROVINCE = ("owner_hi", "owner_lo", "province")


def blocks_for(lines: int, branches: int) -> int:
    """Into how many blocks of shards each province's lines of a day go: a power of two.

    Args: branches: measures × natures × days × provinces with lines, of whom there are the most.
    """
    blocks = 1
    while blocks < SHARDS and lines > branches * blocks * LINES_A_LEAF:
        blocks *= 2
    return blocks


class Tree(NamedTuple):
    """A tree that was made."""

    path: Path
    blocks: int
    lines: int
    root: str  # hex

    @property
    def bytes(self) -> int:
        """Of all its files."""
        return sum(file.stat().st_size for file in self.path.iterdir())


def open_tree(path: Path) -> Tree:
    """Raises: StoreError where there is none."""
    try:
        told = json.loads((path / "tree.json").read_text("utf-8"))
        return Tree(path, told["blocks"], told["lines"], told["root"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            "not a tree of digests", str(path), "reconcile again: it is made of the lines anew"
        ) from error


def build(
    target: Path,
    lines: Sequence[Path],
    owners: pl.DataFrame,
    blocks: int,
    *,
    carrier: str | None = None,
    threads: int = 2,
    progress: Callable[[int], None] = lambda lines: None,
) -> Tree:
    """Make a tree of the lines of Parquet files.

    Args: target: the folder, which is made; lines: with RECORD, measure, nature (and carrier,
        where one is named); owners: OWNER_PROVINCE, an owner once; whoever is not in it has '';
        blocks: of `blocks_for`, the same for both sides; progress: told of lines written.
    """
    with commit.stage(target.parent) as staging, commit.disk_errors(target), interruptible():
        ordered = staging.path / "ordered.parquet"
        leaves = _ordered(ordered, lines, owners, blocks, carrier, threads)
        records = staging.path / "lines.bin"
        with open(records, "wb") as file:
            for frame in _slices(ordered, int(leaves["rows"].sum())):
                file.write(Ints(frame, RECORD))
                progress(frame.height)
        ordered.unlink()
        leaves = _hashed(leaves, records)
        branches = _branches(leaves)
        leaves.write_parquet(staging.path / "leaf.parquet", **PARQUET)
        branches.write_parquet(staging.path / "branch.parquet", **PARQUET)
        root = branches.filter(pl.col("level") == 0)["digest"].item().hex()
        count = int(leaves["rows"].sum())
        commit.write_json(
            staging.path / "tree.json", {"blocks": blocks, "lines": count, "root": root}
        )
        staging.publish(target)
    return Tree(target, blocks, count, root)


def _ordered(
    path: Path,
    lines: Sequence[Path],
    owners: pl.DataFrame,
    blocks: int,
    carrier: str | None,
    threads: int,
) -> pl.DataFrame:
    """Write the lines in the order of a tree; the leaves, without digests."""
    with duckdb.connect(
        config={"temp_directory": str(path.parent), "memory_limit": MEMORY, "threads": threads}
    ) as connection:
        owner = Capsule(owners.select(OWNER_PROVINCE))  # noqa: F841  (DuckDB finds it by this name)
        connection.execute("CREATE TEMP TABLE owner_province AS SELECT * FROM owner")
        connection.execute(
            f"""
            CREATE TEMP VIEW line AS
            SELECT CAST(measure AS VARCHAR) AS measure, CAST(nature AS VARCHAR) AS nature,
                CAST(start_ms // {MS_PER_DAY} AS INTEGER) AS day,
                coalesce(province, '') AS province,
                CAST((owner_hi >> 54) * {int(blocks)} // {SHARDS} AS INTEGER) AS block,
                {", ".join(f"told.{name}" for name in RECORD)}
            FROM {scan(*lines)} AS told
            LEFT JOIN owner_province USING (owner_hi, owner_lo)
            {"WHERE CAST(carrier AS VARCHAR) = getvariable('carrier')" if carrier else ""}
            """
        )
        if carrier:
            connection.execute("SET VARIABLE carrier = ?", [carrier])
        order = ", ".join((*KEYS, *RECORD))
        connection.execute(
            f"COPY (FROM line ORDER BY {order}) TO {path_literal(path)}"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
        keys = ", ".join(KEYS)
        counted = connection.sql(
            f"SELECT {keys}, count(*) AS rows FROM {scan(path)} GROUP BY {keys} ORDER BY {keys}"
        )
        leaves = pl.DataFrame(counted)
    first = pl.col("rows").cum_sum() - pl.col("rows")
    return leaves.with_columns(pl.col("rows").cast(pl.Int64)).with_columns(first=first)


def _slices(path: Path, rows: int) -> Iterator[pl.DataFrame]:
    told = pl.scan_parquet(path, glob=False, hive_partitioning=False).select(RECORD)
    for first in range(0, rows, ROWS_AT_ONCE):
        yield told.slice(first, ROWS_AT_ONCE).collect()


def _hashed(leaves: pl.DataFrame, records: Path) -> pl.DataFrame:
    """The leaves with the digests of their records."""
    with _mapped(records) as held:
        digests = [
            hashlib.sha256(held[first * RECORD_BYTES : (first + rows) * RECORD_BYTES]).digest()
            for first, rows in leaves.select("first", "rows").iter_rows()
        ]
    named = leaves.with_columns(pl.Series("digest", digests, pl.Binary))
    return named.select(pl.col(name).cast(dtype) for name, dtype in LEAF.items())


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap | bytes]:
    """The bytes of a file; an empty one cannot be mapped."""
    with open(path, "rb") as file:
        if not path.stat().st_size:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as held:
            yield held


def _branches(leaves: pl.DataFrame) -> pl.DataFrame:
    """The branches of all levels: 0 is the root, the last has a measure, nature, day, province."""
    below = list(leaves.select(*KEYS, "digest").iter_rows())
    found: list[tuple[object, ...]] = []
    for level in range(len(KEYS) - 1, -1, -1):
        made: list[tuple[Any, ...]] = []
        place = 0
        for own, children in groupby(below, key=lambda row: row[:level]):
            digest, first = hashlib.sha256(), place
            for *_, key, child in children:
                digest.update(str(key).encode() + b"\0" + child)
                place += 1
            said = (*own, *(None,) * (len(KEYS) - 1 - level))
            found.append((level, *said, first, place - first, digest.digest()))
            made.append((*own, digest.digest()))
        below = made
    if not found:
        nothing = (None,) * (len(KEYS) - 1)
        found.append((0, *nothing, 0, 0, hashlib.sha256().digest()))
    return pl.DataFrame(found, BRANCH, orient="row").sort("level", maintain_order=True)


# --- two trees -----------------------------------------------------------------------------------


class Compared(NamedTuple):
    """What differs between two trees. rows: DIFFERENCE, in the order of its columns."""

    rows: pl.DataFrame
    leaves: int  # of both together that were read
    bytes_read: int
    bytes_in_all: int


def compare(claimed: Tree, recomputed: Tree) -> Compared:
    """The lines that only one side has, or that say other units or another amount.

    Raises: StoreError for trees of different blocks, or one whose files are not its own.
    """
    if claimed.blocks != recomputed.blocks:
        raise StoreError(
            f"{claimed.blocks} blocks of shards, {recomputed.blocks} on the other side",
            str(claimed.path), "make both trees with the same number",
        )  # fmt: skip
    sides, whole = (claimed, recomputed), claimed.bytes + recomputed.bytes
    read = sum((one.path / "tree.json").stat().st_size for one in sides)
    if claimed.root == recomputed.root:
        return Compared(pl.DataFrame(schema=DIFFERENCE), 0, read, whole)
    branches = [_read(one, "branch", BRANCH) for one in sides]
    last = [one.filter(pl.col("level") == len(KEYS) - 1) for one in branches]
    odd = _odd(last[0], last[1], KEYS[:-1])
    leaves = [
        _read(one, "leaf", LEAF).join(odd, on=KEYS[:-1], how="semi", maintain_order="left")
        for one in sides
    ]
    read += sum((one.path / name).stat().st_size for one in sides for name in FILES)
    wanted = _odd(leaves[0], leaves[1], KEYS)
    chosen = [one.join(wanted, on=KEYS, how="semi", maintain_order="left") for one in leaves]
    lines = [_lines(one, found) for one, found in zip(sides, chosen, strict=True)]
    read += RECORD_BYTES * sum(one.height for one in lines)
    return Compared(_different(*lines), sum(one.height for one in chosen), read, whole)


def _read(tree: Tree, name: str, schema: pl.Schema) -> pl.DataFrame:
    path = tree.path / f"{name}.parquet"
    try:
        return pl.read_parquet(path, glob=False, hive_partitioning=False).select(schema.names())
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StoreError(
            "not readable as a tree of digests", str(path),
            "reconcile again: it is made of the lines anew",
        ) from error  # fmt: skip


def _odd(one: pl.DataFrame, other: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """The keys of what only one side has, or with another digest."""
    both = one.select(*keys, "digest").join(
        other.select(*keys, "digest"), on=keys, how="full", coalesce=True, suffix="_other"
    )
    return both.filter(pl.col("digest").ne_missing(pl.col("digest_other"))).select(keys)


def _lines(tree: Tree, leaves: pl.DataFrame) -> pl.DataFrame:
    """RECORD, measure and nature of the lines of leaves."""
    with _mapped(tree.path / "lines.bin") as held:
        pieces = [
            held[first * RECORD_BYTES : (first + rows) * RECORD_BYTES]
            for first, rows in leaves.select("first", "rows").iter_rows()
        ]
    count = int(leaves["rows"].sum())
    words = memoryview(b"".join(pieces))
    if len(words) != count * RECORD_BYTES:
        raise StoreError(
            f"lines.bin has {len(words)} bytes where its leaves have {count * RECORD_BYTES}",
            str(tree.path), "reconcile again: it is made of the lines anew",
        )  # fmt: skip
    columns = {
        name: array(
            "Q" if name in UNSIGNED else "q", words.cast("q")[place :: len(RECORD)].tobytes()
        )
        for place, name in enumerate(RECORD)
    }
    keys = leaves.select(pl.col("measure", "nature").repeat_by("rows").explode())
    return pl.DataFrame(ArrowTable(columns)).hstack(keys)


def _different(claimed: pl.DataFrame, recomputed: pl.DataFrame) -> pl.DataFrame:
    """DIFFERENCE of lines; equal ones of both sides fall away, each against one."""
    told = [*RECORD, "measure", "nature"]
    signed = pl.concat([claimed.select(*told, side=pl.lit(1, pl.Int64)),
                        recomputed.select(*told, side=pl.lit(-1, pl.Int64))])  # fmt: skip
    left = signed.group_by(told).agg(pl.col("side").sum()).filter(pl.col("side") != 0)
    sides = []
    for sign in (1, -1):
        own = left.filter(pl.col("side") * sign > 0)
        sides.append(
            own.group_by(LINE_KEY).agg(
                pl.col("owner_hi", "owner_lo", "start_ms").min(),
                (pl.col("side") * sign).sum().alias("lines"),
                (pl.col("units") * pl.col("side") * sign).sum(),
                (pl.col("amount") * pl.col("side") * sign).sum(),
            )
        )
    both = sides[0].join(sides[1], on=LINE_KEY, how="full", coalesce=True, suffix="_recomputed")
    return both.select(
        *LINE_KEY,
        *(pl.coalesce(f"{name}_recomputed", name).alias(name)
          for name in ("owner_hi", "owner_lo", "start_ms")),
        *(pl.col(f"{name}{suffix}").alias(f"{side}_{name}")
          for side, suffix in (("claimed", ""), ("recomputed", "_recomputed"))
          for name in ("lines", "units", "amount")),
    ).cast(DIFFERENCE).sort(DIFFERENCE.names())  # fmt: skip
