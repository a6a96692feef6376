"""Users of the page: a file of a home that its operator alone reads, and the acts on it.

    web/users.json    {"format_version": 1, "users": [{name, role, carrier, password, since, mark}]}

`password` is an argon2id hash; `mark` is drawn anew when a password is, so that sessions of before
end. The log is told that somebody was added, removed or given another password, the journal of
accounts (accounts.py) who, neither of them the password; and then the file is written: who is in it
otherwise than the log tells may not log in (told_users.py).
"""

import json
import os
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import duckdb

from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, check_format, open_home
from doisoat.errors import KeyFileError, system_text
from doisoat.messages.text import message
from doisoat.settlement.access.accounts import ACCOUNT, ADD, keep
from doisoat.settlement.access.passwords import check_password, hashed
from doisoat.settlement.access.server_files import folder_of
from doisoat.settlement.access.user_log import (
    PASSWORD,
    REMOVE,
    held_to_log,
    record_digest,
)
from doisoat.settlement.database.public_database import FACE
from doisoat.settlement.log import journal

USERS = "users.json"
FORMAT_VERSION = 1
NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
CARRIER = re.compile(r"[a-z0-9_-]{1,32}")
OPEN_TO_OTHERS = 0o077

Role = Literal["auditor", "reader", "carrier"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in."""

    name: str
    role: Role
    carrier: str  # whose figures a carrier's user sees; else ''
    password: str  # argon2id, as its own text form
    since: str  # UTC
    mark: str  # hex; another one, and sessions of before count no more

    def as_object(self) -> dict[str, str]:
        """What may be told of a user."""
        return {"name": self.name, "role": self.role, "carrier": self.carrier, "since": self.since}


class CheckedUsers(NamedTuple):
    """The file of users beside the log, by name."""

    users: dict[str, User]  # who may log in
    behind: dict[str, User]  # as the log told of them before its last word, another password
    removed: dict[str, User]  # as it told of them before they were removed
    strange: dict[str, User]  # the log never told of them so

    @property
    def notes(self) -> tuple[str, ...]:
        """Who is in the file and may not log in, in both languages."""
        return tuple(
            message(
                "{name} may not log in: {users} is not as the log tells; do again what"
                " was cut short, or add the user again",
                name=name,
                users=USERS,
            )
            for name in sorted({*self.behind, *self.removed, *self.strange})
        )


def users_of(home: Home) -> dict[str, User]:
    """Everybody who may log in, by name. KeyFileError if the file is open to others, or no such."""
    return held_users(home).users


def held_users(home: Home) -> CheckedUsers:
    """Raises: KeyFileError as `users_of`."""
    stored = _read(home)
    logged = held_to_log(home) if stored else {}
    checked = CheckedUsers({}, {}, {}, {})
    for name, user in stored.items():
        entries, record = logged.get(name, [None]), asdict(user)
        was = [entry is not None and entry.is_of(record) for entry in entries]
        if was[-1]:
            checked.users[name] = user
        elif any(was):
            (checked.behind if entries[-1] is not None else checked.removed)[name] = user
        else:
            checked.strange[name] = user
    return checked


def _read(home: Home) -> dict[str, User]:
    path = folder_of(home) / USERS
    mend = message("restore it from a copy, or remove it and add the users again: doisoat user add")
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_mode & OPEN_TO_OTHERS:
                raise KeyFileError(
                    message("others may read it"),
                    str(path),
                    message("run chmod 600 {path}", path=path),
                )
            content = json.load(file)
        check_format(content["format_version"], path)
        users = [User(**fields) for fields in content["users"]]
        if any(user.role not in ROLES for user in users):
            raise ValueError("a role that is none")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KeyFileError(
            message("not readable: {error}", error=system_text(error)), str(path), mend
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise KeyFileError(message("not a file of users"), str(path), mend) from error
    return {user.name: user for user in users}


def add_user(path: Path, name: str, role: Role, carrier: str | None, password: str) -> User:
    """Let somebody log in. KeyFileError for a name that is taken, or what cannot be one.

    Args: carrier: of a carrier's user; None where its name is the id of a published carrier.
    """
    home = open_home(path)
    if NAME.fullmatch(name) is None:
        raise KeyFileError(
            message("not the name of a user"),
            name,
            message(
                "write up to 64 of a-z, 0-9, dot, dash, underscore and @, a letter or digit first"
            ),
        )
    journal.refuse_number("NAME", name)
    carrier = _carrier_of(home, name, role, carrier)
    check_password(password)

    def added(users: dict[str, User]) -> User:
        if name in users:
            raise KeyFileError(
                message("a user of that name is there already"),
                name,
                message("give another password with: doisoat user password {name}", name=name),
            )
        return User(name, role, carrier, hashed(password), journal.now(), _mark())

    return _act(path, ADD, added, lambda user: {"role": role, "carrier": user.carrier})


def give_password(path: Path, name: str, password: str) -> User:
    """Another password for somebody; sessions of before end."""
    check_password(password)

    def changed(users: dict[str, User]) -> User:
        return replace(_known(users, name), password=hashed(password), mark=_mark())

    return _act(path, PASSWORD, changed)


def remove_user(path: Path, name: str) -> None:
    """Let somebody log in no more; sessions end."""
    open_home(path)
    with journal.writer(path, REMOVE) as home:
        checked = held_users(home)
        users = {**checked.users, **checked.behind}
        _known({**users, **checked.removed}, name)
        users.pop(name, None)
        _tell(home, REMOVE, name, {})
        _write(home, users.values())


def _act(
    path: Path,
    act: str,
    make: Callable[[dict[str, User]], User],
    details_of: Callable[[User], dict[str, str]] = lambda user: {},
) -> User:
    open_home(path)
    with journal.writer(path, act) as home:
        checked = held_users(home)
        users = {**checked.users, **checked.behind}
        user = make(users)
        _tell(home, act, user.name, {**details_of(user), "record": record_digest(asdict(user))})
        _write(home, {**users, user.name: user}.values())
    return user


def _tell(home: Home, act: str, name: str, more: dict[str, str]) -> None:
    """The log is told; home.json stands for a manifest, as of any act that publishes nothing."""
    account = keep(home, act, name, {key: text for key, text in more.items() if text})
    entry = journal.entry(act, home.path / "home.json", **{ACCOUNT: account})
    journal.append(home, entry)


def _known(users: dict[str, User], name: str) -> User:
    if name not in users:
        raise KeyFileError(
            message("there is no such user"),
            name,
            message("see who there is: doisoat user list"),
        )
    return users[name]


def _mark() -> str:
    return secrets.token_hex(8)


def _carrier_of(home: Home, name: str, role: Role, carrier: str | None) -> str:
    if role != "carrier":
        if carrier is not None:
            raise KeyFileError(
                message("a {role} is of no carrier", role=role),
                carrier,
                message("leave --carrier out, or say --role carrier"),
            )
        return ""
    known = carriers_of(home)
    if carrier is None and name in known:
        return name
    if carrier is None:
        raise KeyFileError(
            message("whose figures?"),
            "--role carrier",
            message("name the carrier: --carrier ID"),
        )
    if CARRIER.fullmatch(carrier) is None or (known and carrier not in known):
        listed = ", ".join(known)
        raise KeyFileError(
            message("no such carrier"),
            carrier,
            message("take one of: {listed}", listed=listed or message("a-z, 0-9, - and _")),
        )
    return carrier


def carriers_of(home: Home) -> list[str]:
    """Carriers of the published catalogue; none before anything is published."""
    path = home.path / FACE
    if not path.exists():
        return []
    with duckdb.connect(str(path), read_only=True) as face:
        return [row[0] for row in face.execute("SELECT id FROM ref.carrier ORDER BY 1").fetchall()]


def _write(home: Home, users: Iterable[User]) -> None:
    """The file whole, of mode 0600 from its first byte."""
    folder = folder_of(home)
    content: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "users": [asdict(user) for user in sorted(users, key=lambda user: user.name)],
    }
    with commit.disk_errors(folder):
        commit.make_folder(folder)
        folder.chmod(0o700)
        staging = commit.staging_path(folder)
        try:
            number = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(number, "w", encoding="utf-8") as file:
                file.write(commit.json_text(content))
            commit.swap_in(folder / USERS, staging)
        finally:
            staging.unlink(missing_ok=True)
