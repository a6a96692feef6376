"""What carriers owe each other for calls: by hand, on a few calls."""

import random
from datetime import date
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from doisoat.engine.intake.master.master_tables import TABLES
from doisoat.engine.rating.rerate import LINE, RATED_EVENT, RatedShards
from doisoat.errors import CatalogueError, ConservationError
from doisoat.settlement.interconnect import call_prices as module
from doisoat.settlement.interconnect.call_prices import CALL_COLUMNS, Ground
from doisoat.settlement.interconnect.log_entry import Recorded, by_price
from doisoat.settlement.interconnect.netting import Net, interconnect
from doisoat.settlement.interconnect.paper_facts import checked
from doisoat.tariffs.models.catalogue_model import InterconnectPrice
from doisoat.tariffs.models.package_model import PriceCut

DAY_MS = 86_400_000
AUGUST_MS = 1_627_776_000_000  # 2021-08-01 00:00 civil
SOURCED = {"source": "thử", "mark": "stated"}
PRICE = {"per": "1 min", "from_service": "mobile", "to_service": "mobile",
         "valid_from": "2020-05-01", **SOURCED}  # fmt: skip


def price(text="270", **changes):
    return InterconnectPrice.model_validate({"price": text, **PRICE, **changes})


def call(number, seconds, *, carrier="viettel", to="mobile:vnpt", at_ms=0, other=7, status=0,
         kind="voice", session=0, partial=None, owner=1):  # fmt: skip
    """partial: of a session's record, 1 unless it is said."""
    told = {
        **dict.fromkeys(RATED_EVENT.names(), 0), "event_lo": number, "carrier": carrier,
        "start_ms": AUGUST_MS + at_ms, "units": seconds * (1_000 if kind == "voice" else 1),
        "status": status, "charged": None, "owner_lo": owner,
    }  # fmt: skip
    beside = {"kind": kind, "recorded": to, "counterparty_hi": 0, "counterparty_lo": other,
              "subscriber_hi": 0, "subscriber_lo": 1, "session_hi": 0,
              "session_lo": session,
              "partial": int(session != 0) if partial is None else partial}  # fmt: skip
    return {**told, **beside}


def rows_of(kind, rows):
    return pl.DataFrame(rows, TABLES[kind].columns, orient="row")


def ground(*prices, ports=(), measures=(), plan="p", service="mobile"):
    catalogue: Any = SimpleNamespace(
        interconnect=prices or (price(),), plans=[SimpleNamespace(id="p", service=service)],
        carriers=[SimpleNamespace(id=name) for name in ("viettel", "vnpt")],
    )  # fmt: skip
    held = {**dict.fromkeys(TABLES["subscriptions"].columns, ""), "subscriber_hi": 0,
            "subscriber_lo": 1, "owner_hi": 0, "owner_lo": 1, "plan": plan, "from_ms": 0,
            "until_ms": None}  # fmt: skip
    people = rows_of("subscriptions", [{**held, "carrier": name} for name in ("viettel", "vnpt")])
    named = [dict(zip(TABLES["ports"].columns, port, strict=True)) for port in ports]
    package: Any = SimpleNamespace(id="thử", measures=measures)
    return Ground(catalogue, package, people, rows_of("ports", named))


def bucket_of(calls, lines=()):
    types: Any = {
        **RATED_EVENT,
        **dict.fromkeys(CALL_COLUMNS, pl.UInt64),
        "kind": pl.String,
        "recorded": pl.String,
    }
    schema: Any = {name: RATED_EVENT.get(name, pl.String) for name in LINE} | {"amount": pl.Int64}
    given = [
        {"event_hi": 0, "event_lo": n, "carrier": "viettel", "measure": "W", "nature": nature,
         "units": units, "amount": 0}
        for n, nature, units in lines
    ]  # fmt: skip
    return RatedShards(pl.DataFrame(list(calls), types, orient="row"),
                pl.DataFrame(given, schema, orient="row"), {})  # fmt: skip


def netted(calls, where=None, lines=(), rounding="per_sum"):
    return interconnect([bucket_of(calls, lines)], where or ground(), rounding)


def measure(effect, interconnect="waived", carriers=("viettel",)):
    return SimpleNamespace(id="W", carriers=carriers, interconnect=interconnect, effect=effect)


