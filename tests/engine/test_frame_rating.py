"""Events of a frame are rated as those of a home are: held to the oracle on random worlds."""

from dataclasses import replace
from random import Random

import polars as pl
import pytest

from doisoat.engine.oracle import oracle
from doisoat.engine.rating import frame_rating
from doisoat.engine.rating.frame_ids import coded, combined
from doisoat.engine.rating.frame_rating import Frames, rate_frames
from doisoat.tariffs.compile.compile import compile_program
from tests import worlds

MOMENT = pl.Datetime("ms")
EVENTS = {
    "event_id": pl.String, "owner_id": pl.String, "subscriber_id": pl.String,
    "carrier": pl.String, "start_at": MOMENT, "duration": pl.Int64, "kind": pl.String,
    "destination": pl.String, "counterparty": pl.Int64, "rating_group": pl.String,
    "locality": pl.String, "units": pl.Int64, "session_key": pl.String, "partial": pl.Int32,
    "pack": pl.String,
}  # fmt: skip
SUBSCRIPTIONS = {
    "subscriber_id": pl.String, "owner_id": pl.String, "carrier": pl.String, "plan": pl.String,
    "segment": pl.String, "payment": pl.String, "home_locality": pl.String, "valid_from": MOMENT,
    "valid_until": MOMENT,
}  # fmt: skip
PORTS = {"number": pl.Int64, "carrier": pl.String, "valid_from": MOMENT, "valid_until": MOMENT}
PACKS = {
    "owner_id": pl.String, "pack": pl.String, "bought_at": MOMENT, "price_paid": pl.Int64,
    "left": pl.List(pl.Int64),
}  # fmt: skip


def make_world(seed):
    """A world of records as intake takes them: a purchase or a fee is one."""
    world = worlds.make_world(seed)
    events = [
        replace(event, units=1) if event.kind in ("pack", "fee") else event
        for event in world.events
    ]
    return replace(world, events=tuple(events))


def person(number):
    return f"thuê bao {number}"


def frame(rows, schema):
    """Rows with moments in milliseconds as a frame of these columns."""
    moments = [name for name, dtype in schema.items() if dtype == MOMENT]
    stored = {name: pl.Int64 if dtype == MOMENT else dtype for name, dtype in schema.items()}
    return pl.DataFrame(rows, stored, orient="row").with_columns(pl.col(moments).cast(MOMENT))


def frames_of(world):
    """A world's facts as a caller would have them, the events of its period in any order."""
    begin, end = world.period
    events = [event for event in world.events if begin <= event.start_ms < end]
    Random(len(events)).shuffle(events)
    return Frames(
        frame(
            [
                (
                    f"{e.event_id:032x}", person(e.owner), person(e.member), e.carrier, e.start_ms,
                    e.duration_ms, e.kind, e.destination, e.counterparty or None, e.rating_group,
                    e.locality, e.units, f"{e.session:x}" if e.session else None,
                    e.partial if e.session else 0, e.pack,
                )
                for e in events
            ],
            EVENTS,
        ),
        frame(
            [
                (
                    person(s.member), person(s.owner), s.carrier, s.plan, s.segment, s.payment,
                    s.home_locality, s.from_ms, s.until_ms,
                )
                for s in world.subscriptions
            ],
            SUBSCRIPTIONS,
        ),
        frame([(p.number, p.carrier, p.from_ms, p.until_ms) for p in world.ports], PORTS),
        frame(
            [
                (person(p.owner), p.pack, p.bought_ms, p.price_paid, list(p.left))
                for p in world.open_packs
            ],
            PACKS,
        ),
    )  # fmt: skip


