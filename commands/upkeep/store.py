"""doisoat store: check a home, make its many parts one, and let go of what nobody needs."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from doisoat.commands.merged_parts import merged_line
from doisoat.commands.options import (
    echo,
    home_option,
    json_option,
    period_option,
    print_json,
    progress,
    say,
    why_option,
)
from doisoat.errors import KeyFileError, StoreError
from doisoat.messages.language import TERMINAL
from doisoat.messages.text import composed, message, message_in

if TYPE_CHECKING:
    from doisoat.settlement.verify.store_check import Checked


@click.group("store")
def command() -> None:
    """Look after a home: its parts, its runs and its published files."""


@command.command("check")
@home_option
@json_option
def check(home: Path, as_json: bool) -> None:
    """Read all of HOME and say what is not as it was published.

    Every file against the SHA-256 in its manifest; the rows of each source file, the events of each
    part against their count, order and digest, and the columns that are kept twice against each
    other; each run's id against its inputs, its digest against its shards, its source files against
    the parts. What was removed by `retain` or `erase` is told from what is lost. Nothing is
    written.

    \b
    Example:
      doisoat store check --home out
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.verify.store_check import check_store

    opened = open_home(home)
    with progress(message("Checking files")) as advance:
        checked = check_store(opened, advance)
    for note in checked.notes:
        say(message("Note") + ": " + note)
    if as_json:
        print_json(checked.as_object())
    else:
        _print(checked)
    if not checked.ok:
        raise click.exceptions.Exit(StoreError.exit_code)


def _print(checked: "Checked") -> None:
    for finding in checked.findings:
        echo(message("Fault") + f": {finding.where}: {finding.what}")
    verdict = message("sound") if checked.ok else (f"{len(checked.findings)} " + message("faults"))
    echo(
        f"{checked.parts} "
        + message_in("store", "parts")
        + f", {checked.events} "
        + message("events")
        + f", {checked.runs} "
        + message("runs")
        + composed(": {}", verdict)
    )


@command.command("compact")
@period_option("Only parts with usage of this month.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@home_option
@json_option
def compact(period: str | None, dry_run: bool, home: Path, as_json: bool) -> None:
    """Make the many parts of HOME one, so that settling reads one.

    Runs name source files, not parts: each goes on to verify, and is settled again to the same
    digest. The old parts stay, out of force, until `doisoat store retain` removes them.

    \b
    Example:
      doisoat store compact 2021-08
    """
    from doisoat.settlement.upkeep.compact import compact, plan

    planned = plan(home, period)
    if dry_run:
        merged = planned
    else:
        total = sum(group.rows for group in planned)
        with progress(message("Merging parts"), total, unit="rows") as advance:
            merged = compact(home, period, advance)
    if as_json:
        print_json({"dry_run": dry_run, "merged": [group.as_object() for group in merged]})
        return
    for group in merged:
        echo(merged_line(group))
    if not merged:
        echo(message("Nothing to merge: every floor is one part"))


@command.command("retain")
@click.option(
    "--only",
    type=click.Choice(["runs", "parts"]),
    help="Superseded runs, or replaced parts, alone.",
)
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Of each period, so many runs that were last in force stay.",
)
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Only what was superseded or replaced before this day (UTC).",
)
@click.option("--apply", "applies", is_flag=True, help="Remove it. Else it is only said.")
@why_option("The reason, for the log; needed with --apply.", default=None)
@home_option
@json_option
def retain(
    only: str | None,
    keep: int,
    before: datetime | None,
    applies: bool,
    why: str | None,
    home: Path,
    as_json: bool,
) -> None:
    """Let go of superseded runs, and of parts that `compact` replaced.

    A run in force stays, and what it opens from, and so on back; so do all parts in force. Without
    --apply nothing is changed. What goes leaves a tombstone in HOME/removed (its manifest with
    digests and totals, when, who, why), so that `doisoat store check` tells it from what is lost.

    \b
    Example:
      doisoat store retain --keep 3 --before 2026-01-01
    """
    from doisoat.settlement.upkeep.retain import Rule, plan
    from doisoat.settlement.upkeep.retain import retain as remove

    rule = Rule(only != "parts", only != "runs", keep, before.date() if before else None)
    removal = remove(home, rule, _reason(why)) if applies else plan(home, rule)
    if as_json:
        print_json({"dry_run": not applies, **removal.as_object()})
        return
    label = message("Removed") if applies else message("Would remove (dry run)")
    for item in removal.dropped:
        echo(composed("{}: {} {}", label, item.floor, item.id))
    for item, reason in removal.retained:
        echo(message("Kept") + f": {item.floor} {item.id}: {reason}")
    if not removal.dropped:
        echo(message("Nothing to remove"))


