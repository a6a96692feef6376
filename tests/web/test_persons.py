"""Persons behind the cells of a reader's file: counted exactly; what is told has ten or more."""

import shutil
from collections import Counter, defaultdict
from contextlib import closing
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doisoat.settlement.database.tables import table
from doisoat.settlement.web.readers import persons_of_cells as persons
from doisoat.settlement.web.readers.audience import READER, Audience
from doisoat.settlement.web.readers.audience_database import cut
from doisoat.settlement.web.readers.disclosure_control import Edition
from doisoat.settlement.web.readers.persons_of_cells import load_persons
from doisoat.settlement.web.readers.small_cells import LEAST, MERGED
from tests.profiles import examples
from tests.settlement.test_rated_event import (
    ALL_SETTLED,
    SHOWN,
    TABLES,
    loaded,
    moment,
    rated_by_the_oracle,
)

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


@pytest.mark.parametrize("counted", ["M1, M3", "M1, M2, M3, M4, M5, M6, M8", "M10"])
def test_what_an_envelope_counts_less_what_is_told_of_it_is_of_ten_people(
    settled, tmp_path, counted
):
    face = shutil.copyfile(settled, tmp_path / "face.duckdb")
    with closing(duckdb.connect(str(face))) as made:
        made.execute("UPDATE ref.programme SET envelope_measures = ?", [counted])
    cut(face, tmp_path / "reader.duckdb", READER)
    of = "SELECT DISTINCT carrier, measure, nature FROM rated.relief_total"
    told = set(rows(tmp_path / "reader.duckdb", of))
    named, hidden = Counter(), defaultdict(set)
    for carrier, measure, nature, _, _, people in rows(face, OF_RELIEF):
        margin = (carrier, nature, measure in counted.split(", "))
        named[margin] += (carrier, measure, nature) in told
        if (carrier, measure, nature) not in told:
            hidden[margin] |= set(people)
    assert hidden
    for margin, people in hidden.items():
        assert len(people) >= LEAST or not named[margin], margin


def test_the_files_of_readers_and_carriers_lie_wherever_a_home_does(settled, tmp_path):
    folder = tmp_path / "nhà [1]* #%20'"  # of which a pattern would make another path
    folder.mkdir()
    face = folder / "relief.duckdb"
    shutil.copyfile(settled, face)
    first = Edition(folder / "first.duckdb")
    cut(face, first.released, READER)
    cut(face, folder / "second.duckdb", READER, first)
    cut(face, folder / "own.duckdb", Audience("carrier", "viettel"))
    of = "FROM rated.total ORDER BY ALL"
    assert rows(first.released, of) == rows(folder / "second.duckdb", of) != []
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.fixture
def made():
    """A database with a few people, as the file that is cut is made."""
    with closing(emptied()) as opened:
        publish_in(opened)
        opened.execute(f"USE face; {ALL_SETTLED}; USE memory")
        opened.execute("INSERT INTO face.ref.locality VALUES ('01', NULL), ('79', NULL)")
        yield opened


def emptied():
    """A connection with what a file is cut with, which holds nothing yet."""
    opened = duckdb.connect()
    for name in ("face", "input", "owners"):
        opened.execute(f"ATTACH ':memory:' AS {name}")
    return opened


def publish_in(opened):
    """Makes the tables of a published file that persons are counted from, without rows."""
    opened.execute(f"USE face; {TABLES}")
    for name in SHOWN:
        opened.execute(table(name).creation)
    opened.execute(
        "CREATE SCHEMA rated; CREATE TABLE rated.relief_line (event_id UUID, owner_id UUID,"
        " carrier VARCHAR, measure VARCHAR, nature VARCHAR, units BIGINT, amount BIGINT,"
        " start_at TIMESTAMP); USE memory"
    )


def uuid(number, place=0):
    """place: of 1,024, where it lies among all ids."""
    return str(UUID(int=place << 118 | number))


def add(made, owner, subscriber, events, place=0, begins="2021-01-01", ends=None, home="01"):
    """A subscription with as many calls on 1 August, each relieved by M1."""
    made.execute(
        "INSERT INTO face.usage.subscription (owner_id, subscriber_id, carrier, plan, segment,"
        " payment, home_locality, valid_from, valid_until)"
        " VALUES (?, ?, 'a', 'a1', 'standard', 'prepaid', ?, ?, ?)",
        [uuid(owner, place), uuid(subscriber), home, begins, ends],
    )
    for _ in range(events):
        call(made, uuid(owner, place), subscriber)


