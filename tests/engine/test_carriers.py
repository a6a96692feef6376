"""What a carrier sold and gave is its own: no other carrier's rows or events move it.

A home of all carriers comes to what a home of each comes to, event by event and balance by balance:
with numbers that leave and come back, that two carriers' lists have at one time, and whose carriers
know them by other pseudonyms.
"""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from doisoat.engine.oracle.members import bought_by_accounts, carrier_at, sellers_of
from tests.implementations import IMPLEMENTATIONS, facts, outcomes_and_close
from tests.profiles import examples
from tests.tariff_worlds import CARRIERS
from tests.worlds import END, SPLIT, START, make_world

SEEDS = st.integers(0, 2**32 - 1)
MASK = (1 << 128) - 1
both = pytest.mark.parametrize("implementation", IMPLEMENTATIONS)


def meets(row, from_ms, until_ms):
    return (row.until_ms is None or row.until_ms > from_ms) and row.from_ms < until_ms


def with_ports(world, rng):
    """The world with numbers that go to vnpt for a time; some rows of viettel's span that time."""
    rows, events = list(world.subscriptions), list(world.events)
    for row in world.subscriptions:
        if row.carrier != "viettel" or rng.random() < 0.3:
            continue
        moments = sorted(e.start_ms for e in events if e.owner == row.owner and row.holds_at(
            e.start_ms)) or [rng.randrange(START, END)]  # fmt: skip
        away = rng.choice(moments) + rng.choice((0, 0, 1, -1_000, 3_600_000))
        back = max(away + 1, rng.choice(moments) + rng.choice((0, 1, 1_000, 86_400_000)))
        taken = [one for one in rows if one.carrier == "vnpt" and row.member == one.member]
        if not row.holds_at(away) or any(meets(one, away, back) for one in taken):
            continue
        at_vnpt = {"carrier": "vnpt", "plan": "b1", "from_ms": away, "until_ms": back}
        alone = rng.random() < 0.3  # and there he is a member of no account
        rows.append(replace(row, **at_vnpt, **({"owner": row.member} if alone else {})))
        if rng.random() < 0.6 and away > row.from_ms:  # viettel's list shows that he was away
            rows.remove(row)
            rows.append(replace(row, until_ms=away))
            if row.until_ms is None or row.until_ms > back:
                rows.append(replace(row, from_ms=back))
        for at, event in enumerate(events):
            if event.member == row.member and away <= event.start_ms < back and rng.random() < 0.7:
                events[at] = replace(event, carrier="vnpt")
    return replace(world, subscriptions=tuple(rows), events=tuple(events))


def of_carrier(world, carrier, packs):
    """What a carrier's own home knows of a world."""
    return replace(
        world,
        subscriptions=tuple(row for row in world.subscriptions if row.carrier == carrier),
        events=tuple(event for event in world.events if event.carrier == carrier),
        open_packs=packs,
    )


def listed_by(world):
    """Whose list has each open pack."""
    sellers = sellers_of(world.catalogue.packs)
    bought = bought_by_accounts(world.subscriptions, world.open_packs, sellers)
    found = {carrier: [] for carrier in CARRIERS}
    for pack, listed in zip(bought, world.open_packs, strict=True):
        rows = [row for row in world.subscriptions if row.owner == pack.owner]
        carrier = carrier_at(rows, pack.bought_ms, sellers.get(pack.pack))
        if carrier:
            found[carrier].append(listed)
    return {carrier: tuple(packs) for carrier, packs in found.items()}


def two_months(implementation, world):
    """Facts by event, of a month and of the one that goes on from it; and the last closing."""
    told, closing = {}, None
    for period in ((START, SPLIT), (SPLIT, END)):
        found, closing = outcomes_and_close(
            implementation, world.catalogue, world.package, world.subscriptions, world.ports,
            world.events, period, world.open_packs if closing is None else (), closing,
        )  # fmt: skip
        told |= {one.event.event_id: facts(one) for one in found}
    return told, closing


def balances_of(implementation, closing, carrier):
    if implementation == "kernel":
        own = closing.filter(closing["carrier"] == carrier)
        return sorted(own.rows(), key=repr)
    own = [one for one in closing if one.carrier == carrier]
    return [one for one in own if one.packs or one.grants or one.triggers or one.sessions]


def under_key(world, key):
    """The same numbers under another pseudonym key."""

    def other(number):
        return number and (number * 0x9E3779B97F4A7C15F39CC0605CEDC835 ^ key) & MASK

    def renamed(one):
        names = {"owner": other(one.owner)}
        for name in ("subscriber", "buyer"):
            if getattr(one, name, None) is not None:
                names[name] = other(getattr(one, name))
        return replace(one, **names)

    return replace(
        world,
        subscriptions=tuple(map(renamed, world.subscriptions)),
        events=tuple(map(renamed, world.events)),
        open_packs=tuple(map(renamed, world.open_packs)),
    )


@pytest.fixture(scope="module")
def tally():
    """What the worlds had: without numbers that came back, the property would prove nothing."""
    counted = Counter()
    yield counted
    wanted = ("came back", "spanned", "drew after", "accounts")
    assert all(counted[name] for name in wanted), counted


def count_what_was_there(tally, world, told):
    for row in world.subscriptions:
        others = [one for one in world.subscriptions
                  if one.member == row.member and one.carrier != row.carrier]  # fmt: skip
        for other in others:
            if other.until_ms is None or not row.holds_at(other.from_ms):
                continue
            tally["spanned"] += row.holds_at(other.until_ms)
        again = [one for one in world.subscriptions if one.member == row.member
                 and one.carrier == row.carrier and row.until_ms is not None
                 and one.from_ms > row.until_ms]  # fmt: skip
        for one in again:
            left = any(row.until_ms <= other.from_ms < one.from_ms for other in others)
            tally["came back"] += left
            tally["accounts"] += left and row.owner != row.member
            tally["drew after"] += left and any(
                event.start_ms >= one.from_ms and told[event.event_id][5]
                for event in world.events
                if event.member == row.member and event.carrier == row.carrier
            )


@both
@example(seed=0)
@settings(max_examples=examples(1.5))
@given(seed=SEEDS)
def test_a_home_of_all_carriers_comes_to_what_a_home_of_each_does(tally, implementation, seed):
    world = with_ports(make_world(seed, events_max=40), Random(seed))
    whole, closing = two_months(implementation, world)
    apart = {}
    packs = listed_by(world)
    for carrier in CARRIERS:
        own = of_carrier(world, carrier, packs[carrier])
        told, own_closing = two_months(implementation, own)
        apart |= told
        assert balances_of(implementation, closing, carrier) == balances_of(
            implementation, own_closing, carrier
        )
    assert whole == apart
    count_what_was_there(tally, world, whole)


@both
@settings(max_examples=examples())
@given(seed=SEEDS)
def test_a_key_for_each_carrier_moves_no_amount(implementation, seed):
    world = with_ports(make_world(seed, events_max=40), Random(seed))
    packs = listed_by(world)
    one_key, _ = two_months(implementation, world)
    parts = [
        under_key(of_carrier(world, carrier, packs[carrier]), place + 1)
        for place, carrier in enumerate(CARRIERS)
    ]
    own_keys = replace(
        world,
        subscriptions=tuple(row for part in parts for row in part.subscriptions),
        events=tuple(event for part in parts for event in part.events),
        open_packs=tuple(pack for part in parts for pack in part.open_packs),
    )
    told, _ = two_months(implementation, own_keys)
    assert told == one_key
