"""Trees of digests: equal sides are not read, and what differs is found line by line."""

import random
from pathlib import Path

import polars as pl
import pytest

from doisoat.errors import StoreError
from doisoat.settlement.reconcile.tree import (
    DIFFERENCE,
    blocks_for,
    build,
    compare,
    open_tree,
)

DAY = 86_400_000
COLUMNS = {
    **dict.fromkeys(("event_hi", "event_lo", "owner_hi", "owner_lo"), pl.UInt64()),
    **dict.fromkeys(("carrier", "measure", "nature"), pl.String()),
    **dict.fromkeys(("units", "amount", "start_ms"), pl.Int64()),
}


def lines_of(count, seed=1):
    draw = random.Random(seed)
    owners = [(draw.getrandbits(64), draw.getrandbits(64)) for _ in range(count // 5 + 1)]
    rows = []
    for _ in range(count):
        owner = draw.choice(owners)
        rows.append(
            (draw.getrandbits(64), draw.getrandbits(64), *owner, draw.choice(("vnpt", "viettel")),
             draw.choice(("m1", "m2", "m6")), draw.choice(("discount", "in_kind")),
             draw.randrange(10**9), draw.randrange(10**6), 18_840 * DAY + draw.randrange(5 * DAY))
        )  # fmt: skip
    return pl.DataFrame(rows, COLUMNS, orient="row")


def owners_of(lines):
    told = lines.select("owner_hi", "owner_lo").unique().sort("owner_hi", "owner_lo")
    return told.with_columns(province=(pl.col("owner_lo") % 7).cast(pl.String))


def tree_of(folder: Path, name: str, lines, owners, blocks=4, **more):
    path = folder / f"{name}.parquet"
    lines.write_parquet(path)
    return build(folder / name, [path], owners, blocks, **more)


def full_compare(claimed, recomputed):
    """The same by plain Python over all lines."""
    sides = []
    for frame in (claimed, recomputed):
        held = {}
        for row in frame.iter_rows(named=True):
            key = (row["event_hi"], row["event_lo"], row["measure"], row["nature"])
            held.setdefault(key, []).append((row["owner_hi"], row["owner_lo"], row["start_ms"],
                                             row["units"], row["amount"]))  # fmt: skip
        sides.append(held)
    found = {}
    for key in {*sides[0], *sides[1]}:
        ones, others = (list(side.get(key, ())) for side in sides)
        for row in list(ones):
            if row in others:
                ones.remove(row)
                others.remove(row)
        if ones or others:
            found[key] = tuple(
                (len(rows), sum(row[3] for row in rows), sum(row[4] for row in rows))
                if rows
                else (None, None, None)
                for rows in (ones, others)
            )
    return found


def as_found(rows):
    return {
        (hi, lo, measure, nature): (tuple(values[:3]), tuple(values[3:]))
        for hi, lo, measure, nature, _, _, _, *values in rows.iter_rows()
    }


def test_equal_sides_are_not_read_whatever_the_order_of_lines(tmp_path):
    lines = lines_of(4_000)
    owners = owners_of(lines)
    ours = tree_of(tmp_path, "ours", lines, owners)
    theirs = tree_of(tmp_path, "theirs", lines.sample(fraction=1, shuffle=True, seed=3), owners)
    found = compare(theirs, ours)
    assert found.rows.is_empty() and found.rows.schema == DIFFERENCE
    assert found.leaves == 0
    assert found.bytes_read * 100 < found.bytes_in_all
    assert ours.root == theirs.root
    assert (ours.path / "lines.bin").read_bytes() == (theirs.path / "lines.bin").read_bytes()


@pytest.mark.parametrize("seed", range(6))
def test_every_difference_is_found_as_by_a_full_comparison(tmp_path, seed):
    draw = random.Random(seed)
    recomputed = lines_of(2_000, seed)
    owners = owners_of(recomputed)
    rows = recomputed.rows()
    changed = []
    for row in rows:
        lot = draw.random()
        if lot < 0.01:  # left out
            continue
        if lot < 0.02:
            changed.append(row)  # told twice
        if lot < 0.03:
            row = (*row[:8], row[8] + draw.choice((-1, 1)), row[9])
        elif lot < 0.04:
            row = (*row[:9], row[9] + DAY)
        elif lot < 0.05:
            row = (*row[:5], "m9", *row[6:])
        changed.append(row)
    changed.append((7, 7, 1 << 63, 9, "vnpt", "m1", "discount", 60_000, 990, 18_841 * DAY))
    claimed = pl.DataFrame(changed, COLUMNS, orient="row")
    found = compare(
        tree_of(tmp_path, "theirs", claimed, owners), tree_of(tmp_path, "ours", recomputed, owners)
    )
    assert as_found(found.rows) == full_compare(claimed, recomputed)
    assert found.rows.height > 20
    assert found.bytes_read < found.bytes_in_all


def test_few_leaves_are_read_where_few_differ(tmp_path):
    recomputed = lines_of(20_000)
    owners = owners_of(recomputed)
    amount = pl.when(pl.int_range(pl.len()) == 777).then(pl.col("amount") + 1)
    claimed = recomputed.with_columns(amount.otherwise("amount").alias("amount"))
    found = compare(
        tree_of(tmp_path, "theirs", claimed, owners), tree_of(tmp_path, "ours", recomputed, owners)
    )
    assert found.leaves == 2
    assert found.rows.height == 1
    assert (found.rows["claimed_amount"] - found.rows["recomputed_amount"]).to_list() == [1]


def test_one_carriers_lines_make_a_tree_of_their_own(tmp_path):
    lines = lines_of(500)
    owners = owners_of(lines)
    whole = tree_of(tmp_path, "whole", lines, owners, carrier="vnpt")
    own = tree_of(tmp_path, "own", lines.filter(pl.col("carrier") == "vnpt"), owners)
    assert whole.root == own.root and 0 < whole.lines < 500


def test_a_side_without_lines_differs_in_all(tmp_path):
    lines = lines_of(300)
    owners = owners_of(lines)
    nothing = tree_of(tmp_path, "nothing", lines.head(0), owners)
    found = compare(nothing, tree_of(tmp_path, "ours", lines, owners))
    assert found.rows.height == 300
    assert found.rows["claimed_lines"].null_count() == 300
    assert compare(nothing, open_tree(nothing.path)).rows.is_empty()


def test_trees_of_other_blocks_are_refused(tmp_path):
    lines = lines_of(50)
    owners = owners_of(lines)
    with pytest.raises(StoreError, match="blocks of shards"):
        compare(tree_of(tmp_path, "a", lines, owners, 2), tree_of(tmp_path, "b", lines, owners, 4))


def test_a_tree_that_was_cut_short_is_refused(tmp_path):
    lines = lines_of(200)
    owners = owners_of(lines)
    theirs = tree_of(tmp_path, "theirs", lines.head(199), owners)
    ours = tree_of(tmp_path, "ours", lines, owners)
    records = ours.path / "lines.bin"
    records.write_bytes(records.read_bytes()[: 56 * 3])
    with pytest.raises(StoreError, match=r"lines\.bin has"):
        compare(theirs, ours)
    with pytest.raises(StoreError, match="not a tree"):
        open_tree(tmp_path)


def test_blocks_are_enough_for_leaves_of_some_tens_of_lines():
    assert blocks_for(1_000, 1_000) == 1
    assert blocks_for(100_000_000, 200_000) == 16
    assert blocks_for(10**15, 1) == 1_024
