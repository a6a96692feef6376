"""`doisoat tie-out`: a carrier's own ledger against doisoat, and its journal entries."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from doisoat.commands.options import (
    carrier_option,
    csv_style_option,
    echo,
    home_option,
    json_option,
    optional_period_argument,
    print_json,
    progress,
    say,
    xlsx_option,
)
from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.messages.text import Text, halves_of, joined, message

if TYPE_CHECKING:
    from doisoat.engine.store.home import Home
    from doisoat.engine.tables.csv_writer import Style
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.tie_out.bookings import Bookings
    from doisoat.settlement.tie_out.difference import TieOut
    from doisoat.settlement.tie_out.entry_file import EntryFile

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("tie-out")
@optional_period_argument
@carrier_option
@click.option("--ledger", type=FILE, metavar="FILE", help="What was billed: .xlsx or .csv.")
@click.option(
    "--map", "map_name", metavar="FILE|NAME",
    help="Accounts, and the ledger's own names of services: a .toml file, tt99 or tt200."
    "  [default: of entries, as their day asks]",
)  # fmt: skip
@xlsx_option
@click.option(
    "--entries", type=FILE, metavar="FILE.csv|.xlsx",
    help="Write journal entries, with or without --ledger.",
)  # fmt: skip
@click.option(
    "--layout", "layout_name", metavar="NAME|FILE", default="plain", show_default=True,
    help="Of entries: misa, fast, plain, or a .toml file.",
)  # fmt: skip
@csv_style_option
@click.option(
    "--template", type=FILE, metavar="FILE.xlsx", help="Write the form of a ledger, and no more."
)
@home_option
@json_option
def command(
    period: str | None,
    carrier: str | None,
    ledger: Path | None,
    map_name: str | None,
    xlsx: Path | None,
    entries: Path | None,
    layout_name: str,
    csv_style: "Style",
    template: Path | None,
    home: Path,
    as_json: bool,
) -> int | None:
    """Hold what a carrier billed by its own ledger against a settled month, by service and day.

    Differences are explained from the home: refunds due, what was charged above or below, events
    in suspense, late usage, other adjustments. What remains is unexplained. The ledger is read
    strictly, and is not kept in HOME. Exit status 3 if something is unexplained.

    --entries writes the month's journal entries for an accounting program, by the accounts of the
    day that they are booked on (Circular 99/2025 from 2026 on, 200/2014 before); with what
    adjustments of signed months book into it, by reversal. It needs no ledger.

    \b
    Example:
      doisoat tie-out --template so.xlsx 2021-08 --carrier viettel
      doisoat tie-out 2021-08 --carrier viettel --ledger so.xlsx --xlsx doi-chieu.xlsx
      doisoat tie-out 2021-08 --carrier viettel --entries but-toan.xlsx --layout misa
    """
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.what_if.output_files import check_target, swapped

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
    if period is None or carrier is None or (ledger is None and entries is None):
        raise click.UsageError(
            message("give YYYY-MM, --carrier, and --ledger or --entries; or --template FILE.xlsx")
        )
    if ledger is None and xlsx is not None:
        raise click.UsageError(message("--xlsx shows a ledger beside doisoat: give --ledger too"))
    from doisoat.engine.store.home import open_home

    month = Period.of(period)
    check_target("--xlsx", xlsx, ".xlsx")
    if entries is not None:
        check_target("--entries", entries, ".xlsx" if entries.suffix == ".xlsx" else ".csv")
    opened = open_home(home)
    booked = None
    if entries is not None:
        booked = _entries(opened, month, carrier, map_name, layout_name)
    tied = None if ledger is None else _tied(opened, month, carrier, ledger, map_name)
    if xlsx is not None and tied is not None:
        from doisoat.settlement.tie_out.workbook import write_book

        swapped(xlsx, lambda path: write_book(path, tied))
    if entries is not None and booked is not None:
        from doisoat.settlement.tie_out.entry_file import write_entries

        file = booked.file
        swapped(entries, lambda path: write_entries(path, file, csv_style))
        for note in booked.notes:
            say(message("Note") + ": " + note)
    if tied is None:
        if booked is not None:
            _tell(booked, entries, as_json)
        return None
    for warning in tied.warnings:
        say(message("Note") + ": " + warning)
    if as_json:
        print_json(tied.as_object())
    else:
        from doisoat.settlement.tie_out.text import as_text

        echo(as_text(tied))
    return None if tied.is_tied else EXIT_DISAGREEMENTS


class _Booked(NamedTuple):
    """Entries that are to be written, whose they are, and what is to be known of them."""

    file: "EntryFile"
    books: "Bookings"
    accounts: str
    notes: list[Text]


def _tied(
    home: "Home", month: "Period", carrier: str, ledger: Path, map_name: str | None
) -> "TieOut":
    from doisoat.settlement.tie_out.accounts import read_map
    from doisoat.settlement.tie_out.difference import tie
    from doisoat.settlement.tie_out.home_figures import figures_in
    from doisoat.settlement.tie_out.ledger import read_ledger

    services = read_map(map_name).services if map_name is not None else None
    read = read_ledger(ledger, month, carrier, services)
    with progress(message("Rating the month again"), home.buckets) as advance:
        figures = figures_in(home, month, carrier, advance)
    return tie(read, figures)


def _entries(
    home: "Home", month: "Period", carrier: str, map_name: str | None, layout_name: str
) -> _Booked:
    from doisoat.settlement.corrections.refund_status import paid_within
    from doisoat.settlement.runs.runs import check_files, told_run
    from doisoat.settlement.tie_out.accounts import map_on
    from doisoat.settlement.tie_out.bookings import bookings_of
    from doisoat.settlement.tie_out.entries import corrections_of, entries_of, notes_on
    from doisoat.settlement.tie_out.entry_file import EntryFile
    from doisoat.settlement.tie_out.entry_layout import read_layout
    from doisoat.settlement.tie_out.month_sums import MonthSums, sums_of

    accounts = map_on(month.last_day.date(), map_name)
    layout = read_layout(layout_name)
    books = bookings_of(home, month, carrier)

    def sums(run: str) -> MonthSums:
        run_folder = told_run(home, run)
        check_files(run_folder)
        return sums_of(home, run_folder, carrier)

    paid = paid_within(home, month, carrier)
    booked = [
        *entries_of(sums(books.base), accounts, paid),
        *corrections_of(books.booked_here, sums, accounts),
    ]
    notes = notes_on(books)
    if accounts.mark == "assumed":
        notes.append(_of(accounts.title, message("its accounts are assumed")))
    if layout.mark != "stated":
        reading = message(
            "its columns are a reading ({source}): try one voucher before all",
            source=halves_of(layout.source),
        )
        notes.append(_of(layout.title, reading))
    return _Booked(EntryFile(booked, layout, carrier, month), books, accounts.title, notes)


def _of(title: str, text: Text) -> Text:
    return joined(": ", (halves_of(title), text))


def _tell(booked: _Booked, path: Path | None, as_json: bool) -> None:
    """The entries, each in balance, and what they come to."""
    from doisoat.currency import Amount, amount_text
    from doisoat.settlement.report.terminal_table import table

    entries, books = booked.file.entries, booked.books
    debit, credit = (sum(getattr(entry, side) for entry in entries) for side in ("debit", "credit"))
    if as_json:
        print_json(
            {
                "file": str(path), "period": booked.file.month.name,
                "carrier": booked.file.carrier, "date": str(booked.file.day),
                "run": books.run.run, "booked_run": books.base, "map": booked.accounts,
                "layout": booked.file.layout.title, "debit": str(debit), "credit": str(credit),
                "entries": [entry.as_object() for entry in entries],
                "notes": [{"vi": note.vi, "en": note.en} for note in booked.notes],
            }
        )  # fmt: skip
        return
    heads = ["", message("Debit"), message("Credit"), message("Description")]
    rows: list[list[str | int]] = [
        [entry.name, Amount(entry.debit), Amount(entry.credit), entry.description]
        for entry in entries
    ]
    echo(table(heads, rows))
    echo(
        message(
            "{count} entries, debit = credit = {amount}; {file}",
            count=len(entries), amount=amount_text(debit), file=str(path),
        )
    )  # fmt: skip
