"""Reads a user's TOML file into a model; an error names the file, the key and the fault."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from doisoat.engine.store.model_faults import said_of_model
from doisoat.errors import CatalogueError
from doisoat.messages.text import message

Model = TypeVar("Model", bound=BaseModel)


def validated_toml(model: type[Model], raw: bytes, path: Path, page: str) -> Model:
    """The model that a file's octets say.

    Args: path: of the file, for messages; page: of docs/, which lists the keys.
    Raises: CatalogueError, which names the file and the key, for whatever is not as it must be.
    """
    try:
        data = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise CatalogueError(
            message("not UTF-8"), str(path), message("save it as UTF-8")
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(
            message("not TOML: {error}", error=error),
            str(path),
            message("mend that line"),
        ) from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = ".".join(map(str, first["loc"]))
        further = error.error_count() - 1
        fault = said_of_model(first)
        if further:
            fault = message("{fault} (and {further} more like it)", fault=fault, further=further)
        raise CatalogueError(
            fault,
            f"{path}: {at}" if at else str(path),
            message("docs/{page} lists the keys and what each may say", page=page),
        ) from error
