"""Options that the commands of doisoat suspense share, and what they say of what was written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from doisoat.commands.options import say

F = TypeVar("F", bound=Callable[..., Any])
TRIED = "Chưa ghi gì: thêm --apply | Nothing was written: add --apply"


def key_option(function: F) -> F:
    return click.option(
        "--key", "key_file", type=click.Path(path_type=Path), help="The carrier's key."
    )(function)


def told_options(function: F) -> F:
    """Add --who, --why and --apply."""
    function = click.option("--apply", is_flag=True, help="Do it, and write it down.")(function)
    function = click.option("--why", required=True, callback=said, help="The reason.")(function)
    return click.option("--who", required=True, callback=said, help="Who decides.")(function)


def said(ctx: click.Context, param: click.Parameter, text: str) -> str:
    """Words that the home will keep: some, and no number among them."""
    from doisoat.engine.pseudonym import hides_number

    if not text.strip() or len(text) > 500 or not text.isprintable():
        raise click.BadParameter("write some words, at most 500 characters")
    if hides_number(text) != text:
        raise click.BadParameter("it holds what looks like a telephone number: leave it out")
    return text.strip()


def filter_options(function: F) -> F:
    """Add --file and --reason."""
    function = click.option(
        "--reason", metavar="NAME", help="Only this reason or sub-reason, as in bad_units."
    )(function)
    return click.option(
        "--file", "file", metavar="SHA256", help="Only of this file: first digits of its SHA-256."
    )(function)


def say_applied(applied: bool, then: str) -> None:
    if applied:
        click.echo(f"Đã ghi | written; {then}")
    else:
        say(TRIED)