def _reason(why: str | None) -> str:
    """What the log is to say."""
    if why is None or not why.strip():
        raise click.UsageError(message("say why, for the log: --why TEXT"))
    return why.strip()


@command.command("erase")
@click.argument("who", metavar="[ID]", required=False)
@click.option(
    "--number",
    "by_number",
    is_flag=True,
    help="By telephone number: asked for without echo, or the first line of stdin.",
)
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The key, for --number.")
@click.option("--apply", "applies", is_flag=True, help="Do it. Else it is only said.")
@why_option("The reason, for the log; needed with --apply.", default=None)
@click.option("--resume", is_flag=True, help="End an erasure that was cut short.")
@home_option
@json_option
def erase(
    who: str | None,
    by_number: bool,
    key_file: Path | None,
    applies: bool,
    why: str | None,
    resume: bool,
    home: Path,
    as_json: bool,
) -> None:
    """Erase a subscriber: nobody's identity takes the place of theirs, everywhere in HOME.

    ID is the pseudonym that relief.duckdb shows, a UUID. Settled figures stay, and are held to what
    they were when each month is settled again. The parts and runs that named the person go, with
    tombstones. Without --apply it is said what HOME holds of them. What the carrier has itself (its
    own records, the key) is the carrier's to see to.

    \b
    Example:
      doisoat store erase 2f0c6d5e-8f6b-4a7e-9a55-0d0f4b1c2a3b --why "request 17" --apply
    """
    from doisoat.settlement.upkeep import erase as work

    if resume and (who or by_number or applies):
        raise click.UsageError(message("--resume takes nobody: it ends what was begun"))
    if not resume and bool(who) == by_number:
        raise click.UsageError(message("name the subscriber: an ID, or --number"))
    if resume:
        with progress(message("Settling again")) as advance:
            erasure = work.resume(home, advance)
    else:
        person = _by_number(key_file, home) if by_number else _identity(who or "")
        if not applies:
            erasure = work.plan(home, person)
        else:
            reason = _reason(why)
            with progress(message("Settling again")) as advance:
                erasure = work.erase(home, person, reason, advance)
    dry_run = not (applies or resume)
    if as_json:
        print_json({"dry_run": dry_run, **erasure.as_object()})
        return
    echo(message("Would erase (dry run)") if dry_run else message("Erased"))
    for name, count in erasure.traces.rows.items():
        echo(f"  {name}\t{count}")
    echo(
        f"  {len(erasure.traces.parts)} "
        + message_in("store", "parts")
        + f", {len(erasure.traces.runs)} "
        + message("runs")
        + f", {erasure.traces.packs} "
        + message_in("store", "packs")
    )
    for period, (before, after) in sorted(erasure.runs.items()):
        echo(f"  {period}: {before} → {after}, " + message("same figures"))


def _identity(text: str) -> int:
    try:
        return UUID(text).int
    except ValueError:
        # Not echoed: who mistakes an id for a number types a number.
        raise click.UsageError(
            message("that is no ID: write a UUID, as usage.subscription has it")
        ) from None


def _by_number(key_file: Path | None, home: Path) -> int:
    from doisoat.engine.intake.file_intake import key_of_home
    from doisoat.engine.intake.mapping.number_pseudonyms import pseudonym_of_number
    from doisoat.engine.intake.plan_in_use import plan_of_home
    from doisoat.engine.keys.pseudonym import key_path, read_key
    from doisoat.engine.store.home import list_parts, open_home

    opened = open_home(home)
    path = key_path(key_file, home)
    key = read_key(path)
    usage = list_parts(opened, "usage")
    if all(key.version_of(part.manifest["key_id"]) is None for part in usage):
        raise KeyFileError(
            message("its id is {key}, and no usage of this home was taken in under it", key=key.id),
            str(path),
            message("give the key of this home with --key"),
        )
    # A number that came in before the key was rotated goes by the id of then.
    key = key_of_home(opened, [*usage, *list_parts(opened, "master")], key)
    if sys.stdin.isatty():
        number = click.prompt(TERMINAL.spoken(message("Number")), hide_input=True, err=True)
    else:
        number = sys.stdin.readline().strip()
    return pseudonym_of_number(number, key, plan_of_home(home))
