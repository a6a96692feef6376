"""Maps of tiles: which places they have, and from and until when."""

from datetime import date

import pytest
from pydantic import ValidationError

from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue
from doisoat.tariffs.load.tiles import TileMap, tile_maps, tiles_on


def test_a_day_has_the_provinces_of_its_time():
    tiles = tiles_on("vn-2021", date(2021, 8, 1))
    catalogue = load_catalogue(bundled_catalogue())
    known = {place.code for place in catalogue.localities if place.province is None}
    assert {tile.place for tile in tiles} == known and len(tiles) == 63
    (only,) = tile_maps()
    assert tiles_on("vn-2021", only.valid_from) == tiles
    assert tiles_on("vn-2021", only.valid_until) == ()


@pytest.mark.parametrize("catalogue", ["xx-2021", "", ".", "..", "../tariffs", "vn-2021/tiles"])
def test_another_catalogue_has_none(catalogue):
    assert tiles_on(catalogue, date(2021, 8, 1)) == ()


@pytest.mark.parametrize("second", [("01", 2, 2), ("02", 1, 1)])
def test_a_place_and_a_cell_have_one_tile(second):
    tiles = [
        {"place": place, "name": "x", "column": column, "row": row}
        for place, column, row in (("01", 1, 1), second)
    ]
    about = {"valid_from": "2021-01-01", "valid_until": "2022-01-01", "source": "x"}
    with pytest.raises(ValidationError):
        TileMap.model_validate({**about, "tiles": tiles})
