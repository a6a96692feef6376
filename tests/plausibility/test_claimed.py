"""Totals that carriers filed are looked at in the place of the run's."""

import csv
import json
import shutil
from uuid import UUID

import duckdb
import pytest

from tests.integration.conftest import done, nobodys_home, refused, run, tree_of
from tests.made_once import made_once
from tests.plausibility.clean_worlds import settled_clean
from tests.sampling.conftest import HEADS, LINES

__all__ = ["nobodys_home"]


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    return made_once(tmp_path_factory, "plausible", settled_clean, by=("simulate", "settle"))


@pytest.fixture
def home(settled, tmp_path):
    shutil.copytree(settled, tmp_path / "out")
    return tmp_path / "out"


def claim_of(home, path, change):
    """The run's lines of a carrier as it would claim them, but for `change`."""
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
        rows = face.execute(LINES).fetchall()
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([
            ("Doanh nghiệp | Carrier", "viettel"), ("Kỳ | Period", "2021-08"),
            ("Mức chi tiết | Grain", "lines"), ("Đơn vị tiền | Currency", "VND"), HEADS,
            *change(rows),
        ])  # fmt: skip
    return path


def test_a_day_that_was_invented_in_a_claim_is_found(home, tmp_path):
    def invented(rows):
        """Five events for each of one day's."""
        for row in rows:
            yield row
            if row[4] == "M3" and row[2].startswith("2021-08-19"):
                for copy in range(1, 5):
                    event = UUID(int=UUID(row[0]).int ^ copy << 64)
                    yield (str(event), *row[1:])

    done("claim", "file", claim_of(home, tmp_path / "claim.csv", invented), "--home", home)
    assert done("plausibility", "--home", home)["findings"] == []  # the run's own are as they were
    before = tree_of(home)
    status, told, _ = run("plausibility", "2021-08", "--claims", "--home", home)
    assert status == 3
    by_day = [one for one in told["findings"] if one["test"] in ("neighbours", "weekday")]
    assert {(one["carrier"], one["measure"], one["place"]) for one in by_day} == {
        ("viettel", "M3", "2021-08-19")
    }
    # And no province but one: what the claim says of homes is not what the home knows of them.
    assert any(one["test"] == "grants" for one in told["findings"])
    assert tree_of(home) == before


def test_without_a_claim_that_has_days_or_provinces_it_is_refused(home):
    error = refused(7, "plausibility", "2021-08", "--claims", "--home", home)
    assert "no claim by day, province or line was filed" in error["what"]


def declare(home, form, grain, place, *, zeros):
    """File the carrier's own totals by day or province as they are: rows of nothing as 0, or
    left out."""
    template = ("claim", "template", "2021-08", "--carrier", "viettel", "--grain", grain)
    done(*template, "--as", "json", "--out", form, "--home", home)
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
        rows = face.execute(
            f"SELECT measure, nature, {place}::VARCHAR, sum(events), sum(units), sum(amount)"
            " FROM rated.relief_total WHERE carrier = 'viettel' GROUP BY ALL"
        ).fetchall()
    known = {row[:3]: row[3:] for row in rows}
    told = json.loads(form.read_text("utf-8"))
    filled = []
    for row in told["rows"]:
        figures = known.get((row["measure"], row["nature"], row[place]), (0, 0, 0))
        if zeros or any(figures):
            filled.append({**row, **dict(zip(("events", "units", "amount"), figures, strict=True))})
    told["rows"] = filled
    told.pop("totals", None)
    form.write_text(json.dumps(told), "utf-8")
    done("claim", "file", form, "--home", home)
    return len(filled)


def test_a_claim_that_states_zeros_is_looked_at_as_one_that_leaves_them_out(home, tmp_path):
    own = done("plausibility", "2021-08", "--home", home)
    seen = []
    for zeros in (False, True):
        copy = tmp_path / f"zeros-{zeros}"
        shutil.copytree(home, copy)
        rows = sum(
            declare(copy, tmp_path / f"{grain}.json", grain, place, zeros=zeros)
            for grain, place in (("day", "day"), ("province", "home_province"))
        )
        seen.append((rows, done("plausibility", "2021-08", "--claims", "--home", copy)))
    (fewer, without), (more, with_zeros) = seen
    assert more > fewer + 300
    assert with_zeros == without and with_zeros["findings"] == []
    # By day and province apart there are no cells as fine as the run's for last digits.
    assert {**with_zeros["looked_at"], "digits": 0} == {**own["looked_at"], "digits": 0}
