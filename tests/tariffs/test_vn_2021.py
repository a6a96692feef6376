"""The catalogue vn-2021 and the package vn-2021-08: complete, sourced, and as published."""

import json
import re
import unicodedata
from datetime import datetime
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from doisoat.tariffs.load.bundled import bundled_catalogue, bundled_package
from doisoat.tariffs.load.tariffs import (
    catalogue_digest,
    check_package,
    load_catalogue,
    load_package,
    package_digest,
)
from doisoat.tariffs.load.tree import Node, read_tree
from doisoat.tariffs.models.field_types import Sourced
from doisoat.tariffs.models.rates import hours_mask

FREE = ("emergency", "hotline")
ALL_DAY = hours_mask(None)
CATALOGUE: Any = load_catalogue(bundled_catalogue())
PACKAGE: Any = load_package("vn-2021-08")
SOUTHERN = set(re.findall("..", "70727475777980828384868789919293949596"))
MOBILE = ("viettel", "vnpt", "mobifone", "vietnamobile")


@cache
def package(reading, alternative):
    return load_package("vn-2021-08", {reading: alternative})


def test_every_item_has_a_source_and_a_mark():
    items = [
        *CATALOGUE.carriers, *CATALOGUE.localities, *CATALOGUE.orders,
        *CATALOGUE.plans, *CATALOGUE.packs,
        *CATALOGUE.numbering.prefixes, *CATALOGUE.numbering.renumberings,
        *CATALOGUE.zero_rated_hosts, *CATALOGUE.interconnect, *CATALOGUE.holidays,
        *PACKAGE.measures, PACKAGE.envelope,
    ]  # fmt: skip
    for item in (*items, *CATALOGUE.numbering.short_codes):
        assert isinstance(item, Sourced)
        assert item.source.strip()
        assert item.mark in ("stated", "derived", "assumed")
    for plan in CATALOGUE.plans:
        assert all((rate.source is None) == (rate.mark is None) for rate in plan.rates)
    for pack in CATALOGUE.packs:
        assert all(
            (part.source is None) == (part.mark is None) for part in (*pack.volumes, *pack.after)
        )


def test_what_no_page_states_is_marked_assumed():
    assumed = {plan.id for plan in CATALOGUE.plans if plan.mark == "assumed"}
    assert assumed == {
        "viettel.Economy", "viettel.Postpaid", "mobifone.MobiQ", "vietnamobile.Prepaid",
        "viettel.Fibre", "fpt.Fibre", "cmc.Fibre", "sctv.Fibre",
    }  # fmt: skip
    tuy_hoa = next(order for order in CATALOGUE.orders if order.id == "tuy-hoa")
    assert tuy_hoa.assumed == ("valid_until",)
    da_nang = next(order for order in CATALOGUE.orders if order.id == "da-nang")
    assert da_nang.assumed == ("*",)


# --- carriers, places, orders ------------------------------------------------------------------


def test_seven_carriers_of_which_four_are_mobile_and_share_the_market():
    assert [c.id for c in CATALOGUE.carriers] == [*MOBILE, "fpt", "cmc", "sctv"]
    assert [c.id for c in CATALOGUE.carriers if c.mobile] == [*MOBILE]
    assert sum(int(c.share) for c in CATALOGUE.carriers if c.share) == 100


def test_each_carrier_can_be_settled():
    for carrier in CATALOGUE.carriers:
        services = {plan.service for plan in CATALOGUE.plans if plan.carrier == carrier.id}
        assert services == {
            *(["mobile"] if carrier.mobile else []),
            *(["fibre"] if carrier.fixed else []),
        }


def test_the_63_provinces_add_up_to_the_census():
    provinces = [place for place in CATALOGUE.localities if place.province is None]
    assert len(provinces) == len({place.code for place in provinces}) == 63
    assert len({place.name for place in provinces}) == 63
    assert sum(place.population for place in provinces) == 96_208_984
    assert all(200_000 < place.population < 10_000_000 for place in provinces)


def test_names_of_places_are_whole():
    """The English name of a place is the Vietnamese one without its marks, but for two cities."""
    for place in CATALOGUE.localities:
        assert unicodedata.is_normalized("NFC", place.name)
        core = re.sub(r"^(TP\.|TX\.|Huyện) ", "", place.name).replace("Đ", "D").replace("đ", "d")
        plain = "".join(
            c for c in unicodedata.normalize("NFD", core) if not unicodedata.combining(c)
        )
        said = re.sub(r" (city|town|district)$", "", place.name_en)
        assert plain == {"Hanoi": "Ha Noi", "Ho Chi Minh City": "Ho Chi Minh"}.get(said, said)


