"""Roaming files: what becomes of each record, what is refused, and that nothing is lost."""

import gzip
import random

import polars as pl
import pytest

from doisoat.engine.intake.mapping.mapping import load_mapping
from doisoat.errors import IntakeError

from .asn1_records import Maker, bcd, encoded, notices, tap_file, unended
from .conftest import in_english, state_of
from .faults import accounted, forms, load_text, mutated

MUTATED = 1_000
NUMBER, OTHER, IMSI = "84961234567", "66812345678", "452041234567890"
PERSON = ("simChargeableSubscriber", {"imsi": bcd(IMSI), "msisdn": bcd(NUMBER)})
AT = {"localTimeStamp": b"20210805080000", "utcTimeOffsetCode": 1}
MIDDAY_MS = 1_628_168_400_000  # 2021-08-05 13:00 civil: 08:00 of UTC+2 is 06:00 UTC
PLACE = {"networkLocation": {"recEntityCode": 1, "callReference": b"\x01\x02"}}


def used(code=b"11", charge=2300):
    details = [{"chargeType": b"00", "charge": charge}, {"chargeType": b"01", "charge": 5}]
    return [{
        "basicService": {"serviceCode": ("teleServiceCode", code)},
        "chargeInformationList": [{"chargedItem": b"D", "chargeDetailList": details}],
    }]  # fmt: skip


def moc(code=b"11", **basic):
    basic = {
        "chargeableSubscriber": PERSON, "destination": {"calledNumber": bcd(OTHER)},
        "callEventStartTimeStamp": AT, "totalCallEventDuration": 61, **basic,
    }  # fmt: skip
    return ("mobileOriginatedCall", {
        "basicCallInformation": {k: v for k, v in basic.items() if v is not None},
        "locationInformation": PLACE, "basicServiceUsedList": used(code)})  # fmt: skip


def mtc(code=b"11", **basic):
    basic = {
        "chargeableSubscriber": PERSON, "callOriginator": {"callingNumber": bcd(OTHER)},
        "callEventStartTimeStamp": AT, "totalCallEventDuration": 30, **basic,
    }  # fmt: skip
    return ("mobileTerminatedCall", {
        "basicCallInformation": basic, "locationInformation": PLACE,
        "basicServiceUsedList": used(code)})  # fmt: skip


def gprs(volume_in=1_000, volume_out=24):
    return ("gprsCall", {
        "gprsBasicCallInformation": {
            "gprsChargeableSubscriber": {"chargeableSubscriber": PERSON},
            "callEventStartTimeStamp": AT, "totalCallEventDuration": 500, "chargingId": 7},
        "gprsServiceUsed": {"dataVolumeIncoming": volume_in, "dataVolumeOutgoing": volume_out},
    })  # fmt: skip


def centre(status=0):
    person = ("gsmChargeableSubscriber", PERSON[1])
    return ("serviceCentreUsage", {
        "basicInformation": {"chargeableSubscriber": person, "chargedPartyStatus": status,
                             "nonChargedNumber": OTHER.encode()},
        "scuTimeStamps": {"depositTimeStamp": AT}})  # fmt: skip


def supplementary():
    return ("supplServiceEvent", {"chargeableSubscriber": PERSON})


@pytest.fixture
def taken(take, put):
    """Takes bytes in as a roaming file: (rows, taken, duplicates, suspended, filtered), account."""

    def taken(data, **options):
        told = take(put(data), mapping="tap", **options)
        found = told.as_object()
        names = ("rows", "taken", "duplicates", "suspended", "filtered")
        return tuple(found[name] for name in names), told

    return taken


@pytest.fixture
def refused(refused_bytes, home, put, take):
    take(put(tap_file([moc()]), "good"), mapping="tap")
    return lambda data: refused_bytes(data, "tap")


def test_what_becomes_of_each_kind_of_record(taken, table):
    details = [
        moc(), moc(b"22"), mtc(), mtc(b"21"), gprs(), centre(), centre(1), supplementary(),
        moc(b"61"), centre(5),
    ]  # fmt: skip
    counts, told = taken(tap_file(details))
    assert counts == (10, 7, 0, 2, 1)
    assert told.sub_reasons == {"malformed/bad_kind": 1, "malformed/bad_direction": 1}
    assert told.filters == {"supplementary_service": 1}
    traits = table("trait.parquet").sort("trait")
    events = table("bucket=*.parquet").join(traits, on="trait").sort("row")
    assert events.select(
        "row", "carrier", "kind", "destination", "units", "duration_ms"
    ).rows() == [
        (1, "viettel", "voice", "class:roaming", 61_000, 61_000),
        (2, "viettel", "sms", "class:roaming", 1, 61_000),
        (3, "viettel", "voice", "class:roaming_incoming", 30_000, 30_000),
        (4, "viettel", "sms", "class:roaming_incoming", 1, 30_000),
        (5, "viettel", "data", "class:roaming_data", 1_024, 500_000),
        (6, "viettel", "sms", "class:roaming", 1, 0),
        (7, "viettel", "sms", "class:roaming_incoming", 1, 0),
    ]
    assert events["start_ms"].unique().to_list() == [MIDDAY_MS]
    assert events["charged"].null_count() == events.height  # a charge of TAP is no price of ours
    assert events.select("owner_hi", "owner_lo").unique().height == 1


