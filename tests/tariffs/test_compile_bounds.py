"""What the compiler of tariffs refuses, since the kernel has no room or no proof for it."""

import pytest

from doisoat.errors import CatalogueError
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import NO_PACKAGE
from tests.spec.cases import SOURCED, catalogue, measure, ms, pack, package


def carriers(count: int) -> list[dict]:
    return [
        {"id": f"c{n:02}", "name": "-", "name_en": "-", "mobile": True, "fixed": False, **SOURCED}
        for n in range(count)
    ]


def provinces(count: int) -> list[dict]:
    return [
        {"code": f"{n:02}" if n < 100 else f"{n}", "name": "-", "name_en": "-", **SOURCED}
        for n in range(1, count + 1)
    ]


def voice(price: str, per: str = "1 s") -> list[dict]:
    rate = {"kind": "voice", "destination": "on_net", "price": price, "per": per, "block": "1 s"}
    return [
        {"id": "basic", "carrier": None, "valid_from": "2020-01-01", "rates": [rate], **SOURCED}
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param(
            catalogue(carriers=carriers(1_024), plans=voice("1")), "1025 carriers", id="carriers"
        ),
        pytest.param(
            catalogue(localities=provinces(128), orders=[], plans=voice("1")),
            "129 provinces",
            id="provinces",
        ),
        pytest.param(catalogue(plans=voice("999999999999999")), "64 bits", id="a price"),
        pytest.param(
            catalogue(packs=[pack("long", "1", validity={"days": 5_000})]), "days", id="a life"
        ),
        pytest.param(
            catalogue(
                packs=[
                    pack("big", "1", validity={"days": 30}, volumes=[
                        {"kind": "data", "destinations": ["data"], "amount": "100 TB", "per": "day"}
                    ])
                ]
            ),
            "does not fit",
            id="a quota",
        ),
    ],
)  # fmt: skip
def test_what_has_no_room_is_refused(given: Catalogue, said: str):
    with pytest.raises(CatalogueError, match=said):
        compile_program(given, NO_PACKAGE)


def test_1023_carriers_have_room():
    compile_program(catalogue(carriers=carriers(1_023), plans=voice("1")), NO_PACKAGE)


def test_a_grant_of_a_hundred_years_and_a_day_is_refused():
    long = {"type": "grant", "amount": "1 s", "lasts": "36526 d", "trigger": "begin",
            "place_in_order": "last", "in_kind_value": "zero"}  # fmt: skip
    with pytest.raises(CatalogueError, match="does not fit"):
        compile_program(catalogue(), package(measure("m", 1, {"kinds": ["voice"]}, long)))


CUT = {"type": "price_cut", "percent": "50"}
BONUS = {"type": "bonus_volume", "share": "50", "kinds": ["data", "voice"], "pack_in_use": "full",
         "in_kind_value": "zero"}  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "effect"),
    [
        pytest.param({"kinds": ["data"], "packs": ["vx3"]}, CUT, id="packs of data"),
        pytest.param({"kinds": ["pack", "data"], "host_lists": ["moh"]}, CUT, id="hosts of packs"),
        pytest.param(
            {"kinds": ["voice"]}, {"type": "contribution", "amount": "1", "to": "-"}, id="calls pay"
        ),
        pytest.param(
            {"kinds": ["pack"]},
            {"type": "fee_in_kind", "in_kind_value": "zero"},
            id="packs as fees",
        ),
        pytest.param({"kinds": ["data"]}, BONUS, id="a bonus outside its scope"),
    ],
)
def test_a_scope_that_means_nothing_is_refused(scope, effect):
    with pytest.raises(ValueError, match="m: "):
        measure("m", 1, scope, effect)


def test_versions_of_a_plan_are_of_one_service():
    first = {**voice("1")[0], "valid_until": "2021-01-01"}
    second = {**voice("1")[0], "valid_from": "2021-01-01", "service": "fibre"}
    with pytest.raises(ValueError, match="different services"):
        catalogue(plans=[first, second])


def test_a_pack_says_where_its_volumes_stand():
    """Opening states are read off these rows: `doisoat.engine.rating.opening_state`."""
    volumes = [{"kind": "sms", "destinations": ["on_net"], "amount": f"{n} msg"} for n in (7, 9)]
    renewal = {"still_valid": "replace", "rollover": "full"}
    until = {"valid_until": "2022-01-01"}
    sold = [pack("a", "1000", volumes=volumes[:1]),
            pack("b", "1000", volumes=volumes, renewal=renewal, **until)]  # fmt: skip
    program = compile_program(catalogue(packs=sold), NO_PACKAGE)
    plain, rolling = program.packs
    assert (rolling.from_ms, rolling.until_ms) == (ms("2020-01-01"), ms("2022-01-01"))
    assert (rolling.first_volume, rolling.volumes_count, rolling.rolls_over) == (1, 2, 1)
    assert (plain.first_volume, plain.volumes_count, plain.rolls_over) == (0, 1, 0)
    assert [volume.units for volume in program.volumes] == [7, 7, 9]
