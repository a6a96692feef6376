"""Real files of other projects, when DOISOAT_FOREIGN names the folder that holds `inputs`."""

import os
from pathlib import Path

import pytest

from doisoat.errors import IntakeError

FOREIGN = os.environ.get("DOISOAT_FOREIGN", "")
INPUTS = Path(FOREIGN) / "inputs"
pytestmark = pytest.mark.skipif(not FOREIGN, reason="DOISOAT_FOREIGN names no folder")


@pytest.mark.parametrize(("name", "counts", "sub_reasons"), [
    # rows, taken, duplicates, suspended, filtered: as docs/intake.md prints them.
    ("asterisk/Master.csv", (2, 2, 0, 0, 0), {}),
    ("asterisk/good.csv", (5, 1, 0, 1, 3), {"malformed/bad_units": 1}),
    ("asterisk/buggy.csv", (1, 0, 0, 1, 0), {"malformed/structure": 1}),
    ("bandicoot/ego.csv", (314, 314, 0, 0, 0), {}),
    ("bandicoot/A.csv", (42, 42, 0, 0, 0), {}),
    ("cdr-stats/CDRImport-2015-10-26.csv", (5, 5, 0, 0, 0), {}),
    ("cdr-stats/import_cdr_100.txt", (100, 99, 0, 1, 0), {"malformed/negative_units": 1}),
    ("freeswitch/cdr-pusher_cdr.db", (50, 50, 0, 0, 0), {}),
])  # fmt: skip
def test_accounting_of_a_foreign_file(take, name, counts, sub_reasons):
    told = take(INPUTS / name, mapping=name.split("/")[0])
    found = told.as_object()
    names = ("rows", "taken", "duplicates", "suspended", "filtered")
    assert tuple(found[column] for column in names) == counts
    assert told.sub_reasons == sub_reasons and found["events"] == found["taken"]


def test_a_file_of_places_is_no_file_of_records(take):
    with pytest.raises(IntakeError, match="it has not the columns"):
        take(INPUTS / "bandicoot" / "antennas.csv", mapping="bandicoot")


def test_a_table_says_what_its_rows_say(take, table):
    take(INPUTS / "freeswitch" / "cdr-pusher_cdr.db", mapping="freeswitch")
    events = table("bucket=*.parquet").sort("row")
    assert events["row"].to_list() == list(range(1, 51))
    assert events["duration_ms"].to_list() == [279_000] * 25 + [116_000] * 25
    # 2015-04-09 12:36:07.905639107 and 12:36:08.955965829, UTC, seven hours later in Viet Nam.
    assert (events["start_ms"][0], events["start_ms"][49]) == (1_428_608_167_905, 1_428_608_168_955)


def test_incoming_records_are_a_class_of_their_own(take, table):
    take(INPUTS / "bandicoot" / "ego.csv", mapping="bandicoot")
    classes = table("trait.parquet")["destination"].gather(table("bucket=*.parquet")["trait"])
    assert dict(classes.value_counts().iter_rows()) == {
        "class:incoming": 210,
        "class:outgoing": 104,
    }
