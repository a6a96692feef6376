"""Whole figures of a claim out of texts: digits, perhaps grouped in threes by one sign. No I/O.

A group sign is taken only where the file shows that it is one: `1.234.567` shows it of the point,
and then `1.234` is read too; where nothing shows it, `1.234` may be decimals, and is refused.
How large a figure may be hangs on its column: claims.limits.
"""

import re
from decimal import Context, Decimal, localcontext
from typing import Final, NamedTuple

from doisoat.currency import CURRENCY, unit_text
from doisoat.engine.tables.findings import Findings
from doisoat.messages.text import Text, message

EXACT_BELOW: Final = 2**53  # many programs that write JSON lose digits from here on
SHOWN_BELOW: Final = 10**15  # spreadsheets show 15 digits of a number, and 0 for the rest
DIGITS_MAX: Final = 40  # of a text: longer ones are no figure, and cost time to read
SHOWN: Final = 40  # characters of a text that a message shows
DIGITS: Final = re.compile(r"-?[0-9]+")
GROUPED: Final = re.compile(r"-?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+)")
# As programs write the numbers of a workbook: a point before decimals, perhaps an exponent.
NUMBER: Final = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,30}))?(?:[eE]([+-]?[0-9]{1,3}))?")
ODD_SPACES: Final = "\u00a0\u202f\u2007\u2009\u200b\ufeff"
MEND: Final = message("write a whole number in digits alone: 1234567, with a leading - if below 0")
THREE: Final = 3  # digits of a group
GROUP: Final = re.compile("[1-9][0-9]{0,2}")  # the first of several
DIGITS_SHOWN: Final = 15
# An amount with decimals or groups; of 1,234 the sign is looked at when it is read.
AMOUNT: Final = re.compile(
    r"(?P<minus>-?)(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?:[.,][0-9]{3})+?)"
    r"(?:(?P<sign>[.,])(?P<rest>[0-9]+))?"
)
AS_TEXT: Final = message("write this number as text, in digits alone")


class Unclear(NamedTuple):
    """A figure with one group, which hangs on what the rest of the file shows."""

    at: str
    text: str
    sign: str


