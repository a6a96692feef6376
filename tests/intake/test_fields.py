"""Lines without quotes are cut as Python's own reader and DuckDB's cut them."""

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.intake.forms.delimited import DelimitedReader
from doisoat.engine.intake.forms.fields import split_fields
from doisoat.engine.tables.delimited import parse_line

FIELDS = st.one_of(
    st.text(st.characters(exclude_characters='",\0\r\n', exclude_categories=["Cs"])),
    st.sampled_from(["", " ", "0961234567", "thirteen byte", "2021-08-05 00:00:00.000"]),
)
LINE_BYTES_MAX = 1 << 10


def texts_of(raw, delimiter, columns, wanted, line_bytes_max=LINE_BYTES_MAX):
    """The wanted columns as lists; None where a line is no record."""
    made = split_fields(raw, delimiter, columns, wanted, raw.count(b"\n"), line_bytes_max)
    if made is None:
        return None
    table = ArrowTable({str(place): one for place, one in zip(wanted, made, strict=True)})
    return [pl.DataFrame(table)[str(place)].to_list() for place in wanted]


@given(
    st.integers(2, 5).flatmap(
        lambda columns: st.lists(st.lists(FIELDS, min_size=columns, max_size=columns), min_size=1)
    ),
    st.data(),
)
def test_fields_are_those_of_other_readers(records, data):
    columns = len(records[0])
    wanted = data.draw(st.permutations(range(columns)))[: data.draw(st.integers(1, columns))]
    raw = "".join(",".join(record) + "\n" for record in records).encode()
    found = texts_of(raw, ",", columns, wanted, 1 << 20)
    assert found == [[record[place] for record in records] for place in wanted]
    assert [parse_line(line, ",") for line in raw.split(b"\n")[:-1]] == records
    reader: Any = SimpleNamespace(names=range(columns), layout=SimpleNamespace(delimiter=","))
    theirs = DelimitedReader._read(reader, raw).select(pl.all().fill_null(""))
    assert [list(row) for row in theirs.rows()] == records


@pytest.mark.parametrize("text", [
    pytest.param("a,b\nc\n", id="a field too few"),
    pytest.param("a,b\nc,d,\n", id="a field too many"),
    pytest.param("a,b\n" + "c" * LINE_BYTES_MAX + ",\n", id="a line too long"),
])  # fmt: skip
def test_a_line_that_is_no_record_sends_all_of_them_back(text):
    assert texts_of(text.encode(), ",", 2, [0]) is None


def test_a_line_of_the_greatest_length_is_a_record():
    text = "c" * (LINE_BYTES_MAX - 1)
    assert texts_of(f"{text},\n".encode(), ",", 2, [1, 0]) == [[""], [text]]


def test_texts_outlive_the_bytes_that_they_were_cut_from():
    raw = b"a number of more than twelve bytes;x\n" * 1_000
    made = split_fields(raw, ";", 2, [0, 1], 1_000, LINE_BYTES_MAX)
    assert made is not None
    longer = made.pop(0)
    frame = pl.DataFrame(ArrowTable({"text": longer}, 1_000))
    del raw, longer, made
    assert frame.slice(900)["text"].unique().to_list() == ["a number of more than twelve bytes"]
    assert frame["text"].n_chunks() == 1


@pytest.mark.parametrize(("raw", "delimiter", "columns", "wanted", "rows"), [
    pytest.param(b"a,b\n", ",", 2, [2], 1, id="no such column"),
    pytest.param(b"a,b\n", ",", 2, [1, 1], 1, id="a column twice"),
    pytest.param(b"a,b\n", ",", 0, [], 1, id="no column"),
    pytest.param(b"a,b\n", "\u2502", 2, [0], 1, id="a delimiter of several bytes"),
    pytest.param(b"a,b\n", ",", 2, [0], 2, id="fewer lines than announced"),
    pytest.param(b"a,b\nc,d", ",", 2, [0], 1, id="bytes behind the last line"),
])  # fmt: skip
def test_what_a_caller_may_not_ask_for(raw, delimiter, columns, wanted, rows):
    with pytest.raises(ValueError):
        split_fields(raw, delimiter, columns, wanted, rows, LINE_BYTES_MAX)
