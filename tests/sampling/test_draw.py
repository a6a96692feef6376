"""What is drawn follows from frame, design and seed, each unit with the chance of its method."""

from collections import Counter
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.errors import CatalogueError
from doisoat.settlement.sampling.bounds import hoeffding_upper
from doisoat.settlement.sampling.design import Design, DesignRequest, parties_of
from doisoat.settlement.sampling.draw import cells_of, design_of, drawn
from doisoat.settlement.sampling.evaluation import Frame, evaluated
from doisoat.settlement.sampling.strata import Stratum, allocated, strata_of, weighed, with_strata
from doisoat.settlement.sampling.units import canonical, frame_digest
from tests.sampling.audits import ASKED, PATTERNS, frame_of, seed_of, world_of

PARTIES = parties_of(["viettel"])


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40), st.integers(1, 60))
def test_cells_cover_every_dong_once(amounts, size):
    if not sum(amounts):
        return
    cells = cells_of(pl.Series(amounts, dtype=pl.Int64), size)
    bounds = [cells.bounds(cell) for cell in range(cells.cells)]
    assert [first for first, _ in bounds] == [0, *(after for _, after in bounds)][: len(bounds)]
    assert (bounds[-1][1] if bounds else 0) == cells.rest
    assert cells.rest == sum(amount for amount in amounts if amount < cells.interval)
    assert {after - first for first, after in bounds} <= {
        cells.rest // max(cells.cells, 1), cells.rest // max(cells.cells, 1) + 1
    }  # fmt: skip
    assert all(after - first <= cells.interval for first, after in bounds)


@pytest.mark.parametrize("name", ASKED)
def test_the_same_seed_draws_the_same_and_another_does_not(name):
    units = frame_of(3)
    design = design_of(ASKED[name], units, PARTIES)
    one, again = (drawn(units, design, seed_of(1, "draw")) for _ in range(2))
    assert one.equals(again)
    assert not one.equals(drawn(units, design, seed_of(2, "draw")))


def test_order_is_no_input():
    units = frame_of(3)
    shuffled = canonical(units.sample(fraction=1, shuffle=True, seed=7))
    assert frame_digest(shuffled) == frame_digest(units)


def test_the_digest_is_of_a_csv_that_anybody_can_write():
    import hashlib

    units = frame_of(5, units=20)
    lines = [",".join(str(cell) for cell in row) for row in units.iter_rows()]
    text = "\n".join([",".join(units.columns), *lines, ""])
    assert hashlib.sha256(text.encode()).hexdigest() == frame_digest(units)


def test_large_lines_are_taken_in_any_case_and_those_of_0_never_by_money():
    units = frame_of(3)
    design = design_of(DesignRequest("mus", tolerable="5%"), units, PARTIES)
    found = drawn(units, design, seed_of(1, "draw"))
    interval = cells_of(units["amount"], design.size).interval
    large = units.filter(pl.col("amount") >= interval)
    assert large.height > 3
    assert (
        found.filter(pl.col("draw").is_null())["event_id"].to_list() == large["event_id"].to_list()
    )
    assert (found["amount"] > 0).all()


def test_a_line_is_drawn_by_money_as_often_as_its_amount_says():
    units = canonical(frame_of(9, units=30).filter(pl.col("amount") > 0))
    design = design_of(DesignRequest("mus", tolerable="20%"), units, PARTIES)
    cells = cells_of(units["amount"], design.size)
    rest = units.filter(pl.col("amount") < cells.interval)
    times, count = 1_500, Counter()
    for number in range(times):
        found = drawn(units, design, seed_of(number, "often")).filter(pl.col("draw").is_not_null())
        count.update(found["event_id"].to_list())
    for event, amount in rest.select("event_id", "amount").iter_rows():
        mean = times * cells.cells * amount / cells.rest
        assert abs(count[event] - mean) < 6 * max(mean, 1) ** 0.5


# --- strata --------------------------------------------------------------------------------------


def test_strata_share_by_units_or_by_units_and_amounts():
    strata = [Stratum("a", 900, 900, 900, 1), Stratum("b", 100, 100_000, 10**8, 1000)]
    assert allocated(strata, 100, "proportional") == [90, 10]
    one, other = allocated(strata, 100, "neyman")
    assert one + other == 100 and other > 95  # 900 * 1 against 100 * 1,000


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 1000)), min_size=1, max_size=8),
    st.integers(1, 300), st.sampled_from(["proportional", "neyman"]),
)  # fmt: skip
def test_a_stratum_is_looked_at_once_at_least_and_all_of_it_at_most(given_strata, size, allocation):
    strata = [
        Stratum(str(place), units, units * each, units * each * each, each)
        for place, (units, each) in enumerate(given_strata)
    ]
    shares = allocated(strata, size, allocation)
    assert all(1 <= share <= one.units for share, one in zip(shares, strata, strict=True))
    whole = sum(one.units for one in strata)
    assert sum(shares) == min(max(size, len(strata)), whole)


