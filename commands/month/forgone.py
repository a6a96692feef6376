"""doisoat forgone: what a settled month would have come to without the package."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import (
    echo,
    home_option,
    json_option,
    period_argument,
    print_json,
    progress,
    threads_option,
    warn_if_signed,
    why_option,
)
from doisoat.messages.text import message

if TYPE_CHECKING:
    from doisoat.settlement.what_if.forgone import Forgone


@click.command("forgone")
@period_argument
@why_option()
@threads_option
@home_option
@json_option
def command(period: str, why: str, threads: int, home: Path, as_json: bool) -> None:
    """Work out the revenue that a settled month forgoes, and write it into the log.

    Payable without any package, less payable as settled: two worlds over the same usage, each with
    balances of its own from the first month on. Papers show it beside the relief from then on; say
    it before the month is signed, since a signed paper tells what the log held then.

    \b
    Example: doisoat forgone 2021-08
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.what_if.forgone import work_out

    buckets = open_home(home).buckets
    with progress(message("Rating both worlds"), buckets) as advance:
        forgone = work_out(home, period, why, threads=threads, progress=advance)
    if as_json:
        print_json(forgone.as_object())
    else:
        _print(forgone)
    warn_if_signed(home, forgone.run, forgone.entry)


def _print(forgone: "Forgone") -> None:
    from doisoat.currency import amount_text

    for name, amount in forgone.payable.items():
        echo(
            f"{name}\t{amount_text(forgone.without[name])} − {amount_text(amount)}"
            f" = {amount_text(forgone.of(name))}"
        )
    whole = sum(forgone.without.values()) - sum(forgone.payable.values())
    echo(message("forgone revenue") + f"\t{amount_text(whole)}")
    same = ("  (" + message("as it was") + ")") if forgone.already else ""
    echo(message("log entry") + f"\t{forgone.entry}" + same)
