"""Overlays: what they add, replace and take out, as an edited catalogue would; what they refuse."""

import json
from datetime import datetime
from itertools import pairwise

import pytest

from doisoat.engine.tables.overlay_files import open_catalogue, open_prices, read_overlays
from doisoat.errors import CatalogueError
from doisoat.messages.text import halves_of
from doisoat.tariffs.check.check import check
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import catalogue_digest, load_catalogue
from doisoat.tariffs.models.catalogue_model import Catalogue

HEAD = """\
id: {id}
title: "Giá thử"
author: "người thử"
reference: "QĐ 12"
{more}changes:
"""
PREPAID = 'plans."vietnamobile.Prepaid"'
D90 = 'packs."vietnamobile.D90"'


def written(tmp_path, changes, name="own", more="carrier: vietnamobile\n"):
    path = tmp_path / f"{name}.yaml"
    path.write_text(HEAD.format(id=name, more=more) + changes, "utf-8")
    return path


def overlaid(tmp_path, changes, **head):
    return open_catalogue("vn-2021", [written(tmp_path, changes, **head)])


def change(key, value=None, **more):
    lines = [f"  - key: {key}"]
    lines += [] if value is None else [f"    value: {value}"]
    return "\n".join([*lines, *(f"    {name}: {text}" for name, text in more.items()), ""])


def versions(listed, name):
    return sorted((item for item in listed if item.id == name), key=lambda item: item.valid_from)


def rate(plan, kind, destination):
    (found,) = (r for r in plan.rates if r.kind == kind and destination in r.destinations)
    return found


def test_without_overlays_a_catalogue_is_what_it_was():
    plain = load_catalogue(bundled_catalogue())
    assert open_catalogue("vn-2021") == plain and not plain.overlays
    dumped = plain.model_dump(mode="json")
    assert "overlays" not in dumped and Catalogue.model_validate(dumped) == plain


def test_an_overlay_is_kept_in_the_catalogue_and_names_it(tmp_path):
    made = overlaid(tmp_path, change(f"{D90}.price", '"95000"', valid_from="2021-08-15"))
    (kept,) = made.overlays
    assert (kept.id, kept.reference, kept.carrier) == ("own", "QĐ 12", "vietnamobile")
    (told,) = kept.changes
    assert (told.before, told.after, told.mark) == (("100000",), "95000", "stated")
    assert made.called == "vn-2021 + own"
    assert Catalogue.model_validate_json(json.dumps(made.model_dump(mode="json"))) == made
    assert catalogue_digest(made) != catalogue_digest(load_catalogue(bundled_catalogue()))


def test_a_price_is_given_by_who_asks_it_and_is_assumed_no_more(tmp_path):
    key = f"{PREPAID}.rates.voice.off_net"
    made = overlaid(tmp_path, change(f"{key}.price", '"1400"'))
    (plan,) = versions(made.plans, "vietnamobile.Prepaid")
    given, other = rate(plan, "voice", "off_net"), rate(plan, "voice", "on_net")
    assert (given.price, given.source, given.mark) == ("1400", "QĐ 12", "stated")
    assert (other.price, other.mark) == ("1500", None)
    assert plan.is_assumed  # its other prices are
    marked = overlaid(tmp_path, change(f"{key}.price", '"1400"', mark="assumed", source="đoán"))
    assert rate(versions(marked.plans, plan.id)[0], "voice", "off_net").source == "đoán"


def test_a_plan_whose_every_price_is_given_is_assumed_no_more(tmp_path):
    (plan,) = versions(load_catalogue(bundled_catalogue()).plans, "vietnamobile.Prepaid")
    changes = "".join(
        change(f"{PREPAID}.rates.{part.kind}.{destination}.price", f'"{part.price}"')
        for _, part in plan.assumed_prices
        for destination in part.destinations
    )
    (made,) = versions(overlaid(tmp_path, changes).plans, plan.id)
    assert plan.is_assumed and not made.is_assumed and not made.assumed_prices


