"""Packs of a signed month: the signature, the keys, the paper's checkpoint; and after it."""

import json
import re
import shutil
from pathlib import Path

from tests import edits
from tests.integration.conftest import done, refused, run, tree_of

from .conftest import CARRIER, MONTH, check_here, script
from .test_pack import relisted, verified


def test_a_signed_pack_is_right_under_its_paper_and_key(signed, keys, home, tmp_path):
    out, of_sign, of_pack = signed
    key, other = (keys[0][name]["public"] for name in ("ke-toan", "truong-phong"))
    assert of_pack["signed"] and of_pack["checkpoint"] == of_sign["checkpoint"]
    about = json.loads((out / "manifest.json").read_bytes())
    assert about["number"] == of_sign["numbers"][CARRIER] and about["signer"] == of_sign["signer"]
    paper = ("--paper", of_sign["checkpoint"])
    told = verified(out, *paper, "--trust", key)
    assert told["ok"] and told["notes"] == [] and told["log"]["signed"] == 1
    status, said = script(out, *paper, "--trust", key)
    assert status == 0 and "đã ký | signed" in said
    assert not verified(out, "--trust", other)["ok"]
    status, said = script(out, "--trust", other)
    assert status == 1 and "not trusted" in said
    status, said = script(out, "--paper", of_sign["checkpoint"].replace("DS1-", "DS1-9", 1))
    assert status == 1 and "--paper" in said
    assert check_here(out) is None
    # What the log went on with changes nothing.
    done("signer", "retire", "truong-phong", "--why", "nghỉ việc", "--home", home)
    done("pack", CARRIER, MONTH, "--home", home, "--out", tmp_path / "later")
    assert (tmp_path / "later" / "manifest.json").read_bytes() == (
        out / "manifest.json"
    ).read_bytes()


def test_a_log_that_was_rewritten_is_found_though_all_digests_agree(signed):
    out, _, _ = signed
    log = (out / "log.jsonl").read_bytes()
    lines = log.splitlines(keepends=True)
    changes = {
        "an entry changed": log.replace("bổ nhiệm".encode(), b"bo nhiem", 1),
        "an entry less": b"".join(lines[1:]),
        "entries moved": b"".join([lines[1], lines[0], *lines[2:]]),
        "the signature": log.replace(b'"note":"doisoat/', b'"note":"doisoat/0', 1),
        "what was signed": log.replace(b'"numbers":{"cmc":"01', b'"numbers":{"cmc":"02', 1),
        "no signature": b"".join(lines[:-1]),
    }
    for what, changed in changes.items():
        assert changed != log, what
        (out / "log.jsonl").write_bytes(changed)
        relisted(out)
        assert not verified(out)["ok"], what
        assert script(out)[0] == 1, what


def test_the_run_is_held_to_the_signature(signed):
    out, _, _ = signed
    path = out / "run" / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"counters"', b'"counterz"', 1))
    relisted(out)
    assert any("last entry" in one["what"] for one in verified(out)["findings"])
    status, said = script(out)
    assert status == 1 and "its last entry" in said


def test_the_package_is_held_to_the_run(signed):
    out, _, _ = signed
    path = out / "run" / "package.json"
    path.write_bytes(path.read_bytes().replace(b'"percent":"45"', b'"percent":"46"', 1))
    relisted(out)
    (finding,) = verified(out)["findings"]
    assert finding["what"].endswith(" | not the file of the run")
    assert "run/package.json: not the run's" in script(out)[1]


def named(said):
    """The carriers for which a command said to type `doisoat pack`."""
    return re.findall(rf"^  doisoat pack (\S+) {MONTH} --home \S+$", said, re.MULTILINE)


def test_packs_are_asked_for_while_they_can_be_made(signed, home):
    """By what supersedes a month, and by what settles it anew; then it is too late, and is said."""
    supersede = ("period", "supersede", MONTH, "--why", "sửa", "--home", home)
    anew = ("settle", "--reading", "m2.in_kind_value=zero", "--home", home)
    carriers = done("period", "status", MONTH, "--home", home)["not_packed"]
    assert CARRIER in carriers and len(carriers) > 2  # `signed` wrote its pack elsewhere
    done("pack", carriers[0], MONTH, "--home", home)
    _, _, said = run(*supersede)
    assert named(said) == carriers[1:] and "make it now" in said.lower()
    made = done("pack", CARRIER, MONTH, "--home", home)  # a superseded month still has its packs
    assert made["signed"] and tree_of(Path(made["path"])) == tree_of(signed[0])
    left = [one for one in carriers[1:] if one != CARRIER]
    assert done("period", "status", MONTH, "--home", home)["not_packed"] == left
    _, told, said = run(*anew)
    assert told["run"] != made["run"] and named(said) == left
    assert done("period", "status", MONTH, "--home", home)["not_packed"] == []
    for carrier, mend in ((CARRIER, made["path"]), (left[0], "from before it was settled anew")):
        told = refused(7, "pack", carrier, MONTH, "--home", home, "--out", home.parent / "no")
        assert "no longer the one in force" in told["what"] and "settled anew" in told["what"]
        assert mend in told["mend"]
    _, _, said = run(*anew)
    assert named(said) == []
    shutil.rmtree(signed[0])


def test_each_random_edit_is_found_where_it_is(signed, tmp_path):
    """For thousands: python -m tests.long_edits."""
    pristine = shutil.copytree(signed[0], tmp_path / "pristine")
    found = list(edits.trials(signed[0], pristine, range(40)))
    assert [one for one in found if one[2] is not None] == []
    assert len(found) > 20 and len({made.what for _, made, _ in found}) > 5
    assert verified(signed[0])["ok"]  # each was put back
