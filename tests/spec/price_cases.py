"""The cases of docs/semantics.md, section 6, on charge models and time bands (ADR 19)."""

from typing import Any, Literal

from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Cap, Measure
from tests.spec.cases import (
    LATER,
    LATEST,
    NOON,
    SOURCED,
    Case,
    Expected,
    call,
    catalogue,
    cut,
    fee,
    grant,
    line,
    measure,
    opened,
    pack,
    renewal,
)

ON_NET: dict[str, Any] = {"kind": "voice", "destination": "on_net"}
FULL = {"price": "1180", "per": "1 min", "block": "6 s + 1 s"}
HALF = {"price": "590", "per": "1 min", "block": "6 s + 1 s"}
MINUTE = {"per": "1 min", "block": "60 s"}
TIERS = (
    {"start": "0 s", "price": "1180", "per": "1 min", "block": "1 s"},
    {"start": "60 s", "price": "590", "per": "1 min", "block": "1 s"},
)
BEFORE_NOON = "2021-08-10T11:59:50"


def priced(*rates: dict[str, Any], packs: tuple[dict[str, Any], ...] = (), **more) -> Catalogue:
    """Plan `basic` with these on-net voice rates."""
    plan = {
        "id": "basic", "carrier": "viettel", "valid_from": "2020-01-01",
        "rates": [{**ON_NET, **rate} for rate in rates], **SOURCED,
    }  # fmt: skip
    return catalogue(plans=[plan], packs=list(packs), **more)


def banded(crossing: str, first: dict[str, Any], second: dict[str, Any]) -> Catalogue:
    return priced(
        {**first, "hours": "0-12", "crossing": crossing},
        {**second, "hours": "12-24", "crossing": crossing},
    )


def _over_noon(
    crossing: str, block: str, first: dict[str, Any], second: dict[str, Any], value: int
) -> Case:
    return Case(
        28,
        f"30 s over the beginning of the cheap hours, {crossing}, by {block}",
        (call(BEFORE_NOON, 30),),
        (Expected(value, 0, value),),
        catalogue=banded(crossing, first, second),
    )


def _raw_left(rule: str, value: int) -> Case:
    bundle = pack("raw40", "10000", volumes=[
        {"kind": "voice", "destinations": ["on_net"], "amount": "40 s", "counts": "raw"}
    ])  # fmt: skip
    return Case(
        34,
        f"90 s by the minute, 40 s of them bundled, {rule}",
        (call(NOON, 90),),
        (Expected(value, 0, value, 40_000),),
        catalogue=priced({"price": "1180", **MINUTE, "coverage_rule": rule}, packs=(bundle,)),
        open_packs=(opened("raw40", "2021-07-20", 10_000, 40_000),),
    )


def _paid_by_money(measures: tuple[Measure, ...], expected: tuple[Expected, ...]) -> Case:
    money = pack("credit", "1000", volumes=[
        {"kind": "any", "destinations": ["on_net", "data"], "amount": "1000", "counts": "money"}
    ])  # fmt: skip
    return Case(
        33,
        f"a pack's money pays what is left, with {len(measures)} measures",
        (call(NOON, 60), call(LATER, 60, 2)),
        expected,
        measures,
        priced(FULL, packs=(money,)),
        open_packs=(opened("credit", "2021-07-20", 1_000, 1_000),),
    )


NATIONAL_DAY = [{"day": "2021-09-02", "name": "Quốc khánh", **SOURCED}]

DAILY = pack("day4990", "4990", validity={"hours": 24})
CAPPED = ("2021-08-10T10:00:00", "2021-08-11T10:00:00", "2021-08-12T10:00:00")


def _capped(per: Literal["event", "owner"], discounts: tuple[int, ...]) -> Case:
    return Case(
        37,
        f"a cut of 45 % capped at 3,000 each {per}",
        tuple(renewal(at, "day4990", number) for number, at in enumerate(CAPPED, 1)),
        tuple(Expected(4_990, discount, 4_990 - discount) for discount in discounts),
        (
            cut("m7", 7, percent="45").model_copy(
                update={"cap": Cap.model_validate({"amount": "3000", "per": per})}
            ),
        ),
        catalogue(packs=[DAILY]),
    )


