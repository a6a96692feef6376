"""2,000 audits of every design and pattern of errors: how often each bound was missed.

    python -m tests.long_sampling [--audits N] [--write]

Prints the table of docs/sampling.md, or writes it there; fails where a bound was missed oftener
than its confidence allows (tests/sampling/audits.py says by which count).
"""

import argparse
import sys
from fractions import Fraction
from pathlib import Path

from tests.sampling.audits import ASKED, PATTERNS, audits, missed, misses_allowed, world_of

PAGE = Path(__file__).parents[1] / "docs" / "sampling.md"
BEGIN, END = "<!-- long_sampling: begin -->\n", "<!-- long_sampling: end -->\n"
ALPHA = Fraction(1, 20)
HEAD = (
    "| cách rút, *design* | sai sót, *errors* | số lần rút, *draws* | khai sai, *misstated*, %"
    " | hụt cận trên, *upper missed* | hụt cận dưới, *lower missed*"
    " | hụt cận kê thiếu, *under missed* | Stringer hụt, *missed* |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


def table(count: int) -> tuple[str, int]:
    """The rows, and the greatest count of misses in them."""
    rows, worst = [], 0
    for name, asked in ASKED.items():
        for pattern, errors in PATTERNS.items():
            world = world_of(1, asked, errors)
            found = missed(world, audits(world, count))
            worst = max(worst, *found)
            is_equal = asked.method == "equal"
            part, whole = (
                (world.wrong, world.units.height)
                if is_equal
                else (world.over, sum(world.units["amount"].to_list()))
            )
            stringer = str(found.stringer) if asked.method == "mus" else "–"
            under = "–" if is_equal else str(found.under_upper)
            rows.append(
                f"| {name} | {pattern.replace('_', ' ')} | {world.design.size} |"
                f" {100 * part / whole:.2f} | {found.over_upper} | {found.over_lower} | {under} |"
                f" {stringer} |\n"
            )
            print(rows[-1], end="", file=sys.stderr, flush=True)
    return HEAD + "".join(rows), worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--audits", type=int, default=2_000)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    told, worst = table(asked.audits)
    if asked.write:
        text = PAGE.read_text("utf-8")
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(before + BEGIN + told + END + after, "utf-8")
    else:
        print(told, end="")
    allowed = misses_allowed(asked.audits, ALPHA)
    if worst > allowed:
        sys.exit(f"{worst} of {asked.audits} audits missed, {allowed} at most by chance")


if __name__ == "__main__":
    main()
