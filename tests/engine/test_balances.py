"""Balances that a carrier states: a period that opens with them goes on as from a closing state."""

from dataclasses import replace
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from doisoat.engine.intake.master.master_tables import TABLES
from doisoat.engine.oracle import oracle
from doisoat.engine.oracle.members import bought_by_accounts, sellers_of
from doisoat.engine.oracle.validity import grant_lasts
from doisoat.engine.rating import allow_lists as lists
from doisoat.engine.rating import stated_balances as balances
from doisoat.engine.rating.in_memory import (
    in_order,
    packs_of,
    people_of,
    rate_by,
    rate_events_and_close,
)
from doisoat.engine.rating.opening_state import as_state
from doisoat.engine.rating.rater import Rater
from doisoat.engine.usage.membership import of_buyers
from doisoat.settlement.rerating.stated_balances import open_packs_of, stated_of
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.compile.program import FOREVER
from tests.implementations import facts
from tests.profiles import examples
from tests.worlds import SPLIT, make_world

SCHEMA = TABLES["balances"].columns
LOW = (1 << 64) - 1


def halves(owner):
    return {"owner_hi": owner >> 64, "owner_lo": owner & LOW}


def stated(owner, **said):
    nothing = {name: "" if dtype == pl.String else 0 for name, dtype in SCHEMA.items()}
    return {**nothing, **halves(owner), "as_of_ms": SPLIT, **said}


def measures_of(closing):
    """Rows of a kernel's closing state that are of measures, by owner."""
    for row in closing.iter_rows(named=True):
        yield row["owner_hi"] << 64 | row["owner_lo"], row["measure"].partition("/")[0], row


def stated_by(world, closing, state):
    """What a carrier would state of everybody: (open packs, rows of balance.parquet).

    Args: closing: the kernel's state, for grants and caps; state: the oracle's, which knows what
        is left of each quota at the moment itself.
    """
    rows, packs = [], []
    for owner in state:
        for pack in owner.packs:
            packs.append(oracle.OpenPack(owner.owner, pack.pack, pack.bought_ms, pack.price_paid,
                                         tuple(7 for _ in pack.left)))  # fmt: skip
            of_pack = {"pack": pack.pack, "bought_ms": pack.bought_ms}
            rows += (
                stated(owner.owner, balance="volume", **of_pack, volume=at, left=left)
                for at, left in enumerate(pack.left, 1)
            )
            rows += (
                stated(owner.owner, balance="bonus", **of_pack, volume=bonus.volume + 1,
                       measure=bonus.measure, began_ms=bonus.from_ms, given=bonus.given,
                       left=bonus.left)
                for bonus in pack.bonuses
            )  # fmt: skip
    lasts = {
        m.id: grant_lasts(m.effect) for m in world.package.measures if m.effect.type == "grant"
    }
    live = {
        (owner, measure, row["from_ms"])
        for owner, measure, row in measures_of(closing)
        if row["type"] == "grant"
    }
    for owner, measure, row in measures_of(closing):
        if row["item"] == "cap":
            rows.append(stated(owner, balance="cap", measure=measure, given=row["given"]))
            continue
        if row["type"] == "grant":
            expires, left = row["until_ms"], row["left"]
        elif row["item"] == "trigger" and (owner, measure, row["from_ms"]) not in live:
            expires, left = row["from_ms"] + lasts[measure], 0
        else:
            continue
        rows.append(
            stated(
                owner,
                balance="grant",
                measure=measure,
                began_ms=row["from_ms"],
                expires_ms=expires,
                given=max(row["given"], 1),
                left=left,
            )
        )
    return packs, pl.DataFrame(rows, SCHEMA, orient="row")


@pytest.fixture(scope="module")
def tally():
    """What the worlds held together: a property of empty states would prove nothing."""
    counted = {"volume": 0, "bonus": 0, "grant": 0, "cap": 0}
    yield counted
    assert all(counted.values()), counted


@example(seed=525)  # a cap has given before
@example(seed=573)  # of bonuses, which are rare, something is left
@example(seed=1135)
@example(seed=51628093)  # a grant is stated to last longer than its measure has it
@settings(max_examples=examples())
@given(seed=st.integers(0, 2**32))
def test_a_period_opened_by_stated_balances_goes_on_as_from_the_closing_state(tally, seed):
    world = make_world(seed)
    begin, end = world.period
    effects = {measure.effect.type for measure in world.package.measures}
    assume("money_grant" not in effects)  # a carrier has no words for what is left of it
    plain = tuple(e for e in world.events if not e.session)
    early = tuple(e for e in plain if e.kind != "pack" and e.start_ms < SPLIT)
    late = tuple(e for e in plain if e.start_ms >= SPLIT)
    held = {row.owner for row in world.subscriptions if row.holds_at(SPLIT)}
    assume({e.owner for e in plain} <= held)
    carriers = {(row.owner, row.carrier) for row in world.subscriptions if row.from_ms <= SPLIT}
    assume(len(carriers) == len({owner for owner, _ in carriers}))  # each states its own
    packs = bought_by_accounts(
        world.subscriptions, world.open_packs, sellers_of(world.catalogue.packs)
    )
    assume(len({(p.owner, p.pack, p.bought_ms) for p in packs}) == len(packs))
    common = (world.catalogue, world.package, world.subscriptions, world.ports)
    _, closing = rate_events_and_close(*common, early, (begin, SPLIT), world.open_packs)
    state = oracle.rate(*common, early, (begin, SPLIT), world.open_packs).state
    wanted, _ = rate_events_and_close(*common, late, (SPLIT, end), (), closing)

    packs, rows = stated_by(world, closing, state)
    for sort in tally:
        tally[sort] += rows.filter(pl.col("balance") == sort).height
    program = compile_program(world.catalogue, world.package)
    people = people_of(world.subscriptions)
    placed = balances.place(program, packs_of(packs), rows, people)
    assert placed.unplaced.is_empty(), placed.unplaced
    opening = as_state(program, balances.opening_rows(program, packs_of(packs), rows, people))
    found, _ = rate_events_and_close(*common, late, (SPLIT, end), (), opening)
    assert [facts(one) for one in found] == [facts(one) for one in wanted]

    listed, states = [], []
    frame, rows = of_buyers(packs_of(packs)), of_buyers(rows)
    for owner in {p.owner for p in packs} | {s.owner for s in world.subscriptions}:
        mine = [
            table.filter((pl.col("owner_hi") == owner >> 64) & (pl.col("owner_lo") == owner & LOW))
            for table in (frame, rows)
        ]
        line = next(
            (r for r in world.subscriptions if r.owner == owner and r.holds_at(SPLIT)), None
        )
        listed += open_packs_of(mine[0], mine[1], line)
        states += stated_of(mine[1], line).as_state(world.package)
    told = oracle.rate(*common, late, (SPLIT, end), listed, states).outcomes
    by_event = {one.event.event_id: facts(one) for one in told}
    assert [by_event[one.event.event_id] for one in wanted] == [facts(one) for one in wanted]


