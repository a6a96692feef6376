"""How often a slip that has no cause is told as explained: python -m tests.reconcile_rates --home H

H is a settled home, which is only read. Of honest claims one cell at a time is told wrongly, drawn
from a seed: by one of its lines left out or told again, by one unit, by 1,000 đồng. None of that is
a cause, so whatever is `explained` is false. Prints the table of docs/reconcile.md, or writes it
there.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple, cast

from doisoat.engine.store.home import open_home
from doisoat.settlement.figures.period import Period
from doisoat.settlement.reconcile.causes import (
    alternatives,
)
from doisoat.settlement.reconcile.causes import (
    figure_causes as arithmetic,
)
from doisoat.settlement.reconcile.causes import (
    run_figures as ours,
)
from doisoat.settlement.reconcile.causes.chance_matches import Worths
from doisoat.settlement.reconcile.causes.claim_cells import Key, Pair, moved_by_cell, to_grain
from doisoat.settlement.reconcile.causes.figure_kinds import kind_of, units_of
from doisoat.settlement.reconcile.causes.line_values import worths_of
from doisoat.settlement.reconcile.causes.row_slips import SlipInputs
from doisoat.settlement.reconcile.causes.verdicts import judged
from doisoat.settlement.records.alternative_frame import Alternative
from doisoat.settlement.records.explanation import Declared, Vector, fit
from doisoat.settlement.runs.runs import tariffs_of
from tests.tax import VAT

PAGE = Path(__file__).parents[1] / "docs" / "reconcile.md"
BEGIN, END = "<!-- reconcile_rates: begin -->\n", "<!-- reconcile_rates: end -->\n"
CELLS_LEAST = 100
SEED = 2021
GRAINS: tuple[alternatives.Grain, ...] = ("statement", "measure", "day", "province")


class Honest(NamedTuple):
    """A carrier's cells at a grain as the run has them, and what each alternative moves."""

    grain: alternatives.Grain
    cells: tuple[Pair, ...]
    moved: Mapping[Key, Mapping[Alternative, Vector]]
    worths: Mapping[Key, Worths]
    slip_inputs: SlipInputs

    def worths_of(self, cells: Collection[Key]) -> dict[Key, Worths]:
        return {key: self.worths[key] for key in cells if key in self.worths}


Slip = Callable[[Random, Honest, Pair], Declared | None]  # what is told instead; None: of no such


def one_line(drawn: Random, honest: Honest, cell: Pair) -> Declared | None:
    worths = honest.worths.get(cell.key, {})
    if not worths:
        return None
    ((units, amount),) = drawn.choices(list(worths), list(worths.values()))
    return _told(drawn, cell, (1, units, amount))


def one_unit(drawn: Random, honest: Honest, cell: Pair) -> Declared | None:
    return None if honest.grain == "statement" else _told(drawn, cell, (0, 1, 0))


def thousand_dong(drawn: Random, honest: Honest, cell: Pair) -> Declared | None:
    return None if kind_of(honest.grain, cell.key) == "count" else _told(drawn, cell, (0, 0, 1_000))


def _told(drawn: Random, cell: Pair, by: Vector) -> Declared:
    times = drawn.choice((-1, 1))
    events, units, amount = (
        None if said is None else said + times * one
        for said, one in zip(cell.claimed, by, strict=True)
    )
    return events, units, amount


SLIPS: Mapping[str, Slip] = {
    "one line more or less": one_line,
    "one unit": one_unit,
    "1,000 đ": thousand_dong,
}


def honest_claims(path: Path, period: Period, carriers: Sequence[str]) -> list[Honest]:
    """Of each carrier and grain; SystemExit where the home has too few cells to draw from."""
    home = open_home(path)
    run = ours.run_of(home, period.name)
    found = []
    for carrier in carriers:
        for grain in GRAINS:
            of = ours.statement if grain == "statement" else ours.cells
            rows = to_grain(of(run, carrier), grain).rows()
            cells = tuple(_pair(grain, row) for row in rows)
            moved = moved_by_cell(alternatives.of(home, run, carrier, period, grain), grain)
            worths = worths_of(run, carrier, grain, [one.key for one in cells])
            units = units_of(*tariffs_of(run), carrier)
            slip_inputs = SlipInputs(units, period.before, {})
            found.append(Honest(grain, cells, moved, worths, slip_inputs))
            print(f"{carrier} {grain}: {len(cells)} cells", file=sys.stderr, flush=True)
    if sum(len(one.cells) for one in found) < CELLS_LEAST:
        raise SystemExit(f"fewer than {CELLS_LEAST} cells are in {path}")
    return found


