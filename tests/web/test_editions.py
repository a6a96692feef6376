"""Two publications that a reader keeps: no difference of theirs is of few persons."""

import csv
import json
import shutil
import time
from collections import defaultdict

import duckdb
import pytest
from hypothesis import given

from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY
from doisoat.settlement.web.readers.audience import READER
from doisoat.settlement.web.readers.audience_database import cut
from doisoat.settlement.web.readers.disclosure_control import (
    COUNTS,
    Edition,
    few_of_statements,
    last_edition,
)
from doisoat.settlement.web.readers.small_cells import (
    LEAST,
    MERGED,
    Cell,
    MergedKeys,
    merge_cells,
    merge_lines,
)
from tests.integration.conftest import done

from .conftest import PASSWORDS, Asker, add_user, serving
from .test_cells import BY_CARRIER, CELLS, PEOPLE, persons_of
from .test_disclosure import Told, proved
from .test_persons import OF_RELIEF, OF_USAGE, rows

TOLD = (
    "rated.run", "rated.total", "rated.relief_total", "settlement.statement",
    "settlement.programme", "settlement.statement_line", "settlement.burn_down",
    "settlement.period",
)  # fmt: skip
SECONDS = 60


@pytest.fixture(scope="module")
def first(of_many):
    """A settled home, and the records of a carrier's file of usage, by column."""
    every = sorted(path for path in (of_many / "world").glob("usage-viettel-*.csv"))
    records = []
    for path in every:
        with path.open(encoding="utf-8", newline="") as file:
            records += csv.DictReader(file)
    assert len({record["number"] for record in records}) > 50
    return of_many, records


@pytest.fixture
def publish(first, tmp_path):
    """Takes records in that came late, settles again, and gives what is published then."""
    home = tmp_path / "out"
    shutil.copytree(first[0], home, ignore=shutil.ignore_patterns("world"))
    key = tmp_path / "synthetic.key"
    content = {"version": 1, "created": SYNTHETIC_KEY.created, "public": True}
    key.write_text(json.dumps({**content, "key": SYNTHETIC_KEY.secret.hex()}))
    key.chmod(0o600)
    count = 0

    def publish(*records, periods=("2021-08",)):
        nonlocal count
        count += 1
        late = [{**record, "record_key": f"late-{count}-{place}"}
                for place, record in enumerate(records)]  # fmt: skip
        path = tmp_path / f"late-{count}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            written = csv.DictWriter(file, list(late[0]), lineterminator="\n")
            written.writeheader()
            written.writerows(late)
        done("intake", path, "--mapping", "world", "--key", key, "--home", home)
        for period in periods:
            done("settle", "--period", period, "--home", home)
        face = tmp_path / f"relief-{count}.duckdb"
        shutil.copyfile(home / "relief.duckdb", face)
        return face

    return publish


@pytest.fixture
def late_home(publish, tmp_path):
    """The home that `publish` takes late records into."""
    return tmp_path / "out"


def edition(face, folder, name, former=None):
    made = Edition(folder / f"reader-{name}.duckdb")
    return made, cut(face, made.released, READER, former)


def told(made, tables=TOLD):
    return {table: sorted(map(repr, rows(made.released, f"FROM {table}"))) for table in tables}


def raw_rows(face, sql, width):
    """Of each cell as published, by line, day and province: how many events each owner has."""
    found = {}
    for row in rows(face, sql):
        owners = defaultdict(int)
        for owner in row[-1]:
            owners[owner] += 1
        found["2021-08", *row[:width], row[-3], row[-2]] = dict(owners)
    return found


def rows_in(told):
    """Of a cell as published the told row that it is in: (line, day, province), merged or not; None
    of relief that is left out."""
    lines = {one[:-2] for one in told}

    def row_of(cell):
        *line, day, province = cell
        own = tuple(line) if tuple(line) in lines else (*line[:2], MERGED, *line[3:])
        for key in ((*own, day, province), (*own, day, MERGED), (*own, None, MERGED)):
            if key in told:
                return key
        assert len(line) > 3 and own not in lines, f"{cell} is in no row"
        return None

    return row_of


def check_differences(before, after, told_before, told_after):
    """Each row told after is of whole rows told before, and changed of nobody or of ten persons."""
    row_before, row_after = rows_in(told_before), rows_in(told_after)
    of_before = {cell: row_before(cell) for cell in before}
    cells_of = defaultdict(set)
    for cell, row in of_before.items():
        cells_of[row].add(cell)
    rows_after = defaultdict(set)
    for cell in before.keys() | after.keys():
        rows_after[row_after(cell)].add(cell)
    moved = 0
    rows_after.pop(None, None)
    cells_of.pop(None, None)
    for row, some in rows_after.items():
        for cell in some & before.keys():
            assert cells_of.get(of_before[cell], set()) <= some, row
        persons = {
            owner
            for cell in some
            for owner in before.get(cell, {}).keys() | after.get(cell, {}).keys()
            if before.get(cell, {}).get(owner) != after.get(cell, {}).get(owner)
        }
        assert not persons or len(persons) >= LEAST, row
        moved += bool(persons)
    return moved


