"""`doisoat quote`: what events would cost, by a catalogue of the caller's, through the kernel."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from doisoat.commands.options import (
    catalogue_option,
    echo,
    json_option,
    package_option,
    print_json,
    reading_option,
    say,
)
from doisoat.errors import IntakeError
from doisoat.messages.text import joined, message, message_in

if TYPE_CHECKING:
    from doisoat.engine.quote.quote import Quoter

# An option of the event -> the key of a JSON line that says the same, and its help.
EVENT_OPTIONS = {
    "plan": "Its plan.",
    "kind": "voice, sms, data, pack or fee.",
    "units": "How much: 60s, 120KB, or a count of ms, bytes, messages or events.",
    "destination": "A class such as on_net, or a network such as mobile:CARRIER.",
    "start": "Civil time, as 2021-08-10T09:00.",
    "pack": "The pack that is bought (kind pack).",
    "carrier": "Whose event it is.  [default: the plan's carrier]",
    "segment": "The subscriber's segment.  [default: standard]",
    "payment": "prepaid or postpaid.  [default: the plan's]",
    "home-locality": "Code of the subscriber's home.",
    "locality": "Code of the place that served it.",
    "rating-group": "The host (kind data).",
    "duration": "How long it lasted: 60s, or ms.  [default: of voice, the units]",
    "charged": "What the source says was taken.",
}


def event_options(function: Any) -> Any:
    """Add an option for each word of an event; the command receives them by name."""
    for name, help_text in reversed(EVENT_OPTIONS.items()):
        function = click.option(f"--{name}", metavar="TEXT", help=help_text)(function)
    return function


@click.command("quote")
@click.argument("lines", type=click.File("rb"), required=False)
@catalogue_option
@package_option("none")
@reading_option
@event_options
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    lines: BinaryIO | None,
    catalogue: str,
    overlays: tuple[Path, ...],
    package: str,
    readings: dict[str, str],
    as_json: bool,
    **options: str | None,
) -> None:
    """Rate events that nobody stored: list value, relief lines, payable, and the exact fraction.

    The event is given by options; or events are given as JSON lines, in the file LINES or on
    stdin, and each is answered by a JSON line. Lines of one owner are rated together.

    A line that tells no event is answered by its error, and reading goes on; if any was, the exit
    status is 5 at the end. docs/quote.md has the keys of a line.

    \b
    Example: doisoat quote --plan vnpt.VinaCard --kind voice --units 55.2s \\
               --destination on_net --start 2021-08-10T09:00
    """
    event = {name: value for name, value in options.items() if value is not None}
    if event and lines is not None:
        raise click.UsageError(message("give one event by options, or LINES of events, not both"))
    if not event and lines is None and sys.stdin.isatty():
        raise click.UsageError(
            message("give an event by options (--plan, --kind, …), or JSON lines")
        )

    from doisoat.engine.quote.quote import Quoter
    from doisoat.engine.tables.overlay_files import open_catalogue
    from doisoat.tariffs.load.tariffs import load_package

    quoter = Quoter(open_catalogue(catalogue, overlays), load_package(package, readings))
    if event:
        _quote_one(quoter, event, as_json)
        return
    from doisoat.settlement.explain.quote import answers

    stdin = sys.stdin.buffer
    name = "" if lines is None or lines is stdin else Path(lines.name).name
    count = refused = 0
    for piece in answers(quoter, lines or stdin, name):
        count += len(piece)
        refused += sum("error" in answer for answer in piece)
        echo("\n".join(json.dumps(answer, ensure_ascii=False) for answer in piece))
    if refused:
        say(message_in("quote", "refused") + f": {refused} / {count}")
        ctx.exit(IntakeError.exit_code)


def _quote_one(quoter: "Quoter", event: dict[str, str], as_json: bool) -> None:
    from doisoat.settlement.explain.quote import answer, currency_of, read_options

    (quote,) = quoter.quote([read_options(quoter, event)])
    currency = currency_of(quoter)
    if as_json:
        print_json(answer(quote, currency))
        return
    from doisoat.settlement.explain.quote_text import text

    echo(joined("\n", text(quote, currency)))
