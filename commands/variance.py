"""doisoat variance: what differs between claims and the recomputation, and how it stands."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.completion import periods
from doisoat.commands.options import (
    carrier_option,
    csv_option,
    home_option,
    json_option,
    period_option,
    print_json,
    say,
)
from doisoat.settlement.reconcile.states import STATES

if TYPE_CHECKING:
    from doisoat.settlement.papers.figures import Lang
    from doisoat.settlement.reconcile.states import State
    from doisoat.settlement.reconcile.stored import Standing
    from doisoat.settlement.reconcile.variance import Variance

LINES_SHOWN = 20


@click.group("variance")
def command() -> None:
    """Show what differs between claims and the recomputation, ask the carrier, and decide.

    A variance is open, asked, accepted or rejected (by the carrier), adjusted. Each step is an
    entry of the log; nothing claimed or settled is edited.
    """


@command.command("list")
@click.argument("period", metavar="[YYYY-MM]", required=False, shell_complete=periods)
@carrier_option
@click.option("--state", type=click.Choice(STATES), help="Only what stands so.")
@csv_option("Write them as a table.")
@home_option
@json_option
def list_(
    period: str | None,
    carrier: str | None,
    state: str | None,
    table: Path | None,
    home: Path,
    as_json: bool,
) -> None:
    """List the variances of the last reconciliation of each month, and how they stand.

    \b
    Example: doisoat variance list 2021-08 --carrier vnpt --state open
    """
    from doisoat.settlement.report.files import check_target, swapped, write_text

    check_target("--csv", table, ".csv")
    found, standings = _known(home, period)
    chosen = [
        one
        for one in found
        if carrier in (None, one.carrier) and state in (None, _state(one, standings))
    ]
    if table is not None:
        text = "\ufeff" + _as_table(chosen, standings)
        swapped(table, lambda path: write_text(path, text))
    if as_json:
        print_json({"variances": [_object(one, standings) for one in chosen]})
        return
    for line in lines_of(chosen, standings):
        click.echo(line)
    if not chosen:
        click.echo("Không có chênh lệch nào | No variance")


@command.command("show")
@click.argument("variance", metavar="ID")
@home_option
@json_option
def show(variance: str, home: Path, as_json: bool) -> None:
    """Tell all that is known of one variance, and how to see what it is made of.

    \b
    Example: doisoat variance show 3f9c1b
    """
    from doisoat.engine.home import open_home
    from doisoat.settlement.reconcile.evidence import lines_in, query_of
    from doisoat.settlement.reconcile.moves import find

    opened = open_home(home)
    one, reconciliation = find(opened, variance)
    _, standings = _known(home, one.period)
    lines = lines_in(reconciliation, one)
    if as_json:
        print_json({**_object(one, standings), "evidence": query_of(one), "line_rows": lines})
        return
    for line in lines_of([one], standings):
        click.echo(line)
    for place, explanation in enumerate(one.explanations, start=1):
        for part in explanation:
            click.echo(
                f"  {place}. {_cause_words(part.cause)}\t{part.detail}\t{_dong(part.amount)}"
            )
    for row in lines[:LINES_SHOWN]:
        click.echo("  " + "\t".join(str(value) for value in row.values()))
    if len(lines) > LINES_SHOWN:
        say(f"{len(lines) - LINES_SHOWN} dòng nữa: --json | more lines: --json")
    click.echo(f"Truy vấn trên relief.duckdb | query on relief.duckdb:\n{query_of(one)}")


def _moving(name: str, state: "State", help_: str) -> None:
    """Add a command that moves variances on to a state."""

    @command.command(name, help=help_)
    @click.argument("variances", metavar="[ID]...", nargs=-1)
    @click.option("--all", "every", is_flag=True, help="All that may be moved so, of the month.")
    @period_option
    @carrier_option
    @click.option(
        "--deadline", type=click.DateTime(["%Y-%m-%d"]),
        help="By when the carrier is to answer what it is asked.",
    )  # fmt: skip
    @click.option("--why", default="", help="The reason.")
    @click.option("--by", default="", help="Who decided it, if not whoever runs this.")
    @home_option
    @json_option
    def moving(
        variances: tuple[str, ...],
        every: bool,
        period: str | None,
        carrier: str | None,
        deadline: datetime | None,
        why: str,
        by: str,
        home: Path,
        as_json: bool,
    ) -> None:
        from doisoat.settlement.reconcile.moves import move
        from doisoat.settlement.reconcile.words import STATES as SAID
        from doisoat.settlement.reconcile.words import both

        if bool(variances) == every:
            raise click.UsageError("Name variances, or give --all; not both.")
        moved = move(
            home, variances, state, period=period, carrier=carrier,
            deadline=None if deadline is None else deadline.date(), why=why, by=by,
        )  # fmt: skip
        if as_json:
            print_json(moved.as_object())
            return
        until = f"\thạn trả lời | answer by {moved.deadline}" if moved.deadline else ""
        click.echo(f"{both(SAID[state])}\t{len(moved.variances)}{until}")
        if moved.already:
            say(f"Đã như vậy từ trước | so before: {len(moved.already)}")


_moving("ask", "asked", "Say that the carrier was asked, and by when it is to answer.")
_moving("accept", "accepted", "Say that the carrier accepts what was recomputed.")
_moving("reject", "rejected", "Say that the carrier rejects what was recomputed.")
_moving("adjust", "adjusted", "Say that the claim was put right.")


@command.command("letter")
@click.argument("period", metavar="YYYY-MM", shell_complete=periods)
@click.option("--carrier", metavar="ID", required=True, help="To whom it is written.")
@click.option(
    "--out", "target", type=click.Path(dir_okay=False, path_type=Path), required=True,
    metavar="FILE.pdf", help="Where to write it.",
)  # fmt: skip
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
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
    from doisoat.engine.home import open_home
    from doisoat.settlement.papers.house import DEFAULT_STYLE, read_style
    from doisoat.settlement.reconcile.letter import letter_of
    from doisoat.settlement.report.files import check_target, swapped

    check_target("--out", target, ".pdf")
    house = DEFAULT_STYLE if style is None else read_style(style)
    said: Lang = "vi" if lang == "vi" else "en"
    made = letter_of(open_home(home), period, carrier, said, house, lines)
    swapped(target, made.write)
    if as_json:
        print_json({"letter": target.name, **made.as_object()})
    else:
        click.echo(f"{target}\t{made.variances} chênh lệch | variances\t{_dong(made.difference)}")


def lines_of(variances: "Iterable[Variance]", standings: "Mapping[str, Standing]") -> Iterator[str]:
    """A line a variance."""
    from doisoat.settlement.reconcile.words import STATES as SAID
    from doisoat.settlement.reconcile.words import VERDICTS, both

    for one in variances:
        said = "chưa khai | not listed" if not one.is_listed else _columns(one)
        causes = " + ".join(_cause_words(part.cause) for part in one.causes[:2])
        more = f" (+{len(one.causes) - 2})" if len(one.causes) > 2 else ""
        yield "\t".join(
            (
                one.id[:8], one.carrier, one.grain, one.cell_text, said,
                f"lệch | differs {_dong(one.difference)}",
                both(VERDICTS[one.verdict]), f"{causes}{more}",
                both(SAID[_state(one, standings)]),
            )
        )  # fmt: skip


def sum_lines(variances: "Iterable[Variance]") -> Iterator[str]:
    """A line a nature and what it is counted in, then the đồng of relief."""
    from doisoat.settlement.reconcile.sums import (
        by_nature,
        sums_by_claim_and_nature,
        total_difference,
    )
    from doisoat.settlement.reconcile.words import NATURES, both, counted

    sums = sums_by_claim_and_nature(variances)
    for one in by_nature(sums):
        yield (
            f"  {both(NATURES[one.nature])}\t{counted(one.difference, one.unit)}"
            f"\t{one.variances} ô | cells"
        )
    yield f"Chênh lệch tiền hỗ trợ | difference of relief\t{_dong(total_difference(sums))}"


def _columns(one: "Variance") -> str:
    from doisoat.money import group_vi

    said = one.claimed[2]
    return (
        f"khai | claimed {'–' if said is None else group_vi(said)}"
        f"\ttính lại | recomputed {group_vi(one.recomputed[2])}"
    )


def _cause_words(cause: str) -> str:
    from doisoat.settlement.reconcile.cause_words import name_of

    return f"{name_of(cause).vi} | {cause}"


def _dong(amount: int) -> str:
    from doisoat.money import dong

    return dong(amount)


def _state(one: "Variance", standings: "Mapping[str, Standing]") -> "State":
    from doisoat.settlement.reconcile.stored import OPEN

    return standings.get(one.id, OPEN).state


def _object(one: "Variance", standings: "Mapping[str, Standing]") -> dict[str, object]:
    from doisoat.settlement.reconcile.stored import OPEN

    standing = standings.get(one.id, OPEN)
    return one.as_object(standing.state, standing.deadline)


def _known(home: Path, period: str | None) -> "tuple[list[Variance], dict[str, Standing]]":
    from doisoat.engine.home import open_home
    from doisoat.settlement import journal
    from doisoat.settlement.period import Period
    from doisoat.settlement.reconcile import stored

    if period is not None:
        Period.of(period)
    log = journal.entries(open_home(home))
    found = stored.in_force(open_home(home), log)
    return [
        one
        for name, reconciliation in found.items()
        if period in (None, name)
        for one in reconciliation.variances
    ], stored.standings(log)


def _as_table(variances: "Iterable[Variance]", standings: "Mapping[str, Standing]") -> str:
    """Comma-separated, for a spreadsheet: figures as digits alone."""
    import csv
    from io import StringIO

    target = StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(
        ("id", "carrier", "period", "grain", "measure", "cell", "claimed", "recomputed",
         "difference", "verdict", "causes", "state", "deadline")
    )  # fmt: skip
    for one in variances:
        told = _object(one, standings)
        causes = "; ".join(f"{part.cause}={part.amount}" for part in one.causes)
        writer.writerow(
            (one.id, one.carrier, one.period, one.grain, one.measure, one.cell_text, one.claimed[2],
             one.recomputed[2], one.difference, one.verdict, causes, told["state"],
             told["deadline"] or "")
        )  # fmt: skip
    return target.getvalue()
