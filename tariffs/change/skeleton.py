"""The tariffs of a country that has none yet, drafted: a catalogue, a package, ten made-up events.

What a country's currency, numbers and clocks are is known by others (Unicode CLDR, the metadata of
telephone numbers, the time zone database) and taken from them. What nobody can know but its people
(tax, carriers, prices, the relief itself) is made up, marked `assumed`, and said to be open.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Final, NamedTuple

from doisoat.errors import CatalogueError
from doisoat.messages.text import Text, message

MONTH: Final = "2026-01"
CATALOGUE, PACKAGE, MAPPING = "catalogue", "relief.yaml", "mapping.yaml"
EVENTS, SUBSCRIBERS = "events.csv", "subscribers.csv"
CLDR: Final = "Unicode CLDR, territory and currency data"
MADE_UP: Final = "made up by doisoat catalogue new"
PEOPLE: Final = 3  # two subscribers, and whom they call
JURISDICTION: Final = """\
# The state that these tariffs are under: its amounts, their tax, its civil time, numbers and papers.
jurisdiction:
  id: $region
  name: $name
  name_en: $name_en
  amounts: {sign: $sign, sign_first: $sign_first, name: $currency, name_en: $currency_en, plural_en: $plural_en$minor, group: $group, point: $point}
  tax:
    name: "thuế"
    name_en: "tax"
    rates:
      - {percent: "0", valid_from: 2000-01-01, source: "$made_up", mark: assumed}
  zone: $zone
  zone_name: $name
  zone_name_en: $name_en
  numbers: {region: $region, country_code: $country_code, trunk: $trunk}
  papers:
    language: en
    title: $papers_title
    title_en: $papers_title_en
    motto: ""
    motto_en: ""
  source: "$cldr"
  mark: assumed
"""  # noqa: E501
CARRIERS: Final = """\
# Whose usage is priced, and in which currency.
id: $id
title: $title
currency: {code: $code, decimals: $decimals}

carriers:
  - {id: carrier, name: "Carrier", name_en: "Carrier", mobile: true, fixed: false, source: "$made_up", mark: assumed}

# Which network a number is of: its first digits, as it is dialled at home without $trunk.
numbering:
  prefixes:
    - {prefix: $prefix, network: "mobile:carrier", digits: $digits, source: "$made_up", mark: assumed}
  short_codes: []
"""  # noqa: E501
PLANS: Final = """\
# What usage costs, tax included.
plans:
  - id: carrier.BASIC
    carrier: carrier
    name: "BASIC"
    payment: prepaid
    valid_from: 2020-01-01
    rates:
      - {kind: voice, destination: [on_net, off_net], price: "$call", per: 1 min, block: 1 s}
      - {kind: sms, destination: [on_net, off_net], price: "$message", per: 1 msg, block: 1 msg}
      - {kind: data, destination: data, price: "$data", per: 1 MB, block: 1 KB}
    source: "$made_up"
    mark: assumed

packs:
  - id: carrier.MONTH
    carrier: carrier
    name: "MONTH"
    price: "$pack"
    validity: {days: 30}
    valid_from: 2020-01-01
    volumes:
      - {kind: data, destinations: [data], amount: 1 GB}
    after:
      - {kind: data, rule: plan}
    source: "$made_up"
    mark: assumed
"""
RELIEF: Final = """\
# A relief over the catalogue: packs at half their price for a month.
id: $id-relief
title: $title
title_en: $title_en
author: "doisoat catalogue new"
reference: "$made_up"
baseline: $id
measures:
  - id: R1
    title: "Giảm 50% giá gói cước"
    title_en: "Packs at half their price"
    document: "$made_up"
    valid_from: $month-01
    valid_until: 2026-02-01
    order: 10
    scope: {kinds: [pack]}
    effect: {type: price_cut, percent: "50"}
    source: "$made_up"
    mark: assumed
"""
MAPPED: Final = """\
# What the columns of events.csv and subscribers.csv are.
name: $id
title: "Sample files"
source_system: $id
usage:
  - name: events
    delimiter: ";"
    key: {columns: [key]}
    destination: plan
    data_unit: bytes
    fields:
      carrier: {constant: carrier}
      kind: {column: kind, values: {voice: voice, sms: sms, data: data, pack: pack}}
      subscriber: {column: number}
      other: {column: other}
      started: {column: started, form: civil}
      duration: {column: seconds, unit: s}
      units: {column: units}
      pack: {column: pack}
      action: {constant: registration}
      charged: {column: charged$amount_form}