def test_a_file_told_in_indefinite_lengths_adds_nothing(taken, table):
    data = tap_file([moc(), mtc(), gprs(), centre(), supplementary()])
    assert taken(data)[0] == (5, 4, 0, 0, 1)
    assert taken(unended(data, 5, 1))[0] == (5, 0, 4, 0, 1)
    assert taken(data)[0] == (5, 0, 5, 0, 0)  # the same bytes: known as a whole


def test_equal_records_are_told_apart_by_reference_or_counted(taken):
    assert taken(tap_file([moc(), moc()]))[0] == (2, 1, 1, 0, 0)
    other = moc()
    other[1]["locationInformation"] = {"networkLocation": {"callReference": b"\x01\x03"}}
    assert taken(tap_file([moc(), other]))[0] == (2, 1, 1, 0, 0)
    assert taken(tap_file([centre(), centre()]))[0] == (2, 2, 0, 0, 0)  # no reference at all
    assert taken(tap_file([centre(), centre(), centre()]))[0] == (3, 1, 2, 0, 0)


def test_who_and_when_and_how_much_are_judged(taken):
    no_number = ("simChargeableSubscriber", {"imsi": bcd(IMSI)})
    details = [
        moc(chargeableSubscriber=no_number),
        moc(destination=None),  # a party that is not told is no fault
        moc(callEventStartTimeStamp={**AT, "utcTimeOffsetCode": 3}),
        moc(callEventStartTimeStamp={**AT, "localTimeStamp": b"20210230080000"}),
        moc(callEventStartTimeStamp={**AT, "localTimeStamp": b"19990230080000"}),
        moc(callEventStartTimeStamp={**AT, "localTimeStamp": b"19990220080000"}),
        moc(totalCallEventDuration=-1),
        gprs(volume_in=-2), gprs(volume_out=10**16), gprs(volume_out=-(2**70)),
        moc(destination={"calledNumber": b"\xff"}),
        moc(chargeableSubscriber=("simChargeableSubscriber", {"imsi": b"\xa1"})),
    ]  # fmt: skip
    counts, told = taken(tap_file(details))
    assert counts == (12, 2, 0, 10, 0)
    assert told.sub_reasons == {
        "malformed/bad_time": 3, "malformed/time_out_of_range": 1,
        "malformed/negative_units:duration": 1, "malformed/negative_units:units": 2,
        "malformed/bad_units:units": 1, "malformed/bad_number:subscriber": 1,
        "malformed/bad_number:other": 1,
    }  # fmt: skip


def test_a_suspended_record_has_its_address(taken, table):
    data = tap_file([moc(), moc(totalCallEventDuration=-1), gprs()])
    broken = bytearray(data)
    at = data.index(encoded("CallEventDetail", gprs()))
    broken[at + 1 + 2] = 0x02  # a group becomes a field
    taken(bytes(broken))
    rows = table("suspense.parquet").sort("row")
    assert rows.select("row", "sub_reason", "line").rows() == [
        (2, "negative_units:duration", None), (3, "structure", None)]  # fmt: skip
    offsets = rows["offset"].to_list()
    assert offsets == [data.index(encoded("CallEventDetail", moc(totalCallEventDuration=-1))), at]
    assert all(len(digest) == 64 for digest in rows["raw_sha256"])


def test_the_audit_of_a_file_is_held_to_its_records(taken):
    when = {"localTimeStamp": b"20210805080000", "utcTimeOffset": b"+0200"}
    good = tap_file([moc(), mtc()], earliestCallTimeStamp=when, latestCallTimeStamp=when)
    (note,) = taken(good)[1].files[0].notes
    assert in_english(note) == "TAP 3.12 from AAA01 to VNMVT, sequence number 00007"
    late = {**when, "utcTimeOffset": b"+0100"}
    bad = tap_file([moc(), mtc()], count=3, latestCallTimeStamp=late, totalCharge=1)
    notes = map(in_english, taken(bad)[1].files[0].notes)
    assert [note for note in notes if note.startswith("audit")] == [
        "audit: it holds 2 call events, and says 3",
        "audit: its records charge 4600 in all, and it says 1",
        "audit: its latest call event is of 2021-08-05 06:00:00 UTC,"
        " and it says 2021-08-05 07:00:00 UTC",
    ]


