"""A TOML file of somebody's own, held to a model: what is wrong, in which file, at which key."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from doisoat.errors import CatalogueError

Model = TypeVar("Model", bound=BaseModel)


def validated_toml(model: type[Model], raw: bytes, path: Path, page: str) -> Model:
    """The model that a file's octets say.

    Args: path: of the file, for messages; page: of docs/, which lists the keys.
    Raises: CatalogueError, which names the file and the key, for whatever is not as it must be.
    """
    try:
        data = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise CatalogueError("not UTF-8", str(path), "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"not TOML: {error}", str(path), "mend that line") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = ".".join(map(str, first["loc"]))
        others = error.error_count() - 1
        raise CatalogueError(
            first["msg"].removeprefix("Value error, ")
            + (f" (and {others} more like it)" if others else ""),
            f"{path}: {at}" if at else str(path),
            f"docs/{page} lists the keys and what each may say",
        ) from error
