"""Legs of calls between carriers: by hand, and against a naive twin that looks at every pair."""

import random
from datetime import date
from typing import Any

import polars as pl
import pytest

from doisoat.errors import IntakeError
from doisoat.settlement.figures.period import Period
from doisoat.settlement.interconnect import call_matching as module
from doisoat.settlement.interconnect.call_matching import CALL, compare, listed, match, outgoing
from doisoat.settlement.interconnect.call_prices import Placing
from doisoat.settlement.interconnect.called_side_file import LEG, read_legs
from doisoat.settlement.interconnect.month_calls import Month
from doisoat.settlement.reconcile.variances.leg_variances import variances
from doisoat.tariffs.models.package_model import PriceCut

from .test_interconnect import AUGUST_MS, DAY_MS, bucket_of, ground, measure, price
from .test_interconnect import call as recorded

AUGUST = Period.of("2021-08")
CARRIERS = ("viettel", "vnpt", "mobifone")
SECOND = 1_000


def call(
    number, at_ms, ms, *, payer="viettel", payee="vnpt", waived_ms=0, at=0, is_due=True,
    is_whole=False,
):  # fmt: skip
    values = (0, number, payer, payee, AUGUST_MS + at_ms, ms, ms if is_due else 0, waived_ms, at,
              is_due, is_whole)  # fmt: skip
    return dict(zip(CALL.names(), values, strict=True))


def usage(number, at_seconds, *, seconds, **more):
    """A record of a call that the payer gave."""
    return recorded(number, seconds, at_ms=at_seconds * SECOND, **more)


def leg(record, at_ms, ms, *, payer="viettel", payee="vnpt"):
    values = (0, record, f"r{record}", payer, payee, AUGUST_MS + at_ms, ms)
    return dict(zip(LEG.names(), values, strict=True))


def told(calls, legs, **more):
    outs, ins = pl.DataFrame(calls, CALL, orient="row"), pl.DataFrame(legs, LEG, orient="row")
    matched = match(outs, ins, **more)
    return compare(outs, ins, matched, (price(),), AUGUST), listed(
        outs, ins, matched, {0: "a.csv"}, AUGUST
    )


def test_by_hand():
    """270 đ a minute: 4.5 đ a second."""
    found, odd = told(
        [call(1, 0, 60_000), call(2, 10_000, 30_000), call(3, 50_000, 10_000),
         call(4, 70_000, 20_000, waived_ms=20_000), call(5, DAY_MS + 5, 2_000, is_due=False)],
        [leg(1, 1_500, 60_000), leg(2, 10_200, 29_000), leg(4, 70_000, 20_000),
         leg(5, DAY_MS, 2_000), leg(6, 90_000, 40_000), leg(7, -1, 5_000)],
    )  # fmt: skip
    first, second = found.rows
    assert (first.day, second.day) == (date(2021, 8, 1), date(2021, 8, 2))
    # 60 + 30 + 10 s by the payer; 60 + 29 + 40 s by the payee; what is waived owes none.
    assert first.sides.out == (4, 120_000, 450)
    assert first.sides.into == (4, 149_000, 581)  # 129 s: 580.5 đ, half up
    assert (first.sides.pairs, first.sides.longer_out_ms) == (3, 1_000)
    assert first.sides.only_out == (1, 10_000, 45)
    assert first.sides.only_in == (1, 40_000, 180)
    assert second.sides.out == (1, 2_000, 0)  # suspended: it owes nothing yet
    assert second.sides.into == (1, 2_000, 9)
    assert found.outside == 1
    (direction,) = found.directions
    assert direction.sides.out == (5, 122_000, 450) and direction.clock_ms == 0
    assert second.sides.held == (1, 2_000, 9) and first.sides.held == (0, 0, 0)
    assert odd["what"].to_list() == ["differs", "only_out", "only_in"]
    assert odd.row(0, named=True)["ms_in"] == 29_000


