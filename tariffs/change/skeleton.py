"""The tariffs of a country that has none yet, drafted: a catalogue, a package, ten made-up events.

What a country's currency, numbers and clocks are is known by others (Unicode CLDR, the metadata of
telephone numbers, the time zone database) and taken from them. What nobody can know but its people
(tax, carriers, prices, the relief itself) is made up, marked `assumed`, and said to be open.
"""

import json
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from doisoat.errors import CatalogueError
from doisoat.messages.text import Text, message, template

MONTH: Final = "2026-01"
TEMPLATES: Final = Path(__file__).parents[1] / "skeleton"
CATALOGUE, PACKAGE = "catalogue", "relief.yaml"
FILES: Final = (
    "catalogue/jurisdiction.yaml", "catalogue/carriers.yaml", "catalogue/plans.yaml", PACKAGE,
    "mapping.yaml", "events.csv", "subscribers.csv",
)  # fmt: skip
MADE_UP_PRICES: Final = {"call": 2, "message": 1, "data": 5, "pack": 100}
CLDR: Final = "Unicode CLDR, territory and currency data"
MADE_UP: Final = "made up by doisoat catalogue new"
TITLE: Final = template("{country}: a draft")
PEOPLE: Final = 3  # two subscribers, and whom they call
# Marks between digits that a catalogue may say, by those that locales write.
MARKS: Final = {"\u00a0": " ", "\u202f": " ", "\u2019": "'", "\u066c": ",", "\u066b": "."}


class Skeleton(NamedTuple):
    """What was written. open: what only people of the country can say, the most urgent first."""

    country: Text
    currency: Text
    folder: Path
    catalogue: Path
    package: Path
    files: tuple[str, ...]
    open: tuple[Text, ...]


class _Country(NamedTuple):
    """What others know of a country."""

    names: tuple[str, str]  # Vietnamese and English
    code: str  # of its currency
    decimals: int
    sign: str
    is_sign_first: bool
    currency_names: tuple[str, str, str]  # Vietnamese, English, several in English
    marks: tuple[str, str]  # between thousands, before decimals
    zones: tuple[str, ...]  # the one of the example number first
    codes: tuple[str, str]  # of telephone numbers: the country's, and the trunk prefix
    numbers: tuple[str, ...]  # that can be dialled, national


def write_skeleton(region: str, folder: Path) -> Skeleton:
    """Write a catalogue, a package, a mapping and ten events of a country into a new folder.

    Args: region: two letters of ISO 3166-1.
    Raises: CatalogueError for a country that is not known, or a folder that is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CatalogueError(
            message("it is there already"), str(folder), message("choose a new folder with --out")
        )
    country = _country_of(region)
    files = _files(region, country)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    vi, en, _ = country.currency_names
    return Skeleton(
        Text(*country.names),
        Text(vi, en),
        folder,
        folder / CATALOGUE,
        folder / PACKAGE,
        tuple(files),
        _open_points(country),
    )


def _country_of(region: str) -> _Country:
    from babel import Locale, UnknownLocaleError
    from babel.numbers import (
        get_currency_name,
        get_currency_precision,
        get_currency_symbol,
        get_territory_currencies,
    )

    from doisoat.dialling import codes_of

    codes = codes_of(region) if len(region) == 2 and region.isalpha() else None
    try:
        locale = None if codes is None else Locale.parse(f"und_{region}")
    except UnknownLocaleError:
        locale = None
    currencies = () if locale is None else get_territory_currencies(region, tender=True)
    if codes is None or locale is None or not currencies:
        raise _unknown(region)
    code = currencies[0]
    symbols = locale.number_symbols["latn"]
    pattern = locale.currency_formats["standard"].pattern.strip("\u200e\u200f")
    zones, numbers = _zones_and_numbers(region)
    return _Country(
        (_name(region, "vi"), _name(region, "en")),
        code,
        get_currency_precision(code),
        get_currency_symbol(code, locale=locale).strip("\u200e\u200f"),
        pattern.startswith("¤"),
        (
            get_currency_name(code, locale="vi"),
            get_currency_name(code, count=1, locale="en"),
            get_currency_name(code, count=2, locale="en"),
        ),
        (_mark(symbols["group"]), _mark(symbols["decimal"])),
        zones,
        codes,
        numbers,
    )


def _unknown(region: str) -> CatalogueError:
    return CatalogueError(
        message("no country is known by {region}", region=repr(region)),
        "--jurisdiction",
        message("write its two letters as ISO 3166-1 has them, such as KE, NG or IN"),
    )


def _name(region: str, language: str) -> str:
    from babel import Locale

    return str(Locale.parse(language).territories.get(region, region))


def _mark(sign: str) -> str:
    return MARKS.get(sign, sign)


def _zones_and_numbers(region: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The zones of an example number, and three numbers that can be dialled there, national."""
    import phonenumbers
    from phonenumbers.timezone import time_zones_for_number

    kind = phonenumbers.PhoneNumberType.MOBILE
    example = phonenumbers.example_number_for_type(region, kind)
    if example is None:
        example = phonenumbers.example_number(region)
    if example is None:
        raise _unknown(region)
    digits = phonenumbers.national_significant_number(example)
    near = [f"{digits[:-2]}{last:02}" for last in range(100)]
    dialled = [
        each for each in near if phonenumbers.is_valid_number(phonenumbers.parse(each, region))
    ]
    return tuple(time_zones_for_number(example)), tuple(dialled[:PEOPLE])


