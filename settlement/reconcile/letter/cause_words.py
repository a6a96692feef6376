"""Names of the causes of the closed list, and of chance, for commands, letter and page.

names: on a line of a table; sentences: for whoever reads of it first, of what the carrier is
supposed to have done.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from doisoat.messages.text import Text, message


class CauseWords(NamedTuple):
    """What a cause is called, and what the carrier is supposed to have done."""

    name: Text
    sentence: Text


CAUSE_WORDS: Mapping[str, CauseWords] = MappingProxyType({
    "tariff_version": CauseWords(
        message("prices of another version"),
        message("The carrier charged by the version of a plan or pack before, or after, the"
" one in force."),
    ),
    "reading": CauseWords(
        message("the programme read by another alternative"),
        message("The carrier read one open point of the programme by another alternative; all"
" others are as in the run."),
    ),
    "rounding": CauseWords(
        message("rounded by another rule"),
        message("The carrier rounded charges by another rule, or each block's price."),
    ),
    "block": CauseWords(
        message("billed by other blocks"),
        message("The carrier billed by other blocks; prices stay."),
    ),
    "duplicate": CauseWords(
        message("records delivered twice counted twice"),
        message("The carrier counted once more each record that was delivered again."),
    ),
    "late": CauseWords(
        message("late records left out, or counted in another period"),
        message("The carrier left out what came in late, or added in this period what was"
" late of another."),
    ),
    "suspended": CauseWords(
        message("suspended records counted all the same"),
        message("The carrier counted events that are suspended."),
    ),
    "missing": CauseWords(
        message("a file or a day of usage left out"),
        message("The carrier left out a file, or a day."),
    ),
    "time_zone": CauseWords(
        message("days and months by UTC in place of Vietnam time"),
        message("The carrier took day and month by UTC, 7 hours behind Vietnam."),
    ),
    "midnight": CauseWords(
        message("calls across midnight counted on the day they end"),
        message("The carrier counted a call on the day on which it ends in place of the day"
" on which it begins."),
    ),
    "order_boundary": CauseWords(
        message("distancing orders begun or ended at another time"),
        message("The carrier began or ended distancing orders at another time."),
    ),
    "locality_policy": CauseWords(
        message("the place judged by another place"),
        message("The carrier judged the measure's place by another place."),
    ),
    "eligibility": CauseWords(
        message("relief given without one of its conditions"),
        message("The carrier gave the measure without one of its conditions."),
    ),
    "vat": CauseWords(
        message("amounts with VAT and without it taken for each other"),
        message("The carrier told amounts without VAT, or with VAT added once more."),
    ),
    "double_count": CauseWords(
        message("both sides counted, so twice the figures"),
        message("The carrier counted both sides, and so told twice the figures."),
    ),
    "sign": CauseWords(
        message("the opposite sign"),
        message("The carrier told the opposite sign."),
    ),
    "claim_arithmetic": CauseWords(
        message("the claim is added up wrongly"),
        message("The carrier added up wrongly: a total of the claim is not the sum of its own"
" rows."),
    ),
    "other_time": CauseWords(
        message("lines told of another moment"),
        message("The carrier told these lines of another moment than that at which the event"
" begins."),
    ),
    "other_province": CauseWords(
        message("lines told in another province"),
        message("The carrier told these lines in another province than the subscription's."),
    ),
    "chance": CauseWords(
        message("no cause, but chance"),
        message("No cause: as large a slip without any is explained too often for this to be"
" evidence, and other cells of the claim do not bear it out."),
    ),
})  # fmt: skip


def name_of(cause: str) -> Text:
    """What a cause is called on a line. KeyError for one that is not of the list."""
    return CAUSE_WORDS[cause].name
