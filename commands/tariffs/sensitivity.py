"""`doisoat sensitivity`: every reading turned to each alternative, in one shared scan."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.options import (
    carrier_option,
    catalogue_option,
    echo,
    home_option,
    json_option,
    package_option,
    period_option,
    print_json,
    progress,
    reading_option,
    say,
    threads_option,
    xlsx_option,
)
from doisoat.messages.text import message
from doisoat.tariffs.load.bundled import DEFAULT_PACKAGE

if TYPE_CHECKING:
    from doisoat.tariffs.load.bundles import Bundle
    from doisoat.tariffs.models.catalogue_model import Catalogue


@click.command("sensitivity")
@period_option()
@carrier_option
@package_option(DEFAULT_PACKAGE)
@reading_option
@click.option("--only", metavar="NAME", multiple=True, help="Turn only this reading. Repeatable.")
@click.option(
    "--bundles",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Readings to turn together.  [default: those bundled with the package]",
)
@click.option(
    "--by",
    type=click.Choice(["value", "forgone"]),
    default="value",
    show_default=True,
    help="Rank by the value that the programme counts, or the revenue forgone.",
)
@catalogue_option
@xlsx_option
@click.option(
    "--chart", type=click.Path(path_type=Path), metavar="FILE.svg", help="Draw a tornado."
)
@click.option(
    "--announced-figure",
    type=click.Path(path_type=Path),
    metavar="FILE.md",
    help="Instead: scale the bundles to the nation, and write the page of the announced figure.",
)
@click.option(
    "--scaling",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What that page assumes.  [default: the one bundled with the package]",
)
@threads_option
@home_option
@json_option
def command(
    period: str | None,
    carrier: str | None,
    package: str,
    readings: dict[str, str],
    only: tuple[str, ...],
    bundles: Path | None,
    by: str,
    catalogue: str,
    overlays: tuple[Path, ...],
    xlsx: Path | None,
    chart: Path | None,
    announced_figure: Path | None,
    scaling: Path | None,
    threads: int,
    home: Path,
    as_json: bool,
) -> None:
    """Turn every reading of a package to each alternative, one at a time, and in bundles.

    All are evaluated in one scan of the usage, each beside its parts and the revenue forgone.
    Nothing of HOME is changed.

    \b
    Example: doisoat sensitivity --chart tornado.svg --xlsx readings.xlsx
    """
    from doisoat.engine.store.settings_file import carrier_of_home
    from doisoat.engine.tables.overlay_files import open_catalogue
    from doisoat.settlement.rerating.evaluation import gather_ground
    from doisoat.settlement.what_if.output_files import written
    from doisoat.settlement.what_if.scenario import package_named
    from doisoat.settlement.what_if.sensitivity import sensitivity
    from doisoat.settlement.what_if.sensitivity_text import as_text
    from doisoat.tariffs.load.bundles import bundles_for
    from doisoat.tariffs.load.tariffs import load_package

    name, note = package_named(package)
    prices = open_catalogue(catalogue, overlays, carrier_of_home(home))
    together = () if only else bundles_for(load_package(name, readings), bundles)
    outputs = written(xlsx=xlsx, chart=chart)
    if announced_figure is not None:
        if readings or only or xlsx or chart or carrier:
            raise click.UsageError(
                message(
                    "--announced-figure takes none of --reading, --only, --carrier,"
                    " --xlsx, --chart: it turns the bundles alone, of all carriers, and"
                    " draws its own chart"
                )
            )
        _announced(
            announced_figure, scaling, name, prices, together, period, threads, home, as_json
        )
        return
    ground = gather_ground(home, prices, period, carrier)
    with progress(message("Evaluating"), ground.home.buckets) as advance:
        result = sensitivity(
            ground, prices, name, readings, together, only, threads=threads, progress=advance
        )
    outputs.sensitivity(result, by)
    if note is not None:
        say(message("Note") + ": " + note + f": {name}")
    if as_json:
        print_json(result.as_object())
    else:
        echo(as_text(result, by))


def _announced(
    page: Path,
    scaling: Path | None,
    package: str,
    prices: "Catalogue",
    bundles: "Sequence[Bundle]",
    period: str | None,
    threads: int,
    home: Path,
    as_json: bool,
) -> None:
    from doisoat.settlement.rerating.evaluation import gather_ground
    from doisoat.settlement.what_if.announced import announced_figure
    from doisoat.settlement.what_if.announced_page import as_object, as_text
    from doisoat.settlement.what_if.output_files import check_target, write_announced
    from doisoat.tariffs.load.announced import bundled_scaling, load_scaling
    from doisoat.tariffs.load.tariffs import load_package

    check_target("--announced-figure", page, ".md")
    declared = load_scaling(scaling or bundled_scaling(), load_package(package))
    ground = gather_ground(home, prices, period, None)
    with progress(message("Evaluating"), ground.home.buckets) as advance:
        figure = announced_figure(
            ground, prices, package, declared, bundles, threads=threads, progress=advance
        )
    write_announced(page, figure)
    if as_json:
        print_json(as_object(figure))
    else:
        echo(as_text(figure))
