"""The walker says what asn1tools says, in definite and indefinite lengths, and stays in bounds."""

import random
from itertools import accumulate

import pytest

from doisoat.engine.intake.forms.ber import (
    DONE,
    FAULTS,
    FULL,
    MORE,
    RECORD_BYTES,
    UNREADABLE,
    Walker,
    end_at,
    head_at,
)
from doisoat.engine.intake.forms.ber_file import application
from doisoat.engine.intake.forms.gateway import FIELDS, PARTS
from doisoat.engine.intake.forms.tap_fields import CALL_EVENT, CALL_EVENT_PARTS

from .asn1_records import (
    Maker,
    call_event_of,
    charges_of,
    encoded,
    gateway_of,
    specification,
    unended,
)

RECORDS = 2_000
A = application(1)[0]
EMPTY_GROUP = b"\x61\x00"


def walk(walker, data, until=None, most=10**6):
    state, at = walker.read(data, 0, len(data) if until is None else until, 0, most)
    return state, at, walker.take()


def row(batch, at):
    return {name: texts[at] for name, texts in batch.columns.items()}


@pytest.fixture(scope="module")
def call_events():
    maker = Maker(26)
    return [maker.call_event() for _ in range(RECORDS)]


@pytest.fixture(scope="module")
def gateway_records():
    maker = Maker(32298)
    return [maker.pgw() for _ in range(RECORDS)]


@pytest.mark.parametrize("share", [0, 0.5, 1], ids=["definite", "mixed", "indefinite"])
def test_call_events_are_read_as_asn1tools_reads_them(call_events, share):
    datas = [encoded("CallEventDetail", detail) for detail in call_events]
    decoded = [specification("roaming").decode("CallEventDetail", data) for data in datas]
    again = [unended(data, at, share) if share else data for at, data in enumerate(datas)]
    state, at, batch = walk(Walker(CALL_EVENT, CALL_EVENT_PARTS), b"".join(again))
    assert (state, at, batch.broken) == (DONE, sum(map(len, again)), [])
    charges = [[] for _ in decoded]
    for place, kind, charge in zip(batch.part_records, batch.part_columns["charge_type"],
                                   batch.part_columns["charge"], strict=True):  # fmt: skip
        charges[place].append((kind, charge))
    for place, detail in enumerate(decoded):
        found, wanted = row(batch, place), call_event_of(detail)
        assert {name: found[name] for name in wanted} == wanted, (place, detail)
        assert charges[place] == charges_of(detail)
    assert batch.lengths == [len(data) for data in again]
    assert batch.offsets == [0, *accumulate(batch.lengths)][:-1]


@pytest.mark.parametrize("share", [0, 0.5, 1], ids=["definite", "mixed", "indefinite"])
def test_gateway_records_are_read_as_asn1tools_reads_them(gateway_records, share):
    datas = [encoded("GPRSRecord", record, "gateway") for record in gateway_records]
    decoded = [specification("gateway").decode("GPRSRecord", data)[1] for data in datas]
    again = [unended(data, at, share) if share else data for at, data in enumerate(datas)]
    state, _, batch = walk(Walker(FIELDS, PARTS), b"".join(again))
    assert (state, batch.broken, len(batch.places)) == (DONE, [], RECORDS)
    containers = [[] for _ in decoded]
    for at, place in enumerate(batch.part_records):
        names = ("rating_group", "first", "last", "up", "down")
        containers[place].append({name: batch.part_columns[name][at] for name in names})
    for place, record in enumerate(decoded):
        wanted, held = gateway_of(record)
        assert row(batch, place) == wanted
        assert containers[place] == held


def test_asn1tools_reads_indefinite_lengths_alike(call_events):
    """So the helper that rewrites lengths makes no other elements."""
    for at, detail in enumerate(call_events[:200]):
        data = encoded("CallEventDetail", detail)
        roaming = specification("roaming")
        assert roaming.decode("CallEventDetail", unended(data, at, 1)) == roaming.decode(
            "CallEventDetail", data
        )


