"""doisoat variance: what differs between claims and the recomputation, and how it stands."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.claims.variance_moves import add_moves
from doisoat.commands.options import (
    carrier_option,
    csv_option,
    echo,
    home_option,
    json_option,
    lang_option,
    optional_period_argument,
    papers_language,
    period_argument,
    print_json,
    say,
)
from doisoat.messages.language import TERMINAL
from doisoat.messages.text import counted_message, message
from doisoat.settlement.records.variance_states import STATES

if TYPE_CHECKING:
    from doisoat.commands.claims.variance_text import VarianceText
    from doisoat.engine.tables.csv_writer import Style
    from doisoat.settlement.papers.figures import Lang
    from doisoat.settlement.reconcile.variances.groups import By
    from doisoat.settlement.records.reconciliation_records import Standing
    from doisoat.settlement.records.variance import Variance

LINES_SHOWN = 20
BY = ("cause", "carrier", "measure", "day")


@click.group("variance")
def command() -> None:
    """Show what differs between claims and the recomputation, ask the carrier, and decide.

    A variance is open, then asked, then accepted or rejected by the carrier, or adjusted once its
    claim was put right; what was decided is only reopened. Each step is an entry of the log, with
    who decided it and why; nothing claimed or settled is edited.
    """


add_moves(command)


@command.command("list")
@optional_period_argument
@carrier_option
@click.option("--state", type=click.Choice(STATES), help="Only what stands so.")
@click.option(
    "--by", type=click.Choice(BY),
    help="Together: a line a cause, carrier, measure or day, the largest first.",
)  # fmt: skip
@csv_option("Write them as a table.")
@lang_option
@home_option
@json_option
def list_(
    period: str | None,
    carrier: str | None,
    state: str | None,
    by: "By | None",
    table: Path | None,
    csv_style: "Style",
    lang: str,
    home: Path,
    as_json: bool,
) -> None:
    """List the variances of the last reconciliation of each month, and how they stand.

    With both sides in amounts, events and units, and sums by nature at the end. With --by, what
    they have in common: what is short and what is over by nature, and how many cells there are.

    \b
    Examples:
      doisoat variance list 2021-08 --by cause
      doisoat variance list 2021-08 --carrier vnpt --state open
    """
    from doisoat.settlement.reconcile.variances.groups import groups_of
    from doisoat.settlement.reconcile.variances.sums import sums_object
    from doisoat.settlement.records import reconciliation_records as stored
    from doisoat.settlement.what_if.output_files import check_target, swapped, write_text

    check_target("--csv", table, ".csv")
    variances, standings = _known(home, period)
    chosen = [
        variance
        for variance in variances
        if carrier in (None, variance.carrier)
        and state in (None, standings.get(variance.id, stored.OPEN).state)
    ]
    printed = None if as_json and table is None else _text(home, chosen, standings, lang)
    if table is not None and printed is not None:
        text = printed.table(chosen, csv_style)
        swapped(table, lambda path: write_text(path, text))
    groups = () if by is None else groups_of(chosen, by)
    if as_json or printed is None:
        together = {} if by is None else {"groups": [group.as_object(by) for group in groups]}
        print_json(
            {
                "variances": [_object(variance, standings) for variance in chosen],
                **together,
                **sums_object(chosen),
            }
        )
        return
    if not chosen:
        echo(message("No variance"))
        return
    shown = printed.lines(chosen) if by is None else printed.groups(groups)
    for line in (*shown, *printed.sums(chosen)):
        echo(line)


@command.command("show")
@click.argument("variance", metavar="ID")
@lang_option
@home_option
@json_option
def show(variance: str, lang: str, home: Path, as_json: bool) -> None:
    """Tell all that is known of one variance, and how to see what it is made of.

    Its states step by step, too; one of an earlier version of a claim says what superseded it.

    \b
    Example: doisoat variance show 3f9c1b
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.access.accounts import names_by_reference
    from doisoat.settlement.log import journal
    from doisoat.settlement.reconcile.letter.evidence import lines_in, query_of
    from doisoat.settlement.reconcile.variances.transitions import find
    from doisoat.settlement.reconcile.variances.variance_history import steps_of
    from doisoat.settlement.records import reconciliation_records as stored

    opened = open_home(home)
    chosen, reconciliation = find(opened, variance)
    log = journal.entries(opened)
    standings, users = stored.standings(log), names_by_reference(opened, log)
    steps = [step._replace(by=users.get(step.by, step.by)) for step in steps_of(log, chosen.id)]
    lines = lines_in(reconciliation, chosen)
    if as_json:
        print_json({
            **_object(chosen, standings), "history": [step.as_object() for step in steps],
            "evidence": query_of(chosen), "line_rows": lines,
        })  # fmt: skip
        return
    printed = _text(home, [chosen], standings, lang)
    for line in (*printed.lines([chosen]), *printed.causes(chosen), *printed.steps(steps)):
        echo(line)
    for row in lines[:LINES_SHOWN]:
        echo("  " + "\t".join(printed.line_values(row, chosen.unit)))
    if len(lines) > LINES_SHOWN:
        say(f"{len(lines) - LINES_SHOWN} " + message("more lines: --json"))
    echo(message("query on relief.duckdb") + f":\n{query_of(chosen)}")