def _pair(grain: str, row: tuple[object, ...]) -> Pair:
    *key, events, units, amount = row
    figures = int(str(events)), int(str(units)), int(str(amount))
    said: Declared = (None, None, figures[2]) if grain == "statement" else figures
    return Pair(cast(Key, tuple(key)), said, figures, True)


class Rate(NamedTuple):
    """Of slips told to a claim: how many a fit explains, and how many stay so once weighed."""

    tries: int
    fitted: int  # explained by what fits, with nothing weighed
    explained: int
    ambiguous: int


def rate(honest: Sequence[Honest], slip: Slip, tries: int, seed: int) -> Rate:
    drawn, counts = Random(seed), Counter[str]()
    cells = [(one, cell) for one in honest for cell in one.cells]
    while counts["tries"] < tries and counts["drawn"] < 100 * tries:
        counts["drawn"] += 1
        claim, cell = drawn.choice(cells)
        claimed = slip(drawn, claim, cell)
        if claimed is None or claimed == cell.claimed:
            continue
        counts["tries"] += 1
        wrong = cell._replace(claimed=claimed)
        before = fit(claimed, cell.recomputed, claim.moved.get(cell.key, {}),
                     arithmetic.of(kind_of(claim.grain, cell.key), VAT))  # fmt: skip
        counts["fitted"] += before.verdict == "explained"
        (now,) = judged(
            claim.grain, [wrong if one is cell else one for one in claim.cells], [wrong],
            claim.moved, claim.worths_of, lambda cells: {}, claim.slip_inputs, VAT,
        )  # fmt: skip
        counts[now.verdict] += 1
    return Rate(counts["tries"], counts["fitted"], counts["explained"], counts["ambiguous"])


def table(honest: Sequence[Honest], tries: int, seed: int = SEED) -> str:
    rows = [
        "| mức, *grain* | sai lệch, *slip* | đã thử, *tried* | giải thích theo con số khớp,"
        " *explained by what fits* | sau khi cân nhắc, *once weighed* | nhiều khả năng,"
        " *ambiguous* |\n|---|---|---|---|---|---|\n"
    ]
    for grain in GRAINS:
        claims = [one for one in honest if one.grain == grain]
        for name, slip in SLIPS.items():
            found = rate(claims, slip, tries, seed)
            if found.tries:
                rows.append(
                    f"| {grain} | {name} | {found.tries} | {_share(found.fitted, found.tries)} |"
                    f" {_share(found.explained, found.tries)} |"
                    f" {_share(found.ambiguous, found.tries)} |\n"
                )
    return "".join(rows)


def _share(count: int, tries: int) -> str:
    tenths = (1_000 * count + tries // 2) // tries
    return f"{count} ({tenths // 10}.{tenths % 10} %)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="a settled home, only read")
    parser.add_argument("--period", default="2021-08")
    parser.add_argument("--carriers", default="vnpt,mobifone")
    parser.add_argument("--tries", type=int, default=1_000, help="of each slip and grain")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reconcile.md")
    asked = parser.parse_args()
    honest = honest_claims(asked.home, Period.of(asked.period), asked.carriers.split(","))
    cells = sum(len(one.cells) for one in honest)
    said = (
        f"`python -m tests.reconcile_rates --home H --carriers {asked.carriers} --tries"
        f" {asked.tries}`, {cells:,} cells, {datetime.now(UTC).date()}:\n\n"
        f"{table(honest, asked.tries)}"
    )
    if asked.write:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(before + BEGIN + said + END + after, "utf-8")
    else:
        print(said, end="")


if __name__ == "__main__":
    main()
