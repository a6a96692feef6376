"""The words of samples that people read and write: heads of a list or form, results of records."""

from typing import Final

from doisoat.messages.text import message, message_in

# Those that a claim of lines has are called as there.
HEADS: Final = {
    "event_id": message("Event"),
    "measure": message("Measure"),
    "nature": message("Nature"),
    "carrier": message("Carrier"),
    "day": message("Day"),
    "home_province": message("Home province"),
    "amount": message("Amount (đồng)"),
    "record": message("Record"),
    "file": message("File"),
    "row": message_in("head", "Row"),
    "key": message_in("head", "Key"),
    "audited": message("Audited (đồng)"),
    "result": message("Result"),
}
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