def test_seconds_are_summed_and_rounded_once():
    """270 đ a minute is 4.5 đ a second: three calls of 1 s are 13.5."""
    calls = [call(n, 1) for n in (1, 2, 3)]
    assert [row.amount for row in netted(calls).rows] == [14]
    assert [row.amount for row in netted(calls, rounding="per_call").rows] == [15]


def test_partial_records_of_a_call_are_rounded_as_one_call():
    """4.5 đ a second: 1 + 1 + 1 s of one call are 13.5, and 1 + 1 s of two days 9."""
    calls = [call(n, 1, session=9, at_ms=1_000 * n) for n in (1, 2, 3)]
    (row,) = netted(calls, rounding="per_call").rows
    assert (row.calls, row.ms, row.amount) == (1, 3_000, 14)
    assert [row.amount for row in netted([*calls, call(4, 1)], rounding="per_call").rows] == [19]
    days = [call(1, 1, session=9), call(2, 1, session=9, at_ms=DAY_MS)]
    for rounding in ("per_call", "per_sum"):  # of the day of its start, as one record of 2 s is
        (row,) = netted(days, rounding=rounding).rows
        assert (row.day, row.amount) == (date(2021, 8, 1), 9)
    suspended = [*calls[:2], call(3, 1, session=9, at_ms=3_000, status=2)]
    found = netted(suspended, rounding="per_call")
    assert [row.amount for row in found.rows] == [9]
    assert (found.calls["due"], found.calls["suspended"]) == (1, 1)


def told_in(*groups, where=None):
    """As a home of so many buckets tells it, in đồng."""
    rounded = [bucket_of(calls) for calls in groups]
    return [
        (row.payee, row.calls, row.amount)
        for row in interconnect(rounded, where or ground(), "per_call").rows
    ]


def test_a_session_is_of_its_owner_in_whatever_bucket():
    """4.5 đ a second, half up: 1 s of two owners is 5 + 5, and never 9."""
    one, other = call(1, 1, session=9), call(2, 1, session=9, at_ms=3_600_000, owner=5)
    assert told_in([one, other]) == told_in([one], [other]) == [("vnpt", 2, 10)]


def test_a_session_without_a_partial_number_is_no_session():
    calls = [call(n, 1, session=9, partial=0, at_ms=3_600_000 * n) for n in (1, 2)]
    assert told_in(calls) == [("vnpt", 2, 10)]


def test_payees_of_one_session_are_rounded_each_for_itself():
    """0.331 s is 1.49 đ and 0.225 s 1.01 đ; going on from the other it would be 2."""
    one, other = call(1, 1, session=9), call(2, 1, session=9, at_ms=60_000, to="mobile:mobifone")
    calls = [{**one, "units": 331}, {**other, "units": 225}]
    assert told_in(calls) == [("mobifone", 1, 1), ("vnpt", 1, 1)]
    rows = by_price(netted(calls, rounding="per_call").rows)
    counted = netted(calls, rounding="per_call").carriers
    assert checked(Recorded(1, "per_call", rows, counted)).rows == rows


@pytest.mark.parametrize("rounding", ["per_sum", "per_call"])
def test_how_a_switch_cuts_a_call_changes_nothing(rounding):
    """What changes between two of its records, the number's network or the price, does not count:
    the call began before."""
    at = DAY_MS - 60_000
    whole = [call(1, 120, at_ms=at)]
    parts = [call(1, 60, session=9, at_ms=at), call(2, 60, session=9, partial=2, at_ms=DAY_MS)]
    port = (0, 7, "viettel", AUGUST_MS + DAY_MS, None)
    prices = (price("400", valid_until="2021-08-02"), price("270", valid_from="2021-08-02"))
    for where, amount in ((ground(ports=[port]), 540), (ground(*prices), 800)):
        of_one, of_two = (netted(calls, where, rounding=rounding).rows for calls in (whole, parts))
        assert [(row.payee, row.calls, row.amount) for row in of_one] == [("vnpt", 1, amount)]
        assert of_one == of_two == netted(parts[::-1], where, rounding=rounding).rows
        alone = netted(parts[1:], where, rounding=rounding)  # its first one is of the month before
        assert sum(row.amount for row in alone.rows) == (270 if where.ports.is_empty() else 0)


