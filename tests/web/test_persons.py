"""Persons behind the cells of a reader's file: counted exactly; what is told has ten or more."""

import shutil
from collections import defaultdict
from contextlib import closing

import duckdb
import pytest

from doisoat.settlement.web import persons
from doisoat.settlement.web.audience import READER
from doisoat.settlement.web.cells import LEAST, MERGED
from doisoat.settlement.web.cuts import cut
from doisoat.settlement.web.persons import load_persons

HOME = """
    JOIN usage.subscription AS home
        ON home.subscriber_id = event.subscriber_id AND home.carrier = event.carrier
        AND event.start_at >= home.valid_from
        AND (home.valid_until IS NULL OR event.start_at < home.valid_until)
    LEFT JOIN ref.locality AS locality ON locality.code = home.home_locality
"""
PROVINCE = "coalesce(locality.province, locality.code, '')"
# By line, day and home province: who is behind it. In this world an owner is a subscriber.
OF_USAGE = f"""
    SELECT event.carrier, event.kind, CAST(event.start_at AS DATE), {PROVINCE},
        list(DISTINCT event.owner_id)
    FROM usage.event AS event {HOME}
    WHERE event.event_id NOT IN (
        SELECT event_id FROM usage.suspense WHERE stage = 'settle' AND event_id IS NOT NULL
    )
    GROUP BY ALL
"""
OF_RELIEF = f"""
    SELECT line.carrier, line.measure, line.nature, CAST(event.start_at AS DATE), {PROVINCE},
        list(DISTINCT line.owner_id)
    FROM rated.relief_line AS line JOIN usage.event AS event USING (event_id) {HOME}
    GROUP BY ALL
"""


@pytest.fixture(scope="module")
def settled(of_many):
    """A database in which some cells have more than ten people, and many have fewer."""
    return of_many / "relief.duckdb"


def rows(file, sql):
    with closing(duckdb.connect(str(file), read_only=True)) as opened:
        return opened.execute(sql).fetchall()


def told_persons(told, held):
    """Who is behind each told row, by sums of cells: a merged one is all that is not told apart.

    Args: told: (line, day, province) of the file; held: persons by the same of what is published.
    """
    days, provinces = defaultdict(set), defaultdict(set)
    for line, day, province in told:
        days[line].add(day)
        provinces[line, day].add(province)
    found = {}
    for line, day, province in told:
        found[line, day, province] = {
            person
            for (own, on, at), people in held.items()
            if own == line
            and (on == day if day is not None else on not in days[line])
            and (at == province if province != MERGED else at not in provinces[line, day]
                 or day is None)
            for person in people
        }  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("table", "line", "held"),
    [("rated.total", "carrier, kind", OF_USAGE),
     ("rated.relief_total", "carrier, measure, nature", OF_RELIEF)],
)  # fmt: skip
def test_what_is_told_is_of_ten_people_at_least(settled, tmp_path, table, line, held):
    cut(settled, tmp_path / "reader.duckdb", READER)
    wide = len(line.split(", "))
    of = f"SELECT {line}, day, home_province FROM {table}"
    told = [(row[:wide], row[-2], row[-1]) for row in rows(tmp_path / "reader.duckdb", of)]
    people = {(row[:wide], row[-3], row[-2]): set(row[-1]) for row in rows(settled, held)}
    assert sum(len(one) < LEAST for one in people.values()) > 100  # there is something to hide
    whole = [one for one in told if MERGED not in one[0]]
    found = told_persons(whole, people)
    apart = [one for one in whole if one[1] is not None and one[2] != MERGED]
    assert len(apart) > 5  # and something to tell
    for one in whole:
        assert len(found[one]) >= LEAST, one


@pytest.fixture
def made():
    """A database with a few people, as the file that is cut is made."""
    with duckdb.connect() as opened:
        opened.execute("ATTACH ':memory:' AS face")
        opened.execute("ATTACH ':memory:' AS input")
        opened.execute("ATTACH ':memory:' AS owners")
        for schema in ("usage", "rated", "ref"):
            opened.execute(f"CREATE SCHEMA face.{schema}")
        opened.execute(
            "CREATE TABLE face.usage.subscription (owner_id UUID, subscriber_id UUID,"
            " carrier VARCHAR, home_locality VARCHAR, valid_from TIMESTAMP, valid_until TIMESTAMP)"
        )
        opened.execute("CREATE TABLE face.ref.locality (code VARCHAR, province VARCHAR)")
        opened.execute(
            "CREATE TABLE face.usage.event (event_id UUID, owner_id UUID, subscriber_id UUID,"
            " carrier VARCHAR, kind VARCHAR, start_at TIMESTAMP, units BIGINT,"
            " shard SMALLINT)"
        )
        opened.execute("CREATE TABLE face.usage.suspense (event_id UUID, stage VARCHAR)")
        opened.execute(
            "CREATE TABLE face.rated.relief_line (event_id UUID, owner_id UUID, carrier VARCHAR,"
            " measure VARCHAR, nature VARCHAR, units BIGINT, amount BIGINT)"
        )
        yield opened