@settings(max_examples=examples(0.6))
@given(seed=st.integers(0, 2**32), cuts=st.lists(st.integers(1, 60), max_size=4))
def test_a_subscription_cut_in_pieces_is_the_same_subscription(seed, cuts):
    """What lists do to rows changes nothing but the segment."""
    world = make_world(seed)
    begin, _ = world.period
    rows = []
    for row in world.subscriptions:
        inner = [begin + cut * 86_400_000 for cut in sorted(set(cuts))]
        inner = [at for at in inner if row.holds_at(at) and at > row.from_ms]
        edges = [row.from_ms, *inner, row.until_ms]
        rows += (replace(row, from_ms=a, until_ms=b) for a, b in pairwise(edges))
    pieces = replace(world, subscriptions=tuple(rows))
    for rate in (rate_events_and_close, lambda *given: (oracle.rate(*given).outcomes, None)):
        one, other = rate(*world.inputs)[0], rate(*pieces.inputs)[0]
        assert [facts(outcome) for outcome in one] == [facts(outcome) for outcome in other]


def world_of_a_segment(seed):
    """The first world from this seed on with subscriptions of a segment that a measure asks for."""
    while True:
        world = make_world(seed)
        asked = {s for m in world.package.measures for s in m.scope.segments or ()}
        rows = [row for row in world.subscriptions if row.segment in asked - {"standard"}]
        if rows:
            return world, asked, rows
        seed += 1


def meet(one, other):
    """Do two subscriptions hold at one time?"""
    ends = [FOREVER if row.until_ms is None else row.until_ms for row in (one, other)]
    return one.from_ms < ends[1] and other.from_ms < ends[0]


@settings(max_examples=examples(0.4))
@example(seed=13416)  # a maximum that only the parts of another rate reach
@example(seed=62115802)  # a member of one account who has a line of his own as well
@given(seed=st.integers(0, 2**32))
def test_a_list_is_the_segment_of_its_name(seed):
    """Whoever is listed gets what his segment would; beside another, he is of both."""
    world, asked, rows = world_of_a_segment(seed)
    plain = tuple(
        replace(row, segment="standard") if row in rows else row for row in world.subscriptions
    )
    listed = pl.DataFrame(
        [
            {"subscriber_hi": row.member >> 64, "subscriber_lo": row.member & LOW,
             **halves(row.owner), "list": row.segment, "from_ms": row.from_ms,
             "until_ms": row.until_ms, "document": ""}
            for row in rows
        ],
        TABLES["allow-list"].columns, orient="row",
    )  # fmt: skip
    put = lists.put_to(people_of(plain), listed)
    both = tuple(
        oracle.Subscription(r["owner_hi"] << 64 | r["owner_lo"], r["carrier"], r["plan"],
                            r["segment"], r["payment"], r["home_locality"], r["from_ms"],
                            r["until_ms"], r["subscriber_hi"] << 64 | r["subscriber_lo"])
        for r in put.iter_rows(named=True)
    )  # fmt: skip
    assert {row.segment for row in both} - {row.segment for row in plain}
    program = lists.with_segments(compile_program(world.catalogue, world.package), put)
    wanted = oracle.rate(*replace(world, subscriptions=both).inputs).outcomes
    found, _ = rate_by(Rater(program), both, world.ports, in_order(world.events), world.period,
                       world.open_packs)  # fmt: skip
    assert [facts(one) for one in found] == [facts(one) for one in wanted]
    # A list is of persons: it is for whatever else one of them has, too, which a segment is not.
    has_more = any(
        listed_row.member in (row.member, row.owner) and meet(listed_row, row)
        for row in world.subscriptions if row not in rows
        for listed_row in rows
    )  # fmt: skip
    excepts = any(getattr(m.effect, "except_segments", ()) for m in world.package.measures)
    if "standard" not in asked and not excepts and not has_more:
        as_segment = oracle.rate(*world.inputs).outcomes
        assert [facts(one) for one in wanted] == [facts(one) for one in as_segment]