def cut(rng, number, owner, session):
    """A call as one record, the same in up to five; and what lines relieve of either."""
    at_ms, said = rng.randrange(6 * DAY_MS), {"owner": owner, "other": rng.choice([7, 8])}
    said["to"] = rng.choice(["mobile:vnpt", "mobile:mobifone"])
    parts, lines, through = [], [], 0
    for place in range(rng.randint(1, 5)):
        one = call(number + place, 0, session=session, at_ms=at_ms + through, **said)
        parts.append({**one, "units": rng.randrange(1, 100_000)})
        through += parts[-1]["units"]
        if rng.random() < 0.3:
            lines.append((number + place, "discount", rng.randrange(100_000)))
    whole = {**call(number, 0, at_ms=at_ms, **said), "units": through}
    given = [(number, "discount", sum(units for *_, units in lines))] if lines else []
    return whole, given, parts, lines


@pytest.mark.parametrize("seed", range(20))
def test_calls_cut_at_random_come_to_what_they_do_whole(seed):
    """Owners have the same sessions, a number is ported, a price changes, in one bucket and two."""
    rng = random.Random(seed)
    port = (0, 7, rng.choice(["viettel", "mobifone"]), AUGUST_MS + rng.randrange(6 * DAY_MS), None)
    prices = (price("400", valid_until="2021-08-03"), price("270", valid_from="2021-08-03"))
    effect = rng.choice([None, PriceCut(type="price_cut", percent="50")])
    where = ground(*prices, ports=[port], measures=[measure(effect)])
    every = [cut(rng, 10 * (3 * owner + session), owner, session)
             for owner in range(1, 6) for session in range(1, 4)]  # fmt: skip
    whole = bucket_of([one[0] for one in every], [line for one in every for line in one[1]])

    def in_parts(calls):
        parts = [part for one in calls for part in one[2]]
        rng.shuffle(parts)
        return bucket_of(parts, [line for one in calls for line in one[3]])

    for rounding in ("per_sum", "per_call"):
        expected = interconnect([whole], where, rounding)
        assert interconnect([in_parts(every)], where, rounding) == expected
        halves = [in_parts(every[:6]), in_parts(every[6:])]  # two owners, and three
        assert interconnect(halves, where, rounding) == expected and expected.rows


def test_what_a_first_record_is_waived_is_of_its_call():
    """A grant's tail of one record reaches into the next; a measure on a price waives them all."""
    calls = [call(n, 1, session=9, partial=n, at_ms=1_000 * n) for n in (1, 2, 3)]
    for effect in (None, PriceCut(type="price_cut", percent="50")):
        found = netted(calls, ground(measures=[measure(effect)]), lines=[(1, "discount", 2_500)])
        waived = 2_500 if effect is None else 3_000
        assert [(row.waived_ms, row.amount) for row in found.rows] == [
            (waived, 2 if effect is None else 0)  # 0.5 s is 2.25 đ
        ]


def test_a_bucket_without_events_adds_nothing():
    """Of it, what is told beside events has no types."""
    nothing = RatedShards(
        pl.DataFrame(schema={**RATED_EVENT, **dict.fromkeys(CALL_COLUMNS, pl.Null)}),
        pl.DataFrame(
            schema={name: RATED_EVENT.get(name, pl.String) for name in LINE} | {"amount": pl.Int64}
        ),
        {},
    )
    assert interconnect([nothing], ground(), "per_sum").rows == ()


def test_each_day_and_direction_is_rounded_for_itself_and_pairs_are_netted():
    calls = [call(1, 1), call(2, 1, at_ms=DAY_MS), call(3, 60, carrier="vnpt", to="mobile:viettel")]
    found = netted(calls)
    assert [(row.payer, row.day, row.amount) for row in found.rows] == [
        ("viettel", date(2021, 8, 1), 5), ("viettel", date(2021, 8, 2), 5),
        ("vnpt", date(2021, 8, 1), 270),
    ]  # fmt: skip
    assert found.nets == (Net("vnpt", "viettel", 270, 10, 260),)


@pytest.mark.parametrize("caller, called", [("viettel", "vnpt"), ("vnpt", "viettel")])
def test_without_calls_of_the_other_side_a_pair_is_not_netted(caller, called):
    found = netted([call(1, 60, carrier=caller, to=f"mobile:{called}")])
    assert found.nets == (Net(caller, called, 270, None, None),)
    (pair,) = found.as_object()["pairs"]
    assert pair["owes"] == "270" and pair["owed"] is pair["net"] is None