def test_a_gap_in_a_series_and_a_number_that_comes_twice_are_told(take, put):
    def notes(*numbers, seconds=1):
        paths = [
            put(tap_file([moc(totalCallEventDuration=seconds + n)], number=n), f"{n}-{seconds}")
            for n in numbers
        ]
        told = take(*paths, mapping="tap")
        said = [map(in_english, file.notes) for file in told.files]
        return [[note for note in notes if note.startswith("series")] for notes in said]

    gap = "series: number 9 is missing of tap AAA01 VNMVT"
    assert notes(7) == [[]]
    assert notes(10, 8) == [[gap], []]
    assert notes(9, seconds=3) == [[]]  # late, but here
    again = "series: number 8 of tap AAA01 VNMVT came before, in another file"
    assert notes(8, 14, seconds=9) == [
        [again],
        ["series: numbers 11 to 13 are missing of tap AAA01 VNMVT"],
    ]
    assert notes(8, seconds=9) == [[]]  # the same file: it adds nothing


def test_test_files_are_filtered(taken):
    data = tap_file([moc()])
    test = encoded(
        "BatchControlInfo",
        {
            "sender": b"AAA01",
            "specificationVersionNumber": 3,
            "releaseVersionNumber": 12,
            "fileTypeIndicator": b"T",
        },
    )
    body = test + encoded("CallEventDetail", moc()).join([b"\x63\x80", b"\0\0"])
    counts, told = taken(b"\x61\x80" + body + b"\0\0")
    assert counts == (1, 0, 0, 0, 1) and told.filters == {"test_data": 1}
    assert taken(data)[0] == (1, 1, 0, 0, 0)


def test_a_notification_holds_no_records(taken):
    about = {"sender": b"AAA01", "recipient": b"VNMVT", "fileSequenceNumber": b"00008",
             "specificationVersionNumber": 3, "releaseVersionNumber": 12}  # fmt: skip
    counts, told = taken(encoded("File", ("notification", about)))
    assert counts == (0, 0, 0, 0, 0)
    assert "TAP notification" in told.files[0].notes[0] and "00008" in told.files[0].notes[0]


def test_near_real_time_notices_are_counted_and_filtered(taken):
    counts, told = taken(notices(2, 2))
    assert counts == (2, 0, 0, 0, 2) and told.filters == {"near_real_time": 2}
    assert len(told.files[0].notes) == 1
    assert "holds 1 call events, and says 2" in taken(notices(1, 2))[1].files[0].notes[1]
    assert taken(unended(notices(2, 2), 1, 1))[0] == (2, 0, 0, 0, 2)


def test_returned_records_are_counted_and_filtered(taken):
    about = {"sender": b"VNMVT", "recipient": b"AAA01", "rapFileSequenceNumber": b"00001"}
    details = [("fatalReturn", {}), ("severeReturn", {"fileSequenceNumber": b"00007"})]
    batch = {"rapBatchControlInfo": about, "returnDetails": details}
    counts, told = taken(encoded("File", ("returnBatch", batch)))
    assert counts == (2, 0, 0, 0, 2) and told.filters == {"returned_account_procedure": 2}
    counts, told = taken(encoded("File", ("acknowledgement", {"sender": b"VNMVT"})))
    assert counts == (0, 0, 0, 0, 0) and "acknowledgement" in told.files[0].notes[0]


GOOD = tap_file([moc(), gprs()])


@pytest.mark.parametrize(("data", "what"), [
    pytest.param(b"", "an empty file", id="empty"),
    pytest.param(GOOD[:-9], "an element that ends 9 bytes after the file", id="cut"),
    pytest.param(unended(GOOD, 1, 1)[:-9], "it ends in the middle", id="cut without lengths"),
    pytest.param(GOOD + b"junk", "4 bytes after the end", id="junk after the end"),
    pytest.param(unended(GOOD, 1, 1) + b"\0", "1 bytes after the end", id="a byte too many"),
    pytest.param(b"\x61\x84\x7f" + b"\xff" * 3 + GOOD[3:], "an element that", id="a long length"),
    pytest.param(b"\x61\x88\x7f" + b"\xff" * 7 + GOOD, "a length that BER", id="an endless length"),
    pytest.param(b"\x30" + GOOD[1:], "neither a TAP file nor", id="another tag"),
    pytest.param(b"record_key,carrier\n", "an element that ends", id="text"),
    pytest.param(b"\x61\x80" * 200_000, "neither a TAP file nor", id="a bomb"),
    pytest.param(b"\x61\x80\x64\x80" + b"\x65\x80" * 200_000, "elements nested",
                 id="a bomb inside"),
    pytest.param(GOOD.replace(b"\x5f\x81\x3d\x01\x0c", b"\x5f\x81\x3d\x01\x09"), "TAP 3.9",
                 id="another release"),
    pytest.param(b"\x61\x02\x64\x00", "TAP of no release", id="no release"),
    pytest.param(gzip.compress(GOOD), "compressed by gzip", id="packed"),
    pytest.param(b"\x61\x06\x64\x04\x5f\x81\x3d\x05", "a group of the file's own", id="bad header"),
])  # fmt: skip
def test_what_is_refused_whole(refused, data, what):
    assert in_english(refused(data)["what"]).startswith(what)