def test_a_plan_is_added_whole_and_then_by_its_rates(tmp_path):
    made = overlaid(
        tmp_path,
        change("plans.VNM_TT", "{payment: prepaid, rates: []}", valid_from="2021-01-01")
        + change("plans.VNM_TT.rates.voice.on_net", '{price: "1500", per: 1 min, block: 1 s}')
        + change("plans.VNM_TT.rates.voice.off_net", '{price: "1700", per: 1 min, block: 1 s}')
        + change("plans.VNM_TT.rates.voice.off_net.price", '"1800"'),
    )
    (plan,) = versions(made.plans, "VNM_TT")
    assert (plan.carrier, plan.source, plan.mark) == ("vietnamobile", "QĐ 12", "stated")
    assert rate(plan, "voice", "off_net").price == "1800" and not plan.is_assumed


def test_a_version_takes_over_from_its_day_and_gives_back(tmp_path):
    whole = '{price: "90000", validity: {days: 30}, volumes: []}'
    dates = {"valid_from": "2021-08-10", "valid_until": "2021-08-20T06:00"}
    found = versions(overlaid(tmp_path, change(D90, whole, **dates)).packs, "vietnamobile.D90")
    assert [pack.price for pack in found] == ["100000", "90000", "100000"]
    assert [pack.valid_from for pack in found[1:]] == [
        datetime(2021, 8, 10), datetime(2021, 8, 20, 6),
    ]  # fmt: skip
    assert all(before.valid_until == after.valid_from for before, after in pairwise(found))


def test_a_pack_is_withdrawn_from_a_day_or_whole(tmp_path):
    from_day = overlaid(tmp_path, change(D90, remove="true", valid_from="2021-08-10"))
    (pack,) = versions(from_day.packs, "vietnamobile.D90")
    assert pack.valid_until == datetime(2021, 8, 10)
    whole = overlaid(tmp_path, change('packs."vietnamobile.D7"', remove="true"))
    assert not versions(whole.packs, "vietnamobile.D7")


def test_a_pack_is_like_another_and_differs_in_what_its_rows_say(tmp_path):
    changes = change("packs.GOI_90", "{like: vietnamobile.D90}", valid_from="2021-08-01")
    changes += change("packs.GOI_90.price", '"95000"')
    changes += change("packs.GOI_90.volumes.data.amount", "5 GB")
    made = overlaid(tmp_path, changes)
    (d90,), (own,) = (versions(made.packs, name) for name in ("vietnamobile.D90", "GOI_90"))
    assert (own.price, own.volumes[0].amount, own.valid_from) == (
        "95000", "5 GB", datetime(2021, 8, 1))  # fmt: skip
    assert (d90.price, d90.volumes[0].amount) == ("100000", "4 GB")
    # What nobody gave is as firm as it was, and what the overlay gives is the document's.
    assert own.sources["price"].source == own.volumes[0].source == "QĐ 12"
    assert (own.source, own.sources["validity"].mark, own.after) == (
        d90.source, "assumed", d90.after)  # fmt: skip
    assert (own.carrier, own.valid_until, own.validity) == (
        "vietnamobile", d90.valid_until, d90.validity)  # fmt: skip


@pytest.mark.parametrize("length", ["days", "hours", "calendar_days"])
def test_another_length_takes_the_place_of_the_one_that_stood_there(tmp_path, length):
    made = overlaid(tmp_path, change(f"{D90}.validity.{length}", "15"))
    (d90,) = versions(made.packs, "vietnamobile.D90")
    assert d90.validity.model_dump(exclude_defaults=True) == {length: 15}
    assert made.overlays[0].changes[0].before == ("30",)


def test_a_plan_is_like_another_in_all_its_versions(tmp_path):
    price = change(f"{PREPAID}.rates.voice.on_net.price", '"1600"', valid_from="2021-08-10")
    made = overlaid(tmp_path, price + change("plans.TRA_TRUOC", "{like: vietnamobile.Prepaid}"))
    own, other = (versions(made.plans, name) for name in ("TRA_TRUOC", "vietnamobile.Prepaid"))
    assert len(own) == 2
    assert [plan.model_copy(update={"id": "TRA_TRUOC"}) for plan in other] == own
    span = {"valid_from": "2021-08-05", "valid_until": "2021-08-20"}
    cut = overlaid(tmp_path, price + change("plans.T", "{like: vietnamobile.Prepaid}", **span))
    days = [(plan.valid_from.day, plan.valid_until.day) for plan in versions(cut.plans, "T")]
    assert days == [(5, 10), (10, 20)]