def test_districts_lie_within_their_province():
    population = {place.code: place.population for place in CATALOGUE.localities}
    districts = [place for place in CATALOGUE.localities if place.province is not None]
    assert all(len(place.code) == 3 for place in districts)
    for province in {place.province for place in districts}:
        inside = sum(place.population for place in districts if place.province == province)
        assert inside <= population[province]
    assert (
        sum(place.population for place in districts if place.province == "77") == population["77"]
    )


def orders_over(*codes, directive=16):
    """The united intervals of the orders that cover a district and its province, or a province."""
    spans = sorted(
        (order.valid_from, order.valid_until)
        for order in CATALOGUE.orders
        if order.directive == directive and set(codes) & set(order.localities)
    )
    united: list[Any] = []
    for start, end in spans:
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("codes", "spans"),
    [
        pytest.param(
            ["01"], [("2021-07-24T06:00", "2021-09-21T06:00")], id="Hà Nội at 6h, in one piece"
        ),
        pytest.param(
            ["79"], [("2021-07-09", "2021-10-01")], id="TP. Hồ Chí Minh to the end of 30/09"
        ),
        pytest.param(
            ["718", "74"], [("2021-07-09", "2021-09-16")], id="a southern city of Bình Dương"
        ),
        pytest.param(
            ["74"], [("2021-07-19", "2021-09-16")], id="the rest of Bình Dương ten days later"
        ),
        pytest.param(
            ["755", "77"], [("2021-07-19", "2021-08-26")], id="Côn Đảo is out of the second term"
        ),
        pytest.param(["747", "77"], [("2021-07-19", "2021-09-24")], id="Vũng Tàu is in it"),
        pytest.param(
            ["802", "80"], [("2021-07-15", "2021-09-14")], id="one of eight units of Long An"
        ),
        pytest.param(["80"], [("2021-07-15", "2021-09-07")], id="the other seven"),
        pytest.param(
            ["96"],
            [("2021-07-19", "2021-08-16"), ("2021-08-24", "2021-10-11")],
            id="Cà Mau with its gap",
        ),
        pytest.param(["95"], [("2021-07-19", "2021-09-20")], id="Bạc Liêu until Directive 19"),
        pytest.param(["412", "40"], [("2021-08-20", "2021-10-11")], id="TP. Vinh enters late"),
        pytest.param(["40"], [], id="the rest of Nghệ An has none"),
        pytest.param(["48"], [("2021-07-22", "2021-09-17")], id="Đà Nẵng, uncertain"),
        pytest.param(["19"], [], id="Thái Nguyên has none"),
    ],
)
def test_boundaries_of_orders(codes, spans):
    assert orders_over(*codes) == [(at(start), at(end)) for start, end in spans]


def test_directive_15_in_kien_giang_is_not_16():
    assert orders_over("91", directive=15) == [(at("2021-07-14"), at("2021-07-19"))]
    assert orders_over("91") == [(at("2021-07-19"), at("2021-09-07"))]


def test_the_19_southern_localities_and_ha_noi_are_under_order_when_the_package_begins():
    begin = at("2021-08-05")
    under = {
        code
        for order in CATALOGUE.orders
        if order.directive == 16 and order.valid_from <= begin < order.valid_until
        for code in order.localities
    }
    assert SOUTHERN | {"01"} <= under
    m6 = next(measure for measure in PACKAGE.measures if measure.id == "M6")
    assert set(m6.where.localities) == SOUTHERN | {"01"}


