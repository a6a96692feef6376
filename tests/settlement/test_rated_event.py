"""audit.rated_event has every rated event once, beside the terms that the oracle rated it by."""

import json
from dataclasses import replace
from random import Random
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doisoat.engine.oracle import oracle
from doisoat.settlement.database.publish import OF_OTHER_TERMS
from doisoat.settlement.database.tables import table
from doisoat.tariffs.models import quantity
from tests.profiles import examples
from tests.worlds import START, make_world

TABLES = f"""
CREATE SCHEMA usage;
CREATE SCHEMA ref;
CREATE SCHEMA audit;
CREATE TABLE usage.event (event_id UUID, owner_id UUID, subscriber_id UUID, carrier VARCHAR,
    start_at TIMESTAMP, duration BIGINT, kind VARCHAR, destination VARCHAR, rating_group VARCHAR,
    locality VARCHAR, units BIGINT, session_key UUID, pack VARCHAR, charged BIGINT,
    source_file INTEGER DEFAULT 0, row BIGINT);
CREATE TABLE usage.subscription (subscriber_id UUID, owner_id UUID, carrier VARCHAR, plan VARCHAR,
    segment VARCHAR, payment VARCHAR, home_locality VARCHAR, valid_from TIMESTAMP,
    valid_until TIMESTAMP);
CREATE TABLE usage.suspense (event_id UUID, stage VARCHAR, reason VARCHAR);
CREATE TABLE ref.locality (code VARCHAR, province VARCHAR);
{table("audit.settled_file").creation}
"""
ALL_SETTLED = (
    "INSERT INTO audit.settled_file VALUES (0, '', TIMESTAMP '0001-01-01', 'infinity', NULL)"
)
SHOWN = ("audit.term", "audit.term_of_event", "audit.rated_event")
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
    con.execute(ALL_SETTLED)
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
    held = [
        (UUID(int=o.event.event_id), "settle", o.status) for o in outcomes if o.status != "rated"
    ]
    places = [(one.code, one.province) for one in world.catalogue.localities]
    for target, rows in (
        ("usage.event", events), ("usage.subscription", people), ("usage.suspense", held),
        ("ref.locality", places),
    ):  # fmt: skip
        if rows:
            con.executemany(f"INSERT INTO {target} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    for name in SHOWN:
        con.execute(table(name).statements)
    return con


def rated_by_the_oracle(seed):
    """A random world, its subscriptions told otherwise, its outcomes, the province of places."""
    world = make_world(seed)
    subscriptions = otherwise_told(world.subscriptions, Random(seed))
    outcomes = oracle.rate(
        world.catalogue, world.package, subscriptions, world.ports, world.events, world.period,
        world.open_packs,
    ).outcomes  # fmt: skip
    province = {one.code: one.province or one.code for one in world.catalogue.localities}
    return world, subscriptions, outcomes, province


@settings(max_examples=examples())
@given(seed=st.integers(0, 2**32 - 1))
def test_each_rated_event_stands_once_beside_the_terms_of_the_oracle(seed):
    world, subscriptions, outcomes, province = rated_by_the_oracle(seed)
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
        # What publishing asks, to leave audit.term_of_event empty, leaves no row of it out.
        filled = con.execute("FROM audit.term_of_event").fetchall()
        assert not filled or con.execute(OF_OTHER_TERMS).fetchall()


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


# 500 people with a row each and ten without; a line of one event in eight.
MANY = """
CREATE MACRO of(n) AS CAST(CAST(n AS UHUGEINT) AS UUID);
INSERT INTO usage.subscription
SELECT of(n), of(n), 'viettel', 'a1', 'standard', 'prepaid', '001', TIMESTAMP '2020-01-01', NULL
FROM range(500) AS all_of (n);
INSERT INTO usage.event BY NAME
SELECT of(n) AS event_id, of(n % 510) AS owner_id, owner_id AS subscriber_id,
    'viettel' AS carrier, TIMESTAMP '2021-08-05' AS start_at, 'voice' AS kind, '001' AS locality,
    n % 9 AS source_file
FROM range(51_000) AS all_of (n);
INSERT INTO usage.suspense SELECT event_id, 'settle', 'no_tariff' FROM usage.event LIMIT 50;
INSERT INTO audit.settled_file
SELECT n, '2021-08', TIMESTAMP '2021-08-01', TIMESTAMP '2021-09-01', NULL
FROM range(9) AS all_of (n);
INSERT INTO ref.locality SELECT n, '01' FROM range(80) AS all_of (n);
CREATE TABLE line AS SELECT event_id FROM usage.event LIMIT 6_000;
CREATE TABLE price AS SELECT 'a' || n AS plan FROM range(9) AS all_of (n);
"""
PEOPLE = {
    "one row each": ("", 0, 0),
    "some two rows": (
        "INSERT INTO usage.subscription SELECT * REPLACE (TIMESTAMP '2021-07-01' AS valid_from)"
        " FROM usage.subscription LIMIT 100", 100, 0,
    ),
    "some members": (
        "INSERT INTO usage.subscription SELECT one.* REPLACE (of(n) AS subscriber_id, of(999) AS"
        " owner_id) FROM (FROM usage.subscription LIMIT 1) AS one, range(500, 510) AS all_of (n)",
        10, 1_000,
    ),
}  # fmt: skip


def tables_of(node):
    """The tables that a part of a plan reads."""
    own = str(node["extra_info"].get("Table", "")).rpartition(".")[2].strip('"')
    return {own} - {""} | {name for child in node["children"] for name in tables_of(child)}


def joins_of(node):
    """The joins by event in a part of a plan: tables of the side that is looked through, and of
    the side that a hash table is built of."""
    conditions = node["extra_info"].get("Conditions", ())
    if node["extra_info"].get("Join Type") == "INNER" and "event_id = event_id" in conditions:
        yield tuple(map(tables_of, node["children"]))
    for child in node["children"]:
        yield from joins_of(child)


@pytest.mark.parametrize("people", PEOPLE)
@pytest.mark.parametrize("priced", ["", " JOIN price USING (plan)"])
def test_lines_are_looked_up_in_a_hash_table_of_lines_not_of_all_events(people, priced):
    """The other way round takes three times as long: docs/adr/0084."""
    more, spans, apart = PEOPLE[people]
    with duckdb.connect() as con:
        for statement in (TABLES, MANY, more, *(table(name).statements for name in SHOWN)):
            if statement:
                con.execute(statement)
        sizes = con.execute(
            "SELECT (SELECT count(*) FROM audit.term), (SELECT count(*) FROM audit.term_of_event)"
        ).fetchall()
        assert sizes == [(spans, apart)]
        query = f"SELECT plan, count(*) FROM line JOIN audit.rated_event USING (event_id){priced}"
        ((_, told),) = con.execute(f"EXPLAIN (FORMAT json) {query} GROUP BY plan").fetchall()
    ((looked_through, built),) = [join for plan in json.loads(told) for join in joins_of(plan)]
    assert "event" in looked_through and built == {"line"}
