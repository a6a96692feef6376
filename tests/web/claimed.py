"""Claims with wrong figures filed in a home and held against its run, so that variances show."""

import csv
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from doisoat.errors import EXIT_DISAGREEMENTS
from tests.integration.conftest import done, run

Figures = tuple[int, int, int]  # events, units, amount
Wrong = Callable[[Figures], Figures]
FIRST = 5  # rows of a form before its cells
PERIOD = "2021-08"
WRONG: tuple[Wrong, ...] = (
    lambda said: (said[0] * 2, said[1] * 2, said[2] * 2),  # both sides counted
    lambda said: (said[0], said[1], (said[2] * 20 + 11) // 22),  # without VAT, half up
    lambda said: (said[0], said[1], -said[2]),
    lambda said: (said[0], said[1], said[2] + 1_234_567),  # by no cause
)


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
        key = (row[0], row[1], row[2])
        if key in known:
            said = wrong.get(key, lambda figures: figures)(known[key])
            yield [*row[:5], *(str(value) for value in said)]
