"""Calls and messages recorded twice: found by what they say, told by address, and never dropped."""

import random
import time

import polars as pl
import pytest

from doisoat.engine.files.near_duplicates import NEAR_SECONDS, events_of, near_duplicates
from doisoat.engine.intake.file_intake import take_in
from doisoat.engine.intake.records.events import conflicts
from doisoat.engine.store.home import list_parts, open_home, writer

from .conftest import line

BASE = {"record_key": "a", "started": "2021-08-05 08:00:00.000", "duration_s": "60"}
SMS = {"kind": "sms", "duration_s": "", "units": "1"}


def found_in(home):
    """The pairs that the events of a home make."""
    parts = list_parts(open_home(home), "usage")
    held = [events for part in parts if (events := events_of(part)) is not None]
    return near_duplicates(held, conflicts(parts))


@pytest.mark.parametrize(("first", "second", "is_near"), [
    pytest.param({}, {}, True, id="the same call under another key"),
    pytest.param({}, {"started": "2021-08-05 08:00:05.000"}, True, id="as far as may be"),
    pytest.param({}, {"started": "2021-08-05 08:00:05.001"}, False, id="a millisecond farther"),
    pytest.param({"started": "2021-08-05 08:00:04.000"}, {}, True, id="the later one first"),
    pytest.param({"duration_s": "2"}, {"started": "2021-08-05 08:00:02.000"}, False,
                 id="one after the other"),
    pytest.param({"duration_s": "2.001"}, {"started": "2021-08-05 08:00:02.000"}, True,
                 id="a millisecond together"),
    pytest.param({}, {"number": "84971234567"}, False, id="another caller"),
    pytest.param({}, {"other": "84912345679"}, False, id="another party"),
    pytest.param({}, {"number": "84912345678", "other": "84961234567"}, False, id="called back"),
    pytest.param({}, {"number": "0961.234.567"}, True, id="the number in another form"),
    pytest.param({}, {"account": "A1"}, True, id="one names the account"),
    pytest.param({}, {"carrier": "vnpt"}, True, id="recorded by another carrier"),
    pytest.param({}, {**SMS}, False, id="a call and a message"),
    pytest.param(SMS, SMS, True, id="two messages at one moment"),
    pytest.param(SMS, {**SMS, "started": "2021-08-05 08:00:00.001"}, False, id="two messages"),
    pytest.param({"duration_s": "0"}, {"duration_s": "0"}, True, id="calls without length"),
    pytest.param({"session": "s", "partial": "1"}, {"session": "s", "partial": "2"}, False,
                 id="a call in two partial records"),
    pytest.param({"kind": "data", "other": "", "units": "5"},
                 {"kind": "data", "other": "", "units": "5"}, False, id="data has no other party"),
])  # fmt: skip
def test_what_is_near(take, write, home, first, second, is_near):
    told = take(write(line(**{**BASE, **first}), line(**{**BASE, "record_key": "b", **second})))
    assert told.events == 2 and told.as_object()["duplicates"] == 0
    assert told.near == found_in(home).height == int(is_near)


def test_a_mapping_says_how_near(take, write, home, tmp_path):
    from importlib.resources import files

    world = (files("doisoat.engine.intake.mapping") / "mappings" / "world.yaml").read_text("utf-8")
    mine = tmp_path / "mine.yaml"
    mine.write_text(world.replace("- name: usage\n", "- name: usage\n    near_seconds: 60\n", 1))
    calls = [
        line(**BASE),
        line(**{**BASE, "record_key": "b", "started": "2021-08-05 08:00:59.999"}),
    ]
    assert take(write(*calls), mapping=str(mine)).near == 1
    assert found_in(home)["apart_ms"].to_list() == [59_999]
    [part] = list_parts(open_home(home), "usage")
    assert part.manifest["sources"][0]["near_seconds"] == 60


def test_an_event_is_shown_with_the_one_that_ends_last(take, write, home):
    lengths = {"a": "3", "b": "90", "c": "60", "d": "1"}
    take(write(*(
        line(record_key=key, started=f"2021-08-05 08:00:0{at}.000", duration_s=lengths[key])
        for at, key in enumerate("abcd")
    )))  # fmt: skip
    found = found_in(home).select("row", "near_row", "apart_ms", "overlap_ms").rows()
    assert found == [(2, 1, 1_000, 2_000), (3, 2, 1_000, 60_000), (4, 2, 2_000, 1_000)]


