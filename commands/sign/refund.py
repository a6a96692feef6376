"""doisoat refund: what carriers owe back to subscribers, and what they paid of it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.next_line import echo_next
from doisoat.commands.options import (
    carrier_option,
    check_exports,
    csv_option,
    echo,
    exports_options,
    home_option,
    json_option,
    optional_period_argument,
    print_json,
    say_lacking,
    why_option,
)
from doisoat.messages.text import composed, message, words_in

if TYPE_CHECKING:
    from doisoat.engine.tables.csv_writer import Style
    from doisoat.settlement.corrections.refund_status import RefundStatus

FILE = click.Path(dir_okay=False, path_type=Path)
WORDS = words_in("state of refunds", "due", "part_paid", "paid", "overpaid")


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
@exports_options
@home_option
@json_option
def list_(
    period: str | None,
    carrier: str | None,
    table: Path | None,
    csv_style: "Style",
    files: tuple[Path, ...],
    mappings: tuple[Path, ...],
    home: Path,
    as_json: bool,
) -> None:
    """Tell how refunds stand, by carrier: due, paid in part, paid, or paid too much.

    The file has a row an event, to pay from: source file, row, plan, kind, destination, amount. A
    home keeps no key of a source; with --files it is read from the very files that were taken in.

    \b
    Example: doisoat refund list 2021-08 --carrier viettel --csv hoan-tra.csv --files xuat/
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.corrections.refund_file import keep_filled
    from doisoat.settlement.corrections.refund_status import (
        as_form,
        outstanding,
        refund_status,
    )
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.runs.event_addresses import with_keys
    from doisoat.settlement.what_if.output_files import check_target, swapped, write_text

    month = Period.of(period) if period is not None else None
    check_target("--csv", table, ".csv")
    check_exports(files, table)
    if table is not None:
        keep_filled(table)
    opened = open_home(home)
    status = refund_status(opened, month, carrier)
    if table is not None:
        rows, lacking = with_keys(outstanding(opened, status), files, mappings)
        text = as_form(rows, csv_style)
        swapped(table, lambda path: write_text(path, text))
        if files:
            say_lacking(lacking, rows.height)
    if as_json:
        print_json(status.as_object())
    else:
        _print(status)


@command.command("import")
@click.argument("file", type=FILE, metavar="FILE.csv")
@why_option()
@home_option
@json_option
def import_(file: Path, why: str, home: Path, as_json: bool) -> None:
    """Book the refunds that a carrier paid, as its file tells: a payment a row.

    The form is what `refund list --csv` writes, with paid_on and document filled in. A row names
    its event by event_id, or by the file and row that it came in. An amount below 0 takes a
    payment back. Each line is held to what is due of its event; with one faulty
    line nothing of the file is booked. The same payments again are nothing new.

    \b
    Example: doisoat refund import hoan-tra.csv --why "đợt 1"
    """
    from doisoat.currency import amount_text, number_text
    from doisoat.settlement.corrections.refund_act import book

    booked = book(home, file, why)
    if as_json:
        print_json(booked.as_object())
        return
    known = ("\t" + message("booked before")) if booked.already else ""
    echo(message("refunds") + f"\t{booked.id}" + known)
    for carrier, (count, amount) in booked.carriers.items():
        echo(
            f"  {carrier}\t{number_text(count)} " + message("payments") + f"\t{amount_text(amount)}"
        )
    echo(
        "  "
        + message("in all")
        + f"\t{number_text(booked.payments)} "
        + message("payments")
        + f"\t{amount_text(booked.amount)}"
    )
    echo_next(home)


def _print(status: "RefundStatus") -> None:
    from doisoat.currency import amount_text, number_text

    for carrier, states in status.by_carrier.items():
        for state, sums in states.items():
            echo(
                composed(
                    "{}\t{}\t{} {}\t{} {}\t{} {}",
                    carrier,
                    WORDS[state],
                    number_text(sums["events"]),
                    message("events"),
                    message("due"),
                    amount_text(sums["refund"]),
                    message("paid"),
                    amount_text(sums["paid"]),
                )
            )
    if not status.by_carrier:
        echo(message("No refund is due, and none was paid"))
