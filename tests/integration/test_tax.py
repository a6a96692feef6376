"""The tax inside prices is dated data of the state: a month under another rate, and under none."""

import shutil
from datetime import datetime

import duckdb
import polars as pl
import pytest

from doisoat import cli
from doisoat.settlement.packs.build import check_sql
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.jurisdiction import tax_rates
from doisoat.tariffs.load.tariffs import load_catalogue
from tests.packs.conftest import check_here

from .conftest import done, refused, run

RATE = '{percent: "10", valid_from: 2009-01-01,'
EIGHT = '{percent: "8", valid_from: 2009-01-01,'
SINCE_JULY = '{percent: "8", valid_from: 2021-07-01, source: "made up", mark: assumed}'


def under(folder, *rates):
    """The bundled catalogue with other rates of its tax: each is the head of one, or one whole."""
    shutil.copytree(bundled_catalogue(), folder)
    path = folder / "jurisdiction.yaml"
    text = path.read_text("utf-8")
    (line,) = [one for one in text.splitlines() if RATE in one]
    rows = [line.partition("- ")[0] + "- " + (
        rate if rate.endswith("}") else line.partition("- ")[2].replace(RATE, rate)
    ) for rate in rates]  # fmt: skip
    path.write_text(text.replace(line, "\n".join(rows)), "utf-8")
    return folder


def net(amount, share, whole):
    return (2 * amount * share + whole) // (2 * whole)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    path = tmp_path_factory.mktemp("tax") / "home"
    assert cli.run(["simulate", "--subscribers", "20", "--seed", "7", "--from", "2021-08-01",
                    "--until", "2021-08-20", "--home", str(path)]) == 0  # fmt: skip
    return path


@pytest.fixture(scope="module", params=["one rate", "a rate that changed"])
def settled(request, home, tmp_path_factory):
    """A month at 8 %."""
    path = tmp_path_factory.mktemp("eight") / "home"
    shutil.copytree(home, path)
    rates = (EIGHT,) if request.param == "one rate" else (RATE, SINCE_JULY)
    catalogue = under(path.with_name("catalogue"), *rates)
    done("settle", "--catalogue", catalogue, "--home", path)
    return path


def test_each_line_of_discount_has_its_tax_of_8_percent(settled):
    (folder,) = (settled / "runs").glob("*/statement_line.parquet")
    lines = pl.read_parquet(folder).filter(pl.col("nature") == "discount")
    assert sum(lines["amount"]) > 0
    for amount, vat in lines.select("amount", "vat").iter_rows():
        assert vat == amount - net(amount, 25, 27)
    statements = pl.read_parquet(folder.with_name("statement.parquet"))
    for discount, vat, residue in statements.select(
        "discount", "discount_vat", "discount_vat_residue"
    ).iter_rows():
        assert vat + residue == discount - net(discount, 25, 27)


def test_relief_duckdb_takes_the_same_tax(settled):
    is_one = (
        'percent: "10"' not in (settled.with_name("catalogue") / "jurisdiction.yaml").read_text()
    )
    month = "" if is_one else ", period"
    with duckdb.connect(str(settled / "relief.duckdb"), read_only=True) as connection:
        differing = connection.execute(
            f"FROM settlement.statement_line WHERE nature = 'discount'"
            f" AND vat IS DISTINCT FROM audit.vat_in(amount{month})"
        ).fetchall()
        assert differing == []
        comment = connection.execute(
            "SELECT comment FROM duckdb_functions() WHERE function_name = 'vat_in'"
        ).fetchall()[0][0]
        said = "VAT of 8 %" if is_one else "VAT of 10 % (since 2009-01), 8 % (since 2021-07)"
        assert said in comment
        if not is_one:
            with pytest.raises(duckdb.Error, match="vat_in"):
                connection.execute("SELECT audit.vat_in(1080)")
            assert connection.execute(
                "SELECT audit.vat_in(1100, '2021-06'), audit.vat_in(1080, '2021-08')"
            ).fetchall() == [(100, 80)]
            with pytest.raises(duckdb.Error, match="no rate of the tax in 2008-12"):
                connection.execute("SELECT audit.vat_in(1080, '2008-12')").fetchall()


def test_all_that_is_published_is_verified(settled):
    status, found, _ = run("verify", settled)
    assert status == 0, found


def test_a_pack_checks_itself_by_its_own_tax(settled, tmp_path):
    done("pack", "vnpt", "2021-08", "--out", tmp_path / "pack", "--home", settled)
    folder = tmp_path / "pack"
    assert "half_up(25 * CAST(amount AS HUGEINT), 27)" in (folder / "check.sql").read_text()
    assert done("verify", folder)["ok"]
    assert check_here(folder) is None
    # The bundled tax's checks are none of this pack.
    bundled = tax_rates(load_catalogue(bundled_catalogue()))
    (folder / "check.sql").write_text(check_sql(bundled, datetime(2021, 8, 1)))
    status, found, _ = run("verify", folder)
    assert status == 3 and any("check.sql" in str(one) for one in found["findings"])


def test_entries_of_revenue_have_the_same_tax(settled, tmp_path):
    told = done("tie-out", "2021-08", "--carrier", "vnpt", "--entries", tmp_path / "but-toan.csv",
                "--home", settled)  # fmt: skip
    revenues = [entry for entry in told["entries"] if entry["name"].startswith("revenue-")]
    assert revenues
    for entry in revenues:
        amount = max(int(line["debit"]) for line in entry["lines"])
        credits = sorted(int(line["credit"]) for line in entry["lines"] if line["credit"] != "0")
        assert sum(credits) == amount and net(amount, 25, 27) in credits


def test_a_rate_begins_with_a_month(home, tmp_path):
    folder = under(tmp_path / "catalogue", RATE, SINCE_JULY.replace("07-01", "07-15"))
    error = refused(4, "settle", "--catalogue", folder, "--home", home)
    assert "begins on 2021-07-15" in error["what"] and "jurisdiction.yaml" in error["where"]
    assert "write its first day" in error["mend"]


def test_a_month_before_the_first_rate_is_not_settled(home, tmp_path):
    folder = under(tmp_path / "catalogue", RATE.replace("2009-01-01", "2021-09-01"))
    error = refused(4, "settle", "--catalogue", folder, "--home", home)
    assert "no rate of the tax inside prices for 2021-08" in error["what"]
    assert "2021-09-01" in error["what"] and error["where"] == "jurisdiction.tax.rates"
    assert not list((home / "runs").glob("*"))


def test_at_0_percent_prices_include_none(home, tmp_path):
    path = tmp_path / "home"
    shutil.copytree(home, path)
    folder = under(tmp_path / "catalogue", RATE.replace("10", "0", 1))
    done("settle", "--catalogue", folder, "--home", path)
    (lines,) = (path / "runs").glob("*/statement_line.parquet")
    assert set(pl.read_parquet(lines)["vat"]) == {0, None}
    done("pack", "vnpt", "2021-08", "--out", tmp_path / "pack", "--home", path)
    assert check_here(tmp_path / "pack") is None