subscriptions:
  - name: subscribers
    delimiter: ";"
    fields:
      number: {column: number}
      account: {constant: ""}
      carrier: {constant: carrier}
      plan: {column: plan}
      segment: {constant: standard}
      payment: {constant: prepaid}
      home_locality: {constant: ""}
      valid_from: {column: from, form: civil}
      valid_until: {column: until, form: civil}
"""
# Marks between digits that a catalogue may say, by those that locales write.
MARKS: Final = {"\u00a0": " ", "\u202f": " ", "\u2019": "'", "\u066c": ",", "\u066b": "."}


class Skeleton(NamedTuple):
    """What was written. open: what only people of the country can say, the most urgent first."""

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
    return Skeleton(
        folder, folder / CATALOGUE, folder / PACKAGE, tuple(files), _open_points(country)
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
    fields = {name: json.dumps(text, ensure_ascii=False) for name, text in _texts(region, country)}
    fields |= {
        "region": region, "id": region.lower(), "month": MONTH, "code": country.code,
        "decimals": str(country.decimals), "sign_first": str(country.is_sign_first).lower(),
        "digits": str(len(country.numbers[0])), "zone": country.zones[0], "made_up": MADE_UP,
        "cldr": CLDR,
        "minor": ', minor: "cent", minor_plural: "cents"' if country.decimals else "",
        "amount_form": f', decimal: ".", decimals: {country.decimals}' if country.decimals else "",
    }  # fmt: skip
    for name, units in (("call", 2), ("message", 1), ("data", 5), ("pack", 100), ("fee", 0)):
        fields[name] = _price(units, country.decimals)
    files = {
        f"{CATALOGUE}/jurisdiction.yaml": JURISDICTION,
        f"{CATALOGUE}/carriers.yaml": CARRIERS,
        f"{CATALOGUE}/plans.yaml": PLANS,
        PACKAGE: RELIEF,
        MAPPING: MAPPED,
    }
    texts = {name: Template(text).substitute(fields) for name, text in files.items()}
    return {**texts, **_rows(country, fields)}


def _texts(region: str, country: _Country) -> tuple[tuple[str, str], ...]:
    vi, en = country.names
    name, name_en, plural_en = country.currency_names
    group, point = country.marks
    return (
        ("name", vi), ("name_en", en), ("sign", country.sign), ("currency", name),
        ("currency_en", name_en), ("plural_en", plural_en), ("group", group), ("point", point),
        ("country_code", country.codes[0]), ("trunk", country.codes[1]),
        ("papers_title", vi.upper()), ("papers_title_en", en.upper()),
        ("prefix", country.numbers[0][:2]), ("title", f"{vi}: bản nháp"),
        ("title_en", f"{en}: a draft"),
    )  # fmt: skip


def _price(units: int, decimals: int) -> str:
    """A made-up price of so many of the currency, whole: a currency without decimals has more."""
    return f"{units}.00"[: 2 + decimals + len(str(units)) - 1] if decimals else str(units * 100)


def _rows(country: _Country, fields: Mapping[str, str]) -> dict[str, str]:
    """Ten made-up events of two subscribers, and the subscribers."""
    trunk, (first, second, third) = country.codes[1], country.numbers
    events = ["key;number;other;kind;started;seconds;units;pack;charged"]
    made: tuple[tuple[Any, ...], ...] = (
        (first, third, "voice", 3, "09:00:00", 60, "", "", ""),
        (first, third, "voice", 4, "10:30:00", 90, "", "", ""),
        (second, third, "voice", 5, "20:15:00", 600, "", "", ""),
        (first, second, "sms", 6, "08:00:00", "", 1, "", ""),
        (second, first, "sms", 7, "08:05:00", "", 1, "", ""),
        (first, "", "data", 8, "12:00:00", "", 1_048_576, "", ""),
        (first, "", "data", 20, "12:00:00", "", 10_485_760, "", ""),
        (second, "", "data", 21, "23:59:59", "", 3_145_728, "", ""),
        (first, "", "pack", 10, "07:00:00", "", "", "carrier.MONTH", fields["pack"]),
        (second, "", "pack", 31, "18:00:00", "", "", "carrier.MONTH", fields["pack"]),
    )
    for key, (number, other, kind, day, time, *rest) in enumerate(made, start=1):
        numbers = (f"{trunk}{number}", f"{trunk}{other}" if other else "")
        events.append(";".join(map(str, (key, *numbers, kind, f"{MONTH}-{day:02} {time}", *rest))))
    people = ["number;plan;from;until", *(f"{trunk}{number};carrier.BASIC;2025-01-01 00:00:00;"
                                    for number in (first, second))]  # fmt: skip
    return {EVENTS: "\n".join(events) + "\n", SUBSCRIBERS: "\n".join(people) + "\n"}
