"""A home of another state, in dollars and cents: nothing that people meet is said in đồng.

A month of Lifeline in the United States is taken in, settled, signed, papered, packed, claimed,
reconciled, served and explained; every text that comes of it is looked through.
"""

import json
import re
import subprocess
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import duckdb
import pytest
import yaml

from doisoat import cli
from doisoat.currency import OF_BEFORE
from doisoat.engine.intake.file_intake import check_files, take_in
from doisoat.engine.intake.plan_in_use import plan_of
from doisoat.engine.keys.pseudonym import make_key
from doisoat.engine.store.home import currency_of, list_parts, open_home
from doisoat.settlement.log import journal
from doisoat.settlement.log.intake_log import logged
from doisoat.settlement.validation.made_events import write_events
from doisoat.settlement.validation.published_totals import read_table
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue
from tests.made_once import copy_of_made
from tests.web.conftest import Asker, add_user, serving

from .conftest import done, passphrase_in, refused

CATALOGUE, PACKAGE, MONTH = "us-2021", "us-lifeline", "2021-07"
# Price, segment and how many of a month's purchases.
PURCHASES = (
    ("38.00", "lifeline", 40), ("38.00", "lifeline-tribal", 10), ("20.00", "lifeline-kansas", 12),
    ("4.50", "lifeline", 9),
)  # fmt: skip
# What is of Viet Nam alone. Its language may be named, and some words have its currency in them.
OF_VIET_NAM = re.compile(
    r"(?<![\w(])đ(?![\w)])|\bVND\b|(?<!hợp )(?<!hội )(?<!cộng )(?<!tương )\bđồng\b"
    r"(?! (?:ý|hồ|thời|bộ|tiền))|\bdongs?\b|Việt Nam|Viet ?[Nn]am(?!ese)|GTGT|\bVAT\b"
    r"|value-added|giá trị gia tăng|Ho_Chi_Minh|\+84|\+07:00|10/11"
)
# The month's sums in cents, which no program is told.
CENTS = re.compile(r"\b(?:218050|95724|122326|61400|25000|9324)\b")
VIEWS = (
    "overview", "tables", "queries", "carriers", "carrier/provider", "statement/provider", "cells",
    "to-do", "catalogue", "claims", "variances", "log", "signatures", "refund-sums", "names",
    "carrier/provider/usage", "interconnect", "samples", "plausibility", "adjustments",
)  # fmt: skip


def texts_said(text):
    """Each place of a text that says what is of Viet Nam alone."""
    return [text[max(0, at.start() - 60) : at.end() + 30] for at in OF_VIET_NAM.finditer(text)]


