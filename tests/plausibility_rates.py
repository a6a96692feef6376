"""How often a clean month has a finding of each test, and how often what was planted is found.

    python -m tests.plausibility_rates [--worlds N] [--planted N] [--write]

Alarms of N worlds of 20,000 subscribers, and of N of 3,000, by seeds from 1,001 on; what is planted
is planted in the first of them. Thresholds were chosen on seeds 1 to 10. Prints the tables of
docs/plausibility.md, or writes them there, and the counts into
settlement/plausibility/thresholds.toml.
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

from doisoat.settlement.plausibility.thresholds import FILE, TESTS, Threshold, look, thresholds
from tests.plausibility.clean_worlds import PLANTED, cells_from, totals_of

PAGE = Path(__file__).parents[1] / "docs" / "plausibility.md"
SIZES = (20_000, 3_000)
FIRST_SEED = 1_001
MARKS = "<!-- {name}: begin -->\n", "<!-- {name}: end -->\n"


def measure(worlds: int, planted: int) -> tuple[dict[str, Counter[int]], dict[str, Counter[int]]]:
    """Alarms by test and size; what was found of what was planted, by name and size."""
    alarms = {test: Counter[int]() for test in TESTS}
    found = {name: Counter[int]() for name in PLANTED}
    for size in SIZES:
        for seed in range(FIRST_SEED, FIRST_SEED + worlds):
            totals = totals_of(seed, size)
            clean = {finding.score for finding in look(cells_from(totals)).findings}
            for test in {score.test for score in clean}:
                alarms[test][size] += 1
            if seed < FIRST_SEED + planted:
                for name, (test, change) in PLANTED.items():
                    cells = cells_from(totals, change(totals.cells))
                    new = {one.score for one in look(cells).findings} - clean
                    found[name][size] += any(score.test == test for score in new)
            print(f"{size} {seed}", file=sys.stderr, flush=True)
    return alarms, found


def rates_table(alarms: dict[str, Counter[int]], worlds: int) -> str:
    heads = [f"{size:,} subscribers" for size in SIZES]
    told = [f"| test | threshold | {' | '.join(heads)} | both, at most at 95 % |"]
    told.append("|---|---|" + "---|" * (len(SIZES) + 1))
    for test, limit in thresholds().items():
        counts = [f"{alarms[test][size]} of {worlds}" for size in SIZES]
        whole = Threshold(
            threshold=limit.threshold, alarms=sum(alarms[test].values()),
            worlds=worlds * len(SIZES),
        )  # fmt: skip
        upper = whole.rate_upper or 0.0
        told.append(
            f"| `{test}` | {limit.threshold:g} | {' | '.join(counts)} | {100 * upper:.1f} % |"
        )
    return "\n".join(told) + "\n"


def power_table(found: dict[str, Counter[int]], planted: int) -> str:
    heads = [f"{size:,} subscribers" for size in SIZES]
    told = [f"| planted | seen by | {' | '.join(heads)} |", "|---|---|" + "---|" * len(SIZES)]
    for name, (test, _) in PLANTED.items():
        counts = [f"{found[name][size]} of {planted}" for size in SIZES]
        told.append(f"| {name} | `{test}` | {' | '.join(counts)} |")
    return "\n".join(told) + "\n"


def put(text: str, name: str, table: str) -> str:
    begin, end = (mark.format(name=name) for mark in MARKS)
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return before + begin + table + end + after


def write(alarms: dict[str, Counter[int]], worlds: int, rates: str, power: str) -> None:
    page = put(put(PAGE.read_text("utf-8"), "rates", rates), "power", power)
    PAGE.write_text(page, "utf-8")
    limits = FILE.read_text("utf-8")
    for test in TESTS:
        limits = re.sub(
            rf"(\[{test}\]\nthreshold = [0-9.]+\n)alarms = [0-9]+\nworlds = [0-9]+\n",
            rf"\g<1>alarms = {sum(alarms[test].values())}\nworlds = {worlds * len(SIZES)}\n",
            limits,
        )
    FILE.write_text(limits, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--worlds", type=int, default=60)
    parser.add_argument("--planted", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    alarms, found = measure(asked.worlds, asked.planted)
    rates, power = rates_table(alarms, asked.worlds), power_table(found, asked.planted)
    print(rates + "\n" + power, end="")
    if asked.write:
        write(alarms, asked.worlds, rates, power)


if __name__ == "__main__":
    main()
