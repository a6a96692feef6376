"""No text that users read has a word twice in a row, as "ngày ngày"."""

import ast
from pathlib import Path

import pytest

import doisoat
from tests.doubled import doubled

ROOT = Path(doisoat.__file__).parent
HOUSES = ("commands", "engine", "settlement", "tariffs")
FILES = sorted(
    path
    for house in HOUSES
    for end in ("py", "typ", "js")
    for path in (ROOT / house).rglob(f"*.{end}")
    if "vendor" not in path.parts
)
NO_PROSE = {"m m", "END END", "state state", "measure measure", "charge charge"}  # tables, SQL


def texts(path):
    """The texts of a source, each whole where it is put together of pieces."""
    source = path.read_text("utf-8")
    if path.suffix != ".py":
        yield from source.splitlines()
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_words_that_stand_twice_are_found():
    assert doubled("trước hết ngày ngày 05") == ["ngày ngày"] and doubled("của\n của") != []
    assert doubled("luôn luôn") == doubled("--file FILE") == doubled("n-n n") == []


@pytest.mark.parametrize("house", HOUSES)
def test_no_text_has_a_word_twice(house):
    found = {
        f"{path.relative_to(ROOT)}: {word}"
        for path in FILES
        if path.relative_to(ROOT).parts[0] == house
        for text in texts(path)
        for word in doubled(text)
        if word not in NO_PROSE
    }
    assert found == set()
