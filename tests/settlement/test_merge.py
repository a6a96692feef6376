"""Buckets brought together: exactly, or not at all."""

from dataclasses import replace

import polars as pl
import pytest

from doisoat.errors import ConservationError
from doisoat.settlement.figures import merge as merging
from doisoat.settlement.figures.merge import KEYS, RELIEF_KEYS, check, merge, sum_by, total_of
from doisoat.settlement.figures.rows import ROWS


@pytest.fixture
def buckets(world):
    return [world.bucket_result(bucket, 4) for bucket in range(4)]


def merged(world, buckets):
    return merge(buckets, world.VOCABULARY)


@pytest.mark.parametrize("most", [0, 2**63 - 1])
def test_neither_columns_nor_buckets_show(world, buckets, monkeypatch, most):
    """Their order, their number, nor whether totals are sorted by all keys or by one number."""
    one = merged(world, buckets)
    monkeypatch.setattr(merging, "MOST", most)
    turned = [replace(b, totals=b.totals.select(*reversed(b.totals.columns))) for b in buckets]
    other = merged(world, turned)
    whole = merged(world, [world.bucket_result(0, 1)])
    for name in ("totals", "relief_totals", "line_sums", "suspense_sums", *ROWS):
        frames = [getattr(settled, name).lazy().collect() for settled in (one, other, whole)]
        assert frames[0].equals(frames[1]) and frames[0].equals(frames[2])
    assert one.shard_digests == whole.shard_digests


def test_totals_are_in_the_order_of_their_keys(world, buckets):
    settled = merged(world, buckets)
    for frame, keys in ((settled.totals, KEYS), (settled.relief_totals, RELIEF_KEYS)):
        assert frame.height > 3 and frame.equals(frame.sort(keys))
        assert not frame.select(keys).is_duplicated().any()


def test_sums_by_hand(world, buckets):
    settled = merged(world, buckets)
    suspended = [n for n in range(1, 601) if n % 50 == 0]
    rated = [n for n in range(1, 601) if n % 50]
    assert (settled.events, settled.rated, settled.suspended) == (600, 588, len(suspended))
    assert total_of(settled.totals, "list_value") == sum(100 * n for n in rated)
    assert total_of(settled.totals, "discount") == sum(50 * n for n in rated if n % 3 == 0)


def test_a_sum_past_64_bits_is_an_error_and_never_wraps():
    most = pl.DataFrame({"key": ["a", "a"], "amount": [2**63 - 1, 1]})
    assert total_of(most, "amount") == 2**63
    with pytest.raises(ConservationError, match="64 bits"):
        sum_by(most, ["key"], ["amount"])


def test_sums_of_nothing_are_nothing():
    nothing = pl.DataFrame(schema={"key": pl.String, "amount": pl.Int64})
    assert total_of(nothing, "amount") == 0
    assert sum_by(nothing, ["key"], ["amount"]).is_empty()


def _changed(frame, column, by=1):
    first = pl.int_range(pl.len()) == 0
    return frame.with_columns(
        pl.when(first).then(pl.col(column) + by).otherwise(column).alias(column)
    )


@pytest.mark.parametrize(
    ("frame", "column", "what"),
    [
        ("lines", "amount", "relief lines and relief totals disagree"),
        ("lines", "units", "relief lines and relief totals disagree"),
        ("relief_totals", "amount", "disagree"),
        ("relief_totals", "events", "relief lines and relief totals disagree"),
        ("totals", "list_value", "list value − discount is not payable"),
        ("totals", "discount", "list value − discount is not payable"),
        ("totals", "payable", "list value − discount is not payable"),
        ("totals", "events", "rated events"),
    ],
)
def test_one_dong_or_one_unit_anywhere_is_seen(world, buckets, frame, column, what):
    wrong = replace(buckets[1], **{frame: _changed(getattr(buckets[1], frame), column)})
    with pytest.raises(ConservationError, match=what):
        merged(world, [buckets[0], wrong, *buckets[2:]])


def test_a_lost_suspended_event_is_seen(world, buckets):
    wrong = replace(buckets[1], suspense=buckets[1].suspense.head(-1))
    with pytest.raises(ConservationError, match="suspended events"):
        merged(world, [buckets[0], wrong, *buckets[2:]])


def test_discount_moved_to_another_key_is_seen(world, buckets):
    """The sums in all still agree: only the comparison by key can see it."""
    settled = merged(world, buckets)
    is_discount = settled.relief_totals["nature"].cast(pl.String) == "discount"
    places = [place for place, holds in enumerate(is_discount.to_list()) if holds][:2]
    amounts = settled.relief_totals["amount"].to_list()
    amounts[places[0]] -= 1
    amounts[places[1]] += 1
    moved = settled.relief_totals.with_columns(amount=pl.Series(amounts))
    with pytest.raises(ConservationError, match="discount of the relief totals"):
        check(settled._replace(relief_totals=moved))


def test_a_relief_below_nothing_is_our_bug(world, buckets):
    """Though the sums agree."""
    lines = buckets[1].lines
    of_line = ("carrier", "measure", "nature")
    kinds = lines.select(of_line).rows()
    first, second = [place for place, kind in enumerate(kinds) if kind == kinds[0]][:2]
    amounts = lines["amount"].to_list()
    amounts[second] += amounts[first] + 1
    amounts[first] = -1
    wrong = replace(buckets[1], lines=lines.with_columns(amount=pl.Series(amounts)))
    with pytest.raises(ConservationError, match="below 0"):
        merged(world, [buckets[0], wrong, *buckets[2:]])


def test_a_shard_rated_twice_is_seen(world, buckets):
    with pytest.raises(ConservationError, match="twice"):
        merged(world, [*buckets, replace(buckets[3], bucket=4)])


def test_buckets_out_of_their_order_are_seen(world, buckets):
    """Rows are written as they come, in the order of owners."""
    with pytest.raises(ConservationError, match="bucket 1 comes after bucket 2"):
        merged(world, [buckets[0], buckets[2], buckets[1], buckets[3]])


def test_refunds_are_what_was_taken_past_payable_up_to_the_list_value(world, buckets):
    refunds = merged(world, buckets).refunds.collect()
    for row in refunds.iter_rows(named=True):
        within = min(row["charged"], row["list_value"]) - row["payable"]
        assert row["refund"] == max(0, within)
        assert row["refund"] > 0 or row["charged"] > row["list_value"]
    assert refunds.filter(pl.col("refund") == 0).height > 0
