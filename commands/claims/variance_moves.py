"""The commands that move variances on: ask, accept, reject, adjust, reopen, extend."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doisoat.commands.completion import periods
from doisoat.commands.options import (
    carrier_option,
    echo,
    home_option,
    json_option,
    kept_words,
    period_before_option,
    print_json,
    say,
)
from doisoat.messages.language import TERMINAL
from doisoat.messages.text import composed, counted_message, message
from doisoat.settlement.records.variance_states import MOVES, Move

if TYPE_CHECKING:
    from doisoat.settlement.reconcile.variances.transitions import Filters

HELP: dict[Move, str] = {
    "ask": "Say that the carrier was asked, and by when it is to answer.",
    "accept": "Say that the carrier accepts what was recomputed.",
    "reject": "Say that the carrier rejects what was recomputed.",
    "adjust": "Say that the claim was put right: refused while it still differs.",
    "reopen": "Take a decision back, so that the carrier may be asked again.",
    "extend": "Give a carrier that was asked another day by which it is to answer.",
}


def add_moves(group: click.Group) -> None:
    """Add a command for each move to the group."""
    for name in MOVES:
        _add(group, name)


def _add(group: click.Group, name: Move) -> None:
    rule = MOVES[name]
    options: dict[str, Any] = {"required": True} if rule.needs_why else {"default": ""}

    @group.command(name, help=HELP[name])
    @click.argument("variances", metavar="[YYYY-MM] [ID]...", nargs=-1, shell_complete=periods)
    @click.option(
        "--all", "is_all", is_flag=True,
        help="All that may be moved so, of a month, --carrier, --cause or --verdict.",
    )  # fmt: skip
    @period_before_option("variances", "With --all: only of this month.")
    @carrier_option
    @click.option("--cause", metavar="NAME", help="With --all: only those that it may explain.")
    @click.option(
        "--verdict", type=click.Choice(["explained", "ambiguous", "unexplained"]),
        help="With --all: only of this verdict.",
    )  # fmt: skip
    @click.option("--yes", is_flag=True, help="With --all: move them without asking first.")
    @click.option(
        "--deadline", type=click.DateTime(["%Y-%m-%d"]),
        help="By when the carrier is to answer what it is asked.",
    )  # fmt: skip
    @click.option("--why", callback=kept_words, help="The reason.", **options)
    @click.option(
        "--by", callback=kept_words, **options,
        help="Who decided it." if rule.needs_why else "Who decided it, if not whoever runs this.",
    )  # fmt: skip
    @home_option
    @json_option
    def moving(
        variances: tuple[str, ...],
        is_all: bool,
        period: str | None,
        carrier: str | None,
        cause: str | None,
        verdict: str | None,
        yes: bool,
        deadline: datetime | None,
        why: str,
        by: str,
        home: Path,
        as_json: bool,
    ) -> None:
        from doisoat.settlement.reconcile.letter.variance_words import STATES
        from doisoat.settlement.reconcile.variances.transitions import Filters, move

        filters = Filters(period, carrier, cause, verdict)
        if bool(variances) == is_all:
            raise click.UsageError(message("Name variances, or give --all; not both."))
        if is_all and not any(filters):
            raise click.UsageError(
                message(
                    "--all needs a month (YYYY-MM), --carrier, --cause or --verdict: which of them?"
                )
            )
        if variances and any(filters):
            raise click.UsageError(
                message("a month, --carrier, --cause and --verdict go with --all.")
            )
        names = variances if variances else _chosen(home, name, filters, yes)
        moved = move(
            home, names, name, deadline=None if deadline is None else deadline.date(),
            why=why, by=by,
        )  # fmt: skip
        if as_json:
            print_json(moved.as_object())
            return
        until = ("\t" + message("answer by") + f" {moved.deadline}") if moved.deadline else ""
        echo(composed("{}\t{}{}", STATES[moved.state], len(moved.variances), until))
        if moved.already:
            say(message("so before") + f": {len(moved.already)}")


def _chosen(home: Path, name: Move, filters: "Filters", is_agreed: bool) -> Sequence[str]:
    """The ids of all that filters hold of; how many they are and their sums are said, and asked."""
    from doisoat.commands.claims.variance_text import sum_lines
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.papers.figures import Figures
    from doisoat.settlement.reconcile.causes.causes import BY_ID
    from doisoat.settlement.reconcile.letter.variance_words import MOVES as SAID
    from doisoat.settlement.reconcile.variances.transitions import choose

    if filters.cause is not None and filters.cause not in BY_ID:
        known = ", ".join(BY_ID)
        raise click.UsageError(
            message("no cause is named {cause}: {known}", cause=repr(filters.cause), known=known)
        )
    chosen = choose(open_home(home), name, filters)
    counted = counted_message("{count} variance", "{count} variances", count=len(chosen))
    say(counted + ": " + SAID[name])
    for line in sum_lines(chosen, Figures(TERMINAL.vi_or_en)):
        say(line)
    if chosen and not is_agreed:
        click.confirm(TERMINAL.spoken(message("Go on?")), abort=True, err=True)
    return [variance.id for variance in chosen]
