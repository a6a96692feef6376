"""doisoat consolidate: the ministry's home, out of the evidence packs of the carriers."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import (
    echo,
    home_option,
    json_option,
    log_option,
    print_json,
    progress,
    say,
    threads_option,
)
from doisoat.messages.text import joined, message, message_in

if TYPE_CHECKING:
    from doisoat.settlement.consolidate.act import Consolidated, Line
    from doisoat.settlement.consolidate.moved_figures import Moved

HEADS = (
    message("carrier"), message("events"), message_in("in a line", "suspended"), message("relief"),
    message("payable"), message("compared"), message("signed by"), message("checkpoint"),
)  # fmt: skip
SUMMED = ("suspended", "relief", "payable")  # of the statements


@click.command("consolidate")
@click.argument(
    "packs", metavar="PACK...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--drafts", is_flag=True, help="Take packs of months that nobody signed, too.")
@click.option(
    "--trust", "trusted", multiple=True, metavar="TEXT",
    help="A public key that may have signed; then no other may.",
)  # fmt: skip
@click.option("--by", metavar="SIGNER", help="Who settles: a signer of HOME, who may not sign it.")
@threads_option
@log_option
@home_option
@json_option
def command(
    packs: tuple[Path, ...],
    drafts: bool,
    trusted: tuple[str, ...],
    by: str | None,
    threads: int,
    home: Path,
    as_json: bool,
) -> int | None:
    """Make one home of the packs of all carriers, settle it, and compare with what they state.

    Each PACK is verified as doisoat verify does; then all are taken into HOME, or none. Each month
    is settled with the catalogue and package that its packs name, and every row of every statement,
    total, relief line, refund and balance is held against the pack's. Exit status 3: some figure
    differs, or one of a carrier whose pack came before has changed, and is shown. HOME is a home
    like any other; the same packs again change nothing.

    \b
    Example: doisoat consolidate goi/2021-08-* --home bo
    """
    from doisoat.errors import EXIT_DISAGREEMENTS
    from doisoat.settlement.consolidate.act import consolidate
    from doisoat.settlement.log.note import Signer

    keys = [Signer.parse(text, "--trust") for text in trusted]
    with progress(message("Consolidating")) as advance:
        result = consolidate(
            home, packs, drafts=drafts, by=by, threads=threads, progress=advance,
            trusted={key.key_id: key for key in keys} if keys else None,
        )  # fmt: skip
    for note in result.notes:
        say(message("Note") + ": " + note)
    if as_json:
        print_json(result.as_object())
    else:
        echo(joined("\n", _lines(result)))
    return None if result.ok else EXIT_DISAGREEMENTS


def _lines(result: "Consolidated") -> Iterator[str]:
    from doisoat.settlement.report.terminal_table import table

    for run in result.runs:
        moved = [change for change in result.moved if change.period == run.period]
        lines = [line for line in result.lines if line.pack.period.name == run.period]
        if not lines:
            note = message("settled again")
            yield message("period") + f" {run.period}\t" + message("run") + f" {run.run}\t" + note
            yield from (shown for change in moved for shown in _moved(change))
            continue
        yield message("period") + f" {run.period}\t" + message("run") + f" {run.run}"
        yield table(HEADS, [*map(_row, lines), _sum(lines)])
        yield from (shown for line in lines for shown in _differing(line))
        yield from (shown for change in moved for shown in _moved(change))
    packs = message("the same as every pack") if result.ok else message("DIFFERENT")
    yield message("verdict") + f"\t{packs}"
    yield message("log") + f"\t{result.log_size}\t{result.checkpoint}"


def _row(line: "Line") -> tuple[str | int, ...]:
    from doisoat.currency import number_text

    stated, events = line.compared.pack_counts, line.events
    about = line.pack.about
    return (
        line.pack.carrier + ((" (" + message("already here") + ")") if line.already else ""),
        f"{number_text(events['rows'])} = {number_text(events['taken'])}"
        + ((f" + {events['duplicates']} " + message("again")) if events["duplicates"] else "")
        + ((f" + {events['suspended']} " + message("conflicting")) if events["suspended"] else ""),
        *(stated[name] for name in SUMMED),
        message("same") if line.compared.is_same else message("DIFFERENT"),
        str(about["signer"]) if about["signed"] else message("unsigned"),
        str(about["checkpoint"]),
    )


def _sum(lines: "Sequence[Line]") -> tuple[str | int, ...]:
    from doisoat.currency import number_text

    sums = (sum(line.compared.pack_counts[name] for line in lines) for name in SUMMED)
    rows = number_text(sum(line.events["rows"] for line in lines))
    return (f"{len(lines)} " + message("packs"), rows, *sums, "", "", "")


def _differing(line: "Line") -> Iterator[str]:
    """What differs: rows by table, then figures: what the pack says, what is here."""
    for table in line.compared.tables:
        if table.only_told or table.only_here:
            yield (
                f"  {line.pack.carrier} {table.name}: {table.only_told} "
                + message("rows only in the pack")
                + f", {table.only_here} "
                + message("only here")
            )
    for difference in line.compared.differences:
        where = " ".join(filter(None, (difference.table, difference.key, difference.column)))
        yield (
            f"    {line.pack.carrier} {where}\t"
            + message("pack")
            + f" {difference.told}\t"
            + message("here")
            + f" {difference.here}"
        )


def _moved(moved: "Moved") -> Iterator[str]:
    """A carrier whose pack is not in the call: its figures before, and now."""
    for difference in moved.differences:
        where = " ".join(filter(None, (difference.table, difference.key, difference.column)))
        yield (
            f"  {moved.carrier} {where}\t"
            + message("before")
            + f" {difference.told}\t"
            + message("here")
            + f" {difference.here}"
        )
