"""What a reader can work out of both tables, and of two editions: no difference is of few persons.

The attack is of its own: each told row is the set of events that it truly counts, by SQL that
shares nothing with the counting; sets of one carrier and day, single ones, sums over provinces and
sums over days, are held against each other, and whatever differs by one to nine persons is found.
"""

import shutil
from collections import defaultdict
from contextlib import closing
from datetime import date
from itertools import combinations, product
from operator import itemgetter

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doisoat.settlement.web.readers.audience import READER
from doisoat.settlement.web.readers.audience_database import cut
from doisoat.settlement.web.readers.disclosure import Sort, exposed, name_rows
from doisoat.settlement.web.readers.small_cells import LEAST, MERGED, Cell
from tests.integration.conftest import done
from tests.made_once import made_once
from tests.profiles import examples

from .test_cells import persons_of
from .test_persons import HOME, PROVINCE, rows

# (line, day, province, event, owner) of all that each table adds up.
OF_TABLES = {
    "rated.total": f"""
        SELECT event.kind, CAST(event.start_at AS DATE), {PROVINCE}, event.event_id::VARCHAR,
            event.owner_id::VARCHAR
        FROM usage.event AS event {HOME}
        WHERE event.carrier = ? AND event.event_id NOT IN (
            SELECT event_id FROM usage.suspense WHERE stage = 'settle' AND event_id IS NOT NULL
        )""",
    "rated.relief_total": f"""
        SELECT line.measure || '/' || line.nature, CAST(event.start_at AS DATE), {PROVINCE},
            event.event_id::VARCHAR, line.owner_id::VARCHAR
        FROM rated.relief_line AS line JOIN usage.event AS event USING (event_id) {HOME}
        WHERE line.carrier = ?""",
}  # fmt: skip
NAMES = {"rated.total": "kind", "rated.relief_total": "measure || '/' || nature"}
CARRIERS = ("cmc", "fpt", "mobifone", "sctv", "vietnamobile", "viettel", "vnpt")


@pytest.fixture(scope="module")
def of_500(tmp_path_factory):
    """A settled home of 500 subscribers; not to be changed."""

    def make(folder):
        home = folder / "out"
        done("simulate", "--subscribers", "500", "--home", home)
        done("settle", "--home", home)
        return home

    return made_once(tmp_path_factory, "of-500", make, by=("simulate", "settle"))


class Told:
    """What a reader's file tells of a carrier: the events that each row truly counts."""

    def __init__(self, face, told, carrier):
        self.owner = {}
        self.rows = defaultdict(set)  # by table, name, day, province
        with closing(duckdb.connect(str(face), read_only=True)) as opened:
            for table, sql in OF_TABLES.items():
                of = f"SELECT {NAMES[table]}, day, home_province FROM {table} WHERE carrier = ?"
                with closing(duckdb.connect(str(told), read_only=True)) as file:
                    keys = set(file.execute(of, [carrier]).fetchall())
                names = {name for name, _, _ in keys}
                for name, day, province, event, owner in opened.execute(sql, [carrier]).fetchall():
                    own = name
                    if own not in names:
                        _, _, nature = name.partition("/")
                        own = f"{MERGED}/{nature}" if nature else MERGED
                    for key in ((own, day, province), (own, day, MERGED), (own, None, MERGED)):
                        if key in keys:
                            self.rows[table, *key].add(event)
                            self.owner[event] = owner
                            break

    def sets(self):
        """Of each day, and of the month (None): rows, and sums of a name over provinces and days.

        A row of merged days has the sums of usage of these days beside it.
        """
        found = defaultdict(lambda: defaultdict(set))
        for (table, name, day, province), events in self.rows.items():
            found[day][table, name, province] |= events
            found[day][table, name, "sum"] |= events
            found[None][table, name, "month"] |= events
        days = {day for day in found if day is not None}
        for table, name, day, _ in list(self.rows):
            if table == "rated.relief_total" and day is None:
                own = {one[2] for one in self.rows if one[:2] == (table, name)}
                for kind in {one[1] for one in self.rows if one[0] == "rated.total"}:
                    for merged in days - own:
                        found[None]["rated.total", kind, f"days beside {name}"] |= {
                            event for (of, other, at, _), events in self.rows.items()
                            if (of, other, at) == ("rated.total", kind, merged)
                            for event in events
                        }  # fmt: skip
        return found


