"""Slips of the hand among the rows of made-up claims: found as what they are, and nothing else is.

The planting writes each slip by itself, on text and by plain sums: it uses nothing of the finding.
"""

from collections.abc import Callable
from datetime import date
from random import Random

import pytest

from doisoat.settlement.reconcile.causes.causes import CHANCE, ids_of
from doisoat.settlement.reconcile.causes.claim_cells import Pair
from doisoat.settlement.reconcile.causes.figure_slips import figure_slips
from doisoat.settlement.reconcile.causes.row_slips import SlipInputs
from doisoat.settlement.reconcile.causes.verdicts import judged
from doisoat.settlement.records.alternative_frame import Alternative
from doisoat.settlement.records.explanation import Support
from tests.tax import VAT

SLIPS = ids_of("slip")
MEASURES = [f"M{number:02}" for number in range(1, 25)]
UNITS = {(measure, "discount"): "byte" if measure > "M12" else "ms" for measure in MEASURES}
WORTHS = {(60_000, 990): 300, (6_000, 99): 120, (1_000, 17): 60, (59_123, 975): 4}
EVENTS, QUANTITY, AMOUNT = 0, 1, 2


def day_key(measure, day):
    return (measure, "discount", date(2021, 8, day))


def honest(seed=3):
    """Figures of 24 measures on 31 days, and those of the month before."""
    drawn = Random(seed)

    def figures():
        events = drawn.randint(120, 9_000)
        return (events, events * drawn.randint(20_000, 90_000), events * drawn.randint(300, 2_000))

    cells = {day_key(measure, day): figures() for measure in MEASURES for day in range(1, 32)}
    return cells, {key: figures() for key in cells}


def verdicts(ours, claimed, *, grain="day", moved=None, worths=WORTHS, before=None, units=UNITS):
    """The verdict on each cell of a claim that differs, by cell."""
    cells = [
        Pair(key, claimed.get(key, (0, 0, 0)), ours[key], key in claimed) for key in sorted(ours)
    ]
    differing = [pair for pair in cells if any(pair.differences)]
    fitted = judged(
        grain, cells, differing, moved or {}, lambda keys: dict.fromkeys(keys, worths),
        lambda cells: {}, SlipInputs(units, "2021-07", before or {}), VAT,
    )  # fmt: skip
    return dict(zip([pair.key for pair in differing], fitted, strict=True))


def parts(fitted):
    return [[(part.cause, part.detail) for part in parts] for parts in fitted.explanations]


# --- forty slips among two hundred other disagreements --------------------------------------------


def with_column(figures, column, value):
    return tuple(value if place == column else figure for place, figure in enumerate(figures))


def in_text(column, change):
    """A slip of one figure, as a change of its digits."""
    return lambda figures: with_column(figures, column, int(change(str(figures[column]))))


