"""Who may ask: passwords, tokens, cookies, what ends a session, and what is kept of it."""

import json
import shutil
import sys

import pytest

from doisoat.engine.store.home import open_home
from doisoat.errors import KeyFileError
from doisoat.settlement.access import users
from doisoat.settlement.access.accounts import ACCOUNTS, with_accounts
from doisoat.settlement.access.passwords import hashed, is_right
from doisoat.settlement.access.users import (
    User,
    add_user,
    give_password,
    held_users,
    remove_user,
    users_of,
)
from doisoat.settlement.log import journal
from doisoat.settlement.verify.verify import verify_home
from doisoat.settlement.web.requests import login_limits as limits
from doisoat.settlement.web.requests import sessions
from doisoat.settlement.web.requests.login_limits import Logins, Requests
from doisoat.settlement.web.requests.sessions import Sessions, is_csrf
from tests import forks
from tests.integration.conftest import MAIN

from .conftest import PASSWORDS, Asker
from .conftest import add_user as add_by_line

LAN = User("lan", "auditor", "", "", "", "m1")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


# --- over the wire -------------------------------------------------------------------------------


def test_a_token_is_given_for_the_right_password_and_no_other(stranger):
    told = stranger.log_in("kiem-toan")
    assert told.status == 200 and len(told.json["token"]) >= 43
    assert told.json["user"] == {"name": "kiem-toan", "role": "auditor", "carrier": None}
    wrong = stranger.log_in("viettel", "không phải")
    assert (wrong.status, wrong.refused) == (401, "wrong_login")
    nobody = stranger.log_in("ai-do", "không phải")
    assert nobody.json == wrong.json  # it does not tell which names there are
    stranger.log_in("viettel")


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b'"x"', b"[" * 100_000, b'{"user": 1, "password": "x"}', b'{"user": "x"}',
    b'{"user": "x", "password": ["x"]}', b'{"user": "x", "password": "\\ud800"}',
    b'{"user": "x", "password": "y", "cookie": 1}', b"\xff\xfe",
])  # fmt: skip
def test_a_login_that_is_none_is_refused(stranger, content):
    told = stranger.ask("POST", "/api/login", content, {"Content-Type": "application/json"})
    assert (told.status, told.refused) == (400, "malformed")


def test_without_a_session_nothing_is_told(server, stranger):
    for path in ("/api/me", "/api/overview", "/api/carriers", "/api/cells", "/api/statement/vnpt"):
        assert stranger.get(path).refused == "not_logged_in"
        for token in ("x", "", "a" * 10_000):
            told = Asker(server[0]).get(path, headers={"Authorization": f"Bearer {token}"})
            assert (told.status, told.refused) == (401, "not_logged_in")


def test_a_session_ends_when_it_is_asked_to(server, stranger):
    asker = Asker(server[0], stranger.log_in("ban-doc").json["token"])
    assert asker.get("/api/me").json["user"]["role"] == "reader"
    assert asker.post("/api/logout").json == {"logged_out": True}
    assert asker.get("/api/me").status == 401


def test_a_cookie_needs_the_token_against_forged_requests(server, stranger):
    user = {"user": "ban-doc", "password": PASSWORDS["ban-doc"], "cookie": True}
    told = stranger.post("/api/login", user)
    assert "token" not in told.json
    cookie = told.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "samesite=strict" in cookie.lower() and "Path=/" in cookie
    kept = {"Cookie": cookie.partition(";")[0]}
    me = stranger.get("/api/me", headers=kept)
    assert me.json["csrf"] == told.json["csrf"]
    assert stranger.post("/api/logout", headers=kept).refused == "no_csrf"
    wrong = {**kept, "X-CSRF-Token": "x" * 43}
    assert stranger.post("/api/logout", headers=wrong).refused == "no_csrf"
    bearer = {"Authorization": f"Bearer {kept['Cookie'].partition('=')[2]}"}
    assert stranger.get("/api/me", headers=bearer).status == 401  # a cookie's token is no bearer's
    right = {**kept, "X-CSRF-Token": told.json["csrf"]}
    assert stranger.post("/api/logout", headers=right).status == 200
    assert stranger.get("/api/me", headers=kept).status == 401


def test_another_password_or_removal_ends_sessions_at_once(home, server, stranger):
    add_by_line(home, "tam", "tạm thời 123", "--role", "reader")
    asker = Asker(server[0], stranger.log_in("tam", "tạm thời 123").json["token"])
    assert asker.get("/api/me").status == 200

    def user(*args, text=""):
        line = [sys.executable, "-c", MAIN, "user", *args, "--home", home]
        forks.run(line, input=text.encode(), check=True, capture_output=True)

    user("password", "tam", "--password-stdin", text="khác rồi nhé\n")
    assert asker.get("/api/me").status == 401
    again = Asker(server[0], stranger.log_in("tam", "khác rồi nhé").json["token"])
    assert again.get("/api/me").status == 200
    user("remove", "tam")
    assert again.get("/api/me").status == 401
    assert stranger.log_in("tam", "khác rồi nhé").refused == "wrong_login"