def test_records_of_one_call_are_one_call_whose_leg_is_one():
    """A call of 3 h that a switch told in three records; one in two of which one is suspended."""
    hour = 3_600_000
    parts = [usage(n, n * 3_600, session=9, partial=n, seconds=3_600) for n in (1, 2, 3)]
    held = [usage(4, 40_000, session=8, partial=1, seconds=10),
            usage(5, 40_010, session=8, partial=2, seconds=20, status=2)]  # fmt: skip
    other = usage(6, 60_000, session=9, partial=1, seconds=5, owner=2)  # the same key, and no part
    placed = Placing.of(ground()).calls(bucket_of([*parts, *held, other]))
    calls = outgoing(placed.rows).to_dicts()
    found, odd = told(
        calls, [leg(1, hour, 3 * hour), leg(2, 40_000_000, 30_000), leg(3, 60_000_000, 5_000)]
    )
    assert odd.is_empty()
    (sides,) = (one.sides for one in found.directions)
    assert sides.pairs == sides.out.calls == sides.into.calls == 3
    assert (sides.only_out, sides.only_in) == ((0, 0, 0), (0, 0, 0))
    # 10,815 s owe 4.5 đ each by the payer, who holds 20 s of 90 đ suspended.
    assert (sides.out.amount, sides.into.amount, sides.held.amount) == (48_668, 48_758, 90)


def test_a_reconciliation_misses_no_call_of_several_records():
    parts = [usage(n, n * 3_600, session=9, partial=n, seconds=3_600) for n in (1, 2, 3)]
    catalogue: Any = ground().catalogue

    def found(records, *legs):
        calls = outgoing(Placing.of(ground()).calls(bucket_of(records)).rows)
        ins = pl.DataFrame(legs, LEG, orient="row")
        return variances(Month(AUGUST, "thử", catalogue, calls, ins, []))[0]

    whole = leg(1, 3_600_000, 10_800_000)
    assert found(parts, whole) == []
    (one,) = found([*parts[:2], {**parts[2], "status": 2}], whole)
    ((part,),) = one.explanations
    assert (part.cause, part.detail, part.moved) == ("suspended", "payer", (0, 0, 16_200))


def test_a_call_that_is_waived_whole_owes_none_however_long_its_leg():
    lines = [(1, "discount", 20_000)]
    where = ground(measures=[measure(PriceCut(type="price_cut", percent="50"))])
    placed = Placing.of(where).calls(bucket_of([usage(1, 0, seconds=20)], lines))
    found, _ = told(outgoing(placed.rows).to_dicts(), [leg(1, 0, 20_900)])
    assert (found.rows[0].sides.out.amount, found.rows[0].sides.into.amount) == (0, 0)
    # What a grant covered of it is so many seconds: the leg's last 0.9 s are 4.05 đ.
    found, _ = told([call(1, 0, 20_000, waived_ms=20_000)], [leg(1, 0, 20_900)])
    assert found.rows[0].sides.into.amount == 4


def test_a_leg_at_the_border_is_in_no_month_s_amounts():
    """By the payer's clock its call may lie beyond; by the payee's, a day has 86,400 s."""
    last = 31 * DAY_MS
    found, odd = told(
        [call(1, 500, 60_000)],
        [leg(1, 400, 60_000), leg(2, 0, 9_000), leg(3, 1_999, 8_000), leg(4, 2_000, 7_000),
         leg(5, last - 2_000, 6_000), leg(6, last - 2_001, 5_000), leg(7, last, 4_000)],
    )  # fmt: skip
    assert (found.outside, found.border) == (1, 3)
    first, second = found.rows
    assert first.sides.only_in == (1, 7_000, 32) and second.sides.only_in == (1, 5_000, None)
    assert odd["what"].to_list() == ["border", "border", "only_in", "only_in", "border"]
    assert found.as_object()["border"] == 3


