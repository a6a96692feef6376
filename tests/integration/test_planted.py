"""A đồng that appears or vanishes in the relief path is never published."""

import polars as pl
import pytest

from doisoat.engine.rating import bucket
from doisoat.engine.rating.rater import BucketResult

from .conftest import refused, tree_of

DISCOUNT = 0  # the nature's index


def one_more(frame, column, where):
    """The frame with 1 đ more in the first row that fits."""
    at = frame.with_row_index("_at").filter(where)["_at"]
    if at.is_empty():
        return frame
    first = pl.int_range(pl.len()) == at[0]
    return frame.with_columns(pl.col(column) + first.cast(frame.schema[column]))


FAULTS = {
    "in a line": ("lines", "amount", pl.col("nature") == DISCOUNT),
    "in a relief total": ("relief_totals", "amount", pl.col("nature") == DISCOUNT),
    "in a discount": ("totals", "discount", pl.col("discount") > 0),
    "in a payable": ("totals", "payable", pl.col("payable") > 0),
    "in a list value": ("totals", "list_value", pl.col("list_value") > 0),
    "a unit in a line": ("lines", "units", pl.col("units") > 0),
    "an event in a total": ("totals", "events", pl.lit(True)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_dong_too_many_is_not_published(home, monkeypatch, fault):
    name, column, where = FAULTS[fault]
    real, planted = bucket.rate_home, []

    def rate(*args, **options):
        planted.clear()
        for result in real(*args, **options):
            frame = one_more(getattr(result, name), column, where)
            if not planted and not frame.equals(getattr(result, name)):
                planted.append(result.bucket)
                result = BucketResult(**{**vars(result), name: frame})
            yield result

    monkeypatch.setattr(bucket, "rate_home", rate)
    before = tree_of(home)
    error = refused(70, "settle", "--home", home, "--reading", "m2.in_kind_value=zero")
    assert planted and "nothing was published" in error["mend"]
    assert tree_of(home) == before