def keys_told(made, table, line):
    return set(rows(made.released, f"SELECT period, {line}, day, home_province FROM {table}"))


@pytest.mark.parametrize("kind", ["fee", "data", "voice"])
def test_one_event_more_is_told_nowhere(first, publish, tmp_path, kind):
    home, records = first
    one, months = edition(home / "relief.duckdb", tmp_path, "1")
    assert not months.held_back
    late = next(record for record in records if record["kind"] == kind)
    face = publish(late)
    events = "SELECT sum(events) FROM settlement.statement"
    assert rows(face, events) != rows(home / "relief.duckdb", events)  # auditors see it
    two, months = edition(face, tmp_path, "2", one)
    assert months.as_before == {"2021-08"} and told(two) == told(one)
    names = [
        f"{table}" for (table,) in rows(one.released, "SELECT table_name FROM duckdb_tables()")
    ]
    of = "SELECT table_name, estimated_size FROM duckdb_tables() ORDER BY ALL"
    assert names and rows(two.released, of) == rows(one.released, of)
    again, _ = edition(face, tmp_path, "3", two)  # and by no further edition
    assert told(again) == told(one)


def test_what_many_changed_is_told_in_lots_and_what_waited_with_it(first, publish, tmp_path):
    home, records = first
    one, _ = edition(home / "relief.duckdb", tmp_path, "1")
    fees = [record for record in records if record["kind"] == "fee"]
    two, months = edition(publish(fees[0]), tmp_path, "2", one)
    assert months.as_before
    face = publish(*fees[1::30])
    three, months = edition(face, tmp_path, "3", two)
    assert not months.held_back
    for table, line, sql, width in (
        ("rated.total", "carrier, kind", OF_USAGE, 2),
        ("rated.relief_total", "carrier, measure, nature", OF_RELIEF, 3),
    ):
        of_all = sql.replace("DISTINCT ", "")
        before, after = (raw_rows(one_face, of_all, width)
                         for one_face in (home / "relief.duckdb", face))  # fmt: skip
        moved = check_differences(
            before, after, keys_told(one, table, line), keys_told(three, table, line)
        )
        assert moved
        sums = f"SELECT {line}, sum(events), sum(units) FROM {table} GROUP BY ALL ORDER BY ALL"
        named = [row for row in rows(three.released, sums) if MERGED not in row]
        assert named and set(named) <= set(rows(face, sums))
    for table in ("settlement.statement", "rated.run", "settlement.programme"):
        assert rows(three.released, f"FROM {table}") == rows(face, f"FROM {table}")
    anew, _ = edition(face, tmp_path, "4")  # cut with no look at what was told, it would tell more
    line = "carrier, kind"
    before, after = (raw_rows(one_face, OF_USAGE.replace("DISTINCT ", ""), 2)
                     for one_face in (home / "relief.duckdb", face))  # fmt: skip
    with pytest.raises(AssertionError):
        check_differences(
            before, after, keys_told(one, "rated.total", line), keys_told(anew, "rated.total", line)
        )


def test_of_what_changed_after_somebody_was_erased_nobody_is_known(first, publish, tmp_path):
    home, records = first
    one, _ = edition(home / "relief.duckdb", tmp_path, "1")
    one.owners.unlink()
    same, months = edition(home / "relief.duckdb", tmp_path, "2", one)
    assert not months.held_back and told(same) == told(one)  # nothing changed
    same.owners.unlink()
    fees = [record for record in records if record["kind"] == "fee"]
    three, months = edition(publish(*fees[::30]), tmp_path, "3", same)
    assert months.as_before == {"2021-08"} and told(three) == told(one)
    four, months = edition(publish(records[0]), tmp_path, "4", three)  # nor by the one after
    assert months.as_before == {"2021-08"} and told(four) == told(one)


def test_two_editions_expose_nobody_by_any_difference_over_both_tables(first, publish, tmp_path):
    home, records = first
    one, _ = edition(home / "relief.duckdb", tmp_path, "1")
    late = [record for record in records if record["kind"] in ("fee", "pack")]
    face = publish(*late[::20])
    two, months = edition(face, tmp_path, "2", one)
    assert not months.held_back and told(two) != told(one)
    files = ((home / "relief.duckdb", one.released), (face, two.released))
    found, count = proved(*(Told(*file, "viettel") for file in files))
    assert found == [] and count > 100


def test_a_month_waits_for_those_before_it(first, publish, tmp_path):
    home, records = first
    one, _ = edition(home / "relief.duckdb", tmp_path, "1")
    sms = next(record for record in records if record["kind"] == "sms")
    later = {**sms, "started": "2021-09-02 10:00:00.000"}
    two, months = edition(publish(later, periods=("2021-08", "2021-09")), tmp_path, "2", one)
    assert not months.held_back
    assert rows(two.released, "SELECT period FROM rated.run ORDER BY 1") == [
        ("2021-08",),
        ("2021-09",),
    ]
    face = publish(records[0], periods=("2021-08", "2021-09"))
    three, months = edition(face, tmp_path, "3", one)
    assert (months.as_before, months.waiting) == ({"2021-08"}, {"2021-09"})
    assert told(three) == told(one)


