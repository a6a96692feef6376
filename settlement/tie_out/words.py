"""Words of a tie-out, Vietnamese and English."""

from typing import Final

from doisoat.messages.text import Words, message, message_in, template

TITLE: Final = message("Billed revenue against doisoat")
SIDES: Final = {
    "ledger": message("Ledger"),
    "doisoat": message("doisoat: payable"),
    "difference": message("Difference"),
}
CAUSES: Final = {
    "refund": message_in("words", "Refund due"),
    "overcharged": message_in("words", "Overcharged"),
    "undercharged": message("Undercharged"),
    "suspended": message("Suspended"),
    "late": message("Late"),
    "adjusted": message("Other adjustments"),
}
UNEXPLAINED: Final = message("Unexplained")
MEANINGS: Final = Words({
    "ledger": template(
        "What the carrier billed, incl. {tax_name}, in {currency_own_name}; a day and service not"
        " in the ledger is 0"
    ),
    "doisoat": message("Σ payable of the rated events, by the day on which they start"),
    "difference": message("Ledger − doisoat"),
    "refund": message(
        "The source took more than the payable, up to the list value: max(0, min(charged,"
        " list value) − payable)"
    ),
    "overcharged": message(
        "The source took more than the list value: max(0, charged − list value)"
    ),
    "undercharged": message("The source took less than the payable: −max(0, payable − charged)"),
    "suspended": message(
        "Charged of suspended events: in the ledger, without an amount in doisoat"
    ),
    "late": message(
        "−payable of events that came after signing and were booked as adjustments: not"
        " in the month's ledger"
    ),
    "adjusted": message(
        "−adjustments of other causes (catalogue, reading, correction, cascade) of events"
        " whose charge the source does not say"
    ),
    "unexplained": message(
        "Difference − Σ of the explaining columns. What is not 0 is to be looked for"
    ),
})  # fmt: skip
BOOKED: Final = message("Adjustments of other months booked into this one")
OF_BOOKED: Final = {  # after − before
    "list_value": message("List value"),
    "discount": message("Discount"),
    "payable": message("Payable"),
    "refund": message_in("words", "Refund due"),
}
TIED: Final = message("Tied")
EXPLAINED: Final = message("Tied, explained")
OPEN: Final = message("Open")
SILENT: Final = message("No row in the ledger")
UNKNOWN_KIND: Final = message_in("heading", "unknown")