def uuid(number):
    return f"00000000-0000-0000-0000-{number:012d}"


def add(made, owner, subscriber, events, shard=0, begins="2021-01-01", ends=None):
    """A subscription with as many calls on 1 August, each relieved by M1."""
    made.execute(
        "INSERT INTO face.usage.subscription VALUES (?, ?, 'a', '01', ?, ?)",
        [uuid(owner), uuid(subscriber), begins, ends],
    )
    for _ in range(events):
        ((number,),) = made.execute("SELECT 1 + count(*) FROM face.usage.event").fetchall()
        made.execute(
            "INSERT INTO face.usage.event VALUES (?, ?, ?, 'a', 'voice', '2021-08-01 08:00', 1, ?)",
            [uuid(number), uuid(owner), uuid(subscriber), shard],
        )
        made.execute(
            "INSERT INTO face.rated.relief_line VALUES (?, ?, 'a', 'M1', 'discount', 1, 1)",
            [uuid(number), uuid(owner)],
        )


def counted(made):
    """(events, persons) of usage and of relief, of the one cell."""
    load_persons(made)
    found = []
    for name in persons.SHARES:
        every = made.execute(
            f"SELECT events, persons FROM input.known_persons_of_{name}"
        ).fetchall()
        people = {person for _, some in every for person in some}
        found.append((sum(events for events, _ in every), len(people)))
    assert found[0] == found[1]
    return found[0]


def test_numbers_of_one_owner_and_owners_of_one_number_are_one_person(made):
    for subscriber in (101, 102, 103):  # a pool
        add(made, 1, subscriber, 2)
    add(made, 2, 104, 3, ends="2021-08-15")
    add(made, 3, 104, 0, begins="2021-08-15")  # the same number, now another owner's
    add(made, 3, 105, 1)
    add(made, 4, 106, 1)
    assert counted(made) == (11, 3)


def test_a_chain_of_owners_and_numbers_is_one_person_however_long(made):
    for link in range(12):  # each owner has a number of the one before
        add(made, 30 - link, 200 + link, 1, ends="2021-08-15")
        add(made, 30 - link, 201 + link, 0, begins="2021-08-15")
    assert counted(made) == (12, 1)


def test_counting_by_ranges_of_shards_counts_a_person_once(made, monkeypatch):
    monkeypatch.setattr(persons, "EVENTS_AT_ONCE", 2)
    for number in range(9):
        shard = number * 100
        # One person in nine ranges: each owner then has the number of the next.
        add(made, 40 + number, 500 + number, 1, shard, ends="2021-08-15")
        add(made, 40 + number, 501 + number, 0, begins="2021-08-15")
        add(made, 10 + number, 300 + number, 1, shard)
    assert counted(made) == (18, 10)


def test_no_more_persons_are_kept_of_a_cell_than_matter(made):
    for number in range(40):
        add(made, number, 100 + number, 1)
    load_persons(made)
    ((few,),) = made.execute("SELECT len(persons) FROM input.known_persons_of_total").fetchall()
    assert few == LEAST


def test_a_cell_of_which_usage_is_not_all_kept_is_told_as_a_small_one(settled, tmp_path):
    """Usage that retention took away: its totals stay, and nobody knows any more of how many."""
    cut(settled, tmp_path / "whole.duckdb", READER)
    told = "SELECT kind, day, home_province FROM rated.total WHERE carrier = '{}'"
    (kind, day, province), *_ = rows(
        tmp_path / "whole.duckdb",
        told.format("viettel") + " AND day IS NOT NULL AND kind <> '*' AND home_province <> '*'",
    )
    assert len(rows(tmp_path / "whole.duckdb", told.format("vnpt"))) > 1
    less = tmp_path / "relief.duckdb"
    shutil.copyfile(settled, less)
    less.chmod(0o600)
    with duckdb.connect(str(less)) as face:
        ((some,),) = face.execute(
            f"SELECT min(event_id) FROM usage.event AS event {HOME} WHERE event.carrier = 'viettel'"
            f" AND kind = ? AND CAST(start_at AS DATE) = ? AND {PROVINCE} = ?",
            [kind, day, province],
        ).fetchall()
        face.execute("DELETE FROM usage.event WHERE event_id = ? OR carrier = 'vnpt'", [some])
    cut(less, tmp_path / "less.duckdb", READER)
    found = rows(tmp_path / "less.duckdb", told.format("viettel"))
    assert (kind, day, province) not in found and len(found) > 1
    assert rows(tmp_path / "less.duckdb", told.format("vnpt")) == [(MERGED, None, MERGED)]
    sums = "SELECT carrier, sum(events), sum(list_value) FROM rated.total GROUP BY 1 ORDER BY 1"
    assert rows(tmp_path / "less.duckdb", sums) == rows(settled, sums)
