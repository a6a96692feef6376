"""Envelopes over whole columns: by hand, and against naive twins on random small worlds."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.errors import CatalogueError, ConservationError
from doisoat.settlement.figures.envelope import (
    FORECAST_DAYS_MAX,
    burn_down,
    post_change,
    post_shares,
    pro_rata,
    true_up,
)
from doisoat.settlement.figures.period import Period
from doisoat.settlement.figures.programme_totals import NOTHING_YET, ToDate, is_closed, to_date_of
from doisoat.settlement.figures.recognition import check, recognise, refuse_alone
from tests.settlement.envelope_worlds import (
    AUGUST_MS,
    CARRIERS,
    DAY_MS,
    envelope_of,
    frames_of,
    naive_first_come,
    naive_post,
    package_of,
    worlds,
)
from tests.tax import VAT

AUGUST = Period.of("2021-08")


def recognised_of(rows, package, before=NOTHING_YET, period=AUGUST, carriers=CARRIERS):
    lines, totals = frames_of(rows)
    found = recognise(lines.lazy(), totals, package, period, carriers, before, VAT)
    check(found)
    return found


def cut(event, amount, carrier="a", day=0, measure="cut", nature="discount"):
    """A line of an event that starts at 0h of a day of August."""
    start = AUGUST_MS + day * DAY_MS
    return event, 0, 1, 1, carrier, measure, nature, 1, amount, start


def row_of(found, carrier, programme="one"):
    own = (pl.col("carrier") == carrier) & (pl.col("programme") == programme)
    return found.programmes.filter(own).row(0, named=True)


def parted(found, carrier):
    row = row_of(found, carrier)
    return row["recognised"], row["own_account"]


def test_case_21_over_lines():
    """Reliefs of 590, 1,180 and 197, an envelope of 1,000: 590, 410 and 0 are recognised."""
    found = recognised_of([cut(3, 197), cut(1, 590), cut(2, 1_180)], package_of(envelope_of(1_000)))
    assert parted(found, "a") == (1_000, 967)
    told = found.own_account.select("event_hi", "relief", "own_account").sort("event_hi").rows()
    assert told == [(2, 1_180, 770), (3, 197, 197)]


def test_case_22_over_carriers():
    rows = [cut(1, 590, "a"), cut(2, 1_180, "b"), cut(3, 197, "c")]
    found = recognised_of(rows, package_of(envelope_of(1_000, "pro_rata")))
    assert [parted(found, name)[0] for name in CARRIERS] == [300, 600, 100]
    assert found.own_account.is_empty()  # a share is of a carrier, of no line


def test_the_cut_off_falls_inside_an_event_in_the_order_of_its_steps():
    """Its zero-rating first, then both cuts as declared, then what is paid to a fund."""
    rows = [
        cut(1, 100, measure="fund", nature="contribution"),
        cut(1, 100, measure="again"),
        cut(1, 100),
        cut(1, 100, measure="zero", nature="in_kind"),
    ]
    found = recognised_of(rows, package_of(envelope_of(150)))
    told = dict(found.own_account.select(pl.col("measure").cast(pl.String), "own_account").rows())
    assert told == {"cut": 50, "again": 100, "fund": 100}


def test_without_vat_the_parts_of_a_line_sum_to_its_net():
    """Eight discounts of 1 đ are 7 net, 7.27: they count 1, 1, 1, 1, 1, 0, 1, 1."""
    package = package_of(envelope_of(3, basis="excl_vat"))
    found = recognised_of([cut(n, 1) for n in range(8)], package)
    assert parted(found, "a") == (3, 4)
    told = found.own_account.select("event_hi", "relief", "own_account").sort("event_hi").rows()
    assert told == [(3, 1, 1), (4, 1, 1), (6, 1, 1), (7, 1, 1)]


@pytest.mark.parametrize("rule", ["track", "first_come", "pro_rata"])
def test_an_envelope_of_nothing(rule):
    """All is on the carrier's own account; tracked, all is recognised."""
    found = recognised_of([cut(1, 590), cut(2, 10, "b")], package_of(envelope_of(0, rule)))
    assert parted(found, "a") == ((590, 0) if rule == "track" else (0, 590))
    assert found.own_account.height == (2 if rule == "first_come" else 0)
    assert found.burn_down["remaining"].unique().to_list() == [0]
    assert found.burn_down["runs_out"].null_count() == 31