def test_neither_password_nor_token_is_kept(home, server, stranger):
    token = stranger.log_in("kiem-toan").json["token"]
    kept = b"".join(
        path.read_bytes() for path in [*(home / "web").glob("*.json*"), *(home / "log").iterdir()]
    )
    assert token.encode() not in kept
    assert not any(password.encode() in kept for password in PASSWORDS.values())
    assert not any(json.dumps(password).encode() in kept for password in PASSWORDS.values())
    assert (home / "web" / "users.json").stat().st_mode & 0o777 == 0o600
    assert kept.count(b"$argon2id$v=19$m=65536,t=3,p=4$") == len(users_of(open_home(home)))


def test_the_log_names_nobody_and_the_journal_of_accounts_says_who_was_added(home):
    """The log goes out with every evidence pack, to every carrier."""
    held = open_home(home)
    told = [one for one in journal.entries(held) if one["what"] == "user add"]
    names = {"account", "entry", "form", "logged_at", "manifest_sha256", "period", "run", "version"}
    assert told and all(set(one) == {*names, "what", "who"} for one in told)
    added = {one["user"]: one for one in with_accounts(held, told)}
    assert added["viettel"]["role"] == "carrier" and added["viettel"]["carrier"] == "viettel"
    assert set(PASSWORDS) <= set(added)
    path = home / "web" / ACCOUNTS
    assert path.stat().st_mode & 0o777 == 0o600 and b"argon2" not in path.read_bytes()


def test_an_act_whose_line_is_gone_lets_nobody_of_before_in(own_home):
    """It may have removed anybody. Who is added again may log in again."""
    give_password(own_home, "viettel", "mật khẩu khác 1")
    path = own_home / "web" / ACCOUNTS
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    held = held_users(open_home(own_home))
    assert not held.users and len(held.notes) == len(PASSWORDS)
    add_user(own_home, "viettel", "carrier", "viettel", "mật khẩu khác 2")
    assert set(users_of(open_home(own_home))) == {"viettel"}
    path.unlink()
    assert not users_of(open_home(own_home))


def test_a_line_of_the_journal_of_accounts_that_was_changed_counts_for_nothing(own_home):
    path = own_home / "web" / ACCOUNTS
    whole = path.read_text("utf-8")
    path.write_text(whole.replace('"role":"reader"', '"role":"auditor"'), "utf-8")
    assert path.read_text("utf-8") != whole
    edit_users(own_home, lambda told: of(told, "ban-doc").update(role="auditor"))
    assert "ban-doc" not in users_of(open_home(own_home))


@pytest.fixture
def own_home(home, tmp_path):
    """A home with the users of `home`, which may be changed."""
    copy = tmp_path / "out"
    shutil.copytree(home / "log", copy / "log")
    (copy / "web").mkdir()
    for name in ("home.json", "web/users.json", f"web/{ACCOUNTS}"):
        shutil.copy2(home / name, copy / name)
    return copy


def edit_users(home, edit):
    """Change the file of users behind the log's back."""
    path = home / "web" / "users.json"
    content = json.loads(path.read_text())
    edit(content["users"])
    path.write_text(json.dumps(content))


def of(told, name):
    return next(one for one in told if one["name"] == name)


def told_of_users(home):
    """What `verify` finds wrong with the file of users, in English."""
    found = verify_home(open_home(home)).findings
    return [one.what.split(" | ")[1] for one in found if one.where.endswith("users.json")]


@pytest.mark.parametrize("edit", [
    lambda told: of(told, "viettel").update(role="auditor", carrier=""),
    lambda told: of(told, "viettel").update(carrier="vnpt"),
    lambda told: of(told, "viettel").update(password=hashed("của người khác")),
    lambda told: told.append({**of(told, "viettel"), "role": "auditor", "carrier": ""}),
], ids=["role", "carrier", "password", "once more"])  # fmt: skip
def test_whom_the_log_does_not_tell_of_so_may_not_log_in(own_home, edit):
    assert not told_of_users(own_home)
    edit_users(own_home, edit)
    assert set(users_of(open_home(own_home))) == {*PASSWORDS} - {"viettel"}
    assert told_of_users(own_home) == ["viettel is not as the log tells, and may not log in"]


def test_a_stranger_in_the_file_of_users_is_told_and_goes_with_the_next_act(own_home):
    edit_users(own_home, lambda told: told.append({**of(told, "viettel"), "name": "la-mat"}))
    held = held_users(open_home(own_home))
    assert set(held.strange) == {"la-mat"} and set(held.users) == set(PASSWORDS)
    assert "la-mat không đăng nhập được" in held.notes[0]
    give_password(own_home, "viettel", "mật khẩu khác 1")
    assert b"la-mat" not in (own_home / "web" / "users.json").read_bytes()
    assert set(users_of(open_home(own_home))) == set(PASSWORDS)


