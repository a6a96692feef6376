"""A settings file, the user's or a home's: TOML of known names and types, without a secret.

A home's own file says whose the home is and by what its months are settled. What belongs to a
machine (threads, Spark, paths that are written to) is refused in it: a home may come from others.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from doisoat.engine.store.commit import disk_errors, staging_path, swap_in
from doisoat.errors import CatalogueError, system_text, without_numbers
from doisoat.messages.language import choices
from doisoat.messages.text import Text, TextError, message

PATHS = (
    "home",
    "overlay",
    "signing_key",
    "passphrase_file",
    "style",
    "templates",
    "lineage",
    "wheel",
)
SECRETS = re.compile(r"pass(word|wd|phrase)?|secret|token|pin|private_?key|mat_?khau|key")
WHERE_IN_TOML = re.compile(r" \(at line (\d+), column (\d+)\)$")
SIZE_BYTES_MAX = 1_000_000
FILE = "doisoat.toml"
# What a home's own file may say.
OF_HOME = (
    "carrier", "lang", "style", "catalogue", "overlay", "package", "readings", "by", "signing_key",
)  # fmt: skip
LINE = r"^[^\n\r\x00]*$"
Line = Field(default=None, min_length=1, max_length=4_096, pattern=LINE)


def _language(name: str) -> str:
    if name not in choices():
        names = ", ".join(choices())
        raise TextError(message("choose from {names}", names=names))
    return name


class Settings(BaseModel):
    """What a file may say; each is the default of the option of that name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    home: str | None = Line
    carrier: str | None = Line
    catalogue: str | None = Line
    overlay: list[Annotated[str, Field(min_length=1, max_length=4_096, pattern=LINE)]] | None = (
        None  # over the catalogue, in order
    )
    package: str | None = Line
    readings: dict[str, str] | None = None
    threads: int | None = Field(default=None, ge=1, le=64)
    executor: Literal["threads", "spark"] | None = None
    master: str | None = Line
    wheel: str | None = Line
    worker_python: str | None = Line
    shared: str | None = Line
    by: str | None = Line
    signing_key: str | None = Line
    passphrase_file: str | None = Line
    style: str | None = Line
    templates: str | None = Line
    lineage: str | None = Line
    csv: Literal["machine", "excel"] | None = None
    log: Literal["json", "text"] | None = None
    lang: Annotated[str, AfterValidator(_language)] | None = None


NAMES = tuple(Settings.model_fields)


class Read(NamedTuple):
    path: Path
    values: dict[str, Any]  # paths in it are from its own folder


def read_settings(path: Path) -> Read:
    """What a settings file says.

    Raises: CatalogueError with the line of the first thing that is wrong. Values are not quoted:
        one may be a secret that should not be there.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read(SIZE_BYTES_MAX + 1)
    except OSError as error:
        raise CatalogueError(
            message("the settings are not readable: {error}", error=system_text(error)),
            str(path),
            message("give another file with --config, or leave it out"),
        ) from error
    if len(raw) > SIZE_BYTES_MAX:
        raise CatalogueError(
            message("too long for settings"),
            str(path),
            message("give a file of settings"),
        )
    try:
        text = raw.decode("utf-8")
        content = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise CatalogueError(
            message("not UTF-8"), str(path), message("save it as UTF-8")
        ) from error
    except tomllib.TOMLDecodeError as error:
        at = WHERE_IN_TOML.search(str(error))
        place = f":{at[1]}:{at[2]}" if at else ""
        fault = WHERE_IN_TOML.sub("", str(error))
        raise CatalogueError(
            message("not TOML: {fault}", fault=without_numbers(fault)),
            f"{path}{place}",
            message('write each setting as a line: home = "/srv/doisoat"'),
        ) from None
    _refuse_secrets(path, text, content)
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        raise _refusal(path, text, error) from None
    stated = settings.model_dump(exclude_none=True)
    return Read(path, {name: _from_its_folder(path, name, value) for name, value in stated.items()})


def read_home_settings(home: Path) -> Read:
    """What the settings of a home say; nothing where it has none.

    Raises: CatalogueError as `read_settings`, and for a name that is the machine's, not the home's.
    """
    path = home / FILE
    if not path.is_file():
        return Read(path, {})
    settings = read_settings(path)
    strays = [name for name in settings.values if name not in OF_HOME]
    if strays:
        raise CatalogueError(
            message("{name}: no setting of a home, but of who works with it", name=strays[0]),
            _at(path, path.read_text("utf-8"), strays[0]),
            message(
                "put it into your own settings (doisoat config path); a home's say {names}",
                names=", ".join(OF_HOME),
            ),
        )
    return settings


def add_home_settings(home: Path, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Write into a home's settings what they do not say yet. Returns: the names that came new.

    What stands there stays, remarks too.
    Raises: CatalogueError where they say otherwise, or a value is not usable: nothing is written.
    """
    path, known = home / FILE, read_home_settings(home).values
    new = {name: value for name, value in settings.items() if name not in known}
    text = path.read_text("utf-8") if path.is_file() else ""
    for name in sorted(settings.keys() - new.keys()):
        if known[name] != _from_its_folder(path, name, settings[name]):
            raise CatalogueError(
                message(
                    "{name} is {known} there, not {other}",
                    name=name, known=repr(known[name]), other=repr(settings[name]),
                ),
                _at(path, text, name),
                message("edit that line if it is to change"),
            )  # fmt: skip
    if not new:
        return ()
    # JSON's texts are TOML's. Before the first table: what stands behind one is in it.
    lines = "".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in new.items()
    )
    table = re.search(r"^\s*\[", text, re.M)
    at = table.start() if table else len(text)
    head = text[:at] if text[:at].endswith("\n") or not text[:at] else f"{text[:at]}\n"
    with disk_errors(path):
        staging = staging_path(home)
        try:
            staging.write_text(f"{head}{lines}{text[at:]}", "utf-8")
            read_settings(staging)
            swap_in(path, staging)
        finally:
            staging.unlink(missing_ok=True)
    return tuple(new)