def test_each_carrier_has_its_part():
    package = package_of(envelope_of(1_000, per_carrier={"a": 100, "b": 900, "c": 0}))
    found = recognised_of([cut(1, 590), cut(2, 590, "b"), cut(3, 1, "c")], package)
    assert [parted(found, name) for name in CARRIERS] == [(100, 490), (590, 0), (0, 1)]
    assert row_of(found, "b")["carrier_envelope"] == 900
    left = found.burn_down.filter(pl.col("day") == date(2021, 8, 31)).select("carrier", "remaining")
    assert left.rows() == [("a", 0), ("b", 310), ("c", 0)]


def test_what_is_left_comes_from_the_period_before():
    package = package_of(envelope_of(1_000))
    august = recognised_of([cut(1, 700)], package)
    before = to_date_of(august.programmes)
    september = recognised_of(
        [cut(2, 200, day=31), cut(3, 200, "b", day=32)], package, before, Period.of("2021-09")
    )
    assert parted(september, "a") == (200, 0) and parted(september, "b") == (100, 100)
    row = row_of(september, "a")
    assert (row["recognised_to_date"], row["programme_recognised_to_date"]) == (900, 1_000)
    assert row["relief_to_date"] == 900 and row["programme_relief_to_date"] == 1_100


def test_a_run_of_before_there_were_rules_recognised_all():
    august = recognised_of([cut(1, 700)], package_of(envelope_of(1_000, "track")))
    old = august.programmes.drop("recognised_to_date", "programme_recognised_to_date")
    assert to_date_of(old) == to_date_of(august.programmes)


def test_pro_rata_is_trued_up_when_the_programme_has_closed_and_after():
    """1,000 for all. August: a 800. September: a 100, b 300. October, closed: b 800, late: c 400.

    August recognises 800; September 200 of 400, 50 and 150; October nothing. To date a 900, b
    1,100: shares of 1,000 are 450 and 550, so a gives back 400 and b has 400 more. Then c's 400
    makes 375, 458 and 167 of it.
    """
    package = package_of(envelope_of(1_000, "pro_rata"), until="2021-10-31")
    months = {
        "2021-08": [cut(1, 800)],
        "2021-09": [cut(2, 100, day=31), cut(3, 300, "b", day=31)],
        "2021-10": [cut(4, 800, "b", day=61)],
        "2021-11": [cut(5, 400, "c", day=92)],
    }
    before, told = NOTHING_YET, {}
    for name, rows in months.items():
        period = Period.of(name)
        assert is_closed(package, package.parts()[0], period) == (name >= "2021-10")
        found = recognised_of(rows, package, before, period)
        before = to_date_of(found.programmes)
        columns = "recognised", "true_up", "recognised_to_date"
        told[name] = [tuple(row_of(found, c)[k] for k in columns) for c in CARRIERS]
        assert found.programmes["programme_recognised_to_date"][0] == min(
            1_000, found.programmes["programme_relief_to_date"][0]
        )
    assert told["2021-08"] == [(800, 0, 800), (0, 0, 0), (0, 0, 0)]
    assert told["2021-09"] == [(50, 0, 850), (150, 0, 150), (0, 0, 0)]
    assert told["2021-10"] == [(0, -400, 450), (0, 400, 550), (0, 0, 0)]
    assert told["2021-11"] == [(0, -75, 375), (0, -92, 458), (0, 167, 167)]


def test_a_carrier_that_left_the_programme_keeps_what_it_was_given():
    assert true_up(1_000, {"a": 600, "b": 600}, {"a": 100, "gone": 400}) == {"a": 200, "b": 300}
    assert true_up(100, {"a": 600}, {"gone": 400}) == {"a": 0}


