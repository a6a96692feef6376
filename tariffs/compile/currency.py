"""The currency that amounts for people are written in: đồng, which has no minor unit.

Relief and settlement know the VAT, the documents and the words of Viet Nam alone. A catalogue of
another currency can be checked, shown and quoted from; nothing is settled or written from it.
"""

from typing import Final

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.models.catalogue_model import Catalogue, Currency

DONG: Final = Currency(code="VND", decimals=0)


def refuse_other_currency(catalogue: Catalogue) -> None:
    """CatalogueError for a catalogue whose amounts are not whole đồng."""
    refuse_currency(catalogue.id, catalogue.currency)


def refuse_currency(catalogue: str, currency: Currency) -> None:
    """The same of a catalogue of which the id and the currency are known."""
    if currency == DONG:
        return
    shown = f"{currency.code}" if currency.code != DONG.code else f"VND/{currency.decimals}"
    raise CatalogueError(
        message(
            "the catalogue {catalogue} is in {shown}, and settlements and all that is"
            " written for people are in whole đồng alone (VND, 0 decimals)",
            catalogue=catalogue,
            shown=shown,
        ),
        "currency",
        message("choose a catalogue in VND; what single events cost: doisoat quote"),
    )
