"""`doisoat simulate`: writes the synthetic world, and takes it in under its public key."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doisoat.commands.begin.intake import LABELS
from doisoat.commands.options import (
    checked_period,
    echo,
    home_option,
    json_option,
    period_option,
    print_json,
    progress,
    say,
    threads_option,
)
from doisoat.currency import number_text
from doisoat.errors import EXIT_USAGE, PeriodError
from doisoat.messages.text import composed, message, message_in

if TYPE_CHECKING:
    from doisoat.fixtures.simulate import World

DAY = click.DateTime(["%Y-%m-%d"])


class WrongPeriod(PeriodError):
    """What is no month, where no home is asked for it: wrong usage."""

    exit_code = EXIT_USAGE


def _usage_of_period(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    """A month, refused with the words of every command: a callback."""
    try:
        return checked_period(ctx, param, text)
    except PeriodError as error:
        raise WrongPeriod(*error.args) from error


@click.command("simulate")
@click.option("--seed", type=int, help="What the world is drawn from.  [default: 2021]")
@click.option("--subscribers", type=click.IntRange(1), help="Mobile subscribers.  [default: 50000]")
@period_option("A month.  [default: 2021-08]", _usage_of_period)
@click.option("--from", "first", type=DAY, metavar="DATE", help="First day, with --until.")
@click.option("--until", type=DAY, metavar="DATE", help="First day no longer in the world.")
@threads_option
@click.option(
    "--buckets",
    type=int,
    help="Buckets of a new home: a power of two, 1 to 64.",
)
@click.option("--files-only", is_flag=True, help="Write the files, and take nothing in.")
@click.option("--clean", is_flag=True, help="Plant no fault: nothing twice, late or malformed.")
@home_option
@json_option
def command(
    seed: int | None,
    subscribers: int | None,
    period: str | None,
    first: datetime | None,
    until: datetime | None,
    threads: int,
    buckets: int | None,
    files_only: bool,
    clean: bool,
    home: Path,
    as_json: bool,
) -> None:
    """Write a SYNTHETIC world of carriers under HOME/world and take it in.

    Nothing in it was measured: its parameters stand in fixtures/assumptions.yaml, each marked
    as assumed or with its source. The same seed gives the same bytes on every machine. A world
    that lies there already is not written again. Its pseudonym key is public: whoever likes can
    undo the pseudonyms of these numbers, which belong to nobody.

    Example: doisoat simulate --seed 7 --subscribers 1000
    """
    span = _span(period, first, until)
    _check_buckets(buckets)
    from doisoat.api.simulation import planned, simulate_into

    plan = planned(seed, subscribers, span, clean=clean)  # what is refused makes no home
    say(plan.assumptions.note.value)
    world, summary = simulate_into(
        home, plan, buckets, threads, files_only=files_only, bar=progress
    )
    if as_json:
        print_json(summary)
    else:
        _print(summary, world)


def _check_buckets(buckets: int | None) -> None:
    from doisoat.engine.store.home import BUCKETS_ALLOWED as allowed

    if buckets is not None and buckets not in allowed:
        raise click.BadParameter(
            message(
                "{buckets} is no power of two from 1 to {most}.", buckets=buckets, most=max(allowed)
            ),
            param_hint="--buckets",
        )


def _span(
    period: str | None, first: datetime | None, until: datetime | None
) -> tuple[datetime, datetime] | None:
    if period is not None and (first or until):
        raise click.UsageError(message("Give either a month or --from and --until."))
    if (first is None) != (until is None):
        raise click.UsageError(message("--from and --until go together."))
    if first is not None and until is not None:
        return first, until
    if period is None:
        return None
    from doisoat.settlement.figures.period import Period

    month = Period.of(period)
    return month.begin, month.end


def _print(summary: Mapping[str, Any], world: "World") -> None:
    state = message("already there, not written again")
    if summary["written"]:
        state = message_in("in a line", "written")
    echo(composed("{}\t{} ({})", message("synthetic world"), summary["world"], state))
    echo(composed("{}\t{}", message("seed"), summary["seed"]))
    echo(composed("{}\t{}", message("mobile subscribers"), number_text(summary["subscribers"])))
    echo(composed("{}\t{}", message("usage records"), number_text(world.manifest["rows"])))
    if "rows" not in summary:
        echo(message("nothing taken in (--files-only)"))
        return
    if not summary["taken_in_now"]:
        echo(message("taken in already: nothing to do"))
    for name, label in LABELS.items():
        if name in summary:
            echo(label + f"\t{number_text(summary[name])}")
    expected, reasons = summary["expected"], summary["reasons"]
    echo(message("planted and found"))
    for label, planted, found in (
        (message("duplicates"), expected["duplicates"], summary["duplicates"]),
        (message("malformed"), expected["malformed"], reasons.get("malformed", 0)),
        (message("conflicting"), expected["conflicting_records"], reasons.get("conflicting", 0)),
    ):
        echo("  " + label + f"\t{number_text(planted)}\t{number_text(found)}")
