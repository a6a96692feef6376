"""doisoat period: where each month stands, and the steps of its life."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.month import settle as settling
from doisoat.commands.next_line import echo_next
from doisoat.commands.options import (
    echo,
    home_option,
    json_option,
    period_argument,
    print_json,
    say,
    warn_if_not_packed,
    why_option,
)
from doisoat.commands.sign import sign as signing
from doisoat.messages.text import composed, message, message_in

if TYPE_CHECKING:
    from doisoat.settlement.runs.period_state import Standing


@click.group("period")
def command() -> None:
    """Show where each month stands (open, settled, signed, superseded), and move it on.

    Nothing signed is ever edited. A signed month is settled anew after `supersede`; its statement
    stands, and the difference is booked into a later month: doisoat adjust.
    """


@command.command("list")
@home_option
@json_option
def show_all(home: Path, as_json: bool) -> None:
    """List every month with usage, a run, or a word in the log."""
    from doisoat.engine.store.home import list_parts, open_home
    from doisoat.settlement.runs.period_state import standings

    opened = open_home(home)
    months = {
        month
        for part in list_parts(opened, "usage")
        for source in part.manifest["sources"]
        for month in source["months"]
    }
    states = standings(opened, months)
    if as_json:
        print_json({"periods": [standing.as_object() for standing in states.values()]})
        return
    for standing in states.values():
        echo(_line(standing))
    if not states:
        echo(message("No period yet: take usage in first"))


@command.command("status")
@period_argument
@home_option
@json_option
def status(period: str, home: Path, as_json: bool) -> None:
    """Tell all that is known of a month's life."""
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.packs.pack_folder import not_packed
    from doisoat.settlement.runs.period_state import standing_of

    opened = open_home(home)
    standing, carriers = standing_of(opened, period), not_packed(opened, period)
    if as_json:
        print_json({**standing.as_object(), "not_packed": list(carriers)})
        return
    echo(_line(standing))
    if standing.cut_off is not None:
        echo(message("cut-off") + f"\t{standing.cut_off:%Y-%m-%d %H:%M}")
    if standing.signed_run is not None:
        echo(
            message_in("heading", "signed")
            + f"\t{standing.signed_run}\t{standing.signed_by}\t{standing.signed_at} UTC"
        )
    if carriers:
        echo(message("not packed") + f"\t{', '.join(carriers)}")
    for adjusted in standing.adjustments:
        echo(message("adjustment") + f"\t{adjusted.id}\t→ {adjusted.into}")


@command.command("open")
@period_argument
@click.option(
    "--cut-off",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="Until when late usage comes into its statement, civil time.",
)
@why_option()
@home_option
@json_option
def open_(period: str, cut_off: datetime | None, why: str, home: Path, as_json: bool) -> None:
    """Open a month, and set its cut-off: after it, its run in force is what will be signed.

    \b
    Example: doisoat period open 2021-08 --cut-off 2021-09-10
    """
    from doisoat.settlement.database.acts import open_period

    _print(home, open_period(home, period, cut_off, why), as_json)


@command.command("supersede")
@period_argument
@why_option(required=True)
@home_option
@json_option
def supersede(period: str, why: str, home: Path, as_json: bool) -> None:
    """Let a signed month be settled anew. Its signed statement stands as it is.

    Its evidence packs are made before it is settled anew: then they can be made no more. Which of
    them are not in HOME yet is said, with the commands that make them.

    \b
    Example: doisoat period supersede 2021-08 --why "late files"
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.database import acts
    from doisoat.settlement.runs.period_state import standing_of

    later = acts.supersede(home, period, why)
    for name in later:
        say(
            message("Note")
            + ": "
            + message(
                "{name} rests on {period} and is signed: once {period} is settled anew, it is"
                " to be superseded too",
                name=name,
                period=period,
            )
        )
    warn_if_not_packed(home, period)
    _print(home, standing_of(open_home(home), period), as_json)


def _print(home: Path, standing: "Standing", as_json: bool) -> None:
    if as_json:
        print_json(standing.as_object())
    else:
        echo(_line(standing))
        echo_next(home)


def _line(standing: "Standing") -> str:
    from doisoat.settlement.runs.period_state import STATES

    more = ""
    if standing.stale:
        more += "\t" + message("stale: settle it again")
    if standing.is_unadjusted:
        more += "\t" + message("not adjusted yet")
    state = STATES[standing.state]
    return composed("{}\t{}\t{}{}", standing.period, state, standing.run or "–", more)


command.add_command(settling.command, "settle")
command.add_command(signing.command, "sign")
