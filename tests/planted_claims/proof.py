"""The proof: claims that are right give no variance, claims with planted wrongs give those."""

import json
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from tests.planted_claims import counted, lines, suspended, worlds
from tests.planted_claims.cells import Cell, Figures, of_run
from tests.planted_claims.claims import file_all
from tests.planted_claims.home import CARRIERS, PERIOD, Done, Planted, process
from tests.planted_claims.judge import Verdict, judge
from tests.planted_claims.planting import Disagreement, Plan, planted


class Proof(NamedTuple):
    clean: Done  # reconcile of honest claims
    reconciled: Done
    verdict: Verdict


def held_of(home: Planted, carriers: Iterable[str] = CARRIERS) -> dict[Cell, Figures]:
    """The cells of the run in force."""
    held = {}
    for carrier in carriers:
        held |= of_run(home.home / "runs" / home.run, carrier)
    return held


def prove(home: Planted, plan: Plan, seed: int, chosen: tuple[worlds.World, ...]) -> Proof:
    """Plant, file, reconcile and judge; the truth is written beside the home."""
    held = held_of(home)
    file_all(home, held, (), CARRIERS)
    lines.file_lines(home, ())
    clean = _reconcile(home)
    settled = list(worlds.suppositions(home, chosen))
    found = chain(counted.suppositions(home), suspended.suppositions(home), settled)
    wrong = planted(held, found, plan, seed)
    by_line = lines.planted_lines(home, held, settled, plan.of_lines, seed)
    file_all(home, held, wrong, CARRIERS)
    lines.file_lines(home, by_line)
    wrong += [cell for one in by_line for cell in one.cells]
    _write(home, wrong)
    reconciled = _reconcile(home)
    (home.folder / "reconciled.json").write_text(json.dumps(reconciled.told), "utf-8")
    return Proof(clean, reconciled, judge(wrong, reconciled.told))


def _write(home: Planted, wrong: list[Disagreement]) -> None:
    truth = {"period": PERIOD, "planted": [one.as_object() for one in wrong]}
    (home.folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False), "utf-8")


def _reconcile(home: Planted) -> Done:
    return process("reconcile", "--period", PERIOD, "--home", home.home, allowed=(0, 3))
