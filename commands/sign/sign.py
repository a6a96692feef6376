"""doisoat sign: a period's statements, and the log with them, signed."""

from pathlib import Path

import click

from doisoat.commands.options import (
    home_option,
    json_option,
    period_argument,
    print_json,
    progress,
    why_option,
)
from doisoat.commands.sign.signing import key_option, passphrase_option, unlocked


@click.command("sign")
@period_argument
@key_option
@passphrase_option
@why_option("What is to be remembered of it.")
@home_option
@json_option
def command(
    period: str,
    key_file: Path | None,
    passphrase_file: Path | None,
    why: str,
    home: Path,
    as_json: bool,
) -> None:
    """Sign the statements of a settled period. Nothing of it is changed from then on.

    The signature covers the run, its figures, relief.duckdb, and every entry of the log up to here.
    Who settled (settle --by) may not sign: a safeguard against error, not against the machine's
    owner. What comes late is booked into a later period: doisoat period supersede, doisoat adjust.

    \b
    Example: doisoat sign 2021-08 --key ~/keys/ke-toan.key
    """
    from doisoat.settlement.database.acts import sign

    key = unlocked(key_file, passphrase_file, home)
    with progress("Đang ký | Signing"):
        signed = sign(home, period, key, why)
    if as_json:
        print_json(signed.as_object())
        return
    click.echo(f"Kỳ | period\t{signed.period}" + (" (đã ký | was signed)" * signed.already))
    click.echo(f"Lần chạy | run\t{signed.run}")
    for carrier, number in signed.numbers.items():
        click.echo(f"Số | number\t{number}\t{carrier}")
    click.echo(f"Người ký | signer\t{signed.signer}")
    click.echo(f"Điểm chốt | checkpoint\t{signed.checkpoint}")
