"""World causes: a carrier's usage settled again from the first record, by tariffs edited as text.

Each world is a home of hard links with the usage of one carrier alone, and `doisoat settle` of it.
"""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.planted_claims import tariff_edits as edits
from tests.planted_claims.cells import Cell, Figures, Supposition, moved, of_run
from tests.planted_claims.home import Planted, copy_of, settle

MOMENT = f"{edits.CHANGE}T00:00"
M6_PLACE = r"place: \{reading: m6\.place\}"
PACKAGE = "vn-2021-08"
WHERE = r"    where:\n(?:      .*\n)+"


class World(NamedTuple):
    """A supposition, and how it is settled: by a catalogue, or by more said to `settle`."""

    carrier: str
    cause: str
    detail: str
    catalogue: Callable[[Path], Path] = edits.honest
    reading: str = ""  # NAME=ALTERNATIVE
    package: tuple[str, str, str] | None = None  # measure, what stands there, what is put there


def _versions(carrier: str, *ways: str) -> Iterator[World]:
    made = {"before": edits.version_before, "after": edits.version_after}
    for way in ways:
        yield World(carrier, "tariff_version", f"{MOMENT}={way}", made[way])


def _reading(carrier: str, answer: str) -> World:
    return World(carrier, "reading", answer, reading=answer)


def _rounded(carrier: str, rule: str) -> World:
    return World(carrier, "rounding", f"per_event={rule}", lambda at: edits.rounded(at, rule))


def _blocks(carrier: str, kind: str, block: str) -> World:
    return World(carrier, "block", f"{kind}={block}", lambda at: edits.blocks(at, kind, block))


def _orders(carrier: str, way: str, from_days: int, until_days: int) -> World:
    return World(carrier, "order_boundary", f"orders={way}",
                 lambda at: edits.orders_moved(at, from_days, until_days))  # fmt: skip


def _edited(carrier: str, cause: str, detail: str, *package: str) -> World:
    measure, old, new = package
    return World(carrier, cause, detail, package=(measure, old, new))


WORLDS = (
    *_versions("vietnamobile", "before", "after"),
    *_versions("mobifone", "before"),
    _reading("vietnamobile", "m6.localities=every_order"),
    _reading("mobifone", "m7.packs=few_days"),
    _rounded("vietnamobile", "up"),
    _rounded("mobifone", "down"),
    _blocks("vietnamobile", "data", "1 MB + 1 MB"),
    _blocks("mobifone", "voice", "60 s + 60 s"),
    _orders("mobifone", "from+1d", 1, 0),
    _orders("mobifone", "until+1d", 0, 1),
    _orders("mobifone", "until-1d", 0, -1),
    _edited("vietnamobile", "locality_policy", "M6=anywhere", "M6", WHERE, ""),
    _edited("vietnamobile", "locality_policy", "M6=serving_at_use", "M6", M6_PLACE,
            "place: serving_at_use"),
    _edited("mobifone", "locality_policy", "M7=anywhere", "M7", r"    where: .*\n", ""),
    _edited("mobifone", "eligibility", "M7-packs", "M7", r", packs: \{[^}]*\}", ""),
    _edited("vnpt", "eligibility", "M5-packs", "M5", r"      packs: .*\n", ""),
)  # fmt: skip

# What a small world has people for, beside those.
OF_SMALL = (
    _reading("vietnamobile", "m2.prepaid_share=capped"),
    World("vietnamobile", "rounding", "per_block=half_up", edits.blocks_rounded),
)


def suppositions(planted: Planted, chosen: tuple[World, ...] = WORLDS) -> Iterator[Supposition]:
    """What each world adds to the cells of the run in force; kept, since a settle takes long."""
    for world in chosen:
        name = re.sub(r"[^a-z0-9+-]+", "_", "-".join(world[:3]).lower())
        kept = planted.folder / "worlds" / f"{name}.json"
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            moves = _settled(planted, world)
            rows = [[*cell, *figures] for cell, figures in moves.items()]
            kept.write_text(json.dumps([world.carrier, world.cause, world.detail, rows]), "utf-8")
            print(f"{world.carrier} {world.cause} {world.detail}", file=sys.stderr, flush=True)
        carrier, cause, detail, rows = json.loads(kept.read_text("utf-8"))
        yield Supposition(carrier, cause, detail, {
            Cell(*row[:5]): Figures(*row[5:]) for row in rows
        })  # fmt: skip


def written(world: World, folder: Path) -> tuple[Path, str]:
    """The catalogue and the package (a file, or a bundled name) of a world, written to a folder."""
    package = PACKAGE
    if world.package is not None:
        edited = edits.package(folder / "package.yaml", world.carrier, *world.package)
        package = str(edited)
    return world.catalogue(folder / "tariffs"), package


def _settled(planted: Planted, world: World) -> dict[Cell, Figures]:
    folder = planted.folder / "world"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    home = copy_of(planted, world.carrier, folder / "home")
    catalogue, package = written(world, folder)
    readings = ("--reading", world.reading) if world.reading else ()
    run = settle(home, catalogue, "--carrier", world.carrier, "--package", package, *readings)
    theirs = of_run(home / "runs" / run, world.carrier)
    shutil.rmtree(folder)
    return moved(of_run(planted.home / "runs" / planted.run, world.carrier), theirs)