def proved(*editions):
    """Pairs of sets that differ by the events of one to nine persons alone; and how many sets."""
    every = [one.sets() for one in editions]
    owner = {event: who for one in editions for event, who in one.owner.items()}
    found, count = [], 0
    for day in {day for sets in every for day in sets}:
        some = [
            ((place, *key), events)
            for place, sets in enumerate(every) for key, events in sets.get(day, {}).items()
        ]  # fmt: skip
        count += len(some)
        for (one, events), (other, others) in combinations(some, 2):
            if not events & others:
                continue
            differing = events ^ others
            people = set()
            for event in differing:  # few, most often: it ends with the tenth person
                people.add(owner[event])
                if len(people) >= LEAST:
                    break
            if 0 < len(people) < LEAST:
                found.append((day, one, other, len(people), len(differing)))
    return found, count


@pytest.mark.parametrize("carrier", CARRIERS)
def test_no_difference_of_told_figures_over_both_tables_is_of_few_persons(
    of_500, tmp_path, carrier
):
    face = of_500 / "relief.duckdb"
    cut(face, tmp_path / "reader.duckdb", READER)
    told = Told(face, tmp_path / "reader.duckdb", carrier)
    found, count = proved(told)
    assert found == []
    assert count > 20 and any(table == "rated.relief_total" for table, *_ in told.rows)


def test_the_attack_finds_whom_a_file_tells_that_was_cut_table_by_table(of_500, tmp_path):
    """Rows as fine as they can be, one of ten persons each: they differ by fewer."""
    face = tmp_path / "face.duckdb"
    shutil.copyfile(of_500 / "relief.duckdb", face)
    cut(face, tmp_path / "reader.duckdb", READER)
    (tmp_path / "reader.duckdb").chmod(0o600)
    with closing(duckdb.connect(str(tmp_path / "reader.duckdb"))) as file:
        file.execute(f"ATTACH '{face}' AS face (READ_ONLY)")
        for table in OF_TABLES:
            key = "carrier, day, home_province, " + NAMES[table].replace(" || '/' ||", ",")
            names = key.replace("home_province, ", "")
            file.execute(f"DELETE FROM {table} WHERE carrier = 'viettel'")
            file.execute(
                f"INSERT INTO {table} BY NAME SELECT '2021-08' AS period, {names},"
                f" '{MERGED}' AS home_province, sum(events) AS events, sum(units) AS units,"
                f" 0 AS {'list_value' if table == 'rated.total' else 'amount'}"
                f" FROM face.{table} WHERE carrier = 'viettel' GROUP BY {names}"
            )
    found, _ = proved(Told(face, tmp_path / "reader.duckdb", "viettel"))
    assert len(found) > 20 and min(people for *_, people, _ in found) == 1


def test_what_is_left_out_is_in_no_table_and_the_statement_has_its_sum(of_500, tmp_path):
    face, told = of_500 / "relief.duckdb", tmp_path / "reader.duckdb"
    cut(face, told, READER)
    of = "SELECT DISTINCT carrier, measure, nature FROM {} ORDER BY ALL"
    named = rows(told, of.format("rated.relief_total"))
    assert named == rows(told, of.format("settlement.statement_line"))
    natures = "SELECT DISTINCT carrier, nature FROM rated.relief_total"
    left_out = set(rows(face, natures)) - set(rows(told, natures))
    assert left_out  # such as packs without a contribution, of a few
    for carrier, nature in left_out:
        of = f"SELECT {nature} FROM settlement.statement WHERE carrier = '{carrier}'"
        assert rows(told, of) == rows(face, of) != [(0,)]


