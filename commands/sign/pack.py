"""doisoat pack: the evidence pack of a carrier and period."""

from pathlib import Path

import click

from doisoat.commands.options import (
    home_in_dong_option,
    json_option,
    period_argument,
    print_json,
    progress,
)


@click.command("pack")
@click.argument("carrier", metavar="CARRIER")
@period_argument
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER",
    help="Where to write.  [default: HOME/packs/PERIOD-CARRIER-RUN]",
)  # fmt: skip
@click.option("--tar", is_flag=True, help="Write FOLDER.tar, too.")
@home_in_dong_option
@json_option
def command(
    carrier: str, period: str, out: Path | None, tar: bool, home: Path, as_json: bool
) -> None:
    """Write what an auditor needs of a carrier and month to recompute all of it without doisoat.

    Events, relief lines, totals, statement, opening and closing balances of this carrier alone as
    Parquet; catalogue and package; the run's manifest, the log up to the signature, and two checks:
    check.sql for DuckDB's command line, and verify_pack.py for Python. The same home gives the same
    bytes. A month that nobody signed is packed too, and says so.

    \b
    Example: doisoat pack viettel 2021-08 --out goi-viettel
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.packs.build import make_pack

    month = Period.of(period)
    opened = open_home(home)
    with progress("Đang lập gói | Packing"):
        pack = make_pack(opened, carrier, month, out, tar)
    if as_json:
        print_json(pack.as_object())
        return
    state = "đã ký | signed" if pack.signed else "chưa ký | unsigned"
    click.echo(f"Gói chứng cứ | pack\t{pack.path} ({pack.files} tệp | files, {pack.size} byte)")
    click.echo(f"Kỳ | period\t{pack.period} ({state})\t{pack.carrier}")
    click.echo(f"Lần chạy | run\t{pack.run}")
    click.echo(f"Điểm chốt | checkpoint\t{pack.checkpoint}")
    click.echo(f"manifest.json SHA-256\t{pack.manifest_sha256}")
