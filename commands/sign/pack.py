"""doisoat pack: the evidence pack of a carrier and period."""

from pathlib import Path

import click

from doisoat.commands.completion import periods
from doisoat.commands.next_line import echo_next
from doisoat.commands.options import (
    MONTH,
    echo,
    home_option,
    json_option,
    print_json,
    progress,
)
from doisoat.messages.text import composed, message, message_in


@click.command("pack")
@click.argument("carrier", metavar="[CARRIER]", required=False)
@click.argument("period", metavar=MONTH, required=False, shell_complete=periods)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER",
    help="Where to write.  [default: HOME/packs/PERIOD-CARRIER-RUN]",
)  # fmt: skip
@click.option("--tar", is_flag=True, help="Write FOLDER.tar, too.")
@home_option
@json_option
def command(
    carrier: str | None,
    period: str | None,
    out: Path | None,
    tar: bool,
    home: Path,
    as_json: bool,
) -> None:
    """Write what an auditor needs of a carrier and month to recompute all of it without doisoat.

    Events, relief lines, totals, statement, opening and closing balances of this carrier alone as
    Parquet; catalogue and package; the run's manifest, the log up to the signature, and two checks:
    check.sql for DuckDB's command line, and verify_pack.py for Python. The same home gives the same
    bytes. A month that nobody signed is packed too, and says so. In a home of one carrier its own
    id may be left out.

    \b
    Example: doisoat pack viettel 2021-08 --out goi-viettel
    """
    from doisoat.engine.store.home import open_home
    from doisoat.engine.store.settings_file import carrier_of_home, refuse_other_carrier
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.packs.build import make_pack
    from doisoat.settlement.reconcile.letter.variance_words import counted_in_each

    named, name = (carrier, period) if period is not None else (None, carrier)
    if name is None:
        raise click.UsageError(message("which month? Give it as YYYY-MM"))
    month, whose = Period.of(name, MONTH), named or carrier_of_home(home)
    if whose is None:
        raise click.UsageError(
            message("whose pack? Give the carrier: doisoat pack CARRIER {month}", month=name)
        )
    refuse_other_carrier(home, whose, "CARRIER")
    opened = open_home(home)
    with progress(message("Packing")):
        pack = make_pack(opened, whose, month, out, tar)
    if as_json:
        print_json(pack.as_object())
        return
    state = message("signed") if pack.signed else message("unsigned")
    echo(
        message_in("pack", "pack")
        + f"\t{pack.path} ({pack.files} "
        + message("files")
        + ", "
        + counted_in_each(pack.size, "byte")
        + ")"
    )
    echo(message("period") + composed("\t{} ({})\t{}", pack.period, state, pack.carrier))
    echo(message_in("heading", "run") + f"\t{pack.run}")
    echo(message_in("heading", "checkpoint") + f"\t{pack.checkpoint}")
    echo(f"manifest.json SHA-256\t{pack.manifest_sha256}")
    echo_next(home)
