"""`python -m doisoat.benchmarks.compare BASE`: two runs of the benchmarks, figure by figure.

BASE is a file of the history, or what was measured: a version, a commit or its beginning, a tag or
branch, a time; the newest run of it counts. The other is the newest run, or `--now`. A figure moved
where its spreads have nothing in common and the medians are apart by more than `--beyond`.

Exit status: 0 nothing of ours is slower, 1 something is, 2 they cannot be compared.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.benchmarks.history import Entry, find, read_all
from doisoat.benchmarks.measured import Figure, ResultsError

FOLDER = Path("out/bench/history")
BEYOND = 1.05  # ratios nearer to 1 are noise, whatever the spreads
SLOWER, FASTER, SAME, OTHER_WORK = "slower", "faster", "", "other work"


class Change(NamedTuple):
    """A figure then and now. ratio: now by then, of medians; low, high: what spreads allow."""

    then: Figure
    now: Figure
    ratio: float
    low: float
    high: float
    moved: str  # SLOWER, FASTER, SAME; OTHER_WORK: other events or another answer
    by: str  # "processor" or "clock"


class Compared(NamedTuple):
    """Two runs. gone, new: names of figures that only one has."""

    changes: tuple[Change, ...]
    gone: tuple[tuple[str, str, str], ...]
    new: tuple[tuple[str, str, str], ...]

    @property
    def slower(self) -> list[Change]:
        """What of ours is slower beyond noise."""
        return [pair for pair in self.changes if pair.moved == SLOWER and pair.now.ours]

    @property
    def drift(self) -> float | None:
        """How what is not ours moved, the median: that much is the machine. None without any."""
        ratios = [c.ratio for c in self.changes if not c.now.ours and c.moved != OTHER_WORK]
        return statistics.median(ratios) if ratios else None


def compare(then: Sequence[Figure], now: Sequence[Figure], beyond: float = BEYOND) -> Compared:
    """Figures of the same name, in the order of now."""
    before, after = ({figure.name: figure for figure in side} for side in (then, now))
    return Compared(
        tuple(change(before[name], after[name], beyond) for name in after if name in before),
        tuple(name for name in before if name not in after),
        tuple(name for name in after if name not in before),
    )


def change(then: Figure, now: Figure, beyond: float) -> Change:
    """A figure then and now: by processor time if both tell it."""
    by = "processor" if then.processor and now.processor else "clock"
    first, last = (figure.processor or figure.clock if by == "processor" else figure.clock
                   for figure in (then, now))  # fmt: skip
    ratio = last.median / first.median
    low, high = last.low / first.high, last.high / first.low
    moved = SAME
    if then.events != now.events or (then.digest and now.digest and then.digest != now.digest):
        moved = OTHER_WORK
    elif low > 1 and ratio > beyond:
        moved = SLOWER
    elif high < 1 and ratio < 1 / beyond:
        moved = FASTER
    return Change(then, now, ratio, low, high, moved, by)


def lines_of(then: Entry, now: Entry, compared: Compared) -> Iterator[str]:
    """What people read."""
    yield f"then: {then.title}, load {then.about['load']}"
    yield f"now:  {now.title}, load {now.about['load']}"
    for heading in ("machine", "versions"):
        for name in sorted({*then.about[heading], *now.about[heading]}):
            old, new = (entry.about[heading].get(name) for entry in (then, now))
            if old != new and (heading, name) != ("versions", "doisoat"):
                yield f"  {heading}: {name} was {old}, is {new}"
    width = max((len(_title(pair.now.name)) for pair in compared.changes), default=0)
    for pair in compared.changes:
        yield (
            f"{_title(pair.now.name):{width}}  {pair.ratio:6.3f}"
            f"  ({pair.low:.3f} to {pair.high:.3f})"
            f"  {pair.by:9}  {pair.moved}".rstrip()
        )
    for pair in compared.changes:
        if pair.moved == OTHER_WORK:
            same = pair.then.events == pair.now.events
            yield f"{_title(pair.now.name)}: " + (
                "another answer"
                if same
                else f"{pair.then.events:,} events then, {pair.now.events:,} now"
            )
    for names, heading in ((compared.gone, "only then"), (compared.new, "only now")):
        for name in names:
            yield f"{_title(name)}: {heading}"
    if compared.drift is not None:
        yield f"what is not ours takes {compared.drift:.3f} of its time then: that is the machine"
    slower = ", ".join(_title(pair.now.name) for pair in compared.slower)
    yield f"slower beyond noise: {slower}" if slower else "nothing of ours is slower beyond noise"


def _title(name: tuple[str, str, str]) -> str:
    source, job, side = name
    return f"{source}: {job}, {side}"


def as_object(then: Entry, now: Entry, compared: Compared) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "then": then.title,
        "now": now.title,
        "drift": compared.drift,
        "figures": [
            {
                **dict(zip(("source", "job", "side"), pair.now.name, strict=True)),
                "ours": pair.now.ours, "by": pair.by, "ratio": round(pair.ratio, 4),
                "low": round(pair.low, 4), "high": round(pair.high, 4), "moved": pair.moved,
            }
            for pair in compared.changes
        ],
        "only_then": list(compared.gone),
        "only_now": list(compared.new),
    }  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m doisoat.benchmarks.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", metavar="BASE", help="a file, version, commit, tag or time")
    parser.add_argument("--now", help="as BASE [the newest run]")
    parser.add_argument("--history", type=Path, default=FOLDER, help=f"the folder [{FOLDER}]")
    parser.add_argument(
        "--beyond", type=float, default=BEYOND, help=f"what ratio is no noise [{BEYOND}]"
    )
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    options = parser.parse_args(arguments)
    if options.beyond < 1:
        parser.error("--beyond is at least 1")
    try:
        then = find(options.history, options.base)
        now = find(options.history, options.now) if options.now else _newest(options.history)
        if then.path.resolve() == now.path.resolve():
            raise ResultsError(
                "it is the newest run itself", str(then.path),
                "run make bench, or name another by --now",
            )  # fmt: skip
    except ResultsError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    compared = compare(then.figures, now.figures, options.beyond)
    if not compared.changes:
        print(f"compare: {then.title} and {now.title} have no figure in common", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(as_object(then, now, compared), indent=1))
    else:
        print("\n".join(lines_of(then, now, compared)))
    return 1 if compared.slower else 0


def _newest(folder: Path) -> Entry:
    entries = read_all(folder)
    if not entries:
        raise ResultsError("no run of the benchmarks", str(folder), "run make bench")
    return entries[-1]


if __name__ == "__main__":
    sys.exit(main())
