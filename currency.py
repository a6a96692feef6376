"""How amounts are written: the currency in use, its sign, its name, and figures in its form.

With it goes the tax inside the prices of its state, which texts name.

An amount is an int of the currency's minor unit (cents, or whole đồng). No float comes in.
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

from doisoat.state import STATE
from doisoat.state import CurrencyForm as CurrencyForm
from doisoat.state import TaxForm as TaxForm

# As Unicode has it, where no currency is known.
NO_TAX: Final = TaxForm("¤", "¤", (("", Fraction(0)),))
NO_CURRENCY: Final = CurrencyForm("XXX", 0, "¤", False, "¤", "¤", "¤", "", "", ".", ",", NO_TAX)


class CurrencyInUse:
    """The currency that this process writes amounts in: that of the state in use. There is one,
    CURRENCY."""

    def write(self, form: CurrencyForm) -> None:
        """From now on amounts are written so; what else the state in use says stays."""
        state = STATE.known
        if state is None:
            raise ValueError("no state is in use")
        STATE.use(state._replace(amounts=form))

    @property
    def form(self) -> CurrencyForm:
        state = STATE.known
        return NO_CURRENCY if state is None else state.amounts

    @property
    def own_name(self) -> str:
        """What it is called in the language that papers of its state are signed in."""
        return self.form.name if STATE.language == "vi" else self.form.plural_en


CURRENCY: Final = CurrencyInUse()
OF_BEFORE: Final = "VND/0"  # of records that name no currency: once there was no other


def unit_code() -> str:
    """The currency in use as `--json` names the unit of an amount: dong, or its code (USD)."""
    form = CURRENCY.form
    return "dong" if form.id == OF_BEFORE else form.code


def currency_named(currency: str) -> dict[str, str]:
    """How a manifest names the currency of its amounts: that of OF_BEFORE it does not."""
    return {} if currency == OF_BEFORE else {"currency": currency}


class Amount(int):
    """An amount of minor units where counts stand beside it, as in a table."""


def check_whole(*values: object) -> None:
    """TypeError for what is no int: a float, a bool, a text."""
    for value in values:
        if type(value) is not int:
            raise TypeError(f"a whole number is needed, not {type(value).__name__} {value!r}")


def unit_number(amount: int) -> int | Decimal:
    """An amount of minor units as a number of the unit, exactly: 235 of cents is 2.35."""
    check_whole(amount)
    decimals = CURRENCY.form.decimals
    return Decimal(amount).scaleb(-decimals) if decimals else amount


def unit_text(amount: int) -> str:
    """The same as programs write it: digits, a point before decimals, no groups."""
    return f"{unit_number(amount):f}" if CURRENCY.form.decimals else str(amount)


def minor_units(text: str) -> int | None:
    """The amount that unit_text writes so; None for a text that has other or more decimals."""
    match = re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]+))?", text)
    decimals = CURRENCY.form.decimals
    if match is None or len(match[3] or "") > decimals:
        return None
    amount = int(match[2] + (match[3] or "").ljust(decimals, "0"))
    return -amount if match[1] else amount


def number_text(number: int, *, minus: str = "-") -> str:
    """Digits in threes as the state's readers expect: 1234567 is "1.234.567" in Viet Nam.

    `minus` is "-" (what software writes) or "−" for print.
    """
    check_whole(number)
    digits = f"{abs(number):,}".replace(",", CURRENCY.form.group)
    return minus + digits if number < 0 else digits


def figure(amount: int, *, minus: str = "-") -> str:
    """An amount of minor units without its sign: "1.234.567" of đồng, "12,345.67" of dollars."""
    check_whole(amount)
    form = CURRENCY.form
    whole, rest = divmod(abs(amount), 10**form.decimals)
    digits = number_text(whole) + (f"{form.point}{rest:0{form.decimals}d}" if form.decimals else "")
    return minus + digits if amount < 0 else digits


def amount_text(amount: int, *, minus: str = "-") -> str:
    """An amount of minor units with its sign: "1.234.567 đ", "$12,345.67"."""
    return with_sign(figure(amount, minus=minus), minus)


def with_sign(written: str, minus: str = "-") -> str:
    """A written figure with the sign of the currency: "−$5.00", "−5 đ"."""
    form = CURRENCY.form
    if not form.is_sign_first:
        return f"{written} {form.sign}"
    head = minus if written.startswith(minus) else ""
    return f"{head}{form.sign}{written.removeprefix(head)}"