def test_the_nearest_is_taken_first():
    found, odd = told(
        [call(1, 0, 10_000), call(2, 1_000, 10_000)], [leg(1, 900, 10_000), leg(2, 1_900, 10_000)]
    )
    # Call 2 and leg 1 are 100 ms apart; what is left is 1,900 ms apart, and within the two seconds.
    assert found.directions[0].sides.pairs == 2 and odd.is_empty()
    assert found.directions[0].clock_ms == -100


def test_what_is_too_far_apart_is_no_pair():
    for at_ms, ms, pairs in (
        (2_000, 60_000, 1),
        (2_001, 60_000, 0),
        (0, 61_000, 1),
        (0, 61_001, 0),
    ):
        found, _ = told([call(1, 0, 60_000)], [leg(1, at_ms, ms)])
        assert found.directions[0].sides.pairs == pairs
    found, _ = told([call(1, 9_000, 60_000)], [leg(1, 9_000, 60_000, payee="mobifone")])
    assert [one.sides.pairs for one in found.directions] == [0, 0]


def test_a_leg_alone_has_no_amount_where_the_day_has_two_prices():
    outs = pl.DataFrame([call(1, 0, 60_000), call(2, 60_000, 60_000, at=1)], CALL, orient="row")
    ins = pl.DataFrame([leg(1, 0, 60_000), leg(3, 90_000, 1_000)], LEG, orient="row")
    found = compare(outs, ins, match(outs, ins), (price(), price("300")), AUGUST)
    assert found.rows[0].sides.out.amount == 570
    assert found.rows[0].sides.only_in.amount is None is found.directions[0].sides.into.amount


def test_a_pair_without_a_price_has_no_amount_and_what_owes_nothing_needs_none():
    outs = pl.DataFrame(
        [call(1, 0, 60_000), call(2, 60_000, 600_000, at=None),
         call(3, 90_000, 30_000, at=None, waived_ms=30_000)], CALL, orient="row",
    )  # fmt: skip
    ins = pl.DataFrame(
        [leg(1, 0, 60_000), leg(2, 60_000, 600_000), leg(3, 90_000, 30_000)], LEG, orient="row"
    )
    sides = compare(outs, ins, match(outs, ins), (price(),), AUGUST).rows[0].sides
    assert (sides.pairs, sides.out.amount, sides.into.amount) == (3, None, None)
    priced = outs.filter(pl.col("event_lo") != 2)
    sides = (
        compare(priced, ins[[0, 2]], match(priced, ins[[0, 2]]), (price(),), AUGUST).rows[0].sides
    )
    assert (sides.out.amount, sides.into.amount) == (270, 270)


def naive(calls, legs, within_ms, longer_ms):
    """Every pair in order of nearness; each side once."""
    pairs = []
    for out, one in enumerate(calls):
        for into, other in enumerate(legs):
            apart = abs(one["start_ms"] - other["start_ms"])
            longer = abs(one["ms"] - other["ms"])
            same = (one["payer"], one["payee"]) == (other["payer"], other["payee"])
            if same and apart <= within_ms and longer <= longer_ms:
                tie = (one["start_ms"], one["event_lo"], other["start_ms"], other["record"])
                pairs.append((apart, longer, *tie, out, into))
    made = {}
    for *_, out, into in sorted(pairs):
        if out not in made and into not in made.values():
            made[out] = into
    return sorted(made.items())


