"""doisoat config: the settings that hold, and where each comes from."""

import os
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from doisoat.commands.options import echo, home_option, json_option, print_json
from doisoat.commands.settings import SETTINGS, Value, places, read_all, stated_values
from doisoat.messages.text import composed, message

BUILT_IN = "built-in"


@click.group("config")
def command() -> None:
    """Show the settings that commands start from, and the files they may come from.

    Command line > environment > --config FILE (or DOISOAT_CONFIG)
    > HOME/doisoat.toml > ./doisoat.toml > the user's config.toml > built-in.
    A file holds paths and names, never a secret.
    """


@command.command("show")
@home_option
@json_option
def show(home: Path, as_json: bool) -> None:
    """List every setting, its value, and where it comes from."""
    settings = settings_now(home)
    if as_json:
        print_json({"settings": {name: setting._asdict() for name, setting in settings.items()}})
        return
    width = max(map(len, settings))
    for name, setting in settings.items():
        source = message("built-in") if setting.source == BUILT_IN else setting.source
        echo(composed("{}  {}\t{}", f"{name:<{width}}", _text(setting.value), source))


@command.command("path")
@home_option
@json_option
def path(home: Path, as_json: bool) -> None:
    """List the files that settings are read from, the first before the others."""
    files = [
        {"source": place.source, "path": str(place.path), "exists": place.is_there}
        for place in places(_config_path(), _home_in_effect(home))
    ]
    if as_json:
        print_json({"files": files})
        return
    for file in files:
        state = message("there") if file["exists"] else message("not there")
        echo(composed("{}\t{}\t{}", file["path"], state, file["source"]))


def settings_now(home: Path) -> dict[str, Value]:
    """Every setting as a command without options would have it, in this home."""
    from_files = stated_values(read_all(_config_path(), _home_in_effect(home)))
    values = {}
    for setting in SETTINGS:
        from_environment = os.environ.get(setting.variable) if setting.variable else None
        if from_environment:
            values[setting.name] = Value(from_environment, str(setting.variable))
        else:
            values[setting.name] = from_files.get(setting.name, Value(setting.built_in, BUILT_IN))
    if click.get_current_context().get_parameter_source("home") is ParameterSource.COMMANDLINE:
        values["home"] = Value(str(home), "--home")
    return values


def _home_in_effect(home: Path) -> Path:
    """The home of the command line or environment, else of the settings files."""
    if click.get_current_context().get_parameter_source("home") is not ParameterSource.DEFAULT:
        return home
    stated = stated_values(read_all(_config_path())).get("home")
    return home if stated is None else Path(stated.value)


def _config_path() -> Any:
    return click.get_current_context().find_root().params.get("config")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={answer}" for name, answer in sorted(value.items()))
    return "–" if value is None else str(value)