@pytest.mark.parametrize(("act", "let_in"), [
    (lambda home: add_user(home, "moi", "reader", None, "mật khẩu mới"), set()),
    (lambda home: give_password(home, "viettel", "mật khẩu mới"), {"viettel"}),
    (lambda home: remove_user(home, "viettel"), {"viettel"}),
], ids=["add", "password", "remove"])  # fmt: skip
def test_an_act_that_dies_before_the_file_lets_nobody_in_and_is_given_again(
    own_home, monkeypatch, act, let_in
):
    class DiedError(Exception):
        pass

    def dies(home, told):
        raise DiedError

    with monkeypatch.context() as dying:
        dying.setattr(users, "_write", dies)
        with pytest.raises(DiedError):
            act(own_home)
    assert set(users_of(open_home(own_home))) == {*PASSWORDS} - let_in
    assert not told_of_users(own_home)
    act(own_home)
    held = held_users(open_home(own_home))
    assert not (held.behind or held.removed or held.strange or held.notes)


def test_users_of_before_records_were_told_are_held_by_role_and_carrier(own_home):
    held = open_home(own_home)
    entries = list(with_accounts(held, journal.entries(held)))
    for entry in entries:
        for name in ("record", "account", "form", "salt"):
            entry.pop(name, None)
    (own_home / "web" / ACCOUNTS).unlink()
    text = "".join(json.dumps(entry) + "\n" for entry in entries)
    (own_home / "log" / "journal.jsonl").write_text(text)
    assert set(users_of(open_home(own_home))) == set(PASSWORDS)
    edit_users(own_home, lambda told: of(told, "viettel").update(role="auditor", carrier=""))
    assert set(users_of(open_home(own_home))) == {*PASSWORDS} - {"viettel"}


def test_a_file_of_users_that_others_may_read_is_not_read(home, tmp_path):
    copy = tmp_path / "out"
    (copy / "web").mkdir(parents=True)
    for name in ("home.json", "web/users.json"):
        (copy / name).write_bytes((home / name).read_bytes())
    (copy / "web" / "users.json").chmod(0o644)
    with pytest.raises(KeyFileError, match="others may read it"):
        users_of(open_home(copy))


# --- by the clock --------------------------------------------------------------------------------


def test_sessions_end_by_themselves():
    clock = Clock()
    opened = Sessions(clock)
    idle, _ = opened.begin(LAN, by_cookie=False)
    used, session = opened.begin(LAN, by_cookie=False)
    assert idle != used and not is_csrf(session, "") and is_csrf(session, session.csrf)
    clock.now = sessions.IDLE_SECONDS
    assert opened.of(used, by_cookie=False) is not None
    clock.now += 1
    assert opened.of(idle, by_cookie=False) is None
    while clock.now <= sessions.ABSOLUTE_SECONDS:
        assert opened.of(used, by_cookie=False) is not None
        clock.now += sessions.IDLE_SECONDS - 1
    assert opened.of(used, by_cookie=False) is None


def test_sessions_of_a_user_are_bounded_and_the_oldest_ends():
    opened = Sessions(Clock())
    tokens = [
        opened.begin(LAN, by_cookie=False)[0] for _ in range(sessions.SESSIONS_OF_USER_MAX + 1)
    ]
    assert len(opened) == sessions.SESSIONS_OF_USER_MAX
    assert opened.of(tokens[0], by_cookie=False) is None
    assert opened.of(tokens[1], by_cookie=False) is not None


def test_each_further_wrong_login_doubles_the_wait():
    clock = Clock()
    logins = Logins(clock)
    for _ in range(limits.FREE_WRONG_LOGINS):
        assert logins.wait("lan", "10.0.0.1") == 0
        logins.wrong("lan", "10.0.0.1")
    waits = []
    for _ in range(12):
        waits.append(logins.wait("lan", "10.0.0.1"))
        clock.now += waits[-1]
        logins.wrong("lan", "10.0.0.1")
    assert waits[:4] == [1, 2, 4, 8] and waits[-1] == limits.WAIT_SECONDS_MAX
    assert logins.wait("lan", "10.0.0.2") == 0  # a stranger does not keep her out
    logins.right("lan", "10.0.0.1")
    assert logins.wait("lan", "10.0.0.1") == 0


def test_many_names_from_one_address_wait_too():
    logins = Logins(Clock())
    for number in range(limits.FREE_WRONG_OF_ADDRESS):
        assert logins.wait("x", "10.0.0.1") == 0
        logins.wrong(f"u{number}", "10.0.0.1")
    assert logins.wait("x", "10.0.0.1") > 0 and logins.wait("x", "10.0.0.2") == 0


def test_requests_come_out_of_a_bucket_that_fills_again():
    clock = Clock()
    requests = Requests(2.0, 4.0, clock)
    assert [requests.take("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert requests.take("b") == 0
    clock.now += 0.5
    assert [requests.take("a"), requests.take("a")] == [0, 0.5]


def test_a_password_is_right_by_its_hash_alone():
    told = hashed("đúng rồi đấy")
    assert is_right("đúng rồi đấy", told) and not is_right("đúng rồi", told)
    assert not is_right("đúng rồi đấy", None) and not is_right("x" * 2_000, told)