@pytest.mark.parametrize("allocation", ["proportional", "neyman"])
def test_a_stratified_size_shows_what_it_says(allocation):
    """With nothing found the bound is what is tolerable at most."""
    units = frame_of(4)
    asked = DesignRequest("stratified", tolerable="25%", strata=("band",), allocation=allocation)
    design = design_of(asked, units, PARTIES)
    strata = strata_of(with_strata(units, design.strata))
    draws, weight = weighed(strata, allocated(strata, design.size, allocation))
    assert hoeffding_upper(Fraction(0), draws, design.alpha) * draws * weight <= design.tolerable
    found = drawn(units, design, seed_of(1, "draw"))
    assert found.height == design.size < units.height
    told = evaluated(Frame(units, int(units["amount"].sum())), design,
                     found.with_columns(audited="amount"))  # fmt: skip
    assert told.verdict == "tolerable" and told.over.upper <= design.tolerable


# --- what is evaluated ---------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("method", ["stratified", "equal"])
def test_a_frame_that_is_drawn_whole_is_known(method, pattern):
    asked = (
        DesignRequest("equal", size=100) if method == "equal"
        else DesignRequest("stratified", tolerable="0.001%", strata=("measure",))
    )  # fmt: skip
    world = world_of(2, asked, PATTERNS[pattern], units=100)
    assert world.design.size == 100
    found = drawn(world.units, world.design, seed_of(1, "all")).join(
        world.right.select("event_id", "audited"), on="event_id", how="left"
    )
    told = evaluated(Frame(world.units, int(world.units["amount"].sum())), world.design, found)
    real = world.wrong if method == "equal" else world.over
    assert told.over.lower == told.over.projected == told.over.upper == real
    if told.under is not None:
        assert told.under.lower == told.under.upper == world.under


def test_a_projection_by_money_is_right_on_the_average():
    """Exactly: the mean over every đồng of every cell is what is misstated."""
    world = world_of(6, DesignRequest("mus", tolerable="20%"), PATTERNS["mixed"], units=12)
    cells = cells_of(world.units["amount"], world.design.size)
    right = dict(world.right.select("event_id", "audited").iter_rows())
    rest = world.units.filter(pl.col("amount").is_between(1, cells.interval - 1))
    mean = Fraction(0)
    edges = [0]
    for amount in rest["amount"]:
        edges.append(edges[-1] + amount)
    for cell in range(cells.cells):
        first, after = cells.bounds(cell)
        for place, (event, amount) in enumerate(rest.select("event_id", "amount").iter_rows()):
            inside = max(0, min(after, edges[place + 1]) - max(first, edges[place]))
            # P(drawn in the cell) = inside / width; it then projects width * taint.
            mean += Fraction(inside * max(amount - right[event], 0), amount)
    always = world.units.filter(pl.col("amount") >= cells.interval)
    known = sum(max(a - right[e], 0) for e, a in always.select("event_id", "amount").iter_rows())
    assert known + mean == world.over


def test_what_is_more_than_twice_the_claim_is_told_and_counted_up_to_the_claim():
    units = frame_of(8, units=50)
    design = design_of(DesignRequest("mus", tolerable="10%"), units, PARTIES)
    found = drawn(units, design, seed_of(1, "draw"))
    told = evaluated(
        Frame(units, int(units["amount"].sum())), design,
        found.with_columns(audited=pl.col("amount") * 3),
    )  # fmt: skip
    assert told.under is not None and told.over.found == 0
    assert told.under.beyond == told.looked_at
    assert told.under.projected == units["amount"].sum()  # once the claim, not twice


@pytest.mark.parametrize(("asked", "what"), [
    (DesignRequest("mus", bound="hypergeometric"), "does not bound"),
    (DesignRequest("mus", strata=("measure",)), "says nothing of --method mus"),
    (DesignRequest("mus", size=10), "says nothing of --method mus"),
    (DesignRequest("equal", size=401), "401 are to be drawn, and 400"),
    (DesignRequest("stratified", strata=("colour",)), "strata by colour"),
    (DesignRequest("stratified"), "strata by nothing"),
    (DesignRequest("mus", confidence="20%"), "a confidence of 20%"),
    (DesignRequest("mus", confidence="1/2"), "is no share"),
    (DesignRequest("mus", tolerable="1.5"), "neither digits alone nor a share"),
    (DesignRequest("mus", tolerable="-1%"), "is no share"),
    (DesignRequest("mus", tolerable="NaN%"), "is no share"),
    (DesignRequest("mus", tolerable="1%", expected="1%"), "must be below"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused(asked, what):
    with pytest.raises(CatalogueError, match=what):
        design_of(asked, frame_of(1), PARTIES)


def test_a_design_is_read_back_as_it_was_written():
    for asked in ASKED.values():
        design = design_of(asked, frame_of(1), PARTIES)
        assert Design.of_object(design.as_object()) == design
