"""Telephone numbers of any country: one form of each however it is written, by `phonenumbers`.

The library is read when the first number of a state needs it. The numbers of Viet Nam have a dated
plan of their own (`engine/keys/number_plan.py`).
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from doisoat.state import NumberForm

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

DATED: Final = NumberForm("VN", "84", "0")  # whose plan is dated: its forms changed with the years
WRITTEN: Final = re.compile(r"\+?[0-9 ().\-/]*")


class Dialled(NamedTuple):
    """A number that can be one."""

    digits: str  # E.164, without +
    national: str  # without the country's code and what is dialled before it
    is_abroad: bool


@cache
def codes_of(region: str) -> tuple[str, str] | None:
    """The country code of a region, and its trunk prefix ("": none); None for no region."""
    if region == DATED.region:  # so that its catalogues wait for no library
        return DATED.country_code, DATED.trunk
    from phonenumbers import PhoneMetadata

    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        return None
    return str(metadata.country_code), metadata.national_prefix or ""


def dialled(text: str, form: NumberForm) -> Dialled | None:
    """What a text means that is dialled, or written by a switch, in a state; None if no number.

    With + it is international. Else it is the first of these that is in use: what begins with the
    country code, what is dialled in the state, what comes after 00. Where none is, what is dialled
    in the state stands if it has as many digits as a number may have there.
    """
    bare = text.strip()
    if WRITTEN.fullmatch(bare) is None or not any(sign.isdigit() for sign in bare):
        return None
    digits = re.sub("[^0-9]", "", bare)
    if bare.startswith("+"):
        return _possible(bare, form)
    forms = [bare, f"+{digits[2:]}"] if digits.startswith("00") else [bare]
    if digits.startswith(form.country_code):
        forms.insert(0, f"+{digits}")
    in_use = next((each for each in forms if is_in_use(each, form)), None)
    return _possible(in_use or bare, form)


def is_in_use(text: str, form: NumberForm) -> bool:
    """Does somebody of the world have a number in this range, as it is dialled in a state?"""
    from phonenumbers import is_valid_number

    number = _parsed(text, form)
    return number is not None and is_valid_number(number)


def _possible(text: str, form: NumberForm) -> Dialled | None:
    from phonenumbers import (
        PhoneNumberFormat,
        ValidationResult,
        format_number,
        is_possible_number_with_reason,
        national_significant_number,
        region_code_for_number,
    )

    number = _parsed(text, form)
    if number is None or is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    is_ours = str(number.country_code) == form.country_code
    # Several states may have one country code, as those of North America have.
    if is_ours and region_code_for_number(number) not in (form.region, None):
        is_ours = False
    digits = format_number(number, PhoneNumberFormat.E164).removeprefix("+")
    return Dialled(digits, national_significant_number(number), not is_ours)


def _parsed(text: str, form: NumberForm) -> "PhoneNumber | None":
    from phonenumbers import NumberParseException, parse

    try:
        return parse(text, form.region)
    except NumberParseException:
        return None