@command.command("letter")
@period_argument
@click.option("--carrier", metavar="ID", required=True, help="To whom it is written.")
@click.option(
    "--out", "target", type=click.Path(dir_okay=False, path_type=Path), required=True,
    metavar="FILE.pdf", help="Where to write it.",
)  # fmt: skip
@click.option(
    "--lang", type=click.Choice(["vi", "en"]), callback=papers_language,
    help="In which language.  [default: the one that papers are signed in]",
)  # fmt: skip
@click.option(
    "--style", type=click.Path(path_type=Path), metavar="FILE",
    help="Agency, number, place, signer, recipients: section [letter] of a .toml file.",
)  # fmt: skip
@click.option(
    "--lines", type=click.IntRange(0, 1_000), default=20, show_default=True, metavar="N",
    help="Lines of each cause that Annex II shows; 0: no Annex II.",
)  # fmt: skip
@home_option
@json_option
def letter(
    period: str,
    carrier: str,
    target: Path,
    lang: str,
    style: Path | None,
    lines: int,
    home: Path,
    as_json: bool,
) -> None:
    """Write the letter that asks a carrier about its variances, with the figures.

    An official letter as Decree 30/2020/ND-CP has it: what was compared, what differs by claim and
    nature, each cause, what is asked, and annexes. It tells of those that were asked, else, as a
    draft, of those that are open. What the style does not say is left to be written by hand.

    \b
    Example: doisoat variance letter 2021-08 --carrier vnpt --style nha.toml --out hoi-vnpt.pdf
    """
    from doisoat.commands.claims.variance_text import lines_of_sums
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.papers.figures import Figures
    from doisoat.settlement.papers.house_style import DEFAULT_STYLE, read_style
    from doisoat.settlement.reconcile.letter.letter import letter_of
    from doisoat.settlement.what_if.output_files import check_target, swapped

    check_target("--out", target, ".pdf")
    house = DEFAULT_STYLE if style is None else read_style(style)
    language: Lang = "vi" if lang == "vi" else "en"
    document = letter_of(open_home(home), period, carrier, language, house, lines)
    swapped(target, document.write)
    if as_json:
        print_json({"letter": target.name, **document.as_object()})
    else:
        counted = counted_message("{count} variance", "{count} variances", count=document.variances)
        echo(f"{target}\t" + counted)
        for line in lines_of_sums(document.sums, Figures(TERMINAL.vi_or_en)):
            echo(line)


def _text(
    home: Path, variances: "Sequence[Variance]", standings: "Mapping[str, Standing]", lang: str
) -> "VarianceText":
    from doisoat.commands.claims.variance_text import VarianceText
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.reconcile.letter.names import names_of

    names = names_of(open_home(home), variances)
    return VarianceText(names, standings, "vi" if lang == "vi" else "en")


def _object(variance: "Variance", standings: "Mapping[str, Standing]") -> dict[str, object]:
    from doisoat.settlement.records.reconciliation_records import OPEN

    standing = standings.get(variance.id, OPEN)
    from doisoat.currency import unit_text

    shown = variance.as_object(standing.state, standing.deadline, unit_text)
    return {**shown, "why": standing.why or None}


def _known(home: Path, period: str | None) -> "tuple[list[Variance], dict[str, Standing]]":
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.log import journal
    from doisoat.settlement.records import reconciliation_records as stored

    log = journal.entries(open_home(home))
    by_month = stored.in_force(open_home(home), log)
    return [
        variance
        for name, reconciliation in by_month.items()
        if period in (None, name)
        for variance in reconciliation.variances
    ], stored.standings(log)