def call(made, owner, subscriber, at="2021-08-01 08:00", session=None, drawn=None):
    """drawn: whose balances it drew, where its record names another owner."""
    ((number,),) = made.execute("SELECT 1 + count(*) FROM face.usage.event").fetchall()
    made.execute(
        "INSERT INTO face.usage.event (event_id, owner_id, subscriber_id, carrier, kind, start_at,"
        " session_key, units) VALUES (?, ?, ?, 'a', 'voice', ?, ?, 1)",
        [uuid(number), owner, uuid(subscriber), at, session],
    )
    made.execute(
        "INSERT INTO face.rated.relief_line VALUES (?, ?, 'a', 'M1', 'discount', 1, 1, ?)",
        [uuid(number), drawn or owner, at],
    )


def by_province(made):
    """(events, persons) by home province, of usage and of relief alike."""
    made.execute("USE face")
    for name in SHOWN:
        made.execute(table(name).insertion)
    made.execute("USE memory")
    load_persons(made)
    every = []
    for name in persons.CELLS:
        found = {}
        for province, events, people in made.execute(
            f"SELECT home_province, events, persons FROM input.known_persons_of_{name}"
        ).fetchall():
            before = found.get(province, (0, set()))
            found[province] = (before[0] + events, before[1].union(people))
        every.append({key: (events, len(people)) for key, (events, people) in found.items()})
    assert every[0] == every[1]
    return every[0]


def counted(made):
    """(events, persons) of the one province."""
    ((_, found),) = by_province(made).items()
    return found


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


def test_counting_by_ranges_of_owners_counts_a_person_once(made, monkeypatch):
    monkeypatch.setattr(persons, "EVENTS_AT_ONCE", 2)
    for number in range(9):
        place = number * 100
        # One person in nine ranges: each owner then has the number of the next.
        add(made, 40 + number, 500 + number, 1, place, ends="2021-08-15")
        add(made, 40 + number, 501 + number, 0, place, begins="2021-08-15")
        add(made, 10 + number, 300 + number, 1, place)
    assert counted(made) == (18, 10)


def test_parts_of_a_call_are_counted_where_it_began(made):
    moved = "2021-08-01 12:00"
    add(made, 1, 101, 0, ends=moved)
    add(made, 1, 101, 0, begins=moved, home="79")
    for at in ("2021-08-01 11:59", "2021-08-01 12:01"):
        call(made, uuid(1), 101, at, session=uuid(9))
    call(made, uuid(1), 101, "2021-08-01 13:00")
    assert by_province(made) == {"01": (2, 1), "79": (1, 1)}


def test_what_a_member_used_is_his_accounts_though_its_record_names_none(made):
    add(made, 1, 101, 0, place=1000)
    add(made, 1, 102, 0, place=1000, home="79")
    for subscriber in (101, 101, 102):
        call(made, uuid(subscriber), subscriber, drawn=uuid(1, 1000))
    assert by_province(made) == {"01": (2, 1), "79": (1, 1)}


def test_whom_records_alone_put_under_an_account_is_one_person_with_it(made):
    add(made, 1, 1, 0)
    call(made, uuid(1), 101)
    add(made, 101, 101, 2)
    assert counted(made) == (3, 1)


@settings(max_examples=examples(0.4))
@given(seed=st.integers(0, 2**32 - 1))
def test_events_and_lines_are_whose_and_where_the_oracle_rated_them(seed):
    world, subscriptions, outcomes, province = rated_by_the_oracle(seed)
    usage, relief, lines = Counter(), Counter(), []
    for event, found in ((one.event, one) for one in outcomes if one.status == "rated"):
        (terms,) = [step.data for step in found.trace if step.kind == "subscription"]
        day = moment(event.start_ms).date()
        at = (day, province.get(str(terms["home_locality"]), ""), UUID(int=event.owner))
        usage[event.carrier, event.kind, *at] += 1
        for line in found.lines:
            relief[event.carrier, line.measure, line.nature, *at] += 1
            lines.append((
                UUID(int=event.event_id), UUID(int=event.owner), event.carrier, line.measure,
                line.nature, line.units, line.amount, moment(event.start_ms),
            ))  # fmt: skip
    with closing(emptied()) as made, loaded(world, subscriptions, outcomes) as told:
        as_face(made, told)
        for row in lines:
            made.execute(f"INSERT INTO face.rated.relief_line VALUES ({', '.join('?' * 8)})", row)
        load_persons(made)
        for name, of_line, expected in (
            ("total", "carrier, kind", usage), ("relief_total", "carrier, measure, nature", relief),
        ):  # fmt: skip
            by = f"{of_line}, day, home_province, owner_id"
            of = f"SELECT {by}, events FROM owners.share_of_{name}"
            kept = made.execute(of).fetchall()
            assert len(kept) == len(expected)
            assert {tuple(row[:-1]): row[-1] for row in kept} == expected


def as_face(made, told):
    """Puts the tables of another database where the published file is."""
    publish_in(made)
    tables = told.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()")
    for (name,) in tables.fetchall():
        rows = told.execute(f"FROM {name}").fetchall()
        if rows:
            made.executemany(
                f"INSERT INTO face.{name} VALUES ({', '.join('?' * len(rows[0]))})", rows
            )


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
