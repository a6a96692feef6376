"""`doisoat reconcile`: what carriers claim beside what is recomputed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.month.legs import left_out_lines
from doisoat.commands.options import (
    carrier_option,
    echo,
    home_option,
    json_option,
    lang_option,
    period_option,
    print_json,
    progress,
    say,
    threads_option,
)
from doisoat.errors import StoreError
from doisoat.messages.text import composed, counted_message, joined, message, message_in

if TYPE_CHECKING:
    from doisoat.settlement.papers.figures import Lang
    from doisoat.settlement.reconcile.act import Reconciled, Superseded
    from doisoat.settlement.reconcile.variances.comparison import ComparedClaim
    from doisoat.settlement.records.variance import Variance


@click.command("reconcile")
@period_option()
@carrier_option
@click.option(
    "--tolerance", "tolerance_file", type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.yaml", help="What a claim may differ by.  [default: nothing]",
)  # fmt: skip
@click.option(
    "--legs", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE", help="Calls that came in, as carriers called recorded them. May be repeated.",
)  # fmt: skip
@lang_option
@threads_option
@home_option
@json_option
def command(
    period: str | None,
    carrier: str | None,
    tolerance_file: Path | None,
    legs: tuple[Path, ...],
    lang: str,
    threads: int,
    home: Path,
    as_json: bool,
) -> int | None:
    """Hold the claims in force of a month against its run, and say of each difference why.

    A cause is found by counting again the way that would explain the whole difference;
    several that do are all told (ambiguous), none is said as well (unexplained). What is found is
    kept in HOME; doisoat variance shows it and moves it on. --legs: both legs of calls between
    carriers are held to each other too (files as doisoat legs reads them).

    With --carrier what differs of the others stays as it is. Exit status 3: something differs; 6: a
    claim in force cannot be read (it is named, and the others are held).

    \b
    Example: doisoat reconcile 2021-08
    """
    from doisoat.settlement.reconcile.act import STEPS, claimed_period, reconcile
    from doisoat.settlement.reconcile.variances.tolerance import load_tolerance

    tolerance = load_tolerance(tolerance_file)
    month = claimed_period(home, period)
    with progress(message("Reconciling"), STEPS) as advance:
        reconciled = reconcile(
            home, month, carrier=carrier, legs=legs, tolerance=tolerance, threads=threads,
            progress=advance, claim_progress=_say_of,
        )  # fmt: skip
    if as_json:
        print_json(reconciled.as_object())
    else:
        _print(home, reconciled, "vi" if lang == "vi" else "en")
    for claim in reconciled.damaged:
        say(
            message("claim not readable")
            + composed(
                ": {} {} v{}, {}: {}",
                claim.carrier,
                claim.grain,
                claim.version,
                claim.where,
                claim.what,
            )
        )
    if reconciled.damaged:
        return StoreError.exit_code
    return 3 if reconciled.variances else None


def _say_of(claim: "ComparedClaim", variances: "Sequence[Variance] | None") -> None:
    """A line on stderr as soon as a claim is compared, and one once its causes are known."""
    from doisoat.settlement.reconcile.letter.variance_words import VERDICTS

    name = f"{claim.carrier} {claim.grain} v{claim.version}: "
    if variances is None:
        cells = counted_message("{count} cell", "{count} cells", count=claim.cells)
        differ = counted_message("{count} differs", "{count} differ", count=claim.differing)
        say(name + cells + ", " + differ)
    elif variances:
        verdicts = Counter(variance.verdict for variance in variances)
        known = (VERDICTS[name] + f" {verdicts[name]}" for name in VERDICTS if verdicts[name])
        say(name + message("causes looked for") + ": " + joined(", ", known))


def _print(home: Path, reconciled: "Reconciled", lang: "Lang") -> None:
    from doisoat.commands.claims.variance_text import VarianceText
    from doisoat.currency import number_text
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.reconcile.letter.names import names_of

    known = ("\t" + message("made before")) if reconciled.already else ""
    echo(message("reconciliation") + f" {reconciled.period}\t{reconciled.id}" + known)
    for claim in reconciled.claims:
        echo(
            f"  {claim.carrier} {claim.grain} v{claim.version}\t{number_text(claim.cells)} "
            + message("cells")
            + "\t"
            + message("differ")
            + f" {number_text(claim.differing)}\t"
            + message("within tolerance")
            + f" {number_text(claim.within_tolerance)}"
        )
    if reconciled.legs_left_out is not None:
        for line in left_out_lines(**reconciled.legs_left_out):
            echo(line)
    if reconciled.silent:
        say(message("no claim of") + f": {', '.join(reconciled.silent)}")
    for line in superseded_lines(reconciled.superseded):
        echo(line)
    text = VarianceText(names_of(open_home(home), reconciled.variances), reconciled.standings, lang)
    for line in (*text.lines(reconciled.variances), *text.sums(reconciled.variances)):
        echo(line)


def superseded_lines(superseded: "Sequence[Superseded]") -> Iterator[str]:
    """A line a carrier and state: how many variances are told otherwise now, and by what."""
    from doisoat.settlement.reconcile.letter.variance_words import STATES

    counts = Counter(
        (variance.carrier, variance.state, variance.version) for variance in superseded
    )
    for (carrier, state, version), count in sorted(counts.items(), key=str):
        by = (
            message("the new run")
            if version is None
            else (message_in("reconcile", "version") + f" {version}")
        )
        yield (
            composed("{}\t{}: {} ", carrier, STATES[state], count)
            + message("variances superseded")
            + f"\t{by}"
        )
