"""`doisoat explain`: how one event came to its list value, relief and payable."""

from pathlib import Path

import click

from doisoat.commands.options import home_option, json_option, print_json


@click.command("explain")
@click.argument("event_id")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@home_option
@json_option
def command(event_id: str, lang: str, home: Path, as_json: bool) -> None:
    """Show the steps by which EVENT_ID (a UUID, or 32 hex digits) came to its amounts.

    The event's owner is computed again by a second, independent implementation, and what comes
    out is compared with what was published: a difference is an error of ours, exit 70.

    \b
    Example: doisoat explain 0b6f2d5e-8f1c-4c53-9a35-2d1f8f0a4c11 --lang en
    """
    from doisoat.settlement.explain import explain, parse_event_id
    from doisoat.settlement.publish import interruptible

    try:
        number = parse_event_id(event_id)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="EVENT_ID") from error
    with interruptible():
        explanation = explain(home, number)
    if as_json:
        print_json(explanation.as_object())
        return
    from doisoat.settlement.explain_text import Teller

    click.echo("\n".join(Teller(explanation, lang).lines()))
