"""doisoat intake: take in carriers' files and say what became of every record."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.begin.suspense_records import row_text
from doisoat.commands.merged_parts import merged_line
from doisoat.commands.next_line import echo_next
from doisoat.commands.options import echo, home_option, json_option, print_json, progress, say
from doisoat.engine.store.file_kinds import FILE_KINDS, FileKind
from doisoat.messages.text import composed, counted_message, message, message_in, words_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doisoat.engine.intake.records.accounting import Accounting
    from doisoat.engine.intake.records.suspended_records import SuspendedRecord


SHOWN_SUSPENDED = 10
SHOWN_MONTHS = 12
LABELS = words_in(
    "counts of an intake", "rows", "taken", "duplicates", "suspended", "filtered", "events"
)


@click.command("intake")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--mapping", required=True, help="How to read them: a name, or a .yaml file.")
@click.option(
    "--kind",
    type=click.Choice(FILE_KINDS),
    default="usage",
    show_default=True,
    help="What the files hold.",
)
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The pseudonym key.")
@click.option("--subscriber", help="Whose records they are, where the mapping asks for it.")
@click.option("--each", is_flag=True, help="Publish each file for itself, as soon as it is whole.")
@click.option("--no-merge", is_flag=True, help="Leave small parts as they are.")
@home_option
@json_option
def command(
    files: tuple[Path, ...],
    mapping: str,
    kind: FileKind,
    key_file: Path | None,
    subscriber: str | None,
    each: bool,
    no_merge: bool,
    home: Path,
    as_json: bool,
) -> None:
    """Take in FILES, all together or not at all, through a declared mapping.

    Each record is taken, a duplicate, suspended with a reason, or filtered by a named rule; these
    add up to the rows. Numbers become pseudonyms here: the home never holds one. With --each, what
    was whole when the command was killed stays, and the same command goes on behind it. Where
    eight small parts or more have gathered, they become one, as `doisoat store compact` makes it.

    \b
    Example:
      doisoat intake calls.csv --mapping asterisk
    """
    from doisoat.engine.intake.file_intake import check_files, take_in, take_in_each
    from doisoat.engine.intake.records.suspended_records import first_suspended
    from doisoat.engine.keys.pseudonym import find_key, read_key
    from doisoat.settlement.log import journal
    from doisoat.settlement.log.intake_log import logged
    from doisoat.settlement.runs.period_state import signed_months
    from doisoat.settlement.runs.runs import state_of_home
    from doisoat.settlement.upkeep.compact import merge_small

    work = [(path, mapping, kind) for path in files]
    state = state_of_home(home)
    check_files(work, 0 if state is None else state.amounts.decimals)
    _, path, is_new = find_key(key_file, home)
    if is_new:
        say(
            message("Made a pseudonym key")
            + f": {path}\n  "
            + message("Keep it, and keep it out of every home.")
        )
    count = len(files)
    doing = counted_message("Taking in {count} file", "Taking in {count} files", count=count)
    with journal.writer(home, "intake") as opened, progress(doing, unit="rows") as advance:
        with logged(opened):
            key = read_key(path)  # Again, under the lock: it may have been rotated meanwhile.
            take = take_in_each if each else take_in
            accounting = take(opened, work, key, advance, subscriber=subscriber)
            suspended = first_suspended(opened, accounting, SHOWN_SUSPENDED)
            signed = signed_months(opened)
        merged = [] if no_merge else merge_small(opened)
    for file in accounting.files:
        if file.known_in is not None:
            say(
                f"{file.name}: "
                + message("already taken in ({known_in}); it adds nothing.", known_in=file.known_in)
            )
        for note in file.notes:
            say(composed("{}: {}", file.name, note))
    for line in _into_signed(accounting, signed):
        say(line)
    if as_json:
        for near in _near(accounting):
            say(near)
        counts = accounting.as_object()
        if merged:
            counts["merged"] = [group.as_object() for group in merged]
        print_json(counts)
        return
    _print(accounting, suspended)
    for group in merged:
        echo(merged_line(group))
    echo_next(home)


def _near(accounting: "Accounting") -> list[str]:
    """The lines that tell of calls which look like one recorded twice."""
    from doisoat.tariffs.models.value_words import KINDS

    if accounting.near == 0:
        return []
    lines: list[str] = [message("near duplicates, still events") + f"\t{accounting.near}"]
    lines += [
        "  "
        + message(
            "{file}, row {row}: {kind}, {apart} ms after {near_file}, row {near_row}",
            file=pair.file,
            row=pair.row,
            kind=KINDS[pair.kind],
            apart=pair.apart_ms,
            near_file=pair.near_file,
            near_row=pair.near_row,
        )
        for pair in accounting.near_shown
    ]
    more = accounting.near - len(accounting.near_shown)
    if more > 0:
        lines.append(
            "  "
            + message(
                "{more} more pairs: usage.near_duplicate of relief.duckdb, once settled",
                more=more,
            )
        )
    return lines


def _into_signed(accounting: "Accounting", signed: set[str]) -> list[str]:
    """A line for each signed month in which records of files begin that changed the home."""
    counts: Counter[str] = Counter()
    for file in accounting.files:
        if file.adds_usage:
            counts.update({month: n for month, n in file.months.items() if month in signed})
    return [
        message("Note")
        + ": "
        + message(
            "{month} is signed, and {count} of the records that were read begin in it:"
            " what was signed stays; what is new of them has to be booked into a later"
            " period: doisoat period supersede {month} --why TEXT, settle --period"
            " {month}, then adjust {month}",
            month=month,
            count=count,
        )
        for month, count in sorted(counts.items())
    ]


def _by_month(months: dict[str, int]) -> str:
    """Each month with its records; of many, which dates gone wrong are, the first and the last."""
    counts = [f"{month}: {count}" for month, count in months.items()]
    if len(counts) > SHOWN_MONTHS:
        half = SHOWN_MONTHS // 2
        counts = [*counts[:half], f"… ({len(counts) - 2 * half})", *counts[-half:]]
    return ", ".join(counts)


def _print(accounting: "Accounting", suspended: "Sequence[SuspendedRecord]") -> None:
    from doisoat.engine.intake.records.suspense_reasons import why_of

    counts = accounting.as_object()
    for name, label in LABELS.items():
        echo(label + f"\t{counts[name]}")
    if accounting.months:
        echo(message("read, by month") + f"\t{_by_month(accounting.months)}")
    for name, value in accounting.sub_reasons.items():
        echo(message_in("heading", "suspended") + f" {name}\t{value}")
        echo(composed("  {}", why_of(name).mend))
    for name, value in accounting.filters.items():
        echo(message("filtered") + f" {name}\t{value}")
    for near in _near(accounting):
        echo(near)
    for record in suspended:
        echo(
            composed(
                "  {}, {}: {} ({})",
                record.file,
                row_text(record.row, record.line),
                record.what,
                record.why.what,
            )
        )
    more = counts["suspended"] - len(suspended)
    if suspended and more > 0:
        echo(
            "  "
            + message(
                "{more} more suspended records: usage.suspense of relief.duckdb, once settled",
                more=more,
            )
        )
