"""`doisoat user`: who may use the auditor's page of a home."""

import sys
from pathlib import Path

import click

from doisoat.commands.options import echo, home_option, json_option, kept_words, print_json, say
from doisoat.commands.web_extra import check_extra
from doisoat.messages.language import TERMINAL
from doisoat.messages.text import message

ROLES = ("auditor", "reader", "carrier")
PASSWORD_BYTES_MAX = 4_096


@click.group("user")
def command() -> None:
    """Say who may log in to the page of doisoat serve, and what each sees there.

    auditor: everything, each event too; reader: aggregates, with small cells merged; carrier: its
    own aggregates. Passwords are kept as argon2id hashes in HOME/web/users.json.
    """


def _password_option(function: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--password-stdin", is_flag=True,
        help="The first line of stdin is the password.  [default: ask]",
    )(function)  # fmt: skip


@command.command("add")
@click.argument("name", callback=kept_words)
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the user may see.")
@click.option(
    "--carrier",
    metavar="ID",
    help="Whose figures a carrier's user sees.  [default: NAME, if it is one]",
)
@_password_option
@home_option
@json_option
def add(
    name: str, role: str, carrier: str | None, password_stdin: bool, home: Path, as_json: bool
) -> None:
    """Let NAME log in to the page of HOME.

    \b
    Example: doisoat user add lan --role auditor --password-stdin < password.txt
    """
    from doisoat.settlement.access.users import ROLES as KNOWN
    from doisoat.settlement.access.users import add_user

    check_extra()
    (of_role,) = [known_role for known_role in KNOWN if known_role == role]
    user = add_user(home, name, of_role, carrier, _password(password_stdin))
    if as_json:
        print_json(user.as_object())
    else:
        echo(message("added") + f"\t{user.name}\t{user.role}\t{user.carrier}")


@command.command("list")
@home_option
@json_option
def show(home: Path, as_json: bool) -> None:
    """List who may log in."""
    from doisoat.engine.store.home import open_home
    from doisoat.settlement.access.users import held_users

    checked = held_users(open_home(home))
    users = checked.users.values()
    for note in checked.notes:
        say(message("Note") + ": " + note)
    if as_json:
        print_json({"users": [user.as_object() for user in users]})
        return
    for user in users:
        echo(f"{user.name}\t{user.role}\t{user.carrier}\t{user.since} UTC")
    if not users:
        echo(message("Nobody yet") + ": doisoat user add NAME --role auditor")


@command.command("remove")
@click.argument("name")
@home_option
@json_option
def remove(name: str, home: Path, as_json: bool) -> None:
    """Let NAME log in no more; open sessions end."""
    from doisoat.settlement.access.users import remove_user

    remove_user(home, name)
    if as_json:
        print_json({"name": name, "removed": True})
    else:
        echo(message("removed") + f"\t{name}")


@command.command("password")
@click.argument("name")
@_password_option
@home_option
@json_option
def password(name: str, password_stdin: bool, home: Path, as_json: bool) -> None:
    """Give NAME another password; open sessions end."""
    from doisoat.settlement.access.users import give_password

    check_extra()
    user = give_password(home, name, _password(password_stdin))
    if as_json:
        print_json({"name": user.name, "changed": True})
    else:
        echo(message("changed") + f"\t{user.name}")


def _password(from_stdin: bool) -> str:
    """The password: the first line of stdin, or asked for unseen."""
    if from_stdin:
        return sys.stdin.readline(PASSWORD_BYTES_MAX).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError(
            message("stdin is no terminal: give the password with --password-stdin")
        )
    return str(
        click.prompt(
            TERMINAL.spoken(message("Password")), hide_input=True, confirmation_prompt=True
        )
    )
