"""One settings file: TOML of known names and types, without a secret; each fault has its place."""

import re
import tomllib
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from doisoat.errors import CatalogueError, without_numbers

PATHS = ("home", "signing_key", "passphrase_file", "style", "templates", "lineage", "wheel")
SECRETS = re.compile(r"pass(word|wd|phrase)?|secret|token|pin|private_?key|mat_?khau|key")
WHERE_IN_TOML = re.compile(r" \(at line (\d+), column (\d+)\)$")
SIZE_BYTES_MAX = 1_000_000
Text = Field(default=None, min_length=1, max_length=4_096, pattern=r"^[^\n\r\x00]*$")


class Settings(BaseModel):
    """What a file may say; each is the default of the option of that name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    home: str | None = Text
    catalogue: str | None = Text
    package: str | None = Text
    readings: dict[str, str] | None = None
    threads: int | None = Field(default=None, ge=1, le=64)
    executor: Literal["threads", "spark"] | None = None
    master: str | None = Text
    wheel: str | None = Text
    worker_python: str | None = Text
    shared: str | None = Text
    by: str | None = Text
    signing_key: str | None = Text
    passphrase_file: str | None = Text
    style: str | None = Text
    templates: str | None = Text
    lineage: str | None = Text
    log: Literal["json", "text"] | None = None


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
            f"không đọc được tệp thiết lập: {error.strerror} | the settings are not readable:"
            f" {error.strerror}",
            str(path),
            "đưa tệp khác bằng --config, hoặc bỏ ra | give another file with --config, or"
            " leave it out",
        ) from error
    if len(raw) > SIZE_BYTES_MAX:
        raise CatalogueError(
            "quá dài cho tệp thiết lập | too long for settings",
            str(path),
            "đưa một tệp thiết lập | give a file of settings",
        )
    try:
        text = raw.decode("utf-8")
        content = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise CatalogueError(
            "không phải UTF-8 | not UTF-8", str(path), "lưu lại bằng UTF-8 | save it as UTF-8"
        ) from error
    except tomllib.TOMLDecodeError as error:
        at = WHERE_IN_TOML.search(str(error))
        place = f":{at[1]}:{at[2]}" if at else ""
        fault = WHERE_IN_TOML.sub("", str(error))
        raise CatalogueError(
            f"không phải TOML: {without_numbers(fault)} | not TOML: {without_numbers(fault)}",
            f"{path}{place}",
            'ghi mỗi thiết lập một dòng: home = "/srv/doisoat" | write each setting as a line:'
            ' home = "/srv/doisoat"',
        ) from None
    _refuse_secrets(path, text, content)
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        raise _refusal(path, text, error) from None
    stated = settings.model_dump(exclude_none=True)
    return Read(path, {name: _from_its_folder(path, name, value) for name, value in stated.items()})


def _refuse_secrets(path: Path, text: str, content: dict[str, Any]) -> None:
    for name, value in content.items():
        is_named_so = name not in NAMES and SECRETS.fullmatch(name.lower().replace("-", "_"))
        if is_named_so or (isinstance(value, str) and "PRIVATE KEY" in value):
            raise CatalogueError(
                f"{without_numbers(name)}: tệp thiết lập không giữ bí mật |"
                f" {without_numbers(name)}: settings hold no secret",
                _at(path, text, name),
                "bỏ ra, đổi bí mật ấy nếu người khác đã đọc được, và thay bằng tên một tệp"
                " quyền 600: passphrase_file, signing_key | take it out, change it if others"
                " could read it, and name a file of mode 600 in its place: passphrase_file,"
                " signing_key",
            )


def _refusal(path: Path, text: str, error: ValidationError) -> CatalogueError:
    first = error.errors(include_input=False, include_url=False)[0]
    loc = [str(part) for part in first["loc"]]
    place, named = _at(path, text, loc[-1]), without_numbers(".".join(loc))
    if first["type"] == "extra_forbidden":
        return CatalogueError(
            f"không có thiết lập {named!r} | no setting {named!r}",
            place,
            f"chọn trong {', '.join(NAMES)} | choose from {', '.join(NAMES)}",
        )
    return CatalogueError(
        f"{named}: giá trị không dùng được | {named}: {first['msg'][:1].lower()}{first['msg'][1:]}",
        place,
        "ghi giá trị đúng loại: doisoat config show liệt kê các loại | give it a value of that"
        " kind: doisoat config show lists them",
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
    return str(path.parent / Path(value).expanduser()) if is_path else value