def test_items_of_one_name_are_told_apart_by_a_further_word(tmp_path):
    changes = change('packs."vnpt.D60G".volumes.voice.off_net.amount', "60 min")
    changes += change('plans."vnpt.VinaXtra".rates.voice.on_net.23-6.price', '"800"')
    made = overlaid(tmp_path, changes, more="carrier: vnpt\n")
    (pack,), (plan,) = versions(made.packs, "vnpt.D60G"), versions(made.plans, "vnpt.VinaXtra")
    voice = {v.destinations: (v.amount, v.mark) for v in pack.volumes if v.kind == "voice"}
    assert voice == {("on_net",): ("1500 min", None), ("off_net",): ("60 min", "stated")}
    rates = {r.hours: r.price for r in plan.rates if "on_net" in r.destinations}
    assert rates["6-23"] == "1580" and rates["23-6"] == "800"
    (fixed,) = {r.price for r in plan.rates if r.hours == "23-6" and "fixed_own" in r.destinations}
    assert fixed == "790"


@pytest.mark.parametrize(
    ("key", "what"),
    [("voice", "2 of the volumes are called so"), ("voice.fixed", "no such one of volumes")],
)
def test_items_of_one_name_without_the_word_that_fits_are_refused(tmp_path, key, what):
    changed = change(f'packs."vnpt.D60G".volumes.{key}.amount', "60 min")
    with pytest.raises(CatalogueError) as caught:
        overlaid(tmp_path, changed, more="carrier: vnpt\n")
    assert what in caught.value.what and "voice on_net; voice off_net" in caught.value.mend


def test_what_stands_below_an_entry_that_a_draft_takes_out_goes_with_it(tmp_path):
    changes = change("packs.X", remove="if_there") + change("packs.X.price", '"1000"')
    changes += change("plans.Y", remove="if_there")
    changes += change("plans.Y.rates.voice.on_net", '{price: "?", per: 1 min}')
    changes += change(f"{D90}.price", remove="if_there") + change(
        "packs.Z", WHOLE, valid_from="2021-08-01"
    )
    (kept,) = overlaid(tmp_path, changes).overlays
    assert [told.key for told in kept.changes] == ["packs.Z"]


def test_what_is_taken_out_if_there_may_be_missing(tmp_path):
    made = overlaid(
        tmp_path,
        change("plans.RIENG", "{rates: []}", valid_from="2021-08-01")
        + change("plans.RIENG.rates.voice.off_net", remove="if_there")
        + change("packs.D15", remove="if_there")
        + change(f"{PREPAID}.rates.voice.off_net", remove="if_there")
        + change(f"{D90}", remove="if_there"),
    )
    assert not versions(made.packs, "vietnamobile.D90")
    (plan,) = versions(made.plans, "vietnamobile.Prepaid")
    assert "off_net" not in {
        name for r in plan.rates if r.kind == "voice" for name in r.destinations
    }
    assert [told.key for told in made.overlays[0].changes] == [
        "plans.RIENG", f"{PREPAID}.rates.voice.off_net", D90,
    ]  # fmt: skip


def test_what_is_wrong_with_a_value_is_said_in_one_language(tmp_path):
    per = '{price: "1500", per: 1 phút, block: 6 s + 1 s}'
    for value, place, vi, mend_vi, mend_en in (
        ('{price: "nghìn rưỡi", per: 1 min}', ":8:20", "'nghìn rưỡi' không phải là giá",
         "hãy ghi chữ số", "digits with"),
        ('{price: "1500"}', ":8:12", "cách tính graduated cần", "", "change it there"),
        (per, ":8:33", "'1 phút' không phải là lượng", "hãy ghi như '1 min'",
         "write it as '1 min'"),
        (per.replace("phút", "min").replace("6 s + 1 s", "6+1"), ":8:47", "không phải là lượng",
         "hãy ghi như '6 s + 1 s'", "write it as '6 s + 1 s'"),
    ):  # fmt: skip
        with pytest.raises(CatalogueError) as caught:
            overlaid(tmp_path, change(f"{PREPAID}.rates.voice.off_net", value))
        what, mend = halves_of(caught.value.what), halves_of(caught.value.mend)
        assert caught.value.where.endswith(place), caught.value.where
        assert vi in what.vi and mend.vi.startswith(mend_vi) and mend.en.startswith(mend_en)
        assert "không" not in what.en.replace(value, "")