def test_a_column_that_the_files_have_not_is_told(take, put, tmp_path):
    text = (load_text("tap")).replace("{column: units}", "{column: octets}")
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(IntakeError, match="reads octets, which tap files do not have"):
        take(put(GOOD), mapping=str(tmp_path / "mine.yaml"))


def test_words_that_a_mapping_does_not_say_are_not_in_its_digest():
    said = str(load_mapping("asterisk").model_dump(mode="json"))
    assert not any(word in said for word in ("format", "otherwise", "data_destination"))
    assert "data_destination" in str(load_mapping("tap").model_dump(mode="json"))


def test_a_format_stands_alone(take, put, tmp_path):
    text = load_text("tap")
    second = text[text.index("  - name: roaming") :].replace("roaming", "again", 1)
    (tmp_path / "mine.yaml").write_text(text + second)
    with pytest.raises(IntakeError, match="usage: a layout with a format of its own stands alone"):
        take(put(GOOD), mapping=str(tmp_path / "mine.yaml"))


def test_otherwise_needs_values(take, put, tmp_path):
    text = load_text("tap").replace("{column: units}", "{column: units, otherwise: x}")
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(IntakeError, match="give values as well"):
        take(put(GOOD), mapping=str(tmp_path / "mine.yaml"))


def test_no_number_stays_in_home_or_messages(run, put, home):
    data = tap_file([moc(), mtc(), gprs(), centre(), moc(totalCallEventDuration=-1)])
    result = run("intake", put(data), "--mapping", "tap", "--home", home)
    assert result.returncode == 0, result.stderr
    cut = run("intake", put(data[:-3], "cut"), "--mapping", "tap", "--home", home)
    assert cut.returncode == 5
    said = (result.stdout + result.stderr + cut.stdout + cut.stderr).encode()
    for content in [said, *state_of(home).values()]:
        assert not any(form in content for who in (NUMBER, OTHER, IMSI) for form in forms(who))


# --- Faults by chance ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_mutated_files_are_accounted_for_or_refused(put, key, seed):
    rng, maker = random.Random(seed), Maker(seed)
    sound = [tap_file([maker.call_event() for _ in range(5)]) for _ in range(25)]
    sound += [unended(data, at, 1) for at, data in enumerate(sound[:10])]
    paths = [put(mutated(rng.choice(sound), rng), f"{at}") for at in range(MUTATED // 4)]
    counts = accounted(paths, "tap", key)
    whole = sum(count is not None for count in counts)
    assert 0 < whole < MUTATED // 4  # Some are read and some refused, or the faults are too few.


def test_sound_files_of_chance_are_never_refused(put, key):
    maker = Maker(9)
    datas = [tap_file([maker.call_event() for _ in range(20)]) for _ in range(20)]
    paths = [put(unended(data, at, at / 20), f"{at}") for at, data in enumerate(datas)]
    assert accounted(paths, "tap", key) == [20] * 20


def test_many_records_go_window_by_window(taken, table, monkeypatch):
    monkeypatch.setattr("doisoat.engine.intake.forms.ber_file.WINDOW_BYTES", 1_000)
    monkeypatch.setattr("doisoat.engine.intake.forms.ber_file.BATCH_RECORDS", 7)
    details = [moc(totalCallEventDuration=at) for at in range(200)]
    details[150] = moc(totalCallEventDuration=-1)
    for data in (tap_file(details), unended(tap_file(details), 3, 1)):
        counts, told = taken(data)
        assert counts[0] == 200 and counts[3] == 1
        assert not any("audit" in note for note in told.files[0].notes)
    assert table("suspense.parquet")["row"].to_list() == [151, 151]
    assert table("bucket=*.parquet").select(pl.col("row").n_unique()).item() == 199
