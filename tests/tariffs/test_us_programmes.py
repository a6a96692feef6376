"""Worked cases of benefits off a month's service in the United States, in kernel and oracle."""

import pytest

from doisoat.engine.oracle.oracle import Event, Subscription
from doisoat.money import in_units
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from tests.implementations import IMPLEMENTATIONS, outcomes
from tests.spec.cases import ms


def taken_off(implementation, package, price, day, who):
    """What each measure takes off a month of service at a price, and what is left to pay.

    Args: who: words: voice (a telephone alone), and a segment of the carrier's lists.
    """
    start, words = ms(f"{day}T10:00"), who.split()
    plan = "provider.voice" if "voice" in words else "provider.broadband"
    programmes = package.removeprefix("us-").split("-")
    (named,) = set(words) - {"voice"} or {""}
    segment = "+".join(f"{name}-{named}" if named else name for name in programmes)
    row = Subscription(7, "provider", plan, segment, "prepaid", "", ms("2019-01-01"), None)
    bought = Event(1, 7, start, "pack", "registration", 1, 0, "provider", pack=f"month.{price}")
    catalogue = load_catalogue(bundled_catalogue("us-2021"))
    inputs = (catalogue, load_package(package), (row,), (), (bought,), (start, start + 1), ())
    (outcome,) = outcomes(implementation, *inputs)
    assert outcome.status == "rated"
    off = ", ".join(f"{line.measure} {in_units(line.amount, 2)}" for line in outcome.lines)
    return off, in_units(outcome.payable, 2)


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize(
    ("package", "price", "day", "who", "off", "pays"),
    [
        ("us-lifeline", "11.20", "2021-07-10", "", "L1 9.25", "1.95"),
        ("us-lifeline", "7.10", "2021-07-10", "", "L1 7.10", "0.00"),
        ("us-lifeline", "38.00", "2021-07-10", "tribal", "L1 9.25, L5 25.00", "3.75"),
        ("us-lifeline", "31.50", "2021-07-10", "tribal", "L1 9.25, L5 22.25", "0.00"),
        ("us-lifeline", "20.00", "2019-11-30", "voice", "L2 9.25", "10.75"),
        ("us-lifeline", "20.00", "2020-06-10", "voice", "L3 7.25", "12.75"),
        ("us-lifeline", "20.00", "2020-11-30", "voice", "L3 7.25", "12.75"),
        ("us-lifeline", "20.00", "2020-12-01", "voice", "L4 5.25", "14.75"),
        ("us-lifeline", "20.00", "2021-07-10", "texas", "L1 9.25, L7 3.50", "7.25"),
        ("us-lifeline", "10.00", "2021-07-10", "texas", "L1 9.25, L7 0.75", "0.00"),
        ("us-lifeline", "25.00", "2021-07-10", "oregon", "L1 9.25, L8 10.00", "5.75"),
        ("us-lifeline", "12.00", "2021-07-10", "voice oregon", "L4 5.25, L8 6.75", "0.00"),
        ("us-lifeline", "30.00", "2025-02-10", "kansas", "L1 9.25, L6 7.77", "12.98"),
        ("us-acp", "20.00", "2022-04-10", "", "A3 20.00", "0.00"),
        ("us-acp", "45.00", "2022-04-10", "", "A3 30.00", "15.00"),
        ("us-acp", "100.00", "2022-04-10", "tribal", "A1 75.00", "25.00"),
        ("us-lifeline-ebb", "29.25", "2021-07-10", "", "E2 20.00, L1 9.25", "0.00"),
        ("us-lifeline-acp", "50.00", "2022-04-10", "", "A3 30.00, L1 9.25", "10.75"),
        ("us-ebb", "100.00", "2021-08-10", "", "E2 50.00", "50.00"),
        ("us-ebb", "100.00", "2021-08-10", "tribal", "E1 75.00", "25.00"),
        ("us-ebb", "100.00", "2021-05-11", "", "", "100.00"),
        ("us-ebb", "100.00", "2022-01-01", "", "", "100.00"),
        ("us-acp", "60.00", "2022-01-10", "ebb", "A2 50.00", "10.00"),
        ("us-acp", "60.00", "2022-01-10", "", "A3 30.00", "30.00"),
        ("us-acp", "60.00", "2022-03-01", "ebb", "A6 30.00", "30.00"),
        ("us-acp", "100.00", "2023-10-01", "high-cost", "A7 30.00", "70.00"),
        ("us-acp", "100.00", "2023-10-02", "high-cost", "A8 75.00", "25.00"),
        ("us-acp", "40.00", "2024-05-10", "high-cost", "A9 35.00", "5.00"),
        ("us-acp", "40.00", "2024-05-10", "", "A5 14.00", "26.00"),
        ("us-acp", "40.00", "2024-05-31", "tribal", "A4 35.00", "5.00"),
        ("us-acp", "40.00", "2024-06-01", "", "", "40.00"),
    ],
)  # fmt: skip
def test_a_benefit_is_off_the_price_and_never_above_it(
    implementation, package, price, day, who, off, pays
):
    assert taken_off(implementation, package, price, day, who) == (off, pays)
