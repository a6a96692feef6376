"""Cases 39 to 41 and 61 of docs/semantics.md, section 6: two programmes on one event."""

from tests.spec.cases import (
    Case,
    Expected,
    call,
    catalogue,
    cut,
    grant,
    line,
    measure,
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


PROGRAMME_CASES: tuple[Case, ...] = (
    _cuts(EITHER_WAY[0], (("a", "discount", 100_000, 197), ("b", "discount", 100_000, 1_770))),
    _cuts(EITHER_WAY[1], (("b", "discount", 100_000, 1_967),)),
    _grants(EITHER_WAY[0], 590, 295),
    _grants(EITHER_WAY[1], 295, 590),
    _bonuses(EITHER_WAY[0], 787, 393),
    _bonuses(EITHER_WAY[1], 393, 787),
    _of_two_volumes(EITHER_WAY[0], "a", "b"),
    _of_two_volumes(EITHER_WAY[1], "b", "a"),
)
