"""`doisoat validate`: programmes held to totals that were published, through the settling path."""

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from doisoat.commands.options import (
    echo,
    json_option,
    print_json,
    progress,
    threads_option,
)
from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.messages.text import message


@click.command("validate")
@click.argument("table", metavar="[FILE]", type=click.Path(path_type=Path), required=False)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep the settled homes there, in an empty folder.  [default: none is kept]",
)
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.md",
    help="Write the page of validated totals.",
)
@threads_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    table: Path | None,
    home: Path | None,
    page: Path | None,
    threads: int,
    as_json: bool,
) -> None:
    """Hold programmes to totals that were published, each settled of as many events.

    FILE is a table of published totals as YAML; without it, the one that comes with doisoat. The
    events of each row are made, taken in and settled, and the carrier's statement is held to what
    was published, by the publisher's rounding. Exit status 3: one is outside.

    \b
    Example: doisoat validate --page validated.md
    """
    from doisoat.settlement.validation.published_totals import BUNDLED_TABLE, read_table
    from doisoat.settlement.validation.validate import validate
    from doisoat.settlement.validation.validated_page import as_text, page_of

    path = BUNDLED_TABLE if table is None else table
    rows = read_table(path)
    with TemporaryDirectory(prefix="doisoat-") as scratch:
        folder = Path(scratch) if home is None else home
        with progress(message("Settling"), len(rows)) as advance:
            validation = validate(rows, path.parent, folder, threads, advance)
    if page is not None:
        page.write_text(page_of(validation), "utf-8")
    if as_json:
        print_json(validation.as_object())
    else:
        echo(as_text(validation))
    if validation.count("outside"):
        ctx.exit(EXIT_DISAGREEMENTS)
