"""Packet gateways' records: a row a rating group, partial records of a session, roaming."""

import random

import pytest

from .asn1_records import Maker, bcd, encoded, framed, unended
from .conftest import in_english, state_of
from .faults import accounted, forms, mutated

MUTATED = 1_000
NUMBER, IMSI = "84961234567", "452041234567890"
GATEWAY = ("iPBinV4Address", b"\x0a\x00\x00\x01")
ONE_O_CLOCK_MS = 1_628_168_400_000  # 2021-08-05 13:00 civil


def stamp(clock, zone="0700", sign=b"+"):
    return bcd("210805" + clock) + sign + bcd(zone)


def container(group, up=None, down=None, first=None, last=None):
    held = {
        "ratingGroup": group,
        "serviceConditionChange": (b"\x80", 8),
        "timeOfReport": stamp("140000"),
        "datavolumeFBCUplink": up,
        "datavolumeFBCDownlink": down,
        "timeOfFirstUsage": first,
        "timeOfLastUsage": last,
    }
    return {name: value for name, value in held.items() if value is not None}  # fmt: skip


def condition(up, down):
    return {"dataVolumeGPRSUplink": up, "dataVolumeGPRSDownlink": down, "changeCondition": 2,
            "changeTime": stamp("140000")}  # fmt: skip


def pgw(*containers, **changes):
    record = {
        "recordType": 85, "servedIMSI": bcd(IMSI, True), "p-GWAddress": GATEWAY, "chargingID": 77,
        "servingNodeAddress": [GATEWAY], "recordOpeningTime": stamp("130000"), "duration": 600,
        "causeForRecClosing": 0, "servedMSISDN": b"\x91" + bcd(NUMBER, True),
        "chargingCharacteristics": b"\x08\x00", "servingNodePLMNIdentifier": b"\x54\xf2\x40",
        "listOfServiceData": list(containers) or None, **changes,
    }  # fmt: skip
    return ("pGWRecord", {k: v for k, v in record.items() if v is not None})


def sgw():
    return ("sGWRecord", {"recordType": 84, "servedIMSI": bcd(IMSI, True)})


def records(*values):
    return b"".join(encoded("GPRSRecord", value, "gateway") for value in values)


@pytest.fixture
def taken(take, put):
    def taken(data):
        told = take(put(data), mapping="ts32298")
        found = told.as_object()
        names = ("rows", "taken", "duplicates", "suspended", "filtered")
        return tuple(found[name] for name in names), told

    return taken


@pytest.fixture
def events(table):
    def events(*names):
        traits = table("trait.parquet").sort("trait")
        found = table("bucket=*.parquet").join(traits, on="trait").sort("row", "units")
        return found.select(*names).rows()

    return events


def test_a_record_becomes_an_event_a_rating_group(taken, events):
    record = pgw(
        container(1, 100, 900, stamp("130100"), stamp("130200")),
        container(300, 5, None),
        container(1, None, 24, stamp("130030"), stamp("130530")),
    )
    assert taken(records(record))[0] == (2, 2, 0, 0, 0)
    assert events("rating_group", "destination", "carrier", "units", "duration_ms", "start_ms") == [
        ("1", "data", "viettel", 1_024, 300_000, ONE_O_CLOCK_MS + 30_000),
        ("300", "data", "viettel", 5, 600_000, ONE_O_CLOCK_MS),
    ]
    assert len(set(events("event_hi", "event_lo"))) == 2
    assert taken(unended(records(record), 1, 1))[0] == (2, 0, 2, 0, 0)


def test_traffic_of_the_bearer_counts_where_no_group_does(taken, events):
    bearer = {"listOfTrafficVolumes": [condition(1, 2), condition(3, 4)]}
    values = pgw(**bearer), pgw(container(1, 8), chargingID=78, **bearer), pgw(chargingID=79)
    counts, told = taken(records(*values, sgw()))
    assert counts == (4, 2, 0, 0, 2)
    assert told.filters == {"no_volume": 1, "other_node": 1}
    assert events("rating_group", "units") == [("", 10), ("1", 8)]