def test_hosts_orders_and_numbers_are_added_and_taken_out(tmp_path):
    made = overlaid(
        tmp_path,
        change('zero_rated_hosts.moh."suckhoe.vn"', "{}", valid_from="2021-08-01")
        + change('zero_rated_hosts.moh."moh.gov.vn"', remove="true", valid_from="2021-09-01")
        + change(
            "orders.thu",
            '{directive: "16", localities: ["01"], valid_from: 2021-10-01,'
            " valid_until: 2021-10-02}",
        )
        + change("numbering.prefixes.51.9", '{network: "mobile:vietnamobile"}')
        + change("numbering.prefixes.92.9.network", "mobile:viettel")
        + change("numbering.prefixes.52.9", remove="true"),
        more="",
    )
    hosts = {host.host: host for host in made.zero_rated_hosts}
    assert hosts["suckhoe.vn"].list == "moh"
    assert hosts["moh.gov.vn"].valid_until == datetime(2021, 9, 1)
    assert made.orders[-1].id == "thu" and made.orders[-1].mark == "stated"
    assert made.numbering.network_of("512345678") == "mobile:vietnamobile"
    assert made.numbering.network_of("921234567") == "mobile:viettel"
    assert made.numbering.network_of("521234567") == "unknown"


def test_of_two_overlays_the_later_one_goes_over_the_first(tmp_path):
    paths = [
        written(tmp_path, change(f"{D90}.price", f'"{price}"'), name)
        for name, price in (("first", 91000), ("second", 92000))
    ]
    there, back = (open_catalogue("vn-2021", order) for order in (paths, paths[::-1]))
    assert [versions(c.packs, "vietnamobile.D90")[0].price for c in (there, back)] == [
        "92000", "91000",
    ]  # fmt: skip
    assert there.overlays[1].changes[0].before == ("91000",)
    assert catalogue_digest(there) != catalogue_digest(back)


def test_the_bundled_catalogue_itself_is_never_changed(tmp_path):
    before = catalogue_digest(load_catalogue(bundled_catalogue()))
    overlaid(tmp_path, change(f"{D90}.price", '"1"') + change(PREPAID, remove="true"))
    assert catalogue_digest(load_catalogue(bundled_catalogue())) == before


WHOLE = '{price: "1", validity: {days: 1}}'
BEELINE = '{price: "1", validity: {days: 1}, carrier: beeline}'


