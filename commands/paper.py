"""`doisoat paper`: the minutes, a summary and machine files of a settled period."""

from datetime import datetime
from pathlib import Path

import click

from doisoat.commands.completion import periods
from doisoat.commands.options import (
    carrier_option,
    home_option,
    json_option,
    print_json,
    progress,
)

ISSUED = "%Y-%m-%dT%H:%M:%S"


@click.command("paper")
@click.argument("period", metavar="YYYY-MM", shell_complete=periods)
@carrier_option
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Where to write.  [default: HOME/papers/PERIOD-RUN]",
)  # fmt: skip
@click.option("--lang", type=click.Choice(["vi", "en", "both"]), default="both", show_default=True)
@click.option(
    "--style", type=click.Path(path_type=Path), metavar="FILE",
    help="Parties, signers, logo, words: a .toml file.",
)  # fmt: skip
@click.option(
    "--templates", type=click.Path(path_type=Path), metavar="DIR",
    help="Templates (.typ) in place of ours.",
)  # fmt: skip
@click.option(
    "--issued-at", type=click.DateTime([ISSUED]), metavar="YYYY-MM-DDTHH:MM:SS",
    help="Civil time of Vietnam.  [default: when it was signed, else settled, by the log]",
)  # fmt: skip
@home_option
@json_option
def command(
    period: str,
    carrier: str | None,
    out: Path | None,
    lang: str,
    style: Path | None,
    templates: Path | None,
    issued_at: datetime | None,
    home: Path,
    as_json: bool,
) -> None:
    """Write the papers of a settled month: PDF/A-3b, JSON and Parquet for each carrier.

    Of a signed month they carry its numbers, the signing key and the checkpoint of the log; else
    they are drafts, and say so. The same run, style and templates give the same bytes, whenever and
    wherever: what is there already is left as it is.

    \b
    Example: doisoat paper 2021-08 --carrier viettel --style nha.toml
    """
    from doisoat.engine.home import open_home
    from doisoat.settlement.adjustment.booked import booked_into, runs_between
    from doisoat.settlement.forgone import payable_without
    from doisoat.settlement.interconnect_record import recorded, recorded_of_runs
    from doisoat.settlement.papers import held
    from doisoat.settlement.papers.build import papers
    from doisoat.settlement.papers.figures import LANGS
    from doisoat.settlement.papers.house import DEFAULT_STYLE, read_style
    from doisoat.settlement.papers.typeset import read_templates
    from doisoat.settlement.period import Period

    name = Period.of(period).name
    opened = open_home(home)
    house = read_style(style) if style is not None else DEFAULT_STYLE
    template = read_templates(templates)
    run, issue = held.issue_of(opened, name, issued_at)
    bookings = booked_into(opened, name, issue.log_size)
    with progress("Setting the papers"):
        made = papers(
            opened.floor("runs") / run,
            issue,
            carrier=carrier,
            style=house,
            template=template,
            langs=[one for one in LANGS if lang in (one, "both")],
            bookings=bookings,
            without=payable_without(opened, run, issue.log_size),
            interconnect=recorded(opened, run, issue.log_size),
            interconnect_by_run=recorded_of_runs(opened, runs_between(bookings), issue.log_size),
        )
        target = out or opened.path / held.FOLDER / f"{name}-{run[:8]}"
        files = {name: content for one in made for name, content in one.files.items()}
        written = held.write(target, files)
    if as_json:
        print_json(
            {
                "period": name,
                "run": run,
                "carriers": [one.carrier for one in made],
                "issue": issue.as_object(),
                "folder": str(target),
                "files": [
                    {"name": one.name, "sha256": one.sha256, "new": one.is_new} for one in written
                ],
            }
        )
        return
    for one in written:
        same = "" if one.is_new else "  (như cũ | as it was)"
        click.echo(f"{one.sha256[:16]}  {target / one.name}{same}")
    click.echo(f"Lập lúc  | issued  {issue.issued_at.isoformat()}")
    click.echo(f"Nhật ký  | log     {issue.log_size} {issue.log_root}")
    if issue.is_draft:
        click.echo("Bản nháp | draft   chưa ký | not signed")
    else:
        click.echo(f"Đã ký    | signed  {issue.key_id}  {issue.checkpoint}")
