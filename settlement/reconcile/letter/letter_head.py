"""The head, the close and the copies of a letter: what the house style says, in one language."""

from datetime import date
from typing import Any

from doisoat.messages.text import Text, message
from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.papers.house_style import Letter, Party, Style
from doisoat.settlement.reconcile.letter.detail_words import Names

TWO_DIGITS = 10
MONTHS_PADDED = 2  # as the decree has it: "tháng 02", but "tháng 3"


def head(
    say: Figures, style: Style, names: Names, month: date, dated: date | None
) -> dict[str, Any]:
    """What stands above the body and below it; None: left to be written by hand.

    Args: month: the period's first day; dated: the letter's date, None: not known yet.
    """
    house, of = style.house.letter, month_of(say, month)
    return {
        "superior": _either(say, house.superior, house.superior_en),
        "agency": _either(say, house.agency, house.agency_en),
        "number": None if house.number is None else f"{house.number:02}",
        "notation": house.notation,
        "place": _either(say, house.place, house.place_en),
        "date": None if dated is None else day_in_full(say, dated),
        "contact": _either(say, house.contact, house.contact_en),
        "subject": say.text(
            message("Re: differences in the declaration of telecom relief of {of}", of=of)
        ),
        "to": carrier_name(say, style, names),
        "signer": _signer(say, house),
    }


def recipients(say: Figures, house: Letter) -> list[str]:
    """To whom copies go, each line with its end: the carrier first, the files last."""
    filed = "VT" if house.filed is None else f"VT, {house.filed}"
    return [
        say.text(message("As above;")),
        *(
            f"{say.text(Text(recipient.name, recipient.name_en))};"
            for recipient in house.recipients
        ),
        say.text(message("Files: {filed}.", filed=filed)),
    ]


def carrier_name(say: Figures, style: Style, names: Names) -> str:
    """As the house style calls it, else the catalogue."""
    party = style.house.carriers.get(names.carrier, Party())
    known = {
        carrier.id: Text(carrier.name, carrier.name_en) for carrier in names.catalogue.carriers
    }
    name = known.get(names.carrier, Text(names.carrier, names.carrier))
    return say.text(Text(party.name or name.vi, party.name_en or name.en))


def month_of(say: Figures, month: date) -> str:
    """tháng 8 năm 2021, August 2021."""
    if say.lang == "en":
        return say.day(month).partition(" ")[2]
    return f"tháng {_padded(month.month, MONTHS_PADDED)} năm {month.year}"


def day_in_full(say: Figures, day: date) -> str:
    """As the decree has it: ngày 05 tháng 02 năm 2021."""
    if say.lang == "en":
        return say.day(day)
    return f"ngày {_padded(day.day, TWO_DIGITS - 1)} {month_of(say, day)}"


def _padded(number: int, up_to: int) -> str:
    return f"{number:02}" if number <= up_to else str(number)


def _either(say: Figures, vi: str | None, en: str | None) -> str | None:
    """The house style's text; both are there, or neither."""
    return None if vi is None or en is None else say.text(Text(vi, en))


def _signer(say: Figures, house: Letter) -> dict[str, Any] | None:
    signer = house.signer
    if signer is None:
        return None
    return {
        "power": _either(say, signer.power, signer.power_en),
        "title": say.text(Text(signer.title, signer.title_en)),
        "name": signer.name,
    }