@pytest.mark.parametrize(
    ("changes", "where", "what", "mend"),
    [
        pytest.param(change("packs.D99.price", '"1"'), ":7:10", "no 'D99' among the packs",
                     "added whole, by packs.ID alone", id="an unknown pack"),
        pytest.param(change("plans.VNM", remove="true"), ":7:10", "no 'VNM' among the plans",
                     "known are", id="an unknown plan withdrawn"),
        pytest.param(change("packs.X", BEELINE, valid_from="2021-01-01"),
                     ":8:55", "is of beeline", "leave `carrier` out", id="another carrier's entry"),
        pytest.param(change(f"{PREPAID}.carrier", "viettel"), ":8:12", "is of viettel",
                     "leave `carrier` out", id="a plan given to another carrier"),
        pytest.param(change('packs."viettel.VX3".price', '"1"'), ":7:10", "is of viettel",
                     "take it out", id="another carrier's pack"),
        pytest.param(change(D90, WHOLE), ":7:10", "from when on", "add `valid_from:`",
                     id="a version without a first day"),
        pytest.param(change("packs.X", WHOLE), ":7:10", "from when on", "add `valid_from:`",
                     id="a pack without a first day"),
        pytest.param(change(D90, '"95000"', valid_from="2021-08-10"), ":8:12", "is a mapping",
                     "as in a catalogue", id="a price in place of a pack"),
        pytest.param(change(D90, "{valid_from: 2021-08-11}", valid_from="2021-08-10"), ":8:25",
                     "the value says valid_from", "leave valid_from out", id="two first days"),
        pytest.param(
            change(D90, remove="true", valid_from="2021-08-10", valid_until="2021-08-12"),
            ":10:18", "leaves a hole", "give its `value`", id="withdrawn for a time"),
        pytest.param(
            change(D90, remove="true", valid_from="2021-08-10")
            + change("packs.Y", WHOLE, valid_from="2021-01-01", valid_until="2021-02-01")
            + change("packs.Y", WHOLE, valid_from="2021-03-01"),
            ":14:10", "leave a hole", "begin where the other ends", id="a gap of a new pack"),
        pytest.param(change(D90, remove="true", valid_from="2019-01-01"), "", "", "",
                     id="withdrawn before it began"),
        pytest.param(change(D90, WHOLE, valid_from="2018-01-01", valid_until="2019-01-01"),
                     ":7:10", "leave a hole", "begin where the other ends", id="long before"),
        pytest.param(change(f"{D90}.price", '"1"', valid_from="2018-01-01"), ":7:10",
                     "no version of vietnamobile.D90", "give dates within", id="before it began"),
        pytest.param(change(f"{D90}.price", '"1"', valid_from="2021-08-01")
                     + change(f"{D90}.price", '"2"', valid_from="2021-08-20"), ":10:10",
                     "changed twice", "do not overlap", id="dates that overlap"),
        pytest.param(change(f"{D90}.price", '"1"') + change(D90, WHOLE, valid_from="2021-08-20"),
                     ":9:10", "changed twice", "a whole entry", id="a whole pack over its price"),
        pytest.param(change("measures.M4.order", "1"), ":7:10", "changes tariffs alone",
                     "doisoat compare", id="a measure"),
        pytest.param(change("readings.m2.in_kind_value", "zero"), ":7:10", "changes tariffs alone",
                     "doisoat compare", id="a reading"),
        pytest.param(change(f"{D90}.price", '"?"'), ":8:12", "not filled in yet",
                     "in place of ?", id="a draft"),
        pytest.param(change(f"{D90}.price", '"?"') + change("plans.X", '{monthly_fee: "?"}'),
                     ":8:12", "(and 1 more)", "in place of ?", id="a draft of two"),
        pytest.param(change(f"{D90}.price", '"95.000"'), ":8:12", "95.000 reads two ways",
                     "write 95000, or 95.0000", id="thousands or decimals"),
        pytest.param(change("plans.X", '{monthly_fee: "1.095.000", rates: []}'), ":8:26",
                     "1.095.000 reads two ways", "write 1095000", id="thousands twice"),
        pytest.param(change(f"{D90}.volumes.data.amount", "6.000 MB"), ":8:12",
                     "6.000 reads two ways", "write 6000, or 6.0000", id="a volume read two ways"),
        pytest.param(change(f"{PREPAID}.rates.data.data",
                            '{price: "75", per: 1.000 KB, block: 50 KB}'), ":8:31",
                     "1.000 reads two ways", "write 1000, or 1.0000", id="a unit read two ways"),
        pytest.param(change(f"{PREPAID}.rates.data.data",
                            '{price: "75", per: 50 KB, block: 50 KB + 1.024 KB}'), ":8:45",
                     "1.024 reads two ways", "write 1024, or 1.0240", id="a block read two ways"),
        pytest.param(change(f"{D90}.volumes.data.amount", "6.5 GB"), "", "", "", id="half a GB"),
        pytest.param(change(f"{D90}.validity.days", "0"), ":", "days is at least 1", "",
                     id="valid for no day"),
        pytest.param(change(f"{D90}.after.data.rule", "overage"), ":7:10", "overage takes price",
                     "", id="a rule without its price is told at its key"),
        pytest.param(change(f"{D90}.price", '"95.5"'), "", "", "", id="a decimal"),
        pytest.param(change(f"{D90}.price", '"95,000"'), ":8:12", "95,000", "digits",
                     id="a price that is none"),
        pytest.param(change("orders.X.directive", "16"), ":7:10", "no 'X' among the orders",
                     "orders.ID alone", id="an unknown order"),
        pytest.param(change("numbering.prefixes.92", "{}"), ":7:10", "which one is meant",
                     "numbering.prefixes.PREFIX.DIGITS", id="a prefix without a length"),
        pytest.param(change("numbering.prefixes.92.9", "{network: unknown}"), ":7:10",
                     "there already", "remove: true", id="a prefix that is there"),
        pytest.param(change("plans", "[]"), ":7:10", "a whole list", "plans.ID", id="all plans"),
        pytest.param(change(f"{PREPAID}.rates.voice.on_net", '"1500"'), ":8:12",
                     "a mapping of several", "one of them in the key", id="a rate as a price"),
        pytest.param(change(f"{PREPAID}.rates.voice.moon", remove="true"), ":7:10",
                     "nothing is there to take out", "leave the change out", id="no such rate"),
        pytest.param(change(f"{PREPAID}.rates.voice.on_net", "{kind: sms}"), ":8:19",
                     "the value says kind sms", "leave kind out", id="a rate called otherwise"),
        pytest.param(change("packs.X", "{like: vietnamobile.D91}"), ":8:19",
                     "no 'vietnamobile.D91' among the packs", "vietnamobile.D90",
                     id="like a pack that is none"),
        pytest.param(change("packs.X", '{like: vietnamobile.D90, price: "95000"}'), ":8:19",
                     "beside like nothing else", "packs.X.price", id="like a pack and more"),
        pytest.param(change(D90, "{like: vietnamobile.D90}"), ":8:19", "as itself",
                     "name another", id="like itself"),
        pytest.param(change("holidays.2021-08-20", "{like: 2021-09-02}"), ":8:19",
                     "only a plan or a pack", "as in a catalogue", id="a holiday like another"),
        pytest.param(change("packs.X", "{like: vietnamobile.D90}", valid_from="2018-01-01"),
                     ":8:19", "no version of vietnamobile.D90", "give dates within",
                     id="like a pack before it began"),
    ],
)  # fmt: skip
def test_refused_with_place_and_remedy(tmp_path, changes, where, what, mend):
    if not what:  # allowed: the pair of a case that is not
        assert overlaid(tmp_path, changes)
        return
    with pytest.raises(CatalogueError) as caught:
        overlaid(tmp_path, changes)
    error = caught.value
    found = error.where.rpartition("own.yaml")[2], str(error.what), str(error.mend)
    assert error.exit_code == 4
    assert found[0].startswith(where) and what in found[1] and mend in found[2], found


