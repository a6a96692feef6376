"""The head of the log: what is behind it cannot change unseen, and nothing is added to what did."""

import json

import pytest

from doisoat.engine.store.home import open_home, writer
from doisoat.errors import StoreError
from doisoat.settlement.log import journal
from doisoat.settlement.log.merkle import Tree


@pytest.fixture
def home(tmp_path):
    with writer(tmp_path / "home", "test") as held:
        for number in range(3):
            journal.append(held, {"what": "settle", "number": number})
    return open_home(tmp_path / "home")


def edit(home, before, after):
    path = home.path / journal.JOURNAL
    content = path.read_bytes()
    assert before in content
    path.write_bytes(content.replace(before, after))


def test_the_head_is_the_log(home):
    head = journal.read_head(home)
    assert head == (3, Tree(journal.lines(home)).root().hex())


@pytest.mark.parametrize(
    ("before", "after"),
    [(b'"number":1', b'"number":7'), (b'{"number":2,"what":"settle"}\n', b"")],
)
def test_nothing_is_added_to_a_log_that_was_altered_or_cut(home, before, after):
    edit(home, before, after)
    was = (home.path / journal.JOURNAL).read_bytes()
    with pytest.raises(StoreError, match=r"of the log|the log has"):
        journal.append(home, {"what": "settle"})
    assert (home.path / journal.JOURNAL).read_bytes() == was


def test_a_log_whose_head_did_not_follow_goes_on(home):
    """A command killed between the entry and the head."""
    path = home.path / journal.HEAD
    before = path.read_bytes()
    journal.append(home, {"what": "settle", "number": 3})
    path.write_bytes(before)
    journal.append(home, {"what": "settle", "number": 4})
    head = journal.read_head(home)
    assert head is not None and head.size == 5 == len(journal.entries(home))


def test_only_a_log_of_one_entry_may_be_without_a_head(home):
    (home.path / journal.HEAD).unlink()
    with pytest.raises(StoreError, match="its head is missing"):
        journal.append(home, {"what": "settle"})
    first = journal.lines(home)[0] + b"\n"
    (home.path / journal.JOURNAL).write_bytes(first)  # somebody died before the first head
    journal.append(home, {"what": "settle"})
    assert journal.read_head(home) == (2, Tree(journal.lines(home)).root().hex())


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"size": "x", "root": ""}'])
def test_a_head_that_is_none_is_told(home, content):
    (home.path / journal.HEAD).write_text(content)
    with pytest.raises(StoreError, match="not readable"):
        journal.append(home, {"what": "settle"})
    assert len([json.loads(line) for line in journal.lines(home)]) == 3
