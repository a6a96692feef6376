"""Signing key and its passphrase, for the commands that sign."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from doisoat.messages.language import TERMINAL
from doisoat.messages.text import message

if TYPE_CHECKING:
    from doisoat.settlement.log.signing_key import SigningKey

F = TypeVar("F", bound=Callable[..., Any])


def key_option(function: F) -> F:
    """Add --key FILE; the command receives `key_file: Path | None`, for `signing_key_path`."""
    return click.option(
        "--key",
        "key_file",
        type=click.Path(path_type=Path),
        envvar="DOISOAT_SIGNING_KEY",
        show_envvar=True,
        help="The signing key's file.  [default: signing.key in the user's data folder]",
    )(function)


def passphrase_option(function: F) -> F:
    """Add --passphrase-file FILE; the command receives `passphrase_file: Path | None`."""
    return click.option(
        "--passphrase-file",
        type=click.Path(path_type=Path, allow_dash=True),
        envvar="DOISOAT_PASSPHRASE_FILE",
        show_envvar=True,
        help="Its first line is the passphrase; - reads stdin.  [default: ask]",
    )(function)


def signing_key_path(key_file: Path | None, home: Path | None = None) -> Path:
    """The path of the key; KeyFileError for one that lies inside the home.

    A folder where a home is made by default is none before one is there.
    """
    from doisoat.engine.keys.pseudonym import default_key_path
    from doisoat.errors import KeyFileError

    path = key_file or default_key_path().with_name("signing.key")
    source = click.get_current_context().get_parameter_source("home")
    by_default = source is click.core.ParameterSource.DEFAULT
    is_home = home is not None and (not by_default or (home / "home.json").is_file())
    if home is not None and is_home and path.resolve().is_relative_to(home.resolve()):
        raise KeyFileError(
            message("the key lies inside the home: whoever copies the home would have it"),
            str(path),
            message("keep it elsewhere, for example beside the pseudonym key"),
        )
    return path


def passphrase(file: Path | None, *, is_new: bool = False) -> str:
    """The passphrase: out of a file that only its owner reads, of stdin, or asked for unseen."""
    from doisoat.errors import KeyFileError

    if file is None:
        if not sys.stdin.isatty():
            raise click.UsageError(
                message("no terminal to ask for the passphrase: give --passphrase-file")
            )
        answer: str = click.prompt(
            TERMINAL.spoken(message("Passphrase")),
            hide_input=True,
            confirmation_prompt=is_new,
            err=True,
        )
        return answer
    if str(file) == "-":
        return sys.stdin.readline().rstrip("\r\n")
    try:
        with open(file, encoding="utf-8") as lines:
            mode = os.fstat(lines.fileno()).st_mode
            first = lines.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(
            message("not readable"), str(file), message("give a text file")
        ) from error
    if mode & 0o077:
        raise KeyFileError(
            message("its mode is {mode}: others could read it", mode=f"{mode & 0o777:o}"),
            str(file),
            message("chmod 600 {file}", file=file),
        )
    return first


def unlocked(key_file: Path | None, passphrase_file: Path | None, home: Path) -> "SigningKey":
    """The signing key that a command was given, opened."""
    from doisoat.settlement.log.signing_key import read_signer, read_signing_key

    path = signing_key_path(key_file, home)
    read_signer(path)  # A key that is not there is told before a passphrase is asked for.
    return read_signing_key(path, passphrase(passphrase_file))
