"""Words of the causes of the closed list, and of chance, for commands, letter and page.

name: on a line of a table; sentence: for whoever reads of it first, of what the carrier is supposed
to have done; document: what a letter asks for, as the object of "please send …".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from doisoat.messages.text import Text, message


class CauseWords(NamedTuple):
    """What a cause is called, what the carrier would have done, and what would settle it."""

    name: Text
    sentence: Text
    document: Text


UNEXPLAINED_DOCUMENT = message(
    "the figures that add up to what was declared (by event, or by file and day), and how they were"
    " worked out"
)
CAUSE_WORDS: Mapping[str, CauseWords] = MappingProxyType({
    "tariff_version": CauseWords(
        message("prices of another version"),
        message("The carrier charged by the version of a plan or pack before, or after, the"
                " one in force."),
        message("the price list by which the plan or pack was charged in the period, with the"
                " dates on which it was in force"),
    ),
    "reading": CauseWords(
        message("the programme read by another alternative"),
        message("The carrier read one open point of the programme by another alternative; all"
                " others are as in the run."),
        message("the guidance or internal decision that was followed on this point"),
    ),
    "rounding": CauseWords(
        message("rounded by another rule"),
        message("The carrier rounded charges by another rule, or each block's price."),
        message("the rounding rule as it is set in the charging system"),
    ),
    "block": CauseWords(
        message("billed by other blocks"),
        message("The carrier billed by other blocks; prices stay."),
        message("the charging blocks as they are set in the charging system, by service"),
    ),
    "duplicate": CauseWords(
        message("records delivered twice counted twice"),
        message("The carrier counted once more each record that was delivered again."),
        message("the record of files that were delivered again, and how repeated records were"
                " left out of the declaration"),
    ),
    "late": CauseWords(
        message("late records left out, or counted in another period"),
        message("The carrier left out what came in late, or added in this period what was"
                " late of another."),
        message("when the figures of the declaration were closed, and which files had been"
                " counted by then"),
    ),
    "suspended": CauseWords(
        message("suspended records counted all the same"),
        message("The carrier counted events that are suspended."),
        message("the original records of the events that are contradicted, and which copy is"
                " right"),
    ),
    "missing": CauseWords(
        message("a file or a day of usage left out"),
        message("The carrier left out a file, or a day."),
        message("the files of usage from which the declaration was made, with the number of"
                " records of each"),
    ),
    "time_zone": CauseWords(
        message("days and months by UTC in place of civil time"),
        message("The carrier took day and month by UTC, not by civil time."),
        message("the time zone of the system that made the declaration, and of its source records"),
    ),
    "midnight": CauseWords(
        message("calls across midnight counted on the day they end"),
        message("The carrier counted a call on the day on which it ends in place of the day"
                " on which it begins."),
        message("the rule by which calls across midnight are put on a day"),
    ),
    "order_boundary": CauseWords(
        message("distancing orders begun or ended at another time"),
        message("The carrier began or ended distancing orders at another time."),
        message("the moments at which distancing orders were taken to begin and end, by locality"),
    ),
    "locality_policy": CauseWords(
        message("the place judged by another place"),
        message("The carrier judged the measure's place by another place."),
        message("how it was determined which localities have the measure"),
    ),
    "eligibility": CauseWords(
        message("relief given without one of its conditions"),
        message("The carrier gave the measure without one of its conditions."),
        message("the conditions that were applied, and the packs, plans and segments that were"
                " given the measure"),
    ),
    "vat": CauseWords(
        message("amounts with tax and without it taken for each other"),
        message("The carrier told amounts without tax, or with tax added once more."),
        message("how amounts were taken into the declaration: without tax or with it"),
    ),
    "double_count": CauseWords(
        message("both sides counted, so twice the figures"),
        message("The carrier counted both sides, and so told twice the figures."),
        message("how the figures of both sides were put together in the declaration"),
    ),
    "sign": CauseWords(
        message("the opposite sign"),
        message("The carrier told the opposite sign."),
        message("what a sign means in the figures of the declaration"),
    ),
    "claim_arithmetic": CauseWords(
        message("the claim is added up wrongly"),
        message("The carrier added up wrongly: a total of the claim is not the sum of its own"
                " rows."),
        message("the sheet in which the total was added up"),
    ),
    "other_time": CauseWords(
        message("lines told of another moment"),
        message("The carrier told these lines of another moment than that at which the event"
                " begins."),
        message("when these events begin in your own systems, and where that was taken from"),
    ),
    "other_province": CauseWords(
        message("lines told in another province"),
        message("The carrier told these lines in another province than the subscription's."),
        message("the home provinces of these subscriptions, and since when, if they changed"),
    ),
    "scale": CauseWords(
        message("another scale or unit"),
        message("The carrier stated figures 10, 100 or 1,000 times too large or too small, in"
                " another unit, or with the separators of thousands and decimals exchanged."),
        message("the sheet from which these figures were copied, with the unit of each column"),
    ),
    "digits": CauseWords(
        message("digits transposed, repeated or left out"),
        message("The carrier transposed two neighbouring digits, or wrote a digit twice or not"
                " at all."),
        message("the figure as it stands in the source from which it was typed"),
    ),
    "exchange": CauseWords(
        message("two rows or columns exchanged"),
        message("The carrier stated the figures of one row, or column, in the place of the other."),
        message("the sheet from which these rows and columns were copied"),
    ),
    "shift": CauseWords(
        message("rows or columns shifted by one"),
        message("The carrier stated figures one row, or column, beside their own."),
        message("the sheet from which these rows and columns were copied"),
    ),
    "copied": CauseWords(
        message("copied from the month before"),
        message("The carrier stated the figures of the month before once more."),
        message("the figures of this month, as the carrier's own system has them"),
    ),
    "subtotal": CauseWords(
        message("a subtotal counted as a row"),
        message("The carrier stated the sum of other rows as a row of its own, or added it to"
                " one."),
        message("the sheet in which the rows were added up, with its formulas"),
    ),
    "chance": CauseWords(
        message("no cause, but chance"),
        message("No cause: as large a slip without any is explained too often for this to be"
                " evidence, and other cells of the claim do not bear it out."),
        UNEXPLAINED_DOCUMENT,
    ),
})  # fmt: skip