# --- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("national", "network"),
    [
        ("321234567", "mobile:viettel"),
        ("391234567", "mobile:viettel"),
        ("861234567", "mobile:viettel"),
        ("981234567", "mobile:viettel"),
        ("811234567", "mobile:vnpt"),
        ("881234567", "mobile:vnpt"),
        ("911234567", "mobile:vnpt"),
        ("941234567", "mobile:vnpt"),
        ("701234567", "mobile:mobifone"),
        ("791234567", "mobile:mobifone"),
        ("901234567", "mobile:mobifone"),
        ("931234567", "mobile:mobifone"),
        ("561234567", "mobile:vietnamobile"),
        ("921234567", "mobile:vietnamobile"),
        ("591234567", "mobile:gmobile"),
        ("991234567", "mobile:gmobile"),
        ("992123456", "mobile:vsat"),
        ("997123456", "mobile:gmobile"),
        ("998123456", "mobile:indochina"),
        ("999123456", "mobile:indochina"),
        ("871234567", "mobile:itel"),
        ("551234567", "mobile:reddi"),
        ("2438253525", "fixed:vnpt"),
        ("2862558888", "fixed:viettel"),
        ("2473001234", "fixed:fpt"),
        ("2871091234", "fixed:cmc"),
        ("2963841234", "fixed:vnpt"),
        ("2366551234", "fixed:viettel"),
        ("113", "emergency"),
        ("115", "emergency"),
        ("112", "emergency"),
        ("19009095", "hotline"),
        ("19003228", "hotline"),
        ("1022", "hotline"),
        ("18001091", "hotline"),
        ("18001119", "hotline"),
        ("19001234", "service:1900"),
        ("999", "service:999"),
        ("0441234567890", "international"),
        ("32123456", "unknown"),
        ("1681234567", "unknown"),
        ("301234567", "unknown"),
        ("", "unknown"),
    ],
)
def test_numbers_resolve(national, network):
    assert CATALOGUE.numbering.network_of(national) == network


def test_every_area_code_is_there_and_no_range_twice():
    prefixes = [(prefix.prefix, prefix.digits) for prefix in CATALOGUE.numbering.prefixes]
    assert len(set(prefixes)) == len(prefixes)
    areas = {p.prefix for p in CATALOGUE.numbering.prefixes if p.network == "fixed:vnpt"}
    assert len(areas) == 63


# --- prices ------------------------------------------------------------------------------------


def rate(plan_id, kind, destination, hour=12):
    plan = next(plan for plan in CATALOGUE.plans if plan.id == plan_id)
    found = [
        rate
        for rate in plan.rates
        if rate.kind == kind
        and destination in rate.destinations
        and hours_mask(rate.hours) >> hour & 1
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("plan", "on_net", "off_net", "sms_on", "sms_off"),
    [
        ("viettel.Tomato", "1590", "1790", "200", "250"),
        ("viettel.Economy", "1190", "1390", "300", "350"),
        ("vnpt.VinaCard", "1180", "1380", "290", "350"),
        ("vnpt.VinaXtra", "1580", "1780", "200", "250"),
        ("vnpt.Vina690", "880", "980", "99", "250"),
        ("vnpt.Postpaid", "880", "980", "290", "350"),
        ("mobifone.MobiCard", "1180", "1380", "290", "350"),
        ("mobifone.MobiQ", "1580", "1780", "200", "250"),
        ("mobifone.MobiGold", "880", "980", "290", "350"),
        ("vietnamobile.Prepaid", "1500", "1500", "300", "300"),
    ],
)
def test_prices_are_those_published(plan, on_net, off_net, sms_on, sms_off):
    assert rate(plan, "voice", "on_net").price == on_net
    assert rate(plan, "voice", "off_net").price == off_net
    assert rate(plan, "voice", "on_net").block == "6 s + 1 s"
    assert rate(plan, "sms", "on_net").price == sms_on
    assert rate(plan, "sms", "off_net").price == sms_off
    assert rate(plan, "data", "zero_rated") == rate(plan, "data", "data")
    per_byte = Fraction(75, 51_200)
    assert rate(plan, "data", "data").table() == ((0, 51_200, per_byte), (51_200, 51_200, per_byte))


def test_vinaxtra_is_cheaper_at_night():
    assert rate("vnpt.VinaXtra", "voice", "on_net", hour=5).price == "790"
    assert rate("vnpt.VinaXtra", "voice", "fixed_own", hour=23).price == "790"
    assert rate("vnpt.VinaXtra", "voice", "off_net", hour=5).price == "1780"


def test_each_mobile_plan_prices_every_destination_once_at_every_hour():
    wanted = {
        *(
            ("voice", d)
            for d in ("on_net", "off_net", "fixed_own", "fixed", "international", *FREE)
        ),
        *(("sms", d) for d in ("on_net", "off_net", "international", "service_1407")),
        *(("data", d) for d in ("data", "zero_rated")),
    }
    for plan in CATALOGUE.plans:
        if plan.service == "fibre":
            assert plan.monthly_fee is not None
            continue
        hours: dict[Any, int] = {}
        for one in plan.rates:
            for destination in one.destinations:
                key, mask = (one.kind, destination), hours_mask(one.hours)
                assert not hours.get(key, 0) & mask
                hours[key] = hours.get(key, 0) | mask
        extra = {("sms", "service_999")} if plan.carrier == "mobifone" else set()
        assert set(hours) == wanted | extra
        assert set(hours.values()) == {ALL_DAY}
        assert (plan.monthly_fee is not None) == (plan.payment == "postpaid")


