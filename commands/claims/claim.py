"""doisoat claim: what carriers declare of a period: the form, its check, its filing."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doisoat.commands.completion import months_or_files
from doisoat.commands.options import (
    HOME_DEFAULT,
    carrier_option,
    catalogue_option,
    csv_style_option,
    echo,
    home_option,
    json_option,
    kept_words,
    optional_period_argument,
    package_option,
    period_argument,
    period_before_option,
    period_option,
    print_json,
    progress,
    reading_option,
    say,
    why_option,
)
from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.messages.text import joined, message
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE, DEFAULT_PACKAGE

if TYPE_CHECKING:
    from doisoat.engine.tables.csv_writer import Style
    from doisoat.settlement.claims.empty_form import Blank
    from doisoat.settlement.claims.vocabulary import VocabularyOf
    from doisoat.settlement.records.claim_model import Claim

FILE = click.Path(path_type=Path)
GRAINS = ("statement", "day", "province", "measure", "lines")
FORMS = ("xlsx", "csv", "json")


@click.group("claim")
def command() -> None:
    """Write the form of a carrier's claim, check one that was filled in, file it, list them.

    A claim is what one carrier declares of one period at one grain. Names of carriers, measures and
    provinces are those of the run in force of the period, or else of --catalogue and --package.
    """


@command.command("template")
@period_argument
@click.option("--carrier", metavar="ID", required=True, help="Whose claim.")
@click.option("--grain", type=click.Choice(GRAINS), required=True, help="How finely.")
@click.option(
    "--as", "form", type=click.Choice(FORMS), help="Its kind.  [default: as FILE ends, else xlsx]"
)
@click.option("--out", type=FILE, metavar="FILE", required=True, help="The file to write.")
@click.option(
    "--filled", is_flag=True, help="Fill it from the run in force, to be looked over and filed."
)
@csv_style_option
@catalogue_option
@package_option(DEFAULT_PACKAGE)
@reading_option
@home_option
@json_option
def template(
    period: str,
    carrier: str,
    grain: Any,
    form: str | None,
    out: Path,
    filled: bool,
    csv_style: "Style",
    catalogue: str,
    overlays: tuple[Path, ...],
    package: str,
    readings: dict[str, str],
    home: Path,
    as_json: bool,
) -> None:
    """Write an empty form: rows for what could be given, figures to be filled in.

    Names are those of the run in force of the month; of a month that has none, those of --package,
    whose measures have to be in force in it.

    With --filled every figure is that of the run in force. Beside each exact quantity, which is
    what the claim declares, stands the same in minutes, GB or messages, for people to read.

    \b
    Examples:
      doisoat claim template 2021-08 --carrier viettel --grain day --out ke-khai.xlsx
      doisoat claim template 2021-08 --carrier viettel --grain day --filled --out ke-khai.xlsx
    """
    from doisoat.settlement.claims.empty_form import blank_of
    from doisoat.settlement.claims.template import write_template
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.records.claim_model import Declared
    from doisoat.settlement.what_if.output_files import check_target, swapped

    declared = Declared(carrier, Period.of(period).name, grain)
    form = form or (out.suffix[1:] if out.suffix[1:] in FORMS else FORMS[0])
    check_target("--out", out, f".{form}")
    vocabulary = _vocabulary(home, catalogue, overlays, package, readings)(declared.period)
    blank = blank_of(declared, vocabulary)
    if filled:
        blank = _filled(blank, home, form)
    swapped(out, lambda path: write_template(path, blank, form, csv_style))
    if as_json:
        by = {"filled_from": blank.run} if filled else {}
        print_json({"template": str(out), **declared._asdict(), "rows": len(blank.rows), **by})
    else:
        echo(message("form of a claim") + f": {out}\t{len(blank.rows)} " + message("rows"))
        if filled:
            echo(message("filled from run {run}", run=blank.run))
    if not _is_settled(home, declared.period):
        say(
            message("Note")
            + ": "
            + message(
                "no run of {period} is in force: measures are those of {package}",
                period=declared.period,
                package=package,
            )
        )


@command.command("check")
@click.argument("file", type=FILE)
@carrier_option
@period_option("It must be of this.")
@catalogue_option
@package_option(DEFAULT_PACKAGE)
@reading_option
@home_option
@json_option
def check(
    file: Path,
    carrier: str | None,
    period: str | None,
    catalogue: str,
    overlays: tuple[Path, ...],
    package: str,
    readings: dict[str, str],
    home: Path,
    as_json: bool,
) -> int | None:
    """Check a claim, and tell every finding with its address; nothing is filed.

    Exit status 3 with findings by which it may be filed all the same (signs, arithmetic), 5 where
    it is refused. HOME need not be there.

    \b
    Example: doisoat claim check ke-khai.xlsx --carrier viettel
    """
    from doisoat.commands.claims.claim_text import checked_lines, tell_findings, without_findings
    from doisoat.engine.tables.findings import RefusedTable

    try:
        claim = _read(
            file, carrier, period, _vocabulary(home, catalogue, overlays, package, readings)
        )
    except RefusedTable as refused:
        if as_json:
            raise
        tell_findings(refused.findings, refused.more)
        raise without_findings(refused, file.name) from refused
    if as_json:
        print_json({"ok": not claim.findings, **claim.as_object()})
    else:
        tell_findings(claim.findings, claim.more)
        echo(joined("\n", checked_lines(claim)))
    return EXIT_DISAGREEMENTS if claim.findings else None


@command.command("file")
@click.argument(
    "files", type=FILE, nargs=-1, required=True, metavar="[YYYY-MM] FILE...",
    shell_complete=months_or_files,
)  # fmt: skip
@carrier_option
@period_before_option("files", "They must be of this.")
@why_option()
@click.option(
    "--by", default="", callback=kept_words, help="Who gave them, if not whoever runs this."
)
@catalogue_option
@package_option(DEFAULT_PACKAGE)
@reading_option
@home_option
@json_option
def file_(
    files: tuple[Path, ...],
    carrier: str | None,
    period: str | None,
    why: str,
    by: str,
    catalogue: str,
    overlays: tuple[Path, ...],
    package: str,
    readings: dict[str, str],
    home: Path,
    as_json: bool,
) -> int | None:
    """File claims into HOME: the bytes as received, and what they say. All of them, or none.

    Another claim of the same carrier, period and grain is its next version, which is then in force;
    the same file twice is the same claim. Findings that do not refuse a claim are kept with it.

    Exit status 3: a file is an earlier version, filed before, and a later one, which is not given
    with it, stays in force.

    \b
    Example: doisoat claim file ke-khai.xlsx --why "công văn 12/2021"
    """
    from doisoat.commands.claims.claim_text import (
        filed_line,
        moved_on_note,
        passed_over_note,
        tell_findings,
    )
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.claims.act import file_claims
    from doisoat.settlement.reconcile.variances.outstanding import states_of_earlier

    open_home(home)
    vocabulary = _vocabulary(home, catalogue, overlays, package, readings)
    claims = [(file, _read(file, carrier, period, vocabulary)) for file in files]
    filed = file_claims(home, claims, why, by)
    moved_on = states_of_earlier(home, [filing.claim for filing in filed if not filing.already])
    if as_json:
        listed = [
            {**filing.as_object(), "earlier_variances": moved_on.get(filing.claim.sha256, {})}
            for filing in filed
        ]
        print_json({"claims": listed})
    else:
        for filing in filed:
            tell_findings(filing.claim.findings)
            echo(filed_line(filing))
    for filing in filed:
        if filing.claim.sha256 in moved_on:
            say(moved_on_note(filing, moved_on[filing.claim.sha256]))
    passed_over = [filing for filing in filed if filing.is_passed_over]
    for filing in passed_over:
        say(passed_over_note(filing))
    return EXIT_DISAGREEMENTS if passed_over else None


@command.command("list")
@optional_period_argument
@carrier_option
@home_option
@json_option
def list_(period: str | None, carrier: str | None, home: Path, as_json: bool) -> None:
    """List the claims that were filed, with their versions; the latest of each is in force.

    \b
    Example: doisoat claim list 2021-08
    """
    from doisoat.commands.claims.claim_text import sum_lines, version_line
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.claims.vocabulary import refuse_unknown
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.log import journal
    from doisoat.settlement.records.claim_records import claims_told, latest_of

    wanted = None if period is None else Period.of(period).name
    opened = open_home(home)
    claims = claims_told(opened, journal.entries(opened))
    if carrier is not None:
        refuse_unknown(carrier, {claim.carrier for claim in claims} | _known_carriers(home, wanted))
    latest = {claim.sha256 for claim in latest_of(claims).values()}
    chosen = sorted(
        claim
        for claim in claims
        if wanted in (None, claim.period) and carrier in (None, claim.carrier)
    )
    if as_json:
        rows = [{**claim.as_object(), "in_force": claim.sha256 in latest} for claim in chosen]
        print_json({"claims": rows})
        return
    for claim in chosen:
        echo(
            joined("\n", [version_line(claim, in_force=claim.sha256 in latest), *sum_lines(claim)])
        )
    if not chosen:
        echo(message("No claim was filed"))


def _vocabulary(
    home: Path,
    catalogue: str,
    overlays: tuple[Path, ...],
    package: str,
    readings: dict[str, str],
) -> "VocabularyOf":
    """The names of the run in force; where there is none, of the tariffs that are given."""
    from doisoat.engine.store.home import open_home
    from doisoat.engine.tables.overlay_files import open_catalogue
    from doisoat.settlement.claims.vocabulary import of_home, of_tariffs
    from doisoat.tariffs.load.tariffs import load_package

    vocabulary = of_tariffs(open_catalogue(catalogue, overlays), load_package(package, readings))
    is_there = home != Path(HOME_DEFAULT) or (home / "home.json").exists()
    return of_home(open_home(home), vocabulary) if is_there else vocabulary


def _filled(blank: "Blank", home: Path, form: str) -> "Blank":
    """The form with the figures of the run in force. PeriodError where there is none."""
    from doisoat.engine.store.home import open_home
    from doisoat.errors import PeriodError
    from doisoat.settlement.claims.filled_form import filled, filled_lines
    from doisoat.settlement.reconcile.causes import run_figures
    from doisoat.settlement.runs.runs import run_in_force

    carrier, period, grain = blank.declared
    opened = open_home(home)
    run = run_in_force(opened, period)
    if run is None:
        raise PeriodError(
            message("{period} is not settled, so there are no figures to fill in", period=period),
            str(home),
            message(
                "settle it first: doisoat settle --period {period}; or leave --filled out",
                period=period,
            ),
        )
    if grain == "lines":
        return filled_lines(blank, run_figures.lines(opened, run, carrier), run.run, form)
    figures = run_figures.statement if grain == "statement" else run_figures.cells
    return filled(blank, figures(run, carrier), run.run)


def _is_settled(home: Path, period: str) -> bool:
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.runs.runs import current_runs

    return (home / "home.json").exists() and period in current_runs(open_home(home))


def _known_carriers(home: Path, period: str | None) -> set[str]:
    """Whom the tariffs of the runs in force know; where nothing is settled, the bundled ones."""
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.runs.runs import current_runs

    periods = [period] if period else sorted(current_runs(open_home(home)))
    names = _vocabulary(home, DEFAULT_CATALOGUE, (), DEFAULT_PACKAGE, {})
    return {carrier for month in periods or [""] for carrier in names(month).carriers}


def _read(
    file: Path, carrier: str | None, period: str | None, vocabulary: "VocabularyOf"
) -> "Claim":
    from doisoat.settlement.claims.claim_row import Expected
    from doisoat.settlement.claims.read import read_claim
    from doisoat.settlement.figures.period import Period

    wanted = None if period is None else Period.of(period).name
    with progress(message("Reading") + f" {file.name}"):
        return read_claim(file, vocabulary, Expected(carrier, wanted))