@pytest.mark.parametrize(("octets", "tag", "content"), [
    ("6100", 1 << 28 | 1, 2), ("7f1f00", 1 << 28 | 31, 3), ("bf4f00", 2 << 28 | 79, 3),
    ("7f841600", 1 << 28 | 534, 4), ("0200", 2, 2), ("618200050000000000", 1 << 28 | 1, 4),
])  # fmt: skip
def test_heads(octets, tag, content):
    fault, found = head_at(bytes.fromhex(octets), 0)
    assert fault == 0
    assert (found.tag, found.content) == (tag, content)


@pytest.mark.parametrize(("octets", "fault"), [
    pytest.param("", "it ends", id="nothing"),
    pytest.param("61", "it ends", id="no length"),
    pytest.param("7f", "it ends", id="half a tag"),
    pytest.param("7f8001", "a tag", id="a tag that begins with zero"),
    pytest.param("7f1e00", "a tag", id="a small tag in the long form"),
    pytest.param("7fffffffffff7f00", "a tag", id="a tag too large"),
    pytest.param("4180", "a length", id="a field without an end"),
    pytest.param("61ff", "a length", id="the reserved length"),
    pytest.param("6189000000000000000000", "a length", id="nine octets of length"),
    pytest.param("61887fffffffffffffff", "a length", id="a length near 2**63"),
    pytest.param("6184ffff", "it ends", id="half a length"),
])  # fmt: skip
def test_what_is_no_head(octets, fault):
    assert FAULTS[head_at(bytes.fromhex(octets), 0)[0]].en.startswith(fault)


def test_ends():
    assert end_at(bytes.fromhex("61806180000002010500 00".replace(" ", "")) + b"xx", 0) == (0, 11)
    assert FAULTS[end_at(b"\x61\x80" * 40 + b"\0\0" * 40, 0)[0]].en.startswith("elements nested")
    assert FAULTS[end_at(b"\x61\x05\0", 0)[0]].en.startswith("it ends")
    assert FAULTS[end_at(b"\0\0", 0)[0]].en.startswith("an end of contents")


def nested(depth, indefinite):
    data = b"\x02\x01\x05"
    for _ in range(depth):
        data = (b"\x61\x80" + data + b"\0\0") if indefinite else b"\x61" + _length(data) + data
    return data


def _length(data):
    return bytes([len(data)]) if len(data) < 128 else b"\x83" + len(data).to_bytes(3, "big")


@pytest.mark.parametrize("indefinite", [False, True])
def test_depth_is_capped(indefinite):
    walker = Walker([])
    assert walk(walker, nested(32, indefinite))[2].broken == []
    state, _, batch = walk(walker, nested(33, indefinite) + EMPTY_GROUP)
    if indefinite:  # where it ends cannot be told
        assert FAULTS[state].en.startswith("elements nested")
    else:
        assert state == DONE and batch.broken[0][0] == 0 and batch.places == [1]


def test_a_bomb_is_refused_at_once():
    assert FAULTS[walk(Walker([]), b"\x61\x80" * 500_000)[0]].en.startswith("elements nested")
    state, _, batch = walk(Walker([]), nested(20_000, indefinite=False))
    assert state == DONE and len(batch.broken) == 1


def test_elements_and_parts_are_capped():
    walker = Walker([((A, A), "x", "text")], [])
    many = b"\x41\x00" * 70_000
    assert len(walk(walker, b"\x61\x83" + len(many).to_bytes(3, "big") + many)[2].broken) == 1
    walker = Walker([((A, A, A), "x", "text")], [(A, A)])
    some = b"\x61\x03\x41\x01x" * 4_096
    head = b"\x61\x83"
    state, _, batch = walk(walker, head + len(some).to_bytes(3, "big") + some)
    assert len(batch.part_columns["x"]) == 4_096 and batch.broken == []
    some += b"\x61\x03\x41\x01x"
    state, _, batch = walk(walker, head + len(some).to_bytes(3, "big") + some + EMPTY_GROUP)
    assert state == DONE and len(batch.broken) == 1 and batch.part_columns["x"] == []


