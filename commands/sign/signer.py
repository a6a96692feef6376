"""doisoat signer: the keys that sign statements, and who may sign in a home."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doisoat.commands.next_line import echo_next
from doisoat.commands.options import (
    echo,
    home_option,
    json_option,
    kept_words,
    print_json,
    why_option,
)
from doisoat.commands.sign.signing import (
    key_option,
    passphrase,
    passphrase_option,
    signing_key_path,
    unlocked,
)
from doisoat.messages.text import message, message_in

if TYPE_CHECKING:
    from doisoat.settlement.log.note import Signer


@click.group("signer")
def command() -> None:
    """Make signing keys, and say whose signatures count in a home.

    A key is a file of mode 0600 under a passphrase; a home knows only its public half. Whoever owns
    the machine can add keys to a home: an auditor names the keys that he trusts (doisoat verify
    --trust).
    """


@command.command("new")
@click.argument("name", callback=kept_words)
@key_option
@passphrase_option
@home_option
@json_option
def new(
    name: str, key_file: Path | None, passphrase_file: Path | None, home: Path, as_json: bool
) -> None:
    """Make a signing key called NAME; one that is there is never replaced.

    Nothing is written into HOME: a key that would lie in it is refused.

    \b
    Example: doisoat signer new ke-toan-viettel --key ~/keys/ke-toan.key
    """
    from doisoat.settlement.log.signing_key import make_signing_key

    path = signing_key_path(key_file, home)
    _tell(path, make_signing_key(path, name, passphrase(passphrase_file, is_new=True)), as_json)


@command.command("add")
@click.option("--public", metavar="TEXT", help="The public key, as `signer new` printed it.")
@key_option
@why_option()
@home_option
@json_option
def add(public: str | None, key_file: Path | None, why: str, home: Path, as_json: bool) -> None:
    """Let a key sign in HOME: the one of --public, else the one in the file of --key.

    \b
    Example: doisoat signer add --key ~/keys/ke-toan.key --why "kế toán trưởng | chief accountant"
    """
    from doisoat.settlement.database.acts import add_signer
    from doisoat.settlement.log.note import Signer
    from doisoat.settlement.log.signing_key import read_signer

    if public is not None:
        signer = Signer.parse(public, "--public")
    else:
        signer = read_signer(signing_key_path(key_file, home))
    is_new = add_signer(home, signer, why)
    if as_json:
        print_json({"name": signer.name, "id": signer.key_id, "added": is_new})
    else:
        known = "" if is_new else (" (" + message("was there") + ")")
        echo(message("signer") + f"\t{signer.label}" + known)
        echo_next(home)


@command.command("list")
@home_option
@json_option
def show(home: Path, as_json: bool) -> None:
    """List who may sign in HOME, and whose keys were retired."""
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.log import journal
    from doisoat.settlement.log.signers import registry_of

    known = registry_of(journal.entries(open_home(home))).values()
    if as_json:
        rows = [
            {"name": key.signer.name, "id": key.signer.key_id, "public": key.signer.text,
             "since_entry": key.since, "retired_by_entry": key.until}
            for key in known
        ]  # fmt: skip
        print_json({"signers": rows})
        return
    for key in known:
        until = (
            message_in("signer", "in force")
            if key.until is None
            else (message("retired") + f": {key.until}")
        )
        echo(f"{key.signer.text}\t" + message_in("in a line", "entry") + f" {key.since}\t" + until)
    if not known:
        echo(message("Nobody may sign yet") + ": doisoat signer add --key FILE")


@command.command("retire")
@click.argument("name")
@why_option(required=True)
@home_option
@json_option
def retire(name: str, why: str, home: Path, as_json: bool) -> None:
    """Let the key NAME (or its id) sign no more. What it signed stays signed."""
    from doisoat.settlement.database.acts import retire_signer

    signer = retire_signer(home, name, why)
    if as_json:
        print_json({"name": signer.name, "id": signer.key_id, "retired": True})
    else:
        echo(message_in("signer", "retired") + f"\t{signer.label}")


@command.command("rotate")
@click.option("--next", "public", metavar="TEXT", required=True, help="The new public key.")
@key_option
@passphrase_option
@why_option(required=True)
@home_option
@json_option
def rotate(
    public: str, key_file: Path | None, passphrase_file: Path | None, why: str, home: Path,
    as_json: bool,
) -> None:  # fmt: skip
    """Put another key in the place of --key, which signs that it is so, and signs no more.

    \b
    Example:
      doisoat signer rotate --key ~/keys/2021.key --next "$(head -1 …)" --why "năm mới | new year"
    """
    from doisoat.settlement.database.acts import rotate_signer
    from doisoat.settlement.log.note import Signer

    signer = Signer.parse(public, "--next")
    old = unlocked(key_file, passphrase_file, home)
    rotate_signer(home, old, signer, why)
    if as_json:
        print_json({"retired": old.signer.key_id, "name": signer.name, "id": signer.key_id})
    else:
        echo(message("rotated") + f"\t{old.signer.label} → {signer.label}")


def _tell(path: Path, signer: "Signer", as_json: bool) -> None:
    if as_json:
        content = {
            "path": str(path),
            "name": signer.name,
            "id": signer.key_id,
            "public": signer.text,
        }
        print_json(content)
        return
    echo(message("file") + f"\t{path}")
    echo(message("public key") + f"\t{signer.text}")
