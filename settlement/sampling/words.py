"""The words of samples that people read and write: heads of a list or form, results of records."""

from typing import Final

from doisoat.messages.text import Words, message, message_in, template

# Those that a claim of lines has are called as there.
HEADS: Final = Words({
    "event_id": message("Event"),
    "measure": message("Measure"),
    "nature": message("Nature"),
    "carrier": message("Carrier"),
    "day": message("Day"),
    "home_province": message("Home province"),
    "amount": template("Amount ({currency_own_name})"),
    "record": message("Record"),
    "file": message("File"),
    "row": message_in("head", "Row"),
    "key": message_in("head", "Key"),
    "audited": template("Audited ({currency_own_name})"),
    "result": message("Result"),
})  # fmt: skip
RIGHT: Final = "right"
RESULTS: Final = {
    RIGHT: message("right"),
    "missing": message_in("words", "missing"),
    "wrong": message("wrong"),
    "wrongly_recorded": message("wrongly recorded"),
    "wrong_duration": message("wrong duration"),
    "wrongly_rated": message("wrongly rated"),
    "wrongly_invoiced": message("wrongly invoiced"),
}
