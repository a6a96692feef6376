"""Settings: which files there are, what each says, and what holds where. Light to import.

Precedence: command line > environment > --config (or DOISOAT_CONFIG) > the home's doisoat.toml >
./doisoat.toml > the user's config.toml > built in. The home's goes before those of who works with
it, so that two people settle it alike. Files are read and checked only where there are some.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from doisoat.errors import DoisoatError
from doisoat.messages.language import TERMINAL
from doisoat.messages.language import VARIABLE as LANGUAGE_VARIABLE

if TYPE_CHECKING:
    from doisoat.engine.store.settings_file import Read

VARIABLE = "DOISOAT_CONFIG"
TAKES_SETTINGS = "doisoat.takes_settings"  # in a context's meta: this command's options have them
NAME = "doisoat.toml"
HOME = "home"


class Setting(NamedTuple):
    """A name in a settings file, and the option of our commands that it gives a default to."""

    name: str
    option: str  # name of the parameter
    variable: str | None = None  # of the environment, which goes before any file
    built_in: str | None = None  # None: none, or what the command says


SETTINGS = (
    Setting("home", "home", "DOISOAT_HOME", "out"),
    Setting("carrier", "carrier"),
    Setting("catalogue", "catalogue", None, "vn-2021"),
    Setting("overlay", "overlays"),
    Setting("package", "package", None, "vn-2021-08"),
    Setting("readings", "readings"),
    Setting("threads", "threads", None, "2"),
    Setting("executor", "executor", None, "threads"),
    Setting("master", "master"),
    Setting("wheel", "wheel"),
    Setting("worker_python", "worker_python"),
    Setting("shared", "shared"),
    Setting("by", "by"),
    Setting("signing_key", "key_file", "DOISOAT_SIGNING_KEY"),
    Setting("passphrase_file", "passphrase_file", "DOISOAT_PASSPHRASE_FILE"),
    Setting("style", "style"),
    Setting("templates", "templates"),
    Setting("lineage", "lineage"),
    Setting("csv", "csv_style", None, "machine"),
    Setting("log", "", "DOISOAT_LOG"),
    Setting("lang", "", LANGUAGE_VARIABLE),
)


class Place(NamedTuple):
    """Where settings may lie."""

    source: str  # --config, DOISOAT_CONFIG, home, here, user
    path: Path
    must_be: bool  # it was asked for

    @property
    def is_there(self) -> bool:
        """Of a folder that may not be looked into, as a user's of another may be: no."""
        return os.path.isfile(self.path)


class Value(NamedTuple):
    """What holds, before the command line has its say."""

    value: Any
    source: str  # a variable's name, a file's path, or "built-in"


def places(config: Path | None = None, home: Path | None = None) -> list[Place]:
    """The files by precedence, the first before the others; they need not be there.

    Args: home: whose own settings are among them.
    """
    named = os.environ.get(VARIABLE)
    listed, here = [], Path(NAME)
    if config is not None:
        listed.append(Place(VARIABLE if str(config) == named else "--config", config, True))
    if home is not None:
        listed.append(Place(HOME, home / NAME, False))
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    if home is None or os.path.realpath(home / NAME) != os.path.realpath(here):
        listed.append(Place("here", here, False))
    return [*listed, Place("user", Path(base) / "doisoat" / "config.toml", False)]


def read_all(config: Path | None = None, home: Path | None = None) -> "list[Read]":
    """What the files that are there say, by precedence.

    Raises: CatalogueError for one that was asked for and is not there, or says something wrong.
    """
    present = [place for place in places(config, home) if place.must_be or place.is_there]
    if not present:
        return []
    from doisoat.engine.store.settings_file import read_home_settings, read_settings

    return [
        read_home_settings(place.path.parent) if place.source == HOME else read_settings(place.path)
        for place in present
    ]


def take_home_settings(context: click.Context, home: Path) -> None:
    """Give the options of a command their defaults anew, now that its home is known.

    It is called while `--home` is parsed, before every other option.
    """
    if context.resilient_parsing or not context.meta.get(TAKES_SETTINGS):
        return
    if not Place(HOME, home / NAME, False).is_there:
        return
    values = stated_values(read_all(context.find_root().params.get("config"), home))
    context.default_map = defaults_of(context.command, values)
    if (language := values.get("lang")) is not None:
        TERMINAL.prefer(language.value)


def take_language(context: click.Context) -> None:
    """Prefer the language that settings say, as help needs it before a home is named.

    A file that is wrong, or a folder that is gone, is passed over here: the command itself says so.
    """
    home = Path(os.environ.get("DOISOAT_HOME", "out"))
    try:
        values = stated_values(read_all(context.find_root().params.get("config"), home))
    except (DoisoatError, OSError):
        return
    if (language := values.get("lang")) is not None:
        TERMINAL.prefer(language.value)


def stated_values(files: "list[Read]") -> dict[str, Value]:
    """What files say of each setting, the first that says it; readings by their names."""
    values: dict[str, Value] = {}
    for file in files:
        for name, value in file.values.items():
            if name == "readings" and name in values:
                merged = {**value, **values[name].value}
                values[name] = Value(merged, f"{values[name].source}, {file.path}")
            else:
                values.setdefault(name, Value(value, str(file.path)))
    return values


def defaults_of(command: click.Command, values: Mapping[str, Value]) -> dict[str, Any]:
    """click's default_map for a command and those below it."""
    defaults: dict[str, Any] = {}
    for parameter, setting in _settable(command):
        if setting.name in values:
            value = values[setting.name].value
            if setting.name == "readings":
                value = [f"{name}={answer}" for name, answer in value.items()]
            defaults[str(parameter.name)] = value
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                defaults[name] = defaults_of(below, values)
    return defaults


def _settable(command: click.Command) -> Iterator[tuple[click.Option, Setting]]:
    """Options that a setting is for.

    --key is one only where it is the signing key's, --carrier only where it says whose figures are
    worked on, and not, as of `user add`, what somebody may see.
    """
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    for option in options:
        for setting in SETTINGS:
            is_other_key = setting.name == "signing_key" and option.envvar != setting.variable
            is_other_carrier = setting.name == "carrier" and "role" in {
                parameter.name for parameter in command.params
            }
            if option.name == setting.option and not (is_other_key or is_other_carrier):
                yield option, setting
