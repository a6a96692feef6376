"""Headers that have not the columns of a mapping: a person is told what cannot be seen."""

import unicodedata

import pytest

from doisoat.engine.intake.forms.headers import seen_of

from .conftest import USAGE
from .conftest import line as record


def seen(text, *missing):
    names = text.split(",")
    return seen_of(names, missing, text.encode())


@pytest.mark.parametrize(("there", "wanted", "written"), [
    pytest.param(unicodedata.normalize("NFD", "giây"), "giây", r'"gia\u0302y"', id="NFD"),
    pytest.param("\ufeffma", "ma", r'"\ufeffma"', id="a second byte order mark"),
    pytest.param(" ma", "ma", '" ma"', id="a blank"),
    pytest.param("m\u00a0a", "m a", r'"m\u00a0a"', id="a hard blank"),
    pytest.param("MA", "ma", '"MA"', id="capitals"),
])  # fmt: skip
def test_a_column_that_only_looks_like_the_one_is_shown_as_it_is_written(there, wanted, written):
    told = seen(f"so,{there}", wanted)
    assert f"{wanted} có đó, nhưng viết là {written}" in told.vi
    assert f"{wanted} is there, written {written}" in told.en


def test_another_column_is_not_taken_for_it_and_a_number_is_masked():
    assert "is there" not in seen("so,giay", "giây").en
    told = seen("\ufeff0961234567", "0961234567")
    assert "is there, written" in told.en
    assert "0961234567" not in told.en.partition("written")[2]


@pytest.mark.parametrize(("encoding", "why"), [
    pytest.param("utf-16-le", "the header has NUL bytes, as UTF-16 text has: save it as UTF-8",
                 id="UTF-16 without its mark"),
    pytest.param("cp1258", "the header is no UTF-8: set encoding: windows-1258",
                 id="Windows-1258"),
])  # fmt: skip
def test_a_header_in_another_encoding_is_told_as_such(take, write, refused_bytes, encoding, why):
    take(write(record()))
    header = USAGE.replace("kind", "kind,â")
    told = refused_bytes(f"{header}\n{record()}\n".encode(encoding), "world")
    assert why in told["what"]