PRICE_CASES: tuple[Case, ...] = (
    _capped("event", (2_245, 2_245, 2_245)),
    _capped("owner", (2_245, 755, 0)),
    Case(
        38,
        "service that goes on is counted with each fee, and worth nothing",
        (fee("2021-08-06"),),
        (Expected(210_000, 0, 210_000, lines=(line("m9", "forbearance", 1, 0),)),),
        (measure("m9", 9, {"kinds": ["fee"]}, {"type": "forbearance"}),),
    ),
    _over_noon("by_start", "6 s + 1 s", FULL, HALF, 590),
    _over_noon("split_time", "6 s + 1 s", FULL, HALF, 393),
    _over_noon("split_apart", "6 s + 1 s", FULL, HALF, 393),
    _over_noon("split_time", "60 s", {**FULL, **MINUTE}, {**HALF, **MINUTE}, 688),
    _over_noon("split_apart", "60 s", {**FULL, **MINUTE}, {**HALF, **MINUTE}, 1_770),
    Case(
        29,
        "a volume tariff prices all units by the last one",
        (call(NOON, 60), call(LATER, 61, 2)),
        (Expected(1_180, 0, 1_180), Expected(600, 0, 600)),
        catalogue=priced({"steps": TIERS, "model": "volume"}),
    ),
    Case(
        30,
        "a step's flat amount is due with the first of its units that is left",
        (call(NOON, 61), call(LATER, 0, 2)),
        (
            Expected(1_340, 1_280, 60, lines=(line("m6", "discount", 60_000, 1_280),)),
            Expected(100, 0, 100),
        ),
        (grant("60 s", "last"),),
        priced(
            {
                "steps": [{**TIERS[0], "flat": "100"}, {**TIERS[1], "flat": "50"}],
                "zero_units": "charged",
            }
        ),
    ),
    Case(
        31,
        "a charge has a least, where it is anything, and a most",
        (call(NOON, 1), call(LATER, 60, 2), call(LATEST, 0, 3)),
        (Expected(500, 0, 500), Expected(1_000, 0, 1_000), Expected(0, 0, 0)),
        catalogue=priced({**FULL, "minimum_charge": "500", "maximum_charge": "1000"}),
    ),
    Case(
        31,
        "a covered call owes no least charge",
        (call(NOON, 1),),
        (Expected(500, 500, 0),),
        (grant("30 s", "last"),),
        priced({**FULL, "minimum_charge": "500"}),
    ),
    Case(
        32,
        "a charge is rounded once, to what the tariff says",
        (call(NOON, 7), call(LATER, 10, 2)),
        (Expected(100, 0, 100), Expected(200, 0, 200)),
        catalogue=priced({**FULL, "round_to": "100"}),
    ),
    _paid_by_money((), (Expected(180, 0, 180, 0), Expected(1_180, 0, 1_180, 0))),
    _paid_by_money(
        (grant("30 s", "last"),),
        (
            Expected(180, 180, 0, 0, (line("m6", "discount", 30_000, 180),)),
            Expected(770, 0, 770, 0, ()),
        ),
    ),
    _raw_left("continue", 1_573),
    _raw_left("restart", 2_360),
    _raw_left("restart_raw", 1_180),
    Case(
        35,
        "a holiday is no longer its day of the week",
        (
            call("2021-09-01T23:59:59", 60),
            call("2021-09-02T00:00:00", 60, 2),
            call("2021-09-03T00:00:00", 60, 3),
            call("2021-09-04T00:00:00", 60, 4),
        ),
        tuple(Expected(value, 0, value) for value in (1_180, 590, 1_180, 590)),
        catalogue=priced(
            {**FULL, "days": "mon-fri"},
            {**HALF, "days": "sat, sun, holiday"},
            holidays=NATIONAL_DAY,
        ),
        period=("2021-08-01", "2021-10-01"),
    ),
    Case(
        36,
        "packages, shares and one price an event",
        (call(NOON, 61),),
        (Expected(2_360, 0, 2_360),),
        catalogue=priced({"model": "package", "price": "1180", "per": "1 min"}),
    ),
    Case(
        36,
        "one price an event, whatever its units",
        (call(NOON, 61), call(LATER, 1, 2)),
        (Expected(250, 0, 250), Expected(250, 0, 250)),
        catalogue=priced({"model": "flat", "price": "250"}),
    ),
)
