"""Equal rows of texts have one code, others have others."""

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doisoat.engine.intake.mapping.distinct import distinct_rows
from doisoat.engine.intake.mapping.text_cache import distinct_codes

TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        ["", "\0", "a", "\0a", "a\0", "a text of 12", "a text of 13.", "a text of 13!"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=60))
@example([(None, ""), ("", None), ("", ""), (None, None)])
@example([("ab", "c"), ("a", "bc"), ("ab", "c")])
def test_codes_count_distinct_rows_in_order_of_first_sight(rows):
    frame = pl.DataFrame(rows, {"one": pl.String, "two": pl.String}, orient="row")
    codes, distinct = distinct_codes(frame, ["one", "two"])
    first = list(dict.fromkeys(rows))
    assert distinct.rows() == first
    assert codes.to_list() == [first.index(row) for row in rows]


def test_many_distinct_rows_of_long_and_short_texts():
    numbers = pl.int_range(200_000, eager=True)
    frame = pl.select(
        number=pl.lit((numbers * 7_919 % 70_001).cast(pl.String)),
        text="a longer text about " + pl.lit((numbers * 104_729 % 30_011).cast(pl.String)),
    )
    for names in (["number"], ["text"], ["text", "number"]):
        codes, distinct = distinct_codes(frame, names)
        assert distinct.height == frame.select(names).n_unique()
        assert distinct[codes].equals(frame.select(names))


def test_slices_and_chunks_are_read_where_they_lie():
    whole = pl.DataFrame({"text": [f"text {at % 5}" for at in range(50)]})
    parts = pl.concat([whole.slice(3, 20), whole.slice(30, 11)], rechunk=False)
    codes, distinct = distinct_codes(parts, ["text"])
    assert distinct[codes].equals(parts)


@pytest.mark.parametrize(("frame", "names", "rows", "error"), [
    pytest.param({"a": ["x"]}, [], 1, ValueError, id="no column"),
    pytest.param({"a": ["x"]}, ["a"], 2, ValueError, id="more rows announced"),
    pytest.param({"a": []}, ["a"], 0, ValueError, id="no row"),
    pytest.param({"a": [1]}, ["a"], 1, TypeError, id="a number"),
])  # fmt: skip
def test_what_a_caller_may_not_ask_for(frame, names, rows, error):
    with pytest.raises(error):
        distinct_rows(pl.DataFrame(frame), names, rows)
