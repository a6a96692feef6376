"""Help and wrong usage in the terminal's language.

Each command writes its help in English where it declares itself. Here it is looked up paragraph by
paragraph, as messages of the context `help`; lines of examples stay as they are typed. What click
says by itself is matched by its English sentence. In two languages help speaks Vietnamese.
"""

import inspect
import re
from collections.abc import Iterable, Iterator

import click

from doisoat.commands.settings import take_language
from doisoat.messages.catalogue import translation
from doisoat.messages.language import TERMINAL
from doisoat.messages.text import Template, Text, in_language, message, message_in, template

CONTEXT = "help"
BLANK_LINES = re.compile(r"\n[ \t]*\n")
UNWRAPPED = "\b"  # click's mark of a paragraph that keeps its lines
EXAMPLE = re.compile(r"[\b\s]*Examples?:")
EXTRAS = re.compile(r"(?P<help>.*?)(?:  )?\[(?P<extras>[^\[\]]*)\]", re.DOTALL)  # after an option's
SHORT_HELP_WIDTH = 45  # click's own, of what is asked without a formatter
COMMANDS = "Commands"  # click's title of them
REQUIRED = "required"
TITLES = (
    "Usage:",
    "Options",
    COMMANDS,
    "Example:",
    "Examples:",
    REQUIRED,
)  # that click or `help` writes


def paragraphs_of(text: str) -> list[str]:
    """Paragraphs of a help as the catalogue has them: each on one line, but for examples."""
    listed = BLANK_LINES.split(inspect.cleandoc(text).partition("\f")[0])
    return [part if part.startswith(UNWRAPPED) else " ".join(part.split()) for part in listed]


def help_of(command: click.Command) -> Iterator[str]:
    """Every English text of a command's help that has a translation."""
    yield from (part for part in paragraphs_of(command.help or "") if not EXAMPLE.match(part))
    if command.short_help:
        yield command.short_help
    for parameter in command.get_params(click.Context(command)):
        if isinstance(parameter, click.Option) and parameter.help and not parameter.hidden:
            yield parameter.help


def in_words(text: str) -> str:
    """A text of a help in the terminal's language; one that the catalogue lacks as it is."""
    key = text.strip()
    return translation(TERMINAL.vi_or_en).pgettext(CONTEXT, key) if key else text


def help_in_words(text: str) -> str:
    """A help of some paragraphs in the terminal's language."""
    return "\n\n".join(map(_paragraph, paragraphs_of(text)))


def _paragraph(text: str) -> str:
    example = EXAMPLE.match(text)
    if example is None:
        return in_words(text)
    head = example[0].strip(f"{UNWRAPPED}\n ")
    return example[0].replace(head, in_words(head)) + text[example.end() :]


def short_help_of(command: click.Command, width: int = SHORT_HELP_WIDTH) -> str:
    """The first sentence of a command's help, which a list of commands shows."""
    if command.short_help:
        return in_words(command.short_help)
    first = in_words(next(iter(paragraphs_of(command.help or "")), ""))
    return click.Command(None, help=first).get_short_help_str(width)


def option_help(text: str) -> str:
    """An option's help, with what click adds in brackets: variable, default, whether required."""
    said = in_words(text)
    if said != text or TERMINAL.vi_or_en == "en":
        return said
    match = EXTRAS.fullmatch(text)
    if match is None:
        return said
    extras = "; ".join(str(_extra(item)) for item in match["extras"].split("; "))
    return f"{option_help(match['help'])}  [{extras}]" if match["help"] else f"[{extras}]"


def _extra(item: str) -> str:
    name, colon, value = item.partition(": ")
    if name == "env var" and colon:
        return in_language(message_in("help", "env var: {name}", name=value), TERMINAL.vi_or_en)
    if name == "default" and colon:
        return in_language(
            message_in("help", "default: {value}", value=in_words(value)), TERMINAL.vi_or_en
        )
    return in_words(item) if item == REQUIRED else item


class HelpFormatter(click.HelpFormatter):
    """click's, of which each text is looked up."""

    def __init__(self, context: click.Context, width: int | None, max_width: int | None) -> None:
        super().__init__(width=width, max_width=max_width)
        self._context = context
        self._heading = ""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, f"{in_words('Usage:')} " if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self._heading = heading
        super().write_heading(in_words(heading))

    def write_text(self, text: str) -> None:
        super().write_text(help_in_words(text))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        rows = list(rows)
        if self._heading == COMMANDS and isinstance(self._context.command, click.Group):
            width = self.width - 6 - max(len(name) for name, _ in rows)
            commands = (self._context.command.get_command(self._context, row[0]) for row in rows)
            said = [short_help_of(command, width) for command in commands if command is not None]
        else:
            said = [option_help(text) for _, text in rows]
        named = [(row[0], text) for row, text in zip(rows, said, strict=True)]
        super().write_dl(named, col_max, col_spacing)


class Context(click.Context):
    """click's, whose help is in the terminal's language."""

    def make_formatter(self) -> HelpFormatter:
        take_language(self)
        return HelpFormatter(self, self.terminal_width, self.max_content_width)


# --- what click says of a line that is wrong ------------------------------------------------------


ANYTHING = "(?s:.+?)"  # a fullmatch goes on to the end
NAME = r"(?s:'.*?'(?: / '.*?')*(?: \(env var: '.*?'\))?|[^' ]+)"  # of an option or an argument
FIELDS = {"name": NAME, **dict.fromkeys(("names", "value", "what", "range"), ANYTHING)}


def _sentences() -> tuple[Template, ...]:
    """click's sentences by their English; the first that fits is the one."""
    return (
        template("Missing argument {name}."),
        template("Missing option {name}."),
        template("Missing argument {name}. Choose from:{names}"),
        template("Missing option {name}. Choose from:{names}"),
        template("Missing command."),
        template("Invalid value for {name}: {what}"),
        template("Invalid value: {what}"),
        template("{value} is not one of {names}."),
        template("{value} is not a valid integer."),
        template("{value} is not a valid integer range."),
        template("{value} is not a valid float."),
        template("{value} is not a valid float range."),
        template("{value} is not in the range {range}."),
        template("Got unexpected extra argument ({names})"),
        template("Got unexpected extra arguments ({names})"),
        template("Option {name} requires an argument."),
        template("Option {name} does not take a value."),
        template("File {name} does not exist."),
        template("Directory {name} does not exist."),
        template("Path {name} does not exist."),
        template("File {name} is a directory."),
        template("Directory {name} is a file."),
        template("File {name} is not readable."),
        template("Directory {name} is not readable."),
    )


def of_click(text: str, own: str = "") -> str:
    """What click says, in each language; a sentence of none of these as it is.

    Args: own: what is ours in it; where it is a text, click has its English.
    """
    if isinstance(own, Text) and text == own.en:
        return own
    for sentence in _sentences():
        match = sentence.pattern(FIELDS).fullmatch(text)
        if match is not None:
            fields = match.groupdict()
            return sentence(**{name: of_click(part, own) for name, part in fields.items()})
    return text


def message_of_click(error: click.ClickException) -> str:
    """The message of an error of click, in each language."""
    own = error.message
    words = own.en if isinstance(own, Text) else own
    error.__dict__["message"] = words  # what is formatted is one language's
    said = error.format_message()
    error.__dict__["message"] = own
    return of_click(said, own)


def usage_of(context: click.Context) -> str:
    """What stands before what is wrong with a line: how the command is used, and who says more."""
    more = message("Try '{command} --help' for help.", command=context.command_path)
    return f"{context.get_usage()}\n{in_language(more, TERMINAL.vi_or_en)}"
