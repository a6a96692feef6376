"""Words for variances in both languages: one set for commands, letter and page.

The page has them from here (web/vocabulary.py). Causes have a room of their own, cause_words.py.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from doisoat.messages.text import Text, Words, counted_message, message, message_in, template
from doisoat.settlement.claims.form import ITEM_WORDS, UNIT_WORDS
from doisoat.settlement.claims.shown_units import KIND_OF_UNIT
from doisoat.settlement.papers.figures import LANGS, Figures
from doisoat.settlement.records.explanation import Verdict
from doisoat.settlement.records.variance import INTERCONNECT

STATES: Mapping[str, Text] = MappingProxyType({
    "open": message_in("variance words", "open"),
    "asked": message("asked"),
    "accepted": message("accepted"),
    "rejected": message("rejected"),
    "adjusted": message("adjusted"),
})  # fmt: skip
# What may be done to a variance, by the name of its command.
MOVES: Mapping[str, Text] = MappingProxyType({
    "ask": message("ask the carrier"),
    "accept": message("record that the carrier accepts"),
    "reject": message("record that the carrier rejects"),
    "adjust": message("record that it was put right"),
    "reopen": message_in("in a line", "reopen"),
    "extend": message("extend the deadline"),
})  # fmt: skip
VERDICTS: Mapping[Verdict, Text] = MappingProxyType({
    "explained": message("explained"),
    "ambiguous": message("ambiguous"),
    "unexplained": message("unexplained"),
})  # fmt: skip
# The same as sentences, for whoever is told nothing else.
VERDICT_SENTENCES: Mapping[str, Text] = Words(
    {
        "explained": template(
            "A cause was found that comes to the difference, to the {currency_own_unit}."
        ),
        "ambiguous": message(
            "Several causes each come to the difference; only the carrier knows which it was."
        ),
        "unexplained": message("No cause was found that comes to the difference."),
    }
)
GRAINS: Mapping[str, Text] = MappingProxyType({
    "statement": message("statement"),
    "measure": message("measure"),
    "day": message("day"),
    "province": message("province"),
    "lines": message("lines"),
})  # fmt: skip


def _in_a_line(name: str) -> str:
    """A name without its capital, unless it begins with an abbreviation."""
    return name if name[1:2].isupper() else f"{name[:1].lower()}{name[1:]}"


def _item_in_a_line(item: str) -> Text:
    return ITEM_WORDS[item].mapped(_in_a_line)


# What a difference is of: natures of relief, items of a statement, and what is no relief at all.
ALL_NATURES = ""  # a total of the claim's own that is over several natures
NATURES: Mapping[str, Text] = Words({
    "discount": message("discount"),
    "in_kind": message("in kind"),
    "contribution": message("contribution"),
    "forbearance": message("forbearance"),
    ALL_NATURES: message("total over several natures"),
    INTERCONNECT: message("interconnection"),
    **{
        item: partial(_item_in_a_line, item)
        for item in ITEM_WORDS
        if item not in ("discount", "in_kind", "contribution", "forbearances")
    },
})  # fmt: skip
COLUMNS: Mapping[str, Text] = MappingProxyType({
    "events": message_in("quote request", "events"),
    "units": message_in("variance words", "units"),
    "amount": message("amount"),
})  # fmt: skip
# What differences are counted in.
UNITS: Mapping[str, Text] = Words({
    "dong": template("{currency_own_name}"),
    "events": message("events"),
    "": message("unknown units"),
    **UNIT_WORDS,
})  # fmt: skip

MS_PER_SECOND = 1_000
LONG_COUNT = 10_000  # milliseconds or bytes that nobody reads
SECONDS = message("seconds")
SUPERSEDED = template("superseded by version {version} of the claim")
SUPERSEDED_BY_RUN = message("superseded by a newer run")
CLAIMED = message("claimed")
RECOMPUTED = message("recomputed")
DIFFERENCE = message("differs")
NOT_LISTED = message("not listed")
UNTIL = message("until")
UNKNOWN_PROVINCE = message("unknown province")
WHOLE_TOTAL = message("total of the claim")
OR = message_in("of causes", "or")
MISPLACED = message_in("of an amount", "in the wrong place")


def cells_counted(count: int) -> Text:
    """So many cells of claims."""
    return counted_message("{count} cell", "{count} cells", count=count)


def readable_quantity(number: int, unit: str, say: Figures) -> str:
    """A long count of milliseconds or bytes in minutes, MB or GB, rounded; '' of any other."""
    if unit not in ("ms", "byte") or abs(number) < LONG_COUNT:
        return ""
    return " ".join(say.quantity(KIND_OF_UNIT[unit], number))


def counted(number: int, unit: str, say: Figures) -> str:
    """A number of a unit in one language, as people read it: long times in minutes, volumes in GB;
    milliseconds that make seconds, as seconds."""
    if unit == "dong":
        return say.amount(number)
    if readable := readable_quantity(number, unit, say):
        return readable
    if unit == "ms" and number % MS_PER_SECOND == 0:
        return f"{say.whole(number // MS_PER_SECOND)} {say.text(SECONDS)}"
    return f"{say.whole(number)} {say.text(UNITS[unit])}"


def counted_in_each(number: int, unit: str) -> Text:
    """The same in both languages."""
    return Text(*(counted(number, unit, Figures(lang)) for lang in LANGS))
