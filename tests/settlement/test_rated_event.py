"""audit.rated_event has every rated event once, beside the terms that the oracle rated it by."""

from dataclasses import replace
from random import Random
from uuid import UUID

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from doisoat.engine import oracle
from doisoat.settlement.sql_text import statement_of
from doisoat.tariffs import quantity
from tests.worlds import START, make_world

TABLES = """
CREATE SCHEMA usage;
CREATE SCHEMA ref;
CREATE SCHEMA audit;
CREATE TABLE usage.event (event_id UUID, owner_id UUID, subscriber_id UUID, carrier VARCHAR,
    start_at TIMESTAMP, duration BIGINT, kind VARCHAR, destination VARCHAR, rating_group VARCHAR,
    locality VARCHAR, units BIGINT, session_key UUID, pack VARCHAR, charged BIGINT,
    source_file INTEGER, row BIGINT);
CREATE TABLE usage.subscription (subscriber_id UUID, owner_id UUID, carrier VARCHAR, plan VARCHAR,
    segment VARCHAR, payment VARCHAR, home_locality VARCHAR, valid_from TIMESTAMP,
    valid_until TIMESTAMP);
CREATE TABLE usage.suspense (event_id UUID, stage VARCHAR);
CREATE TABLE ref.locality (code VARCHAR, province VARCHAR);
"""
FOUND = """
SELECT event_id, owner_id, plan, segment, payment, home_locality, home_province, serving_province
FROM audit.rated_event ORDER BY ALL
"""


def moment(ms):
    return None if ms is None else quantity.from_ms(ms)


def otherwise_told(rows, rng):
    """The rows without some, and some again from a later moment, which are one with the first.

    So there are accounts with a row of their own alone, or with one member's.
    """
    kept = [row for row in rows if rng.random() < 0.8]
    again = [
        replace(row, from_ms=row.from_ms + 1 + rng.randrange(40 * quantity.MS_PER_DAY))
        for row in kept
        if rng.random() < 0.3
    ]
    return [*kept, *(row for row in again if row.until_ms is None or row.from_ms < row.until_ms)]


def loaded(world, subscriptions, outcomes):
    """A database that has the tables which the view reads."""
    con = duckdb.connect()
    con.execute(TABLES)
    events = [
        (UUID(int=e.event_id), UUID(int=e.owner), UUID(int=e.member), e.carrier,
         moment(e.start_ms), e.duration_ms, e.kind, e.destination, e.rating_group, e.locality,
         e.units, UUID(int=e.session) if e.session else None, e.pack, e.charged, 0, 1)
        for e in world.events
    ]  # fmt: skip
    people = [
        (UUID(int=s.member), UUID(int=s.owner), s.carrier, s.plan, s.segment, s.payment,
         s.home_locality, moment(s.from_ms), moment(s.until_ms))
        for s in subscriptions
    ]  # fmt: skip
    held = [(UUID(int=o.event.event_id), "settle") for o in outcomes if o.status != "rated"]
    places = [(one.code, one.province) for one in world.catalogue.localities]
    for table, rows in (
        ("usage.event", events), ("usage.subscription", people), ("usage.suspense", held),
        ("ref.locality", places),
    ):  # fmt: skip
        if rows:
            con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    con.execute(statement_of("audit.rated_event"))
    return con


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_each_rated_event_stands_once_beside_the_terms_of_the_oracle(seed):
    world = make_world(seed)
    subscriptions = otherwise_told(world.subscriptions, Random(seed))
    outcomes = oracle.rate(
        world.catalogue, world.package, subscriptions, world.ports, world.events, world.period,
        world.open_packs,
    ).outcomes  # fmt: skip
    province = {one.code: one.province or one.code for one in world.catalogue.localities}
    expected = []
    for outcome in outcomes:
        if outcome.status == "rated":
            (terms,) = [step.data for step in outcome.trace if step.kind == "subscription"]
            expected.append((
                UUID(int=outcome.event.event_id), UUID(int=outcome.event.owner),
                *(terms[name] for name in ("plan", "segment", "payment", "home_locality")),
                province.get(str(terms["home_locality"]), ""),
                province.get(outcome.event.locality, ""),
            ))  # fmt: skip
    with loaded(world, subscriptions, outcomes) as con:
        assert con.execute(FOUND).fetchall() == sorted(expected)


def test_an_account_that_has_but_its_own_row_lends_it_to_whoever_it_names():
    (account, other), (named, unnamed) = (7, 8), (1, 2)
    row = oracle.Subscription(account, "viettel", "a1", "standard", "prepaid", "001", START, None)
    call = oracle.Event(
        named, account, START, "voice", "hotline", 1, 1, "viettel", subscriber=other
    )
    calls = (call, replace(call, event_id=unnamed, subscriber=None))
    with loaded(replace(make_world(0), events=calls), [row], ()) as con:
        assert con.execute(FOUND).fetchall() == [
            (UUID(int=event), UUID(int=account), "a1", "standard", "prepaid", "001", "01", "")
            for event in (named, unnamed)
        ]
