"""What wrong usage says of a command or an option that there is not: which one was meant.

A near miss is answered and never run. Commands are imported to be asked for their names, which
help must not do: this module is for what went wrong.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

import click

from doisoat.commands.help_words import message_of_click
from doisoat.messages.text import Text, message

CLOSE = 0.65  # of difflib's ratio: one sign of three may differ, as in `lgo`
NAMES_MAX, BEGUN_MIN = 3, 3
Words = tuple[str, ...]  # of a command, without the program's own name


def message_of(error: click.ClickException) -> str:
    """The message of wrong usage, in each language."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if (
        isinstance(error, click.NoSuchCommand)
        and context
        and isinstance(context.command, click.Group)
    ):
        return _of_command(error.command_name, context, context.command)
    if isinstance(error, click.NoSuchOption) and context:
        return _of_option(error.option_name, context)
    return message_of_click(error)


def _of_command(name: str, context: click.Context, group: click.Group) -> str:
    names, program = group.list_commands(context), context.find_root().command_path
    near = [f"{context.command_path} {match}" for match in _close(name, names)]
    root = context.find_root().command
    paths = sorted((path for path, _ in _below(root, context)), key=len)
    elsewhere = [path for path in paths if path[-1] == _plain(name)]
    if not near and not elsewhere:
        last = _close(name, sorted({path[-1] for path in paths}))
        elsewhere = [path for word in last for path in paths if path[-1] == word]
    near += [" ".join((program, *path)) for path in elsewhere]
    near = list(dict.fromkeys(near))
    if not near:
        near = [f"{context.command_path} {option}" for option in _close(name, _options(context))]
    if near:
        return _meant(message("No such command {name}", name=repr(name)), near)
    return message(
        "No such command {name}. There are: {names}.", name=repr(name), names=", ".join(names)
    )


def _of_option(name: str, context: click.Context) -> str:
    fault = message("No such option {name}", name=name)
    below = _below(context.command, context)
    if any(name in parameter.opts for _, command in below for parameter in command.params):
        usage = f"{context.command_path} COMMAND {name}"
        return message(
            "{fault} here: write it after the command's name, as in `{usage}`",
            fault=fault,
            usage=usage,
        )
    near = _close(name, _options(context))
    return _meant(fault, near) if near else fault + "."


def _meant(fault: Text, near: Sequence[str]) -> Text:
    *first, last = (f"`{candidate}`" for candidate in near)
    if not first:
        return message("{fault}. Did you mean {last}?", fault=fault, last=last)
    return message(
        "{fault}. Did you mean {first} or {last}?", fault=fault, first=", ".join(first), last=last
    )


def _close(name: str, names: Sequence[str]) -> list[str]:
    """The names that are nearest; where some begin so, these."""
    word, by_word = _plain(name).lstrip("-"), {known.lstrip("-"): known for known in names}
    begun = [plain for plain in by_word if len(word) >= BEGUN_MIN and plain.startswith(word)]
    return [by_word[plain] for plain in begun or get_close_matches(word, by_word, NAMES_MAX, CLOSE)]


def _plain(name: str) -> str:
    """As our names are written."""
    return name.lower().replace("_", "-")


def _options(context: click.Context) -> list[str]:
    params = context.command.get_params(context)
    return [name for parameter in params for name in parameter.opts if name.startswith("--")]


def _below(
    command: click.Command, context: click.Context, words: Words = ()
) -> Iterator[tuple[Words, click.Command]]:
    """Every command under one, with its words from there on."""
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        subcommand = command.get_command(context, name)
        if subcommand is not None:
            yield (*words, name), subcommand
            yield from _below(subcommand, context, (*words, name))