def text_of(path):
    """What a file says, whatever it is; "" of one that has no texts of its own."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(
                book.read(name).decode() for name in book.namelist() if name.endswith(".xml")
            )
    if path.suffix == ".pdf":
        command = ["pdftotext", "-layout", str(path), "-"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return "" if path.suffix in (".parquet", ".duckdb", ".png") else path.read_text("utf-8")


def events_of(folder):
    """The files of the month's purchases, with their mappings."""
    whole = {
        "country": "US", "rule": "a month of broadband", "catalogue": CATALOGUE,
        "package": PACKAGE, "figure": "discount", "published": "0", "source": "made up",
        "mark": "assumed",
    }  # fmt: skip
    rows = [
        {
            **whole, "id": f"row-{at}", "rule": f"rule {at}", "count": str(count),
            "events": {
                "kind": "pack", "carrier": "provider", "plan": "provider.broadband",
                "day": f"2021-07-{10 + at}", "first_number": str(2_025_550_100 + 100 * at),
                "pack": f"month.{price}", "action": "registration", "segment": segment,
                "charged": price,
            },
        }
        for at, (price, segment, count) in enumerate(PURCHASES)
    ]  # fmt: skip
    table = folder / "purchases.yaml"
    table.write_text(yaml.safe_dump({"rows": rows}))
    return [file for row in read_table(table) for file in write_events(row, folder)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The month, taken in, settled and signed."""

    def make(folder):
        path = folder / "out"
        done("init", "--home", path, "--catalogue", CATALOGUE, "--package", PACKAGE, "--carrier",
             "all")  # fmt: skip
        made = folder / "made"
        made.mkdir()
        key = make_key(folder / "key", bytes(range(32)), public=True)
        catalogue = load_catalogue(bundled_catalogue(CATALOGUE))
        files = events_of(made)
        check_files(files, catalogue.currency.decimals)
        with journal.writer(path, "intake") as written, logged(written):
            take_in(written, files, key, plan=plan_of(catalogue))
        done("settle", MONTH, "--home", path)
        signing = ("--key", folder / "lan.key", "--passphrase-file", passphrase_in(folder))
        done("signer", "new", "lan", *signing)
        done("signer", "add", "--key", folder / "lan.key", "--home", path)
        done("sign", MONTH, *signing, "--home", path)
        add_user(path, "kiem-toan", "kiểm toán viên 1", "--role", "auditor")

    return copy_of_made(tmp_path_factory, "other-state", make, by=("settle", "sign"))[0] / "out"


def said_by(*args, status=0):
    """What a command line says to people, in both languages."""
    texts = []
    for language in ("vi", "en"):
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            assert cli.run([*map(str, args), "--lang", language]) == status, err.getvalue()
        texts.append(out.getvalue() + err.getvalue())
    return "\n".join(texts)


def test_its_records_say_their_currency(home):
    assert {currency_of(part) for part in list_parts(open_home(home), "usage")} == {"USD/2"}


def test_a_month_comes_to_cents(home):
    """614 = 9.25 × 62 + 4.50 × 9; 25 × 10 and 7.77 × 12 beside it, of programmes.md."""
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as database:
        amounts = dict(
            database.execute(
                "SELECT measure, amount FROM settlement.statement_line ORDER BY measure"
            ).fetchall()
        )
    assert amounts == {"L1": 61_400, "L5": 25_000, "L6": 9_324}


@pytest.mark.parametrize("line", [
    ("settle", MONTH), ("status",), ("verify",), ("paper", MONTH, "--out", "papers"),
    ("plausibility", MONTH), ("refund", "list"), ("forgone", MONTH), ("sensitivity",),
    ("compare", "none", PACKAGE), ("sample", "size", MONTH, "--carrier", "provider"),
    ("interconnect", MONTH), ("log", "show"),
])  # fmt: skip
def test_a_command_says_nothing_of_viet_nam(home, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    assert texts_said(said_by(*line, "--home", home)) == []


@pytest.mark.parametrize("line", [
    ("settle", MONTH), ("status",), ("verify",), ("plausibility", MONTH), ("refund", "list"),
    ("forgone", MONTH), ("sensitivity",), ("compare", "none", PACKAGE), ("period", "list"),
    ("sample", "size", MONTH, "--carrier", "provider"), ("interconnect", MONTH), ("claim", "list"),
    ("variance", "list"),
])  # fmt: skip
def test_amounts_for_programs_are_texts_in_dollars(home, line):
    """--json: "957.24", never 95724 of cents."""
    said = json.dumps(done(*line, "--home", home), ensure_ascii=False)
    assert CENTS.findall(said) == [] and texts_said(said) == []


def test_an_explanation_for_programs_is_in_dollars(home):
    explained = done("explain", event_of(home, "L6"), "--home", home)
    assert explained["list_value"] == "20.00" and explained["discount"] == "17.02"
    assert {line["amount"] for line in explained["lines"]} == {"9.25", "7.77"}
    steps = {step["step"]: step for step in explained["steps"]}
    assert steps["tariff"]["price"] == "20.00" and steps["charge"]["amount"] == "20.00"
    assert steps["cut"]["before"] == "10.75" and steps["cut"]["discount"] == "7.77"


def test_reports_papers_and_packs_say_nothing_of_viet_nam(home, tmp_path):
    for language in ("vi", "en"):
        done("paper", MONTH, "--lang", language, "--out", tmp_path / language, "--home", home)
    done("pack", "provider", MONTH, "--out", tmp_path / "pack", "--home", home)
    for grain in ("statement", "measure", "day", "lines"):
        for form in ("xlsx", "csv"):
            file = tmp_path / f"{grain}.{form}"
            done("claim", "template", MONTH, "--carrier", "provider", "--grain", grain, "--filled",
                 "--out", file, "--home", home)  # fmt: skip
    done("tie-out", MONTH, "--template", tmp_path / "ledger.xlsx", "--home", home)
    files = [path for folder in (tmp_path, home / "reports") for path in folder.rglob("*.*")
             if path.is_file()]  # fmt: skip
    assert {path.suffix for path in files} >= {".xlsx", ".pdf", ".csv", ".md", ".sql", ".json"}
    said = {str(path.relative_to(path.parents[1])): texts_said(text_of(path)) for path in files}
    assert {name: texts for name, texts in said.items() if texts} == {}


def test_the_minutes_are_signed_in_english(home, tmp_path):
    done("paper", MONTH, "--lang", "en", "--out", tmp_path, "--home", home)
    (minutes,) = tmp_path.glob("bien-ban-*.pdf")
    said = " ".join(text_of(minutes).split())
    for text in ("UNITED STATES OF AMERICA", "Nine hundred fifty-seven dollars and twenty-four",
                 "List value, incl. sales tax of 0 % 2,180.50 dollars", "Rated + in suspense"
                 " = events 71 71", "US Eastern civil time"):  # fmt: skip
        assert text in said
    assert "for reference" not in said


def test_the_database_says_nothing_of_viet_nam(home):
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as database:
        comments = database.execute(
            "SELECT comment FROM duckdb_columns() UNION ALL SELECT comment FROM duckdb_tables()"
            " UNION ALL SELECT comment FROM duckdb_views()"
            " UNION ALL SELECT comment FROM duckdb_functions()"
        ).fetchall()
        said = [text for (comment,) in comments for text in texts_said(comment or "")]
        assert said == [] and len(comments) > 100
        for schema, table in database.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal"
        ).fetchall():
            rows = database.sql(f'FROM "{schema}"."{table}"').fetchall()
            assert texts_said(json.dumps(rows, default=str, ensure_ascii=False)) == [], table


def event_of(home, measure):
    """An event that a measure relieved."""
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as database:
        found = database.execute(
            "SELECT event_id FROM rated.relief_line WHERE measure = ? LIMIT 1", [measure]
        ).fetchone()
    assert found is not None
    return found[0]


def test_an_event_is_explained_in_cents(home):
    said = said_by("explain", event_of(home, "L6"), "--home", home)
    assert texts_said(said) == [] and "$7.77" in said and "$9.25" in said
    assert said.count("price $20.00") == 1 and "0.20" not in said  # the price list is in dollars


def test_a_subscriber_is_answered_in_the_language_of_the_state(home, capsys):
    assert cli.run(["explain", str(event_of(home, "L6")), "--letter", "--home", str(home)]) == 0
    letter = capsys.readouterr().out
    assert texts_said(letter) == [] and "$20.00 by the price list, less $17.02, is $2.98" in letter
    other = ["explain", str(event_of(home, "L6")), "--letter", "--lang", "vi", "--home", str(home)]
    assert cli.run(other) == 2 and "--lang en" in capsys.readouterr().err


def test_the_page_says_nothing_of_viet_nam(home):
    with serving(home) as (url, _):
        token = Asker(url).log_in("kiem-toan", "kiểm toán viên 1").json["token"]
        asker = Asker(url, token)
        answers = {view: asker.get(f"/api/{view}?period={MONTH}") for view in VIEWS}
        answers["words"] = asker.get("/static/words.json")
        assert {
            name: answer.status for name, answer in answers.items() if answer.status != 200
        } == {}
        said = {name: texts_said(answer.body.decode()) for name, answer in answers.items()}
        assert {name: texts for name, texts in said.items() if texts} == {}


def test_a_claim_is_read_and_reconciled_in_dollars(home, tmp_path):
    """A claim of one cent more than was recomputed: the letter asks about a cent."""
    claim = tmp_path / "claim.csv"
    done("claim", "template", MONTH, "--carrier", "provider", "--grain", "statement", "--filled",
         "--out", claim, "--home", home)  # fmt: skip
    text = claim.read_text("utf-8-sig")
    assert text.count("957.24") == 2  # discount and refund
    claim.write_text(text.replace("957.24", "957.25").replace("1223.26", "1223.25"), "utf-8-sig")
    done("claim", "file", claim, "--home", home)
    said = said_by("reconcile", MONTH, "--home", home, status=3)
    assert texts_said(said) == [] and "$0.01" in said
    for language, claimed in (("vi", "957,25"), ("en", "957.25")):
        letter = tmp_path / f"{language}.pdf"
        done("variance", "letter", MONTH, "--carrier", "provider", "--lang", language, "--out",
             letter, "--home", home)  # fmt: skip
        assert texts_said(text_of(letter)) == [] and claimed in text_of(letter)
        assert ("Bản dịch" in text_of(letter)) == (language == "vi")  # English counts
    variances = done("variance", "list", MONTH, "--home", home)["variances"]
    assert {(one["key"]["item"], one["claimed"], one["difference"]) for one in variances} == {
        ("discount", "957.25", "0.01"), ("payable", "1223.25", "-0.01"),
        ("refund", "957.25", "0.01"),
    }  # fmt: skip
    (told,) = done("claim", "list", "--home", home)["claims"]
    assert told["amount"] == "0.00"


@pytest.mark.parametrize("line", [
    ("settle", MONTH), ("sensitivity",), ("settle", "--all"),
])  # fmt: skip
def test_a_catalogue_in_another_currency_is_refused(home, line):
    """The records' amounts are cents: under another currency they would be something else."""
    error = refused(4, *line, "--catalogue", "vn-2021", "--package", "vn-2021-08", "--home", home)
    assert "is in VND/0" in error["what"] and "USD/2" in error["what"]
    assert OF_BEFORE == "VND/0" and Path(error["where"]) == home