@pytest.mark.parametrize(
    ("text", "what", "mend"),
    [
        ("id: a\n", "no `changes`", "write `changes:`"),
        (HEAD.format(id="a", more="baseline: none\n") + change("packs.X", remove="true"),
         "a what-if over the package none", "leave `baseline` out"),
        (HEAD.format(id="a", more="").replace("id: a\n", "") + change("packs.X", remove="true"),
         "has no id", "add `id:`"),
        (HEAD.format(id="a", more="carrier: beeline\n") + change("packs.X", remove="true"),
         "no carrier 'beeline'", "viettel"),
        (HEAD.format(id="a", more="price: 1\n") + change("packs.X", remove="true"),
         "not known", "known keys"),
        (HEAD.format(id="a", more="") + "  []\n", "at least 1 item", "change it"),
    ],
)  # fmt: skip
def test_a_head_that_is_none_is_refused(tmp_path, text, what, mend):
    path = tmp_path / "own.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(CatalogueError) as caught:
        open_catalogue("vn-2021", [path])
    assert what in str(caught.value.what) and mend in str(caught.value.mend), str(caught.value)


@pytest.mark.parametrize(
    ("changes", "more", "where", "what"),
    [
        pytest.param(change("plans.RIENG", "{rates: []}", valid_from="2021-08-01"),
                     "carrier: viettel\n", ":5:10",
                     "the overlay is of viettel, and this home of vietnamobile", id="its head"),
        pytest.param(change('packs."viettel.VX3".price', '"1"'), "", ":6:10",
                     'packs."viettel.VX3".price is of viettel, and this home', id="a pack"),
        pytest.param(change("packs.X", BEELINE.replace("beeline", "viettel"),
                            valid_from="2021-01-01"), "", ":7:55",
                     "packs.X is of viettel, and this home", id="a new pack"),
        pytest.param(change(f"{D90}.price", '"1"'), "", "", "", id="the home's own"),
    ],
)  # fmt: skip
def test_an_overlay_of_another_carrier_is_refused_in_a_carriers_home(
    tmp_path, changes, more, where, what
):
    path = written(tmp_path, changes, more=more)
    assert open_catalogue("vn-2021", [path])  # of no home, or of one of several carriers
    if not what:
        assert open_catalogue("vn-2021", [path], "vietnamobile")
        return
    with pytest.raises(CatalogueError) as caught:
        open_catalogue("vn-2021", [path], "vietnamobile")
    assert caught.value.where.endswith(f"own.yaml{where}") and what in str(caught.value.what)


