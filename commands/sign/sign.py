"""doisoat sign: a period's statements, and the log with them, signed."""

from pathlib import Path

import click

from doisoat.commands.options import (
    echo,
    home_option,
    json_option,
    period_argument,
    print_json,
    progress,
    why_option,
)
from doisoat.commands.sign.signing import key_option, passphrase_option, unlocked
from doisoat.messages.text import message, message_in


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
    with progress(message("Signing")):
        signed = sign(home, period, key, why)
    if as_json:
        print_json(signed.as_object())
        return
    echo(
        (message("period") + f"\t{signed.period}")
        + ((" (" + message("was signed") + ")") if signed.already else "")
    )
    echo(message_in("heading", "run") + f"\t{signed.run}")
    for carrier, number in signed.numbers.items():
        echo(message("number") + f"\t{number}\t{carrier}")
    echo(message("signer") + f"\t{signed.signer}")
    echo(message_in("heading", "checkpoint") + f"\t{signed.checkpoint}")
