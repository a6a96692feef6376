"""doisoat adjust: what a signed month differs by since, booked into a later one."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.next_line import echo_next
from doisoat.commands.options import (
    MONTH,
    checked_period,
    echo,
    home_option,
    json_option,
    period_argument,
    print_json,
    progress,
    why_option,
)
from doisoat.messages.text import Text, composed, joined, message

if TYPE_CHECKING:
    from doisoat.settlement.corrections.adjustment_act import Booked

SHOWN = {
    "list_value": message("list value"),
    "discount": message("discount"),
    "payable": message("payable"),
    "in_kind": message("in kind"),
    "contribution": message("contribution"),
    "refund": message("refund"),
}


@click.command("adjust")
@period_argument
@click.option(
    "--into", metavar=MONTH, callback=checked_period,
    help="The booked month.  [default: the next not signed]",
)  # fmt: skip
@why_option()
@home_option
@json_option
def command(period: str, into: str | None, why: str, home: Path, as_json: bool) -> None:
    """Book what a signed month differs by into a later one, event by event, each with its cause.

    The month was superseded and settled anew: what was signed stays, and the difference of the two
    runs is a line of the later month's statement. Of each event both runs' amounts are computed
    again and held to their digests. Nothing is ever edited.

    \b
    Example:
      doisoat period supersede 2021-08 --why "tệp muộn"
      doisoat settle 2021-08
      doisoat adjust 2021-08
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.corrections.adjustment_act import adjust

    buckets = open_home(home).buckets
    with progress(message("Comparing the two runs"), buckets) as advance:
        booked = adjust(home, period, into, why, advance)
    if as_json:
        print_json(booked.as_object())
    else:
        _print(booked)
        echo_next(home)


def _print(booked: "Booked") -> None:
    from doisoat.currency import number_text
    from doisoat.settlement.report.report_text import CAUSES

    echo(message("adjustment") + f"\t{booked.id}")
    echo(message("usage period") + f"\t{booked.of}\t{booked.before} → {booked.after}")
    echo(message("booked period") + f"\t{booked.into}")
    for cause, sums in booked.causes.items():
        count = number_text(sums["events"])
        echo(
            "  "
            + Text(CAUSES[cause].vi, cause)
            + f"\t{count} "
            + message("events")
            + "\t"
            + _amounts(sums)
        )
    if not booked.causes:
        echo("  " + message("no event differs"))
    echo("  " + message("in all") + "\t" + _amounts(booked.totals))


def _amounts(sums: Mapping[str, int]) -> str:
    """The amounts that differ, in đồng."""
    from doisoat.currency import amount_text

    amounts = [
        composed("{} {}", label, amount_text(sums[name]))
        for name, label in SHOWN.items()
        if sums[name]
    ]
    return joined(", ", amounts) if amounts else amount_text(0)
