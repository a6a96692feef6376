"""The shared scan of `doisoat sensitivity` against the same evaluations one by one.

    python -m doisoat.benchmarks.scan --home DIR [--every N]

Each evaluation is a process of its own that reads the home, rates one world and prints its sums;
the shared scan is one process that does them all. The sums must be equal, world by world; only
then are times told. `--every N` takes each N-th world, for a machine with little time.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple, NoReturn

import click

from doisoat.errors import DoisoatError
from doisoat.settlement.rerating.evaluation import Outcome, World, evaluate, gather_ground
from doisoat.settlement.what_if.sensitivity import packages_of
from doisoat.tariffs.load.bundled import DEFAULT_PACKAGE, bundled_catalogue
from doisoat.tariffs.load.bundles import bundles_for
from doisoat.tariffs.load.tariffs import load_catalogue, load_package

SUMS = ("events", "list_value", "discount", "payable")
NATURES = ("in_kind", "contribution")


def sums_of(outcome: Outcome) -> list[str]:
    amounts = [outcome.total(name) for name in SUMS] + [outcome.nature(name) for name in NATURES]
    return list(map(str, amounts))


@click.command()
@click.option("--home", type=click.Path(path_type=Path), default=Path("out"))
@click.option("--every", type=click.IntRange(1), default=1, help="Only each N-th world.")
@click.option("--threads", type=click.IntRange(1, 64), default=2)
@click.option("--worlds", help="Only these places, by commas: what a process of the two runs.")
def main(home: Path, every: int, threads: int, worlds: str | None) -> None:
    """Compare one shared scan with as many processes as there are worlds."""
    if worlds is not None:
        try:
            _child(home, threads, [int(place) for place in worlds.split(",")])
        except DoisoatError as error:
            _end(f"scan: {error}")
        return
    count = len(
        packages_of(DEFAULT_PACKAGE, {}, bundles_for(load_package(DEFAULT_PACKAGE), None))[0]
    )
    places = list(range(0, count, every))
    try:
        shared = _timed(home, threads, places)
        singles = [_timed(home, threads, [place]) for place in places]
    except subprocess.CalledProcessError as error:
        _end(error.stderr.rstrip())
    for place, together, single in zip(places, shared.sums, singles, strict=True):
        if [together] != single.sums:
            sys.exit(f"world {place}: {together} in the scan, {single.sums} alone")
    click.echo(f"{len(places)} worlds of {count}, equal in all sums")
    click.echo("                      seconds   processor s")
    alone = [sum(single.seconds for single in singles), sum(single.processor for single in singles)]
    click.echo(f"one by one           {alone[0]:8.1f}      {alone[1]:8.1f}")
    click.echo(f"one shared scan      {shared.seconds:8.1f}      {shared.processor:8.1f}")
    ratios = shared.seconds / alone[0], shared.processor / alone[1]
    click.echo(f"ratio                {ratios[0]:8.3f}      {ratios[1]:8.3f}")


def _end(message: str) -> NoReturn:
    """A scan that did not come to its end; 1 is of sums that differ."""
    click.echo(message, err=True)
    sys.exit(2)


class Timed(NamedTuple):
    """A process that rates worlds, from its start to its end: seconds, user and system, sums."""

    seconds: float
    processor: float
    sums: list[list[str]]


def _timed(home: Path, threads: int, places: list[int]) -> Timed:
    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    begun, before = time.perf_counter(), spent()
    process = subprocess.run(
        [sys.executable, "-m", "doisoat.benchmarks.scan", "--home", str(home), "--threads",
         str(threads), "--worlds", ",".join(map(str, places))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return Timed(time.perf_counter() - begun, spent() - before, json.loads(process.stdout))


def _child(home: Path, threads: int, places: list[int]) -> None:
    catalogue = load_catalogue(bundled_catalogue())
    packages, _, _ = packages_of(
        DEFAULT_PACKAGE, {}, bundles_for(load_package(DEFAULT_PACKAGE), None), wanted=places
    )
    ground = gather_ground(home, catalogue, None, None)
    outcomes = evaluate(
        ground, [World(catalogue, package) for package in packages], threads=threads
    )
    click.echo(json.dumps([sums_of(outcome) for outcome in outcomes]))


if __name__ == "__main__":
    main()
