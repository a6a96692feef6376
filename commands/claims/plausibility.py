"""doisoat plausibility: what looks odd in the totals of a month, where no line can be had."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import (
    carrier_option,
    echo,
    home_option,
    json_option,
    optional_period_argument,
    print_json,
    progress,
    say,
)
from doisoat.messages.text import composed, message, message_in

if TYPE_CHECKING:
    from doisoat.settlement.plausibility.thresholds import Looked


@click.command("plausibility")
@optional_period_argument
@carrier_option
@click.option("--claims", is_flag=True, help="Look at what carriers filed, where they did.")
@home_option
@json_option
def command(
    period: str | None, carrier: str | None, claims: bool, home: Path, as_json: bool
) -> int | None:
    """Ask of the totals of a settled month by day and province what looks odd in them.

    With --claims the totals of carriers that filed a claim by day, province or line are those that
    they claim; of the others those of the run in force.

    Each finding has a place, its score and threshold, and how many of how many clean synthetic
    months had a finding of its test: a false alarm. Findings are questions, and prove nothing;
    scores are no amounts. Exit status 3: something is found.

    \b
    Example: doisoat plausibility 2021-08 --carrier viettel
    """
    from doisoat.engine.store.home import open_home
    from doisoat.errors import EXIT_DISAGREEMENTS
    from doisoat.settlement.plausibility.run_totals import cells_asked
    from doisoat.settlement.plausibility.thresholds import TESTS, look

    cells = cells_asked(open_home(home), period, carrier, claims=claims)
    with progress(message("Looking at the totals"), len(TESTS)) as advance:
        looked = look(cells, carrier, advance)
    if as_json:
        print_json({"period": cells.period, **looked.as_object()})
    else:
        _print(cells.period, looked)
    if not cells.subscribers:
        say(message("Note") + ": " + message("subscribers are not known: grants are not looked at"))
    return EXIT_DISAGREEMENTS if looked.findings else None


def _print(period: str, looked: "Looked") -> None:
    from doisoat.currency import number_text
    from doisoat.settlement.plausibility.words import FOUND, LACKS

    echo(
        message("period")
        + f" {period}\t{len(looked.findings)} "
        + message_in("plausibility", "findings")
    )
    for test, places in looked.looked_at.items():
        if not places:
            echo(f"  {test}: " + LACKS["small"])
    for finding in looked.findings:
        score, limit = finding.score, finding.threshold
        series = " ".join(filter(None, score.series))
        echo(
            composed("{}\t{}\t{}\t", FOUND[score.test], series, score.place)
            + message("score")
            + f" {score.score:.1f} ("
            + message("threshold")
            + f" {limit.threshold:g})\t"
            + message("seen")
            + f" {number_text(score.seen)}\t"
            + message("usual")
            + f" {number_text(score.usual)}\t"
            + message("false alarms")
            + f" {limit.alarms}/{limit.worlds}"
        )
