"""Copies put among a pass's events are rated as if they had lain there: held to the naive way."""

from dataclasses import fields, replace
from io import BytesIO
from itertools import pairwise
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doisoat.engine.arrow.event_ids import event_ids
from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.copies import Copies
from doisoat.engine.kernel.kernel import BucketPass
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.rating import rater
from doisoat.engine.rating.in_memory import (
    in_order,
    of_owners,
    packs_of,
    people_of,
    ports_of,
    usage_of,
)
from doisoat.engine.rating.opening_state import open_packs_as_state, sellers_of
from doisoat.engine.rating.rater import BucketResult, Rater, Standing, conflicts_of
from doisoat.engine.usage.membership import memberships, packs_resolved
from doisoat.errors import StoreError
from doisoat.tariffs.compile.compile import compile_program
from tests.profiles import examples
from tests.spec.cases import call, catalogue, ms, package, subscription
from tests.worlds import make_world

EVENT = ["event_hi", "event_lo"]
SEEDS = st.integers(0, 2**32 - 1)
AUGUST = ms("2021-08-01"), ms("2021-09-01")


class Stage:
    """A world made ready to be rated with some of its events lying apart."""

    def __init__(self, catalogue, package, people, ports, events, period, packs=()):
        members = memberships(people_of(people))
        self.rater, self.period = Rater(compile_program(catalogue, package)), period
        self.usage, traits = usage_of(in_order(of_owners(events, members)))
        self.traits = self.rater.resolve_traits(traits)
        program = self.rater.program
        bought = packs_resolved(packs_of(packs), members, sellers_of(program))
        opening = open_packs_as_state(program, bought, people_of(people))
        self.master = (
            self.rater.subscriptions(people_of(people)),
            self.rater.opening(opening),
            self.rater.ports(ports_of(ports)),
        )

    def rate(self, blocks, *, maps_ids=False, **options):
        """blocks: frames, or lists of frames that lie in one block. maps_ids: event ids lie in a
        Parquet file, and are not streamed."""
        whole = [[block] if isinstance(block, pl.DataFrame) else block for block in blocks]
        given = (self.block(block, maps_ids=maps_ids) for block in whole if block)
        return self.rater.rate(0, given, *self.master, self.period, keeps_rated=True, **options)

    def block(self, frames, *, maps_ids):
        events = pl.concat(frames)
        if not maps_ids or events.is_empty():
            return Narrow(narrow_block(events)), self.traits, frames
        file = BytesIO()
        drawn = Random(events.height)
        others = [[drawn.getrandbits(64) for _ in range(200)] for _ in range(2)]
        before = pl.DataFrame(others, EVENT, schema_overrides=dict.fromkeys(EVENT, pl.UInt64))
        pl.concat([before, events.select(EVENT)]).write_parquet(
            file, compression="uncompressed", row_group_size=2_000, data_page_size=100
        )
        ids = event_ids(file.getvalue())
        assert ids is not None
        narrow = Narrow(narrow_block(events), ids, 200)
        return narrow, self.traits, [frame.drop(EVENT) for frame in frames]

    def expected(self, is_undecided):
        """With the copies among the events, and told which of them conflict: the naive way."""
        return self.rate([self.usage], conflicts=conflicts_of(self.usage.filter(is_undecided)))

    def apart(self, is_copy, is_undecided, blocks, **options):
        copies = self.usage.filter(is_copy).with_columns(
            is_chosen=~pl.Series(is_undecided).filter(pl.Series(is_copy))
        )
        return self.rate(blocks, copies=Standing(copies, self.traits), **options)


def same(one, other):
    for field in fields(BucketResult):
        left, right = getattr(one, field.name), getattr(other, field.name)
        alike = left.equals(right) if isinstance(left, pl.DataFrame) else left == right
        assert alike, field.name


def cut(drawn, events, most):
    """The events in slices, of which some are empty."""
    ends = sorted(drawn.choices(range(events.height + 1), k=drawn.randrange(most)))
    ends = [0, *ends, events.height]
    return [events[begin:end] for begin, end in pairwise(ends)]


@settings(max_examples=examples(1.5))
@given(seed=SEEDS, share=st.sampled_from([0.02, 0.3, 1.0]))
def test_copies_are_rated_at_their_places_whatever_the_blocks(seed, share):
    drawn, inputs = Random(seed), make_world(seed).inputs
    stage = Stage(*inputs[:7])
    rows = range(stage.usage.height)
    is_copy = pl.Series([drawn.random() < share for _ in rows], dtype=pl.Boolean)
    undecided = drawn.choice([0.0, 0.5, 1.0])
    is_undecided = is_copy & pl.Series([drawn.random() < undecided for _ in rows], dtype=pl.Boolean)
    events = stage.usage.filter(~is_copy)
    blocks = [cut(drawn, block, 6) for block in cut(drawn, events, 4)]
    expected = stage.expected(is_undecided)
    same(stage.apart(is_copy, is_undecided, blocks), expected)
    same(stage.apart(is_copy, is_undecided, blocks, maps_ids=True), expected)
    same(stage.rate(blocks, maps_ids=True), stage.rate(blocks))