def test_partial_records_are_parts_of_their_groups_session(taken, events):
    values = [
        pgw(container(1, 10), container(2, 20), recordSequenceNumber=1),
        pgw(container(1, 11), recordSequenceNumber=2, recordOpeningTime=stamp("131000")),
    ]
    assert taken(records(*values))[0] == (3, 3, 0, 0, 0)
    rows = events("rating_group", "partial", "session_hi")
    assert [row[:2] for row in rows] == [("1", 1), ("2", 1), ("1", 2)]
    assert rows[0][2] == rows[2][2] != rows[1][2] and rows[1][2]


def test_copies_that_differ_are_conflicting(taken):
    first, other = pgw(container(1, 10)), pgw(container(1, 11))
    assert taken(records(first))[0] == (1, 1, 0, 0, 0)
    counts, told = taken(records(first, other))
    assert counts == (2, 0, 1, 1, 0) and told.reasons == {"conflicting": 1}


def test_served_abroad_is_roaming(taken, events):
    thailand = b"\x25\xf0\x10"  # 520-01
    values = [
        pgw(container(1, 10), servingNodePLMNIdentifier=thailand),
        pgw(container(1, 10), chargingID=2, servingNodePLMNIdentifier=None),
        pgw(container(1, 10), chargingID=3, servingNodePLMNIdentifier=b"\x54"),
    ]
    counts, told = taken(records(*values))  # fmt: skip
    assert counts == (3, 2, 0, 1, 0) and told.sub_reasons == {"malformed/bad_direction": 1}
    assert events("destination") == [("class:roaming_data",), ("data",)]


def test_who_and_when_and_how_much_are_judged(taken, events):
    changes: list[dict[str, object]] = [
        dict(servedMSISDN=None),  # known by the IMSI
        dict(servedMSISDN=b"\x91\xff"), dict(recordOpeningTime=b"\x21" * 9),
        dict(recordOpeningTime=stamp("130000", "0900")),
        dict(recordOpeningTime=stamp("130000", "0500", b"-")),
        dict(recordOpeningTime=bcd("210230130000") + b"+" + bcd("0700")),
    ]  # fmt: skip
    values = [pgw(container(1, 10), chargingID=at, **change) for at, change in enumerate(changes)]
    values += [
        pgw(container(1, 10), container(1, -3), chargingID=50),
        pgw(container(1, 10**15), container(1, 10**15 - 1), chargingID=51),
        pgw(container(1), chargingID=52),
        pgw(container(1, 5, first=b"\x99" * 9), chargingID=53),
        pgw(container(1, 5, first=stamp("140000"), last=stamp("130000")), chargingID=54),
        pgw(container(2**32 - 1, 5), chargingID=55),  # looks like a number, so it is no code
    ]
    counts, told = taken(records(*values))
    assert counts == (12, 3, 0, 9, 0)
    assert told.sub_reasons == {
        "malformed/bad_number:subscriber": 1, "malformed/bad_time": 3,
        "malformed/bad_units:units": 1, "malformed/missing_field:units": 1,
        "malformed/missing_field:host": 1, "malformed/negative_units:units": 1,
        "malformed/negative_units:duration": 1,
    }  # fmt: skip
    starts = [start - ONE_O_CLOCK_MS for (start,) in events("start_ms")]
    assert starts == [0, -2 * 3_600_000, 12 * 3_600_000]


def test_rows_are_numbered_in_the_files_order(taken, table):
    bad = bytearray(records(pgw(container(9, 9))))
    at = bad.index(b"\xbf\x22")
    bad[at + 2] += 1  # a list that is longer than its record
    data = records(pgw(container(1, 1), container(2, -2)))
    counts, _ = taken(data + bytes(bad) + records(pgw(container(4, 4), chargingID=4)))
    assert counts == (4, 2, 0, 2, 0)
    rows = table("suspense.parquet").sort("row")
    assert rows.select("row", "sub_reason", "offset").rows() == [
        (2, "negative_units:units", 0), (3, "structure", len(data))]  # fmt: skip


GOOD = records(pgw(container(1, 1)))