def _open_points(country: _Country) -> tuple[Text, ...]:
    """What only people of the country can say."""
    points = [
        message("the tax inside prices: jurisdiction.yaml says none, from 2000 on (tax)"),
        message("head and language of official papers: jurisdiction.yaml (papers)"),
        message("carriers, their numbers, plans, packs and prices: carriers.yaml, plans.yaml"),
        message("the relief: relief.yaml halves the price of packs in {month}", month=MONTH),
    ]
    if country.decimals:
        points.insert(
            1,
            message("what the smallest part of the currency is called: jurisdiction.yaml (minor)"),
        )
    if len(country.zones) > 1:
        listed = ", ".join(country.zones)
        points.insert(
            1,
            message("which civil time holds: jurisdiction.yaml (zone), of {listed}", listed=listed),
        )
    return tuple(points)


def _files(region: str, country: _Country) -> dict[str, str]:
    """The text of each file, by its place in the folder."""
    trunk = country.codes[1]
    fields = {name: json.dumps(text, ensure_ascii=False) for name, text in _texts(region, country)}
    fields |= {name: _price(units, country.decimals) for name, units in MADE_UP_PRICES.items()}
    fields |= {
        name: trunk + number
        for name, number in zip(("first", "second", "third"), country.numbers, strict=True)
    }
    fields |= {
        "region": region, "id": region.lower(), "month": MONTH, "code": country.code,
        "decimals": str(country.decimals), "sign_first": str(country.is_sign_first).lower(),
        "digits": str(len(country.numbers[0])), "zone": country.zones[0], "made_up": MADE_UP,
        "cldr": CLDR,
        "minor": ', minor: "cent", minor_plural: "cents"' if country.decimals else "",
        "amount_form": f', decimal: ".", decimals: {country.decimals}' if country.decimals else "",
    }  # fmt: skip
    return {
        name: Template((TEMPLATES / name).read_text("utf-8")).substitute(fields) for name in FILES
    }


def _texts(region: str, country: _Country) -> tuple[tuple[str, str], ...]:
    vi, en = country.names
    name, name_en, plural_en = country.currency_names
    group, point = country.marks
    return (
        ("name", vi), ("name_en", en), ("sign", country.sign), ("currency", name),
        ("currency_en", name_en), ("plural_en", plural_en), ("group", group), ("point", point),
        ("country_code", country.codes[0]), ("trunk", country.codes[1]),
        ("papers_title", vi.upper()), ("papers_title_en", en.upper()),
        ("prefix", country.numbers[0][:2]), 
        ("title", TITLE(country=vi).vi), ("title_en", TITLE(country=en).en),
    )  # fmt: skip


def _price(units: int, decimals: int) -> str:
    """A made-up price: so many of the currency, a hundred times as many of one without decimals."""
    return f"{units}.{0:0{decimals}}" if decimals else str(100 * units)