def test_events_that_nobody_knows_any_more_leave_out_what_cannot_be_shown_to_be_of_many(
    of_500, tmp_path
):
    """Usage that retention took away: relief cannot be held against it."""
    less = tmp_path / "less.duckdb"
    shutil.copyfile(of_500 / "relief.duckdb", less)
    less.chmod(0o600)
    with closing(duckdb.connect(str(less))) as opened:
        opened.execute("DELETE FROM usage.event WHERE carrier = 'vnpt'")
    cut(less, tmp_path / "reader.duckdb", READER)
    of = "SELECT count(*) FROM {} WHERE carrier = 'vnpt'"
    for table in ("rated.relief_total", "settlement.statement_line"):
        assert rows(tmp_path / "reader.duckdb", of.format(table)) == [(0,)]
    assert rows(tmp_path / "reader.duckdb", of.format("rated.total")) == [(1,)]


# --- combinations --------------------------------------------------------------------------------

FIGURES = 4
PEOPLE = 30
SORT = st.tuples(
    st.lists(st.integers(-1, 2), min_size=FIGURES, max_size=FIGURES),
    st.frozensets(st.integers(0, PEOPLE - 1), min_size=1, max_size=14),
)


def sort_of(vector, people, is_exact=True, gives=True):
    pairs = tuple((figure, times) for figure, times in enumerate(vector) if times)
    return Sort(pairs, is_exact, gives, persons_of(*people))


@settings(max_examples=examples(2))
@given(st.lists(SORT, max_size=7))
def test_where_nothing_is_left_no_combination_is_of_few(sorts):
    """Each combination with whole numbers from -3 to 3, by trying it."""
    found, _ = exposed([sort_of(*sort) for sort in sorts])
    if found:
        return
    for numbers in product(range(-3, 4), repeat=FIGURES):
        people = set()
        for vector, own in sorts:
            if sum(map(int.__mul__, numbers, vector)):
                people |= own
        assert not people or len(people) >= LEAST, numbers


MANY, FEW = tuple(range(LEAST)), tuple(range(LEAST - 1))


@pytest.mark.parametrize(("sorts", "left"), [
    ([((1, 0), MANY), ((1, 1), MANY)], 0),
    ([((1, 0), FEW), ((1, 1), MANY)], 1),  # usage less relief is of few
    ([((1, 1), MANY)], 0),  # all usage has relief: they differ by nobody
    ([((1, 0), MANY), ((1, 1), FEW)], 1),  # relief of few
    ([((1, 0, 0), FEW), ((1, 0, 1), MANY), ((0, 1, 0), range(9, 12)), ((0, 1, 1), MANY)], 0),
    ([((1, 0, 0), FEW), ((1, 0, 1), MANY), ((0, 1, 0), range(3)), ((0, 1, 1), MANY)], 2),
    ([((1, 1, 0), MANY), ((1, 0, 1), MANY), ((1, 0, 0), MANY)], 0),
    ([((0, 1, 1), MANY), ((1, 0, 0), MANY), ((1, 1, 0), FEW)], 1),  # two lines of one pack
], ids=range(8))  # fmt: skip
def test_usage_and_relief_of_many_differ_by_few_or_not(sorts, left):
    found, _ = exposed([sort_of(*sort) for sort in sorts])
    assert len({sort.vector for sort, _ in found}) == left


def test_units_that_differ_and_persons_who_may_cancel_stand_behind_nothing():
    part = sort_of((1, 1), MANY, is_exact=False)  # lines of a part of their events
    assert exposed([sort_of((1, 1), MANY), part])[0]
    assert not exposed([sort_of((1, 0), MANY), part])[0]
    moved = sort_of((1, 0), MANY, gives=False)
    assert exposed([moved])[0] and not exposed([moved, sort_of((1, 0), MANY)])[0]


