"""doisoat config: the settings that hold, and where each comes from."""

import os
from typing import Any

import click

from doisoat.commands.options import json_option, print_json
from doisoat.commands.settings import SETTINGS, Value, places, read_all, told

BUILT_IN = "built-in"


@click.group("config")
def command() -> None:
    """Show the settings that commands start from, and the files they may come from.

    \b
    Command line > environment > --config FILE (or DOISOAT_CONFIG) > ./doisoat.toml
    > the user's config.toml > built-in. A file holds paths and names, never a secret.
    """


@command.command("show")
@json_option
def show(as_json: bool) -> None:
    """List every setting, its value, and where it comes from."""
    found = settings_now()
    if as_json:
        print_json({"settings": {name: one._asdict() for name, one in found.items()}})
        return
    width = max(map(len, found))
    for name, one in found.items():
        source = "có sẵn | built-in" if one.source == BUILT_IN else one.source
        click.echo(f"{name:<{width}}  {_text(one.value)}\t{source}")


@command.command("path")
@json_option
def path(as_json: bool) -> None:
    """List the files that settings are read from, the first before the others."""
    found = [
        {"source": one.source, "path": str(one.path), "exists": one.is_there}
        for one in places(_given())
    ]
    if as_json:
        print_json({"files": found})
        return
    for file in found:
        there = "có | there" if file["exists"] else "không có | not there"
        click.echo(f"{file['path']}\t{there}\t{file['source']}")


def settings_now() -> dict[str, Value]:
    """Every setting as a command without options would have it."""
    said = told(read_all(_given()))
    found = {}
    for setting in SETTINGS:
        here = os.environ.get(setting.variable) if setting.variable else None
        if here:
            found[setting.name] = Value(here, str(setting.variable))
        else:
            found[setting.name] = said.get(setting.name, Value(setting.built_in, BUILT_IN))
    return found


def _given() -> Any:
    return click.get_current_context().find_root().params.get("config")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={answer}" for name, answer in sorted(value.items()))
    return "–" if value is None else str(value)
