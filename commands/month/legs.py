"""`doisoat legs`: the calls between carriers, as either side recorded them."""

from collections.abc import Iterator
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
)
from doisoat.messages.text import composed, message

if TYPE_CHECKING:
    import polars as pl

    from doisoat.engine.tables.csv_writer import Style
    from doisoat.settlement.interconnect.call_matching import Legs, Side
    from doisoat.settlement.interconnect.called_side_file import LegFile


@click.command("legs")
@period_argument
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)  # fmt: skip
@click.option(
    "--within", "within_ms", type=click.IntRange(0, 60_000), default=2_000, show_default=True,
    metavar="MS", help="Two legs of a call begin at most so far apart.",
)  # fmt: skip
@click.option(
    "--longer", "longer_ms", type=click.IntRange(0, 60_000), default=1_000, show_default=True,
    metavar="MS", help="One leg lasts at most so much longer than the other.",
)  # fmt: skip
@csv_option("Write each call that the two sides tell differently.")
@home_option
@json_option
def command(
    period: str,
    files: tuple[Path, ...],
    within_ms: int,
    longer_ms: int,
    table: Path | None,
    csv_style: "Style",
    home: Path,
    as_json: bool,
) -> int | None:
    """Match the calls of a settled month with what the carriers called recorded of them.

    FILE has the calls that came into carriers' networks, CSV or Parquet, with the columns record,
    payer, payee, started, duration_s and no number. Pairs are made by direction, start and length,
    the nearest first. Nothing is kept in HOME.

    Exit status 3: some call is in one side's records alone, or of another length.

    \b
    Example: doisoat legs 2021-08 den-*.csv --csv lech.csv
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.interconnect.call_matching import listed
    from doisoat.settlement.interconnect.month_calls import legs_of
    from doisoat.settlement.what_if.output_files import check_target, swapped, write_text

    check_target("--csv", table, ".csv")
    opened = open_home(home)
    with progress(message("Rating the month again"), opened.buckets) as advance:
        month = legs_of(opened, period, files, advance)
    incoming, matched, legs = month.matched(within_ms, longer_ms)
    names = {place: file.name for place, file in enumerate(month.files)}
    differing = listed(month.calls, incoming, matched, names, month.period, within_ms)
    if table is not None:
        from doisoat.engine.tables.csv_writer import csv_text

        rows = [differing.columns, *differing.iter_rows()]
        text = csv_text(rows, csv_style, line_end="\r\n")
        swapped(table, lambda path: write_text(path, text))
    if as_json:
        print_json(
            {
                "period": month.period.name, "run": month.run,
                "files": [file._asdict() for file in month.files], **legs.as_object(),
            }
        )  # fmt: skip
    else:
        _print(legs, month.files, differing, month.period.name, month.run)
    return 3 if differing.height else None


def _print(
    legs: "Legs", files: "list[LegFile]", differing: "pl.DataFrame", period: str, run: str
) -> None:
    from doisoat.settlement.reconcile.letter.variance_words import counted_in_each
    from doisoat.settlement.report.terminal_table import table

    for file in files:
        repeats = (f", {file.twice} " + message("said again")) if file.twice else ""
        echo(
            f"{file.name}: {file.rows} "
            + message("calls in")
            + composed("{} (SHA-256 {}…)", repeats, file.sha256[:16])
        )
    echo(message("legs of calls between carriers") + f": {period}")
    heads = (
        message("direction"), message("out"), message("in"), message("pairs"), message("only out"),
        message("only in"), message("longer out"), message("by out"),
        message("by in"),
    )  # fmt: skip
    rows = []
    for direction in legs.directions:
        sides = direction.sides
        rows.append(
            (
                f"{direction.payer} → {direction.payee}",
                sides.out.calls,
                sides.into.calls,
                sides.pairs,
                sides.only_out.calls,
                sides.only_in.calls,
                counted_in_each(sides.longer_out_ms, "ms"),
                _amount(sides.out),
                _amount(sides.into),
            )
        )
    echo(table(heads, rows))
    for direction in legs.directions:
        if direction.clock_ms:
            echo(
                f"  {direction.payer} → {direction.payee}: "
                + message("the payee's clock is off by")
                + (" +" if direction.clock_ms > 0 else " ")
                + counted_in_each(direction.clock_ms, "ms")
                + f" ({direction.sides.pairs} "
                + message("pairs")
                + ")"
            )
    for line in left_out_lines(legs.outside, legs.border):
        echo(line)
    echo(message("told differently") + f": {differing.height}; " + message("run") + f" {run}")


def left_out_lines(outside: int, border: int) -> Iterator[str]:
    """What is said of calls that came in and are held to nothing, where there are any."""
    if outside:
        yield f"  {outside} " + message("calls in of other months, left out")
    if border:
        yield (
            f"  {border} "
            + message(
                "calls in at the month's border: by the payer's clock they may be of the"
                " month beside"
            )
        )


def _amount(side: "Side") -> str:
    from doisoat.currency import amount_text

    return "?" if side.amount is None else amount_text(side.amount)