def stage_of(starts):
    calls = [replace(call(start, 7, number), charged=None) for number, start in enumerate(starts)]
    return Stage(catalogue(), package(), (subscription(),), (), calls, AUGUST)


FIRST, SECOND, SAME_SECOND = "2021-08-02T10:00:00", "2021-08-02T10:00:01", "2021-08-02T10:00:00.5"


@pytest.mark.parametrize("copy", range(4))
def test_among_events_of_one_moment_the_id_tells_the_place(copy):
    stage = stage_of([FIRST, FIRST, SAME_SECOND, SECOND])
    is_copy = pl.Series([place == copy for place in range(4)])
    blocks = [stage.usage.filter(~is_copy)]
    found = stage.apart(is_copy, is_copy, blocks)
    same(found, stage.expected(is_copy))
    assert found.suspense.height == 1 and found.counters["rated"] == 3


def test_copies_have_no_charges_where_refunds_are_not_asked_for():
    stage = stage_of([FIRST, FIRST, SECOND, SECOND])
    is_copy = pl.Series([False, True, False, True])
    whole = stage.expected(is_copy)
    stage.usage = stage.usage.drop("charged")
    found = stage.apart(is_copy, is_copy, [stage.usage.filter(~is_copy)], keeps_refunds=False)
    same(found, whole)


def test_copies_alone_are_a_bucket_too():
    stage = stage_of([FIRST, SECOND])
    every = pl.Series([True, True])
    same(stage.apart(every, ~every, []), stage.expected(~every))


def test_only_contradicted_events_go_the_general_way(monkeypatch):
    """All others go the ways that they would go without any."""
    stage = stage_of([f"2021-08-02T10:00:{second:02}" for second in range(40)])
    is_copy = pl.Series([place == 20 for place in range(40)])
    passes = []

    def watched(*args, **options):
        passes.append(BucketPass(*args, **options))
        return passes[-1]

    monkeypatch.setattr(rater, "BucketPass", watched)
    same(stage.apart(is_copy, is_copy, [stage.usage.filter(~is_copy)]), stage.expected(is_copy))
    apart, among = (one.efforts() for one in passes)
    assert (apart["general"], among["general"]) == (1, 40)


def copies_of(stage, rows, beside=None, **options):
    """The copies alone, for a pass of their own."""
    people, opening, ports = stage.master
    work = BucketPass(
        stage.rater.loaded, stage.period, people, opening, ports, stage.rater.no_conflicts,
        **options,
    )  # fmt: skip
    beside = rows if beside is None else beside
    return Copies(work, stage.traits, Narrow(narrow_block(rows)), beside, conflicts_of(rows))


def test_what_cannot_be_placed_is_refused():
    stage = stage_of([FIRST, SECOND])
    with pytest.raises(ValueError, match="event ids"):
        copies_of(stage, stage.usage[:1], keeps_events=False)
    with pytest.raises(ValueError, match="chunk"):
        copies_of(stage, stage.usage, stage.usage[:1])
    other = stage_of([FIRST])
    narrow = Narrow(narrow_block(stage.usage[1:]))
    with pytest.raises(ValueError, match="two tables"):
        copies_of(stage, stage.usage[:1]).rate(narrow, other.traits, [stage.usage[1:]])


def test_events_that_are_not_what_intake_wrote_are_refused():
    stage = stage_of([FIRST, SECOND, SECOND])
    copies, events = stage.usage[:1], stage.usage[1:]
    narrow = Narrow(narrow_block(events))
    with pytest.raises(StoreError, match="2 events in narrow columns, 1 beside"):
        copies_of(stage, copies).rate(narrow, stage.traits, [events[:1]])
    unknown = events.with_columns(trait=pl.lit(7, pl.UInt32))
    with pytest.raises(StoreError, match="trait 7"):
        copies_of(stage, copies).rate(Narrow(narrow_block(unknown)), stage.traits, [unknown])
    unknown = copies.with_columns(trait=pl.lit(7, pl.UInt32))
    with pytest.raises(StoreError, match="trait 7"):
        copies_of(stage, unknown).rate(narrow, stage.traits, [events])
    with pytest.raises(StoreError, match="not in order"):
        copies_of(stage, copies).rate(
            Narrow(narrow_block(events.reverse())), stage.traits, [events.reverse()]
        )


def test_a_copy_that_stands_beside_itself_is_refused():
    stage = stage_of([FIRST, SECOND])
    among = copies_of(stage, stage.usage[:1])
    with pytest.raises(StoreError, match="stands twice"):
        among.rate(Narrow(narrow_block(stage.usage)), stage.traits, [stage.usage])
