"""Cases 39 to 42 and 61 of docs/semantics.md, section 6: two programmes; money for a fund."""

from doisoat.engine.oracle.oracle import Event
from tests.spec.cases import (
    OWNER,
    Case,
    Expected,
    call,
    catalogue,
    cut,
    grant,
    line,
    measure,
    ms,
    pack,
    renewal,
)  # fmt: skip

NOON = "2021-08-10T12:00:00"
EITHER_WAY = (("early", "late"), ("late", "early"))
Given = tuple[tuple[str, str, int, int], ...]  # measure, nature, units, amount


DOUBLED = tuple(
    measure(
        name, order, {"kinds": ["voice"]},
        {"type": "bonus_volume", "share": "100", "kinds": ["voice"], "pack_in_use": "full",
         "in_kind_value": "zero"},
        programme=programme,
    )
    for order, (name, programme) in enumerate((("a", "early"), ("b", "late")), 1)
)  # fmt: skip


def _of(number: int, name: str, programmes: tuple[str, str], **more) -> Case:
    return Case(number, f"{name}, {' before '.join(programmes)}", programmes=programmes, **more)


def _cuts(programmes: tuple[str, str], given: Given) -> Case:
    measures = (
        cut("a", 20, ("voice",), percent="10").model_copy(update={"programme": "early"}),
        cut("b", 10, ("voice",), percent="100").model_copy(update={"programme": "late"}),
    )
    return _of(
        39, "two cuts of one call", programmes,
        events=(call(NOON, 100),),
        expected=(Expected(1_967, 1_967, 0, lines=tuple(line(*one) for one in given)),),
        measures=measures,
    )  # fmt: skip


def _grants(programmes: tuple[str, str], a: int, b: int) -> Case:
    by = {name: 30_000 if amount == 590 else 15_000 for name, amount in (("a", a), ("b", b))}
    return _of(
        40, "two grants drawn last, the second ends first", programmes,
        events=(call(NOON, 45),),
        expected=(
            Expected(885, 885, 0, lines=(line("a", "discount", by["a"], a),
                                         line("b", "discount", by["b"], b))),
        ),
        measures=(
            grant("30 s", "last", "a", 1, lasts="30 d", programme="early"),
            grant("30 s", "last", "b", 2, lasts="10 d", programme="late"),
        ),
    )  # fmt: skip


def _bonuses(programmes: tuple[str, str], a: int, b: int) -> Case:
    by = {name: 40_000 if amount == 787 else 20_000 for name, amount in (("a", a), ("b", b))}
    minutes = pack("talk", "10000", volumes=[
        {"kind": "voice", "destinations": ["on_net"], "amount": "40 s"}
    ])  # fmt: skip
    return _of(
        41, "two bonuses of one purchase", programmes,
        events=(renewal("2021-08-10T11:00:00", "talk", 1), call(NOON, 100, 2)),
        expected=(
            Expected(10_000, 0, 10_000),
            Expected(1_180, 1_180, 0, 40_000, (line("a", "discount", by["a"], a),
                                               line("b", "discount", by["b"], b))),
        ),
        measures=DOUBLED,
        catalogue=catalogue(packs=[minutes]),
    )  # fmt: skip


def _of_two_volumes(programmes: tuple[str, str], first: str, second: str) -> Case:
    ten = {"kind": "voice", "destinations": ["on_net"], "amount": "10 s"}
    return _of(
        61, "two bonuses of each of two volumes", programmes,
        events=(renewal("2021-08-10T11:00:00", "talk", 1), call(NOON, 35, 2)),
        expected=(
            Expected(10_000, 0, 10_000),
            Expected(295, 295, 0, 20_000, (line(first, "discount", 10_000, 197),
                                           line(second, "discount", 5_000, 98))),
        ),
        measures=DOUBLED,
        catalogue=catalogue(packs=[pack("talk", "10000", volumes=[ten, ten])]),
    )  # fmt: skip


def _message(at: str, units: int, number: int) -> Event:
    return Event(number, OWNER, ms(at), "sms", "service:1409", units, 0, "viettel", locality="01")


def _to_a_fund(identifier: str, order: int, amount: str, **dates: str):
    return measure(
        identifier, order, {"kinds": ["sms"], "destinations": ["service_1409"]},
        {"type": "contribution", "amount": amount, "to": "a fund"}, **dates,
    )  # fmt: skip


def _messages_to_a_fund() -> Case:
    plans = [plan.model_dump() for plan in catalogue().plans]
    sms = {"kind": "sms", "destination": "service_1409", "price": "250", "per": "1 msg",
           "block": "1 msg"}  # fmt: skip
    rates = [
        {"kind": "voice", "destination": "on_net", "price": "1180", "per": "1 min",
         "block": "6 s + 1 s"},
        sms,
    ]  # fmt: skip
    packs = [pack("one", "10000", volumes=[
        {"kind": "sms", "destinations": ["service_1409"], "amount": "1 msg"}
    ])]  # fmt: skip

    def free(units: int, given: int, fund: str = "bd") -> Expected:
        value = 250 * units
        return Expected(value, value, 0, 0, (line(fund, "contribution", units, given),
                                             line("free", "discount", units, value)))  # fmt: skip

    return Case(
        42, "a carrier gives a fund an amount for each message",
        events=(
            _message("2021-08-04T12:00", 1, 1), _message("2021-08-06T12:00", 1, 2),
            _message("2021-08-06T13:00", 3, 3), _message("2021-08-06T14:00", 0, 4),
            renewal("2021-08-08T12:00", "one", 5), _message("2021-08-09T12:00", 1, 6),
            _message("2021-08-10T00:00", 1, 7),
        ),
        expected=(
            Expected(250, 0, 250, 0, ()), free(1, 18_000), free(3, 54_000),
            Expected(0, 0, 0, 0, ()), Expected(10_000, 0, 10_000, 0, ()),
            Expected(0, 0, 0, 1, (line("bd", "contribution", 1, 18_000),)),
            free(1, 16_000, "later"),
        ),
        measures=(
            cut("free", 1, ("sms",), percent="100"),
            _to_a_fund("bd", 2, "18000", valid_until="2021-08-10"),
            _to_a_fund("later", 3, "16000", valid_from="2021-08-10"),
        ),
        catalogue=catalogue(
            plans=[{**plan, "rates": rates} for plan in plans], packs=packs,
        ),
    )  # fmt: skip


PROGRAMME_CASES: tuple[Case, ...] = (
    _messages_to_a_fund(),
    _cuts(EITHER_WAY[0], (("a", "discount", 100_000, 197), ("b", "discount", 100_000, 1_770))),
    _cuts(EITHER_WAY[1], (("b", "discount", 100_000, 1_967),)),
    _grants(EITHER_WAY[0], 590, 295),
    _grants(EITHER_WAY[1], 295, 590),
    _bonuses(EITHER_WAY[0], 787, 393),
    _bonuses(EITHER_WAY[1], 393, 787),
    _of_two_volumes(EITHER_WAY[0], "a", "b"),
    _of_two_volumes(EITHER_WAY[1], "b", "a"),
)