def test_services_at_one_price_are_summed_together():
    """The key is pair, price, day: 1 s to a mobile and 2 s to a fixed number are 13.5."""
    where = ground(price(), price(to_service="fixed"), price("270.0", from_service="fixed"))
    found = netted([call(1, 1), call(2, 2, to="fixed:vnpt")], where)
    assert [(row.calls, row.amount) for row in found.rows] == [(2, 14)]


def test_the_price_is_that_of_the_calls_start():
    prices = (price("400", valid_until="2021-08-02"), price("270", valid_from="2021-08-02"))
    calls = [call(1, 60, at_ms=DAY_MS - 1), call(2, 60, at_ms=DAY_MS)]
    assert [(row.price, row.amount) for row in netted(calls, ground(*prices)).rows] == [
        ("400", 400), ("270", 270),
    ]  # fmt: skip


def test_a_price_for_the_carrier_called_comes_before_one_for_all():
    prices = (price("320", to_carriers=["vnpt"]), price("270"))
    calls = [call(1, 60), call(2, 60, to="mobile:mobifone")]
    for order in (prices, prices[::-1]):
        rows = netted(calls, ground(*order)).rows
        assert {row.payee: row.amount for row in rows} == {"vnpt": 320, "mobifone": 270}


def test_a_ported_number_is_of_the_network_that_it_has_when_the_call_starts():
    port = (0, 7, "viettel", AUGUST_MS + 1_000, AUGUST_MS + 5_000)
    calls = [call(n, 60, at_ms=at) for n, at in enumerate((999, 1_000, 4_999, 5_000), start=1)]
    found = netted(calls, ground(ports=[port]))
    assert found.calls["own_network"] == 2 and found.calls["due"] == 2
    away = (0, 7, "mobifone", AUGUST_MS, None)
    assert [row.payee for row in netted([call(1, 60)], ground(ports=[away])).rows] == ["mobifone"]
    fixed = netted([call(1, 60, to="fixed:vnpt")],
                   ground(price(to_service="fixed"), ports=[away]))  # fmt: skip
    assert [row.payee for row in fixed.rows] == ["vnpt"]  # ports are of mobile numbers


def test_a_call_into_the_own_network_is_still_one_to_a_number_that_was_ported_away():
    """By the record it stays, by the port it leaves; of a number told by both halves of its id."""
    ports = [(0, 7, "vnpt", AUGUST_MS, None), (1, 8, "vnpt", AUGUST_MS, None)]
    own = {"to": "mobile:viettel"}
    calls = [call(1, 60, **own), call(2, 60, other=8, **own), call(3, 60, other=9, **own),
             call(4, 60, session=9, **own), call(5, 60, other=9, session=8, **own)]  # fmt: skip
    found = netted(calls, ground(ports=ports))
    assert [(row.payee, row.calls, row.amount) for row in found.rows] == [("vnpt", 2, 540)]
    assert (found.calls["own_network"], found.ms["own_network"]) == (3, 180_000)
    texts = [call(n, 1, kind="sms", other=other, **own) for n, other in ((1, 7), (2, 8))]
    assert netted(texts, ground(ports=ports)).messages == 1


@pytest.mark.parametrize(
    ("to", "sort"),
    [
        ("mobile:viettel", "own_network"), ("fixed:viettel", "own_network"),
        ("class:on_net", "own_network"), ("service:1900", "no_network"),
        ("international", "no_network"), ("class:off_net", "unknown_network"),
        ("class:fixed", "unknown_network"), ("fixed:vnpt", "unpriced"), ("mobile:vnpt", "due"),
    ],
)  # fmt: skip
def test_every_call_is_of_a_sort(to, sort):
    found = netted([call(1, 60, to=to), call(2, 60, to=to, status=1)])
    assert {name: count for name, count in found.calls.items() if count} == {
        sort: 1, "suspended": 1,
    }  # fmt: skip
    assert found.ms[sort] == 60_000


def test_a_fixed_line_pays_the_fixed_price():
    prices = (price("270"), price("250", from_service="fixed"))
    assert [row.amount for row in netted([call(1, 60)], ground(*prices, service="fibre")).rows] == [
        250
    ]


def row_of(owner, subscriber, plan, from_ms=0, until_ms=None):
    return {**dict.fromkeys(TABLES["subscriptions"].columns, ""), "owner_hi": 0, "owner_lo": owner,
            "subscriber_hi": 0, "subscriber_lo": subscriber, "carrier": "viettel", "plan": plan,
            "from_ms": from_ms, "until_ms": until_ms}  # fmt: skip


