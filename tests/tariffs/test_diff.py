"""Tariffs as changes: a version replayed from the oldest, a catalogue from its first day."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doisoat.tariffs.change.diff import (
    Change,
    applied,
    changes_of,
    differences,
    edges_of,
    history,
    in_force,
    replayed,
    versions_of,
)
from doisoat.tariffs.change.diff_text import as_object, sentences
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.find import open_either
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from doisoat.tariffs.models.catalogue_model import Plan
from doisoat.tariffs.models.outline import items_of, plain_of, tree_of
from doisoat.tariffs.models.package_model import Package
from tests.profiles import examples
from tests.tariffs.clean import HOST, PLAN, PRICES, RELIEF, TERMINATION, swapped

BUNDLED = load_catalogue(bundled_catalogue())
RELIEF_2021 = load_package("vn-2021-08")
PLANS = sorted({plan.id for plan in BUNDLED.plans})
PACKS = sorted({pack.id for pack in BUNDLED.packs})


def loaded(tmp_path, text):
    path = tmp_path / "c.yaml"
    path.write_text(text, "utf-8")
    return load_catalogue(path)


def told(a, b):
    return [sentence.en for found in differences(a, b) for sentence in sentences(found)]


# --- the round trip ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLANS)
def test_all_dated_changes_on_the_oldest_version_of_a_plan_give_the_newest(name):
    versions = versions_of(BUNDLED.plans, name)
    assert tree_of(replayed(versions[0], history(versions))) == tree_of(versions[-1])


@pytest.mark.parametrize("name", PACKS)
def test_all_dated_changes_on_the_oldest_version_of_a_pack_give_the_newest(name):
    versions = versions_of(BUNDLED.packs, name)
    assert tree_of(replayed(versions[0], history(versions))) == tree_of(versions[-1])


RATES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["voice", "sms", "data"]),
        "destination": st.lists(
            st.sampled_from(["on_net", "off_net", "fixed"]), min_size=1, max_size=3, unique=True
        ),
        "price": st.sampled_from(["0", "1180", "1180.0", "19.667"]),
        "hours": st.sampled_from([None, "23-6", "6-23"]),
        "days": st.sampled_from([None, "mon-fri", "sat, sun, holiday"]),
        "connect_fee": st.sampled_from(["0", "100"]),
        "mark": st.sampled_from([None, "assumed"]),
        "source": st.sampled_from([None, "page"]),
    }
)
UNITS = {"voice": ("1 min", "6 s + 1 s"), "sms": ("1 msg", "1 msg"), "data": ("1 MB", "1 KB")}
VERSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["", "A", "B"]),
            "payment": st.sampled_from([None, "prepaid", "postpaid"]),
            "monthly_fee": st.sampled_from([None, "1000"]),
            "mark": st.sampled_from(["stated", "assumed"]),
            "sources": st.sampled_from([{}, {"name": {"source": "s", "mark": "assumed"}}]),
            "rates": st.lists(RATES, max_size=4),
        }
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=examples(0.6))
@given(VERSIONS)
def test_any_history_can_be_replayed_at_each_of_its_versions(drawn):
    begin = datetime(2021, 1, 1)
    plans = []
    for n, body in enumerate(drawn):
        rates = [
            {**rate, "per": UNITS[rate["kind"]][0], "block": UNITS[rate["kind"]][1]}
            for rate in body["rates"]
        ]
        plans.append(
            Plan.model_validate(
                {**body, "rates": rates, "id": "p", "source": "page",
                 "valid_from": begin + timedelta(days=n),
                 "valid_until": begin + timedelta(days=n + 1)}
            )
        )  # fmt: skip
    dated = history(plans)
    for n, plan in enumerate(plans):
        assert tree_of(replayed(plans[0], dated[:n])) == tree_of(plan)
    for (before, after), changes in zip(pairwise(plans), dated, strict=True):
        assert (changes == ()) == (tree_of(before) == tree_of(after))
        back = changes_of(tree_of(after), tree_of(before))
        assert applied(applied(tree_of(before), changes), back) == tree_of(before)


def test_the_bundled_catalogue_is_its_first_day_and_all_changes_since():
    edges = edges_of(BUNDLED)
    assert len(edges) > 30
    tree = in_force(BUNDLED, edges[0])
    changed = 0
    for before, after in pairwise(edges):
        changes = changes_of(in_force(BUNDLED, before), in_force(BUNDLED, after))
        changed += len(changes)
        tree = applied(tree, changes)
        assert tree == in_force(BUNDLED, after)
    assert changed >= len(edges)
    assert tree == in_force(BUNDLED, edges[-1] + timedelta(days=36_500))


@pytest.mark.parametrize("thing", [BUNDLED, RELIEF_2021], ids=["catalogue", "package"])
def test_every_item_survives_as_a_tree(thing):
    seen = 0
    for section, items in items_of(thing).items():
        for item in items.values():
            if section not in ("catalogue", "package"):
                again = type(item).model_validate(plain_of(tree_of(item)))
                assert tree_of(again) == tree_of(item)
                seen += 1
    assert seen > 40


def test_items_have_keys_of_their_own():
    for thing in (BUNDLED, RELIEF_2021):
        for items in items_of(thing).values():
            assert not [key for key in items if key.endswith("'")]
    counts = {section: len(items) for section, items in items_of(BUNDLED).items()}
    assert counts["prefixes"] == len(BUNDLED.numbering.prefixes)
    assert counts["interconnect"] == len(BUNDLED.interconnect)
    assert len(items_of(RELIEF_2021)["measures"]) == len(RELIEF_2021.measures)


@pytest.mark.parametrize(
    "change",
    [
        Change(("price",), "19000", "18000"),
        Change(("rank",), None, 1),
        Change(("volumes", "nothing", "amount"), "1 GB", "2 GB"),
    ],
)
def test_a_change_of_something_else_is_refused(change):
    tree = tree_of(next(pack for pack in BUNDLED.packs if pack.id == "viettel.VX3"))
    with pytest.raises(ValueError, match="and the change is one of"):
        applied(tree, [change])


# --- in words ------------------------------------------------------------------------------------


DESTINATIONS = "[on_net, off_net, service_999]"
NEW = PLAN.replace("valid_from: 2021-01-01", "valid_from: 2021-06-01")
OLD = PLAN.replace("    source: page 1\n", "    valid_until: 2021-06-01\n    source: page 1\n", 1)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            'price: "20000"',
            'price: "20000.0"',
            ["pack k 2021-01-01: price changed from 20000 to 20000.0"],
            id="a price, as written",
        ),
        pytest.param(
            'price: "1180", per: 1 min',
            'price: "1090", per: 1 min',
            [
                f"plan p 2021-01-01: rates / voice {name} / price changed from 1180 to 1090"
                for name in ("on_net", "off_net", "service_999")
            ],
            id="a rate of several destinations",
        ),
        pytest.param(
            PLAN,
            OLD + NEW.replace('"290"', '"250"').replace(DESTINATIONS, "on_net", 1),
            [
                "plan p 2021-01-01: valid until added: 2021-06-01",
                "new version of plan p 2021-06-01: rates / voice off_net removed"
                " (was price 1180, per 1 min, block 6 s + 1 s)",
                "new version of plan p 2021-06-01: rates / voice service_999 removed"
                " (was price 1180, per 1 min, block 6 s + 1 s)",
                *(
                    f"new version of plan p 2021-06-01: rates / sms {name} / price changed"
                    " from 290 to 250"
                    for name in ("on_net", "off_net", "service_999")
                ),
            ],
            id="a new version is told by its changes",
        ),
        pytest.param(
            PLAN,
            OLD + NEW,
            [
                "plan p 2021-01-01: valid until added: 2021-06-01",
                "new version of plan p 2021-06-01: nothing changed",
            ],
            id="a new version that changes nothing",
        ),
        pytest.param(
            PLAN,
            NEW,
            ["plan p 2021-06-01: valid from changed from 2021-01-01 to 2021-06-01"],
            id="only the day",
        ),
        pytest.param(
            "zero_rated_hosts:\n" + HOST, "",
            ["removed zero-rated host a.vn l 2021-01-01: valid from 2021-01-01, host a.vn, list l"],
            id="a host taken out",
        ),
        pytest.param(
            "days: 3", "hours: 72",
            ["pack k 2021-01-01: validity / days removed (was 3)",
             "pack k 2021-01-01: validity / hours added: 72"],
            id="days become hours",
        ),
        pytest.param(
            'localities: ["01"]', 'localities: ["02"]',
            ["distancing order o: localities: with 02; without 01"], id="the places of an order",
        ),
        pytest.param(
            "mobile: true", "mobile: false",
            ["carrier x: has a mobile network changed from yes to no"], id="yes and no",
        ),
        pytest.param(
            'source: page 1, mark: stated}\n  - {code: "02"',
            'source: page 2, mark: assumed}\n  - {code: "02"',
            ["locality 01: source changed from page 1 to page 2",
             "locality 01: mark changed from stated to assumed"],
            id="what a value rests on",
        ),
        pytest.param(
            "id: c\n", "id: d\ntitle: Giá\n",
            ["catalogue d: title changed from - to Giá", "catalogue d: id changed from c to d"],
            id="the catalogue's own words",
        ),
    ],
)  # fmt: skip
def test_what_changed_is_said_in_words(tmp_path, old, new, said):
    before = loaded(tmp_path, PRICES)
    after = loaded(tmp_path, swapped(PRICES, old, new))
    assert sorted(told(before, after)) == sorted(said)
    assert told(before, before) == told(after, after) == []
    for found in differences(before, after):
        for sentence in sentences(found):
            assert sentence.vi != sentence.en
        object_told = as_object(found)
        assert len(object_told["sentences"]) == len(sentences(found))
        assert ("item" in object_told) == (found.kind in ("added", "removed"))


def test_what_is_added_one_way_is_removed_the_other(tmp_path):
    less = loaded(tmp_path, PRICES.replace(HOST, "").replace("zero_rated_hosts:\n", ""))
    more = loaded(tmp_path, PRICES)
    assert told(less, more) == [
        "added zero-rated host a.vn l 2021-01-01: valid from 2021-01-01, host a.vn, list l"
    ]
    assert [d.kind for d in differences(more, less)] == ["removed"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "[on_net, off_net, service_999], price: \"1180\", per: 1 min, block: 6 s + 1 s}\n",
            "service_999, price: \"1180\", per: 1 min, block: 6 s + 1 s}\n"
            "      - {kind: voice, destination: [off_net, on_net], price: \"1180\", per: 1 min,"
            " block: 6 s + 1 s}\n",
            id="a rate parted in two",
        ),
        pytest.param(
            "{kind: data, rule: stop}", "{rule: stop, kind: data}", id="the order of keys"
        ),
        pytest.param(
            "validity: {days: 3}", "validity: {days: 3}\n    rank: 100\n    volumes: []".replace(
                "\n    volumes: []", ""), id="a default written out",
        ),
        pytest.param(
            "destinations: [data, zero_rated]", "destinations: [zero_rated, data]", id="a set",
        ),
        pytest.param(
            "valid_from: 2020-05-01", "valid_from: 2020-05-01T00:00", id="midnight written out",
        ),
    ],
)  # fmt: skip
def test_another_way_to_write_the_same_is_no_difference(tmp_path, old, new):
    assert told(loaded(tmp_path, PRICES), loaded(tmp_path, swapped(PRICES, old, new))) == []


def test_places_in_a_file_mean_nothing():
    turned = BUNDLED.model_copy(
        update={
            **{
                name: tuple(reversed(getattr(BUNDLED, name)))
                for name in ("carriers", "localities", "orders", "packs", "interconnect")
            },
            "plans": tuple(
                plan.model_copy(update={"rates": tuple(reversed(plan.rates))})
                for plan in reversed(BUNDLED.plans)
            ),
        }
    )
    assert differences(BUNDLED, turned) == ()


def test_the_order_of_volumes_is_law(tmp_path):
    two = swapped(
        PRICES, "amount: 6 GB}\n",
        "amount: 6 GB}\n      - {kind: data, destinations: [data], amount: 1 GB, hours: 0-8}\n",
    )  # fmt: skip
    lines = two.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "amount: 6 GB" in line)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    assert told(loaded(tmp_path, two), loaded(tmp_path, "".join(lines))) == [
        "pack k 2021-01-01: order in which volumes are drawn changed from data data+zero_rated,"
        " data data 0-8h to data data 0-8h, data data+zero_rated"
    ]


def test_the_order_of_consumption_is_law(tmp_path):
    own = swapped(
        PRICES, "    rates:\n", "    consumption: [last, bundled, first, zero_rating]\n    rates:\n"
    )
    (said,) = told(loaded(tmp_path, PRICES), loaded(tmp_path, own))
    assert said.endswith(
        "order of consumption changed from zero_rating, first, bundled, last to last, bundled,"
        " first, zero_rating"
    )


def test_a_later_price_of_interconnection_is_a_new_version(tmp_path):
    line = next(line for line in PRICES.splitlines() if line.startswith(TERMINATION))
    later = line.replace("2020-05-01", "2022-01-01").replace("270", "250")
    ended = line.replace("2020-05-01", "2020-05-01, valid_until: 2022-01-01")
    after = loaded(tmp_path, PRICES.replace(line, f"{ended}\n{later}"))
    assert told(loaded(tmp_path, PRICES), after) == [
        "interconnection price mobile→mobile * 2020-05-01: valid until added: 2022-01-01",
        "new version of interconnection price mobile→mobile * 2022-01-01: price changed"
        " from 270 to 250",
    ]


# --- packages ------------------------------------------------------------------------------------


def relief(tmp_path, text):
    path = tmp_path / "r.yaml"
    path.write_text(text, "utf-8")
    return load_package(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            'k: "10000"', 'k: "9000"',
            ["measure C: effect / new price / k changed from 10000 to 9000"], id="a new price",
        ),
        pytest.param(
            "default: last", "default: seventh",
            ["measure F: order changed from 6 to 7",
             "reading f.order: default changed from last to seventh"],
            id="another default is another order",
        ),
        pytest.param(
            "means: later", "means: later still",
            ["reading f.order: alternatives / seventh / means changed from later to later still"],
            id="what an alternative means",
        ),
        pytest.param(
            "type: grant, amount: 9 msg", "type: grant, amount: 10 msg",
            ["measure S: effect / amount changed from 9 msg to 10 msg"], id="an amount",
        ),
        pytest.param(
            'amount: "1000"', 'amount: "2000"', ["envelope r: amount changed from 1000 to 2000"],
            id="the envelope",
        ),
        pytest.param(
            "author: A", "author: B", ["package r: author changed from A to B"], id="its author"
        ),
    ],
)  # fmt: skip
def test_what_changed_in_a_package(tmp_path, old, new, said):
    before = relief(tmp_path, RELIEF)
    assert told(before, relief(tmp_path, swapped(RELIEF, old, new))) == said


def test_entries_of_one_measure_are_matched_by_what_they_say():
    """Of M6's four entries one loses its carrier: the other three are not touched by that."""
    without = load_package("vn-2021-08", {"m6.vietnamobile": "does_not"})
    found = differences(RELIEF_2021, without)
    assert [(d.section, d.kind) for d in found] == [("measures", "changed")]
    assert told(RELIEF_2021, without)[0].startswith("measure M6 ")
    assert [c.path for c in found[0].changes] == [("carriers",)]


def test_entries_of_one_measure_have_keys_of_their_own():
    """Also where the same carriers are written in another order."""
    m2 = [measure for measure in RELIEF_2021.measures if measure.id == "M2"]
    turned = m2[0].model_copy(update={"carriers": tuple(reversed(m2[0].carriers or ()))})
    package = RELIEF_2021.model_copy(update={"measures": (turned, *m2[1:])})
    assert len(items_of(package)["measures"]) == len(m2) == 4
    assert differences(package, package.model_copy(update={"measures": tuple(m2)})) == ()


def test_a_package_against_none():
    none = open_either("none")
    assert isinstance(none, Package)
    kinds = {d.kind for d in differences(RELIEF_2021, none) if d.section != "package"}
    assert kinds == {"removed"}
    items = [items for items in items_of(RELIEF_2021).values()]
    assert len(differences(none, RELIEF_2021)) == sum(map(len, items))
