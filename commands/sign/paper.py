"""`doisoat paper`: the minutes, a summary and machine files of a settled period."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.next_line import echo_next
from doisoat.commands.options import (
    carrier_option,
    echo,
    home_option,
    json_option,
    labelled,
    papers_language,
    period_argument,
    print_json,
    progress,
)
from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.messages.text import composed, message, message_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doisoat.settlement.papers.paper_folder import Written

# What lay in a paper's place.
SAID_OF_WRITE = {
    "absent": "",
    "same": "  (" + message("as it was") + ")",
    "other": "  (" + message("in place of another file") + ")",
}
SAID_OF_CHECK = {
    "absent": "  (" + message("not there") + ")",
    "same": "  (" + message("right") + ")",
    "other": "  (" + message("ANOTHER FILE") + ")",
}
ISSUED = "%Y-%m-%dT%H:%M:%S"


@click.command("paper")
@period_argument
@carrier_option
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Where to write.  [default: HOME/papers/PERIOD-RUN]",
)  # fmt: skip
@click.option(
    "--lang", type=click.Choice(["vi", "en", "both"]), default="both", show_default=True,
    callback=papers_language,
)  # fmt: skip
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
    help="Civil time.  [default: when it was signed, else settled, by the log]",
)  # fmt: skip
@click.option(
    "--check", "only_check", is_flag=True,
    help="Write nothing: are the papers in DIR those that would be written?",
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
    only_check: bool,
    home: Path,
    as_json: bool,
) -> int | None:
    """Write the papers of a settled month: PDF/A-3b, JSON and Parquet for each carrier.

    Of a signed month they carry its numbers, the signing key and the checkpoint of the log; else
    they are drafts, and say so. The same run, style and templates give the same bytes, whenever and
    wherever: what is there already is left as it is. --check holds papers on file, or received, to
    what the home makes now; those that DIR has not are no fault. Exit status 3 if one is another.

    \b
    Example:
      doisoat paper 2021-08 --carrier viettel --style nha.toml
      doisoat paper 2021-08 --carrier viettel --out nhan-duoc --check
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.interconnect.log_entry import recorded, recorded_of_runs
    from doisoat.settlement.papers import paper_folder as held
    from doisoat.settlement.papers.build import papers
    from doisoat.settlement.papers.figures import LANGS
    from doisoat.settlement.papers.house_style import DEFAULT_STYLE, read_style
    from doisoat.settlement.papers.typeset import read_templates
    from doisoat.settlement.records.booked_statement import booked_into, runs_between
    from doisoat.settlement.what_if.forgone import payable_without

    name = Period.of(period).name
    opened = open_home(home)
    house = read_style(style) if style is not None else DEFAULT_STYLE
    template = read_templates(templates)
    run, issue = held.issue_of(opened, name, issued_at)
    bookings = booked_into(opened, name, issue.log_size)
    with progress(message("Setting the papers")):
        paper_sets = papers(
            opened.floor("runs") / run,
            issue,
            carrier=carrier,
            style=house,
            template=template,
            langs=[language for language in LANGS if lang in (language, "both")],
            bookings=bookings,
            without=payable_without(opened, run, issue.log_size),
            interconnect=recorded(opened, run, issue.log_size),
            interconnect_by_run=recorded_of_runs(opened, runs_between(bookings), issue.log_size),
        )
        target = out or opened.path / held.FOLDER / f"{name}-{run[:8]}"
        files = {
            name: content
            for carrier_papers in paper_sets
            for name, content in carrier_papers.files.items()
        }
        written = (held.compare if only_check else held.write)(target, files)
    if only_check:
        _check_any(written, target)
    differing = [paper for paper in written if paper.was == "other"]
    status = EXIT_DISAGREEMENTS if only_check and differing else None
    if as_json:
        print_json(
            {
                "period": name,
                "run": run,
                "carriers": [carrier_papers.carrier for carrier_papers in paper_sets],
                "issue": issue.as_object(),
                "folder": str(target),
                "checked": only_check,
                "files": [
                    {
                        "name": paper.name,
                        "sha256": paper.sha256,
                        "new": paper.is_new,
                        "was": paper.was,
                    }
                    for paper in written
                ],
            }
        )
        return status
    labels = SAID_OF_CHECK if only_check else SAID_OF_WRITE
    for paper in written:
        echo(composed("{}  {}{}", paper.sha256[:16], target / paper.name, labels[paper.was]))
    echo(labelled(message("issued"), issue.issued_at.isoformat()))
    echo(labelled(message("log"), f"{issue.log_size} {issue.log_root}"))
    if issue.is_draft:
        echo(labelled(message("draft"), message("not signed")))
    else:
        echo(labelled(message_in("heading", "signed"), f"{issue.key_id}  {issue.checkpoint}"))
    if not only_check:
        echo_next(home)
    return status


def _check_any(written: "Sequence[Written]", folder: Path) -> None:
    """StoreError if there is nothing to hold: else a wrong folder would pass."""
    from doisoat.errors import StoreError

    if all(paper.was == "absent" for paper in written):
        raise StoreError(
            message(
                "none of its {count} papers is there, as {written}",
                count=len(written),
                written=written[0].name,
            ),
            str(folder),
            message(
                "give the folder of the papers with --out, and leave their names as they"
                " were written"
            ),
        )