def test_lines_that_are_not_the_totals_are_refused():
    lines, totals = frames_of([cut(1, 590), cut(2, 10)])
    planted = lines.with_columns(amount=pl.col("amount") + 1)
    with pytest.raises(ConservationError, match="lines from day"):
        recognise(
            planted.lazy(), totals, package_of(envelope_of(1)), AUGUST, CARRIERS, NOTHING_YET, VAT
        )


def test_one_carrier_of_a_common_envelope_is_not_settled_alone():
    for rule in ("first_come", "pro_rata"):
        with pytest.raises(CatalogueError, match="hangs on the relief of b, c") as error:
            refuse_alone(package_of(envelope_of(1, rule)), "a", "2021-08")
        assert "per_carrier" in str(error.value)
    parts = {"a": 1, "b": 0, "c": 0}
    for envelope in (
        envelope_of(1, "track"),
        envelope_of(1, per_carrier=parts),
        envelope_of(1, carriers=["a"]),
        envelope_of(1, carriers=["b", "c"]),
        None,
    ):
        refuse_alone(package_of(envelope), "a", "2021-08")
    refuse_alone(package_of(envelope_of(1)), None, "2021-08")


def test_one_carrier_with_a_part_of_its_own_is_settled_alone():
    package = package_of(envelope_of(1_000, per_carrier={"a": 100, "b": 900, "c": 0}))
    found = recognised_of([cut(1, 590)], package, carriers=("a",))
    assert parted(found, "a") == (100, 490)
    assert found.burn_down["carrier"].unique().to_list() == ["a"]


amounts = st.integers(0, 4_000)


@st.composite
def envelopes(draw, rule):
    parts = draw(st.none() | st.fixed_dictionaries({name: amounts for name in CARRIERS}))
    amount = sum(parts.values()) if parts is not None else draw(st.integers(0, 20_000))
    return envelope_of(
        amount,
        rule,
        per_carrier=parts,
        basis=draw(st.sampled_from(["incl_vat", "excl_vat"])),
        natures=draw(
            st.sampled_from([["discount"], ["discount", "in_kind", "contribution"], ["in_kind"]])
        ),
        measures=draw(st.none() | st.just(["zero", "cut", "fund", "grant"])),
    )


def standing_before(draw, package):
    """What some carriers had of the envelopes when the period begins, and what is left of each."""
    had = {
        (part.id, name): draw(st.integers(0, 1_000))
        for part in package.parts()
        for name in CARRIERS
    }
    whole = {part.id: sum(had[part.id, name] for name in CARRIERS) for part in package.parts()}
    left = {}
    for part in package.parts():
        for name in (None, *CARRIERS) if part.envelope else ():
            parts = part.envelope.per_carrier
            if (name is None) == (parts is None):
                own = part.envelope.amount if name is None else parts[name]
                spent = whole[part.id] if name is None else had[part.id, name]
                left[part.id, name] = max(0, own - spent)
    return ToDate({}, {}, had, whole), left


@given(worlds(), st.data())
def test_first_come_is_its_naive_twin(rows, data):
    package = package_of(
        data.draw(envelopes("first_come")), data.draw(st.none() | envelopes("first_come"))
    )
    before, left = standing_before(data.draw, package)
    found = recognised_of(rows, package, before)
    naive = naive_first_come(rows, package, left)
    for programme, carrier, relief, recognised in found.programmes.select(
        "programme", "carrier", "relief", "recognised"
    ).iter_rows():
        assert relief == naive.relief.get((programme, carrier), 0)
        assert recognised == naive.recognised.get((programme, carrier), 0)
    told = {
        (programme, hi, lo, measure, nature): (relief, own)
        for programme, hi, lo, measure, nature, relief, own in found.own_account.select(
            pl.col("programme").cast(pl.String), "event_hi", "event_lo",
            pl.col("measure").cast(pl.String), pl.col("nature").cast(pl.String), "relief",
            "own_account",
        ).iter_rows()
    }  # fmt: skip
    assert told == naive.beyond and len(told) == found.own_account.height


