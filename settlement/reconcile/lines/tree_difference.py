"""Difference of two trees of digests: only branches, leaves and lines that differ are read."""

import mmap
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.reconcile.lines.tree import (
    BRANCH,
    BRANCH_FILE,
    KEYS,
    LAST_LEVEL,
    LEAF,
    LEAF_BYTES,
    LEAF_FILE,
    LINES_FILE,
    MEND,
    RECORD,
    RECORD_BYTES,
    TREE_FILE,
    UNSIGNED,
    Tree,
)

LINE_KEY = ("event_hi", "event_lo", "measure", "nature")
PLACE = ("start_ms", "home_province", "owner_hi", "owner_lo")  # where a side has a line
VALUES = ("lines", "units", "amount")
SIDES = ("claimed", "recomputed")
# A line that the two sides tell differently; of a side that has none of it, null. Of an event that
# a side tells in several places there is a row for each, and one for what it told again. is_again:
# what is claimed was told already: a line that both sides have is of the same owner and moment,
# with the same figures.
DIFFERENCE = pl.Schema(
    {
        **dict.fromkeys(("event_hi", "event_lo"), pl.UInt64()),
        **dict.fromkeys(("measure", "nature"), pl.String()),
        **{
            f"{side}_{name}": kind
            for side in SIDES
            for name, kind in (
                *((value, pl.Int64()) for value in VALUES), ("start_ms", pl.Int64()),
                ("home_province", pl.String()), ("owner_hi", pl.UInt64()),
                ("owner_lo", pl.UInt64()),
            )
        },
        "is_again": pl.Boolean(),
    }
)  # fmt: skip
LEAVES_AT_ONCE = 1 << 19  # of a side
DIGEST = tuple(name for name in LEAF if name.startswith("digest"))


class Compared(NamedTuple):
    """What differs between two trees. rows: DIFFERENCE, in the order of its columns."""

    rows: pl.DataFrame
    leaves: int  # of both together that were read
    bytes_read: int
    bytes_in_all: int


def compare(claimed: Tree, recomputed: Tree) -> Compared:
    """The lines that only one side has, or that say other figures, or are elsewhere.

    Raises: StoreError for trees of different blocks, or one whose files are not its own.
    """
    if claimed.blocks != recomputed.blocks:
        raise StoreError(
            message(
                "{blocks} blocks of shards, {recomputed_blocks} on the other side",
                blocks=claimed.blocks,
                recomputed_blocks=recomputed.blocks,
            ),
            str(claimed.path),
            message("make both trees with the same number"),
        )
    sides, whole = (claimed, recomputed), claimed.bytes + recomputed.bytes
    read = sum((tree.path / TREE_FILE).stat().st_size for tree in sides)
    if claimed.root == recomputed.root:
        return Compared(pl.DataFrame(schema=DIFFERENCE), 0, read, whole)
    read += sum((tree.path / BRANCH_FILE).stat().st_size for tree in sides)
    branches = _differing_branches(*(_branches(tree) for tree in sides))
    frames, leaves = [_NOTHING], 0
    for batch in _batches(branches):
        both_leaves = [_leaves(tree, batch, side) for tree, side in zip(sides, SIDES, strict=True)]
        read += LEAF_BYTES * sum(frame.height for frame in both_leaves)
        wanted = _differing_keys(both_leaves[0], both_leaves[1], ("branch", "block"), DIGEST)
        chosen = [frame.join(wanted, on=["branch", "block"], how="semi") for frame in both_leaves]
        lines = [_lines(tree, of) for tree, of in zip(sides, chosen, strict=True)]
        leaves += sum(frame.height for frame in chosen)
        read += RECORD_BYTES * sum(frame.height for frame in lines)
        frames.append(_left_over(*lines).join(batch.select("branch", *KEYS[:-1]), on="branch"))
    return Compared(_paired(pl.concat([_NOTHING, *frames], how="diagonal")), leaves, read, whole)


def _branches(tree: Tree) -> pl.DataFrame:
    """Those of the last level."""
    path = tree.path / BRANCH_FILE
    try:
        branches = pl.read_parquet(path, glob=False, hive_partitioning=False).select(BRANCH.names())
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StoreError(message("not readable as a tree of digests"), str(path), MEND) from error
    return branches.filter(pl.col("level") == LAST_LEVEL)


def _differing_branches(claimed: pl.DataFrame, recomputed: pl.DataFrame) -> pl.DataFrame:
    """Branches of the last level that differ, numbered: KEYS, and of each side first, children."""
    keys, values = list(KEYS[:-1]), ["first", "children", "digest"]
    by_side = [
        frame.select(*keys, *(pl.col(name).alias(f"{side}_{name}") for name in values))
        for frame, side in zip((claimed, recomputed), SIDES, strict=True)
    ]
    both = by_side[0].join(by_side[1], on=keys, how="full", coalesce=True)
    differing = both.filter(pl.col("claimed_digest").ne_missing(pl.col("recomputed_digest")))
    return differing.sort(keys).with_row_index("branch")


