"""`doisoat interconnect`: what carriers owe each other for calls of a settled month."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import (
    csv_option,
    echo,
    home_option,
    json_option,
    period_argument,
    print_json,
    progress,
    say,
    warn_if_signed,
    why_option,
)
from doisoat.messages.text import composed, message, message_in

if TYPE_CHECKING:
    from doisoat.engine.tables.csv_writer import Style
    from doisoat.settlement.interconnect.log_entry import NettedMonth
    from doisoat.settlement.interconnect.netting import Rounding

SORTS = {
    "due": message("owe interconnection"),
    "own_network": message("stay in their own network"),
    "no_network": message("go to no network"),
    "unknown_network": message("go to a network that nobody names"),
    "unpriced": message("have no price"),
    "suspended": message("are suspended"),
}


@click.command("interconnect")
@period_argument
@click.option(
    "--rounding",
    type=click.Choice(["per_sum", "per_call"]),
    default="per_sum",
    show_default=True,
    help="Round once a direction, price and day; or each call.",
)
@click.option("--record", is_flag=True, help="Write it into the log; papers say it from then on.")
@why_option("The reason, with --record.")
@csv_option("Write the rows by direction, price and day.")
@home_option
@json_option
def command(
    period: str,
    rounding: "Rounding",
    record: bool,
    why: str,
    table: Path | None,
    csv_style: "Style",
    home: Path,
    as_json: bool,
) -> None:
    """Net what carriers owe each other for the calls of a settled month, without tax.

    The originating carrier pays the terminating one, by the number's network when the call starts
    (ports included), at the catalogue's price of then. A retail price of 0 waives nothing; what a
    measure relieves that says `interconnect: waived` owes none. HOME knows the calls that its
    carriers recorded: with one carrier alone, only what that one owes.

    Nothing is written without --record. A run is recorded once, and all runs of a month by one
    rounding; do so before the month is signed, since a signed paper tells what the log held then.

    \b
    Examples:
      doisoat interconnect 2021-08 --csv ket-noi.csv
      doisoat interconnect 2021-08 --record
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.interconnect import log_entry as interconnect_record
    from doisoat.settlement.what_if.output_files import check_target, swapped, write_text

    if why and not record:
        raise click.UsageError(message("--why is the reason of an entry: give --record with it"))
    check_target("--csv", table, ".csv")
    with progress(message("Rating the month again"), open_home(home).buckets) as advance:
        if record:
            netted_month = interconnect_record.record(home, period, rounding, why, advance)
        else:
            netted_month = interconnect_record.work_out(home, period, rounding, advance)
    if table is not None:
        text = _csv(netted_month, csv_style)
        swapped(table, lambda path: write_text(path, text))
    if as_json:
        print_json(netted_month.as_object())
    else:
        _print(netted_month)
    if netted_month.entry is not None:
        warn_if_signed(home, netted_month.run, netted_month.entry)
    if netted_month.netting.messages:
        say(
            message("Note")
            + ": "
            + f"{netted_month.netting.messages} "
            + message("messages went to other networks: the catalogue has no price of them")
        )


def _cell(cell: str | int | None) -> str | int:
    from doisoat.currency import Amount

    if cell is None:
        return "?"
    return cell if isinstance(cell, str) else Amount(cell)


def _csv(netted_month: "NettedMonth", style: "Style") -> str:
    from doisoat.engine.tables.csv_writer import csv_text
    from doisoat.settlement.interconnect.netting import Row

    rows = ([*row, netted_month.run] for row in netted_month.netting.rows)
    return csv_text([[*Row._fields, "run"], *rows], style)


def _print(netted_month: "NettedMonth") -> None:
    from doisoat.currency import amount_text
    from doisoat.settlement.report.terminal_table import table

    netting = netted_month.netting
    echo(
        message("interconnection, excl. {tax_name}")
        + f": {netted_month.period}, {netting.rounding}"
    )
    heads = (message("payer"), message("payee"), message("owes"), message("is owed"),
             message("net"))  # fmt: skip
    echo(table(heads, [[_cell(cell) for cell in net] for net in netting.nets]))
    if any(net.net is None for net in netting.nets):
        echo("  " + message("there are no calls of the payee, so none is netted"))
    calls, ms = netting.calls, netting.ms
    for sort, label in SORTS.items():
        if calls[sort] or sort == "due":
            texts = message_in("in a line", "calls"), label
            echo(composed("  {:>12} {} {} ({} s)", calls[sort], *texts, ms[sort] // 1_000))
    total = sum(row.amount for row in netting.rows)
    echo(message("in all") + f" {amount_text(total)}; " + message("run") + f" {netted_month.run}")
    if netted_month.entry is not None:
        same = ("  (" + message("as it was") + ")") if netted_month.already else ""
        echo(message("log entry") + f"\t{netted_month.entry}" + same)
