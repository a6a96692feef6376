"""What was announced beside tariffs stands beside what is settled: shown, and added to nothing."""

import shutil

import duckdb
import fastexcel
import pytest
import yaml

from doisoat.settlement.web import page_queries as reading
from doisoat.settlement.web.readers.audience import Audience
from doisoat.tariffs.load.bundled import bundled_package
from tests.made_once import made_once

from .conftest import done

NAME = "song-va-may-tinh"
AMOUNTS = ("events", "list_value", "discount", "payable", "in_kind", "contribution", "digest")
AUDITOR = Audience("auditor", "")


@pytest.fixture(scope="module")
def with_table(settled, tmp_path_factory):
    """What a settle with the table says, and where its home lies."""

    def make(folder):
        home = shutil.copytree(settled[0], folder / "out", ignore=shutil.ignore_patterns("world"))
        return home, done("settle", "--package", NAME, "--home", home)

    return made_once(tmp_path_factory, "announcements", make)


def sheets(home, carrier):
    (path,) = (home / "reports").glob(f"doi-soat-2021-08-{carrier}.xlsx")
    return fastexcel.read_excel(path)


def test_the_database_and_the_workbook_tell_each_line_with_its_source(with_table):
    home, _ = with_table
    face = duckdb.connect(str(home / "relief.duckdb"), read_only=True)
    found = face.execute(
        "SELECT kind, day::VARCHAR, until::VARCHAR, who_en, quantity, amount, source, mark"
        " FROM ref.announcement ORDER BY place"
    ).fetchall()
    written = yaml.safe_load(bundled_package(NAME).read_text("utf-8"))["announcements"]
    assert len(found) == len(written) == 18
    for row, one in zip(found, written, strict=True):
        day, until = (str(one[key]) if key in one else None for key in ("day", "until"))
        number, amount = (int(one[key]) if key in one else None for key in ("quantity", "amount"))
        assert row == (one["kind"], day, until, one["who_en"], number, amount, one["source"],
                       one["mark"])  # fmt: skip
    book = sheets(home, "vnpt")
    cells = [
        [None if cell is None else str(cell) for cell in row]
        for row in book.load_sheet("Công bố", header_row=None, dtypes="string").to_polars().rows()
    ]
    text = "\n".join(" ".join(cell or "" for cell in row) for row in cells)
    assert "không được cộng vào số nào" in text and "VND" not in text
    for one in written:
        (line,) = (
            row for row in cells if one['what'] in row
            and any(cell and cell.startswith(one["who"]) for cell in row)
        )  # fmt: skip
        assert one["source"] in line
        for key in ("quantity", "amount"):
            assert key not in one or str(one[key]) in line


def test_nothing_that_is_settled_hangs_on_the_table(settled, with_table, tmp_path):
    text = bundled_package(NAME).read_text("utf-8")
    head, _, rest = text.partition("announcements:\n")
    bare = tmp_path / f"{NAME}.yaml"
    bare.write_text(head + rest[rest.index("measures:") :], "utf-8")
    home = shutil.copytree(settled[0], tmp_path / "out", ignore=shutil.ignore_patterns("world"))
    told = done("settle", "--package", bare, "--home", home)
    assert {name: told[name] for name in AMOUNTS} == {name: with_table[1][name] for name in AMOUNTS}
    assert told["run"] != with_table[1]["run"]  # the package is another one
    assert "Công bố" not in sheets(home, "vnpt").sheet_names
    read = duckdb.connect(str(home / "relief.duckdb"), read_only=True)
    assert "announcements" not in reading.overview(read, AUDITOR, {}).tables


def test_the_page_shows_it_with_the_overview_and_each_statement(with_table):
    read = duckdb.connect(str(with_table[0] / "relief.duckdb"), read_only=True)
    views = [reading.overview(read, AUDITOR, {}), reading.statement(read, AUDITOR, {}, "vnpt")]
    for view in views:
        found = view.tables["announcements"]
        assert len(found.rows) == 18
        first = found.as_row(found.rows[0])
        assert (first["programme"], first["announced_as"], first["quantity"]) == (
            NAME,
            "target",
            283,
        )
        assert first["until_day"] == "2021-09-30"


def test_a_file_that_was_published_before_there_was_such_a_table_is_shown_without(
    with_table, tmp_path
):
    old = shutil.copy(with_table[0] / "relief.duckdb", tmp_path / "relief.duckdb")
    with duckdb.connect(str(old)) as face:
        face.execute("DROP TABLE ref.announcement")
    read = duckdb.connect(str(old), read_only=True)
    assert "announcements" not in reading.statement(read, AUDITOR, {}, "vnpt").tables