def test_the_same_overlay_twice_is_refused(tmp_path):
    paths = [written(tmp_path, change(f"{D90}.price", '"1"'))]
    copy = tmp_path / "copy.yaml"
    copy.write_text(paths[0].read_text("utf-8"), "utf-8")
    with pytest.raises(CatalogueError, match="two overlays are called own"):
        open_catalogue("vn-2021", [*paths, copy])


@pytest.mark.parametrize(
    ("key", "value", "what", "mend"),
    [
        (f"{PREPAID}.rates.voice.offnet", '{price: "1", per: 1 min}', "'offnet'",
         "did you mean off_net?"),
        (f"{PREPAID}.rates.sms.Off_Net", '{price: "1", per: 1 msg}', "'Off_Net'", "off_net"),
        (f"{PREPAID}.rates.voice.data", '{price: "1", per: 1 min}', "'data'", "known are"),
        (f"{PREPAID}.rates.data.on_net", '{price: "1", per: 1 MB}', "'on_net'", "zero_rated"),
        (f"{PREPAID}.rates.sms.vùng-1", '{price: "1", per: 1 msg}', "'vùng-1'", "known are"),
        (f"{D90}.volumes", '[{kind: data, destinations: [dataa], amount: 1 GB}]', "'dataa'",
         "did you mean data?"),
    ],
)  # fmt: skip
def test_a_destination_that_no_event_can_have_is_refused(tmp_path, key, value, what, mend):
    with pytest.raises(CatalogueError) as caught:
        overlaid(tmp_path, change(key, value))
    assert ":7:10" in caught.value.where or ":8:" in caught.value.where
    assert what in str(caught.value.what) and mend in str(caught.value.mend)


def notes_of(tmp_path, changes):
    return open_prices("vn-2021", [written(tmp_path, changes)]).notes


def test_destinations_of_new_numbers_and_of_sources_are_no_slips(tmp_path):
    numbers = change("numbering.short_codes.1080", '{network: "service:1080"}')
    rate = change(f"{PREPAID}.rates.voice.service_1080", '{price: "1", per: 1 min, block: 1 s}')
    assert not notes_of(tmp_path, numbers + rate)
    source = change(f"{PREPAID}.rates.voice.outgoing", '{price: "1500", per: 1 min, block: 1 s}')
    (note,) = notes_of(tmp_path, source)
    assert "class:outgoing" in note.fault.en and note.where.endswith(":7:10")


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        (f"{PREPAID}.rates.voice.off_net.price", '"1.5"', "1.5 is 1,000 times less than"),
        (f"{PREPAID}.rates.voice.off_net", '{price: "2000", per: 1 s, block: 1 s}', ""),
        (f"{PREPAID}.rates.voice.off_net", '{price: "2500", per: 1 s, block: 1 s}',
         "2500 is 100 times as much as"),
        (f"{PREPAID}.rates.voice.off_net", '{price: "25", per: 1 s, block: 1 s}', ""),
        (f"{PREPAID}.rates.voice.off_net.price", '"0"', ""),
        (f"{D90}.price", '"95"', "95 is 1,052 times less than vietnamobile.D90 has, 100000"),
        (f"{D90}.price", '"1100"', ""),
    ],
)  # fmt: skip
def test_a_price_a_hundred_times_off_is_noted(tmp_path, key, value, fault):
    notes = notes_of(tmp_path, change(key, value))
    assert [note.where.split(":")[-2] for note in notes] == ["8"] * bool(fault)
    assert all(fault in note.fault.en for note in notes)


