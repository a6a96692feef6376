"""Real files of other projects, when DOISOAT_FOREIGN names the folder that holds `inputs`."""

import os
from pathlib import Path

import pytest

from doisoat.engine.intake.forms.ber import DONE, Walker, head_at
from doisoat.engine.intake.forms.tap_fields import CALL_EVENT, CALL_EVENT_PARTS, RECORD_LISTS
from doisoat.errors import IntakeError

from .asn1_records import call_event_of, charges_of, specification, unended
from .conftest import in_english

FOREIGN = os.environ.get("DOISOAT_FOREIGN", "")
INPUTS = Path(FOREIGN) / "inputs"
pytestmark = pytest.mark.skipif(not FOREIGN, reason="DOISOAT_FOREIGN names no folder")


@pytest.mark.parametrize(("name", "counts", "sub_reasons"), [
    # rows, taken, duplicates, suspended, filtered: as docs/intake.md prints them.
    ("asterisk/Master.csv", (2, 2, 0, 0, 0), {}),
    ("asterisk/good.csv", (5, 1, 0, 1, 3), {"malformed/bad_units:duration": 1}),
    ("bandicoot/ego.csv", (314, 314, 0, 0, 0), {}),
    ("bandicoot/A.csv", (42, 42, 0, 0, 0), {}),
    ("cdr-stats/CDRImport-2015-10-26.csv", (5, 5, 0, 0, 0), {}),
    ("cdr-stats/import_cdr_100.txt", (100, 99, 0, 1, 0), {"malformed/negative_units:duration": 1}),
    ("freeswitch/cdr-pusher_cdr.db", (50, 50, 0, 0, 0), {}),
    ("tap/tap_3_12_valid.ber", (4, 3, 0, 0, 1), {}),
    ("tap/tap_3_12_timestamps.ber", (5, 3, 0, 0, 2), {}),
    ("tap/nrt_2_1.ber", (7, 0, 0, 0, 7), {}),
    ("tap/rap_mini.ber", (0, 0, 0, 0, 0), {}),
])  # fmt: skip
def test_accounting_of_a_foreign_file(take, name, counts, sub_reasons):
    told = take(INPUTS / name, mapping=name.split("/")[0])
    found = told.as_object()
    names = ("rows", "taken", "duplicates", "suspended", "filtered")
    assert tuple(found[column] for column in names) == counts
    assert told.sub_reasons == sub_reasons and found["events"] == found["taken"]


@pytest.mark.parametrize(("name", "what"), [
    ("asterisk/buggy.csv", "none of its 1 rows could be read: structure 1"),
    ("tap/sample-DataInterChange-1.ber", "its 5 rows could be read: missing_field:started 5"),
    ("tap/tap_3_12_negative_volume.ber", "its 1 rows could be read: negative_units:units 1"),
])  # fmt: skip
def test_a_foreign_file_of_which_nothing_could_be_read_is_refused(take, name, what):
    with pytest.raises(IntakeError, match=what):
        take(INPUTS / name, mapping=name.split("/")[0])


def test_a_file_of_places_is_no_file_of_records(take):
    with pytest.raises(IntakeError, match="it does not have the columns"):
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


@pytest.mark.parametrize("name", ["sample-DataInterChange-1", "tap_3_12_valid",
                                  "tap_3_12_timestamps", "tap_3_12_negative_volume"])  # fmt: skip
@pytest.mark.parametrize("share", [0, 1], ids=["definite", "indefinite"])
def test_call_events_of_a_foreign_file_are_read_as_asn1tools_reads_them(name, share):
    data = (INPUTS / "tap" / f"{name}.ber").read_bytes()
    details = specification("roaming").decode("File", data)[1]["callEventDetails"]
    held = head_at(data, head_at(data, 0)[1].content)[1]
    while held.tag != RECORD_LISTS["tap"]:
        held = head_at(data, held.content + held.length)[1]
    events = data[held.content : held.content + held.length]
    events = unended(events, 1, 1) if share else events
    walker = Walker(CALL_EVENT, CALL_EVENT_PARTS)
    assert walker.read(events, 0, len(events), 0, 100) == (DONE, len(events))
    batch = walker.take()
    assert len(batch.places) == len(details)
    for place, detail in enumerate(details):
        wanted = call_event_of(detail)
        assert {name: batch.columns[name][place] for name in wanted} == wanted
        found = [
            (batch.part_columns["charge_type"][at], batch.part_columns["charge"][at])
            for at, record in enumerate(batch.part_records)
            if record == place
        ]
        assert found == charges_of(detail)


def test_what_foreign_roaming_files_say_of_themselves(take):
    def notes(name):
        told = take(INPUTS / "tap" / name, mapping="tap")
        return [in_english(note) for note in told.files[0].notes]

    assert notes("nrt_2_1.ber")[1] == "audit: it holds 7 call events, and says 10"
    assert notes("rap_mini.ber") == ["RAP return batch from ABC08 to DEF15, sequence number 00023"]
    lines = notes("tap_3_12_timestamps.ber")
    assert lines[0] == "TAP 3.12 from WERFD to XLKJE, sequence number 31707"
    assert lines[1] == "audit: it holds 5 call events, and says 4"
