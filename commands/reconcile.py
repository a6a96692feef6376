"""`doisoat reconcile`: what carriers claim beside what is recomputed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import (
    carrier_option,
    home_option,
    json_option,
    period_option,
    print_json,
    progress,
    say,
    threads_option,
)

if TYPE_CHECKING:
    from doisoat.settlement.reconcile.book import Reconciled


@click.command("reconcile")
@period_option
@carrier_option
@click.option(
    "--tolerance", "tolerance_file", type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.yaml", help="What a claim may differ by.  [default: nothing, to the dong]",
)  # fmt: skip
@click.option(
    "--legs", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE", help="Calls that came in, as carriers called recorded them. May be repeated.",
)  # fmt: skip
@threads_option
@home_option
@json_option
def command(
    period: str | None,
    carrier: str | None,
    tolerance_file: Path | None,
    legs: tuple[Path, ...],
    threads: int,
    home: Path,
    as_json: bool,
) -> int | None:
    """Hold the claims in force of a month against its run, and say of each difference why.

    A cause is found by counting again the way that would explain the difference to the dong;
    several that do are all told (ambiguous), none is said as well (unexplained). What is found is
    kept in HOME; doisoat variance shows it and moves it on. --legs: both legs of calls between
    carriers are held to each other too (files as doisoat legs reads them).

    Exit status 3: something differs.

    \b
    Example: doisoat reconcile --period 2021-08
    """
    from doisoat.settlement.reconcile.book import STEPS, claimed_period, reconcile
    from doisoat.settlement.reconcile.tolerance import load_tolerance

    tolerance = load_tolerance(tolerance_file)
    month = claimed_period(home, period)
    with progress("Reconciling", STEPS) as advance:
        found = reconcile(
            home, month, carrier=carrier, legs=legs, tolerance=tolerance, threads=threads,
            progress=advance,
        )  # fmt: skip
    if as_json:
        print_json(found.as_object())
    else:
        _print(found)
    return 3 if found.variances else None


def _print(found: "Reconciled") -> None:
    from doisoat.commands.variance import lines_of, sum_lines
    from doisoat.money import group_vi

    known = "\tđã có từ trước | made before" if found.already else ""
    click.echo(f"Đối chiếu | reconciliation {found.period}\t{found.id}{known}")
    for one in found.held:
        click.echo(
            f"  {one.carrier} {one.grain} v{one.version}\t{group_vi(one.cells)} ô | cells"
            f"\tlệch | differ {group_vi(one.differing)}"
            f"\ttrong dung sai | within tolerance {group_vi(one.within_tolerance)}"
        )
    if found.silent:
        say(f"Chưa kê khai | no claim of: {', '.join(found.silent)}")
    for line in lines_of(found.variances, found.standings):
        click.echo(line)
    for line in sum_lines(found.variances):
        click.echo(line)