ENDED = AUGUST_MS - DAY_MS
ROWS: dict[str, tuple[list[dict[str, Any]], int]] = {  # of owner 1 and subscriber 1; đ a minute
    "a row that ended, of an account": ([row_of(1, 1, "p"), row_of(9, 1, "f", 5, ENDED)], 270),
    "a row of an account beside his own": ([row_of(1, 1, "p"), row_of(9, 1, "f", 5)], 270),
    "a fixed row of his own, and an account's": ([row_of(1, 1, "f"), row_of(9, 1, "p", 5)], 250),
    "a number given to somebody else later": (
        [row_of(1, 1, "f", 0, AUGUST_MS + DAY_MS), row_of(1, 1, "p", AUGUST_MS + DAY_MS)], 250),
    "a plan of before": ([row_of(1, 1, "f", 0, ENDED), row_of(1, 1, "p", ENDED)], 270),
    "an account's own row alone": ([row_of(1, 1, "f"), row_of(1, 5, "p")], 250),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_the_service_is_of_the_row_that_the_call_was_rated_by(name):
    rows, amount = ROWS[name]
    where = ground(price("270"), price("250", from_service="fixed"))
    where.catalogue.plans.append(SimpleNamespace(id="f", service="fibre"))
    where = where._replace(subscriptions=rows_of("subscriptions", rows))
    assert [row.amount for row in netted([call(1, 60)], where).rows] == [amount]


def test_a_member_without_a_row_has_his_accounts_service():
    """Of account 9; with records before and after a row began, the call has that of its first."""
    where = ground(price("270"), price("250", from_service="fixed"))
    where.catalogue.plans.append(SimpleNamespace(id="f", service="fibre"))
    rows = [row_of(9, 9, "f"), row_of(9, 5, "p"), row_of(8, 8, "f", AUGUST_MS + 1_000, ENDED * 2),
            row_of(8, 1, "p", ENDED * 2)]  # fmt: skip
    where = where._replace(subscriptions=rows_of("subscriptions", rows))
    assert [row.amount for row in netted([call(1, 60, owner=9)], where).rows] == [250]
    late = [call(n, 60, owner=8, session=9, at_ms=1_000 * (n - 1), status=n == 1) for n in (1, 2)]
    found = netted(late, where)
    assert [row.amount for row in found.rows] == [250] and found.calls["suspended"] == 1


def test_a_retail_zero_does_not_waive_and_a_measure_that_says_so_does():
    calls = [call(1, 60), call(2, 100)]  # both free to the subscriber
    assert [row.amount for row in netted(calls, lines=[(1, "discount", 60_000)]).rows] == [720]
    grant = ground(measures=[measure(None)])
    found = netted(calls, grant, lines=[(1, "discount", 40_000), (1, "in_kind", 20_000),
                                        (2, "discount", 30_000)])  # fmt: skip
    assert [(row.waived_ms, row.amount) for row in found.rows] == [(90_000, 315)]
    # The rounded tail of a call is no second of it.
    found = netted([call(1, 59)], grant, lines=[(1, "discount", 60_000)])
    assert [(row.waived_ms, row.amount) for row in found.rows] == [(59_000, 0)]
    assert netted(calls, grant, lines=[(1, "contribution", 60_000)]).rows[0].waived_ms == 0


def test_entries_of_a_measure_that_contradict_each_other_are_refused():
    both = (measure(None), measure(None, "due"))
    with pytest.raises(CatalogueError, match="waives interconnection for some"):
        netted([call(1, 60)], ground(measures=both))
    other = (measure(None), measure(None, "due", ("vnpt",)))
    assert netted([call(1, 60)], ground(measures=other)).calls["due"] == 1


def test_two_prices_at_once_are_refused():
    with pytest.raises(CatalogueError, match="hold together"):
        netted([call(1, 60)], ground(price("270"), price("280", valid_from="2021-01-01")))


def test_messages_are_counted_and_have_no_price():
    found = netted([call(1, 2, kind="sms"), call(2, 5, kind="sms", to="mobile:viettel"),
                    call(3, 5, kind="sms", to="service:1407")])  # fmt: skip
    assert (found.messages, found.rows) == (2, ())


def test_a_lost_call_is_our_bug(monkeypatch):
    whole = module._sorted
    monkeypatch.setattr(module, "_sorted", lambda *args: whole(*args).head(1))
    with pytest.raises(ConservationError, match="2 calls were told"):
        netted([call(1, 60), call(2, 60)])
