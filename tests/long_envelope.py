"""Envelopes over many relief lines, with a cap at two fifths of the relief, and how long it takes.

python -m tests.long_envelope [--lines 12000000] [--basis incl_vat|excl_vat]
python -m tests.long_envelope --home out

The lines are invented: a month, seven carriers, three measures, some events of several lines and
many that begin in the same second; or they are those of a home's last run, under its package with
another envelope: `make settle` leaves one of 13 million events in out/. Under each rule
Σ recognised must be the cap to the last đồng,
and the same must come of the lines in another order and stacked from buckets in another order.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.store.home import open_home
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.figures.period import MS_PER_DAY, Period
from doisoat.settlement.figures.programme_totals import NOTHING_YET
from doisoat.settlement.figures.recognition import Recognised, check, recognise
from doisoat.settlement.runs.runs import current_runs, run_files, tariffs_of
from doisoat.settlement.settle.run_folder import read_result
from doisoat.tariffs.models.package_model import Package
from tests.tax import VAT

PERIOD = Period.of("2021-08")
CARRIERS = ("cmc", "fpt", "mobifone", "sctv", "viettel", "vietnamobile", "vnpt")
MEASURES = {
    "M3": ({"type": "zero_rating", "in_kind_value": "zero"}, "in_kind", "data"),
    "M4": ({"type": "price_cut", "percent": "50"}, "discount", "pack"),
    "M5": ({"type": "contribution", "amount": "5000", "to": "quỹ"}, "contribution", "pack"),
}
KEYS = ("carrier", "measure", "nature")
BUCKETS = 16
CAP_NUMERATOR, CAP_DENOMINATOR = 2, 5


class Took(NamedTuple):
    found: Recognised
    seconds: float


def lines_of(count: int) -> pl.DataFrame:
    """So many lines, in the order of their owners; the same every time."""
    row = pl.int_range(count, eager=True)
    lines = row.to_frame("row").with_columns(event=pl.col("row") * 3 // 4)  # a third has two
    place = pl.col("row") - pl.col("event") * 4 // 3
    within = (PERIOD.end_ms - PERIOD.begin_ms) // 1_000

    def mixed(seed: int) -> pl.Expr:
        return pl.col("event").hash(seed)

    def named(names: tuple[str, ...], codes: pl.Expr) -> pl.Expr:
        known = pl.Series(names, dtype=pl.Enum(sorted(names)))
        return pl.lit(known).gather(codes)

    measures = tuple(MEASURES)
    natures = pl.Enum(sorted({nature for _, nature, _ in MEASURES.values()}))
    measure = (mixed(4) + place.cast(pl.UInt64)) % len(measures)
    lines = lines.with_columns(
        event_hi=mixed(1), event_lo=mixed(2), owner_hi=pl.col("event").cast(pl.UInt64),
        owner_lo=pl.lit(0, pl.UInt64), carrier=named(CARRIERS, mixed(3) % len(CARRIERS)),
        measure=named(measures, measure), units=pl.lit(1, pl.Int64),
        amount=(pl.col("row").hash(5) % 5_000).cast(pl.Int64),
        start_ms=PERIOD.begin_ms + (mixed(6) % within).cast(pl.Int64) * 1_000,
    )  # fmt: skip
    nature = {name: kind for name, (_, kind, _) in MEASURES.items()}
    return lines.with_columns(
        nature=pl.col("measure").replace_strict(nature, return_dtype=natures)
    ).drop("row", "event")


def totals_of(lines: pl.DataFrame) -> pl.DataFrame:
    day = (pl.col("start_ms") // MS_PER_DAY).cast(pl.Int32).alias("day")
    return lines.group_by(day, *KEYS).agg(
        pl.len().cast(pl.Int64).alias("events"), pl.col("units").sum(), pl.col("amount").sum()
    )


def package_of(amount: int, rule: str, basis: str) -> Package:
    sourced = {"source": "invented", "mark": "assumed"}
    head = {"title": "Gói", "title_en": "Package", "author": "doisoat", "reference": "-"}
    return Package.model_validate({
        "id": "long", **head, "baseline": "any",
        "envelope": {
            "amount": amount, "rule": rule, "basis": basis, "carriers": CARRIERS,
            "natures": ["discount", "in_kind", "contribution"], **sourced,
        },
        "measures": [
            {
                "id": name, "title": name, "title_en": name, "document": "-", "order": order,
                "scope": {"kinds": [kind]}, "effect": effect, "valid_from": "2021-08-01",
                "valid_until": "2021-09-01", **sourced,
            }
            for order, (name, (effect, _, kind)) in enumerate(MEASURES.items(), start=1)
        ],
    })  # fmt: skip


def of_home(path: Path) -> tuple[pl.DataFrame, Callable[[int, str], Package]]:
    """The relief lines of the month that a home was last settled for, and its package again."""
    home = open_home(path)
    run = run_files(home, current_runs(home)[PERIOD.name], superseded=False)
    _, package = tariffs_of(run)
    envelope = package.envelope
    assert envelope is not None
    print(f"{path}: {run.manifest['totals']['events']} events")

    def make(amount: int, rule: str) -> Package:
        told = envelope.model_dump() | {"amount": amount, "rule": rule}
        return package.model_copy(update={"envelope": type(envelope).model_validate(told)})

    return read_result(run.path, run.manifest).lines.collect(), make


def is_the_rest(own: pl.DataFrame, lines: pl.DataFrame) -> None:
    """What is not recognised are all lines that count from some event on, by (start, event id)."""
    order = ["start_ms", "event_hi", "event_lo"]
    first = own.select(order).sort(order).row(0)
    after = pl.lit(False)
    for name, value in reversed(list(zip(order, first, strict=True))):
        after = (pl.col(name) > value) | (pl.col(name) == value) & after
    counted = set(own["measure"].cast(pl.String)), set(own["nature"].cast(pl.String))
    later = lines.filter(
        after, pl.col("amount") > 0, *(
            pl.col(name).cast(pl.String).is_in(known)
            for name, known in zip(("measure", "nature"), counted, strict=True)
        ),
    )  # fmt: skip
    of_first = pl.all_horizontal(pl.col(n) == v for n, v in zip(order, first, strict=True))
    assert own.filter(~of_first).height == later.height, (own.height, later.height)


def took(lines: pl.DataFrame, totals: pl.DataFrame, package: Package) -> Took:
    began = time.monotonic()
    found = recognise(lines.lazy(), totals, package, PERIOD, CARRIERS, NOTHING_YET, VAT)
    seconds = time.monotonic() - began
    check(found)
    return Took(found, seconds)


def same(one: Recognised, other: Recognised) -> None:
    """Both found the same: rows of programmes and days, and lines in whatever order."""
    assert one.programmes.equals(other.programmes) and one.burn_down.equals(other.burn_down)
    sums = [
        found.own_account.select(
            pl.len(),
            pl.struct("event_hi", "event_lo", "measure", "relief", "own_account").hash().sum(),
        ).row(0)
        for found in (one, other)
    ]
    assert sums[0] == sums[1], sums


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=12_000_000)
    parser.add_argument("--basis", choices=("incl_vat", "excl_vat"), default="incl_vat")
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    if given.home is None:
        lines = lines_of(given.lines)
        make: Callable[[int, str], Package] = partial(package_of, basis=given.basis)
    else:
        lines, make = of_home(given.home)
    totals = totals_of(lines)
    tracked = took(lines, totals, make(0, "track"))
    assert tracked.found.own_account.is_empty()
    assert total_of(tracked.found.programmes, "own_account") == 0
    relief = total_of(tracked.found.programmes, "relief")
    cap = relief * CAP_NUMERATOR // CAP_DENOMINATOR
    print(f"{lines.height} lines, relief {relief}, cap {cap}; track {tracked.seconds:.2f} s")
    size = -(-lines.height // BUCKETS)
    stacked = pl.concat(lines.slice(at * size, size) for at in reversed(range(BUCKETS)))
    orders = {
        "buckets in reverse": stacked.rechunk(),
        "shuffled": lines.sample(fraction=1, shuffle=True, seed=36),
    }
    for rule in ("first_come", "pro_rata"):
        package = make(cap, rule)
        one = took(lines, totals, package)
        programmes, own = one.found.programmes, one.found.own_account
        assert total_of(programmes, "recognised") == cap
        assert total_of(programmes, "own_account") == relief - cap
        if rule == "first_come":
            assert total_of(own, "own_account") == relief - cap
            is_the_rest(own, lines)
        print(
            f"{rule}: {one.seconds:.2f} s, recognised {cap}, {own.height} lines beyond,"
            f" runs out {one.found.burn_down['runs_out'][-1]}"
        )
        for name, other in orders.items():
            again = took(other, totals_of(other), package)
            same(one.found, again.found)
            print(f"  {name}: {again.seconds:.2f} s, the same")
    began = time.monotonic()
    lines.sort("start_ms", "event_hi", "event_lo")
    print(f"a sort of all lines alone: {time.monotonic() - began:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
    print(f"{peak} MiB resident at most, three copies of the lines among them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
