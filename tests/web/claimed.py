"""Claims with wrong figures filed in a home and held against its run, so that variances show."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from doisoat.engine.tables.form import folded
from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.settlement.claims.form import NAMED_NATURES
from tests.integration.conftest import done, run

Figures = tuple[int, int, int]  # events, units, amount
Wrong = Callable[[Figures], Figures]
FIRST = 6  # rows of a form before its cells
PERIOD = "2021-08"
WRONG: tuple[Wrong, ...] = (
    lambda said: (said[0] * 2, said[1] * 2, said[2] * 2),  # both sides counted
    lambda said: (said[0], said[1], (said[2] * 20 + 11) // 22),  # without VAT, half up
    lambda said: (said[0], said[1], -said[2]),
    lambda said: (said[0], said[1], said[2] + 1_234_567),  # by no cause
)


def claim_without_a_day(home: Path, carrier: str) -> str:
    """File what a carrier's run has by measure, the line of the most events without its fullest
    day; the day."""
    form = home.parent / f"{carrier}.json"
    line = ("claim", "template", PERIOD, "--carrier", carrier, "--grain", "measure", "--as", "json")
    done(*line, "--out", form, "--home", home)
    known = figures_of(home, carrier)
    sums: dict[tuple[str, str], Figures] = {}
    for (measure, nature, _), figures in known.items():
        before = sums.get((measure, nature), (0, 0, 0))
        sums[measure, nature] = _added(before, figures, 1)
    (measure, nature), _ = Counter({key: one[0] for key, one in sums.items()}).most_common(1)[0]
    days = {key[2]: one for key, one in known.items() if key[:2] == (measure, nature)}
    day = max(days, key=lambda one: (days[one][0], one))
    sums[measure, nature] = _added(sums[measure, nature], days[day], -1)
    told = json.loads(form.read_text("utf-8"))
    names = ("events", "units", "amount")
    told["rows"] = [
        {**row, **dict(zip(names, sums[row["measure"], row["nature"]], strict=True))}
        for row in told["rows"]
        if (row["measure"], row["nature"]) in sums
    ]
    form.write_text(json.dumps(told), "utf-8")
    done("claim", "file", form, "--home", home)
    return day


def _added(one: Figures, other: Figures, sign: int) -> Figures:
    return one[0] + sign * other[0], one[1] + sign * other[1], one[2] + sign * other[2]


def claim_wrongly(home: Path, carriers: tuple[str, ...]) -> None:
    """File what each carrier's run has by day, a few cells wrong, and reconcile."""
    for carrier in carriers:
        form = home.parent / f"{carrier}.csv"
        line = ("claim", "template", PERIOD, "--carrier", carrier, "--grain", "day", "--as", "csv")
        done(*line, "--out", form, "--home", home)
        rows = list(csv.reader(form.read_text("utf-8-sig").splitlines()))
        known = figures_of(home, carrier)
        filled = [*rows[:FIRST], *_filled(rows[FIRST:], known)]
        with form.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows(filled)
        done("claim", "file", form, "--home", home)
    status, told, said = run("reconcile", "--period", PERIOD, "--home", home)
    assert status == EXIT_DISAGREEMENTS and told["variances"], (status, told, said)


def figures_of(home: Path, carrier: str) -> dict[tuple[str, str, str], Figures]:
    """What the run has, by measure, nature and day."""
    with closing(duckdb.connect(str(home / "relief.duckdb"), read_only=True)) as face:
        rows = face.execute(
            "SELECT measure, nature, CAST(day AS VARCHAR), sum(events), sum(units), sum(amount)"
            " FROM rated.relief_total WHERE carrier = ? AND strftime(day, '%Y-%m') = ?"
            " GROUP BY ALL",
            [carrier, PERIOD],
        ).fetchall()
    return {(row[0], row[1], row[2]): (row[3], row[4], row[5]) for row in rows}


def _filled(
    rows: list[list[str]], known: dict[tuple[str, str, str], Figures]
) -> Iterator[list[str]]:
    """The form's cells with the run's figures, of which the largest of a few lines are wrong."""
    largest = sorted(known, key=lambda key: (-known[key][2], key))
    lines = {key[:2]: key for key in reversed(largest)}  # of each line its largest cell
    wrong = dict(zip(sorted(lines.values()), WRONG, strict=False))
    for row in rows:
        key = (row[0], NAMED_NATURES[folded(row[2])], row[3])  # its title stands at 1
        if key in known:
            said = wrong.get(key, lambda figures: figures)(known[key])
            yield [*row[:5], *(str(value) for value in said)]
