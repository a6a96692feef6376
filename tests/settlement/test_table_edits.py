"""Whatever is changed in a row of any table of relief.duckdb, the table and its rows are named.

Some forty edits a seed. What should be found follows by counting rows. For thousands:
python -m tests.long_edits --tables.
"""

import random
import shutil

import pytest

from doisoat.engine.store.home import open_home
from doisoat.messages.text import halves_of
from doisoat.settlement.database import public_database
from doisoat.settlement.verify import database_diff
from doisoat.settlement.verify.database_diff import differences
from tests.table_edits import edit_tables

SEEDS = range(8)


@pytest.fixture
def settled(home, world):
    world.settle_by(home, world.catalogue_of(), world.package_of())
    return home


@pytest.mark.parametrize("seed", SEEDS)
def test_each_edit_of_a_row_is_found_where_it_is(settled, tmp_path, monkeypatch, seed):
    """Every other seed, texts count by their places in a list, as they do in a large home."""
    if seed % 2:
        monkeypatch.setattr(database_diff, "MANY_ROWS", 1)
    draws = random.Random(seed)
    work = tmp_path / "edited.duckdb"
    shutil.copyfile(settled / public_database.FACE, work)
    expected, edits = edit_tables(work, draws)
    with public_database.unfilled(open_home(settled), tmp_path / "made.duckdb") as made:
        assert made is not None
        found = [halves_of(text).en for text in differences(work, made)]
    assert found == expected
    assert len(edits) >= 6 and edits.total() > 30, edits


def test_what_was_published_is_what_parts_and_runs_make(settled, tmp_path):
    with public_database.unfilled(open_home(settled), tmp_path / "made.duckdb") as made:
        assert made is not None
        assert list(differences(settled / public_database.FACE, made)) == []
