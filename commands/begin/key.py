"""doisoat key: make, check and rotate the key under which numbers become pseudonyms."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import echo, home_option, json_option, print_json, progress, say
from doisoat.messages.text import message

if TYPE_CHECKING:
    from doisoat.engine.keys.pseudonym import Key


@click.group("key")
def command() -> None:
    """Make, check or rotate the key of the pseudonyms.

    The key stays with the carrier, outside every home: whoever has both can undo the pseudonyms.
    """


@command.command("new")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="Where to put it.")
@home_option
@json_option
def new(key_file: Path | None, home: Path, as_json: bool) -> None:
    """Make a key file of mode 0600; one that is there is never replaced."""
    from doisoat.engine.keys.pseudonym import key_path, make_key

    path = key_path(key_file, home)
    _tell(path, make_key(path), as_json)


@command.command("check")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The key file.")
@home_option
@json_option
def check(key_file: Path | None, home: Path, as_json: bool) -> None:
    """Read the key that intake would use and its maps, and show its id, never the key."""
    from doisoat.engine.keys.pseudonym import key_path, read_key

    path = key_path(key_file, home)
    _tell(path, read_key(path), as_json)


@command.command("rotate")
@click.option("--apply", is_flag=True, help="Do it; else only what is there is said.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The key file.")
@home_option
@json_option
def rotate(apply: bool, key_file: Path | None, home: Path, as_json: bool) -> None:
    """Give the key a new secret, for whoever is new; whoever HOME knows keeps his id.

    The ids of HOME go into a map beside the key file, which stays with the carrier as the key does:
    keep copies of both together. A further home of the same key: doisoat key cover --home DIR.

    \b
    Example: doisoat key rotate --home out --apply
    """
    from doisoat.engine.keys import rotate as rotation
    from doisoat.engine.keys.pseudonym import key_path, read_key
    from doisoat.engine.store.home import open_home, writer

    path = key_path(key_file, home)
    if not apply:
        rotation.check_rotatable(read_key(path), path)
        open_home(home)
        say(message("The key was not changed: add --apply"))
        _tell(path, read_key(path), as_json)
        return
    open_home(home)  # A home that is not there is not made here.
    with (
        writer(home, "key rotate") as opened,
        progress(message("Mapping the ids of the home")),
    ):
        key = rotation.rotate(path, opened)
    _tell(path, key, as_json)


@command.command("cover")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The key file.")
@home_option
@json_option
def cover(key_file: Path | None, home: Path, as_json: bool) -> None:
    """Put the ids that HOME has under retired keys into their maps, so that they stay."""
    from doisoat.engine.keys import rotate as rotation
    from doisoat.engine.keys.pseudonym import key_path
    from doisoat.engine.store.home import open_home, writer

    path = key_path(key_file, home)
    open_home(home)
    with (
        writer(home, "key cover") as opened,
        progress(message("Mapping the ids of the home")),
    ):
        key = rotation.cover(path, opened)
    _tell(path, key, as_json)


def _tell(path: Path, key: "Key", as_json: bool) -> None:
    about = {
        "path": str(path),
        "id": key.id,
        "created": key.created,
        "public": key.public,
        "version": key.version,
        "kept_ids": sum(retired.count for retired in key.retired),
    }
    if as_json:
        print_json(about)
    else:
        for name, value in about.items():
            echo(f"{name}\t{value}")
