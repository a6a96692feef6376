"""Checks of the state that a catalogue is under: its currency, and the tax inside its prices."""

from collections.abc import Iterator
from fractions import Fraction

from doisoat.messages.text import message
from doisoat.tariffs.check.check_dates import Check
from doisoat.tariffs.check.findings import Finding, Place
from doisoat.tariffs.models.catalogue_model import Catalogue

LEAST_RATE = Fraction(1, 100)  # a rate below is hardly one in per cent


def check_currency(catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """The currency is one of ISO 4217 that is paid with in the state, as Unicode CLDR has it."""
    if catalogue.jurisdiction is None:
        return
    from babel.numbers import get_territory_currencies, is_currency

    code, region = catalogue.currency.code, catalogue.jurisdiction.id
    tender = get_territory_currencies(region, tender=True)
    if not is_currency(code):
        fault = message("{currency_code} is no currency of ISO 4217", currency_code=code)
    elif tender and code not in tender:
        fault = message(
            "{currency_code} is not what is paid with in {region}: {tender}",
            currency_code=code, region=region, tender=", ".join(tender),
        )  # fmt: skip
    else:
        return
    yield Finding(
        "warning",
        "currency-strange",
        place("currency", "code"),
        fault,
        message("write the currency of the prices, and the state of that currency"),
    )


def check_rates(catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """A rate of tax is in per cent."""
    if catalogue.jurisdiction is None:
        return
    for i, rate in enumerate(catalogue.jurisdiction.tax.rates):
        if 0 < rate.share < LEAST_RATE:
            yield Finding(
                "warning",
                "tax-share",
                place("jurisdiction", "tax", "rates", i, "percent"),
                message("a tax of {percent} % is hardly meant", percent=rate.percent),
                message("write per cent: 7.5 where the share is 0.075"),
            )


CHECKS: tuple[Check, ...] = (check_currency, check_rates)