def answers(world, given):
    """(status, list value, payable, lines) of each event of a frame, by event_id."""
    program = compile_program(world.catalogue, world.package)
    found = rate_frames(program, given, world.period)
    assert found.events["event_id"].to_list() == given.events["event_id"].to_list()
    lines = {}
    for row in found.lines.iter_rows(named=True):
        assert given.events["event_id"][row["row"]] == row["event_id"]
        told = row["measure"], row["nature"], row["units"], row["amount"]
        lines.setdefault(row["event_id"], []).append(told)
    return {
        event: (status, list_value, payable, sorted(lines.get(event, ())))
        for event, status, list_value, payable in found.events.select(
            "event_id", "status", "list_value", "payable"
        ).iter_rows()
    }


def expected(world):
    """The same by the oracle."""
    rated = {}
    for outcome in oracle.rate(*world.inputs).outcomes:
        is_rated = outcome.status == "rated"
        rated[f"{outcome.event.event_id:032x}"] = (
            outcome.status,
            outcome.list_value if is_rated else None,
            outcome.payable if is_rated else None,
            sorted((one.measure, one.nature, one.units, one.amount) for one in outcome.lines),
        )
    return rated


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_a_frame_in_any_order_comes_to_what_the_oracle_says(first):
    compared = 0
    for seed in range(first, first + 20):
        world = make_world(seed)
        if world.events:
            wanted = expected(world)
            assert answers(world, frames_of(world)) == wanted, seed
            compared += len(wanted)
    assert compared > 200


def test_owners_that_are_cut_into_many_pieces_come_to_the_same(monkeypatch):
    monkeypatch.setattr(frame_rating, "PIECE_ROWS", 3)
    for seed in range(200, 210):
        world = make_world(seed)
        if world.events:
            assert answers(world, frames_of(world)) == expected(world), seed


def test_an_event_whose_record_names_the_number_alone_is_its_accounts():
    """A frame without owner_id, and one that says null, are read by the subscriptions."""
    members = 0
    for seed in range(300, 312):
        world = make_world(seed)
        given = frames_of(world)
        alone = given.events.filter(pl.col("owner_id") == pl.col("subscriber_id"))
        if alone.is_empty():
            continue
        members += (given.subscriptions["owner_id"] != given.subscriptions["subscriber_id"]).any()
        nulled = alone.with_columns(owner_id=pl.lit(None, pl.String))
        whole = answers(world, given._replace(events=alone))
        assert answers(world, given._replace(events=alone.drop("owner_id"))) == whole
        assert answers(world, given._replace(events=nulled)) == whole
    assert members


def test_texts_may_lie_in_categories_and_ids_in_numbers():
    world = next(w for seed in range(50) if len((w := make_world(seed)).events) > 20)
    given, texts = frames_of(world), ("carrier", "kind", "destination", "locality", "owner_id")
    told = given.events.with_columns(
        pl.col(texts).cast(pl.Categorical), pl.col("pack").cast(pl.Enum(_distinct(given, "pack")))
    )
    assert answers(world, given._replace(events=told)) == expected(world)


def _distinct(given, name):
    return given.events[name].unique().sort()


@pytest.mark.parametrize("values", [["a", "a", "b", "a", None, "b"], [None, None], [], [7, 7, 2]])
def test_ids_become_codes_by_first_sight(values):
    found = coded(pl.Series("id", values, dtype=None if values else pl.String))
    firsts = list(dict.fromkeys(value for value in values if value is not None))
    assert found.values.to_list() == [str(value) for value in firsts]
    assert found.codes.to_list() == [None if v is None else firsts.index(v) for v in values]


def test_combinations_of_texts_become_codes_and_texts_again():
    columns = [
        pl.Series("one", ["x", "y", "x", None]),
        pl.Series("two", ["p", "p", "p", "q"], dtype=pl.Categorical),
        pl.Series("three", [None, "", None, None], dtype=pl.String),
    ]
    found = combined(columns, 4, "events")
    told = found.texts[found.codes]
    assert told.rows() == [("x", "p", ""), ("y", "p", ""), ("x", "p", ""), ("", "q", "")]
    assert found.texts.height == 3
