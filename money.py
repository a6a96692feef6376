"""Integer money: named divisions, rounding rules, sharing, VAT, and exact texts of amounts.

No float comes in or goes out: each function refuses one (TypeError), and bool with it. A price
is an exact Fraction; an amount is an int of the currency's minor unit (cents, or whole đồng).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from doisoat.currency import check_whole

PRICE_DIGITS_MAX = 15  # Before the point: more is no price of a telecom service.
PRICE_DECIMALS_MAX = 9  # After it; the kernel's denominators stay within 10**12.

_PRICE = re.compile(
    rf"(-?)((?:0|[1-9][0-9]{{0,{PRICE_DIGITS_MAX - 1}}})(?:\.[0-9]{{1,{PRICE_DECIMALS_MAX}}})?)"
)


def _check_division(num: int, den: int) -> None:
    check_whole(num, den)
    if den < 1:
        raise ValueError(f"the divisor must be 1 or more, not {den}")


def div_floor(num: int, den: int) -> int:
    """The largest integer not above num / den, for any num and den >= 1."""
    _check_division(num, den)
    return num // den


def div_ceil(num: int, den: int) -> int:
    """The smallest integer not below num / den, for any num and den >= 1."""
    _check_division(num, den)
    return -(-num // den)


# The rules below see num >= 0 and den >= 1: _round guards them and deals with signs.
def _half_up(num: int, den: int) -> int:
    return (2 * num + den) // (2 * den)


def _half_down(num: int, den: int) -> int:
    return -((den - 2 * num) // (2 * den))


def _half_even(num: int, den: int) -> int:
    whole, rest = divmod(num, den)
    return whole + (2 * rest > den or (2 * rest == den and whole % 2 == 1))


def _up(num: int, den: int) -> int:
    return -(-num // den)


def _down(num: int, den: int) -> int:
    return num // den


ROUNDING_RULES: Mapping[str, Callable[[int, int], int]] = MappingProxyType(
    {
        "half_up": _half_up,
        "half_even": _half_even,
        "half_down": _half_down,
        "up": _up,
        "down": _down,
    }
)


def round_by(rule: str, num: int, den: int, *, signed: bool = False) -> int:
    """num / den rounded by a named rule: half_up, half_even, half_down, up, down.

    Amounts are not negative unless the caller says so: then the rule is applied to the magnitude
    and the sign is put back, so that a credit is always the mirror of its charge (half_up takes
    -5/2 to -3, and up moves away from zero).
    """
    if rule not in ROUNDING_RULES:
        raise ValueError(f"no rounding rule {rule!r}; there are: {', '.join(ROUNDING_RULES)}")
    _check_division(num, den)
    if num < 0 and not signed:
        raise ValueError(f"{num}/{den} is negative, and only signed=True rounds such amounts")
    rounded = ROUNDING_RULES[rule](abs(num), den)
    return rounded if num >= 0 else -rounded


def round_half_up(num: int, den: int, *, signed: bool = False) -> int:
    """num / den to the nearest integer, halves away from zero; negatives only if signed."""
    return round_by("half_up", num, den, signed=signed)


def parse_price(text: str, *, signed: bool = False) -> Fraction:
    """The exact value of a price as a catalogue writes it: "2.35", "1590".

    Refused (ValueError): exponents, separators, spaces, a plus, a minus unless signed, leading
    zeros, a point without digits on both sides, digits that are not ASCII.
    """
    if not isinstance(text, str):
        raise TypeError(f"a price is read from text, not from {type(text).__name__} {text!r}")
    match = _PRICE.fullmatch(text)
    if match is None or (match[1] and not signed):
        raise ValueError(
            f"{text!r} is not a price: write digits and at most one decimal point, as in 1590 or"
            f" 2.35 (up to {PRICE_DIGITS_MAX} digits before it and {PRICE_DECIMALS_MAX} after)"
        )
    return Fraction(text)


def in_units(amount: int, decimals: int) -> str:
    """Minor units as an amount of the currency, without grouping: 235 with 2 decimals is "2.35"."""
    check_whole(amount, decimals)
    if decimals == 0:
        return str(amount)
    whole, rest = divmod(abs(amount), 10**decimals)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:0{decimals}d}"


def exact_text(value: Fraction) -> str:
    """A fraction written exactly: the decimal where it ends ("2.35"), else "17/120"."""
    if not isinstance(value, Fraction):
        raise TypeError(f"an exact amount is a Fraction, not {type(value).__name__} {value!r}")
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return str(value)
    decimals = max(twos, fives)
    return in_units(value.numerator * 10**decimals // value.denominator, decimals)


def largest_remainder(total: int, weights: Sequence[int], keys: Sequence[Any]) -> list[int]:
    """Share a total by weights, to the last unit: what flooring leaves goes to the largest
    remainders, one each, and equal remainders are served in the order of their keys.

    Args: total >= 0; weights >= 0, not all 0 unless the total is 0; keys, one a weight, distinct
        and sortable, so that the order of the weights is no input.
    Returns: the shares, in the order given; their sum is the total.
    """
    check_whole(total, *weights)
    if len(weights) != len(keys) or len(set(keys)) != len(keys):
        raise ValueError("a share needs one weight and one key of its own")
    if total < 0 or min(weights, default=0) < 0:
        raise ValueError("neither a total nor a weight may be negative")
    sum_weights = sum(weights)
    if sum_weights == 0:
        if total:
            raise ValueError(f"no weight, so nobody to give {total} to")
        return [0] * len(weights)
    parts = [divmod(total * weight, sum_weights) for weight in weights]
    shares = [whole for whole, _ in parts]
    remainder = total - sum(shares)
    served = sorted(range(len(parts)), key=lambda place: (-parts[place][1], keys[place]))
    for place in served[:remainder]:
        shares[place] += 1
    return shares


def net_share(rate: Fraction) -> Fraction:
    """What of a price is left without the tax inside it: 1 / (1 + rate); at 10 %, 10/11."""
    if not isinstance(rate, Fraction) or rate < 0:
        raise TypeError(f"a tax rate is a Fraction of 0 or more, not {rate!r}")
    return 1 / (1 + rate)


def share_text(rate: Fraction) -> str:
    """`net_share` as formulas write it: "10/11" at 10 %."""
    share, whole = net_share(rate).as_integer_ratio()
    return f"{share}/{whole}"


def vat_of(gross: int, rate: Fraction) -> int:
    """The tax inside a gross amount: gross − half-up(gross × net_share(rate)).

    Of 1,180 it is 107 at 10 %, and 0 at 0 %. A credit's tax is the mirror of its charge's.
    """
    check_whole(gross)
    share = net_share(rate)
    return gross - round_half_up(gross * share.numerator, share.denominator, signed=True)