def divided(figures, column, by):
    return with_column(figures, column, (figures[column] + by // 2) // by)


def transposed(text):
    place = next(at for at in range(1, len(text)) if text[at - 1] != text[at] and text[at] != "0")
    return f"{text[: place - 1]}{text[place]}{text[place - 1]}{text[place + 1 :]}"


def separated(text):
    """What is left of 1.234.567 once its first point is a decimal's."""
    return f"{int(text):,}".partition(",")[0]


LONE: list[tuple[str, str, str, Callable]] = [  # cause, detail, measure, what is stated
    ("scale", "amount=x10", "M01", in_text(AMOUNT, lambda text: f"{text}0")),
    ("scale", "amount=x100", "M02", in_text(AMOUNT, lambda text: f"{text}00")),
    ("scale", "amount=x1000", "M03", in_text(AMOUNT, lambda text: f"{text}000")),
    ("scale", "events=x10", "M04", in_text(EVENTS, lambda text: f"{text}0")),
    ("scale", "units=x10", "M05", in_text(QUANTITY, lambda text: f"{text}0")),
    ("scale", "amount=thousand", "M06", lambda held: divided(held, AMOUNT, 1_000)),
    ("scale", "amount=million", "M07", lambda held: divided(held, AMOUNT, 10**6)),
    ("scale", "units=s", "M08", lambda held: with_column(held, 1, held[1] // 1_000)),
    ("scale", "units=min", "M09", lambda held: with_column(held, 1, held[1] // 60_000)),
    ("scale", "units=KB", "M13", lambda held: with_column(held, 1, held[1] >> 10)),
    ("scale", "units=MB", "M14", lambda held: with_column(held, 1, held[1] >> 20)),
    ("scale", "amount=separators", "M10", in_text(AMOUNT, separated)),
    ("scale", "amount=separators", "M11", in_text(AMOUNT, separated)),
    ("digits", "amount=transposed", "M01", in_text(AMOUNT, transposed)),
    ("digits", "amount=transposed", "M02", in_text(AMOUNT, transposed)),
    ("digits", "units=transposed", "M03", in_text(QUANTITY, transposed)),
    ("digits", "units=transposed", "M15", in_text(QUANTITY, transposed)),
    ("digits", "amount=doubled", "M04", in_text(AMOUNT, lambda text: f"{text[:2]}{text[1:]}")),
    ("digits", "amount=doubled", "M05", in_text(AMOUNT, lambda text: f"{text[:3]}{text[2:]}")),
    ("digits", "units=doubled", "M16", in_text(QUANTITY, lambda text: f"{text[:1]}{text}")),
    ("digits", "amount=lost", "M06", in_text(AMOUNT, lambda text: f"{text[:1]}{text[2:]}")),
    ("digits", "amount=lost", "M07", in_text(AMOUNT, lambda text: f"{text[:2]}{text[3:]}")),
    ("digits", "units=lost", "M17", in_text(QUANTITY, lambda text: f"{text[:1]}{text[2:]}")),
    ("exchange", "columns:units,amount", "M08", lambda held: (held[0], held[2], held[1])),
    ("exchange", "columns:events,amount", "M09", lambda held: (held[2], held[1], held[0])),
    ("shift", "columns:right", "M10", lambda held: (0, held[0], held[1])),
    ("shift", "columns:left", "M11", lambda held: (held[1], held[2], 0)),
]  # fmt: skip
EXCHANGED = [("M18", 2, 9), ("M18", 20, 21), ("M19", 1, 31), ("M19", 11, 13)]
SHIFTED = [("M20", 5, 11, 1), ("M21", 10, 20, 1), ("M22", 3, 6, -1)]
COPIED = [("M12", 4), ("M13", 5), ("M14", 6)]
SUBTOTALS = [("M15", 1, 7, True), ("M16", 10, 19, False), ("M17", 1, 30, True)]


def planted(ours, before):
    """A claim with forty slips, and of each cell with one: cause, detail and amount."""
    claimed, truth = dict(ours), {}

    def plant(key, cause, detail, figures):
        assert claimed[key] == ours[key] and figures != ours[key]
        claimed[key] = figures
        truth[key] = (cause, detail, figures[2] - ours[key][2])

    for cause, detail, measure, slip in LONE:
        for key in (day_key(measure, 12 + LONE.index((cause, detail, measure, slip)) % 9),):
            plant(key, cause, detail, slip(ours[key]))
    for measure, one, other in EXCHANGED:
        for day, of in ((one, other), (other, one)):
            plant(
                day_key(measure, day),
                "exchange",
                f"day:2021-08-{min(day, of):02}..2021-08-{max(day, of):02}",
                ours[day_key(measure, of)],
            )
    for measure, first, last, step in SHIFTED:
        # One figure is stated a row below (above) its own; the row that it left is empty.
        days = range(first, last + 1)[::step]
        detail = f"{'down' if step > 0 else 'up'}:2021-08-{first:02}..2021-08-{last:02}"
        plant(day_key(measure, days[0]), "shift", detail, (0, 0, 0))
        for day in days[1:]:
            plant(day_key(measure, day), "shift", detail, ours[day_key(measure, day - step)])
    for measure, day in COPIED:
        key = day_key(measure, day)
        plant(key, "copied", "month:2021-07", before[key])
    return claimed, truth


def subtotals(ours, claimed, truth):
    """Last of all: they are sums of what is stated."""
    for measure, first, last, is_added in SUBTOTALS:
        key = day_key(measure, last + 1)
        rows = [claimed[day_key(measure, day)] for day in range(first, last + 1)]
        own = [ours[key]] if is_added else []
        claimed[key] = tuple(map(sum, zip(*rows, *own, strict=True)))
        detail = f"rows:2021-08-{first:02}..2021-08-{last:02}"
        truth[key] = ("subtotal", detail, claimed[key][2] - ours[key][2])


def others(ours, claimed, drawn):
    """Two hundred cells that are wrong otherwise: by causes, or by chance; and by how much causes
    move every cell."""
    causes = [Alternative("reading", f"r{place:02}=x") for place in range(60)]
    moved = {
        key: {
            cause: (0, drawn.randint(-5, 5) * 6_000, drawn.randint(-300_000, 300_000))
            for cause in causes
        }
        for key in ours
    }
    days = [day_key(f"M{number}", day) for number in (23, 24) for day in range(1, 32)]
    days += [day_key(f"M{number:02}", day) for number in range(1, 18) for day in range(21, 30)]
    free = [key for key in days if claimed[key] == ours[key]]
    wrong = {}
    for place, key in enumerate(drawn.sample(free, 200)):
        events, units, amount = ours[key]
        figures = [
            (-events, -units, -amount),
            (events, units, 2 * amount),
            tuple(a + b for a, b in zip(ours[key], moved[key][causes[place % 60]], strict=True)),
            (events + 1, units + 60_000, amount + 990),
            (events, units, amount + drawn.choice((-1, 1)) * 1_000),
            (events, units + 1, amount),
            (events, units, amount + drawn.randint(1, amount)),
            tuple(figure - drawn.randint(1, figure // 2) for figure in ours[key]),
        ][place % 8]  # fmt: skip
        claimed[key] = wrong[key] = figures
    return wrong, moved


def test_forty_slips_among_two_hundred_disagreements_are_found_as_what_they_are():
    ours, before = honest()
    claimed, truth = planted(ours, before)
    wrong, moved = others(ours, claimed, Random(11))
    subtotals(ours, claimed, truth)
    acts = len(LONE) + len(EXCHANGED) + len(SHIFTED) + len(COPIED) + len(SUBTOTALS)
    assert (acts, len(wrong)) == (40, 200) and {cause for cause, *_ in truth.values()} == {*SLIPS}
    found = verdicts(ours, claimed, moved=moved, before=before)
    assert set(found) == {*truth, *wrong}
    missed = {
        key: (truth[key], fitted)
        for key, fitted in found.items()
        if key in truth
        and not (
            fitted.verdict == "explained"
            and truth[key]
            in [(part.cause, part.detail, part.amount) for (part,) in fitted.explanations]
        )
    }
    assert missed == {}
    false = {key: found[key] for key in wrong if {*SLIPS} & causes_of(found[key])}
    assert false == {}
    assert {found[key].verdict for key in list(wrong)[:3]} == {"explained"}


def causes_of(fitted):
    return {part.cause for parts in fitted.explanations for part in parts}


# --- what a slip makes of a figure ----------------------------------------------------------------


def test_each_slip_of_a_figure_is_named_once_and_keeps_its_sign():
    found = list(figure_slips(1_020, "VND"))
    scales = {slip: value for cause, slip, value in found if cause == "scale"}
    assert scales == {"x10": 10_200, "/10": 102, "x100": 102_000, "x1000": 1_020_000,
                      "thousand": 1, "million": 0, "separators": 1}  # fmt: skip
    # Nobody writes 0120 or 020, and a last 0 that stands twice is ten times as much.
    digits = sorted((slip, value) for cause, slip, value in found if cause == "digits")
    assert digits == [("doubled", 10_020), ("doubled", 10_220), ("doubled", 11_020),
                      ("lost", 100), ("lost", 120),
                      ("transposed", 1_002), ("transposed", 1_200)]  # fmt: skip
    assert list(figure_slips(-1_020, "VND")) == [(*of, -value) for *of, value in found]
    assert list(figure_slips(0, "VND")) == []


def test_a_unit_is_one_of_what_is_counted_and_rounded_either_way():
    def scales(figure, unit):
        return [
            (slip, value) for cause, slip, value in figure_slips(figure, unit) if cause == "scale"
        ]

    assert {("s", 90), ("min", 1), ("min", 2)} <= set(scales(90_000, "ms"))
    assert {("MB", 1), ("million_bytes", 1), ("KB", 1_464), ("KB", 1_465)} <= set(
        scales(1_500_000, "byte")
    )
    assert {slip for slip, _ in scales(90_000, "message")} == {
        "x10",
        "x100",
        "x1000",
        "/10",
        "/100",
        "/1000",
        "separators",
    }


# --- what bears a slip out, and what is chance ----------------------------------------------------

PROVINCES = [("M7", "in_kind", code) for code in ("01", "31", "48", "79", "92")]
HANOI, HCMC = PROVINCES[0], PROVINCES[3]
OF_PLACES = {key: (40 + place, 0, (40 + place) * 20_000) for place, key in enumerate(PROVINCES)}
OF_PLACES[HCMC] = (310, 0, 6_200_000)
PACK = {(1, 20_000): 30}
CHOSEN = {"grain": "province", "worths": PACK, "units": {("M7", "in_kind"): "event"}}


def exchanged():
    return {**OF_PLACES, HANOI: OF_PLACES[HCMC], HCMC: OF_PLACES[HANOI]}


def less(one, other):
    return tuple(a - b for a, b in zip(one, other, strict=True))


def test_two_rows_that_are_exchanged_are_one_act_of_both():
    found = verdicts(OF_PLACES, exchanged(), **CHOSEN)
    assert parts(found[HANOI]) == [[("exchange", "province:01..79")]]
    assert parts(found[HCMC]) == [[("exchange", "province:01..79")]]
    assert {one.verdict for one in found.values()} == {"explained"}
    assert {one.explanations[0][0].support for one in found.values()} == {Support(2, 2)}


def test_an_exchange_stands_in_place_of_causes_that_the_rest_of_the_claim_contradicts():
    """Of each cell something else comes to the difference, which other cells do not show."""
    by = less(OF_PLACES[HCMC], OF_PLACES[HANOI])
    one, other = Alternative("reading", "m7.a=x"), Alternative("eligibility", "M7-plans")
    moved = {key: {one: (1, 0, 20_000), other: (2, 0, 40_000)} for key in PROVINCES}
    moved[HANOI][one] = by
    moved[HCMC][other] = tuple(-value for value in by)
    found = verdicts(OF_PLACES, exchanged(), moved=moved, **CHOSEN)
    assert parts(found[HANOI]) == [[("exchange", "province:01..79")]]
    assert parts(found[HCMC]) == [[("exchange", "province:01..79")]]


def test_an_exchange_never_stands_before_what_the_other_cells_bear_out():
    by = less(OF_PLACES[HCMC], OF_PLACES[HANOI])
    where = Alternative("locality_policy", "M7=anywhere")
    moved = {HANOI: {where: by}, HCMC: {where: tuple(-value for value in by)}}
    found = verdicts(OF_PLACES, exchanged(), moved=moved, **CHOSEN)
    assert [parts(one) for one in found.values()] == [[[("locality_policy", "M7=anywhere")]]] * 2
    for key in PROVINCES[1:3] + PROVINCES[4:]:
        moved[key] = {where: (5, 0, 100_000)}
    found = verdicts(OF_PLACES, exchanged(), moved=moved, **CHOSEN)
    assert parts(found[HANOI]) == [
        [("exchange", "province:01..79")],
        [("locality_policy", "M7=anywhere")],
    ]
    assert found[HANOI].verdict == "ambiguous"


def test_a_pack_that_is_put_into_the_other_row_is_no_exchange():
    ours = {HANOI: (3, 0, 60_000), HCMC: (4, 0, 80_000)}
    found = verdicts(ours, {HANOI: ours[HCMC], HCMC: ours[HANOI]}, **CHOSEN)
    assert {one.verdict for one in found.values()} == {"ambiguous"}
    assert all(CHANCE in causes_of(one) for one in found.values())


@pytest.mark.parametrize(
    ("packs", "verdict"), [(1, "ambiguous"), (4, "ambiguous"), (400, "explained")]
)
def test_a_digit_too_many_is_weighed_in_packs_and_not_in_dong(packs, verdict):
    """Ten packs told in place of one are so many đồng that a price makes."""
    ours = {HANOI: (packs, 0, packs * 20_000)}
    found = verdicts(ours, {HANOI: (None, None, packs * 200_000)}, **CHOSEN)[HANOI]
    assert found.verdict == verdict and parts(found)[0] == [("scale", "amount=x10")]
    assert (CHANCE in causes_of(found)) == (verdict == "ambiguous")


@pytest.mark.parametrize(
    ("claimed", "verdict"), [(86_345, "ambiguous"), (83_654, "explained"), (86_334, "unexplained")]
)
def test_the_last_digits_may_be_exchanged_by_chance(claimed, verdict):
    key = day_key("M01", 9)
    found = verdicts({key: (80, 1_000_000, 86_354)}, {key: (80, 1_000_000, claimed)})[key]
    assert found.verdict == verdict


def in_thousands(figures):
    return divided(figures, AMOUNT, 1_000)


def test_a_column_in_another_unit_is_borne_out_by_its_rows():
    ours, _ = honest()
    days = {day_key("M01", day): ours[day_key("M01", day)] for day in range(1, 32)}
    found = verdicts(days, {key: in_thousands(figures) for key, figures in days.items()})
    assert len(found) == 31 and {one.verdict for one in found.values()} == {"explained"}
    for one in found.values():
        assert parts(one) == [[("scale", "amount=thousand")]]
        assert one.explanations[0][0].support == Support(31, 31)


@pytest.mark.parametrize(("claimed", "verdict"), [(354, "ambiguous"), (154, "explained")])
def test_a_thousand_less_may_be_a_digit_that_is_lost_or_a_round_figure(claimed, verdict):
    key = day_key("M01", 9)
    found = verdicts({key: (80, 1_000_000, 1_354)}, {key: (80, 1_000_000, claimed)})[key]
    assert found.verdict == verdict and parts(found)[0] == [("digits", "amount=lost")]


def test_a_figure_that_is_left_out_is_in_no_other_unit():
    key = day_key("M01", 9)
    found = verdicts({key: (80, 1_000_000, 86_354)}, {key: (80, 1_000_000, 0)})[key]
    assert found.verdict == "unexplained"


def test_each_of_two_columns_may_be_in_another_unit():
    ours, _ = honest()
    days = {day_key("M01", day): ours[day_key("M01", day)] for day in range(1, 32)}
    found = verdicts(days, {
        key: with_column(in_thousands(figures), QUANTITY, figures[QUANTITY] // 1_000)
        for key, figures in days.items()
    })  # fmt: skip
    for key, one in found.items():
        assert parts(one) == [[("scale", "units=s"), ("scale", "amount=thousand")]]
        assert sum(part.amount for part in one.explanations[0]) == (
            in_thousands(days[key])[AMOUNT] - days[key][AMOUNT]
        )
    (one, *_) = days
    alone = {
        **days,
        one: with_column(in_thousands(days[one]), QUANTITY, days[one][QUANTITY] // 1_000),
    }
    assert verdicts(days, alone)[one].verdict == "unexplained"


def test_only_what_is_declared_is_compared():
    ours, before = honest()
    key = day_key("M01", 9)
    events, _, amount = ours[key]
    found = verdicts(ours, {**ours, key: (events, None, amount * 10)})[key]
    assert parts(found) == [[("scale", "amount=x10")]]
    events, _, amount = before[key]
    found = verdicts(ours, {**ours, key: (events, None, amount)}, before=before)[key]
    assert parts(found) == [[("copied", "month:2021-07")]]


def test_items_of_a_statement_are_rows():
    items = {(name,): (0, 0, amount) for name, amount in (
        ("list_value", 91_234_567), ("discount", 4_110_220), ("payable", 87_124_347),
        ("in_kind", 2_030_400), ("rated", 7_019))}  # fmt: skip
    claimed = {key: (None, None, amount) for key, (_, _, amount) in items.items()}
    claimed["discount",], claimed["in_kind",] = claimed["in_kind",], claimed["discount",]
    claimed["rated",] = (None, None, 70_190)
    found = verdicts(items, claimed, grain="statement", worths={})
    assert parts(found["discount",]) == [[("exchange", "item:discount..in_kind")]]
    assert parts(found["in_kind",]) == [[("exchange", "item:discount..in_kind")]]
    assert parts(found["rated",]) == [[("scale", "amount=x10")]]
