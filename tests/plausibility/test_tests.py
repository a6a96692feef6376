"""Each test sees what it is for, and leaves alone what chance or the calendar brings."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from math import exp, inf, log10
from random import Random

import polars as pl
import pytest

from doisoat.errors import CatalogueError
from doisoat.settlement.plausibility import thresholds as judge
from doisoat.settlement.plausibility.day_curves import jump, neighbours, weekday
from doisoat.settlement.plausibility.province_tests import grants, provinces
from doisoat.settlement.plausibility.repeated_figures import digits, repeated
from doisoat.settlement.plausibility.robust_statistics import robust_z, scale_of, slope_of, surprise
from doisoat.settlement.plausibility.thresholds import look, thresholds
from doisoat.settlement.plausibility.total_cells import CELLS, SUBSCRIBERS, Rule, Series, cells_of
from tests.plausibility.clean_worlds import PLANTED, cells_from, totals_of

DAYS = [date(2021, 8, number) for number in range(1, 32)]
PROVINCES = [f"{number:02d}" for number in range(10, 40)]


def frame_of(rows: Iterable[tuple]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), CELLS, orient="row")


def month(change=lambda carrier, day, events: events, seed=1, price=118):
    """Three carriers of 100, 300 and 600 calls a day; `change` says otherwise."""
    rng = Random(seed)
    for carrier, usual in (("a", 100), ("b", 300), ("c", 600)):
        for day in DAYS:
            fewer = 0.7 if day.weekday() >= 5 else 1.0
            events = round(rng.gauss(usual * fewer, (usual * fewer) ** 0.5))
            events = change(carrier, day, events)
            yield carrier, "M6", "discount", day, "01", events, 60_000 * events, price * events


def by_test(test, rows):
    frame = frame_of(rows)
    return list(test(cells_of("2021-08", frame, frame)))


def greatest(scores):
    return max(scores, key=lambda one: one.score)


# --- figures -------------------------------------------------------------------------------------


def test_a_scale_is_that_of_most_values():
    rng = Random(3)
    values = [rng.gauss(0, 10) for _ in range(500)]
    assert 8.5 < scale_of(values) < 11.5
    spoilt = [*values[:470], *([10_000.0] * 30)]
    assert scale_of(spoilt) < 13
    assert scale_of([1.0, 1.0, 1.0]) == 0.7  # no series is surer than chance
    assert robust_z([5.0, 5.0, 5.0]) == [0, 0, 0]


def test_a_slope_is_not_moved_by_one_odd_day():
    assert slope_of([0, 1, 2, 3, 4], [0, 2, 4, 600, 8]) == 2


@pytest.mark.parametrize(("mean", "count"), [(0.5, 1), (0.5, 4), (2.0, 3), (1e-6, 2), (30.0, 60)])
def test_a_surprise_is_the_tail_of_poisson(mean, count):
    term, below = exp(-mean), 0.0
    terms = []
    for at in range(count + 200):
        terms.append(term)
        term *= mean / (at + 1)
    below = sum(terms[count:])
    assert surprise(mean, count) == pytest.approx(-log10(below), rel=1e-6)


def test_a_surprise_has_its_ends():
    assert surprise(1.0, 0) == 0
    assert surprise(0.0, 2) == inf
    assert surprise(1e-300, 3) > 800


# --- curves --------------------------------------------------------------------------------------


def test_a_day_unlike_the_neighbours_is_seen_and_theirs_is_not():
    def more(carrier, day, events):
        return events * 2 if (carrier, day.day) == ("a", 17) else events

    found = greatest(by_test(neighbours, month(more)))
    assert (found.series, found.place) == (Series("a", "M6", "discount"), "2021-08-17")
    assert found.score > 6 and found.seen > 1.7 * found.usual


def test_a_day_that_is_odd_for_all_is_not_one_carriers_fault():
    def more(carrier, day, events):
        return events * 2 if day.day == 17 else events

    assert greatest(by_test(neighbours, month(more))).score < 5
    assert greatest(by_test(weekday, month(more))).place == "2021-08-17"


def test_weekends_are_no_finding():
    assert greatest(by_test(weekday, month())).score < 5


def test_a_day_that_lacks_is_seen():
    def none(carrier, day, events):
        return 0 if (carrier, day.day) == ("a", 17) else events

    rows = [row for row in month(none) if row[5]]
    found = greatest(by_test(neighbours, rows))
    assert (found.place, found.seen) == ("2021-08-17", 0) and found.score > 10


def test_a_jump_is_seen_and_a_steady_rise_is_not():
    def level(carrier, day, events):
        return events * 2 if carrier == "b" and day.day >= 16 else events

    found = greatest(by_test(jump, month(level)))
    assert found.series.carrier == "b" and abs(int(found.place[-2:]) - 16) <= 1

    def rise(carrier, day, events):
        return events * (100 + 3 * day.day) // 100 if carrier == "b" else events  # to twice, too

    assert found.score > 2 * greatest(by_test(jump, month(rise))).score


def test_figures_of_few_events_are_not_judged():
    few = [(*row[:5], row[5] // 50, *row[6:]) for row in month()]
    assert by_test(neighbours, few) == by_test(jump, few) == by_test(weekday, few) == []


# --- provinces -----------------------------------------------------------------------------------


def places(change=lambda carrier, province, events: events):
    rng = Random(2)
    for carrier, usual in (("a", 200), ("b", 500), ("c", 900)):
        for number, province in enumerate(PROVINCES):
            people = usual * (1 + number % 4)
            events = change(carrier, province, round(rng.gauss(people, people**0.5)))
            yield (carrier, "M2", "in_kind", DAYS[0], province, events, events, 75 * events)


def test_a_province_unlike_the_neighbours_is_seen():
    def more(carrier, province, events):
        return events * 3 // 2 if (carrier, province) == ("a", "20") else events

    found = greatest(by_test(provinces, places(more)))
    assert (found.series.carrier, found.place) == ("a", "20") and found.score > 5
    assert greatest(by_test(provinces, places())).score < 4


def test_shares_are_held_against_subscribers_where_they_are_known():
    def own(carrier, province, events):
        return events * 4 if (carrier, province) == ("a", "20") else events

    frame = frame_of(places(own))
    people = [
        (carrier, "mobile", province, own(carrier, province, (1 + number % 4) * usual))
        for carrier, usual in (("a", 200), ("b", 500), ("c", 900))
        for number, province in enumerate(PROVINCES)
    ]  # fmt: skip
    known = pl.DataFrame(people, SUBSCRIBERS, orient="row")
    assert greatest(list(provinces(cells_of("2021-08", frame, frame)))).score > 10
    assert greatest(list(provinces(cells_of("2021-08", frame, frame, known)))).score < 4


RULE = Rule("M6", None, 50 * 60_000, 1, frozenset({"01", "79"}))


@pytest.mark.parametrize(("province", "people", "minutes", "score"), [
    ("01", 10, 500, 1.0), ("01", 10, 505, 1.01), ("01", 10, 250, 0.5),
    ("01", 0, 1, inf), ("48", 1_000, 1, inf),
])  # fmt: skip
def test_no_more_is_drawn_than_was_granted(province, people, minutes, score):
    rows = [("a", "M6", "discount", DAYS[0], province, 5, minutes * 60_000, 1)]
    known = pl.DataFrame(
        [("a", "mobile", province, people), ("a", "mobile", "79", 1)], SUBSCRIBERS, orient="row"
    )
    frame = frame_of(rows)
    (found,) = grants(cells_of("2021-08", frame, frame, known, rules=(RULE,)))
    assert found.score == pytest.approx(score)


def test_grants_by_the_serving_cell_are_held_to_all_subscribers():
    rule = RULE._replace(provinces=None, carriers=("a",))
    rows = [
        (carrier, "M6", "discount", DAYS[0], province, 5, 300 * 60_000, 1)
        for carrier in ("a", "b") for province in ("01", "48")
    ]  # fmt: skip
    known = pl.DataFrame([("a", "mobile", "01", 10)], SUBSCRIBERS, orient="row")
    frame = frame_of(rows)
    (found,) = grants(cells_of("2021-08", frame, frame, known, rules=(rule,)))
    assert found.place == "" and found.score == pytest.approx(600 / 500)


# --- made up figures -----------------------------------------------------------------------------


def test_a_day_that_is_another_again_is_seen_and_equal_prices_are_not():
    def priced(copies):
        rng = Random(5)
        days = [(events := rng.randrange(200, 300), rng.randrange(10**6, 2 * 10**6)) for _ in DAYS]
        for day, figures in zip(DAYS, days, strict=True):
            events, amount = days[0] if day.day in copies else figures
            yield "a", "M6", "discount", day, "01", events, events, amount

    assert greatest(by_test(repeated, priced({12}))).score > 3
    assert greatest(by_test(repeated, priced(set()))).score == 0
    assert by_test(repeated, month(price=165_000)) == []  # where repeats are usual


def test_last_digits_of_calls_are_even_or_seen():
    def amounts(step):
        rng = Random(6)
        for province in PROVINCES:
            for day in DAYS[:10]:
                amount = rng.randrange(10**4, 10**5) // step * step
                yield "a", "M6", "discount", day, province, 9, 9, amount

    def score(rows):
        frame = frame_of(rows)
        cells = cells_of("2021-08", frame, frame, calls=frozenset({("a", "M6")}))
        return greatest(list(digits(cells))).score

    assert score(amounts(1)) < 25 < 300 < score(amounts(10))
    assert by_test(digits, amounts(1)) == []  # of what is not calls


# --- clean worlds --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clean():
    return totals_of(2_001, 3_000)


def test_a_clean_month_has_no_finding(clean):
    looked = look(cells_from(clean))
    assert looked.findings == ()
    assert all(looked.looked_at.values())


@pytest.mark.parametrize("name", [
    "M3, one day × 3", "M6, minutes × 5", "M6, one day four times", "M6, amounts in whole tens",
    "M6, amounts of three provinces in whole tens",
])  # fmt: skip
def test_what_was_planted_is_found_by_its_test(clean, name):
    test, change = PLANTED[name]
    found = look(cells_from(clean, change(clean.cells))).findings
    assert test in {one.score.test for one in found}


def test_only_what_is_asked_of_is_told(clean):
    _, change = PLANTED["M3, one day × 3"]
    cells = cells_from(clean, change(clean.cells))
    assert look(cells, "viettel").findings
    assert all(one.score.series.carrier == "viettel" for one in look(cells, "viettel").findings)


# --- rows of zeros -------------------------------------------------------------------------------


def with_zeros(frame):
    """The same totals with a row of zeros for each day, province, measure and carrier of none."""
    keys = ("carrier", "measure", "nature", "day", "home_province")
    grid = frame.select(pl.lit(0).alias("one")).unique()
    for names in (["carrier"], ["measure", "nature"], ["day"], ["home_province"]):
        grid = grid.join(frame.select(names).unique(), how="cross")
    zeros = grid.join(frame, on=keys, how="anti").select(
        *keys, *(pl.lit(0, pl.Int64).alias(name) for name in ("events", "units", "amount"))
    )
    assert zeros.height > frame.height  # and series that nobody has
    return pl.concat([frame, zeros])


@pytest.mark.parametrize("test", judge.TESTS)
def test_a_row_of_zeros_says_what_no_row_says(clean, test):
    own = list(judge.TESTS[test](cells_from(clean)))
    assert own and list(judge.TESTS[test](cells_from(clean, with_zeros(clean.cells)))) == own


@pytest.mark.parametrize("test", judge.TESTS)
def test_a_carrier_that_lacks_days_and_places_is_judged(clean, test):
    """Others have something where it has nothing: as a row of zeros or as none, alike."""
    gaps = pl.col("day").dt.day().is_in([14, 15, 16]) | (pl.col("home_province") == "01")
    lacking = clean.cells.filter((pl.col("carrier") != "viettel") | ~gaps)
    own = list(judge.TESTS[test](cells_from(clean, lacking)))
    assert own and list(judge.TESTS[test](cells_from(clean, with_zeros(lacking)))) == own


def test_a_jump_tells_the_week_after_it_of_a_carrier_that_lacks_days():
    def none(carrier, day, events):
        return 0 if carrier == "a" and day.day in (16, 17) else events

    rows = [row for row in month(none) if row[5]]
    after = {one.place: one.seen for one in by_test(jump, rows) if one.series.carrier == "a"}
    for place, seen in after.items():
        first = date.fromisoformat(place).day
        week = [row[7] for row in rows if row[0] == "a" and first <= row[3].day < first + 7]
        assert seen == sum(week)
    assert after


def test_days_of_no_dong_repeat_nothing():
    def figures(free):
        rng = Random(5)
        for day in DAYS:
            events, amount = rng.randrange(200, 300), rng.randrange(10**6, 2 * 10**6)
            own = (7, 7, 0) if day.day in free else (events, events, amount)
            yield "a", "M6", "discount", day, "01", *own

    assert greatest(by_test(repeated, figures(set(range(3, 12))))).score == 0


def test_figures_below_zero_are_judged_and_end_nothing():
    """A claim may declare them, and keeps that as a finding of its own."""

    def less(carrier, day, events):
        return -events if carrier == "a" and day.day in (17, 18) else events

    rows = [(*row[:5], abs(row[5]), *row[6:]) for row in month(less)]
    assert greatest(by_test(neighbours, rows)).score > 6
    assert greatest(by_test(weekday, rows)).place in ("2021-08-17", "2021-08-18")
    assert by_test(jump, rows)
    equal = [("a", "M6", "discount", day, "01", 9, 9, -1_000_003) for day in DAYS]
    assert by_test(repeated, equal) == []  # in steps of themselves they are usual


# --- thresholds ----------------------------------------------------------------------------------


def test_every_threshold_has_a_rate_that_was_measured():
    for test, limit in thresholds().items():
        assert limit.worlds >= 60, test
        assert limit.rate_upper is not None and limit.rate_upper < 0.15, test
        # The bound is that of the binomial distribution: so few alarms are that unlikely.
        share = Fraction(limit.rate_upper)
        if limit.alarms == 0:
            assert float((1 - share) ** limit.worlds) == pytest.approx(0.05)


@pytest.mark.parametrize(("spoil", "what"), [
    (lambda text: text.replace("[digits]", "[colours]"), "thresholds of"),
    (lambda text: text.replace("threshold = 1.0", "threshold = -1.0"), "greater than 0"),
    (lambda text: text.replace("threshold = 1.0", "threshold = "), "not TOML"),
])  # fmt: skip
def test_thresholds_that_are_not_as_they_must_be_are_refused(tmp_path, monkeypatch, spoil, what):
    path = tmp_path / "thresholds.toml"
    path.write_text(spoil(judge.FILE.read_text("utf-8")), "utf-8")
    monkeypatch.setattr(judge, "FILE", path)
    with pytest.raises(CatalogueError, match=what):
        thresholds()
