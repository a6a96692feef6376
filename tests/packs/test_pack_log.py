"""The log of a pack goes to every carrier: it names no user of the page, and proves all it did."""

import json

import pytest

from doisoat.engine.store.commit import canonical_json
from doisoat.engine.store.home import open_home
from doisoat.settlement.access.users import add_user, give_password, remove_user
from doisoat.settlement.log import journal
from doisoat.settlement.log.log import read_log
from doisoat.settlement.log.merkle import Tree, leaf_hash
from tests.integration.conftest import done

from .conftest import CARRIER, MONTH, check_here
from .test_hostile_pack import by_script, refused_by_both
from .test_pack import relisted, verified

NAMES = ("lan.nguyen", "thanh-tra-bo")


def names_in(folder):
    """Which of the users' names stand anywhere in a pack, in any file."""
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return [name for name in NAMES if name.encode() in content]


def test_a_pack_names_no_user_of_the_page(home, signers, signed_by, tmp_path):
    add_user(home, NAMES[0], "auditor", None, "mật khẩu của Lan")
    add_user(home, NAMES[1], "reader", None, "mật khẩu của Bộ")
    give_password(home, NAMES[0], "mật khẩu khác của Lan")
    remove_user(home, NAMES[1])
    of_sign = signed_by("ke-toan")
    out = tmp_path / "pack"
    done("pack", CARRIER, MONTH, "--home", home, "--out", out)
    assert names_in(out) == []
    log = (out / "log.jsonl").read_bytes()
    assert log.count(b'"what":"user ') == 4 and b'"auditor"' not in log and b'"leaf"' not in log
    told = verified(out, "--paper", of_sign["checkpoint"])
    assert told["ok"] and told["notes"] == []
    assert by_script(out, "--paper", of_sign["checkpoint"])[0] == 0


@pytest.fixture
def of_before(home):
    """A settled home whose log named users, as all logs did: with its entries of before."""
    held = open_home(home)
    old = [json.loads(line) for line in journal.lines(held)]
    for entry in old:
        entry.pop("form", None)
    about = {"logged_at": "2026-01-01T00:00:00", "manifest_sha256": "0" * 64, "period": "",
             "run": "", "version": "0.1.0", "who": "root@may"}  # fmt: skip
    users = [
        {**about, "what": "user add", "user": NAMES[0], "role": "auditor"},
        {**about, "what": "user add", "user": NAMES[1], "role": "reader"},
        {**about, "what": "variance", "by": NAMES[0], "variances": [], "state": "asked"},
        {**about, "what": "user remove", "user": NAMES[1]},
    ]
    lines = [canonical_json(one) for one in (*old[:1], *users[:2], *old[1:], *users[2:])]
    (home / journal.JOURNAL).write_bytes(b"".join(line + b"\n" for line in lines))
    head = {"size": len(lines), "root": Tree(lines).root().hex()}
    (home / journal.HEAD).write_text(json.dumps(head), "utf-8")
    return home


def test_entries_of_before_that_name_users_are_digests_in_a_pack(
    of_before, signers, signed_by, tmp_path
):  # fmt: skip
    of_sign = signed_by("ke-toan")
    out = tmp_path / "pack"
    done("pack", CARRIER, MONTH, "--home", of_before, "--out", out)
    assert names_in(out) == []
    lines = (out / "log.jsonl").read_bytes().splitlines()
    own = read_log(open_home(of_before))
    left_out = [at for at, line in enumerate(own.entries) if lines[at] != line]
    assert [json.loads(own.entries[at]).get("what") for at in left_out] == [
        "user add", "user add", "variance", "user remove",
    ]  # fmt: skip
    for at in left_out:
        assert lines[at] == b'{"leaf":"%b"}' % leaf_hash(own.entries[at]).hex().encode()
    about = json.loads((out / "manifest.json").read_bytes())
    assert about["log"] == {"size": len(own.entries), "root": own.root}
    numbers = ", ".join(str(at + 1) for at in left_out)
    key = ("--paper", of_sign["checkpoint"])
    told = verified(out, *key)
    assert told["ok"] and told["log"]["signed"] == 1
    (note,) = told["notes"]
    assert f"because they name users of the page: {numbers};" in note
    status, said = by_script(out, *key)
    assert status == 0 and f"digests alone: {numbers}" in said
    assert check_here(out) is None


@pytest.mark.parametrize("which", ["signer_add", "settle"])
def test_no_entry_of_today_may_be_left_out(
    of_before, signers, signed_by, tmp_path, which
):  # fmt: skip
    """It might retire who signed. What came before users were named no more is another question."""
    signed_by("ke-toan")
    out = tmp_path / "pack"
    done("pack", CARRIER, MONTH, "--home", of_before, "--out", out)
    path = out / "log.jsonl"
    lines = path.read_bytes().splitlines()
    at = max(n for n, line in enumerate(lines) if f'"what":"{which}"'.encode() in line)
    lines[at] = b'{"leaf":"%b"}' % leaf_hash(lines[at]).hex().encode()
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    keys_left = [json.loads(line).get("signer") for line in lines[:-1]]
    (out / "signers.txt").write_text("".join(f"{one}\n" for one in sorted(filter(None, keys_left))))
    relisted(out)
    if which == "settle":  # an old entry: whoever checks is told its number
        assert any(f" {at + 1}" in note for note in verified(out)["notes"])
    else:
        refused_by_both(out, f"entry {at + 1}")
