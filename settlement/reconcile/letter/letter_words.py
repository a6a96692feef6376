"""Documents that a letter asks a carrier for, by cause: they would settle which cause it was.

What causes are called stands in cause_words.py, what variances are of in words.py.
"""

# ruff: noqa: E501 (sentences)

from collections.abc import Mapping
from types import MappingProxyType

from doisoat.messages.text import Text, message
from doisoat.settlement.reconcile.causes.causes import CHANCE

UNEXPLAINED = "unexplained"
# What is to be sent with the answer, as the object of "please send …".
DOCUMENTS: Mapping[str, Text] = MappingProxyType({
    "tariff_version": message("the price list by which the plan or pack was charged in the period, with the"
" dates on which it was in force"),
    "reading": message("the guidance or internal decision that was followed on this point"),
    "rounding": message("the rounding rule as it is set in the charging system"),
    "block": message("the charging blocks as they are set in the charging system, by service"),
    "duplicate": message("the record of files that were delivered again, and how repeated records were"
" left out of the declaration"),
    "late": message("when the figures of the declaration were closed, and which files had been"
" counted by then"),
    "suspended": message("the original records of the events that are contradicted, and which copy is right"),
    "missing": message("the files of usage from which the declaration was made, with the number of"
" records of each"),
    "time_zone": message("the time zone of the system that made the declaration, and of its source records"),
    "midnight": message("the rule by which calls across midnight are put on a day"),
    "order_boundary": message("the moments at which distancing orders were taken to begin and end, by locality"),
    "locality_policy": message("how it was determined which localities have the measure"),
    "eligibility": message("the conditions that were applied, and the packs, plans and segments that were"
" given the measure"),
    "other_time": message("when these events begin in your own systems, and where that was taken from"),
    "other_province": message("the home provinces of these subscriptions, and since when, if they changed"),
    "vat": message("how amounts were taken into the declaration: without VAT or with it"),
    "double_count": message("how the figures of both sides were put together in the declaration"),
    "sign": message("what a sign means in the figures of the declaration"),
    "claim_arithmetic": message("the sheet in which the total was added up"),
    **dict.fromkeys((CHANCE, UNEXPLAINED), message("the figures that add up to what was declared (by event, or by file and day), and"
" how they were worked out")),
})  # fmt: skip
CLAIMS: Mapping[str, Text] = MappingProxyType({
    "statement": message("the statement"),
    "measure": message("the declaration by measure"),
    "day": message("the declaration by day"),
    "province": message("the declaration by province"),
    "lines": message("the declaration by line"),
})  # fmt: skip
