"""What a world adds to a carrier's cells by the oracle, to hold the planting's settles to."""

import tempfile
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from tests.home_worlds import worlds_of
from tests.implementations import outcomes
from tests.planted_claims.cells import NOTHING, Cell, Figures, moved
from tests.planted_claims.home import Planted, copy_of
from tests.planted_claims.worlds import PACKAGE, World, written

DAY_MS = 86_400_000


def by_day(planted: Planted, world: World) -> dict[Cell, Figures]:
    """World - run in force, by measure, nature and day, of all events of the world's carrier."""
    with tempfile.TemporaryDirectory() as name:
        home = copy_of(planted, world.carrier, Path(name) / "home")
        catalogue, package = written(world, Path(name))
        given = dict([world.reading.split("=", 1)]) if world.reading else {}
        ours = _in_force(planted, world.carrier)
        return moved(ours, _cells(home, world.carrier, catalogue, package, given))


@cache
def _in_force(planted: Planted, carrier: str) -> dict[Cell, Figures]:
    """What every world of a carrier is held to."""
    with tempfile.TemporaryDirectory() as name:
        home = copy_of(planted, carrier, Path(name) / "home")
        return _cells(home, carrier, planted.catalogue, PACKAGE, {})


def _cells(home: Path, carrier: str, catalogue: Path, package: str, readings: dict[str, str]):
    tariffs, relief = load_catalogue(catalogue), load_package(package, readings)
    found: dict[Cell, Figures] = {}
    for _, (_, _, *inputs) in worlds_of(home):
        for outcome in outcomes("oracle", tariffs, relief, *inputs):
            day = outcome.event.start_ms // DAY_MS
            for line in outcome.lines:
                cell = Cell(carrier, "day", line.measure, line.nature, _civil(day))
                told = Figures(1, line.units, line.amount)
                found[cell] = found.get(cell, NOTHING).plus(told)
    return found


def _civil(day: int) -> str:
    return str(date(1970, 1, 1) + timedelta(days=day))
