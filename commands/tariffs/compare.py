"""`doisoat compare`: two packages, or a package and a patch over it, on the same usage."""

from pathlib import Path

import click

from doisoat.commands.options import (
    carrier_option,
    catalogue_option,
    echo,
    home_option,
    json_option,
    period_option,
    print_json,
    progress,
    reading_option,
    say,
    threads_option,
    xlsx_option,
)
from doisoat.messages.text import message


@click.command("compare")
@click.argument("base", metavar="BASE")
@click.argument("what_if", metavar="WHAT_IF")
@period_option()
@carrier_option
@reading_option
@catalogue_option
@xlsx_option
@click.option("--chart", type=click.Path(path_type=Path), metavar="FILE.svg", help="Draw a chart.")
@threads_option
@home_option
@json_option
def command(
    base: str,
    what_if: str,
    period: str | None,
    carrier: str | None,
    readings: dict[str, str],
    catalogue: str,
    overlays: tuple[Path, ...],
    xlsx: Path | None,
    chart: Path | None,
    threads: int,
    home: Path,
    as_json: bool,
) -> None:
    """Compare what is paid under BASE with what would be paid under WHAT_IF.

    BASE is a bundled package, a .yaml file, or none; WHAT_IF too, or a patch over BASE: a .yaml
    file of changes by key. The revenue that a package forgoes: BASE none. Nothing of HOME is
    changed.

    \b
    Example: doisoat compare none vn-2021
    """
    from doisoat.engine.store.settings_file import carrier_of_home
    from doisoat.engine.tables.overlay_files import read_overlays
    from doisoat.settlement.rerating.evaluation import evaluate, gather_ground
    from doisoat.settlement.what_if.compare import compare
    from doisoat.settlement.what_if.output_files import written
    from doisoat.settlement.what_if.scenario import load_sides
    from doisoat.settlement.what_if.what_if_text import as_text
    from doisoat.tariffs.load.find import catalogue_path

    first, second, notes = load_sides(
        base, what_if, catalogue_path(catalogue), readings, read_overlays(overlays),
        carrier_of_home(home),
    )  # fmt: skip
    outputs = written(xlsx=xlsx, chart=chart)
    ground = gather_ground(home, first.world.catalogue, period, carrier)
    with progress(message("Comparing"), ground.home.buckets) as advance:
        outcomes = evaluate(
            ground,
            (first.world, second.world),
            threads=threads,
            progress=advance,
            by_owner=True,
            by_place=True,
        )
    compared = compare(ground, (first, second), outcomes)
    outputs.comparison(compared)
    for note in notes:
        say(message("Note") + ": " + note)
    if as_json:
        print_json(compared.as_object())
    else:
        echo(as_text(compared))
