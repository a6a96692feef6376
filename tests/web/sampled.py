"""A sample of a carrier's lines, drawn and evaluated, and one of another that waits."""

import csv
from pathlib import Path

from tests.integration.conftest import done, run
from tests.web.claimed import PERIOD

MINISTRY = "ministry"


def draw_samples(home: Path, carrier: str, other: str) -> tuple[str, str]:
    """Their ids. Seeds and the form lie beside the home; one line drawn is told as 0 that is right.

    Of `other` records are to be drawn, and nobody has committed.
    """
    at, parties = ("--home", home), (MINISTRY, carrier)
    frame = ("sample", "frame", PERIOD, "--tolerable", "5%", "--carrier")
    mine = done(*frame, carrier, *at)["sample"]
    for party in parties:
        seed = home.parent / f"seed-{party}"
        given = done("sample", "seed", seed, "--sample", mine, "--as", party)
        commitment = ("--commitment", given["commitment"])
        done("sample", "commit", mine, "--as", party, *commitment, *at)
    for party in parties:
        seed = home.parent / f"seed-{party}"
        done("sample", "reveal", mine, "--as", party, "--seed-file", seed, *at)
    form = home.parent / "sample.csv"
    done("sample", "draw", mine, "--csv", form, *at)
    head, *drawn = csv.reader(form.read_text("utf-8-sig").splitlines())
    amount = head.index("amount")
    with form.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows(
            [head, *([*row[:-1], row[amount] if place else "0"] for place, row in enumerate(drawn))]
        )
    status, _, said = run("sample", "evaluate", mine, form, *at)
    assert status in (0, 3), said
    return mine, done(*frame, other, "--usage", *at)["sample"]
