"""A home with late, repeated and missing usage, and claims whose carriers counted it otherwise."""

import json
from pathlib import Path
from typing import NamedTuple

from doisoat.fixtures.assumptions import read_assumptions
from doisoat.fixtures.simulate import simulate
from tests.planted_claims import counted
from tests.planted_claims.claims import file_all
from tests.planted_claims.home import PERIOD, Planted, command, face, make, process
from tests.planted_claims.planting import Disagreement, Plan, planted
from tests.planted_claims.proof import held_of

SUBSCRIBERS, SEED = 200, 7
# More of what a small world has too little of: of a million records.
FAULTS = {"late": 60_000, "resent": 30_000, "exact_duplicate": 30_000, "conflicting": 20_000}
CARRIERS = ("viettel", "vnpt", "mobifone")
CELLS = 6  # of each cause
BY_LINE = "vietnamobile"


class Counted(NamedTuple):
    """The home, reconciled; the cells that were told wrongly; and lines, by event: what is claimed
    of them (None: left out)."""

    home: Planted
    wrong: list[Disagreement]
    lines: dict[str, str | None]


def make_counted(folder: Path) -> Counted:
    """Claims of CARRIERS with counted wrongs, and one by line of which two lines are wrong."""
    more = {f"planted__{name}": share for name, share in FAULTS.items()}
    assumptions = read_assumptions().changed(**more)
    home = make(
        folder,
        lambda world: simulate(world, SEED, SUBSCRIBERS, assumptions=assumptions),
        buckets=2,
    )
    held = held_of(home, CARRIERS)
    wrong = planted(held, counted.suppositions(home, CARRIERS), Plan(CELLS, 0, 0), SEED)
    file_all(home, held, wrong, CARRIERS)
    lines = _file_lines(home)
    process("reconcile", "--period", PERIOD, "--home", home.home, allowed=(3,))
    return Counted(home, wrong, lines)


def _file_lines(home: Planted) -> dict[str, str | None]:
    with face(home.home) as database:
        found = database.execute(
            "SELECT event_id, line.owner_id, line.start_at, home_province, measure, nature,"
            " line.units, amount FROM rated.relief_line AS line"
            " JOIN audit.rated_event USING (event_id) WHERE line.carrier = ? ORDER BY ALL",
            [BY_LINE],
        ).fetchall()
    rows = [
        {"event_id": str(event), "owner_id": str(owner),
         "start_at": f"{start:%Y-%m-%dT%H:%M:%S.%f}"[:-3], "home_province": province,
         "measure": measure, "nature": nature, "units": str(units), "amount": str(amount)}
        for event, owner, start, province, measure, nature, units, amount in found
    ]  # fmt: skip
    left = rows.pop(len(rows) // 2)
    rows[3]["amount"] = str(int(rows[3]["amount"]) + 1)
    content = {"carrier": BY_LINE, "period": PERIOD, "grain": "lines", "currency": "VND",
               "rows": rows}  # fmt: skip
    path = home.folder / "lines.json"
    path.write_text(json.dumps(content), "utf-8")
    command("claim", "file", path, "--home", home.home)
    return {rows[3]["event_id"]: rows[3]["amount"], left["event_id"]: None}
