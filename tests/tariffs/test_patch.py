"""Patches: what they change, whose source it has then, what they refuse by place and remedy."""

from datetime import datetime
from itertools import pairwise

import pytest

from doisoat.errors import CatalogueError
from doisoat.tariffs.change.patch import apply_patch, is_patch
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import (
    catalogue_digest,
    load_catalogue,
    load_package,
    package_digest,
)

HEAD = """\
title: "Thử"
author: "người thử"
reference: "văn bản thử"
baseline: {baseline}
changes:
"""
NEW_PRICE = 'measures.M4.effect.new_price."viettel.VX3"'
TENTH = "2021-08-10"
TOMATO = 'plans."viettel.Tomato"'


def patched(tmp_path, changes, baseline="vn-2021-08", choices=None):
    path = tmp_path / "patch.yaml"
    path.write_text(HEAD.format(baseline=baseline) + changes, "utf-8")
    assert is_patch(path)
    return apply_patch(path, bundled_catalogue(), baseline, choices)


def refused(tmp_path, changes, baseline="vn-2021-08"):
    """(place in the file, what, mend) of a refusal, which says all three."""
    with pytest.raises(CatalogueError) as caught:
        patched(tmp_path, changes, baseline)
    error = caught.value
    assert error.exit_code == 4 and error.what and error.mend
    return error.where.rpartition("patch.yaml")[2], error.what, error.mend


def change(key, value=None, **more):
    lines = [f"  - key: {key}"]
    lines += [] if value is None else [f"    value: {value}"]
    return "\n".join([*lines, *(f"    {name}: {said}" for name, said in more.items()), ""])


def entries(made, name):
    return [measure for measure in made.package.measures if measure.id == name]


def versions(made, name="viettel.Tomato"):
    found = [plan for plan in made.catalogue.plans if plan.id == name]
    return sorted(found, key=lambda plan: plan.valid_from)


def on_net(plan):
    (rate,) = [r for r in plan.rates if r.kind == "voice" and "on_net" in r.destinations]
    return rate.price


def test_a_value_of_a_measure_is_changed_and_carries_the_patchs_reference(tmp_path):
    made = patched(tmp_path, change(NEW_PRICE, '"12000"'))
    (m4,) = entries(made, "M4")
    base = load_package("vn-2021-08")
    (before,) = [m for m in base.measures if m.id == "M4"]
    prices = getattr(before.effect, "new_price", {})
    assert getattr(m4.effect, "new_price", None) == {**prices, "viettel.VX3": "12000"}
    assert m4.sources["effect"].source == "văn bản thử"
    assert m4.sources["effect"].mark == "assumed"
    assert [m for m in made.package.measures if m.id != "M4"] == [
        m for m in base.measures if m.id != "M4"
    ]
    assert made.catalogue == load_catalogue(bundled_catalogue())
    assert (made.package.title, made.package.author) == ("Thử", "người thử")
    (told,) = made.changed
    assert (told.before, told.after, told.places) == (("10000",), "12000", 1)


def test_a_source_and_mark_of_its_own_win(tmp_path):
    made = patched(tmp_path, change(NEW_PRICE, '"12000"', source="công văn 1", mark="stated"))
    (m4,) = entries(made, "M4")
    assert (m4.sources["effect"].source, m4.sources["effect"].mark) == ("công văn 1", "stated")


def test_the_value_that_stands_there_already_changes_no_program(tmp_path):
    made = patched(tmp_path, change(NEW_PRICE, '"10000"'))
    (m4,) = entries(made, "M4")
    (before,) = [m for m in load_package("vn-2021-08").measures if m.id == "M4"]
    assert m4.model_copy(update={"sources": {}}) == before


def test_one_carrier_of_an_entry_is_parted_from_the_others(tmp_path):
    made = patched(tmp_path, change("measures.M2.effect.share", '"40"', carriers="[viettel]"))
    shares = {c: m.effect.share for m in entries(made, "M2") for c in m.carriers}
    assert shares == {"viettel": "40", "vnpt": "50", "mobifone": "50", "vietnamobile": "50"}
    assert len(entries(made, "M2")) == 6  # prepaid and postpaid of three


def test_a_measure_is_removed_for_all_or_for_one(tmp_path):
    assert not entries(patched(tmp_path, change("measures.M6", remove="true")), "M6")
    made = patched(tmp_path, change("measures.M6", remove="true", carriers="[mobifone]"))
    assert {c for m in entries(made, "M6") for c in m.carriers} == {
        "viettel", "vnpt", "vietnamobile",
    }  # fmt: skip


M17 = """\
  - key: measures.M17
    value:
      title: "Giảm 45% gói ngày"
      title_en: "Daily packs -45 %"
      document: "thử"
      carriers: [mobifone]
      valid_from: 2021-08-05
      valid_until: 2021-11-05
      order: 200
      scope: {kinds: [pack], packs: [mobifone.D5]}
      effect: {type: price_cut, percent: "45"}
      source: "thử"
      mark: assumed
"""


