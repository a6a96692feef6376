"""Samples of a claim of lines that was filed, as the first and the second sample."""

import csv

import duckdb
import pytest

from tests.integration.conftest import done, refused, tree_of

HEADS = (
    "event_id", "owner_id", "start_at", "home_province", "measure", "nature", "units", "amount"
)  # fmt: skip
LINES = """
SELECT
    event_id::VARCHAR, owner_id::VARCHAR, strftime(start_at, '%Y-%m-%d %H:%M:%S'), '01', measure,
    nature, units, amount
FROM rated.relief_line WHERE carrier = 'viettel' ORDER BY ALL
"""


@pytest.fixture
def file_claim(home, tmp_path):
    """Files the lines of the run in force as the carrier's claim, but for `change`."""

    def go(change=lambda rows: rows):
        with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
            rows = face.execute(LINES).fetchall()
        path = tmp_path / "claim.csv"
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([
                ("Doanh nghiệp | Carrier", "viettel"), ("Kỳ | Period", "2021-08"),
                ("Mức chi tiết | Grain", "lines"), ("Đơn vị tiền | Currency", "VND"), HEADS,
                *change(rows),
            ])  # fmt: skip
        done("claim", "file", path, "--home", home)
        return rows

    return go


def test_a_filed_claim_is_a_frame(home, file_claim, lines_of):
    rows = file_claim()
    told = done("sample", "frame", "2021-08", "--carrier", "viettel", "--claim", "--home", home)
    assert told["source"]["kind"] == "claim" and told["source"]["version"] == 1
    assert told["units"] == len(rows) and told["amount"] == str(sum(row[-1] for row in rows))
    # The claim is the run's lines, and says where each subscriber's home is.
    size = ("sample", "size", "2021-08", "--carrier", "viettel", "--home", home)
    own, claimed = done(*size), done(*size, "--claim")
    assert claimed["frame_sha256"] == told["frame_sha256"] != own["frame_sha256"]
    assert claimed["design"] == own["design"]


def test_records_are_looked_up_in_a_filed_claim(home, file_claim, drawn_of, found_of):
    file_claim(lambda rows: [row for row in rows if row[4] == "M1"])
    sample = drawn_of("--usage", "--tolerable", "2%")
    status, told = found_of(sample, "--claim")
    assert status == 3 and told["evaluation"]["results"]["missing"]["found"] > 0


def test_without_a_claim_of_lines_there_is_nothing_to_draw(home):
    before = tree_of(home)
    asked = ("sample", "frame", "2021-08", "--carrier", "viettel", "--claim", "--home", home)
    error = refused(7, *asked)
    assert "viettel filed no claim of lines for 2021-08" in error["what"]
    assert "one of --lines, --claim and --usage" in refused(2, *asked, "--usage")["what"]
    assert tree_of(home) == before
