"""An event that a correction moves to another day: gone there, come here, and its lines with it."""

import polars as pl
import pytest

from doisoat.settlement.figures.row_files import PARQUET
from tests.integration.conftest import done, rows
from tests.packs.conftest import check_here

from .retold import retold
from .small_home import SmallHome

BY_DAY = """
    SELECT coalesce(e.day, l.day)::VARCHAR, e.discount::BIGINT, l.amount::BIGINT
    FROM (SELECT start_at::DATE AS day, sum(discount) AS discount
          FROM settlement.adjustment_event GROUP BY 1) AS e
    FULL JOIN (SELECT start_at::DATE AS day, sum(amount) AS amount
               FROM settlement.adjustment_line WHERE nature = 'discount' GROUP BY 1) AS l
    USING (day)
    ORDER BY 1
"""


@pytest.fixture
def moved(key, tmp_path):
    """A VX3 at half its price, bought on 10 August, was bought on the 20th, booked since."""
    small = SmallHome(tmp_path, key)
    told = small.move_a_pack("08-10 10:00:00", "08-20 09:00:00")
    assert set(told["totals"].values()) == {"0"} and told["causes"]["correction"]["events"] == "1"
    return small


def test_lines_that_went_stand_on_their_day_and_lines_that_came_on_theirs(moved):
    moved.settle("2021-09")
    assert rows(moved.home, BY_DAY) == [
        ("2021-08-10", -10_000, -10_000), ("2021-08-20", 10_000, 10_000)
    ]  # fmt: skip
    done("pack", "viettel", "2021-09", "--home", moved.home, "--out", moved.folder / "pack")
    assert check_here(moved.folder / "pack") is None
    assert done("verify", moved.home)["ok"]


def test_a_paper_counts_it_once(moved):
    moved.settle("2021-09")
    done("paper", "2021-09", "--carrier", "viettel", "--out", moved.folder / "p", "--home",
         moved.home)  # fmt: skip
    (causes,) = (moved.folder / "p").rglob("*.booked_causes.parquet")
    assert pl.read_parquet(causes).select("cause", "changed", "discount").rows() == [
        ("correction", 1, 0)
    ]


def test_what_was_booked_with_its_lines_netted_stays_right(moved):
    """As versions before this one booked it: of lines that came and went, nothing was left."""
    (folder,) = (moved.home / "adjustments").iterdir()
    lines = pl.read_parquet(folder / "line.parquet")
    assert lines.height == 4  # a discount and a contribution, on either day
    lines.clear().write_parquet(folder / "line.parquet", **PARQUET)
    retold(moved.home, folder)
    moved.settle("2021-09")
    assert done("verify", moved.home)["ok"]
    done("pack", "viettel", "2021-09", "--home", moved.home, "--out", moved.folder / "pack")
    assert check_here(moved.folder / "pack") is None