@pytest.mark.parametrize("baseline", ["vn-2021-08", "none"])
def test_a_measure_is_added(tmp_path, baseline):
    made = patched(tmp_path, M17, baseline)
    (m17,) = entries(made, "M17")
    assert m17.effect.percent == "45" and m17.id == "M17"
    assert len(made.package.measures) == 1 + len(load_package(baseline).measures)


def test_a_reading_is_turned_by_its_name(tmp_path):
    made = patched(tmp_path, change("readings.m2.in_kind_value", "zero"))
    turned = load_package("vn-2021-08", {"m2.in_kind_value": "zero"})
    assert made.package.chosen == turned.chosen and made.package.measures == turned.measures
    assert made.changed[0].before == ("pack_average",)


def test_readings_chosen_beside_the_patch_hold(tmp_path):
    made = patched(tmp_path, change(NEW_PRICE, '"12000"'), choices={"m4.viettel": "does_not"})
    (m4,) = entries(made, "M4")
    assert "viettel" not in m4.carriers


def test_a_price_changes_for_some_days_and_holds_as_before_around_them(tmp_path):
    key = f"{TOMATO}.rates.voice.on_net.price"
    dates = {"valid_from": "2021-08-15", "valid_until": "2021-08-25T06:00"}
    made = patched(tmp_path, change(key, '"1390"', **dates))
    whole = versions(type("m", (), {"catalogue": load_catalogue(bundled_catalogue())}))
    found = versions(made)
    assert [on_net(plan) for plan in found] == [*(on_net(p) for p in whole), "1390", "1590"]
    assert [plan.valid_from for plan in found[-2:]] == [
        datetime(2021, 8, 15), datetime(2021, 8, 25, 6),
    ]  # fmt: skip
    for before, after in pairwise(found):
        assert before.valid_until == after.valid_from
    rate_sources = [
        {
            rate.source
            for rate in plan.rates
            if rate.kind == "voice" and "on_net" in rate.destinations
        }
        for plan in found[-2:]
    ]
    assert rate_sources[0] == {"văn bản thử"} and "văn bản thử" not in rate_sources[1]


def test_one_destination_of_a_rate_is_parted_from_the_others(tmp_path):
    made = patched(tmp_path, change(f"{TOMATO}.rates.data.zero_rated.price", '"0"'))
    prices = {d: r.price for r in versions(made)[-1].rates if r.kind == "data"
              for d in r.destinations}  # fmt: skip
    assert prices == {"data": "75", "zero_rated": "0"}


def test_a_pack_and_an_order_are_changed_too(tmp_path):
    made = patched(
        tmp_path,
        change('packs."viettel.VX3".volumes.data.amount', "8 GB")
        + change('packs."viettel.VX3".price', '"25000"'),
    )
    (pack,) = [pack for pack in made.catalogue.packs if pack.id == "viettel.VX3"]
    assert (pack.volumes[0].amount, pack.price) == ("8 GB", "25000")
    (order,) = [o for o in made.catalogue.orders if "79" in o.localities][:1]
    later = patched(tmp_path, change(f"orders.{order.id}.valid_until", "2021-12-01"))
    (moved,) = [o for o in later.catalogue.orders if o.id == order.id]
    assert moved.valid_until == datetime(2021, 12, 1)


def test_the_baseline_itself_is_never_changed(tmp_path):
    prices, package = load_catalogue(bundled_catalogue()), load_package("vn-2021-08")
    digests = catalogue_digest(prices), package_digest(package)
    patched(tmp_path, change(f"{TOMATO}.monthly_fee", '"1000"') + change("measures.M1.order", "11"))
    again = load_catalogue(bundled_catalogue()), load_package("vn-2021-08")
    assert digests == (catalogue_digest(again[0]), package_digest(again[1]))