@pytest.mark.parametrize(("column", "by", "is_told"), [
    *((column, by, by == LEAST) for column in COUNTS for by in (1, -1, LEAST - 1, LEAST)),
    ("refund", 1, False), ("overcharge", 1, False), ("list_value", 1_000_000, False),
    ("recognised", 1, True),  # it follows from what others had
])  # fmt: skip
def test_a_figure_of_a_statement_that_no_cell_has_is_told_once_enough_changed(
    first, column, by, is_told
):
    with duckdb.connect() as opened:
        opened.execute(f"ATTACH '{first[0] / 'relief.duckdb'}' AS published (READ_ONLY)")
        for of in ("former", "face"):
            opened.execute(f"ATTACH ':memory:' AS {of}")
            opened.execute(f"CREATE SCHEMA {of}.settlement")
            opened.execute(
                f"CREATE TABLE {of}.settlement.statement AS FROM published.settlement.statement"
            )
        opened.execute(
            f"UPDATE face.settlement.statement SET {column} = {column} + ?"
            " WHERE carrier = 'viettel'", [by],
        )  # fmt: skip
        assert few_of_statements(opened, set()) == (set() if is_told else {"2021-08"})


def of_server(reader):
    """All that a reader is told but which publication it is of."""
    paths = ["/api/names", "/api/overview", "/api/carriers", "/api/carrier/viettel",
             "/api/statement/viettel", "/api/tables", "/api/queries",
             "/api/cells?by=carrier,measure,day,home_province",
             "/api/carrier/viettel/usage?by=kind,day,home_province"]  # fmt: skip
    answers = [reader.get(path).json for path in paths]
    return [{key: value for key, value in one.items() if key != "generation"} for one in answers]


def test_a_reader_who_keeps_what_the_server_told_learns_nothing_of_one_event(
    first, publish, late_home
):
    home, records = late_home, first[1]
    for name, role in (("kiem-toan", "auditor"), ("ban-doc", "reader")):
        add_user(home, name, PASSWORDS[name], "--role", role)
    with serving(home) as (url, _):
        reader, auditor = (
            Asker(url, Asker(url).log_in(name).json["token"]) for name in ("ban-doc", "kiem-toan")
        )
        before, was = of_server(reader), auditor.get("/api/overview").json["generation"]
        old = last_edition(home / "web", "reader")
        publish(records[0])
        until = time.monotonic() + SECONDS
        while auditor.get("/api/overview").json["generation"] == was:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert reader.get("/api/overview").json["generation"] != was
        assert of_server(reader) == before
        new = last_edition(home / "web", "reader")
        assert old and new and new != old
        assert not any(path.exists() for path in (old.released, old.cells, old.owners))
        assert new.owners.stat().st_mode & 0o777 == 0o400


# --- by cells alone ------------------------------------------------------------------------------


def key_of(one):
    return one.line, one.day, one.province


def whose_part_changed(before, one):
    """The persons of whom a cell has another number of events than before."""
    was = before[key_of(one)].values if key_of(one) in before else (0,) * len(one.values)
    pairs = zip(was[1:], one.values[1:], strict=True)
    return {person for person, (old, new) in enumerate(pairs) if old != new}


@given(CELLS, CELLS)
def test_every_block_is_of_whole_blocks_of_before_and_changed_by_nobody_or_many(old, new):
    """A last value marks each cell as published, so that it is seen of which a sum is."""
    before = {key_of(one): one for one in old}
    nothing = (0,) * (PEOPLE + 1)
    gone = [
        Cell(line, day, province, nothing, frozenset())
        for line, day, province in before.keys() - set(map(key_of, new))
    ]
    every = [*new, *gone]
    marks = {key: 1 << place for place, key in enumerate(sorted(map(key_of, every)))}
    changed = {key_of(one): whose_part_changed(before, one) for one in every}

    def cut_of(cells):
        marked = (one._replace(values=(*one.values, marks[key_of(one)])) for one in cells)
        return merge_cells(merge_lines(marked, BY_CARRIER, 2))

    told_before = cut_of(old)
    row_before = rows_in({(*one.line, one.day, one.province) for one in told_before})

    def with_change(one):
        told_as = one._replace(changed=persons_of(*changed[key_of(one)]))
        if key_of(one) not in before:
            return told_as
        *line, day, province = row_before((*one.line, one.day, one.province))
        return told_as._replace(held=MergedKeys(line[2] == MERGED, day is None, province == MERGED))

    of_margin = defaultdict(set)
    for one in every:
        of_margin[one.line[:2]] |= changed[key_of(one)]
    for one in cut_of(map(with_change, every)):
        if 0 < len(of_margin[one.line[:2]]) < LEAST:
            continue  # its month is told as before
        whole = one.values[-1]
        for row in told_before:
            assert not row.values[-1] & whole or not row.values[-1] & ~whole
        people = set().union(*(changed[key] for key, mark in marks.items() if mark & whole))
        assert not people or len(people) >= LEAST
