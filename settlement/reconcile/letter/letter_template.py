"""The template of the letter to a carrier: its sentences, in their order.

Each sentence stands whole, with the facts in braces that the other modules of the letter work out;
how they are set on the page is papers/templates/letter.typ. What causes are called, and the
documents that would settle them, stands in cause_words.py and detail_words.py.
"""

from collections.abc import Mapping
from types import MappingProxyType

from doisoat.messages.text import Template, Text, counted_message, message, message_in, template

CLAIMS: Mapping[str, Text] = MappingProxyType({
    "statement": message("the statement"),
    "measure": message("the declaration by measure"),
    "day": message("the declaration by day"),
    "province": message("the declaration by province"),
    "lines": message("the declaration by line"),
})  # fmt: skip

# --- the head, the opening and the close ----------------------------------------------------------

SUBJECT = template("Re: differences in the declaration of telecom relief of {of}")
OPENING = template(
    "holding your declaration of telecom relief of {month} against what was recomputed, we found"
    " differences, on which we ask you for an explanation, as follows:"
)
AS_ABOVE = message("As above;")
FILES = template("Files: {filed}.")
REPLY = message("Please send the answer")
REPLY_TO = template("Please send the answer to {to}")
BY = template("by {day}")
BY_FOR_SOME = template("by {day} on differences {numbers}")

# --- what was compared, and what differs ----------------------------------------------------------

COMPARED = template(
    "Each figure of the declaration was held against what comes out of the usage that you"
    " delivered yourselves, by the prices and the relief programme in force in the period."
    " Digests of the files received and of what was recomputed stand at the end of {annex}."
)
VERSION = template("{of}, version {version}")
NOT_ADDED = message(
    "These rows do not add up to one another: the declarations tell the same relief at different"
    " grains, and natures and units are not of one kind."
)
SUM = template("Difference, {nature} ({claim})")

# --- the causes -----------------------------------------------------------------------------------

HOW_FOUND = message(
    "The period was recomputed under each of a list of assumptions on how the figures were made;"
    " only those that come to what was declared are told. They are assumptions, and no findings"
    " yet."
)
DETAILS = template("The details of each stand in {annex}.")
DETAILS_AND_LINES = template(
    "The details of each stand in {annex}, the lines behind it in {lines}."
)
DIFFERENCE_NUMBERED = template("Difference {numbers}")
DIFFERENCES_NUMBERED = template("Differences {numbers}")
RANGE = template("{first} to {last}")
NO_CAUSE = template("{of}. No cause was found that comes to the difference.")
WHY = message(
    "Why is what was declared not what was recomputed? How was it worked out, and from what source?"
)
TELL_AND_SEND = template("Please answer, and send: {documents}.")
IF = template("{of}. What was declared comes out, to the unit, if:")
SUPPOSED = template("{supposed} That is: {detail}.")
CONFIRM = template("Please say whether this is so, and send: {documents}.")
ONE_OF = template(
    "{of}. What was declared comes out, to the unit, by one of the following; the data at hand"
    " do not tell which:"
)
MORE_CHOICES = template("and {more} more, all of which stand under Cause in {annex}.")
SAY_WHICH = template("Please say which of them it is, or what else, and send: {documents}.")

# --- what is asked --------------------------------------------------------------------------------

LOOK = template(
    "Look at each difference in {annex}, and answer in writing, by its number, whether you"
    " accept what was recomputed or not, and on what ground;"
)
SEND = message("Send the documents named under 3 with it;")
FILE_AGAIN = message(
    "Of what you accept, file a new version of the declaration in place of the one filed."
)

# --- the annex of differences ---------------------------------------------------------------------

ANNEX = message("Annex")
ANNEX_I = message("Annex I")
ANNEX_II = message("Annex II")
ANNEX_NOTE = message(
    "Declared, recomputed and difference are told of each unit that differs. Lines behind it are"
    " the relief lines that the recomputation has in the cell."
)
INTERCONNECTION = template("interconnection, {payer} to {payee}")
TOTAL_ROW = message("total of the declaration")
NOT_DECLARED = template("{cell} (not declared)")
NO_CAUSE_FOUND = message("No cause was found")
ONE_OF_CAUSES = message("One of the following:")
ONE_OF_CASES = message("One of these:")
TOGETHER = template("{one}; together with {more}")
COMES_TO_THESE = message(
    "whoever has the same data, tariffs and readings of the programme comes to these."
)
RUN = message("Run")
DIGEST = message("Result digest")
LOG_ROOT = template("Root of the log, {count} entries")

# --- the annex of lines ---------------------------------------------------------------------------

LINES_NOTE = template(
    "Each line names the record that it was read from: the file that you delivered, and the"
    " place of the record in it. Of each cause the first {most} lines are printed, by time;"
    " counts and sums are of all of them."
)
DIFFERENCE_TITLE = template("Difference {place}: {cell}")
DECLARED_OTHERWISE = message("lines that were declared otherwise")
EITHER = template("{one}, or {other}")
# By whether lines are left out, and whether their amounts are added up.
ABOUT_LINES: Mapping[tuple[bool, bool], Template] = MappingProxyType({
    (False, False): template("{cause}: {lines}."),
    (True, False): template("{cause}: {lines}, of which the first {shown} are printed."),
    (False, True): template("{cause}: {lines}, {amount} {currency_own_name} in all."),
    (True, True): template("{cause}: {lines}, of which the first {shown} are printed, {amount}"
                           " {currency_own_name} in all."),
})  # fmt: skip
ORDINAL = message_in("a table of a letter", "No.")
START = message_in("a table of a letter", "Start")
RECORD = message("Record")
WHY_SUSPENDED = message("Why suspended")
DECLARED_START = message("Declared: start, province")
RECOMPUTED_START = message("Recomputed: start, province")
CAUSE = message("Cause")
MEASURE = message("Measure")
TIMES = message("Times")
UNITS_OF_SEVERAL = message_in("a table of a letter", "units")
WHERE_OF_EVENT = template("{where}; event {event}")
NOT_KNOWN = message("not known")
RECORD_PLACE = template("file {file}, record {row}")
RECORD_AGAIN = template("again: file {file}, record {row}")


def difference_count(count: int, number: str, annex: str) -> Text:
    """How many differences a letter is about, where each stands, and what one is."""
    return counted_message(
        "There is {number} difference, told in {annex}. A difference is what was declared less"
        " what was recomputed: below zero, less was declared.",
        "There are {number} differences, each told in {annex}. A difference is what was declared"
        " less what was recomputed: below zero, less was declared.",
        count=count, number=number, annex=annex,
    )  # fmt: skip
