"""The jurisdiction of a catalogue, and the state that a process is in by it.

A catalogue in another currency than that of vn-2021 says its state, or it is refused.
"""

import functools
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.currency import OF_BEFORE, CurrencyForm, TaxForm
from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.state import STATE, NumberForm, PaperForm, State
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE, bundled_catalogue
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.tree import read_text, tree_of
from doisoat.tariffs.models.catalogue_model import Catalogue, Currency
from doisoat.tariffs.models.field_types import Model
from doisoat.tariffs.models.jurisdiction import Jurisdiction

FILE = "jurisdiction.yaml"
CODE_OF_BEFORE, DECIMALS_OF_BEFORE = OF_BEFORE.split("/")
CURRENCY_OF_BEFORE = Currency(code=CODE_OF_BEFORE, decimals=int(DECIMALS_OF_BEFORE))


class DatedRate(NamedTuple):
    """A rate of the tax inside prices, and the month from which it holds."""

    month: datetime
    share: Fraction  # the tax of a price of 1


class _Written(Model):
    jurisdiction: Jurisdiction


@functools.cache
def jurisdiction_of_before() -> Jurisdiction:
    """The state of a catalogue that says none: that of vn-2021, from before there were any."""
    path: Path = bundled_catalogue(DEFAULT_CATALOGUE) / FILE
    return validated(_Written, tree_of(path, read_text(path))).jurisdiction


def as_stored(catalogue: Catalogue) -> Catalogue:
    """A catalogue of the state of before says no state, so that its digest is what it was."""
    if catalogue.jurisdiction is None or catalogue.jurisdiction != jurisdiction_of_before():
        return catalogue
    return catalogue.model_copy(update={"jurisdiction": None})


def jurisdiction_of(catalogue: Catalogue) -> Jurisdiction:
    """The state that a catalogue is under. CatalogueError if its currency is none of before."""
    return _jurisdiction_of(catalogue.id, catalogue.currency, catalogue.jurisdiction)


def _jurisdiction_of(
    catalogue: str, currency: Currency, jurisdiction: Jurisdiction | None
) -> Jurisdiction:
    if jurisdiction is not None:
        return jurisdiction
    if currency == CURRENCY_OF_BEFORE:
        return jurisdiction_of_before()
    raise CatalogueError(
        message(
            "the catalogue {catalogue} is in {currency_code} and does not say of which state it is",
            catalogue=catalogue,
            currency_code=currency.code,
        ),
        "jurisdiction",
        message("write the key jurisdiction: the state, and how its amounts are written"),
    )


def tax_rate(catalogue: Catalogue, month: datetime) -> Fraction:
    """The rate of the tax inside prices in a month, which begins then.

    Raises: CatalogueError where the state has none in force.
    """
    return rate_in(tax_rates(catalogue), month)


def is_tax_assumed(catalogue: Catalogue, month: datetime) -> bool:
    """Is the rate of a month marked assumed? False where none is in force."""
    rates = [rate for rate in jurisdiction_of(catalogue).tax.rates if rate.valid_from <= month]
    return bool(rates) and rates[-1].mark == "assumed"


def tax_rates(catalogue: Catalogue) -> list[DatedRate]:
    """The rates of the tax inside prices by the months from which they hold, in order."""
    return _dated(jurisdiction_of(catalogue))


def tax_rates_stored(content: Mapping[str, Any]) -> list[DatedRate]:
    """The same by the JSON of a catalogue that a run's folder keeps: raises as `state_stored`."""
    _, state = _stored(content)
    return _dated(state)


def _dated(state: Jurisdiction) -> list[DatedRate]:
    return [DatedRate(rate.valid_from, rate.share) for rate in state.tax.rates]


def rate_in(rates: Sequence[DatedRate], month: datetime) -> Fraction:
    """The rate of a month. Raises: CatalogueError where none of them is in force."""
    shares = [rate.share for rate in rates if rate.month <= month]
    if shares:
        return shares[-1]  # they follow each other
    raise CatalogueError(
        message(
            "the state has no rate of the tax inside prices for {month}: its first one begins on"
            " {begin}",
            month=f"{month:%Y-%m}", begin=rates[0].month.date(),
        ),
        "jurisdiction.tax.rates",
        message(
            "write the rate that is in force then, with its first day and its source; 0 where"
            " prices include no tax"
        ),
    )  # fmt: skip


def form_of(currency: Currency, jurisdiction: Jurisdiction) -> CurrencyForm:
    """How amounts of a currency are written in a state."""
    form, tax, rates = jurisdiction.amounts, jurisdiction.tax, _dated(jurisdiction)
    if {form.minor is not None, form.minor_plural is not None} != {currency.decimals > 0}:
        raise CatalogueError(
            message(
                "{currency_code} has {decimals} decimals, and the state says {minor} of its"
                " smallest part",
                currency_code=currency.code, decimals=currency.decimals,
                minor=message("nothing") if form.minor is None else form.minor,
            ),
            "jurisdiction.amounts.minor",
            message(
                "name the smallest part, one and several of it, of a currency with decimals alone"
            ),
        )  # fmt: skip
    return CurrencyForm(
        currency.code, currency.decimals, form.sign, form.sign_first, form.name,
        form.name_en, form.plural_en, form.minor or "", form.minor_plural or "", form.group,
        form.point,
        TaxForm(tax.name, tax.name_en, tuple((f"{of.month:%Y-%m}", of.share) for of in rates)),
    )  # fmt: skip


def _state(currency: Currency, jurisdiction: Jurisdiction) -> State:
    numbers, papers = jurisdiction.numbers, jurisdiction.papers
    return State(
        form_of(currency, jurisdiction),
        jurisdiction.zone,
        jurisdiction.zone_name,
        jurisdiction.zone_name_en,
        NumberForm(numbers.region, numbers.country_code, numbers.trunk),
        PaperForm(papers.language, papers.title, papers.title_en, papers.motto, papers.motto_en),
    )


def state_of(catalogue: Catalogue) -> State:
    """The state of a catalogue. CatalogueError if it says none, and its currency is another."""
    return _state(catalogue.currency, jurisdiction_of(catalogue))


def state_of_before() -> State:
    """The state of vn-2021."""
    return _state(CURRENCY_OF_BEFORE, jurisdiction_of_before())


def state_stored(content: Mapping[str, Any]) -> State:
    """The state in the JSON of a catalogue that a run's folder keeps.

    Raises: KeyError or ValueError for what is no catalogue, CatalogueError for one that says no
        state.
    """
    return _state(*_stored(content))


def _stored(content: Mapping[str, Any]) -> tuple[Currency, Jurisdiction]:
    currency = Currency.model_validate(content["currency"])
    said = content.get("jurisdiction")
    state = None if said is None else Jurisdiction.model_validate(said)
    return currency, _jurisdiction_of(str(content["id"]), currency, state)


def use_state_of(catalogue: Catalogue) -> None:
    """From now on the process is in the catalogue's state, if it says one."""
    if catalogue.jurisdiction is not None or catalogue.currency == CURRENCY_OF_BEFORE:
        STATE.use(state_of(catalogue))
