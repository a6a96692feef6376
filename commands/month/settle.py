"""`doisoat settle`: rates, relieves and settles a period; publishes all of it or nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from doisoat.commands.figures import figure_lines
from doisoat.commands.month.executor_options import executor_of, executor_options
from doisoat.commands.next_line import echo_next
from doisoat.commands.options import (
    READINGS_OF_LINE,
    carrier_option,
    catalogue_option,
    echo,
    home_option,
    json_option,
    labelled,
    log_option,
    package_option,
    period_option,
    print_json,
    progress,
    reading_option,
    say,
    threads_option,
    warn_if_not_packed,
)
from doisoat.commands.steps import LOG
from doisoat.messages.text import composed, joined, message, message_in
from doisoat.tariffs.load.bundled import DEFAULT_PACKAGE

if TYPE_CHECKING:
    from doisoat.settlement.runs.run_inputs import Task
    from doisoat.settlement.settle.replaced_run import Unstated
    from doisoat.settlement.settle.settle import RunSummary, SettleRequest
    from doisoat.settlement.upkeep.lineage import Lineage


@click.command("settle")
@period_option()
@click.option("--all", "is_all", is_flag=True, help="Every month that needs it, in order.")
@click.option("--dry-run", is_flag=True, help="Say which run it would be, and write nothing.")
@carrier_option
@package_option(DEFAULT_PACKAGE)
@reading_option
@catalogue_option
@click.option("--by", metavar="SIGNER", help="Who settles: a signer of HOME, who may not sign it.")
@click.option("--after-cut-off", is_flag=True, help="Take in what came after the cut-off, too.")
@click.option("--replace", is_flag=True, help="Settle otherwise than the run in force was.")
@click.option("--whole", is_flag=True, help="Rate every shard, not only those that may differ.")
@click.option("--events", is_flag=True, help="Publish what each event came to: rated.event.")
@threads_option
@executor_options
@click.option(
    "--lineage", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Append OpenLineage events to it, outside HOME.",
)  # fmt: skip
@log_option
@home_option
@json_option
def command(
    period: str | None,
    is_all: bool,
    dry_run: bool,
    carrier: str | None,
    package: str,
    readings: dict[str, str],
    catalogue: str,
    overlays: tuple[Path, ...],
    by: str | None,
    after_cut_off: bool,
    replace: bool,
    whole: bool,
    events: bool,
    threads: int,
    executor: str,
    master: str | None,
    wheel: Path | None,
    worker_python: str | None,
    shared: str | None,
    lineage: Path | None,
    home: Path,
    as_json: bool,
) -> int | None:
    """Settle a month: rate every event, relieve it, check every sum, publish.

    Publishes relief.duckdb and reports/ in HOME, whole or not at all. The same inputs settled
    again are the same run, by its id, and nothing is done twice. A month that has a run is gone on
    from: only the shards (1,024 groups of owners) that may differ are rated, with the same result.

    What a month was settled by (carrier, catalogue, overlays, package, readings) stays: a line that
    leaves an option out does not put another run in its place. Say the option again, or --replace.

    With --events relief.duckdb has rated.event besides: list value, payable and the relief of each
    event, of all months in force, each rated once more for it. The next settle that publishes
    without --events leaves it out (docs/auditor.md).

    With --executor spark the workers of a Spark cluster, which have HOME at the same path or share
    --shared, rate the months of which every shard is rated; the rest is done here
    (docs/cluster.md).

    With --all each month is in force and in the log as soon as it is settled: cut short, the same
    line goes on where it was. relief.duckdb and reports/ are made once, at the end. Signed months
    are left as they are. Exit status 3: some month was left, signed and differing or refused, with
    the reason of each; the others are done.

    \b
    Examples:
      doisoat settle 2021-08 --reading m2.in_kind_value=zero
      doisoat settle --all --dry-run
    """
    if is_all and period is not None:
        raise click.UsageError(message("--all is every month: leave the period out, or --all"))
    if is_all and events:
        raise click.UsageError(
            message(
                "--events shows all months in force: settle --all, then one month with --events"
            )
        )
    from doisoat.commands.month import settle_all
    from doisoat.engine.store.home import open_home
    from doisoat.engine.store.settings_file import carrier_of_home
    from doisoat.engine.tables.overlay_files import open_prices
    from doisoat.settlement.settle.settle import SettleRequest
    from doisoat.settlement.upkeep.lineage import lineage_in
    from doisoat.tariffs.load.tariffs import check_package, load_package

    open_home(home)  # One that is not there is told before anything is read.
    prices, holes, notes = open_prices(catalogue, overlays, carrier_of_home(home))
    for note in notes:
        mend = composed("{}: {}", message("To mend"), note.mend)
        say(composed("{}: {}: {}. {}", message("Note"), note.where, note.fault, mend))
    relief = load_package(package, readings)
    check_package(relief, prices)
    request = SettleRequest(
        prices, relief, period, carrier, by, after_cut_off, whole, threads,
        unstated=_unstated(), replace=replace, holes=holes, events=events,
    )  # fmt: skip
    if dry_run:
        return settle_all.foresee(home, request, is_all, as_json)
    with (
        executor_of(executor, master, wheel, worker_python, shared) as rates,
        lineage_in(lineage, home) as recorder,
    ):
        request = request._replace(executor=rates)
        if is_all:
            return settle_all.settle_all(home, request, recorder, as_json)
        _settle_one(home, request, recorder, as_json)
    return None


def _unstated() -> "Unstated":
    """What the line does not say, and settings or defaults do."""
    from doisoat.settlement.settle.replaced_run import Unstated

    context = click.get_current_context()

    def is_unstated(name: str) -> bool:
        return context.get_parameter_source(name) is not ParameterSource.COMMANDLINE

    return Unstated(
        is_unstated("carrier"),
        is_unstated("catalogue"),
        is_unstated("overlays"),
        is_unstated("package"),
        context.meta.get(READINGS_OF_LINE, frozenset()),
    )


def _settle_one(
    home: Path,
    request: "SettleRequest",
    lineage: "Lineage | None",
    as_json: bool,
) -> None:
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.runs.run_findings import in_both
    from doisoat.settlement.settle.settle import settle

    def started(task: "Task") -> None:
        LOG.know(period=task.period.name, run=task.run)
        LOG.step("run", events=task.events)
        warn_if_not_packed(home, task.period.name, task.run)
        if lineage is not None:
            lineage.started(task)

    with progress(message("Settling"), open_home(home).buckets) as advance:
        summary = settle(home, request, advance, started)
    if lineage is not None:
        lineage.completed(summary)
    for finding in summary.findings:
        say(message("Note") + ": " + in_both(finding))
    if as_json:
        print_json(summary.as_object())
    else:
        echo(_table(summary))
        echo_next(home)


def _since(summary: "RunSummary") -> list[str]:
    """How much was rated, where it was not all."""
    shards, since, _ = summary.rating
    if since is None:
        return []
    return [
        labelled(
            message_in("heading", "rated"),
            message("{shards} of 1024 shards, since run {since}", shards=shards, since=since),
        )
    ]


def _table(summary: "RunSummary") -> str:
    lines = [
        (message("period") + f" {summary.period}")
        + (f", {summary.carrier}" if summary.carrier else ""),
        *figure_lines({**summary.counts, **summary.amounts}, summary.amounts),
        message("statements") + f": {summary.statements}",
        f"  {summary.home / 'reports'}: {', '.join(summary.reports)}",
        f"  {summary.home / 'relief.duckdb'}",
        *_since(summary),
        labelled(message_in("heading", "run"), summary.run)
        + ((" (" + message("same run") + ")") if summary.same_run else ""),
        labelled(message("digest"), summary.digest),
    ]
    return joined("\n", lines)