def naive(home):
    """{event: the earlier ones that it is near to}, by comparing every two events of a home."""
    paths = sorted(home.glob("usage/part=*/bucket=*.parquet"))
    events = []
    for path in paths:
        traits = pl.read_parquet(path.with_name("trait.parquet"))
        kind_of = dict(traits.select("trait", "kind").iter_rows())
        for row in pl.read_parquet(path, hive_partitioning=False).iter_rows(named=True):
            parties = [row[f"{who}_{half}"] for who in ("subscriber", "counterparty")
                       for half in ("hi", "lo")]  # fmt: skip
            end = row["start_ms"] + max(row["duration_ms"], 1)
            order = row["start_ms"], (row["event_hi"], row["event_lo"])
            events.append((order, end, [*parties, kind_of[row["trait"]]]))
    near: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for order, _, parties in events:
        for earlier, end, theirs in events:
            together = earlier < order and end > order[0] and theirs == parties
            if together and order[0] - earlier[0] <= 1_000 * NEAR_SECONDS:
                near.setdefault(order[1], set()).add(earlier[1])
    return near


@pytest.mark.parametrize("seed", range(4))
def test_pairs_do_not_depend_on_files_parts_or_their_order(write, key, tmp_path, seed):
    """A crowd of calls, taken in at once and in parts: what every two of them say, no more."""
    rng = random.Random(seed)
    lines = [
        line(
            record_key=f"k{at}", units="1", kind=rng.choice(("voice", "sms")),
            number=f"8496123456{rng.randrange(2)}", other=f"8491234567{rng.randrange(2)}",
            started=f"2021-08-05 08:00:{rng.randrange(40):02d}.{rng.choice((0, 0, 1, 500)):03d}",
            duration_s=rng.choice(("0", "0.001", "0.9", "4", "30")),
        )
        for at in range(120)
    ]  # fmt: skip
    answers = []
    for parts in (1, 3):
        home = tmp_path / str(parts)
        rng.shuffle(lines)
        for at in range(parts):
            path = write(*lines[at::parts], name=f"{parts}-{at}.csv")
            with writer(home, "test") as held:
                take_in(held, [(path, "world", "usage")], key)
        found = found_in(home)
        wanted = naive(home)
        pairs = {
            (row["event_hi"], row["event_lo"]): (row["near_event_hi"], row["near_event_lo"])
            for row in found.iter_rows(named=True)
        }
        assert pairs.keys() == wanted.keys() and len(pairs) == found.height > 20
        assert all(pairs[event] in wanted[event] for event in pairs)
        answers.append((pairs, found["apart_ms"].to_list(), found["overlap_ms"].to_list()))
    assert answers[0] == answers[1]


def test_a_pair_over_two_parts_is_told_with_both_addresses(run, write, home):
    first = write(line(**BASE), name="monday 0961234567.csv")
    again = write(line(**{**BASE, "record_key": "x", "number": "84981234567"}),
                  line(**{**BASE, "record_key": "b", "started": "2021-08-05 08:00:01.500"}),
                  name="tuesday.csv")  # fmt: skip
    for path, near in ((first, 0), (again, 1)):
        result = run("intake", path, "--mapping", "world", "--home", home)
        assert result.returncode == 0, result.stderr
        assert ("near duplicates, still events\t1" in result.stdout) == bool(near)
    vi = "tuesday.csv, bản ghi 2: cuộc gọi, 1500 ms sau monday #.csv, bản ghi 1"
    en = "tuesday.csv, row 2: voice, 1500 ms after monday #.csv, row 1"
    assert f"  {vi} | {en}\n" in result.stdout
    assert "0961234567" not in result.stdout + result.stderr
    once_more = run("intake", again, "--mapping", "world", "--home", home)
    assert "near duplicates" not in once_more.stdout + once_more.stderr  # Nothing of it is new.


def test_a_flood_of_copies_takes_no_longer_than_their_number(take, write, home):
    """30,000 calls at one moment would be 450 million pairs; each is told once."""
    path = write(*(line(record_key=f"k{at}") for at in range(30_000)))
    begun = time.process_time()
    assert take(path).near == 29_999
    assert time.process_time() - begun < 30


def test_contradicted_copies_are_under_suspense_and_not_near(take, write, home):
    take(write(line(**BASE), name="one.csv"))
    told = take(write(line(**{**BASE, "duration_s": "61"}),
                      line(**{**BASE, "record_key": "b"}), name="two.csv"))  # fmt: skip
    assert told.as_object()["suspended"] == 1 and told.near == 0
    assert found_in(home).is_empty()


def test_a_home_without_events_has_no_pairs(take, write, home, files_of_before):
    assert take(write(line(kind="fax"))).near == 0
    assert found_in(home).equals(pl.DataFrame(schema=found_in(home).schema))
