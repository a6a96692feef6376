"""doisoat refund: what carriers owe back to subscribers, and what they paid of it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import (
    carrier_option,
    csv_option,
    echo,
    home_in_dong_option,
    json_option,
    optional_period_argument,
    print_json,
    why_option,
)
from doisoat.messages.text import Text, composed, message

if TYPE_CHECKING:
    from doisoat.settlement.corrections.refund_status import RefundStatus

FILE = click.Path(dir_okay=False, path_type=Path)
WORDS = {
    "due": "phải hoàn",
    "part_paid": "hoàn một phần",
    "paid": "đã hoàn đủ",
    "overpaid": "hoàn quá",
}


@click.group("refund")
def command() -> None:
    """List refunds due and how they stand, and book what carriers paid.

    A refund is due where a source charged more than the relief leaves to pay. What was paid is a
    record that names its event; what was rated stays as it is.
    """


@command.command("list")
@optional_period_argument
@carrier_option
@csv_option("Write what is still to be paid, as the form of `refund import`.")
@home_in_dong_option
@json_option
def list_(
    period: str | None, carrier: str | None, table: Path | None, home: Path, as_json: bool
) -> None:
    """Tell how refunds stand, by carrier: due, paid in part, paid, or paid too much.

    \b
    Example: doisoat refund list 2021-08 --carrier viettel --csv hoan-tra.csv
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.corrections.refund_status import as_form, refund_status
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.what_if.output_files import check_target, swapped, write_text

    month = Period.of(period) if period is not None else None
    check_target("--csv", table, ".csv")
    status = refund_status(open_home(home), month, carrier)
    if table is not None:
        text = as_form(status)
        swapped(table, lambda path: write_text(path, text))
    if as_json:
        print_json(status.as_object())
    else:
        _print(status)


@command.command("import")
@click.argument("file", type=FILE, metavar="FILE.csv")
@why_option()
@home_in_dong_option
@json_option
def import_(file: Path, why: str, home: Path, as_json: bool) -> None:
    """Book the refunds that a carrier paid, as its file tells: a payment a row.

    The form is what `refund list --csv` writes, with paid_on and document filled in. An amount
    below 0 takes a payment back. Each line is held to what is due of its event; with one faulty
    line nothing of the file is booked. The same payments again are nothing new.

    \b
    Example: doisoat refund import hoan-tra.csv --why "đợt 1"
    """
    from doisoat.money import group_vi
    from doisoat.settlement.corrections.refund_act import book

    booked = book(home, file, why)
    if as_json:
        print_json(booked.as_object())
        return
    known = ("\t" + message("booked before")) if booked.already else ""
    echo(message("refunds") + f"\t{booked.id}" + known)
    for carrier, (count, amount) in booked.carriers.items():
        echo(f"  {carrier}\t{group_vi(count)} " + message("payments") + f"\t{group_vi(amount)} đ")
    echo(
        "  "
        + message("in all")
        + f"\t{group_vi(booked.payments)} "
        + message("payments")
        + f"\t{group_vi(booked.amount)} đ"
    )


def _print(status: "RefundStatus") -> None:
    from doisoat.money import group_vi

    for carrier, states in status.by_carrier.items():
        for state, sums in states.items():
            echo(
                composed(
                    "{}\t{}\t{} {}\t{} {} đ\t{} {} đ",
                    carrier,
                    Text(WORDS[state], state),
                    group_vi(sums["events"]),
                    message("events"),
                    message("due"),
                    group_vi(sums["refund"]),
                    message("paid"),
                    group_vi(sums["paid"]),
                )
            )
    if not status.by_carrier:
        echo(message("No refund is due, and none was paid"))