def carrier_of_home(home: Path) -> str | None:
    """The carrier whose home it is; None: of several, as a ministry's is."""
    carrier: str | None = read_home_settings(home).values.get("carrier")
    return carrier


def refuse_other_carrier(home: Path, carrier: str | None, what: str) -> None:
    """CatalogueError for another carrier than the one whose home it is; None is none.

    Args: what: that names the carrier, such as an option or a file.
    """
    own = carrier_of_home(home)
    if own is None or carrier in (None, own):
        return
    path = home / FILE
    raise CatalogueError(
        message(
            "{what} names {carrier}, and this home is {own}'s", what=what, carrier=carrier, own=own
        ),
        _at(path, path.read_text("utf-8"), "carrier"),
        message(
            "leave --carrier out; or give the home of {carrier} with --home, as doisoat init"
            " --home FOLDER --carrier {carrier} makes it",
            carrier=carrier,
        ),
    )


def _refuse_secrets(path: Path, text: str, content: dict[str, Any]) -> None:
    for name, value in content.items():
        is_named_so = name not in NAMES and SECRETS.fullmatch(name.lower().replace("-", "_"))
        if is_named_so or (isinstance(value, str) and "PRIVATE KEY" in value):
            raise CatalogueError(
                message("{name}: settings hold no secret", name=without_numbers(name)),
                _at(path, text, name),
                message(
                    "take it out, change it if others could read it, and name a file of"
                    " mode 600 in its place: passphrase_file, signing_key"
                ),
            )


def _refusal(path: Path, text: str, error: ValidationError) -> CatalogueError:
    first = error.errors(include_input=False, include_url=False)[0]
    loc = [str(part) for part in first["loc"]]
    place, named = _at(path, text, loc[-1]), without_numbers(".".join(loc))
    if first["type"] == "extra_forbidden":
        return CatalogueError(
            message("no setting {named}", named=repr(named)),
            place,
            message("choose from {names}", names=", ".join(NAMES)),
        )
    return CatalogueError(
        Text(
            message("{name}: the value is not usable", name=named).vi,
            f"{named}: {first['msg'][:1].lower()}{first['msg'][1:]}",
        ),
        place,
        message("give it a value of that kind: doisoat config show lists them"),
    )


def _at(path: Path, text: str, name: str) -> str:
    """The file and the line where a name is set, as near as text alone tells."""
    key = re.compile(rf"""^\s*\[?\s*(?:[\w-]+\.)?["']?{re.escape(name)}["']?\s*[=.\]]""")
    for number, line in enumerate(text.splitlines(), start=1):
        if key.match(line):
            return f"{path}:{number}"
    return str(path)


def _from_its_folder(path: Path, name: str, value: Any) -> Any:
    """A relative path means one from the folder of the file that says it."""
    is_path = name in PATHS and value != "-"
    if name in ("catalogue", "package"):  # else the name of one that comes with doisoat
        is_path = "/" in value or value.endswith((".yaml", ".yml"))
    if is_path and isinstance(value, list):
        return [str(path.parent / Path(file).expanduser()) for file in value]
    return str(path.parent / Path(value).expanduser()) if is_path else value
