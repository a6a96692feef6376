"""What the run in force itself says, written down as a claim, is one: nothing of it is odd."""

import polars as pl
import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.claims.read import read_claim
from doisoat.settlement.claims.vocabulary import of_home
from doisoat.settlement.records.claim_model import ITEMS
from doisoat.settlement.runs.runs import current_runs

from .conftest import HEADS, as_csv, table

FIGURES = ("events", "units", "amount")


@pytest.fixture(scope="module")
def run(settled):
    home = open_home(settled[0])
    return home, home.floor("runs") / current_runs(home)["2021-08"]


@pytest.mark.parametrize("grain", ["measure", "day", "province"])
def test_totals_of_every_carrier_are_a_claim(run, names, tmp_path, grain):
    home, folder = run
    vocabulary = of_home(home, names)
    keys = [name for name in HEADS[grain] if name not in ("unit", *FIGURES)]
    totals = pl.read_parquet(folder / "relief_total.parquet").cast(
        dict.fromkeys(("carrier", "measure", "nature", "home_province"), pl.String)
    )
    carriers = sorted(set(totals["carrier"]))
    assert len(carriers) > 3
    for carrier in carriers:
        own = totals.filter(pl.col("carrier") == carrier)
        sums = own.group_by(keys).agg(pl.col(*FIGURES).sum()).sort(keys)
        units = {key: one.unit for key, one in vocabulary("2021-08").reliefs_of(carrier).items()}
        rows = [
            [*(str(row[name]) or "unknown" for name in keys),
             units[row["measure"], row["nature"]], *(row[name] for name in FIGURES)]
            for row in sums.iter_rows(named=True)
        ]  # fmt: skip
        path = tmp_path / f"{carrier}.csv"
        path.write_bytes(as_csv(table(*rows, grain=grain, carrier=carrier)))
        claim = read_claim(path, vocabulary)
        assert claim.findings == () and claim.rows == sums.height
        assert claim.amount == own["amount"].sum()
        cells = claim.cells.select(*keys, *FIGURES).sort(keys)
        assert cells.equals(sums.select(cells.columns))


def test_a_statement_is_a_claim(run, names, tmp_path):
    _, folder = run
    for row in pl.read_parquet(folder / "statement.parquet").iter_rows(named=True):
        path = tmp_path / "statement.csv"
        items = [(item, row[item]) for item in ITEMS]
        path.write_bytes(as_csv(table(*items, grain="statement", carrier=row["carrier"])))
        claim = read_claim(path, names)
        assert claim.findings == () and claim.amount == row["relief"]
        assert dict(claim.cells.select("item", "amount").iter_rows()) == dict(items)