# --- what changed --------------------------------------------------------------------------------

PERIOD, DAY, HOME_CODE = "2021-08", date(2021, 8, 5), "79"
KIND = (PERIOD, "viettel", "pack")
LINE = (PERIOD, "viettel", "vn-2021-08", "M5", "contribution")
OF_LINE = "M5/contribution"
CELL = {"total": (KIND, DAY, HOME_CODE), "relief_total": (LINE, DAY, HOME_CODE)}


CELL_WAS = dict(CELL)  # the rows that they were told in


def naming_of(*events, was=True):
    """What is told of one cell of usage and of one of relief: (relief before, now, persons, gives).

    was: was each told before as it is now?
    """
    counts = {
        "total": sum(len(people) for _, now, people, _ in events if now is not None),
        "relief_total": sum(len(people) for _, now, people, _ in events if now),
    }
    cells = {table: [Cell(*key, (counts[table], 0, 0), None)] for table, key in CELL.items()}
    rows_of = [
        (PERIOD, "pack", DAY, HOME_CODE, before, now, 2, gives, 0 if now is None else len(people),
         None if len(people) >= LEAST else list(people))
        for before, now, people, gives in events
    ]  # fmt: skip
    before = {table: {key: CELL_WAS[table]} if was else {} for table, key in CELL.items()}
    margins = {"total": itemgetter(0, 1), "relief_total": itemgetter(0, 1, 2, 4)}
    places = {"total": 2, "relief_total": 3}
    return name_rows(cells, lambda carrier: rows_of, before, margins, places)


STAYED = (("", "", MANY, True), (OF_LINE, OF_LINE, MANY, True))
CAME, CAME_WITH, GOT = (None, ""), (None, OF_LINE), ("", OF_LINE)


@pytest.mark.parametrize(("changed", "is_told"), [
    ([], True),
    ([(*CAME_WITH, MANY, True)], True),
    ([(*CAME_WITH, MANY, True), (*CAME, (30,), True)], False),  # usage grew by one more
    ([(*CAME_WITH, MANY, True), (*CAME, MANY, True)], True),
    ([(*GOT, MANY, True)], True),  # many got relief: usage is as it was
    ([(*GOT, MANY, True), (*CAME, (30,), True)], False),
    ([(*GOT, (30,), True)], False),
    ([("", None, (30,), True)], False), ([("", None, MANY, True)], True),
    # of ten some came and some went, which may be the same ones: one more came
    ([("", None, MANY, False), (*CAME, MANY, False), (*CAME, (30,), True)], False),
], ids=range(10))  # fmt: skip
def test_a_month_is_told_anew_where_no_difference_of_what_changed_is_of_few(changed, is_told):
    naming = naming_of(*STAYED, *changed)
    assert naming.few == (frozenset() if is_told else {PERIOD})
    if is_told:
        assert naming.rows == {table: {key: key} for table, key in CELL.items()}


def test_relief_that_was_left_out_is_told_later_where_usage_told_before_is_of_many_more(
    monkeypatch,
):
    """Usage of before less relief of now has who had none before, whoever came since."""
    few = ("", "", (30,), True), (OF_LINE, OF_LINE, MANY, True)
    first = naming_of(*((None, now, people, True) for _, now, people, _ in few), was=False)
    assert first.rows["total"] == {CELL["total"]: CELL["total"]} and not first.few
    assert set(first.rows["relief_total"].values()) == {None}
    monkeypatch.setitem(CELL_WAS, "relief_total", None)
    later = naming_of(*few, (*CAME, tuple(range(40, 52)), True))
    assert set(later.rows["relief_total"].values()) == {None} and not later.few
    enough = ("", "", (30, *MANY), True), few[1]
    assert naming_of(*enough).rows["relief_total"] == {CELL["relief_total"]: CELL["relief_total"]}
