"""Sources of bundled catalogues and packages in Vietnamese, for Vietnamese papers.

A source is an address, and often a remark in English, which is part of the digests of a run and so
stays as it is. Vietnamese papers say the remark in Vietnamese, part by part, as the catalogue of
words has it; what it has not, as in a user's own catalogue, stands as it was written.
"""

import re
from functools import lru_cache
from typing import Final

from doisoat.messages.text import VI, Text, template_in

# Longer remarks stand before those that they contain.
_REMARKS: Final = (
    # --- what was announced beside tariffs, platforms and dates of 2020 and 2021
    template_in("source", "health declaration, with the application VHD"),
    template_in("source", "the application {application}"),
    template_in(
        "source",
        "Labour Code {word}, article {number}: the 10th of the third lunar month",
    ),
    template_in("source", "no interconnection"),
    template_in("source", "donations until 24h on {word}"),
    template_in("source", "the government's list of {word}:"),
    template_in("source", "{word} and danh mục"),
    template_in("source", "(6 billion messages)"),
    template_in("source", "tablets for Đồng Nai and Long An: 4 GB a day"),
    template_in("source", "tablets for Đồng Nai and Long An"),
    template_in("source", "its own day was not found: that of NCOVI, with which it is named"),
    template_in("source", '"two months" from {word}'),
    template_in("source", "5,000 dong of each pack from {word} on"),
    template_in("source", "these packs"),
    template_in("source", "each registration or renewal, for two months"),
    template_in(
        "source",
        "the electronic health book is the application of the vaccination platform",
    ),
    template_in("source", "the national vaccination platform"),
    template_in("source", "no page on the platforms says it"),
    template_in("source", "the amount is derived from 2,500,000 dong a computer"),
    template_in("source", "84.txt: {number} to {second_number}"),
    template_in("source", ": from {date}"),
    # --- nothing was found, or known
    template_in("source", "entry price of 2021, no source at hand; no page of this carrier found"),
    template_in("source", "name confirmed by vnmobifone.vn; figures from common knowledge"),
    template_in("source", "heads of lines from general knowledge"),
    template_in("source", "mid-2021, common knowledge"),
    template_in("source", "common knowledge, no source at hand"),
    template_in("source", "1900 numbers are paid, no source at hand"),
    template_in("source", "1800 numbers are free to the caller by design"),
    template_in("source", "VinaCard tariff names {number}"),
    template_in("source", "lines that begin with {number}, no source at hand"),
    template_in("source", "area code of {words} since 2017; owner not published"),
    template_in("source", "later Wintel (MVNO)"),
    template_in("source", "(MVNO)"),
    template_in("source", "child protection, no source at hand"),
    template_in("source", "search and rescue, no source at hand"),
    template_in("source", "the humanitarian gateway's number, no source at hand"),
    template_in("source", "which eight: no source at hand"),
    template_in("source", "which four: no source at hand"),
    template_in("source", "no table at hand"),
    template_in("source", "no source at hand"),
    template_in(
        "source",
        "mid-2021 share not found; between {share} (2016, {word}) and {second_share} "
        "(2024, {second_word})",
    ),
    template_in("source", "the rest of 100 %: mid-2021 share not found"),
    template_in("source", "mid-2021 share not found"),
    template_in("source", "day of first validity not found"),
    template_in(
        "source",
        "length published; counted from the moment of purchase or by days: not found",
    ),
    template_in(
        "source",
        "50,000 dong for 30 days; counted from the moment of purchase: not found",
    ),
    template_in("source", "then 50,000 dong for 30 days"),
    template_in("source", "no price of an SMS to 1407 found; taken as one off-net"),
    template_in("source", "no price of an SMS to 999 found"),
    template_in(
        "source",
        "the announcement of the tariff does not name fixed lines; taken as the mobile "
        "price",
    ),
    template_in("source", "what follows the quota not found"),
    template_in("source", "no fixed tariff of MobiFone was found"),
    template_in("source", "price published; this carrier not named"),
    template_in("source", "base price 75 đ/50 KB; this plan not named"),
    template_in("source", "block of viettel.vn 17/10/2019; price not found"),
    template_in("source", ", of 2010; the fee of 2021 not found"),
    template_in("source", ", an old page; the price of 2021 is not known"),
    template_in("source", "on-net off-peak at half price; its hours not found"),
    template_in("source", "not found; a fortnight is taken"),
    template_in("source", "not found; taken as VinaPhone postpaid"),
    template_in("source", "not published: registration, home address or serving cell"),
    template_in("source", "own page not found"),
    template_in("source", "names them; own parameters not found"),
    template_in("source", "zero-rating of the electronic health book not found"),
    template_in("source", "zero-rating of {word} not found"),
    template_in("source", "length not found"),
    template_in("source", "no order on the whole province found: candidate of the 23 of 5 August"),
    template_in("source", "no order found: candidate of the 23 of 5 August"),
    template_in("source", "the list of packs was not found"),
    template_in("source", "23 provinces; their list was not found"),
    template_in("source", "no list was read"),
    template_in("source", "no parameter was read"),
    template_in("source", "no list of addresses was found"),
    template_in("source", "how Vietnamobile gives it was not found"),
    template_in("source", "announced jointly"),
    template_in("source", "the day in {number} was not found"),
    template_in("source", "the day in August 2020 was not found"),
    template_in("source", "no valuation was published"),
    template_in("source", "the day is published, the hour is not"),
    template_in("source", '"3 months"; the last day is not published'),
    template_in("source", "repetition not published"),
    template_in("source", "published of VNPT only"),
    template_in("source", "not published in the pages read"),
    template_in("source", "not published"),
    template_in("source", "not found"),
    # --- what a page says
    template_in("source", "VPCP letter {word}"),
    template_in("source", "Circular 47/2017 ({word}): at most 20 % prepaid, 50 % postpaid"),
    template_in("source", "Circular {word}"),
    template_in("source", "Decision {word} of {date}"),
    template_in("source", "GSO list of administrative units ({word}), as republished by {name}"),
    template_in("source", "GSO, census of 1 April 2019; not compared"),
    template_in("source", "an estimate of the carriers, not divided"),
    template_in("source", "(estimate of the carriers)"),
    template_in("source", "by the carriers' own estimate ({words})"),
    template_in("source", '"aimed at" the poor and low-income'),
    template_in("source", "aimed at the poor and low-income"),
    template_in("source", "by SMS CS50 to 999, deducted at once"),
    template_in("source", "automatic, into the promotion account, used last"),
    template_in("source", "automatic, prepaid and postpaid, used last, VNPT fixed included"),
    template_in("source", "{word} {number} says it of VinaPhone only"),
    template_in("source", "quarantine sites, field hospitals"),
    template_in("source", "names the ministry's sites, not their addresses"),
    template_in("source", "names the ministry's sites and Bluezone"),
    template_in("source", "all packs in use or newly registered; how much is not said"),
    template_in("source", "(Bluezone free since August 2020)"),
    template_in("source", "Bluezone free with all mobile carriers since August 2020"),
    template_in("source", "SMS of {date}: usable 30 days"),
    template_in("source", "(the rule of two stages)"),
    template_in("source", "perhaps the VX packs, not stated"),
    template_in("source", "vnexpress.net names no place"),
    template_in("source", "VinaCard tariff {date} (free from VinaPhone)"),
    template_in("source", "VinaCard tariff"),
    template_in("source", "(item {number})"),
    template_in("source", "from 0h on {date}, no interconnection"),
    template_in("source", "free, in service from 7h {day}"),
    template_in("source", "free from {date}"),
    template_in("source", "until further notice"),
    template_in("source", "4 GB a day for 3 months"),
    template_in("source", "the programme was launched on {date}; first SIMs on {second_date}"),
    template_in("source", "3 months, "),
    # --- days and places of orders
    template_in("source", "first to {day}, then to {second_day}"),
    template_in("source", "(from {day}: conflict)"),
    template_in("source", "eight units to {day}"),
    template_in("source", "to {day} at least"),
    template_in("source", "part of its districts"),
    template_in("source", "by district, {day} to {second_day}"),
    template_in("source", "for {name} only"),
    template_in("source", "until {day}"),
    template_in(
        "source",
        "that {name} is out of the second term, not of the first, is our reading of the "
        "page",
    ),
    template_in("source", "in part"),
    template_in("source", '"all packs"; VX packs are described apart'),
    template_in("source", "green zones only"),
    template_in("source", '"3 tháng", then "50.000 đồng/30 ngày"'),
    template_in("source", "about {amount} for the data of 1 million students"),
    template_in("source", "10 and 11/11/2021 by the press"),
    template_in("source", "end open in the source"),
    template_in("source", "the address is ours"),
    template_in("source", "day of the page"),
    template_in("source", "year of the page"),
    template_in("source", "about 2019"),
)  # fmt: skip
# What a field of a remark may be, by its name.
_FIELDS: Final = {
    "word": r"\S+", "second_word": r"\S+", "name": r"\S+ \S+", "words": r".+?",
    "number": r"\d+", "second_number": r"\d+", "share": r"[\d.]+ %", "second_share": r"[\d.]+ %",
    "amount": r"\S+ \S+", "application": "NCOVI|VHD",
    "day": r"\d+/\d+", "second_day": r"\d+/\d+",
    "date": r"\d+/\d+/\d+", "second_date": r"\d+/\d+/\d+",
}  # fmt: skip
_PATTERNS: Final = tuple(
    (remark.pattern(_FIELDS, whole_words=True), remark.texts[VI]) for remark in _REMARKS
)


def in_both(source: str) -> Text:
    """A source as papers of either language say it."""
    return Text(in_vietnamese(source), source)


@lru_cache(maxsize=4096)
def in_vietnamese(source: str) -> str:
    """A source with its remarks in Vietnamese: "soạn CS50 gửi 999" for "by SMS CS50 to 999"."""
    for pattern, words in _PATTERNS:
        source = _in_other_words(source, pattern, words)
    return source


def _in_other_words(source: str, pattern: re.Pattern[str], words: str) -> str:
    return pattern.sub(lambda remark: words.format_map(remark.groupdict()), source)