@pytest.mark.parametrize("release", [0x60, 0xE0])
def test_records_in_the_frame_of_a_file(taken, table, release):
    bad = bytearray(GOOD)
    bad[bad.index(b"\xbf\x22") + 2] += 1
    values = [GOOD, bytes(bad), records(pgw(container(1, -1), container(2, 2), chargingID=5))]
    values.append(unended(records(sgw()), 1, 1))
    counts, told = taken(framed(*values, release=release))
    assert counts == (5, 2, 0, 2, 1)
    assert [in_english(note) for note in told.files[0].notes] == [
        "a file of TS 32.297, sequence number 41"
    ]
    frame, header = 50, 5 if release == 0xE0 else 4
    at = frame + 2 * header + len(GOOD), frame + 3 * header + 2 * len(GOOD)
    assert table("suspense.parquet").sort("row").select("row", "offset").rows() == [
        (2, at[0]), (3, at[1])]  # fmt: skip
    notes = taken(framed(*values, count=9, lost=1, release=release, header=60))[1].files[0].notes
    assert [in_english(note) for note in notes[1:]] == [
        "audit: it holds 4 records, and says 9", "audit: its node says that it lost records",
    ]  # fmt: skip


def test_many_framed_records_go_window_by_window(taken, monkeypatch):
    monkeypatch.setattr("doisoat.engine.intake.forms.ber_file.WINDOW_BYTES", 70_000)
    monkeypatch.setattr("doisoat.engine.intake.forms.cdr_file.BATCH_RECORDS", 7)
    values = [records(pgw(container(1, 1), chargingID=at)) for at in range(1_000)]
    counts, told = taken(framed(*values))
    assert counts == (1_000, 1_000, 0, 0, 0) and len(told.files[0].notes) == 1


@pytest.mark.parametrize(("data", "what"), [
    pytest.param(b"", "an empty file", id="empty"),
    pytest.param(b"\x61\x00", "it begins neither with a record", id="another tag"),
    pytest.param(GOOD[:-1], "an element that ends 1 bytes after the file", id="cut"),
    pytest.param(GOOD + GOOD[:-1], "it ends in the middle", id="cut later"),
    pytest.param(unended(GOOD, 1, 1)[:-3], "it ends in the middle", id="cut without lengths"),
    pytest.param(GOOD + b"\0\0\0\0", "an end of contents", id="padded"),
    pytest.param(GOOD + b"\x7f\x80junk", "a tag that BER does not have", id="junk"),
    pytest.param(b"\xbf\x4f\x80" + b"\xa0\x80" * 200_000, "elements nested", id="a bomb"),
    pytest.param(b"\0\0\0\x40\0\0\0\x32", "it begins neither", id="half a header"),
    pytest.param(framed(GOOD)[:-1], "its header says that it has", id="a frame cut"),
    pytest.param(framed(GOOD) + b"\0", "its header says that it has", id="a frame and more"),
    pytest.param(framed(GOOD, GOOD + b"\0"), "a record that does not fill", id="a longer place"),
    pytest.param(framed(GOOD, GOOD[:-1]), "a record that does not fill", id="a shorter place"),
    pytest.param(framed(GOOD, b""), "a record that does not fill", id="an empty place"),
    pytest.param(framed(GOOD, sort=0x41), "a record that its header says is not", id="PER"),
    pytest.param(framed(b"", size=2)[:50] + b"\0\0", "it ends in the middle of a record's header",
                 id="half a record's header"),
])  # fmt: skip
def test_what_is_refused_whole(refused_bytes, take, put, data, what):
    take(put(GOOD, "good"), mapping="ts32298")
    assert refused_bytes(data, "ts32298")["what"].partition(" | ")[2].startswith(what)


def test_no_number_stays_in_home_or_messages(run, put, home):
    data = records(pgw(container(1, 1)), pgw(container(1, -1), chargingID=2))
    result = run("intake", put(data), "--mapping", "ts32298", "--home", home)
    assert result.returncode == 0, result.stderr
    for content in [(result.stdout + result.stderr).encode(), *state_of(home).values()]:
        assert not any(form in content for who in (NUMBER, IMSI) for form in forms(who))


@pytest.mark.parametrize("seed", range(4))
def test_mutated_files_are_accounted_for_or_refused(put, key, seed):
    rng, maker = random.Random(seed), Maker(seed)
    sound = [records(*(maker.pgw() for _ in range(4))) for _ in range(25)]
    sound += [unended(data, at, 1) for at, data in enumerate(sound[:10])]
    sound += [framed(*(records(maker.pgw()) for _ in range(4))) for _ in range(10)]
    paths = [put(mutated(rng.choice(sound), rng), f"{at}") for at in range(MUTATED // 4)]
    counts = accounted(paths, "ts32298", key)
    whole = sum(count is not None for count in counts)
    assert 0 < whole < MUTATED // 4  # Some are read and some refused, or the faults are too few.
