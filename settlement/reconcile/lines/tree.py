"""A tree of digests over relief lines: branches that are equal on two sides need not be read.

Whoever reconciles makes both trees himself, out of the lines; one that the audited party brought
would prove nothing. Leaves are told apart by measure, nature, day (of the line's start), home
province and a block of shards, each as the side itself tells it; a leaf's lines lie one after the
other in lines.bin, so that one leaf can be read without the next.

A tree is a folder: lines.bin (a record of RECORD a line, in the order of KEYS, then RECORD),
leaf.bin (a record of LEAF a leaf, in that order), branch.parquet, tree.json; numbers are
little-endian and of 64 bits. A leaf's digest is the SHA-256 of its records, a branch's that of its
children's keys and digests. Neither lines nor leaves are ever held all at once.
"""

import hashlib
import json
import shutil
import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import duckdb
import polars as pl

from doisoat.engine.arrow.columns import Ints
from doisoat.engine.store import commit
from doisoat.engine.store.home import SHARDS
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.database.duckdb_tables import interruptible
from doisoat.settlement.database.sql_text import file_literal, scan
from doisoat.settlement.figures.period import MS_PER_DAY
from doisoat.settlement.figures.row_files import PARQUET

RECORD = ("owner_hi", "owner_lo", "event_hi", "event_lo", "start_ms", "units", "amount")
RECORD_BYTES = 8 * len(RECORD)
KEYS = ("measure", "nature", "day", "home_province", "block")
# first, rows: of its lines in lines.bin; digest_n: the words of its digest.
LEAF = ("block", "first", "rows", "digest_0", "digest_1", "digest_2", "digest_3")
LEAF_BYTES = 8 * len(LEAF)
UNSIGNED = frozenset((*RECORD[:4], *LEAF[3:]))
LEAF_RECORD = struct.Struct("<3q32s")
LINES_FILE, LEAF_FILE, BRANCH_FILE, TREE_FILE = FILES = (
    "lines.bin", "leaf.bin", "branch.parquet", "tree.json",
)  # fmt: skip
LINES_A_LEAF = 32  # about so many, where blocks are chosen by `blocks_for`
LINES_A_PIECE = 1 << 21  # that are sorted in memory at once
MEMORY = "1GB"  # of the pass that lays lines into pieces
# level: how many of KEYS a branch is told by; what it is not told by is null. first: of its
# children, branches of the next level in their order; of the last level, leaves.
BRANCH = pl.Schema(
    {
        "level": pl.Int32(), "measure": pl.String(), "nature": pl.String(), "day": pl.Int32(),
        "home_province": pl.String(), "first": pl.Int64(), "children": pl.Int64(),
        "digest": pl.Binary(),
    }
)  # fmt: skip
LAST_LEVEL = len(KEYS) - 1
MEND = message("reconcile again: it is made of the lines anew")


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
        manifest = json.loads((path / TREE_FILE).read_text("utf-8"))
        return Tree(path, manifest["blocks"], manifest["lines"], manifest["root"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(message("not a tree of digests"), str(path), MEND) from error


def build(
    target: Path,
    lines: Sequence[Path],
    blocks: int,
    *,
    threads: int = 2,
    progress: Callable[[int], None] = lambda lines: None,
) -> Tree:
    """Make a tree of the lines of Parquet files.

    Args: target: the folder, which is made; lines: with RECORD, measure, nature, home_province;
        blocks: of `blocks_for`, the same for both sides; progress: called with lines written.
    """
    with commit.stage(target.parent) as staging, commit.disk_errors(target), interruptible():
        pieces = staging.path / "pieces"
        keys = _in_pieces(pieces, lines, blocks, threads)
        with (
            open(staging.path / LINES_FILE, "wb") as records,
            open(staging.path / LEAF_FILE, "wb") as leaves,
        ):
            writer = _Writer(keys, blocks, records, leaves)
            for frame in _sorted(pieces):
                writer.add(frame)
                progress(frame.height)
            branches = _branches(writer.ended())
        shutil.rmtree(pieces, ignore_errors=True)  # there is none of no lines
        branches.write_parquet(staging.path / BRANCH_FILE, **PARQUET)
        root = branches.filter(pl.col("level") == 0)["digest"].item().hex()
        manifest = {"blocks": blocks, "lines": writer.lines, "root": root}
        commit.write_json(staging.path / TREE_FILE, manifest)
        staging.publish(target)
    return Tree(target, blocks, writer.lines, root)


def _in_pieces(
    folder: Path, lines: Sequence[Path], blocks: int, threads: int
) -> list[tuple[Any, ...]]:
    """Lay the lines into pieces that follow each other in the order of leaves, which are numbered.

    A leaf is in one piece; within it the lines are in no order yet.
    Returns: the keys of each branch of the last level, in their order.
    """
    keys = ", ".join(KEYS[:-1])
    with duckdb.connect(
        config={
            "temp_directory": str(folder.parent), "memory_limit": MEMORY, "threads": threads,
            "preserve_insertion_order": False,
        }
    ) as connection:  # fmt: skip
        connection.execute(
            f"""
            CREATE TEMP VIEW line AS
            SELECT CAST(measure AS VARCHAR) AS measure, CAST(nature AS VARCHAR) AS nature,
                CAST(start_ms // {MS_PER_DAY} AS INTEGER) AS day,
                coalesce(CAST(home_province AS VARCHAR), '') AS home_province,
                CAST((owner_hi >> 54) * {int(blocks)} // {SHARDS} AS BIGINT) AS block,
                {", ".join(RECORD)}
            FROM {scan(*lines)}
            """
        )
        connection.execute(
            f"""
            CREATE TEMP TABLE branch AS
            SELECT {keys}, rows, row_number() OVER in_order - 1 AS place,
                CAST(sum(rows) OVER in_order AS BIGINT) - rows AS before
            FROM (SELECT {keys}, count(*) AS rows FROM line GROUP BY {keys})
            WINDOW in_order AS (ORDER BY {keys})
            """
        )
        connection.execute(
            f"""
            COPY (
                SELECT place * {int(blocks)} + block AS leaf, {", ".join(RECORD)},
                    (before + rows * block // {int(blocks)}) // {LINES_A_PIECE} AS piece
                FROM line JOIN branch USING ({keys})
            ) TO {file_literal(folder)}
            (FORMAT parquet, COMPRESSION uncompressed, PARTITION_BY (piece))
            """
        )
        return connection.execute(f"SELECT {keys} FROM branch ORDER BY place").fetchall()


def _sorted(folder: Path) -> Iterator[pl.DataFrame]:
    """leaf and RECORD of each piece, in the order of a tree; a piece is gone once it was told."""
    pieces = {int(path.name.partition("=")[2]): path for path in folder.glob("piece=*")}
    for _, path in sorted(pieces.items()):
        files = sorted(path.iterdir())
        scanned = pl.scan_parquet(files, glob=False, hive_partitioning=False)
        yield scanned.select("leaf", *RECORD).collect().sort("leaf", *RECORD)
        shutil.rmtree(path)


class _Writer:
    """Writes lines and leaves as they come, and digests the branches of the last level."""

    def __init__(
        self, keys: Sequence[tuple[Any, ...]], blocks: int, records: BinaryIO, leaves: BinaryIO
    ) -> None:
        self.keys, self.blocks, self.records, self.leaves = keys, blocks, records, leaves
        self.lines = self.leaf = self.first = 0
        self.branch = 0
        self.open = hashlib.sha256()
        self.found: list[tuple[Any, ...]] = []  # of BRANCH, without level

    def add(self, frame: pl.DataFrame) -> None:
        """Lines that follow those added before; all of each leaf."""
        records = memoryview(Ints(frame, RECORD)).cast("B")
        self.records.write(records)
        leaf_bytes, at = bytearray(), 0
        for rows, leaf in frame["leaf"].rle().struct.unnest().iter_rows():
            until = at + rows * RECORD_BYTES
            digest = hashlib.sha256(records[at:until]).digest()
            branch, block = divmod(leaf, self.blocks)
            if branch != self.branch:
                self._close(branch)
            self.open.update(_child(block, digest))
            leaf_bytes += LEAF_RECORD.pack(block, self.lines, rows, digest)
            self.lines, self.leaf, at = self.lines + rows, self.leaf + 1, until
        self.leaves.write(leaf_bytes)

    def _close(self, next_: int) -> None:
        children = self.leaf - self.first
        self.found.append((*self.keys[self.branch], self.first, children, self.open.digest()))
        self.branch, self.first, self.open = next_, self.leaf, hashlib.sha256()

    def ended(self) -> list[tuple[Any, ...]]:
        """BRANCH of the last level, without its level."""
        if self.lines:
            self._close(len(self.keys))
        return self.found


def _child(key: object, digest: bytes) -> bytes:
    """What a branch's digest has of a child."""
    return str(key).encode() + b"\0" + digest


def _branches(last: list[tuple[Any, ...]]) -> pl.DataFrame:
    """The branches of all levels, out of those of the last one: 0 is the root."""
    rows: list[tuple[Any, ...]] = [(LAST_LEVEL, *row) for row in last]
    below = [(row[:LAST_LEVEL], row[-1]) for row in last]
    for level in range(LAST_LEVEL - 1, -1, -1):
        parents: list[tuple[tuple[Any, ...], bytes]] = []
        place = 0
        for parent, children in groupby(below, key=lambda entry: entry[0][:level]):
            digest, first = hashlib.sha256(), place
            for key, child in children:
                digest.update(_child(key[level], child))
                place += 1
            keys = (*parent, *(None,) * (LAST_LEVEL - level))
            rows.append((level, *keys, first, place - first, digest.digest()))
            parents.append((parent, digest.digest()))
        below = parents
    if not rows:
        nothing = (None,) * LAST_LEVEL
        rows.append((0, *nothing, 0, 0, hashlib.sha256().digest()))
    return pl.DataFrame(rows, BRANCH, orient="row").sort("level", maintain_order=True)
