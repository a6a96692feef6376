"""Options that the commands of doisoat suspense share, and what they say of what was written."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from doisoat.commands.next_line import echo_next
from doisoat.commands.options import echo, home_option, json_option, kept_words, say
from doisoat.messages.text import message

F = TypeVar("F", bound=Callable[..., Any])
TRIED = message("Nothing was written: add --apply")


def key_option(function: F) -> F:
    return click.option(
        "--key", "key_file", type=click.Path(path_type=Path), help="The carrier's key."
    )(function)


def told_options(function: F) -> F:
    """Add --who, --why and --apply."""
    function = click.option("--apply", is_flag=True, help="Do it, and write it down.")(function)
    function = click.option("--why", required=True, callback=required_words, help="The reason.")(
        function
    )
    return click.option("--who", required=True, callback=required_words, help="Who decides.")(
        function
    )


def required_words(ctx: click.Context, param: click.Parameter, text: str) -> str:
    """Words that the home will keep: some, and no number among them."""
    if not text.strip() or len(text) > 500 or not text.isprintable():
        raise click.BadParameter(message("write some words, at most 500 characters"))
    kept_words(ctx, param, text)
    return text.strip()


DIGITS = "first digits of its SHA-256, or FILE.MAPPING if two mappings read it."


def filter_options(function: F) -> F:
    """Add --file and --reason."""
    function = click.option(
        "--reason", metavar="NAME", help="Only this reason or sub-reason, as in bad_units."
    )(function)
    return click.option("--file", "file", metavar="SHA256", help=f"Only of this file: {DIGITS}")(
        function
    )


class DecisionRequest(NamedTuple):
    """A decision that is asked for, and of which records."""

    addresses: tuple[str, ...]
    file: str | None  # first digits of its SHA-256
    who: str
    why: str
    apply: bool
    home: Path
    as_json: bool


def decides(of_file: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add ADDRESSES, --file, --who, --why, --apply, --home and --json.

    The command receives them as `request`.

    Args: of_file: which records of a file --file names.
    """
    named = click.option("--file", metavar="SHA256", help=f"{of_file}: {DIGITS}")

    def add(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def call(**options: Any) -> None:
            request = DecisionRequest(*(options.pop(name) for name in DecisionRequest._fields))
            function(request, **options)

        called: Callable[..., None] = call
        for option in (json_option, home_option, told_options, named):
            called = option(called)
        return click.argument("addresses", nargs=-1)(called)

    return add


def say_applied(home: Path, applied: bool, then: str) -> None:
    if applied:
        echo(message("written") + "; " + then)
        echo_next(home)
    else:
        say(TRIED)
