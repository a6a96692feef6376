"""Integer money: a row per clause; the properties hold for any amounts."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.currency import amount_text, number_text
from doisoat.money import (
    ROUNDING_RULES,
    div_ceil,
    div_floor,
    exact_text,
    in_units,
    largest_remainder,
    parse_price,
    round_by,
    round_half_up,
    vat_of,
)
from doisoat.settlement.figures.envelope import first_come, pro_rata
from tests.tax import VAT

AMOUNT = st.integers(0, 10**15)
SIGNED = st.integers(-(10**40), 10**40)
DIVISOR = st.integers(1, 10**12)


@pytest.mark.parametrize(
    ("rule", "of_5_halves", "of_7_halves", "of_7_thirds", "of_8_thirds", "of_6_thirds"),
    [
        pytest.param("half_up", 3, 4, 2, 3, 2, id="half up"),
        pytest.param("half_even", 2, 4, 2, 3, 2, id="half to the even neighbour"),
        pytest.param("half_down", 2, 3, 2, 3, 2, id="half down"),
        pytest.param("up", 3, 4, 3, 3, 2, id="up"),
        pytest.param("down", 2, 3, 2, 2, 2, id="down"),
    ],
)
def test_rounding_by_rule(rule, of_5_halves, of_7_halves, of_7_thirds, of_8_thirds, of_6_thirds):
    expected = (of_5_halves, of_7_halves, of_7_thirds, of_8_thirds, of_6_thirds)
    cases = ((5, 2), (7, 2), (7, 3), (8, 3), (6, 3))
    assert tuple(round_by(rule, num, den) for num, den in cases) == expected
    mirrored = tuple(round_by(rule, -num, den, signed=True) for num, den in cases)
    assert mirrored == tuple(-amount for amount in expected)


@given(num=AMOUNT, den=DIVISOR, rule=st.sampled_from(sorted(ROUNDING_RULES)))
def test_no_rule_moves_by_a_whole_unit_or_moves_a_whole_amount(num, den, rule):
    assert abs(round_by(rule, num, den) - Fraction(num, den)) < 1
    assert round_by(rule, num * den, den) == num
    if rule.startswith("half"):
        assert abs(round_by(rule, num, den) - Fraction(num, den)) <= Fraction(1, 2)


@given(num=SIGNED, den=DIVISOR)
def test_floor_and_ceil_enclose_the_quotient(num, den):
    assert div_floor(num, den) <= Fraction(num, den) <= div_ceil(num, den)
    assert div_ceil(num, den) - div_floor(num, den) == (num % den != 0)


def test_a_negative_amount_is_rounded_only_when_expected():
    assert round_half_up(-5, 2, signed=True) == -3
    with pytest.raises(ValueError, match="signed=True"):
        round_half_up(-5, 2)


@pytest.mark.parametrize("divide", [div_floor, div_ceil, round_half_up])
@pytest.mark.parametrize("den", [0, -1])
def test_a_divisor_below_one_is_refused(divide, den):
    with pytest.raises(ValueError, match="divisor"):
        divide(1, den)


@pytest.mark.parametrize("wrong", [1.0, True, "1", None, Fraction(1)])
def test_only_whole_numbers_are_money(wrong):
    calls = (
        lambda: div_floor(wrong, 1),
        lambda: div_ceil(1, wrong),
        lambda: round_half_up(wrong, 1),
        lambda: number_text(wrong),
        lambda: amount_text(wrong),
        lambda: in_units(wrong, 2),
        lambda: in_units(1, wrong),
        lambda: largest_remainder(1, [wrong], ["a"]),
        lambda: vat_of(wrong, VAT),
    )
    for call in calls:
        with pytest.raises(TypeError):
            call()


def test_an_unknown_rule_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match="half_up, half_even, half_down, up, down"):
        round_by("bankers", 1, 2)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("0", Fraction(0)),
        ("1590", Fraction(1590)),
        ("2.35", Fraction(47, 20)),
        ("0.000000001", Fraction(1, 10**9)),
        ("26.50", Fraction(53, 2)),
    ],
)
def test_a_price_is_read_exactly(text, price):
    assert parse_price(text) == price


@pytest.mark.parametrize(
    "text",
    [
        "", " 1", "1 ", "1\n", "1e3", "1_000", "1,000", "1.", ".5", "010", "+1", "-1", "--1", "1/2",
        "0x1", "nan", "inf", "٣", "²", "1.1.1", "1.0000000001", "1000000000000000",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_price_is_refused(text):
    with pytest.raises(ValueError, match="not a price"):
        parse_price(text)


def test_a_signed_price_is_read_where_one_is_expected():
    assert parse_price("-2.5", signed=True) == Fraction(-5, 2)
    for text in ("+2.5", "--2", "-"):
        with pytest.raises(ValueError, match="not a price"):
            parse_price(text, signed=True)


@pytest.mark.parametrize("wrong", [2.35, 2, None])
def test_a_price_is_read_from_text_only(wrong):
    with pytest.raises(TypeError):
        parse_price(wrong)


@pytest.mark.parametrize(
    ("amount", "grouped"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1.000"),
        (1_234_567, "1.234.567"),
        (-1_234, "-1.234"),
        (9_007_199_254_740_993, "9.007.199.254.740.993"),
    ],
)
def test_grouping(amount, grouped):
    assert number_text(amount) == grouped
    assert amount_text(amount) == f"{grouped} đ"


def test_print_may_ask_for_the_typographic_minus():
    assert amount_text(-1_234, minus="−") == "−1.234 đ"


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (235, 2, "2.35"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (-235, 2, "-2.35"),
        (0, 2, "0.00"),
        (1_180, 0, "1180"),
        (9_007_199_254_740_993, 6, "9007199254.740993"),
    ],
)
def test_an_amount_in_the_currencys_unit(amount, decimals, text):
    assert in_units(amount, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(1_180), "1180"),
        (Fraction(47, 20), "2.35"),
        (Fraction(1, 8), "0.125"),
        (Fraction(-1, 50), "-0.02"),
        (Fraction(17, 120), "17/120"),
        (Fraction(-3_304, 3), "-3304/3"),
    ],
)
def test_a_fraction_is_written_exactly(value, text):
    assert exact_text(value) == text


@given(SIGNED, st.integers(1, 10**12))
def test_what_is_written_exactly_reads_back_the_same(num, den):
    assert Fraction(exact_text(Fraction(num, den))) == Fraction(num, den)


@pytest.mark.parametrize("wrong", [1, 0.5, "1/2", None])
def test_only_a_fraction_is_written_exactly(wrong):
    with pytest.raises(TypeError, match="an exact amount is a Fraction"):
        exact_text(wrong)


@given(SIGNED)
def test_grouping_loses_no_digit(amount):
    assert int(number_text(amount).replace(".", "")) == amount


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        pytest.param(100, [1, 1, 1], [34, 33, 33], id="equal remainders go by key"),
        pytest.param(1_000, [590, 1_180, 197], [300, 600, 100], id="largest remainders first"),
        pytest.param(2, [0, 1, 0], [0, 2, 0], id="no weight, no share"),
        pytest.param(0, [0, 0, 0], [0, 0, 0], id="nothing is shared among nobody"),
    ],
)
def test_sharing_by_largest_remainder(total, weights, shares):
    assert largest_remainder(total, weights, ["a", "b", "c"]) == shares


@given(total=AMOUNT, weights=st.dictionaries(st.text(max_size=3), AMOUNT, max_size=8))
def test_shares_add_up_within_one_of_their_quota_in_any_order(total, weights):
    if not any(weights.values()):
        total = 0
    keys = list(weights)
    shares = dict(zip(keys, largest_remainder(total, list(weights.values()), keys), strict=True))
    assert sum(shares.values()) == total
    for key, weight in weights.items():
        quota = Fraction(total * weight, sum(weights.values())) if weight else Fraction(0)
        assert abs(shares[key] - quota) < 1
    keys.reverse()
    turned = largest_remainder(total, [weights[key] for key in keys], keys)
    assert dict(zip(keys, turned, strict=True)) == shares


@pytest.mark.parametrize(
    ("total", "weights", "keys"),
    [
        pytest.param(1, [0], ["a"], id="something for nobody"),
        pytest.param(-1, [1], ["a"], id="a negative total"),
        pytest.param(1, [2, -1], ["a", "b"], id="a negative weight"),
        pytest.param(1, [1, 1], ["a"], id="a weight without a key"),
        pytest.param(1, [1, 1], ["a", "a"], id="a key given twice"),
    ],
)
def test_what_cannot_be_shared_is_refused(total, weights, keys):
    with pytest.raises(ValueError):
        largest_remainder(total, weights, keys)


@pytest.mark.parametrize(
    ("gross", "vat"), [(1_180, 107), (0, 0), (1, 0), (11, 1), (110, 10), (-1_180, -107)]
)
def test_vat_inside_a_gross_amount(gross, vat):
    assert vat_of(gross, VAT) == vat


def test_vat_at_another_rate():
    assert vat_of(1_080, Fraction(2, 25)) == 80
    assert vat_of(1_080, Fraction(0)) == 0


@pytest.mark.parametrize("wrong", [0.1, 10, "1/10", Fraction(-1, 10)])
def test_a_vat_rate_is_an_exact_fraction(wrong):
    with pytest.raises(TypeError, match="Fraction"):
        vat_of(1_080, wrong)


def test_an_envelope_recognises_the_first_until_it_is_spent():
    assert first_come(1_000, [590, 1_180, 197]) == ([590, 410, 0], [0, 770, 197])


def test_an_envelope_recognises_pro_rata():
    assert pro_rata(1_000, {"a": 590, "b": 1_180, "c": 197}) == {"a": 300, "b": 600, "c": 100}


@given(envelope=AMOUNT, reliefs=st.dictionaries(st.text(max_size=3), AMOUNT, max_size=8))
def test_an_envelope_is_never_overdrawn_nor_left_while_relief_is_unrecognised(envelope, reliefs):
    granted = min(envelope, sum(reliefs.values()))
    recognised, own = first_come(envelope, reliefs.values())
    assert sum(recognised) == granted
    assert [a + b for a, b in zip(recognised, own, strict=True)] == list(reliefs.values())
    assert min(own, default=0) >= 0
    shared = pro_rata(envelope, reliefs)
    assert sum(shared.values()) == granted
    assert all(0 <= shared[key] <= relief for key, relief in reliefs.items())


@pytest.mark.parametrize(("envelope", "relief"), [(-1, 1), (1, -1), (1.0, 1), (1, 1.0)])
def test_an_envelope_takes_only_whole_amounts_that_are_not_negative(envelope, relief):
    with pytest.raises(ValueError, match="whole and not negative"):
        first_come(envelope, [relief])
    with pytest.raises(ValueError, match="whole and not negative"):
        pro_rata(envelope, {"a": relief})
