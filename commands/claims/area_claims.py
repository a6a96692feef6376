"""doisoat area-claims: published claims by area, added up and held to what a programme gives."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import (
    checked_period,
    csv_style_option,
    echo,
    json_option,
    print_json,
    progress,
)
from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.messages.text import message

if TYPE_CHECKING:
    from doisoat.engine.tables.csv_writer import Style

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("area-claims")
@click.argument("table", metavar="FILE", type=FILE)
@click.option(
    "--form", "form_name", metavar="FILE|NAME", required=True,
    help="What the table looks like: us-acp, or a .yaml file.",
)  # fmt: skip
@click.option(
    "--through", metavar="YYYY-MM", callback=checked_period,
    help="The last month that is in it.  [default: the programme's last]",
)  # fmt: skip
@click.option("--before", type=FILE, metavar="FILE", help="An earlier version of the same table.")
@click.option(
    "--filed", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
    help="When it was filed: changes of months are held to the windows of claims.",
)  # fmt: skip
@click.option("--csv", "csv", type=FILE, metavar="FILE.csv", help="Write each row and its verdict.")
@csv_style_option
@json_option
def command(
    table: Path,
    form_name: str,
    through: str | None,
    before: Path | None,
    filed: datetime | None,
    csv: Path | None,
    csv_style: "Style",
    as_json: bool,
) -> int | None:
    """Add up published claims by area, and hold each to the most that its households can have.

    FILE has a row an area, or an area and month, of all carriers together: .xlsx, .csv or .csv.gz.
    It is read strictly. The most of a household comes from the programme's package, by the lists
    of its measures. With --before each row is held against the same row of an earlier version.

    Exit status 3: a row is above every bound, or changed though its window of claims was over.

    \b
    Example: doisoat area-claims zip.csv.gz --form us-acp --through 2024-03 --csv verdicts.csv
    """
    from doisoat.settlement.area_claims.act import read_area_claims
    from doisoat.settlement.area_claims.form import read_form
    from doisoat.settlement.area_claims.text import as_text
    from doisoat.settlement.what_if.output_files import check_target, swapped

    if filed is not None and before is None:
        raise click.UsageError(message("--filed is of what changed: give --before too"))
    check_target("--csv", csv, ".csv")
    form = read_form(form_name)
    day = None if filed is None else filed.date()
    with progress(message("Reading the tables"), 1 + (before is not None)) as advance:
        claims = read_area_claims(table, form, through, before, day, advance)
    if csv is not None:
        swapped(csv, lambda path: claims.write_csv(path, csv_style))
    if as_json:
        print_json(claims.as_object())
    else:
        echo(as_text(claims))
    return None if claims.is_in_order else EXIT_DISAGREEMENTS
