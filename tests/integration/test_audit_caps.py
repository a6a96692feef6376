"""Audit query 13 works out measures on prices as the engine does: each on what those before it have
left, groups of which the first with an effect applies, and caps of events and of owners."""

import random

import duckdb
import pytest

from tests.audit_page import PAGE, questions

from .conftest import done

PACKAGE = """
id: capped
title: "Thử mức trần"
title_en: "Caps"
author: "tests"
reference: "-"
baseline: vn-2021
measures:
"""
MEASURE = """
  - id: {id}
    title: "{id}"
    title_en: "{id}"
    document: "-"
    carriers: [viettel]
    valid_from: "2021-08-05T00:00"
    valid_until: "2021-10-01T00:00"
    order: {order}
    scope: {{kinds: {kinds}{scope}}}
    effect: {effect}
    source: "-"
    mark: assumed
    {more}
"""
PACKS = "packs: [viettel.VX3, viettel.VX7, viettel.SVMT]"
MEASURES = (
    ("A", "[pack]", ", " + PACKS, 'type: price_cut, percent: "33.3"',
     'cap: {amount: "7001", per: event}'),
    ("B", "[pack]", ", destinations: [renewal]", 'type: price_cut, minus: "3999"',
     'cap: {amount: "9000", per: owner}'),
    ("C", "[pack]", "", 'type: price_cut, percent: "20", base: list',
     'exclusive_group: g\n    cap: {amount: "20000", per: owner, over: programme}'),
    ("D", "[pack, fee]", "", 'type: price_cut, percent: "50"',
     'exclusive_group: g\n    cap: {amount: "150000", per: owner, over: programme}'),
    ("E", "[pack]", "", 'type: price_cut, new_price: {viettel.VX7: "12345"}', ""),
    ("F", "[fee]", "", "type: fee_in_kind, in_kind_value: zero", ""),
    ("G", "[pack]", "", 'type: contribution, amount: "1000", to: "-"', ""),
)  # fmt: skip
NUMBERS = [f"03227182{place:02}" for place in range(8)]
PERSON = "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until"
BALANCE = "number,account,as_of,balance,pack,volume,bought,measure,began,expires,given,left,issued"
USAGE = (
    "record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,"
    "action,session,partial,charged"
)


def records(rng):
    """Purchases, renewals, failed ones and fees of two months, often in one second."""
    for key in range(900):
        number, month = rng.choice(NUMBERS), rng.choice(("08", "09"))
        at = f"2021-{month}-{rng.randrange(1, 9):02} 10:00:0{rng.randrange(2)}.{rng.choice('05')}00"
        kind = rng.choice(("pack", "pack", "pack", "fee"))
        pack = rng.choice(("viettel.VX3", "viettel.VX7", "viettel.SVMT")) if kind == "pack" else ""
        action = rng.choice(("registration", "renewal", "renewal_failed")) if pack else ""
        yield f"{key},viettel,{kind},{number},,,{at},,1,,79,{pack},{action},,,"


@pytest.fixture(scope="module")
def face(tmp_path_factory):
    """Two months of a home that opens with what a cap has given before; and how they answer."""
    base = tmp_path_factory.mktemp("caps")
    home, key, package = base / "home", base / "key", base / "package.yaml"
    done("key", "new", "--key", key)
    order = enumerate(MEASURES, start=1)
    package.write_text(
        PACKAGE
        + "".join(
            MEASURE.format(id=id, order=place, kinds=kinds, scope=scope, more=more,
                           effect="{" + effect + "}")
            for place, (id, kinds, scope, effect, more) in order
        ),
        "utf-8",
    )  # fmt: skip
    people = [
        f"{number},,viettel,{plan},standard,postpaid,79,2020-01-01 00:00:00.000,"
        for number, plan in zip(NUMBERS, ["viettel.Fibre", "viettel.Tomato"] * 4, strict=True)
    ]
    held = [
        f"{NUMBERS[1]},,2021-08-01 00:00:00,cap,,,,C,,,15000,,2021-08-01 00:00:00",
        f"{NUMBERS[2]},,2021-08-01 00:00:00,cap,,,,C,,,20000,,2021-08-01 00:00:00",
    ]
    for kind, mapping, header, lines in (
        ("subscriptions", "world", PERSON, people),
        ("balances", "master", BALANCE, held),
        ("usage", "world", USAGE, records(random.Random(2))),
    ):
        path = base / f"{kind}.csv"
        path.write_text("\n".join([header, *lines, ""]), "utf-8")
        told = done("intake", path, "--kind", kind, "--mapping", mapping, "--key", key,
                    "--home", home)  # fmt: skip
        assert told["suspended"] == 0
    for period in ("2021-08", "2021-09"):
        done("settle", "--period", period, "--package", package, "--home", home)
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as opened:
        yield opened


def test_prices_are_cut_one_after_the_other_within_groups_and_caps(face):
    (query,) = [one.query for one in questions(PAGE.read_text("utf-8")) if one.number == 13]
    answer = face.execute(query).fetchall()
    assert [row[0] for row in answer] == [measure for measure, *_ in MEASURES]
    for measure, _, our_lines, lines, our_amount, amount in answer:
        assert (our_lines, our_amount) == (lines, amount), measure
