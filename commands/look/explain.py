"""`doisoat explain`: how one event came to its list value, relief and payable."""

from pathlib import Path

import click
from click.core import ParameterSource

from doisoat.commands.options import (
    echo,
    home_option,
    json_option,
    lang_option,
    print_json,
    progress,
    say,
)
from doisoat.messages.text import message
from doisoat.state import STATE


@click.command("explain")
@click.argument("event_id")
@lang_option
@click.option(
    "--letter",
    is_flag=True,
    help="A letter to the subscriber, in the language of the state's papers.",
)
@home_option
@json_option
def command(event_id: str, lang: str, letter: bool, home: Path, as_json: bool) -> None:
    """Show the steps by which EVENT_ID (a UUID, or 32 hex digits) came to its amounts.

    The event's owner is computed again by a second, independent implementation, and what comes
    out is compared with what was published: a difference is an error of ours, exit 70.

    Balances are told before and after the event; so is every reading that it hangs on, with what
    it would have come to by each other answer.

    \b
    Example: doisoat explain 0b6f2d5e-8f1c-4c53-9a35-2d1f8f0a4c11 --lang en
    """
    from doisoat.api.home import Home
    from doisoat.messages.text import text_of_error
    from doisoat.settlement.explain.explain import parse_event_id

    try:
        parse_event_id(event_id)
    except ValueError as error:
        raise click.BadParameter(text_of_error(error), param_hint="EVENT_ID") from error
    source = click.get_current_context().get_parameter_source("lang")
    if letter and source is ParameterSource.COMMANDLINE and lang != STATE.language:
        language = STATE.language
        raise click.UsageError(
            message(
                "the letter is in the language of the state's papers: --lang {language}, or"
                " leave it out",
                language=language,
            )
        )
    with progress(message("Trying other answers to readings")) as advance:
        explanation = Home(home).explain(event_id, progress=advance)
    if letter:
        from doisoat.settlement.explain.letter import letter_of

        written = letter_of(explanation)
        if explanation.hangs_on.not_kept:
            say(
                message("Note")
                + ": "
                + message(
                    "the run does not keep its package as written, so the letter tells no"
                    " open points"
                )
                + f": {explanation.hangs_on.not_kept}"
            )
        if as_json:
            print_json(written.as_object())
        else:
            echo("\n".join(written.markdown()))
        return
    if as_json:
        print_json(explanation.as_object())
        return
    from doisoat.settlement.explain.text import Teller

    echo("\n".join(Teller(explanation).lines(lang)))
