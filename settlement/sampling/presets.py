"""Preset samples: sizes and limits that a standard asks for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.settlement.figures.toml_file import validated_toml

FILE = Path(__file__).with_name("presets.toml")


class Limit(BaseModel):
    """The greatest rate of a result, as written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rate: str
    mark: Literal["stated", "derived", "assumed"]
    source: str = Field(min_length=1)


class Preset(BaseModel):
    """kinds: of the records in its frame."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    title: str
    source: str
    size: int = Field(ge=1)
    kinds: list[str]
    limits: dict[str, Limit]


class Presets(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    qcvn36: Preset


def preset_of(name: str) -> Preset:
    """CatalogueError if there is none of the name."""
    known = validated_toml(Presets, FILE.read_bytes(), FILE, "sampling.md")
    names = sorted(Presets.model_fields)
    if name not in names:
        listed = ", ".join(names)
        raise CatalogueError(
            message("no preset {name}", name=repr(name)),
            "--preset",
            message("there are: {listed}", listed=listed),
        )
    preset: Preset = getattr(known, name)
    return preset


def limits_of(preset: Preset | None, limits: Mapping[str, str]) -> dict[str, str]:
    """The limits of a preset, or those that were given in their place.

    Raises: CatalogueError for a limit that the preset has not.
    """
    if preset is None:
        return dict(limits)
    unknown = sorted(limits.keys() - preset.limits.keys())
    if unknown:
        listed = ", ".join(preset.limits)
        raise CatalogueError(
            message("no limit {unknown}", unknown=repr(unknown[0])),
            "--limit",
            message("there are: {listed}", listed=listed),
        )
    return {name: limits.get(name, limit.rate) for name, limit in preset.limits.items()}