@given(worlds(), st.sampled_from(["first_come", "pro_rata", "track"]), st.randoms(), st.data())
def test_the_order_of_frames_does_not_count(rows, rule, random, data):
    """Nor does it for a cap that binds at two fifths of the relief."""
    basis = data.draw(st.sampled_from(["incl_vat", "excl_vat"]))
    cap = 2 * sum(row[8] for row in rows) // 5
    package = package_of(envelope_of(cap, rule, basis=basis), envelope_of(cap, rule))
    one = recognised_of(rows, package)
    shuffled = list(rows)
    random.shuffle(shuffled)
    other = recognised_of(shuffled, package)
    assert one.programmes.equals(other.programmes) and one.burn_down.equals(other.burn_down)
    keys = ["programme", "start_ms", "event_hi", "event_lo", "measure"]
    assert one.own_account.sort(keys).equals(other.own_account.sort(keys))


@given(worlds(), st.sampled_from(["first_come", "pro_rata"]), st.data())
def test_never_overdrawn_nor_left_while_relief_is_on_own_account(rows, rule, data):
    package = package_of(data.draw(envelopes(rule)))
    before, left = standing_before(data.draw, package)
    found = recognised_of(rows, package, before)
    own = found.programmes.filter(pl.col("programme") == "one")
    for (_, carrier), amount in left.items():
        drawn = own if carrier is None else own.filter(pl.col("carrier") == carrier)
        assert drawn["recognised"].sum() == min(amount, drawn["relief"].sum())
    for day in found.burn_down.iter_rows(named=True):
        assert day["remaining"] >= 0 and 0 <= day["recognised"] <= day["relief"]


@given(st.lists(worlds(), min_size=3, max_size=3), st.data())
def test_a_chain_of_months_recognises_what_all_together_would(months, data):
    """By first come each line, whatever the month; by share each carrier, once it has closed."""
    rule = data.draw(st.sampled_from(["first_come", "pro_rata"]))
    envelope = data.draw(envelopes(rule))
    package = package_of({**envelope, "basis": "incl_vat"}, until="2021-10-31")
    before, rows, beyond = NOTHING_YET, [], 0
    for name, month in zip(("2021-08", "2021-09", "2021-10"), months, strict=True):
        period = Period.of(name)
        shift_ms = period.begin_ms - AUGUST.begin_ms
        own = [(*row[:9], row[9] + shift_ms) for row in month]
        found = recognised_of(own, package, before, period)
        before, rows = to_date_of(found.programmes), rows + own
        beyond += found.own_account["own_account"].sum()
    parts = envelope["per_carrier"] or {}
    left = {("one", None): envelope["amount"], **{("one", name): n for name, n in parts.items()}}
    naive = naive_first_come(rows, package, left)
    reliefs = {name: naive.relief.get(("one", name), 0) for name in CARRIERS}
    wanted = {name: naive.recognised.get(("one", name), 0) for name in CARRIERS}
    if rule == "first_come":
        assert beyond == sum(reliefs.values()) - sum(wanted.values())
    elif envelope["per_carrier"] is None:
        wanted = pro_rata(envelope["amount"], reliefs)
    assert {name: before.recognised_by_carrier["one", name] for name in CARRIERS} == wanted


def test_a_burn_down_by_hand():
    """300 of 1,000 in the days 1 and 2: 150 a day, so the 700 left last five days more."""
    days = burn_down(1_000, [0, 200, 100, 700, 50])
    assert [day.recognised for day in days] == [0, 200, 100, 700, 0]
    assert [day.remaining for day in days] == [1_000, 800, 700, 0, 0]
    assert [day.runs_out for day in days] == [None, 1 + 4, 2 + 5, 3, 3]
    tracked = burn_down(250, [200, 100], is_tracked=True)
    assert [(day.recognised, day.remaining, day.runs_out) for day in tracked] == [
        (200, 50, 1),
        (100, 0, 1),
    ]
    assert burn_down(FORECAST_DAYS_MAX + 1, [1])[0].runs_out == FORECAST_DAYS_MAX
    assert burn_down(FORECAST_DAYS_MAX + 2, [1])[0].runs_out is None
    assert burn_down(0, [5])[0] == (5, 0, 0, None)