def test_packs_that_the_package_and_its_cases_rest_on():
    packs = {pack.id: pack for pack in CATALOGUE.packs}
    for carrier in ("viettel", "vnpt", "mobifone"):
        assert (packs[f"{carrier}.VX3"].price, packs[f"{carrier}.VX7"].price) == ("20000", "35000")
        assert packs[f"{carrier}.VX3"].volumes[0].units == 6 << 30
        assert packs[f"{carrier}.VX7"].volumes[0].units == 10 << 30
    combo = packs["vnpt.COMBO50"]
    assert combo.validity.expiry(at("2021-08-05T17:20")) == at("2021-09-04")
    assert [after.rule for after in combo.after] == ["overage", "plan", "plan"]
    assert packs["vietnamobile.D7"].volumes[0].hours == "0-8"
    assert packs["vietnamobile.D50"].volumes[0].per == "day"
    assert packs["viettel.4G40_postpaid"].validity.expiry(at("2021-08-20")) == at("2021-09-01")
    assert all(pack.after for pack in packs.values()), "nothing is free by omission"


def test_interconnection_costs_270_in_august_2021():
    moment = at("2021-08-15")
    now = [price for price in CATALOGUE.interconnect if price.holds_at(moment)]
    assert {(p.from_service, p.to_service, p.price) for p in now} == {
        ("mobile", "mobile", "270"), ("fixed", "mobile", "270"), ("mobile", "fixed", "270"),
    }  # fmt: skip
    before = [p for p in CATALOGUE.interconnect if p.holds_at(at("2020-04-30T23:59"))]
    assert {p.price for p in before} == {"400", "440", "320", "415"}


# --- the package -------------------------------------------------------------------------------


ALTERNATIVES = [(reading.name, key) for reading in PACKAGE.readings for key in reading.alternatives]


@pytest.mark.parametrize(("reading", "alternative"), ALTERNATIVES)
def test_every_alternative_loads_and_changes_the_package(reading, alternative):
    chosen = package(reading, alternative)
    check_package(chosen, CATALOGUE)
    assert chosen.chosen[reading] == alternative
    default = PACKAGE.chosen[reading] == alternative
    assert (chosen.measures == PACKAGE.measures and chosen.envelope == PACKAGE.envelope) == default
    assert (package_digest(chosen) == package_digest(PACKAGE)) == default


def test_readings_ask_in_two_languages_and_say_what_each_answer_means():
    for reading in PACKAGE.readings:
        assert reading.question.endswith("?")
        assert reading.question_en.endswith("?")
        assert not reading.question.isascii()
        assert len(reading.alternatives) >= 2
        for meanings in (
            {kind.means for kind in reading.alternatives.values()},
            {kind.means_vi for kind in reading.alternatives.values()},
        ):
            assert len(meanings - {""}) == len(reading.alternatives)


def test_translations_are_no_part_of_what_a_package_is(tmp_path):
    """`means_vi` and `document_vi` say again what is digested: without them it is the same run."""
    text = bundled_package("vn-2021-08").read_text("utf-8")
    said = r'^ *(?:means|document)_vi: .*\n|, means_vi: "(?:[^"\\]|\\.)*"'
    bare = re.sub(said, "", text, flags=re.M)
    assert "_vi:" not in bare and text.count("means_vi:") > 80
    path = tmp_path / "bare.yaml"
    path.write_text(bare, "utf-8")
    assert package_digest(load_package(path)) == package_digest(PACKAGE)
    assert load_package(path).as_written != PACKAGE.as_written


def test_what_the_announcement_leaves_open_is_a_reading():
    """What is uncertain of M1 to M10 and of the envelope stands in none of their values."""
    assert {reading.name for reading in PACKAGE.readings} == {
        "programme.start", "programme.end", "envelope.natures", "envelope.vat",
        "m1.continuation", "m1.smaller_carriers", "m1.in_kind_value",
        "m2.pack_in_use", "m2.pack_in_use_vnpt", "m2.vx_packs", "m2.prepaid_share",
        "m2.in_kind_value",
        "m3.list", "m3.bluezone", "m3.pc_covid", "m3.platforms", "m3.mixed_session",
        "m3.crossing", "m3.in_kind_value",
        "m4.viettel", "m5.continuation", "m5.june_end", "m5.viettel_renewals",
        "m6.localities", "m6.place", "m6.entering", "m6.repeats", "m6.crossing",
        "m6.on_net_viettel", "m6.on_net_mobifone", "m6.vietnamobile", "m6.order_vietnamobile",
        "m6.in_kind_value",
        "m7.packs", "m7.place", "m8.packs", "m8.who", "m8.base", "m9.where",
        "m10.who", "m10.sites", "m10.in_kind_value",
    }  # fmt: skip