def _batches(branches: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Branches of about LEAVES_AT_ONCE leaves of a side."""
    most = pl.max_horizontal(pl.col(f"{side}_children").fill_null(0) for side in SIDES)
    parts = branches.with_columns(part=most.cum_sum() // LEAVES_AT_ONCE)
    yield from parts.partition_by("part", maintain_order=True, include_key=False)


def _leaves(tree: Tree, branches: pl.DataFrame, side: str) -> pl.DataFrame:
    """LEAF of a side's branches, with `branch`."""
    ranges = branches.select(
        "branch", first=f"{side}_first", rows=f"{side}_children",
    ).drop_nulls()  # fmt: skip
    return _records(tree.path / LEAF_FILE, LEAF, ranges)


def _lines(tree: Tree, leaves: pl.DataFrame) -> pl.DataFrame:
    """RECORD of the lines of leaves, with `branch`."""
    return _records(tree.path / LINES_FILE, RECORD, leaves)


def _records(path: Path, names: Sequence[str], ranges: pl.DataFrame) -> pl.DataFrame:
    """The records of ranges (first, rows) of a file, each with the `branch` of its range."""
    size, count = 8 * len(names), int(ranges["rows"].sum())
    with _mapped(path) as mapped:
        pieces = [
            mapped[first * size : (first + rows) * size]
            for first, rows in ranges.select("first", "rows").iter_rows()
        ]
    words = memoryview(b"".join(pieces))
    if len(words) != count * size:
        raise StoreError(
            message(
                "{path} has {count} bytes where its tree has {count_2}",
                path=path.name,
                count=len(words),
                count_2=count * size,
            ),
            str(path.parent),
            MEND,
        )
    columns = {
        name: array("Q" if name in UNSIGNED else "q", words.cast("q")[at :: len(names)].tobytes())
        for at, name in enumerate(names)
    }
    of = ranges.select(pl.col("branch").repeat_by("rows").explode())
    return pl.DataFrame(ArrowTable(columns)).hstack(of)


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap | bytes]:
    """The bytes of a file; an empty one cannot be mapped."""
    with open(path, "rb") as file:
        if not path.stat().st_size:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
            yield mapped


def _differing_keys(
    claimed: pl.DataFrame, recomputed: pl.DataFrame, keys: Sequence[str], values: Sequence[str]
) -> pl.DataFrame:
    """The keys of what only one side has, or with other values."""
    both = claimed.select(*keys, *values).join(
        recomputed.select(*keys, *values), on=keys, how="full", coalesce=True, suffix="_other"
    )
    differs = (pl.col(name).ne_missing(pl.col(f"{name}_other")) for name in values)
    return both.filter(pl.any_horizontal(differs)).select(keys)


def _left_over(claimed: pl.DataFrame, recomputed: pl.DataFrame) -> pl.DataFrame:
    """Lines without an equal one on the other side; times: how often, below 0 if recomputed."""
    columns = ["branch", *RECORD]
    signed = pl.concat([claimed.select(*columns, times=pl.lit(1, pl.Int64)),
                        recomputed.select(*columns, times=pl.lit(-1, pl.Int64))])  # fmt: skip
    unpaired = signed.group_by(columns).agg(pl.col("times").sum()).filter(pl.col("times") != 0)
    # Figures and moments that both sides state, whichever event it was.
    alike = ["branch", *(name for name in RECORD if not name.startswith("event"))]
    both = recomputed.join(unpaired.filter(pl.col("times") < 0), on=columns, how="anti")
    repeats = both.select(alike).unique().with_columns(is_again=pl.lit(True))
    return unpaired.join(repeats, on=alike, how="left")


_NOTHING = pl.DataFrame(
    schema={
        "branch": pl.UInt32(),
        **{name: pl.UInt64() if name in UNSIGNED else pl.Int64() for name in RECORD},
        "times": pl.Int64(), "is_again": pl.Boolean(),
        **{name: BRANCH[name] for name in KEYS[:-1]},
    }
)  # fmt: skip


def _paired(unpaired: pl.DataFrame) -> pl.DataFrame:
    """DIFFERENCE of unpaired lines: what both sides say of an event stands side by side.

    Where a side tells it in several places, those that both have come first, then in their order.
    """
    by_side = []
    for sign in (1, -1):
        of_side = unpaired.filter(pl.col("times") * sign > 0).with_columns(
            pl.col("times") * sign,
            is_again=pl.col("is_again").fill_null(False) if sign > 0 else pl.lit(False),
        )
        by_side.append(
            of_side.group_by(*LINE_KEY, *PLACE, "is_again").agg(
                pl.col("times").sum().alias("lines"),
                (pl.col("units") * pl.col("times")).sum(),
                (pl.col("amount") * pl.col("times")).sum(),
            )
        )
    ranked = [
        _ranked(frame, other_frame).select(
            *LINE_KEY, "rank",
            *(pl.col(name).alias(f"{side}_{name}") for name in (*VALUES, *PLACE)),
            *(["is_again"] if side == "claimed" else []),
        )
        for frame, other_frame, side in zip(by_side, reversed(by_side), SIDES, strict=True)
    ]  # fmt: skip
    both = ranked[0].join(ranked[1], on=[*LINE_KEY, "rank"], how="full", coalesce=True)
    paired = both.with_columns(pl.col("is_again").fill_null(False))
    names = DIFFERENCE.names()
    return paired.select(pl.col(name).cast(DIFFERENCE[name]) for name in names).sort(names)


def _ranked(frame: pl.DataFrame, other_frame: pl.DataFrame) -> pl.DataFrame:
    """With `rank` among what a side says of a line."""
    shared = other_frame.select(*LINE_KEY, *PLACE, is_alone=pl.lit(False)).unique()
    marked = frame.join(shared, on=[*LINE_KEY, *PLACE], how="left")
    marked = marked.with_columns(pl.col("is_alone").fill_null(True))
    ordered = marked.sort("is_alone", *PLACE, "is_again")
    return ordered.with_columns(rank=pl.int_range(pl.len()).over(LINE_KEY))
