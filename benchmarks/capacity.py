"""`python -m doisoat.benchmarks.capacity`: the nation's months, from costs measured an event.

Every cost stands here once, with the command that measured it or the word assumed; the tables of
docs/capacity.md are this module's output, and whole-number arithmetic makes them. A cost measured
anew is changed here, and the page written again (`--write`).
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SUBSCRIBERS = 123_320_000  # mobile, May 2021: docs/announced-figure.md has the source
EVENTS_EACH = 261  # assumed: a month of the synthetic world has 13,061,051 of 50,094
MONTHS = (1, 24)
NS_A_CORE_HOUR = 3_600 * 10**9
HOURS = (24, 1)  # in which a month is to be done
PAGE = Path(__file__).parents[1] / "docs" / "capacity.md"
BLOCK = re.compile(r"(<!-- made by .*? -->\n).*?(<!-- end -->)", re.S)


class Stage(NamedTuple):
    """What an event costs in a stage, on one core of the machine that it was measured on."""

    name: str
    ns: int  # processor time
    written: int  # bytes that stay
    measured_by: str


class Price(NamedTuple):
    """What a unit is assumed to cost, in đồng."""

    unit: str
    dong: int


STAGES = (
    Stage("intake of CSV", 3_419, 101, "`benchmarks.intake --rows 10000000`: 34.19 s of 10 M rows"),
    Stage("settle: rating, lines, digests, tables", 800, 5,
          "`settle`, 1,322,667 events against 14,288: 2.60 s more, of it 1.54 the database"),
    Stage("settle: `relief.duckdb`", 1_170, 61, "the same: 1.54 s; 81 MB"),
)  # fmt: skip
MEMORY_BYTES = 37  # of a settle: docs/store.md, 3.4 GiB of 99.8 million events, in one home
CORE_HOUR, GB_MONTH = Price("core-hour", 1_200), Price("GB and month", 2_000)


def events(months: int = 1) -> int:
    return SUBSCRIBERS * EVENTS_EACH * months


def core_seconds(stage: Stage, months: int = 1) -> int:
    """Processor seconds of one core, rounded up."""
    return _div_ceil(events(months) * stage.ns, 10**9)


def cores_within(hours: int) -> int:
    """Cores that take a month in and settle it within so many hours, rounded up."""
    return _div_ceil(events() * sum(stage.ns for stage in STAGES), hours * NS_A_CORE_HOUR)


def work_dong(stage: Stage, months: int = 1) -> int:
    return _div_ceil(events(months) * stage.ns * CORE_HOUR.dong, NS_A_CORE_HOUR)


def gigabytes(stage: Stage, months: int = 1) -> int:
    return _div_ceil(events(months) * stage.written, 10**9)


def kept_dong(months: int) -> int:
    """To keep each month's bytes from when it came to the end: 1 month of the last, 2 of the one
    before it, and so on."""
    months_kept = months * (months + 1) // 2
    return _div_ceil(
        sum(stage.written for stage in STAGES) * events() * months_kept * GB_MONTH.dong, 10**9
    )


def _div_ceil(a: int, b: int) -> int:
    return -(-a // b)


def tables() -> str:
    """The tables of the page, as Markdown."""
    lines = [
        f"{SUBSCRIBERS:,} subscribers × {EVENTS_EACH} events = **{events():,} events a month**.",
        "",
        "| stage | ns an event | bytes an event | core-hours a month | GB a month | GB in 24 months"
        " | work, đồng a month | measured by |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    lines += [
        f"| {stage.name} | {stage.ns:,} | {stage.written} | {core_seconds(stage) / 3600:.1f}"
        f" | {gigabytes(stage):,} | {gigabytes(stage, MONTHS[-1]):,} | {work_dong(stage):,}"
        f" | {stage.measured_by} |"
        for stage in STAGES
    ]
    total = sum(map(core_seconds, STAGES)) / 3600
    lines += [
        f"| **all** | {sum(s.ns for s in STAGES):,} | {sum(s.written for s in STAGES)}"
        f" | {total:.1f}"
        f" | {sum(map(gigabytes, STAGES)):,} | {sum(gigabytes(s, MONTHS[-1]) for s in STAGES):,}"
        f" | {sum(map(work_dong, STAGES)):,} | |",
        "",
        "| asked | needed |",
        "|---|---:|",
    ]
    lines += [f"| a month within {hours} h | {cores_within(hours)} cores |" for hours in HOURS]
    lines += [
        f"| a month settled in one home, memory ({MEMORY_BYTES} bytes an event today) |"
        f" {_div_ceil(events() * MEMORY_BYTES, 10**9):,} GB |",
        f"| a day of it in one home, memory |"
        f" {_div_ceil(events() * MEMORY_BYTES, 31 * 10**9):,} GB |",
        f"| {MONTHS[-1]} months kept, each from when it came | {kept_dong(MONTHS[-1]):,} đồng |",
        f"| {MONTHS[-1]} months taken in and settled once |"
        f" {sum(work_dong(stage, MONTHS[-1]) for stage in STAGES):,} đồng |",
        "",
        f"Assumed prices: {CORE_HOUR.dong:,} đồng a {CORE_HOUR.unit}, {GB_MONTH.dong:,} đồng a"
        f" {GB_MONTH.unit} of disk.",
    ]
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """The page with its tables made anew."""
    return BLOCK.sub(lambda block: f"{block[1]}{tables()}{block[2]}", text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables, or put them into docs/capacity.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="into docs/capacity.md")
    if parser.parse_args(arguments).write:
        PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    else:
        print(tables(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