def test_a_price_of_a_new_plan_or_pack_is_looked_at_beside_its_carriers(tmp_path):
    changes = (
        change("plans.RIENG", "{rates: []}", valid_from="2021-08-01")
        + change("plans.RIENG.rates.voice.on_net", '{price: "1.5", per: 1 min, block: 1 s}')
        + change("packs.D90", '{price: "90", validity: {days: 30}}', valid_from="2021-08-01")
    )
    rate, pack = notes_of(tmp_path, changes)
    assert "vietnamobile.Prepaid has, 1500" in rate.fault.en and rate.where.endswith(":11:20")
    assert "vietnamobile.D90 has, 100000" in pack.fault.en
    report = check(bundled_catalogue(), overlays=read_overlays([tmp_path / "own.yaml"]))
    told = [finding for finding in report.findings if finding.code == "overlay-price"]
    assert [finding.where for finding in told] == [rate.where, pack.where]


RATE = '{price: "1500", per: 1 min, block: 1 s}'
OFF_NET = "plans.RIENG.rates.voice.off_net"


@pytest.mark.parametrize(
    ("plan", "rates", "holes"),
    [
        ({"valid_from": "2021-08-01"}, [{}], [(None, 1)]),
        ({"valid_from": "2021-08-15"}, [{}], [(None, 15)]),
        ({"valid_from": "2021-08-01", "valid_until": "2021-08-20"}, [{}], [(None, 1), (20, None)]),
        ({"valid_from": "2021-08-01"}, [{"valid_until": "2021-08-10"}], [(None, 1), (10, None)]),
        ({"valid_from": "2021-08-01"}, [{"valid_from": "2021-08-10"}], [(None, 1), (None, 10)]),
        ({"valid_from": "2021-08-01"},
         [{"valid_until": "2021-08-10"}, {"valid_from": "2021-08-10"}], [(None, 1)]),
        ({"valid_from": "2021-08-01"},
         [{"valid_until": "2021-08-10"}, {"valid_from": "2021-08-12"}], [(None, 1), (10, 12)] * 2),
    ],
)  # fmt: skip
def test_the_days_without_a_price_are_known_by_their_place(tmp_path, plan, rates, holes):
    changes = change("plans.RIENG", "{rates: []}", **plan)
    changes += "".join(change(OFF_NET, RATE, **dates) for dates in rates)
    found = open_prices("vn-2021", [written(tmp_path, changes)]).holes
    days = [tuple(day and day.day for day in (hole.begin, hole.end)) for hole in found]
    assert sorted(set(days), key=str) == sorted(set(holes), key=str)
    for hole in found:
        line = changes.splitlines()[int(hole.where.split(":")[-2]) - 7]
        words = ("valid_until:", "valid_from:")
        assert line.strip().startswith(words if hole.begin else "valid_from:")


def test_a_plan_that_is_taken_out_leaves_no_hole(tmp_path):
    changes = change(PREPAID, remove="true", valid_from="2021-08-10")
    assert not open_prices("vn-2021", [written(tmp_path, changes)]).holes


def test_overlays_are_not_written_in_a_catalogue(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("currency: {code: VND, decimals: 0}\nplans: []\noverlays: []\n", "utf-8")
    with pytest.raises(CatalogueError, match="overlays are not written in a catalogue"):
        open_catalogue(str(path))
