"""A month of its own for every bundled programme: settled, explained and papered."""

import re
import subprocess

import duckdb
import polars as pl
import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.runs.runs import file_of, run_in_force
from doisoat.tariffs.load.find import package_names
from doisoat.tariffs.load.jurisdiction import jurisdiction_of
from tests.programme_months import month_of, settle_month

from .conftest import done

# Signs and names of the currencies that the bundled catalogues have.
CURRENCIES = {
    "VND": r"\bđồng\b(?! (?:ý|hồ|thời|bộ|tiền))|(?<![\w(])đ(?![\w)])|\bdongs?\b",
    "USD": r"\$|\bdollars?\b|đô la",
    "EUR": r"€|\beuros?\b",
    "NGN": r"₦|\bnaira\b",
    "INR": r"₹|\brupees?\b",
}
ORDINARY = re.compile(r"\b(?:hợp|hội|cộng|tương) đồng\b")
HEADS = {"vi": "BIÊN BẢN ĐỐI SOÁT", "en": "SETTLEMENT MINUTES"}


def text_of(path):
    command = ["pdftotext", "-layout", str(path), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def event_of(home, measure):
    """The id of an event that a measure relieved."""
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as database:
        query = "SELECT CAST(min(event_id) AS VARCHAR) FROM rated.relief_line WHERE measure = ?"
        found = database.execute(query, [measure]).fetchone()
    assert found is not None
    return found[0]


@pytest.mark.parametrize("name", package_names())
def test_a_month_of_a_programme_is_settled_explained_and_papered(name, tmp_path):
    month = month_of(name)
    home = settle_month(month, tmp_path / "month")
    run = run_in_force(open_home(home), month.month)
    assert run is not None
    statements, lines = (
        pl.read_parquet(file_of(run, f"{table}.parquet"))
        for table in ("statement", "statement_line")
    )
    # Every record is accounted for, and each measure of the month gives what it is there for.
    assert statements["rated"].sum() == sum(int(row.count) for row in month.rows)
    assert statements["suspended"].sum() == 0
    assert set(lines["measure"]) >= month.made
    assert set(month.unmade.values()) <= {"no carrier has it under the readings in force"}
    assert (statements["list_value"] - statements["discount"] == statements["payable"]).all()
    # The oracle agrees: explaining an event fails where it does not.
    for measure in sorted(month.made):
        done("explain", event_of(home, measure), "--home", home)
    # Its minutes are in the language of the state, and of its currency alone.
    state = jurisdiction_of(month.catalogue)
    done("paper", month.month, "--lang", state.papers.language, "--out", tmp_path / "papers",
         "--home", home)  # fmt: skip
    programmes = month.package.programmes or (month.package,)
    papers = sorted((tmp_path / "papers").glob("bien-ban-*.pdf"))
    assert len(papers) == len(statements)
    for paper in papers:
        text = text_of(paper)
        head = state.papers.title if state.papers.language == "vi" else state.papers.title_en
        assert HEADS[state.papers.language] in text and (head in text or not head)
        flat = " ".join(text.split())
        titles = [(each.title, each.title_en) for each in programmes]
        assert all(vi in flat or en in flat for vi, en in titles)
        said = ORDINARY.sub("", text)
        named = {code for code, form in CURRENCIES.items() if re.search(form, said)}
        assert named == {month.catalogue.currency.code}, paper.name