def test_each_measure_goes_to_the_carriers_that_announced_it():
    carriers: dict[str, set[str]] = {}
    for measure in PACKAGE.measures:
        carriers.setdefault(measure.id, set()).update(measure.carriers)
    assert carriers == {
        "M1": {"viettel", "vnpt", "fpt", "cmc", "sctv"},
        "M2": {*MOBILE},
        "M3": {*MOBILE},
        "M4": {"viettel", "vnpt", "mobifone"},
        "M5": {"viettel", "vnpt", "mobifone"},
        "M6": {*MOBILE},
        "M7": {"mobifone"},
        "M8": {"mobifone"},
        "M9": {"vnpt"},
        "M10": {"vnpt"},
        "M10.sites": {"vnpt"},
        "BLUEZONE": set(),
        "VACCINE": set(),
    }


def test_what_was_promised_in_june_is_a_reading_of_m5():
    """new: M5 alone; continues: M5 where the two months have ended; both: beside one another."""

    def spans(alternative, **more):
        found = load_package("vn-2021-08", {"m5.continuation": alternative, **more})
        return {
            one.id: (one.valid_from, one.valid_until)
            for one in found.measures
            if one.id in ("M5", "VACCINE") and one.carriers
        }

    begin, june, end = at("2021-08-05"), at("2021-08-25"), at("2021-11-05")
    assert spans("new") == {"M5": (begin, end)}
    assert spans("continues") == {"VACCINE": (begin, june), "M5": (june, end)}
    assert spans("both") == {"VACCINE": (begin, june), "M5": (begin, end)}
    earlier = spans("continues", **{"m5.june_end": "with_23_august"})
    assert earlier["VACCINE"][1] == earlier["M5"][0] == at("2021-08-24")
    assert "VACCINE" not in PACKAGE.envelope.measures  # it was there before the package
    later = load_package("vn-2021-08", {"programme.start": "h6"})
    m5 = [one for one in later.measures if one.id == "M5"]
    assert {one.valid_from for one in m5} == {at("2021-08-05T06:00")}


def test_viettel_gives_of_renewals_by_a_reading():
    def scopes(answer):
        found = package("m5.viettel_renewals", answer).measures
        return {one.carriers: one.scope.destinations for one in found if one.id == "M5"}

    both = ("registration", "renewal")
    assert scopes("given") == {("vnpt", "mobifone"): both, ("viettel",): both}
    assert scopes("registrations_only") == {
        ("vnpt", "mobifone"): both, ("viettel",): ("registration",),
    }  # fmt: skip


def test_vx_packs_begin_where_their_contribution_was_announced():
    for pack in CATALOGUE.packs:
        if pack.id.endswith((".VX3", ".VX7")):
            assert pack.valid_from == at("2021-06-24")
            assert pack.sources["valid_from"].mark == "derived"


def test_platforms_are_dated_and_free_by_readings_alone():
    hosts = {(one.list, one.host): one for one in CATALOGUE.zero_rated_hosts}
    assert hosts["pc_covid", "pccovid.gov.vn"].valid_from == at("2021-09-30")
    assert hosts["platforms", "tiemchungcovid19.gov.vn"].valid_from == at("2021-07-10")
    assert hosts["moh_apps", "ncovi.vn"].valid_from == at("2020-03-09")

    def lists(measure, **chosen):
        found = load_package("vn-2021-08", chosen)
        return next(one.scope.host_lists for one in found.measures if one.id == measure)

    assert lists("M3") == ("unknown_host", "moh", "bluezone")
    assert lists("M3", **{"m3.pc_covid": "succeeds_bluezone"})[-1] == "pc_covid"
    assert lists("M3", **{"m3.platforms": "free"})[-2:] == ("platforms", "moh_apps")
    assert lists("BLUEZONE", **{"m3.pc_covid": "succeeds_bluezone"}) == ("bluezone", "pc_covid")


