"""Planted disagreements found in claims of 13 million events: python -m tests.long_claims --home H

Simulates a world, settles it under a catalogue with a change inside the month, files the claims of
all carriers as they should be (`doisoat reconcile` must tell nothing), then with wrongs planted in
some 200 cells and in lines of claims by line, at least ten of every cause; and judges what
`doisoat reconcile --json` says. H keeps all of it: what lies there is not made again. Prints the
table of docs/reconcile.md, or writes it there; exit status 3 where less was found than is asked.
"""

import argparse
import sys
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from doisoat.errors import EXIT_DISAGREEMENTS
from tests.planted_claims.home import Planted, command, face, make
from tests.planted_claims.judge import CAUSES, Verdict, misses, table
from tests.planted_claims.lines import CARRIERS
from tests.planted_claims.planting import Plan
from tests.planted_claims.proof import Proof, prove
from tests.planted_claims.worlds import WORLDS

PAGE = Path(__file__).parents[1] / "docs" / "reconcile.md"
BEGIN, END = "<!-- long_claims: begin -->\n", "<!-- long_claims: end -->\n"
PLAN = Plan(alone=10, together=40, of_lines=5)
OF_EACH_LEAST = 10
FOUND_LEAST, RIGHT_LEAST = Fraction(99, 100), Fraction(95, 100)
SEED = 2021


def told(home: Planted, proof: Proof, subscribers: int) -> str:
    """What was planted, what it took, and the table."""
    with face(home.home) as database:
        (events,) = database.execute("SELECT count(*) FROM usage.event").fetchone() or (0,)
    asked, done = proof.clean, proof.reconciled
    day, judged = datetime.now(UTC).date(), proof.verdict.judged
    return (
        f"`python -m tests.long_claims --home H --subscribers {subscribers}`, {events:,} events,"
        f" {day}: {len(proof.verdict.judged)} disagreements, {len(proof.verdict.false)} variances"
        f" elsewhere; claims without any: {len(asked.told['variances'])} variances,"
        f" {asked.seconds:.0f} s of processor time, {asked.peak_mib} MiB at most; with them"
        f" {done.seconds:.0f} s, {done.peak_mib} MiB.\n\n{table(judged, of_lines=False)}\n"
        f"Bản kê khai theo dòng, của | *Of claims by line, of* {', '.join(CARRIERS)}:\n\n"
        f"{table(judged, of_lines=True)}"
    )


def is_enough(proof: Proof) -> bool:
    """Does it hold what is asked of the finding, and of the planting?"""
    judged = proof.verdict.judged
    counts = [
        sum(cause in {why.cause for why in one.planted.why} for one in judged) for cause in CAUSES
    ]
    return (
        not proof.clean.told["variances"]
        and min(counts) >= OF_EACH_LEAST
        and sum(one.variance is not None for one in judged) >= FOUND_LEAST * len(judged)
        and sum(one.is_right for one in judged) >= RIGHT_LEAST * len(judged)
        and all(one.is_exact for one in judged if one.is_right)
        and _is_true_else(proof.verdict)
    )


def _is_true_else(verdict: Verdict) -> bool:
    return not verdict.false and verdict.is_summed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="a folder, which is kept")
    parser.add_argument("--subscribers", type=int, default=50_000)
    parser.add_argument("--write", action="store_true", help="put the table into docs/reconcile.md")
    asked = parser.parse_args()
    home = make(
        asked.home,
        lambda world: command("simulate", "--files-only", "--subscribers", asked.subscribers,
                              "--home", world.parent),
    )  # fmt: skip
    proof = prove(home, PLAN, SEED, WORLDS)
    said = told(home, proof, asked.subscribers)
    print("\n".join(misses(proof.verdict)), file=sys.stderr)
    if asked.write:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(before + BEGIN + said + END + after, "utf-8")
    else:
        print(said, end="")
    return 0 if is_enough(proof) else EXIT_DISAGREEMENTS


if __name__ == "__main__":
    sys.exit(main())
