"""Trees of digests: equal sides are not read, and what differs is found line by line."""

import random
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from doisoat.errors import StoreError
from doisoat.settlement.reconcile.causes import claimed_lines
from doisoat.settlement.reconcile.lines import tree, tree_difference
from doisoat.settlement.reconcile.lines.tree import blocks_for, build, open_tree
from doisoat.settlement.reconcile.lines.tree_difference import DIFFERENCE, SIDES, compare

DAY = 86_400_000
COLUMNS = {
    **dict.fromkeys(("event_hi", "event_lo", "owner_hi", "owner_lo"), pl.UInt64()),
    **dict.fromkeys(("home_province", "measure", "nature"), pl.String()),
    **dict.fromkeys(("units", "amount", "start_ms"), pl.Int64()),
}


def lines_of(count, seed=1):
    draw = random.Random(seed)
    owners = [(draw.getrandbits(64), draw.getrandbits(64)) for _ in range(count // 5 + 1)]
    rows = []
    for _ in range(count):
        owner = draw.choice(owners)
        rows.append(
            (draw.getrandbits(64), draw.getrandbits(64), *owner, str(owner[1] % 7),
             draw.choice(("m1", "m2", "m6")), draw.choice(("discount", "in_kind")),
             draw.randrange(10**9), draw.randrange(10**6), 18_840 * DAY + draw.randrange(5 * DAY))
        )  # fmt: skip
    return pl.DataFrame(rows, COLUMNS, orient="row")


def tree_of(folder: Path, name: str, lines, blocks=4, **more):
    path = folder / f"{name}.parquet"
    lines.write_parquet(path)
    return build(folder / name, [path], blocks, **more)


def full_compare(claimed, recomputed):
    """The same by plain Python over all lines: what either side says of each line's place."""
    held = {}
    for place, frame in enumerate((claimed, recomputed)):
        for row in frame.iter_rows(named=True):
            key = (row["event_hi"], row["event_lo"], row["measure"], row["nature"])
            told = (row["start_ms"], row["home_province"], row["owner_hi"], row["owner_lo"],
                    row["units"], row["amount"])  # fmt: skip
            held.setdefault(key, ([], []))[place].append(told)
    found = Counter()
    for key, sides in held.items():
        for row in list(sides[0]):
            if row in sides[1]:
                sides[0].remove(row)
                sides[1].remove(row)
        for side, rows in zip(SIDES, sides, strict=True):
            for *place, units, amount in rows:
                for name, value in (("lines", 1), ("units", units), ("amount", amount)):
                    found[(side, *key, *place, name)] += value
    return {key: value for key, value in found.items() if value}


def as_found(rows):
    """A reading of DIFFERENCE as `full_compare` has it."""
    found = Counter()
    for row in rows.iter_rows(named=True):
        key = tuple(row[name] for name in tree_difference.LINE_KEY)
        for side in SIDES:
            if row[f"{side}_lines"] is not None:
                place = tuple(row[f"{side}_{name}"] for name in tree_difference.PLACE)
                for name in tree_difference.VALUES:
                    if row[f"{side}_{name}"]:
                        found[(side, *key, *place, name)] += row[f"{side}_{name}"]
    return {key: value for key, value in found.items() if value}


def test_equal_sides_are_not_read_whatever_the_order_of_lines(tmp_path):
    lines = lines_of(4_000)
    ours = tree_of(tmp_path, "ours", lines)
    theirs = tree_of(tmp_path, "theirs", lines.sample(fraction=1, shuffle=True, seed=3))
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
        elif lot < 0.06:
            row = (*row[:4], "99", *row[5:])
        elif lot < 0.07:
            changed.append((*row[:9], row[9] + 1))  # told again, a moment later
        changed.append(row)
    changed.append((7, 7, 1 << 63, 9, "01", "m1", "discount", 60_000, 990, 18_841 * DAY))
    claimed = pl.DataFrame(changed, COLUMNS, orient="row")
    found = compare(tree_of(tmp_path, "theirs", claimed), tree_of(tmp_path, "ours", recomputed))
    assert as_found(found.rows) == full_compare(claimed, recomputed)
    assert found.rows.height > 20
    assert found.bytes_read < found.bytes_in_all


def test_few_leaves_are_read_where_few_differ(tmp_path):
    recomputed = lines_of(20_000)
    amount = pl.when(pl.int_range(pl.len()) == 777).then(pl.col("amount") + 1)
    claimed = recomputed.with_columns(amount.otherwise("amount").alias("amount"))
    found = compare(tree_of(tmp_path, "theirs", claimed), tree_of(tmp_path, "ours", recomputed))
    assert found.leaves == 2
    assert found.rows.height == 1
    assert (found.rows["claimed_amount"] - found.rows["recomputed_amount"]).to_list() == [1]


def test_a_line_that_moved_is_on_its_old_day_and_on_its_new_one(tmp_path):
    recomputed = lines_of(60)
    moves = pl.int_range(pl.len()) < 3
    claimed = recomputed.with_columns(
        start_ms=pl.when(moves).then(pl.lit(18_848 * DAY + 5)).otherwise("start_ms")
    )
    found = compare(tree_of(tmp_path, "theirs", claimed), tree_of(tmp_path, "ours", recomputed))
    assert found.rows.height == 3
    cells = claimed_lines.cells(found.rows)
    there = cells.filter(pl.col("day") == date(2021, 8, 9))
    assert there["amount"].sum() == recomputed["amount"].head(3).sum()
    assert there["events"].sum() == there["lines"].sum() == 3
    for name in ("events", "units", "amount"):
        assert cells[name].sum() == 0
    wanted = _by_day(claimed).join(_by_day(recomputed), on="day", how="full", coalesce=True)
    wanted = wanted.select(
        "day", pl.col("amount").fill_null(0) - pl.col("amount_right").fill_null(0)
    )
    told = cells.group_by("day").agg(pl.col("amount").sum())
    assert told.sort("day").rows() == wanted.filter(pl.col("amount") != 0).sort("day").rows()
    assert claimed_lines.by_cell(found.rows).height == 6


def _by_day(lines):
    day = (pl.col("start_ms") // DAY).cast(pl.Int32).cast(pl.Date)
    return lines.group_by(day.alias("day")).agg(pl.col("amount").sum())


def test_another_province_is_a_difference(tmp_path):
    recomputed = lines_of(200)
    odd = pl.int_range(pl.len()) == 7
    claimed = recomputed.with_columns(
        home_province=pl.when(odd).then(pl.lit("98")).otherwise("home_province")
    )
    found = compare(tree_of(tmp_path, "theirs", claimed), tree_of(tmp_path, "ours", recomputed))
    (row,) = found.rows.to_dicts()
    assert row["claimed_home_province"] == "98"
    assert row["recomputed_home_province"] == recomputed["home_province"][7]
    (cell,) = claimed_lines.cells(found.rows).to_dicts()
    assert (cell["events"], cell["units"], cell["amount"], cell["lines"]) == (0, 0, 0, 1)
    assert cell["amount_apart"] == 0


def test_what_cancels_out_is_told_apart(tmp_path):
    recomputed = lines_of(1)
    twice = pl.concat([recomputed, recomputed.with_columns(event_lo=pl.lit(9, pl.UInt64))])
    more = pl.when(pl.col("event_lo") == 9).then(-999).otherwise(1_000)
    claimed = twice.with_columns(amount=pl.col("amount") + more)
    found = compare(tree_of(tmp_path, "theirs", claimed), tree_of(tmp_path, "ours", twice))
    (cell,) = claimed_lines.cells(found.rows).to_dicts()
    assert (cell["amount"], cell["amount_apart"], cell["lines"]) == (1, 1_999, 2)


def test_what_was_told_already_is_told_so(tmp_path):
    recomputed = lines_of(300)
    first = recomputed.head(1)
    again = first.with_columns(event_lo=pl.lit(5, pl.UInt64))  # the same under another id
    new = first.with_columns(event_lo=pl.lit(6, pl.UInt64), amount=pl.col("amount") + 1)
    claimed = pl.concat([recomputed, first, again, new])
    found = compare(tree_of(tmp_path, "theirs", claimed), tree_of(tmp_path, "ours", recomputed))
    told = {row["event_lo"]: row["is_again"] for row in found.rows.to_dicts()}
    assert told == {first["event_lo"][0]: True, 5: True, 6: False}
    other = first.with_columns(amount=pl.col("amount") + 1)
    both = pl.concat([recomputed, first, other])  # told again, and with another amount
    found = compare(tree_of(tmp_path, "both", both), open_tree(tmp_path / "ours"))
    amounts = {row["is_again"]: row["claimed_amount"] for row in found.rows.to_dicts()}
    assert amounts == {True: first["amount"][0], False: first["amount"][0] + 1}
    renamed = pl.concat([recomputed.tail(-1), again])
    found = compare(tree_of(tmp_path, "renamed", renamed), open_tree(tmp_path / "ours"))
    assert found.rows["is_again"].to_list() == [False, False]


def test_few_lines_at_a_time_are_the_same_tree_and_find_the_same(tmp_path, monkeypatch):
    recomputed = lines_of(3_000)
    claimed = pl.concat([recomputed.head(2_900), lines_of(40, 2)])
    whole = tree_of(tmp_path, "whole", recomputed), tree_of(tmp_path, "theirs", claimed)
    monkeypatch.setattr(tree, "LINES_A_PIECE", 200)
    monkeypatch.setattr(tree_difference, "LEAVES_AT_ONCE", 10)
    pieces = tree_of(tmp_path, "pieces", recomputed)
    assert pieces.root == whole[0].root
    for name in tree.FILES:
        assert (pieces.path / name).read_bytes() == (whole[0].path / name).read_bytes()
    found = compare(whole[1], pieces)
    assert as_found(found.rows) == full_compare(claimed, recomputed)


def test_a_tree_lies_wherever_a_home_does(tmp_path):
    lines = lines_of(300)
    folder = tmp_path / "nhà [1]* #%20'"  # of which a pattern would make another path
    folder.mkdir()
    assert tree_of(folder, "ours", lines).root == tree_of(tmp_path, "ours", lines).root
    assert {path.name for path in tmp_path.iterdir()} >= {folder.name, "ours"}
    assert not [path for path in tmp_path.iterdir() if path.is_dir() and "[[]" in path.name]


def test_a_side_without_lines_differs_in_all(tmp_path):
    lines = lines_of(300)
    nothing = tree_of(tmp_path, "nothing", lines.head(0))
    found = compare(nothing, tree_of(tmp_path, "ours", lines))
    assert found.rows.height == 300
    assert found.rows["claimed_lines"].null_count() == 300
    assert compare(nothing, open_tree(nothing.path)).rows.is_empty()


def test_trees_of_other_blocks_are_refused(tmp_path):
    lines = lines_of(50)
    with pytest.raises(StoreError, match="blocks of shards"):
        compare(tree_of(tmp_path, "a", lines, 2), tree_of(tmp_path, "b", lines, 4))


def test_a_tree_that_was_cut_short_is_refused(tmp_path):
    lines = lines_of(200)
    theirs = tree_of(tmp_path, "theirs", lines.head(199))
    ours = tree_of(tmp_path, "ours", lines)
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
