"""Words of the tests of totals: what each finds, where it can judge, why it judged nothing."""

from collections.abc import Mapping
from functools import partial

from doisoat.messages.text import Text, Words, message, template
from doisoat.settlement.plausibility import day_curves, province_tests, repeated_figures

FOUND: Mapping[str, Text] = {
    "neighbours": message("a day unlike the other carriers'"),
    "weekday": message("a day unlike the same weekday's"),
    "jump": message("another level from a day on"),
    "provinces": message("a province unlike the other carriers'"),
    "grants": message("more than grants can come to"),
    "repeated": message("the same figures again"),
    "digits": message("last digits uneven"),
}
JUDGES: Mapping[str, Text] = Words({
    "neighbours": message(
        "Days with {events} usual events on both sides, {days} of them or more, without the first"
        " {begin} days of a measure; another carrier has to have the measure.",
        events=day_curves.EVENTS_LEAST,
        days=day_curves.DAYS_LEAST,
        begin=day_curves.BEGINNING,
    ),
    "weekday": message(
        "Days of a series of {days} days or more with {events} usual events, without its first"
        " {begin} and its last.",
        events=day_curves.EVENTS_LEAST,
        days=day_curves.DAYS_LEAST,
        begin=day_curves.BEGINNING,
    ),
    "jump": message(
        "Series that can be seen beside another carrier's for {week} days before and after a day.",
        week=day_curves.WINDOW,
    ),
    "provinces": message(
        "Provinces with {events} usual events on both sides, {provinces} of them or more; another"
        " carrier has to have the measure.",
        events=province_tests.EVENTS_LEAST,
        provinces=province_tests.PROVINCES_LEAST,
    ),
    "grants": message(
        "What was drawn of a grant, against the most that subscribers can have been given:"
        " subscribers have to be known."
    ),
    "repeated": message(
        "Series of {days} days or more with {events} events, in which chance repeats next to"
        " nothing.",
        days=repeated_figures.CELLS_LEAST,
        events=repeated_figures.EVENTS_LEAST,
    ),
    "digits": partial(
        template(
        "Calls that are priced at fractions of a {currency_own_unit} a second, in {cells} cells"
        " of {amount} {currency_own_unit} or more."
        ).__call__,
        cells=repeated_figures.DIGITS_LEAST,
        amount=repeated_figures.AMOUNT_LEAST,
    ),
})  # fmt: skip
# Why a test could judge nothing, by the codes of `lack`.
LACKS: Mapping[str, Text] = {
    "small": message("nothing is large enough to judge"),
    "neighbours": message("no two carriers have the same measure"),
    "subscribers": message("subscribers are not known"),
    "grants": message("the package grants nothing"),
}
