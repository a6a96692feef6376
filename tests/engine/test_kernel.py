"""What the kernel alone does: order, batches, shards, counts, sums, conflicts.

tests/mutate.py runs this file against each mutant of the kernel.
"""

import hashlib
from dataclasses import replace
from hashlib import sha256
from random import Random

import polars as pl
import pytest

from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.narrow import Narrow, pack_narrow
from doisoat.engine.oracle.oracle import Event
from doisoat.engine.rating.rater import conflicts_of
from doisoat.errors import ConservationError, StoreError
from doisoat.tariffs.models.package_model import Cap
from doisoat.tariffs.models.quantity import MS_PER_DAY
from tests.engine.edges import AT_USE, SMALL, free_hosts, granted, more_data, voice_volume
from tests.engine.price_edges import CREDIT
from tests.implementations import kernel
from tests.narrow_frames import coded
from tests.recorder import Recorded, counted, everything, rows_of
from tests.spec.cases import (
    KB,
    OWNER,
    SOURCED,
    VOICE_PACK,
    call,
    catalogue,
    data,
    fee,
    grant,
    measure,
    ms,
    opened,
    pack,
    package,
    renewal,
    subscription,
)  # fmt: skip
from tests.worlds import make_world

AUGUST = (ms("2021-08-01"), ms("2021-09-01"))
TWO_OWNERS = (OWNER << 64 | 5, (OWNER << 64 | 5) + (1 << 118))


@pytest.fixture
def recorded():
    """Two owners of different shards; a second with a fee and calls, and days with one event."""
    events = [
        replace(event, owner=owner, event_id=number << 64 | event.event_id)
        for number, owner in enumerate(TWO_OWNERS, 1)
        for event in (
            fee("2021-08-10T00:00:00.400", 1),
            call("2021-08-10T00:00:00.100", 1, 2, charged=0),
            call("2021-08-10T00:00:00.500", 7, 3, charged=500),
            call("2021-08-10T00:00:00.500", 7, 4, charged=138),
            call("2021-08-10T00:00:01", 60, 5),
            replace(call("2021-08-11T00:00:01", 60, 6), carrier="vnpt"),
            renewal("2021-08-12", "v40", 7),
        )
    ]
    people = tuple(subscription(owner=owner) for owner in TWO_OWNERS)
    inputs = (catalogue(packs=[VOICE_PACK]), package(grant("10 s", "last")), people, (), events,
              (ms("2021-08-01"), ms("2021-09-01")), ())  # fmt: skip
    return Recorded(inputs)


def test_events_in_order_are_taken_batch_after_batch(recorded):
    whole = recorded.again(recorded.events)
    rows = [recorded.events[at : at + 1] for at in range(recorded.events.height)]
    apart = recorded.again(*rows)
    assert rows_of(apart.columns()["rated"]) == rows_of(whole.columns()["rated"])
    assert len(recorded.outcomes) == 14
    assert apart.counts() == whole.counts()
    assert apart.checksums() == whole.checksums() != (0, 0)


@pytest.mark.parametrize("at", range(13))
def test_two_events_that_changed_places_are_refused(recorded, at):
    rows = list(range(recorded.events.height))
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    with pytest.raises(StoreError, match="not in order"):
        recorded.again(recorded.events[rows])


@pytest.mark.parametrize("at", range(14))
def test_an_event_that_stands_twice_is_refused(recorded, at):
    rows = sorted([*range(recorded.events.height), at])
    with pytest.raises(StoreError, match="stands twice"):
        recorded.again(recorded.events[rows])


def test_an_event_that_stands_twice_may_pass_where_events_are_not_kept(recorded):
    short = recorded.events.drop("event_hi", "event_lo", "charged")
    work = recorded.again(short[sorted([*range(14), 2])], keeps_events=False, keeps_rated=False)
    assert work.counts()["events"] == 15
    with pytest.raises(StoreError, match="not in order"):
        recorded.again(short[[1, 0, *range(2, 14)]], keeps_events=False, keeps_rated=False)


def test_totals_alone_are_those_of_a_pass_with_events(recorded):
    whole = recorded.again(recorded.events).columns()
    alone = recorded.again(recorded.events, keeps_events=False, keeps_rated=False).columns()
    for name in ("totals", "relief_totals"):
        assert rows_of(alone[name]) == rows_of(whole[name]) != []
    for name in ("lines", "refunds", "suspense", "closing", "rated"):
        assert rows_of(alone[name]) == []