class Figures:
    """Reads the figures of one file; `settle` judges at its end what hung on the whole."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.shown: dict[str, str] = {}  # group sign: the address that shows it
        self.unclear: list[Unclear] = []

    def of_text(self, text: str, at: str) -> int | None:
        """A figure of a text; None, and a finding, if it is none."""
        if len(text) > DIGITS_MAX:
            return self._refuse(text, at, _fault_of(text))
        if DIGITS.fullmatch(text):
            return int(text)
        if not GROUPED.fullmatch(text):
            return self._refuse(text, at, _fault_of(text))
        sign = "." if "." in text else ","
        if text.count(sign) > 1:
            self.shown.setdefault(sign, at)
        else:
            self.unclear.append(Unclear(at, text, sign))
        return int(text.replace(sign, ""))

    def of_number(self, text: str, at: str) -> int | None:
        """A figure of a workbook's number, as the file spells it; None, and a finding, if none."""
        match = NUMBER.fullmatch(text)
        if match is None:
            return self._refuse(text, at, message("no number"))
        sign, whole, decimals = match[1], match[2], match[3] or ""
        moved = int(match[4] or 0) - len(decimals)
        digits = int(whole + decimals)
        if digits == 0 or moved >= 0:
            value: int = digits * 10 ** min(max(moved, 0), DIGITS_MAX)
        elif -moved > len(whole + decimals) or digits % 10**-moved:
            return self._refuse(text, at, message("no whole number"))
        else:
            value = digits // 10**-moved
        if value >= SHOWN_BELOW:
            shown = text[:SHOWN]
            fault = message("{shown}: a spreadsheet shows 15 digits of a number", shown=shown)
            self.findings.add("number", at, fault, AS_TEXT)
            return None
        return -value if sign else value

    def of_integer(self, text: str, at: str) -> int | None:
        """A figure of an integer of JSON, as the file spells it; None, and a finding, if none."""
        value = int(text) if len(text) <= DIGITS_MAX else EXACT_BELOW
        if abs(value) < EXACT_BELOW:
            return value
        shown = text[:SHOWN]
        fault = message("{shown} is past what JSON keeps exactly (2^53)", shown=shown)  # fmt: skip
        self.findings.add("number", at, fault, AS_TEXT)
        return None

    def amount_of_text(self, text: str, at: str) -> int | None:
        """Minor units of an amount in the currency's unit; None, and a finding, if it is none.

        The last sign begins decimals where no group of three can stand after it; before three
        digits a lone sign is read as the state writes it, or else refused.
        """
        decimals = CURRENCY.form.decimals
        match = AMOUNT.fullmatch(text) if len(text) <= DIGITS_MAX else None
        if match is None:
            return self._refuse(text, at, _fault_of(text), mend_of_amounts())
        minus, whole, rest = match["minus"], match["whole"], match["rest"] or ""
        groups = {sign for sign in whole if sign in ".,"}
        if len(rest) == THREE and GROUP.fullmatch(whole):  # 1,234 or 1.234
            if match["sign"] == CURRENCY.form.group:
                if decimals >= THREE:
                    why = message("its {sign} may group digits or begin decimals",
                                  sign=repr(match["sign"]))  # fmt: skip
                    return self._refuse(text, at, why, mend_of_amounts())
                whole, rest = whole + rest, ""
        elif len(rest) == THREE and groups == {match["sign"]}:  # 1,234,567
            whole, rest = whole + rest, ""
        if len(groups) > 1 or (rest and match["sign"] in groups):
            why = message("its groups are not of three digits")
            return self._refuse(text, at, why, mend_of_amounts())
        if len(rest) > decimals:
            return self._refuse(text, at, too_many_decimals(), mend_of_amounts())
        digits = re.sub("[.,]", "", whole) + rest.ljust(decimals, "0")
        return -int(digits) if minus else int(digits)

    def amount_of_number(self, text: str, at: str) -> int | None:
        """The same of a workbook's number: of the digits that it stores, the 15 that it shows."""
        if NUMBER.fullmatch(text) is None:
            return self._refuse(text, at, message("no number"), mend_of_amounts())
        with localcontext(Context(prec=DIGITS_SHOWN)):
            shown = +Decimal(text)
        minor = shown.scaleb(CURRENCY.form.decimals)
        if abs(minor) >= SHOWN_BELOW:
            fault = message(
                "{shown}: a spreadsheet shows 15 digits of a number", shown=text[:SHOWN]
            )
            self.findings.add("number", at, fault, AS_TEXT)
            return None
        if minor != minor.to_integral_value():
            return self._refuse(text, at, too_many_decimals(), mend_of_amounts())
        return int(minor)

    def settle(self) -> None:
        """Refuse what the file leaves unclear, now that all of it was read."""
        if len(self.shown) > 1:
            (first_sign, first), (second_sign, second) = self.shown.items()
            self.findings.add(
                "number",
                second,
                message(
                    "groups of three are parted by {second_sign} here, by {first_sign} at {first}",
                    second_sign=repr(second_sign),
                    first=first,
                    first_sign=repr(first_sign),
                ),
                MEND,
            )
        for at, text, sign in self.unclear:
            if sign not in self.shown:
                self._refuse(
                    text, at,
                    message("its {sign} may group digits or begin decimals", sign=repr(sign)),
                )  # fmt: skip

    def _refuse(self, text: str, at: str, why: Text, mend: Text = MEND) -> int | None:
        shown = repr(text[:SHOWN])
        self.findings.add(
            "number",
            at,
            message("{shown} is not read: {why}", shown=shown, why=why),
            mend,
        )
        return None


def too_many_decimals() -> Text:
    """What is said of an amount that the currency has no coin for."""
    return message(
        "it has more than the {decimals} decimals of {currency_name}",
        decimals=CURRENCY.form.decimals,
    )


def mend_of_amounts() -> Text:
    return message(
        "write an amount in {currency_name}, in digits: {amount}, with a leading - if below 0",
        amount=unit_text(1234567),
    )


def _fault_of(text: str) -> Text:
    """What keeps a text from being a whole number."""
    if len(text) > DIGITS_MAX:
        return message("it is longer than {digits_max} characters", digits_max=DIGITS_MAX)
    if any(space in text for space in ODD_SPACES):
        return message("a no-break or other odd space is in it")
    if "." in text and "," in text:
        return message("it has both a point and a comma")
    if re.fullmatch(r"-?[0-9.,]+[eE][+-]?[0-9]+", text):
        return message("it has an exponent")
    if re.fullmatch(r"-?[0-9]+[.,][0-9]+", text):
        return message("decimals, or no groups of three")
    if re.fullmatch(r"-?[0-9.,]+", text):
        return message("its groups are not of three digits")
    return message("it is not digits")
