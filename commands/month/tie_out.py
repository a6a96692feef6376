"""`doisoat tie-out`: a carrier's own ledger against doisoat, by service and day."""

from pathlib import Path

import click

from doisoat.commands.options import (
    carrier_option,
    echo,
    home_in_dong_option,
    json_option,
    optional_period_argument,
    print_json,
    progress,
    say,
    xlsx_option,
)
from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.messages.text import message

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("tie-out")
@optional_period_argument
@carrier_option
@click.option("--ledger", type=FILE, metavar="FILE", help="What was billed: .xlsx or .csv.")
@click.option(
    "--map", "map_name", metavar="FILE|NAME",
    help="Accounts, and the ledger's own names of services: a .toml file, or tt200, an example.",
)  # fmt: skip
@xlsx_option
@click.option(
    "--entries", type=FILE, metavar="FILE.csv", help="Write journal entries; needs --map."
)
@click.option(
    "--template", type=FILE, metavar="FILE.xlsx", help="Write the form of a ledger, and no more."
)
@home_in_dong_option
@json_option
def command(
    period: str | None,
    carrier: str | None,
    ledger: Path | None,
    map_name: str | None,
    xlsx: Path | None,
    entries: Path | None,
    template: Path | None,
    home: Path,
    as_json: bool,
) -> int | None:
    """Hold what a carrier billed by its own ledger against a settled month, by service and day.

    Differences are explained from the home: refunds due, what was charged above or below, events
    in suspense, late usage, other adjustments. What remains is unexplained. The ledger is read
    strictly, and is not kept in HOME. Exit status 3 if something is unexplained.

    \b
    Example:
      doisoat tie-out --template so.xlsx 2021-08 --carrier viettel
      doisoat tie-out 2021-08 --carrier viettel --ledger so.xlsx --xlsx doi-chieu.xlsx
    """
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.what_if.output_files import check_target, swapped, write_text

    if template is not None:
        if ledger or xlsx or entries or map_name:
            raise click.UsageError(
                message("--template writes an empty form: leave the other files out")
            )
        from doisoat.settlement.tie_out.template import write_template

        check_target("--template", template, ".xlsx")
        month = Period.of(period) if period is not None else None
        swapped(template, lambda path: write_template(path, month, carrier))
        if as_json:
            print_json({"template": str(template)})
        else:
            echo(message("form of a ledger") + f": {template}")
        return None
    if period is None or carrier is None or ledger is None:
        raise click.UsageError(
            message("give YYYY-MM, --carrier and --ledger; or --template FILE.xlsx")
        )
    if entries is not None and map_name is None:
        raise click.UsageError(message("--entries needs --map: a .toml file, or tt200, an example"))
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.tie_out.accounts import read_map
    from doisoat.settlement.tie_out.difference import tie
    from doisoat.settlement.tie_out.home_figures import figures_in
    from doisoat.settlement.tie_out.ledger import read_ledger
    from doisoat.settlement.tie_out.text import as_text

    month = Period.of(period)
    check_target("--xlsx", xlsx, ".xlsx")
    check_target("--entries", entries, ".csv")
    accounts = read_map(map_name) if map_name is not None else None
    services = accounts.services if accounts is not None else None
    opened = open_home(home)
    read = read_ledger(ledger, month, carrier, services)
    with progress(message("Rating the month again"), opened.buckets) as advance:
        figures = figures_in(opened, month, carrier, advance)
    tied = tie(read, figures)
    if xlsx is not None:
        from doisoat.settlement.tie_out.workbook import write_book

        swapped(xlsx, lambda path: write_book(path, tied))
    if entries is not None and accounts is not None:
        from doisoat.settlement.corrections.refund_status import paid_within
        from doisoat.settlement.tie_out.entries import as_csv, entries_of, notes_on

        paid = paid_within(opened, month, carrier)
        booked = entries_of(opened.floor("runs") / figures.run, carrier, figures, accounts, paid)
        text = "\ufeff" + as_csv(booked, carrier, month, figures.run)
        swapped(entries, lambda path: write_text(path, text))
        for note in notes_on(figures):
            say(message("Note") + ": " + message("{note}", note=note))
        if accounts.mark == "assumed":
            say(
                message("Note") + ": " + f"{accounts.title}: " + message("its accounts are assumed")
            )
    for warning in tied.warnings:
        say(message("Note") + ": " + warning)
    if as_json:
        print_json(tied.as_object())
    else:
        echo(as_text(tied))
    return None if tied.is_tied else EXIT_DISAGREEMENTS