@pytest.mark.parametrize(
    ("changes", "where", "what", "mend"),
    [
        pytest.param(
            change("measure.M4.order", "1"), ":6:10", "begins with 'measure'", "measures, envelope",
            id="an unknown beginning",
        ),
        pytest.param(
            change("measures[4].order", "1"), ":6:10", "is no key", "new_price", id="by position"
        ),
        pytest.param(
            change("measures", "1"), ":6:10", "a whole list", "measures.NAME", id="a whole list"
        ),
        pytest.param(
            change("measures.M12.order", "1"), ":6:10", "no measure 'M12'", "M1, BLUEZONE, M3",
            id="an unknown measure",
        ),
        pytest.param(
            change('plans."viettel.Tomatoes".monthly_fee', '"1"'), ":6:10", "'viettel.Tomatoes'",
            "viettel.Tomato", id="an unknown plan",
        ),
        pytest.param(
            change("plans.viettel.Tomato.monthly_fee", '"1"'), ":6:10", "no 'viettel'",
            "quote an id", id="an id that is not quoted",
        ),
        pytest.param(
            change(f"{TOMATO}.rates.voice.moon.price", '"1"'), ":6:10", "no such one of rates",
            "voice on_net", id="an unknown rate",
        ),
        pytest.param(
            change(f"{TOMATO}.rates.voice", '"1"'), ":6:10", "which of rates", "kind and destinat",
            id="a rate that is not said",
        ),
        pytest.param(
            change("measures.M4.effect.old_price.x", '"1"'), ":6:10", "nothing below 'old_price'",
            "keys there: type, new_price", id="an unknown key on the way",
        ),
        pytest.param(
            change("measures.M4.ordre", "1"), ":6:10", "not known", "did you mean 'order'",
            id="an unknown key at the end",
        ),
        pytest.param(
            change('measures.M4.effect.new_price."viettel.VX9"', '"1"'), ":6:10", "'viettel.VX9'",
            "viettel.VX", id="an unknown pack",
        ),
        pytest.param(
            change("measures.M3.carriers", "[viettel, beeline]"), ":7:12", "'beeline'", "viettel",
            id="an unknown carrier in a value",
        ),
        pytest.param(
            change("readings.m2.in_kind", "zero"), ":6:10", "no reading 'm2.in_kind'",
            "did you mean m2.in_kind_value", id="an unknown reading",
        ),
        pytest.param(
            change("readings.m2.in_kind_value", "half"), ":7:12", "no alternative 'half'",
            "pack_average", id="an unknown alternative",
        ),
        pytest.param(
            change(NEW_PRICE, '"12,000"'), ":7:12", "12,000", "digits with",
            id="a price that is none",
        ),
        pytest.param(
            change(NEW_PRICE), ":6:5", "one of `value` and `remove: true`", "write `value:`",
            id="no value",
        ),
        pytest.param(
            change(NEW_PRICE, '"1"') + change(NEW_PRICE, '"2"'), ":8:10", "changed twice", "keep",
            id="the same value twice",
        ),
        pytest.param(
            change("measures.M4.effect.percent", '"10"'), "", "do not go together",
            "exactly one of percent", id="a key that does not go with the others",
        ),
        pytest.param(
            change(NEW_PRICE, '"1"', valid_from="2021-08-10"), ":6:10", "only values of plans",
            "leave the dates out", id="dates on a measure",
        ),
        pytest.param(
            change(f"{TOMATO}.monthly_fee", '"1"', valid_from=TENTH, valid_until=TENTH),
            ":9:18", "holds no moment", "later valid_until", id="dates that hold no moment",
        ),
        pytest.param(
            change(f"{TOMATO}.monthly_fee", '"1"', valid_from="2001-01-01"), ":6:10",
            "no version of viettel.Tomato holds all of", "give dates within",
            id="dates before the plan",
        ),
        pytest.param(
            change(f"{TOMATO}.valid_until", "2021-08-20"), ":6:10", "leave a hole",
            "`valid_from` and `valid_until` of the change", id="dates that leave a hole",
        ),
        pytest.param(
            change(f"{TOMATO}.monthly_fee", '"1"', carriers="[viettel]"), ":8:15",
            "which entries of a measure", "leave them out", id="carriers of a plan",
        ),
        pytest.param(
            change("measures.M5.effect.amount", '"1"', carriers="[fpt]"), ":6:10", "not for fpt",
            "mobifone, viettel, vnpt", id="a carrier without the measure",
        ),
        pytest.param(
            M17.replace("M17", "M4"), ":6:10", "there already", "id of its own",
            id="a measure that is there",
        ),
        pytest.param(
            change(f"{TOMATO}.free_until", remove="true"), ":6:10", "nothing is there to take out",
            "keys there: id", id="nothing to remove",
        ),
        pytest.param(
            change("envelope.natures.discount", "x"), ":6:10", "has no names", "whole list",
            id="a list without names",
        ),
    ],
)  # fmt: skip
def test_refused_with_place_and_remedy(tmp_path, changes, where, what, mend):
    found = refused(tmp_path, changes)
    assert found[0].startswith(where) and what in found[1] and mend in found[2], found


def test_a_patch_over_another_package_is_refused(tmp_path):
    path = tmp_path / "patch.yaml"
    path.write_text(HEAD.format(baseline="none") + M17, "utf-8")
    with pytest.raises(CatalogueError, match="written over the package none, not vn-2021-08"):
        apply_patch(path, bundled_catalogue(), "vn-2021-08")
    found = refused(tmp_path, change("readings.m4.viettel", "applies"), "none")
    assert "no readings without a package" in found[1]


@pytest.mark.parametrize("line", ["title", "author", "reference", "baseline", "changes"])
def test_the_head_of_a_patch_is_needed(tmp_path, line):
    text = HEAD.format(baseline="none") + M17
    path = tmp_path / "patch.yaml"
    path.write_text(text.replace(f"{line}:", f"x{line}:", 1), "utf-8")
    with pytest.raises(CatalogueError, match=f"'{line}' is missing|not known"):
        apply_patch(path, bundled_catalogue(), "none")
