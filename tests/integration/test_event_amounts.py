"""`settle --events`: what each event came to, in rated.event; its sums are the statements'."""

import shutil
from functools import partial

import duckdb
import pytest

from doisoat.engine.store.home import open_home
from doisoat.messages.text import halves_of
from doisoat.settlement.database import public_database, publish
from doisoat.settlement.figures.period import Period
from doisoat.settlement.rerating.event_amounts import write_amounts
from doisoat.settlement.rerating.rerate_month import settled_run
from doisoat.settlement.verify.database_diff import differences
from tests.audit_page import ROOT

from .conftest import done, refused, rows

AUGUST = "2021-08"
PAGE = (ROOT / "docs" / "auditor.md").read_text("utf-8")
(CHECK,) = [
    block.partition("```")[0] for block in PAGE.split("```sql\n") if "FROM rated.event" in block
]
FORBORNE = "SELECT count(*) FROM rated.relief_line WHERE nature = 'forbearance'"


@pytest.fixture
def shown(home):
    """A settled month with rated.event."""
    done("settle", AUGUST, "--events", "--home", home)
    return home


def edited(home, statement):
    """The home with a row of relief.duckdb changed, as somebody may who can write the log, too."""
    path = home / "relief.duckdb"
    path.chmod(0o640)
    with duckdb.connect(str(path)) as database:
        database.execute(statement)
    return home


def test_sums_are_those_of_statements_and_rows_those_of_lines(shown):
    """Each carrier to the đồng; each nature of each event is that of its own relief lines."""
    counted = rows(shown, "SELECT sum(rated), sum(list_value) FROM settlement.statement")
    assert rows(shown, "SELECT count(*), sum(list_value) FROM rated.event") == counted
    assert counted[0][0] > 1_000
    differing = rows(shown, CHECK)
    assert [line[-1] for line in differing] == [0] * len(differing)
    assert len(differing) == rows(shown, "SELECT count(*) FROM settlement.statement")[0][0]
    for nature in ("discount", "in_kind", "contribution"):
        lines = f"""SELECT event_id, sum(amount)::BIGINT AS amount FROM rated.relief_line
            WHERE nature = '{nature}' GROUP BY ALL HAVING amount <> 0"""
        events = f"SELECT event_id, {nature} FROM rated.event WHERE {nature} <> 0"
        assert rows(shown, f"({lines} EXCEPT {events}) UNION ALL ({events} EXCEPT {lines})") == []
    assert rows(shown, "SELECT sum(forbearances)::BIGINT FROM rated.event") == rows(shown, FORBORNE)
    apart = "SELECT event_id FROM rated.event SEMI JOIN usage.suspense USING (event_id)"
    assert rows(shown, apart) == []


def test_the_check_of_the_page_sees_a_changed_row(shown):
    edited(shown, "UPDATE rated.event SET payable = payable + 1 WHERE rowid = 7")
    assert sum(line[-1] for line in rows(shown, CHECK)) == 1


def test_verify_rates_each_event_again(shown, tmp_path):
    """A changed row is found by what the rows are made of, whatever the digest of the file."""
    done("verify", "--home", shown)
    edited(shown, "UPDATE rated.event SET list_value = list_value + 1, payable = payable + 1"
                  " WHERE rowid = 7")  # fmt: skip
    opened = open_home(shown)
    rated = partial(write_amounts, opened, tmp_path / "events")
    with public_database.unfilled(opened, tmp_path / "made.duckdb", rated) as made:
        assert made is not None
        found = [halves_of(text).en for text in differences(shown / "relief.duckdb", made)]
    assert found == [
        "table rated.event: 1 rows more than parts and runs make",
        "table rated.event: 1 rows fewer than parts and runs make",
    ]


def test_the_file_is_the_same_but_for_the_table(home, tmp_path):
    """Same rows, same bytes; all other tables are as without it."""
    plain = tmp_path / "plain.duckdb"
    shutil.copy(home / "relief.duckdb", plain)
    assert not publish.has_events(plain)
    done("settle", AUGUST, "--events", "--home", home)
    queries = """SELECT schema_name || '.' || table_name FROM duckdb_tables()
        WHERE database_name = current_database()"""
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as now:
        names = {name for (name,) in now.execute(queries).fetchall()}
        now.execute(f"ATTACH '{plain}' AS before (READ_ONLY)")
        for name in names - {publish.EVENTS, "audit.event"}:
            assert now.execute(f"FROM {name} EXCEPT ALL FROM before.{name}").fetchall() == []
        with duckdb.connect(str(plain), read_only=True) as before:
            told = {name for (name,) in before.execute(queries).fetchall()}
    assert names - told == {publish.EVENTS}


def test_files_are_made_the_same_twice(home, tmp_path):
    opened = open_home(home)
    made = []
    for name in ("first", "second"):
        database = tmp_path / name / "relief.duckdb"  # DuckDB writes its name into it
        database.parent.mkdir()
        shutil.copy(home / "relief.duckdb", database)
        runs = [settled_run(opened, Period.of(AUGUST))]
        publish.add_events(database, write_amounts(opened, database.parent / "events", runs))
        made.append(database.read_bytes())
    assert made[0] == made[1]


def test_a_settle_with_nothing_to_publish_leaves_it_and_the_next_publication_does_not(shown):
    path = shown / "relief.duckdb"
    before = path.read_bytes()
    done("settle", AUGUST, "--events", "--home", shown)
    done("settle", AUGUST, "--home", shown)
    assert path.read_bytes() == before
    done("settle", AUGUST, "--reading", "m2.in_kind_value=zero", "--replace", "--home", shown)
    assert not publish.has_events(path)
    done("settle", AUGUST, "--reading", "m2.in_kind_value=zero", "--events", "--home", shown)
    assert publish.has_events(path)
    assert rows(shown, "SELECT DISTINCT run FROM rated.event") == rows(
        shown, "SELECT run FROM rated.run"
    )
    done("verify", "--home", shown)


def test_nobody_who_is_erased_stays_in_it(shown):
    """The file is made anew then, as for all removals: without the table."""
    ((person,),) = rows(shown, "SELECT subscriber_id FROM usage.event LIMIT 1")
    done("store", "erase", person, "--why", "request 17", "--apply", "--home", shown)
    assert not publish.has_events(shown / "relief.duckdb")


def test_all_months_are_settled_first(home):
    assert "--events" in refused(2, "settle", "--all", "--events", "--home", home)["what"]
