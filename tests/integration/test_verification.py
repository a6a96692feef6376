"""A verification that is recorded: once all is right, in the log, and seen from then on."""

import json

from doisoat.engine.store.home import JOURNAL
from tests.integration.conftest import done, refused, run
from tests.web.conftest import add_user


def last_entry(home):
    return json.loads((home / JOURNAL).read_text("utf-8").splitlines()[-1])


def test_the_log_says_up_to_where_a_home_was_right(home):
    assert done("status", "--home", home)["verified"] is None
    before = done("verify", home)
    told = done("verify", home, "--record", "--why", "trước khi ký")
    entry = last_entry(home)
    assert told["log"] == before["log"] and told["entry"] == before["log"]["size"] + 1
    assert (entry["what"], entry["why"]) == ("verify", "trước khi ký")
    assert (entry["size"], entry["root"]) == (before["log"]["size"], before["log"]["root"])
    seen = done("status", "--home", home)["verified"]
    assert (seen["entry"], seen["size"], seen["since"]) == (told["entry"], entry["size"], 0)
    add_user(home, "lan", "mot-mat-khau-dai", "--role", "auditor")
    assert done("status", "--home", home)["verified"]["since"] == 1
    again = done("verify", home, "--record")  # the home with such entries is right, too
    assert again["ok"] and done("status", "--home", home)["verified"]["since"] == 0


def test_what_is_not_right_is_not_recorded(home):
    path = next((home / "runs").rglob("statement.parquet"))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    entry = last_entry(home)
    status, told, _ = run("verify", home, "--record")
    assert status == 3 and "entry" not in told
    assert last_entry(home) == entry


def test_a_reason_goes_with_an_entry_and_without_a_number(home):
    refused(2, "verify", home, "--why", "x")
    refused(2, "verify", home, "--record", "--why", "gọi 0912345678")
