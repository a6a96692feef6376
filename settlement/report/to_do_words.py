"""What is to be done about what a carrier's month left over: the words of workbook and page.

Of a reason of the suspense they stand beside it (report_text.REASONS), of a finding here.
"""

from typing import Final

from doisoat.messages.text import Text, message

REFUNDS_DUE: Final = message("Refunds due to customers")
OVERCHARGED: Final = message("Charged above list value: a finding")
EXPLAIN: Final = message("Have the carrier explain them")
CHECK_MASTER: Final = message(
    "Compare with the carrier's subscribers, ports and packs, mend the file that is wrong"
)


def payment(period: str, carrier: str) -> Text:
    """How refunds of a month are paid, and what was paid is booked."""
    return message(
        "Pay them: doisoat refund list {period} --carrier {carrier} --csv FILE.csv writes the"
        " file to pay from, doisoat refund import FILE.csv books what was paid",
        period=period,
        carrier=carrier,
    )


def own_prices(carrier: str) -> Text:
    """How what no tariff prices gets a price: the command that begins an overlay."""
    command = f"doisoat catalogue overlay new --carrier {carrier} --out FILE.yaml"
    return message("Give the carrier's own prices in an overlay: {command}", command=command)
