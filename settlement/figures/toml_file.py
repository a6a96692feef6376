"""Reads a user's TOML file into a model; an error names the file, the key and the fault."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from doisoat.engine.store.model_faults import said_of_model
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
        raise CatalogueError(
            "không phải UTF-8 | not UTF-8", str(path), "lưu lại bằng UTF-8 | save it as UTF-8"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(
            f"không phải TOML: {error} | not TOML: {error}",
            str(path),
            "sửa dòng ấy | mend that line",
        ) from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = ".".join(map(str, first["loc"]))
        further = error.error_count() - 1
        vi, en = said_of_model(first)
        if further:
            vi, en = f"{vi} (và {further} chỗ nữa như vậy)", f"{en} (and {further} more like it)"
        raise CatalogueError(
            f"{vi} | {en}",
            f"{path}: {at}" if at else str(path),
            f"docs/{page} liệt kê các từ khóa và giá trị được phép | docs/{page} lists the keys"
            " and what each may say",
        ) from error
