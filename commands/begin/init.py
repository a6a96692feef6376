"""doisoat init: says whose a home is, and by what its months are settled."""

import sys
from pathlib import Path

import click
from click.core import ParameterSource

from doisoat.commands.next_line import echo_next
from doisoat.commands.options import (
    catalogue_option,
    echo,
    home_option,
    json_option,
    kept_words,
    print_json,
)
from doisoat.messages.language import TERMINAL, choices
from doisoat.messages.text import Text, composed, message

ALL = "all"  # of a home that settles every carrier
SETTING_OF = {
    "key_file": "signing_key",
    "overlays": "overlay",
}  # where the setting has another name than the option
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("init")
@click.option(
    "--carrier", metavar="ID", help=f"Whose home it is; {ALL}: of no one carrier, as a ministry's."
)
@click.option("--lang", type=click.Choice(choices()), help="The language of what people read.")
@click.option("--style", type=FILE, metavar="FILE", help="Parties, signers, logo of the papers.")
@click.option(
    "--by",
    metavar="NAME",
    callback=kept_words,
    help="Who settles: a signer of HOME, who may not sign it.",
)
@click.option(
    "--signer", "key_file", type=FILE, metavar="FILE", help="The key that months are signed with."
)
@click.option("--package", metavar="NAME|FILE", help="By which package months are settled.")
@catalogue_option
@home_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    carrier: str | None,
    lang: str | None,
    style: Path | None,
    by: str | None,
    key_file: Path | None,
    package: str | None,
    catalogue: str,
    overlays: tuple[Path, ...],
    home: Path,
    as_json: bool,
) -> None:
    """Make HOME, and write into its doisoat.toml whose it is and how it is settled.

    Every command that takes --home reads that file: what it says need not be said again, and no
    other carrier's statement is made there. Where a terminal is there, what is missing is asked.
    Run again, it adds what is new; a value that is there is never replaced: edit the file.

    \b
    Example: doisoat init --home vietnamobile --carrier vietnamobile --lang vi
    """
    from doisoat.engine.store.settings_file import read_home_settings
    from doisoat.settlement.upkeep.init import init

    options = {
        "carrier": carrier, "lang": lang, "style": style, "by": by, "key_file": key_file,
        "package": package, "catalogue": catalogue, "overlays": list(map(str, overlays)),
    }  # fmt: skip
    line = {name: value for name, value in options.items() if _is_of_line(ctx, name)}
    known = read_home_settings(home).values if home.is_dir() else {}
    if "lang" not in {**line, **known} and sys.stdin.isatty():
        line["lang"] = _answer(message("Language of what people read (vi, en, both)"), "vi")
    if "carrier" not in {**line, **known}:
        line["carrier"] = _carrier()
    if line.get("carrier") == ALL:
        del line["carrier"]
    made = init(home, {SETTING_OF.get(name, name): value for name, value in line.items()})
    if as_json:
        print_json(made.as_object())
        return
    echo(composed("{}\t{}", message("home"), made.path))
    echo(composed("{}\t{}", message("settings"), made.settings_path))
    for name, value in made.values.items():
        was = "" if name in made.added else message("(as it was)")
        echo(composed("  {} = {}  {}", name, value, was))
    if "carrier" not in made.values:
        echo("  " + message("no carrier: every carrier is settled here"))
    echo_next(home)


def _is_of_line(ctx: click.Context, name: str) -> bool:
    """Was it said now? What other settings say is no word about this home."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _carrier() -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(
            message("whose home is it? Give --carrier ID; or --carrier all, for a ministry's")
        )
    return _answer(message("Whose home is it? A carrier's id, or all for a ministry's"), None)


def _answer(question: Text, default: str | None) -> str:
    answer: str = click.prompt(TERMINAL.spoken(question), default=default, err=True)
    return answer.strip()
