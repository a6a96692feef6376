"""doisoat key: make or check the key under which numbers become pseudonyms."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import home_option, json_option, print_json

if TYPE_CHECKING:
    from doisoat.engine.pseudonym import Key


@click.group("key")
def command() -> None:
    """Make or check the key of the pseudonyms.

    The key stays with the carrier, outside every home: whoever has both can undo the pseudonyms.
    """


@command.command("new")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="Where to put it.")
@home_option
@json_option
def new(key_file: Path | None, home: Path, as_json: bool) -> None:
    """Make a key file of mode 0600; one that is there is never replaced."""
    from doisoat.engine.pseudonym import key_path, make_key

    path = key_path(key_file, home)
    _tell(path, make_key(path), as_json)


@command.command("check")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The key file.")
@home_option
@json_option
def check(key_file: Path | None, home: Path, as_json: bool) -> None:
    """Read the key that intake would use, and show its id, never the key."""
    from doisoat.engine.pseudonym import key_path, read_key

    path = key_path(key_file, home)
    _tell(path, read_key(path), as_json)


def _tell(path: Path, key: "Key", as_json: bool) -> None:
    about = {"path": str(path), "id": key.id, "created": key.created, "public": key.public}
    if as_json:
        print_json(about)
    else:
        for name, value in about.items():
            click.echo(f"{name}\t{value}")