def test_a_pass_without_digests_is_otherwise_the_same(recorded):
    whole = recorded.again(recorded.events)
    other = recorded.again(recorded.events, keeps_digests=False)
    assert whole.shard_digests() != {} == other.shard_digests()
    nothing = {"streams": {}, "digests": {}}
    assert everything(other) == {**everything(whole), **nothing}


def test_the_digest_of_a_shard_is_the_sha_256_of_its_stream(recorded):
    work = recorded.again(recorded.events)
    streams = work.shard_streams() or {}
    assert len(streams) > 1
    digests = {shard: sha256(stream).digest() for shard, stream in streams.items()}
    assert work.shard_digests() == digests


def test_a_pass_without_refunds_reads_no_charges_and_is_otherwise_the_same(recorded):
    whole = recorded.again(recorded.events)
    other = recorded.again(recorded.events.drop("charged"), keeps_refunds=False)
    assert rows_of(whole.columns()["refunds"]) != []
    assert everything(other) == {**everything(whole), "refunds": []}


def test_a_pass_without_rows_of_lines_is_otherwise_the_same(recorded):
    whole = recorded.again(recorded.events)
    other = recorded.again(recorded.events, keeps_lines=False)
    assert rows_of(whole.columns()["lines"]) != []
    assert everything(other) == {**everything(whole), "lines": []}


