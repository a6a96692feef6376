"""doisoat store: is a home what was published?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import home_option, json_option, print_json, progress, say
from doisoat.errors import StoreError

if TYPE_CHECKING:
    from doisoat.settlement.store_check import Checked


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
    other; each run's id against its inputs, its digest against its shards. Nothing is written.

    \b
    Example:
      doisoat store check --home out
    """
    from doisoat.engine.home import open_home
    from doisoat.settlement.store_check import check_store

    held = open_home(home)
    with progress("Checking files") as advance:
        checked = check_store(held, advance)
    for note in checked.notes:
        say(f"Lưu ý | Note: {note}")
    if as_json:
        print_json(checked.as_object())
    else:
        _print(checked)
    if not checked.ok:
        raise click.exceptions.Exit(StoreError.exit_code)


def _print(checked: "Checked") -> None:
    for finding in checked.findings:
        click.echo(f"Lỗi | Fault: {finding.where}: {finding.what}")
    verdict = "nguyên vẹn | sound" if checked.ok else f"{len(checked.findings)} lỗi | faults"
    click.echo(
        f"{checked.parts} lượt nhận | parts, {checked.events} sự kiện | events, {checked.runs} lần"
        f" chạy | runs: {verdict}"
    )