@pytest.mark.parametrize("seed", range(20))
def test_pairs_are_a_naive_twin_s_in_any_order(seed):
    rng = random.Random(seed)
    span = rng.choice([5, 50]) * SECOND

    def drawn(make):
        return [
            make(number, rng.randrange(0, span, rng.choice([1, 500])),
                 rng.randrange(1, 4) * SECOND, payer=rng.choice(CARRIERS[:2]), payee=CARRIERS[2])
            for number in range(rng.randint(0, 60))
        ]  # fmt: skip

    calls, legs = drawn(call), drawn(leg)
    within, longer = rng.choice([0, 500, 2_000]), rng.choice([0, 1_000])
    outs, ins = pl.DataFrame(calls, CALL, orient="row"), pl.DataFrame(legs, LEG, orient="row")
    found = match(outs, ins, within, longer)
    assert found.pairs.rows() == naive(calls, legs, within, longer)
    mixed_outs, mixed_ins = (
        frame.sample(fraction=1, shuffle=True, seed=seed) for frame in (outs, ins)
    )
    other = match(mixed_outs, mixed_ins, within, longer)

    def named(one, first, second):
        return sorted(
            (first["event_lo"][out], second["record"][into]) for out, into in one.pairs.rows()
        )

    assert named(found, outs, ins) == named(other, mixed_outs, mixed_ins)


def test_a_lost_call_is_our_bug(monkeypatch):
    whole = module._placed_calls
    monkeypatch.setattr(module, "_placed_calls", lambda *args: whole(*args).head(1))
    with pytest.raises(Exception, match="2 calls and 0 legs were told, but 1"):
        told([call(1, 0, 60), call(2, 5, 60)], [])


GOOD = "r1,viettel,vnpt,2021-08-05 03:20:31.841,61.250"


def legs_of(folder, *texts):
    paths = []
    for place, text in enumerate(texts):
        paths.append(folder / f"{place}.csv")
        paths[-1].write_text(text, "utf-8")
    return read_legs(paths, CARRIERS)


def csv(*rows):
    return "\n".join(("record,payer,payee,started,duration_s", *rows)) + "\n"


def test_a_file_is_read_to_the_millisecond(tmp_path):
    frame, (file,) = legs_of(tmp_path, csv(GOOD, GOOD, "r2,vnpt,viettel,2021-08-05 03:20:31,7"))
    assert frame["ms"].to_list() == [61_250, 7_000]
    assert frame["start_ms"][0] == AUGUST_MS + 4 * DAY_MS + 12_031_841
    assert (file.rows, file.twice) == (3, 1)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (",viettel,vnpt,2021-08-05 03:20:31,1", "no record"),
        ("r2,viettel,gtel,2021-08-05 03:20:31,1", "no network"),
        ("r2,vnpt,vnpt,2021-08-05 03:20:31,1", "payer and payee are one"),
        ("r2,viettel,vnpt,05/08/2021 03:20,1", "it is no time"),
        ("r2,viettel,vnpt,2021-08-05 03:20:31,-1", "it is no number of seconds"),
        ("r2,viettel,vnpt,2021-08-05 03:20:31,1.2345", "it is no number of seconds"),
        ("r1,viettel,vnpt,2021-08-05 03:20:31,1", "told twice, and differs"),
    ],
)
def test_what_is_not_of_the_form_is_refused_with_its_row(tmp_path, row, what):
    with pytest.raises(IntakeError, match=what) as refused:
        legs_of(tmp_path, csv(GOOD, row))
    assert "told twice" in what or refused.value.where.startswith("0.csv, row 2, ")
    assert len(refused.value.what.split(" | ")) == len(refused.value.mend.split(" | ")) == 2


def test_files_of_another_form_are_refused(tmp_path):
    for text, what in (("a,b\n1,2\n", "no column record"), ("", "not readable")):
        with pytest.raises(IntakeError, match=what):
            legs_of(tmp_path, text)
    with pytest.raises(IntakeError, match="the same file twice"):
        legs_of(tmp_path, csv(GOOD), csv(GOOD))
    path = tmp_path / "odd.parquet"
    pl.DataFrame({name: [1] for name in ("record", "payer", "payee", "started", "duration_s")}
                 ).write_parquet(path)  # fmt: skip
    with pytest.raises(IntakeError, match="no text in record"):
        read_legs([path], CARRIERS)