@pytest.mark.parametrize("first", ["1970-01-01", "2021-08-10", "2021-08-11", "2021-08-13"])
def test_sums_of_owners_are_those_of_their_events_from_a_day_on(recorded, first):
    since = ms(first) // MS_PER_DAY
    kept = [o for o in recorded.outcomes if o.event.start_ms // MS_PER_DAY >= since]
    work = recorded.again(recorded.events, owners_since=since)
    rows = rows_of(work.columns()["owners"])
    sums = {}
    for o in (o for o in kept if o.status == "rated"):
        one = sums.setdefault(o.event.owner >> 64, [0, 0, 0, 0])
        for at, value in enumerate((1, o.list_value, o.list_value - o.payable, o.payable)):
            one[at] += value
    assert [row[0] for row in rows] == sorted(sums)
    assert [list(row[-4:]) for row in rows] == [sums[owner] for owner in sorted(sums)]
    assert rows_of(work.columns()["totals"]) == rows_of(
        recorded.again(recorded.events).columns()["totals"]
    )


def test_no_sums_of_owners_are_kept_unasked(recorded):
    assert rows_of(recorded.again(recorded.events).columns()["owners"]) == []


@pytest.mark.parametrize(("carrier", "events"), [("viettel", 12), ("vnpt", 2)])
def test_one_carrier_alone_has_its_events_alone(recorded, carrier, events):
    index = ("", "viettel", "vnpt").index(carrier)
    work = recorded.again(recorded.events, only_carrier=index)
    assert (work.counts()["events"], work.rows()) == (events, 14)
    assert recorded.again(recorded.events, only_carrier=0).counts()["events"] == 0


def test_each_shard_has_its_own_stream(recorded):
    work = recorded.again(recorded.events)
    streams = work.shard_streams() or {}
    (first, one), (second, other) = streams.items()
    assert (first, second) == tuple(owner >> 118 for owner in TWO_OWNERS)
    # 34 bytes an event and 18 a line: the grant's 10 s cover the first calls.
    lines = [
        sum(len(o.lines) for o in recorded.outcomes if o.event.owner == owner)
        for owner in TWO_OWNERS
    ]
    assert [len(one), len(other)] == [7 * 34 + 18 * n for n in lines]
    assert one[:8] == (1 << 64 | 1 << 0).to_bytes(16, "little")[8:]


def test_owners_of_one_shard_share_its_stream():
    """The second shard has three owners: it begins once."""
    owners = [shard << 118 | number for shard, number in ((1, 1), (2, 1), (2, 2), (2, 3), (3, 1))]
    events = [
        replace(call("2021-08-10", 1, number), owner=owner)
        for number, owner in enumerate(owners, 1)
    ]
    people = [subscription(owner=owner) for owner in owners]
    one = Recorded((catalogue(), package(), people, (), events, AUGUST, ()))
    streams = one.again(one.events).shard_streams() or {}
    assert {shard: len(stream) for shard, stream in streams.items()} == {1: 34, 2: 102, 3: 34}


def calls_of_one(events: int) -> tuple[Recorded, pl.DataFrame]:
    """One owner and so many calls, a second apart: their ids are numbers from 0."""
    owner = TWO_OWNERS[0]
    one = Recorded((catalogue(), package(), [subscription(owner=owner)], (),
                    [replace(call("2021-08-10", 1, 1), owner=owner)], AUGUST, ()))  # fmt: skip
    numbers = pl.int_range(events, dtype=pl.UInt64)
    return one, one.events.select(pl.all().repeat_by(events).explode()).with_columns(
        event_lo=numbers, start_ms=pl.col("start_ms") + 1000 * numbers.cast(pl.Int64)
    )


@pytest.mark.parametrize("events", [255, 256, 257, 12_000, 60_000])
def test_rows_stay_as_they_were_written_while_columns_grow(events):
    """There is room for 256 rows at first."""
    one, many = calls_of_one(events)
    columns = one.again(many, keeps_streams=False).columns()["rated"]
    told = {name: memoryview(column).cast("q").tolist() for name, column in columns.items()}
    assert told["event_lo"] == list(range(events))
    (first,) = rows_of(one.again(one.events).columns()["rated"])
    assert {row[2:] for row in zip(*told.values(), strict=True)} == {first[2:]}


@pytest.mark.parametrize("events", [1, 15_384, 15_385, 15_386, 40_000])
def test_a_shards_digest_is_that_of_its_whole_stream(events):
    """Half a MiB of it is held at a time: 15,386 records of 34 bytes where none is longer."""
    owner = TWO_OWNERS[0]
    one, many = calls_of_one(events)
    work = one.again(many)
    streams = work.shard_streams() or {}
    ((shard, stream),) = streams.items()
    assert (shard, len(stream)) == (owner >> 118, 34 * events)
    assert [stream[at + 8 : at + 16] for at in range(0, len(stream), 34)] == [
        number.to_bytes(8, "little") for number in range(events)
    ]
    assert work.shard_digests() == {shard: hashlib.sha256(stream).digest()}
    assert one.again(many, keeps_streams=False).shard_streams() is None
    assert one.again(many, keeps_streams=False).shard_digests() == work.shard_digests()


def test_totals_alone_may_need_durations():
    """An order of ten seconds frees a sixth of the minute's volume."""
    order = {"id": "o", "directive": 16, "localities": ["01"], **SOURCED,
             "valid_from": "2021-08-10T12:00:00", "valid_until": "2021-08-10T12:00:10"}  # fmt: skip
    part = free_hosts(where=AT_USE, crossing="prorata_time")
    event = data("2021-08-10T12:00:00", 600 * KB, 1, "moh.gov.vn")
    one = Recorded((catalogue(orders=[order]), package(part), [subscription()], (), [event],
                    AUGUST, ()))  # fmt: skip
    short = one.events.drop("event_hi", "event_lo", "charged")
    alone = one.again(short, keeps_events=False, keeps_rated=False).columns()
    whole = one.again(one.events).columns()
    for name in ("totals", "relief_totals"):
        assert rows_of(alone[name]) == rows_of(whole[name]) != []
    assert [row[-2:] for row in rows_of(alone["relief_totals"])] == [(100 * KB, 150)]


TWO_PACKS = pack("two", "3000", validity={"days": 3}, volumes=[
    {"kind": "data", "destinations": ["data"], "amount": "1 GB", "counts": "raw"}
], renewal={"still_valid": "new_instance", "rollover": "none", "failed": "ends"})  # fmt: skip
IN_ONE_INSTANT = {
    "bought when the measure is in force": ("2021-08-10T09:00:00", "full"),
    "in use when it begins: full": ("2021-08-04T09:00:00", "full"),
    "in use when it begins: remaining": ("2021-08-04T09:00:00", "remaining"),
    "in use when it begins: prorated": ("2021-08-04T09:00:00", "prorated"),
}


@pytest.mark.parametrize(("at", "in_use"), IN_ONE_INSTANT.values(), ids=IN_ONE_INSTANT)
def test_packs_of_one_instant_are_as_many_where_events_are_not_kept(at, in_use):
    """Each has its volume and its bonus, one pack's bonus after its own volume."""
    bought = [replace(renewal(at, "two", number), destination="registration") for number in (1, 2)]
    used = [
        data("2021-08-04T12:00:00", 512 * KB * KB, 3),
        *(data(f"2021-08-0{day}T10:00:00", 700 * KB * KB, day) for day in (5, 6)),
        *(data(f"2021-08-1{hour}T10:00:00", 700 * KB * KB, 10 + hour) for hour in (0, 1, 2)),
    ]
    one = Recorded((catalogue(packs=[TWO_PACKS]), package(more_data("m2", 2, in_use=in_use)),
                    [subscription()], (), [*bought, *used], AUGUST, ()))  # fmt: skip
    whole = one.again(one.events)
    short = one.events.drop("event_hi", "event_lo", "charged")
    alone = one.again(short, keeps_events=False, keeps_rated=False)
    assert alone.counts() == whole.counts() and whole.counts()["bonuses_given"] == 2
    for name in ("totals", "relief_totals"):
        assert rows_of(alone.columns()[name]) == rows_of(whole.columns()[name]) != []


@pytest.mark.parametrize("seed", range(30))
def test_totals_alone_are_those_of_a_pass_with_events_in_worlds_of_equal_instants(seed):
    """Half of what an owner does, he does again in the same instant."""
    drawn, world = Random(seed), make_world(seed)
    again = [
        replace(event, event_id=drawn.getrandbits(128))
        for event in world.events
        if drawn.random() < 0.5
    ]
    one = Recorded(replace(world, events=(*world.events, *again)).inputs)
    whole = one.again(one.events, keeps_rated=False)
    alone = one.again(one.events, keeps_events=False, keeps_rated=False)
    assert (alone.counts(), alone.checksums()) == (whole.counts(), whole.checksums())
    for name in ("totals", "relief_totals"):
        assert rows_of(alone.columns()[name]) == rows_of(whole.columns()[name])


CAPPED = [
    ("2021-08-31T23:59:58", 1), ("2021-08-31T23:59:59.999", 2), ("2021-09-01T00:00:00", 3),
    ("2021-09-02T12:00:00", 4), ("2021-11-05T12:00:00", 5),
]  # fmt: skip
BEGINS = [ms("2021-09-01"), ms("2021-10-01"), ms("2021-11-01")]


def capped(over, begins):
    """The discounts of packs of 20,000 at half the price, at most 12,000 in all, by event."""
    cut = measure("m", 1, {"kinds": ["pack"]}, {"type": "price_cut", "percent": "50"},
                  valid_until="2022-01-01")  # fmt: skip
    cap = Cap.model_validate({"amount": "12000", "per": "owner", "over": over})
    events = [replace(renewal(at, "p", number), destination="registration")
              for at, number in CAPPED]  # fmt: skip
    one = Recorded((catalogue(packs=[pack("p", "20000")]),
                    package(cut.model_copy(update={"cap": cap})), [subscription()], (), events,
                    (ms("2021-08-01"), ms("2021-12-01")), ()))  # fmt: skip
    work = one.again(one.events, later_periods=begins)
    columns = work.columns()["lines"]
    ids, amounts = (memoryview(columns[name]).cast("q").tolist() for name in ("event_lo", "amount"))
    return dict(zip(ids, amounts, strict=True))


def test_a_cap_of_a_period_begins_anew_with_each_later_one_inside_a_pass():
    whole = {1: 10_000, 2: 2_000}
    assert capped("period", []) == capped("programme", BEGINS) == whole
    assert capped("period", BEGINS) == {**whole, 3: 10_000, 4: 2_000, 5: 10_000}
    assert capped("period", BEGINS[::-1]) == capped("period", BEGINS)
    assert capped("period", BEGINS[1:2]) == {**whole, 5: 10_000}
    late = [ms("2021-09-02T12:00:00.001")]
    assert capped("period", late) == {**whole, 5: 10_000}
    assert capped("period", [late[0] - 1]) == {**whole, 4: 10_000, 5: 2_000}


def test_a_trait_that_is_not_in_the_table_is_refused(recorded):
    count = recorded.events["trait"].max() + 1
    wrong = recorded.events.with_columns(trait=pl.lit(count, dtype=pl.UInt32))
    with pytest.raises(StoreError, match="trait"):
        recorded.again(wrong)


@pytest.mark.parametrize("name", ["owner", "number", "session"])
def test_a_code_that_is_not_in_the_table_is_refused(recorded, name):
    narrow, ids = coded(recorded.events)
    block = Narrow(pack_narrow(narrow, ids))
    first = {"owner": block.owners_count, "number": block.numbers_count,
             "session": block.sessions_count + 1}[name]  # fmt: skip
    wrong = narrow.with_columns(pl.lit(first, dtype=pl.UInt32).alias(name))
    with pytest.raises(StoreError, match=f"{name} {first} is not in the part's table"):
        recorded.over((Narrow(pack_narrow(wrong, ids)), recorded.events))


def test_events_beside_are_those_of_the_block(recorded):
    whole = Narrow(narrow_block(recorded.events))
    for other in (recorded.events[:13], pl.concat([recorded.events, recorded.events[13:]])):
        with pytest.raises(StoreError, match="in narrow columns"):
            recorded.over((whole, other))
    with pytest.raises(StoreError, match="14 events in narrow columns, 0 beside them"):
        recorded.over((whole, recorded.events[:0]))


def test_a_pass_of_totals_alone_looks_at_nothing_beside(recorded):
    """Nobody's members have terms of their own, so that who used what need not be read."""
    whole, nothing = Narrow(narrow_block(recorded.events)), recorded.events[:0]
    alone = recorded.over((whole, nothing), keeps_events=False, keeps_rated=False)
    assert alone.counts()["events"] == recorded.events.height


def test_a_column_of_another_type_is_refused(recorded):
    for name, other in (("units", pl.UInt64), ("event_hi", pl.Int64), ("trait", pl.Int64)):
        with pytest.raises(StoreError, match=name):
            recorded.again(recorded.events.with_columns(pl.col(name).cast(other)))


def test_what_was_charged_above_payable_is_kept(recorded):
    refunds = rows_of(recorded.again(recorded.events).columns()["refunds"])
    assert [row[-3:] for row in refunds] == [(500, 138, 59)] * 2


def test_an_event_whose_charge_is_not_known_is_owed_nothing(recorded):
    """A null may stand over any value: here 5,000."""
    events = recorded.events.with_columns(pl.col("charged") + 5_000)
    refunds = rows_of(recorded.again(events).columns()["refunds"])
    assert [row[-3] for row in refunds] == [5_000, 5_500, 5_138] * 2
    whole = recorded.again(events.with_columns(pl.col("charged").fill_null(0)))
    assert len(rows_of(whole.columns()["refunds"])) == 6


def test_a_source_that_runs_out_is_counted_once():
    calls = (call("2021-08-10", 10, 1), call("2021-08-11", 10, 2), call("2021-08-12", 10, 3))
    assert counted(*calls, measures=[grant("20 s", "last")]) == {
        "grants given": 1, "grants exhausted": 1}  # fmt: skip
    assert counted(*calls, measures=[grant("21 s", "last")]) == {
        "grants given": 1, "grants exhausted": 1}  # fmt: skip
    assert counted(*calls, measures=[grant("31 s", "last")]) == {"grants given": 1}


def test_a_source_of_an_event_with_windows_that_runs_out_is_counted_once():
    at_use = {"directive": 16, "place": "home_at_use"}
    for amount, exhausted in (("10 s", {"grants exhausted": 1}), ("11 s", {})):
        split = grant(amount, "last", where=at_use, crossing="split_time", lasts="90 d")
        one = call("2021-09-21T05:59:50", 30, 1)
        assert counted(one, measures=[split]) == {"grants given": 1, **exhausted}


def test_a_pack_that_ends_as_a_measure_begins_gets_no_bonus():
    ending = {**SMALL, "validity": {"days": 16}}
    bought = [opened("d1", "2021-07-20", 0, 0)]
    found = counted(data("2021-08-06", 1), measures=[more_data("m2", 2)],
                    packs=[ending], open_packs=bought)  # fmt: skip
    assert found == {}


def test_a_daily_quota_is_given_and_runs_out_each_day():
    daily = pack("daily", "1000", volumes=voice_volume("10 s", per="day"))
    calls = [call(f"2021-08-{day}", 10, day) for day in (10, 11, 13)]
    bought = [opened("daily", "2021-07-20", 0, 10_000)]
    found = counted(*calls, packs=[daily], open_packs=bought)
    assert found == {"volumes given": 3, "volumes exhausted": 3}


def test_the_general_way_counts_each_day_of_a_daily_quota_too():
    daily = pack("daily", "1000", volumes=voice_volume("10 s", per="day"))
    calls = [call(f"2021-08-{day}", 10, day) for day in (10, 11, 13)]
    one = Recorded((catalogue(packs=[daily]), package(), [subscription()], (), calls, AUGUST,
                    [opened("daily", "2021-07-20", 0, 10_000)]))  # fmt: skip
    assert one.again(one.events, short_way=False).counts() == one.again(one.events).counts()


def test_a_bonus_is_counted_as_one():
    found = counted(renewal("2021-08-10", "d1", 1), measures=[more_data("m2", 2)], packs=[SMALL])
    assert found == {"volumes given": 1, "bonuses given": 1}


def test_what_ends_with_the_period_is_not_kept():
    ending = pack("ending", "1000", validity={"days": 10}, volumes=voice_volume())
    staying = pack("staying", "1000", validity={"days": 11}, volumes=voice_volume())
    bought = (renewal("2021-08-05", "ending", 1), renewal("2021-08-05", "staying", 2))
    inputs = (catalogue(packs=[ending, staying]), package(granted("6 s", lasts="10 d")),
              (subscription(),), (), bought, (ms("2021-08-01"), ms("2021-08-15")), ())  # fmt: skip
    _, closing = kernel().rate_events_and_close(*inputs)
    kept = closing.filter(pl.col("item").is_in(["pack", "source"]))
    assert kept["pack"].to_list() == ["staying", "staying"]


@pytest.mark.parametrize("chosen", [(), (0,), (3,), (11,), (0, 5), (2, 3, 4), tuple(range(14))])
def test_events_whose_copies_conflict_are_suspended(recorded, chosen):
    ids = recorded.events[list(chosen)].select("event_hi", "event_lo").sort("event_hi", "event_lo")
    others = pl.DataFrame({"event_hi": [0, 1, 2**63], "event_lo": [1, 2**63, 5]}, schema=ids.schema)
    for frame in (ids, pl.concat([ids, others]).sort("event_hi", "event_lo")):
        recorded.given = (*recorded.given[:5], conflicts_of(frame))
        rated = recorded.again(recorded.events).columns()["rated"]
        status = memoryview(rated["status"]).cast("q").tolist()
        assert [at for at, one in enumerate(status) if one == 4] == list(chosen)


@pytest.mark.parametrize(("contradicted", "billed"), [((), [6_000, 1_000]), ((0,), [0, 6_000])])
def test_a_part_whose_copies_conflict_has_no_place_in_its_session(contradicted, billed):
    """Nobody knows what it says: the second begins the session, until it is decided."""
    parts = tuple(
        call(f"2021-08-10T10:00:0{at}", seconds, at, session=9, partial=at)
        for at, seconds in ((1, 6), (2, 1))
    )
    one = Recorded((catalogue(), package(), (subscription(),), (), parts,
                    (ms("2021-08-01"), ms("2021-09-01")), ()))  # fmt: skip
    ids = one.events[list(contradicted)].select("event_hi", "event_lo")
    one.given = (*one.given[:5], conflicts_of(ids))
    rated = one.again(one.events).columns()["rated"]
    assert memoryview(rated["billed"]).cast("q").tolist() == billed


def test_a_pass_without_events_takes_no_conflicts(recorded):
    ids = recorded.events[:1].select("event_hi", "event_lo")
    recorded.given = (*recorded.given[:5], conflicts_of(ids))
    with pytest.raises(ConservationError, match="event ids"):
        recorded.again(recorded.events, keeps_events=False, keeps_rated=False)


def test_a_grant_lives_to_its_own_expiry_whatever_the_measure_says_later():
    """The package of September gives 60 days; the grant of August was given for 30."""

    def rate(lasts: str, event: Event, period: tuple[str, str], state=None):
        return kernel().rate_events_and_close(
            catalogue(), package(granted("3000 s", lasts=lasts)), [subscription()], [], [event],
            tuple(map(ms, period)), state=state,
        )  # fmt: skip

    _, august = rate("30 d", call("2021-08-10", 1, 1), ("2021-08-01", "2021-09-01"))
    late = call("2021-09-20", 1, 2)
    (outcome,), _ = rate("60 d", late, ("2021-09-01", "2021-10-01"), august)
    assert (outcome.list_value, outcome.payable) == (118, 118)


def test_money_that_runs_out_is_counted_once():
    bought = [opened("credit", "2021-07-20", 0, 1_000)]
    calls = [call(f"2021-08-1{day}", 60, day + 1) for day in range(3)]
    assert counted(*calls, packs=[CREDIT], open_packs=bought) == {"volumes exhausted": 1}
    assert counted(call("2021-08-10", 6, 1), packs=[CREDIT], open_packs=bought) == {}
