"""Maps of tiles that lie beside a catalogue: each place a tile, about where it lies.

They lie in a folder of their own, so that no digest covers them: no amount hangs on a drawing.
"""

from datetime import date
from functools import lru_cache
from typing import Annotated

from pydantic import Field, model_validator

from doisoat.tariffs.load.bundled import BUNDLED, DEFAULT_CATALOGUE
from doisoat.tariffs.load.model_errors import validated
from doisoat.tariffs.load.tree import read_text, tree_of
from doisoat.tariffs.models.field_types import Model

Place = Annotated[int, Field(ge=0, le=30)]


class Tile(Model):
    """A place's code and short name, and where its tile stands, from the north-west on."""

    place: str
    name: str
    column: Place
    row: Place


class TileMap(Model):
    """The tiles of a country, and from and until when its places are these."""

    valid_from: date
    valid_until: date
    source: str
    tiles: tuple[Tile, ...]

    @model_validator(mode="after")
    def _each_place_once(self) -> "TileMap":
        if len({tile.place for tile in self.tiles}) < len(self.tiles):
            raise ValueError("a place has two tiles")
        if len({(tile.column, tile.row) for tile in self.tiles}) < len(self.tiles):
            raise ValueError("two tiles stand in one place")
        return self


@lru_cache(maxsize=4)
def tile_maps(catalogue: str = DEFAULT_CATALOGUE) -> tuple[TileMap, ...]:
    """The maps beside a catalogue that comes with doisoat, in the order of their files."""
    files = sorted((BUNDLED / catalogue / "tiles").glob("*.yaml"))
    return tuple(validated(TileMap, tree_of(file, read_text(file))) for file in files)


def tiles_on(catalogue: str, day: date) -> tuple[Tile, ...]:
    """The tiles of a catalogue on a day; none where it has no map of that day."""
    for known in tile_maps(catalogue) if _is_bundled(catalogue) else ():
        if known.valid_from <= day < known.valid_until:
            return known.tiles
    return ()


def _is_bundled(catalogue: str) -> bool:
    """An id comes from a home: it may be any text, and is looked for among the folders' names."""
    return catalogue in {path.name for path in BUNDLED.iterdir()}