def post(before, after, left):
    frame = pl.DataFrame(
        before, schema={"recognised": pl.Int64, "own_account": pl.Int64}, orient="row"
    )
    posted, rest = post_change(frame, pl.Series(after, dtype=pl.Int64), left)
    return posted.rows(), rest


def test_a_lowered_relief_frees_room_that_a_raise_of_the_same_posting_takes():
    """An envelope of 1,000 is used up by 590, 410 and 0. The second falls by 800, the first rises
    by 10 and the third by 3: 770 come off own account, 30 are given back, 13 are taken, 17 left."""
    before = [(590, 0), (410, 770), (0, 197)]
    assert post(before, [600, 380, 200], 0) == ([(600, 0), (380, 0), (3, 197)], 17)


def test_posted_amounts_keep_their_place():
    """Room that is freed goes to no line that did not change."""
    assert post([(590, 0), (410, 770)], [0, 1_180], 0) == ([(0, 0), (410, 770)], 590)
    assert post([], [], 5) == ([], 5)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 80)), max_size=12),
    st.integers(0, 60),
)
def test_a_posting_is_its_naive_twin(lines, left):
    before, after = [line[:2] for line in lines], [line[2] for line in lines]
    posted, rest = post(before, after, left)
    assert (posted, rest) == naive_post(before, after, left)
    assert [sum(line) for line in posted] == after
    assert sum(a for a, _ in before) + left == sum(a for a, _ in posted) + rest


@pytest.mark.parametrize(
    ("before", "after", "left"), [([(-1, 0)], [0], 0), ([(0, 0)], [-1], 0), ([], [], -1)]
)
def test_a_posting_takes_only_whole_amounts_that_are_not_negative(before, after, left):
    with pytest.raises(ValueError, match="not negative"):
        post(before, after, left)


# --- shares that are posted and change -----------------------------------------------------------


def test_shares_that_change_give_back_their_own_account_first_and_rises_share_what_is_left():
    before = {"cmc": (100, 50), "fpt": (40, 0), "vnpt": (10, 90)}
    after = {"cmc": 120, "fpt": 60, "vnpt": 130}
    # cmc falls by 30, all of its own account; fpt rises by 20 and vnpt by 30 into 25 that are left.
    assert post_shares(before, after, 25) == {"cmc": (100, 20), "fpt": (50, 10), "vnpt": (25, 105)}
    # fpt's fall of 40 comes first, so what it gives back is there for the others.
    assert post_shares(before, {**after, "fpt": 0}, 0)["vnpt"] == (40, 90)


@given(
    st.dictionaries(st.sampled_from("abcde"), st.tuples(*[st.integers(0, 50)] * 3), min_size=1),
    st.integers(0, 120),
)
def test_posted_shares_are_never_overdrawn_and_sum_to_the_reliefs(changes, left):
    before = {key: (recognised, own) for key, (recognised, own, _) in changes.items()}
    after = {key: now for key, (_, _, now) in changes.items()}
    found = post_shares(before, after, left)
    assert {key: sum(pair) for key, pair in found.items()} == after
    assert all(min(pair) >= 0 for pair in found.values())
    grown = sum(pair[0] for pair in found.values()) - sum(pair[0] for pair in before.values())
    assert grown <= left
    rises = [key for key in after if after[key] > sum(before[key])]
    if any(found[key][1] > before[key][1] for key in rises):
        assert grown == left  # nobody bears a rise himself while anything is left
    for key, (recognised, own) in before.items():
        if after[key] < recognised + own:
            assert found[key][0] == recognised or found[key][1] == 0