def test_public_holidays_of_2020_and_2021():
    days = [one.day.isoformat() for one in CATALOGUE.holidays]
    assert days == sorted(days) and len(days) == 12 + 14
    tet = [f"2020-01-{n}" for n in range(23, 30)] + [f"2021-02-{n}" for n in range(10, 17)]
    others = [
        "2020-01-01", "2020-04-02", "2020-04-30", "2020-05-01", "2020-09-02", "2021-01-01",
        "2021-04-21", "2021-04-30", "2021-05-01", "2021-05-03", "2021-09-02", "2021-09-03",
    ]  # fmt: skip
    assert days == sorted(tet + others)
    assert all(one.mark in ("stated", "derived") for one in CATALOGUE.holidays)


def test_the_programme_lasts_three_months_from_5_august():
    for measure in PACKAGE.measures:
        if measure.id == "VACCINE":
            continue
        assert (measure.valid_from, measure.valid_until) == (at("2021-08-05"), at("2021-11-05"))
    later = package("programme.end", "with_5_november").measures
    assert {one.valid_until for one in later if one.id != "VACCINE"} == {at("2021-11-06")}


def test_the_50_minutes_are_given_as_each_carrier_said():
    grants = {m.carriers[0]: m for m in PACKAGE.measures if m.id == "M6"}
    said = {
        carrier: (m.effect.trigger, m.effect.place_in_order, m.scope.destinations)
        for carrier, m in grants.items()
    }
    assert said == {
        "viettel": ("begin", "last", ("on_net",)),
        "vnpt": ("begin", "last", ("on_net", "fixed_own")),
        "mobifone": ("opt_in", "first", ("on_net",)),
        "vietnamobile": ("begin", "last", ("on_net",)),
    }
    assert grants["mobifone"].effect.opt_in_destination == "service_999"


def test_vnpt_gives_data_at_renewal_and_the_others_at_once():
    in_use = {c: m.effect.pack_in_use for m in PACKAGE.measures if m.id == "M2" for c in m.carriers}
    assert in_use == {
        "viettel": "full", "mobifone": "full", "vietnamobile": "full", "vnpt": "at_renewal",
    }  # fmt: skip


def test_without_vx_all_other_packs_still_get_data():
    packs = {
        p for m in package("m2.vx_packs", "do_not").measures if m.id == "M2" for p in m.scope.packs
    }
    assert packs == {p.id for p in CATALOGUE.packs if not p.id.endswith((".VX3", ".VX7"))}


def test_price_cuts_are_50_and_42_857_per_cent():
    cut = next(m for m in PACKAGE.measures if m.id == "M4")
    packs = {pack.id: int(pack.price) for pack in CATALOGUE.packs}
    for pack, price in cut.effect.new_price.items():
        off = {"VX3": 10_000, "VX7": 15_000}[pack.partition(".")[2]]
        assert packs[pack] - int(price) == off


def test_digests_are_kept_over_a_rewriting_of_the_files(tmp_path):
    """The tree of every file written again as JSON in one file, keys and lists turned round."""
    merged = {}
    for path in sorted(bundled_catalogue().glob("*.yaml"), reverse=True):
        merged.update(_turned(read_tree(path)))
    assert catalogue_digest(load_catalogue(_written(tmp_path, merged))) == catalogue_digest(
        CATALOGUE
    )
    tree = _turned(read_tree(bundled_package("vn-2021-08")), lists=("measures", "readings"))
    assert package_digest(load_package(_written(tmp_path, tree))) == package_digest(PACKAGE)


LISTS = ("carriers", "holidays", "localities", "orders", "plans", "packs", "prefixes",
         "short_codes", "zero_rated_hosts", "interconnect")  # fmt: skip


def _turned(node, lists=LISTS):
    data = node.plain() if isinstance(node, Node) else node
    if not isinstance(data, dict):
        return data
    return {
        key: value[::-1] if key in lists and _of_dicts(value) else _turned(value, lists)
        for key, value in reversed(data.items())
    }


def _of_dicts(value):
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _written(folder, data):
    path = folder / "again.yaml"
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1))
    return path


def test_the_page_tells_every_id_and_every_reading():
    page = (bundled_catalogue().parents[2] / "docs" / "catalogue.md").read_text()
    for named in (*CATALOGUE.plans, *CATALOGUE.packs):
        assert f"`{named.id}`" in page
    for reading in PACKAGE.readings:
        assert f"| `{reading.name}` | {reading.question_en} |" in page
        for alternative, kind in reading.alternatives.items():
            shown = f"`{alternative}`"
            shown = f"**{shown}**" if alternative == reading.default else shown
            assert f"{shown}: {kind.means}" in page