def test_a_record_longer_than_the_cap_is_refused():
    body = b"\x41\x83" + (RECORD_BYTES).to_bytes(3, "big") + bytes(RECORD_BYTES)
    data = b"\x61\x83" + len(body).to_bytes(3, "big") + body
    assert FAULTS[walk(Walker([]), data)[0]].en.startswith("a record longer")


@pytest.mark.parametrize("body", [
    pytest.param("4105", id="a field beyond its record"),
    pytest.param("6105410178", id="a group beyond its record"),
    pytest.param("0000", id="an end where nothing is open"),
    pytest.param("6180410178", id="a group that does not end"),
    pytest.param("7f8001", id="a tag that BER does not have"),
    pytest.param("6203410178", id="a group where a field must be"),
    pytest.param("4300", id="a field where a group must be"),
])  # fmt: skip
def test_what_is_wrong_in_a_record_is_that_records_alone(body):
    b, c = application(2)[0], application(3)[0]
    walker = Walker([((A, b), "x", "text"), ((A, c, A), "y", "text")], [])
    inner = bytes.fromhex(body)
    good = b"\x61\x03\x42\x01k"
    data = good + b"\x61" + bytes([len(inner)]) + inner + good
    state, _, batch = walk(walker, data)
    assert state == DONE and batch.places == [0, 2] and batch.columns["x"] == ["k", "k"]
    assert batch.broken == [(1, len(good), 2 + len(inner))]


def test_windows_and_lists():
    walker, data = Walker([((A,), "x", "text")]), b"\x41\x02ab" * 3
    assert walk(walker, data[:6], until=12)[:2] == (MORE, 4)
    assert walk(walker, data, most=2)[:2] == (FULL, 8)
    assert walk(walker, data + b"\0\0z", until=-1)[:2] == (DONE, 14)
    assert walk(walker, data, until=-1)[:2] == (MORE, 12)
    assert FAULTS[walk(walker, data, until=10)[0]].en.startswith("it ends")


@pytest.mark.parametrize(("kind", "octets", "text"), [
    ("digits", "1337133f", "1337133"), ("digits", "f1", UNREADABLE),
    ("digits", "1f33", UNREADABLE),
    ("swapped", "31733173f3", "133713373"),
    ("address", "914816f9", "+84619"), ("address", "a14816f9", "84619"),
    ("address", "", UNREADABLE),
    ("integer", "80", "-128"), ("integer", "0080", "128"), ("integer", "", UNREADABLE),
    ("integer", "7fffffffffffffff", str(2**63 - 1)), ("integer", "8000000000000000", str(-2**63)),
    ("integer", "00ffffffffffffffff", str(2**64 - 1)), ("text", "41ff", UNREADABLE),
    ("text", "4142", "AB"), ("hex", "0aff", "0aff"), ("text", "41" * 300, UNREADABLE),
])  # fmt: skip
def test_texts_of_fields(kind, octets, text):
    content = bytes.fromhex(octets)
    data = b"\x41" + _length(content) + content
    assert walk(Walker([((A,), "x", kind)]), data)[2].columns["x"] == [text]


def test_a_table_says_one_thing_once():
    with pytest.raises(ValueError):
        Walker([((A,), "x", "text"), ((A,), "y", "text")])
    with pytest.raises(ValueError):
        Walker([((A,), "x", "text"), ((A, A), "y", "text")])


def test_any_bytes_are_read_or_refused():
    rng = random.Random(1)
    walker = Walker(CALL_EVENT, CALL_EVENT_PARTS)
    for _ in range(3_000):
        data = rng.randbytes(rng.randint(0, 60))
        state, at, batch = walk(walker, data, until=rng.choice((None, -1)))
        assert 0 <= at <= len(data) and (state in (MORE, DONE) or 0 < state < len(FAULTS))
        assert sorted([*batch.places, *(place for place, *_ in batch.broken)]) == list(
            range(len(batch.places) + len(batch.broken))
        )
