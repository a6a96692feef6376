"""doisoat sign: a period's statements, and the log with them, signed."""

from pathlib import Path

import click

from doisoat.commands.next_line import echo_next
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
@click.option("--no-pack", is_flag=True, help="Make no evidence packs.")
@home_option
@json_option
def command(
    period: str,
    key_file: Path | None,
    passphrase_file: Path | None,
    why: str,
    no_pack: bool,
    home: Path,
    as_json: bool,
) -> None:
    """Sign the statements of a settled period. Nothing of it is changed from then on.

    The signature covers the run, its figures, relief.duckdb, and every entry of the log up to here.
    Who settled (settle --by) may not sign: a safeguard against error, not against the machine's
    owner. What comes late is booked into a later period: doisoat period supersede, doisoat adjust.

    The evidence pack of each carrier is made in the same act, into HOME/packs, as doisoat pack
    makes it: once the month is settled anew it can be made no more. Sign again to make a missing
    one.

    \b
    Example: doisoat sign 2021-08 --key ~/keys/ke-toan.key
    """
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.database.acts import sign
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.packs.build import Packed, pack_signed

    key = unlocked(key_file, passphrase_file, home)
    with progress(message("Signing")):
        signed = sign(home, period, key, why)
    packs: tuple[Packed, ...] = ()
    if not no_pack:
        with progress(message("Packing")):
            packs = pack_signed(open_home(home), Period.of(period))
    if as_json:
        print_json({**signed.as_object(), "packs": [pack.as_object() for pack in packs]})
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
    for pack in packs:
        echo(message_in("pack", "pack") + f"\t{pack.path}")
    echo_next(home)
