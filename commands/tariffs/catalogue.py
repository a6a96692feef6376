"""doisoat catalogue: check, show, compare and describe catalogues and packages."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from doisoat.commands.options import (
    catalogue_option,
    echo,
    json_option,
    overlay_option,
    print_json,
    say,
)
from doisoat.commands.tariffs import overlay
from doisoat.errors import EXIT_DISAGREEMENTS, CatalogueError
from doisoat.messages.language import BOTH, TERMINAL
from doisoat.messages.text import Text, composed, joined, message
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE, DEFAULT_PACKAGE

if TYPE_CHECKING:
    from doisoat.tariffs.change.diff_text import Sentence
    from doisoat.tariffs.change.show import View
    from doisoat.tariffs.check.check import Report

SEVERITY = {"error": message("Error"), "warning": message("Warning")}
SIGNS = {"added": "+", "removed": "-", "changed": "~", "new_version": "+"}


@click.group("catalogue")
def command() -> None:
    """Check, show, compare and describe catalogues and packages.

    A catalogue is a folder of .yaml files or one file, a package one file; bundled ones go by
    their names.
    """


command.add_command(overlay.command)


def _moment(ctx: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    from doisoat.tariffs.models.field_types import civil_moment

    try:
        return civil_moment(text)
    except ValueError as error:
        raise click.BadParameter(
            Text(message("it is no moment: {text}", text=repr(text)).vi, str(error))
        ) from error


def _paths(catalogue: str | None, package: str | None) -> tuple[Path, Path | str]:
    """What is meant: the bundled package goes with the bundled catalogue alone."""
    from doisoat.tariffs.load.find import catalogue_path

    if package is None:
        package = DEFAULT_PACKAGE if catalogue in (None, DEFAULT_CATALOGUE) else "none"
    return catalogue_path(catalogue or DEFAULT_CATALOGUE), package


package_option = click.option(
    "--package",
    metavar="NAME|FILE",
    help="A package over it, or none.  [default: the bundled one, with the bundled catalogue]",
)


@command.command("check")
@click.argument("catalogue", metavar="[FILE|FOLDER|NAME]", required=False)
@package_option
@overlay_option
@click.option("--assumed", is_flag=True, help="List every value that is marked assumed.")
@json_option
def check_command(
    catalogue: str | None,
    package: str | None,
    overlays: tuple[Path, ...],
    assumed: bool,
    as_json: bool,
) -> int | None:
    """Find what is wrong in a catalogue, and in a package over it.

    Errors are what settling would refuse, and prices that are missing at some hour or stand twice.
    Warnings are gaps and overlaps in validity, usage that no plan prices, steps and measures that
    nothing can reach, bounds that are near, allowances that don't end. Each other alternative of a
    reading is tried too. Exit status 0 without errors, else 4.

    \b
    Example: doisoat catalogue check my-tariffs --package relief.yaml
    """
    from doisoat.engine.tables.overlay_files import read_overlays
    from doisoat.tariffs.check.check import check

    report = check(*_paths(catalogue, package), read_overlays(overlays))
    if as_json:
        print_json(report.as_object())
    else:
        _print_report(report, assumed)
    return CatalogueError.exit_code if report.errors else None


def _print_report(report: "Report", assumed: bool) -> None:
    for finding in report.findings:
        echo(composed("{} [{}] {}", SEVERITY[finding.severity], finding.code, finding.where))
        mend = finding.mend
        for half in _halves(finding.fault):
            echo(f"  {half}.")
        echo(composed("  {}: {}.", message("To mend"), mend))
    if assumed:
        for value in report.assumed:
            fields = ", ".join(value.fields)
            echo(message("Assumed") + f" {value.where}\n  {value.item}: {fields} ({value.source})")
    echo(
        f"{report.catalogue or '-'}, {report.package or '-'}: {report.errors} "
        + message("errors")
        + f", {report.warnings} "
        + message("warnings")
        + f", {len(report.assumed)} "
        + message("assumed values")
    )
    if report.assumed and not assumed:
        say(message("--assumed lists the assumed values."))


@command.command("new")
@click.option(
    "--jurisdiction", metavar="XX", required=True, help="Of which country: two letters of ISO 3166."
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", required=True,
    help="The folder to write; it must be new or empty.",
)  # fmt: skip
@json_option
def new_command(jurisdiction: str, out: Path, as_json: bool) -> None:
    """Draft the tariffs of a country: a catalogue, a package, a mapping and ten made-up events.

    Currency, civil time and telephone numbers are those of the country. Tax, carriers, prices and
    the relief are made up: what is open is listed, and each such value is marked assumed. As it is
    written it can be checked and settled.

    \b
    Example: doisoat catalogue new --jurisdiction KE --out kenya
    """
    from doisoat.tariffs.change.skeleton import write_skeleton

    made = write_skeleton(jurisdiction.upper(), out)
    if as_json:
        print_json({"out": str(out), "files": list(made.files), "open": list(made.open)})
        return
    echo(composed("{}, {}", made.country, made.currency))
    for name in made.files:
        echo(f"{out / name}")
    echo(message("Open, for people of the country to say:"))
    for point in made.open:
        echo(composed("  - {}", point))
    check = f"doisoat catalogue check {quote(str(made.catalogue))}"
    check += f" --package {quote(str(made.package))} --assumed"
    say(composed("{}: {}", message("Next"), check))


@command.command("show")
@click.argument("name", metavar="[ID]", required=False)
@click.option("--at", metavar="MOMENT", callback=_moment, help="As it holds then: 2021-08-05.")
@catalogue_option
@package_option
@json_option
def show_command(
    name: str | None,
    at: datetime | None,
    catalogue: str,
    overlays: tuple[Path, ...],
    package: str | None,
    as_json: bool,
) -> None:
    """Show a plan, pack, measure, reading, carrier… with source and mark of each value.

    Without ID: what there is. A moment is civil time, 2021-08-05 or 2021-07-24T06:00;
    without one, every version is shown with its dates.

    \b
    Example: doisoat catalogue show viettel.VX3 --at 2021-08-05
    """
    from doisoat.engine.tables.overlay_files import read_overlays
    from doisoat.tariffs.change.overlay import load_with_overlays
    from doisoat.tariffs.change.show import overview, views, words_for
    from doisoat.tariffs.load.tariffs import load_package
    from doisoat.tariffs.models.value_words import AS_WRITTEN

    path, relief = _paths(catalogue, package)
    prices, measures = load_with_overlays(path, read_overlays(overlays)), load_package(relief)
    if name is None:
        _print_overview(overview(prices, measures, at), as_json)
        return
    wording = AS_WRITTEN if as_json else words_for(prices)
    shown = views(prices, measures, name, at, wording=wording)
    if as_json:
        print_json({"id": name, "items": [view.as_object() for view in shown]})
        return
    echo(joined("\n\n", (joined("\n", _lines(view)) for view in shown)))


def _print_overview(ids: dict[str, tuple[str, ...]], as_json: bool) -> None:
    from doisoat.tariffs.models.labels import ITEMS

    if as_json:
        counts = {section: len(names) for section, names in ids.items()}
        print_json({"counts": counts, "ids": {key: list(names) for key, names in ids.items()}})
        return
    for section, names in ids.items():
        echo(composed("{}: {}\n  {}", ITEMS[section], len(names), ", ".join(names)))


def _halves(sentence: "Sentence | Text") -> Iterator[str]:
    """A sentence as its lines say it: each of two languages has its own."""
    text = Text(sentence.vi, sentence.en)
    yield from text.pair if TERMINAL.language == BOTH else (TERMINAL.spoken(text),)


def _lines(view: "View") -> list[str]:
    """The values of an item, each with its mark and the number of its source, then the sources."""
    from doisoat.tariffs.models.labels import ITEMS, MARKS

    lines: list[str] = [composed("{} {}", ITEMS[view.section], view.key)]
    sources = list(dict.fromkeys(value.source for value in view.values if value.source))
    for value in view.values:
        same = value.text_vi == value.text_en
        text = value.text_vi if same else Text(value.text_vi, value.text_en)
        mark = composed("  [{}]", MARKS[value.mark]) if value.mark else ""
        note = f" ({sources.index(value.source) + 1})" if value.source else ""
        lines.append("  " + Text(value.vi, value.en) + ": " + text + mark + note)
    lines += [f"  ({number}) {source}" for number, source in enumerate(sources, 1)]
    for sentence in view.changed:
        lines += [f"  {half}" for half in _halves(sentence)]
    return lines


@command.command("diff")
@click.argument("a", metavar="A")
@click.argument("b", metavar="[B]", required=False)
@click.option(
    "--overlay", "put_over", metavar="FILE", multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="What is put over B. May be repeated, in order.",
)  # fmt: skip
@click.option("--exit-code", is_flag=True, help="Exit 3 when they differ.")
@json_option
def diff_command(
    a: str, b: str | None, put_over: tuple[Path, ...], exit_code: bool, as_json: bool
) -> int | None:
    """Say in words what changed from A to B: two catalogues, or two packages.

    With --overlay B is a catalogue with the overlays over it; left out, it is A with them.

    Items are compared by id and first day of validity, rates by kind, destination and hours:
    places in a file mean nothing. Prices are those written. Packages are compared under the
    defaults of their readings.

    \b
    Example: doisoat catalogue diff vn-2021 my-tariffs
    """
    from doisoat.engine.tables.overlay_files import open_catalogue
    from doisoat.tariffs.change.diff import differences
    from doisoat.tariffs.change.diff_text import as_object, sentences
    from doisoat.tariffs.load.find import open_pair
    from doisoat.tariffs.models.package_model import Package

    if b is None and not put_over:
        raise click.UsageError(message("name B, or give what is put over A by --overlay"))
    first, second = open_pair(a, a if b is None else b)
    if put_over:
        if isinstance(first, Package):
            raise click.UsageError(message("overlays go over catalogues, and these are packages"))
        second = open_catalogue(a if b is None else b, put_over)
    changes = differences(first, second)
    if as_json:
        print_json(
            {
                "a": first.id,
                "b": second.id if isinstance(second, Package) else second.called,
                "count": len(changes),
                "differences": [*map(as_object, changes)],
            }
        )
    else:
        for difference in changes:
            for sentence in sentences(difference):
                echo(f"{SIGNS[difference.kind]} " + "\n  ".join(_halves(sentence)))
        say(f"{len(changes)} " + message("items differ"))
    return EXIT_DISAGREEMENTS if changes and exit_code else None


@command.command("schema")
@click.argument("kind", type=click.Choice(["catalogue", "package", "mapping"]), default="catalogue")
@json_option
def schema_command(kind: str, as_json: bool) -> None:
    """Print the JSON Schema of a file of a catalogue, of a package, or of a mapping.

    For editors that read YAML 1.2: they complete keys and mark what the loader would refuse.

    \b
    Example: doisoat catalogue schema package > package.schema.json
    """
    schema = schema_of(kind)
    if as_json:
        print_json(schema)
        return
    import json

    echo(json.dumps(schema, ensure_ascii=False, indent=2))


def schema_of(kind: str) -> dict[str, Any]:
    from doisoat.tariffs.models.schema import catalogue_schema, describe, package_schema

    if kind == "mapping":
        from doisoat.engine.intake.mapping.mapping import Mapping

        return describe(Mapping, message("mapping"))
    return catalogue_schema() if kind == "catalogue" else package_schema()
