"""World causes: a carrier's usage settled again from the first record, by tariffs edited as text.

Each world is a home of hard links with the usage of one carrier alone, and `doisoat settle` of it.
"""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.planted_claims import tariff_edits as edits
from tests.planted_claims.cells import Cell, Edit, Figures, Line, Supposition, moved, of_run
from tests.planted_claims.home import Planted, copy_of, face, settle

MOMENT = f"{edits.CHANGE}T00:00"
M6_PLACE = r"place: \{reading: m6\.place\}"
PACKAGE = "vn-2021-08"
WHERE = r"    where:\n(?:      .*\n)+"

LINES_OF_CELLS = 2  # of a world
LINES = """
WITH ours AS (SELECT * FROM read_parquet($ours) WHERE carrier = $carrier),
theirs AS (SELECT * FROM read_parquet($theirs) WHERE carrier = $carrier),
odd AS (
    SELECT event_hi, event_lo, measure, nature,
        coalesce(ours.start_ms, theirs.start_ms) // 86400000 AS day,
        ours.units AS units, ours.amount AS amount, theirs.units AS units_told,
        theirs.amount AS amount_told
    FROM ours FULL JOIN theirs USING (event_hi, event_lo, measure, nature)
    WHERE (ours.units, ours.amount) IS DISTINCT FROM (theirs.units, theirs.amount)
),
few AS (
    SELECT measure, nature, day FROM odd GROUP BY ALL
    HAVING sum(coalesce(amount_told, 0)) <> sum(coalesce(amount, 0))
    ORDER BY count(*) < 2, count(*), measure, nature, day LIMIT $cells
)
SELECT event.event_id, event.owner_id, strftime(event.start_at, '%Y-%m-%d %H:%M:%S.%g'),
    event.home_province, CAST(measure AS VARCHAR), CAST(nature AS VARCHAR), odd.units, odd.amount,
    units_told, amount_told
FROM odd JOIN few USING (measure, nature, day)
JOIN audit.rated_event AS event ON event.event_id = CAST(
    format('{:016x}{:016x}', event_hi, event_lo) AS UUID)
ORDER BY ALL
"""


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
            moves, lines = _settled(planted, world)
            rows = [[*cell, *figures] for cell, figures in moves.items()]
            told = [world.carrier, world.cause, world.detail, rows, lines]
            kept.write_text(json.dumps(told), "utf-8")
            print(f"{world.carrier} {world.cause} {world.detail}", file=sys.stderr, flush=True)
        carrier, cause, detail, rows, lines = json.loads(kept.read_text("utf-8"))
        yield Supposition(carrier, cause, detail, {
            Cell(*row[:5]): Figures(*row[5:]) for row in rows
        }, tuple((Cell(*cell), tuple(_edit(*edit) for edit in edits)) for cell, edits in lines)
        )  # fmt: skip


def _edit(held: list[Any] | None, told: list[Any] | None) -> Edit:
    return Edit(*(None if side is None else Line(*side) for side in (held, told)))


def written(world: World, folder: Path) -> tuple[Path, str]:
    """The catalogue and the package (a file, or a bundled name) of a world, written to a folder."""
    package = PACKAGE
    if world.package is not None:
        edited = edits.package(folder / "package.yaml", world.carrier, *world.package)
        package = str(edited)
    return world.catalogue(folder / "tariffs"), package


def _settled(planted: Planted, world: World) -> tuple[dict[Cell, Figures], list[Any]]:
    folder = planted.folder / "world"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    home = copy_of(planted, world.carrier, folder / "home")
    catalogue, package = written(world, folder)
    readings = ("--reading", world.reading) if world.reading else ()
    run = settle(home, catalogue, "--carrier", world.carrier, "--package", package, *readings)
    ours = planted.home / "runs" / planted.run
    theirs = of_run(home / "runs" / run, world.carrier)
    lines = _lines(planted, ours, home / "runs" / run, world.carrier)
    shutil.rmtree(folder)
    return moved(of_run(ours, world.carrier), theirs), lines


def _lines(planted: Planted, ours: Path, theirs: Path, carrier: str) -> list[Any]:
    """Of the days on which the fewest lines differ, two if there are such days, each on both sides.

    A line that a side has none of is null there.

    As JSON: [cell, [[held, told], ...]], lines as their values.
    """
    with face(planted.home) as database:
        rows = database.execute(
            LINES, {"carrier": carrier, "ours": str(ours / "line.parquet"),
                    "theirs": str(theirs / "line.parquet"), "cells": LINES_OF_CELLS},
        ).fetchall()  # fmt: skip
    found: dict[tuple[str, str, str], list[Any]] = {}
    for event, owner, start, province, measure, nature, *figures in rows:
        sides = []
        for units, amount in (figures[:2], figures[2:]):
            known = (str(event), str(owner), start, province, measure, nature)
            sides.append(None if units is None else [*known, units, amount])
        found.setdefault((measure, nature, start[:10]), []).append(sides)
    return [
        [[carrier, "day", *cell], edits]
        for cell, edits in found.items()
    ]  # fmt: skip
