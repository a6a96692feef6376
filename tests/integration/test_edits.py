"""Whatever is changed in a home, `verify` says where. For thousands: python -m tests.long_edits."""

import shutil

import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.verify.verify import verify_home
from tests import edits

SEEDS = 30


@pytest.fixture
def pristine(home, tmp_path):
    """The settled home, in which somebody may sign; so that its log has more than one entry."""
    from .conftest import done, passphrase_in

    secret = passphrase_in(tmp_path)
    signing = ("--key", tmp_path / "s.key", "--passphrase-file", secret)
    done("signer", "new", "ke-toan", *signing)
    done("signer", "add", *signing[:2], "--home", home)
    done("sign", "2021-08", "--no-pack", *signing, "--home", home)
    return home


def test_each_edit_is_found_where_it_is(pristine, tmp_path):
    work = tmp_path / "work"
    shutil.copytree(pristine, work)
    assert verify_home(open_home(work)).ok
    made, missed = [], []
    for seed, edit, fault in edits.trials(work, pristine, range(SEEDS)):
        made.append(edit)
        if fault is not None:
            missed.append((seed, edit, fault))
    assert missed == []
    assert len(made) > SEEDS // 2 and len({edit.what for edit in made}) > 5
    assert verify_home(open_home(work)).ok  # each was put back


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("home.json", '{\n "format_version": 2,\n "buckets": 16\n}\n', "not as it was written"),
        ("current.json", "{}\n", "not what was last published"),
        ("log/journal.jsonl", "[1]\n", "the log has"),
        ("log/head.json", '{"size": 99, "root": ""}', "the log has"),
    ],
)
def test_what_is_well_formed_and_says_something_else_is_found(pristine, name, content, what):
    (pristine / name).write_text(content, "utf-8")
    found = verify_home(open_home(pristine)).findings
    assert any(what in one.what and "/" in one.where for one in found), found


def test_a_part_whose_manifest_says_another_key_is_found(pristine):
    (path, *_) = sorted(pristine.glob("usage/part=*/manifest.json"))
    text = path.read_text("utf-8")
    path.write_text(text.replace('"key_version": 1', '"key_version": 2', 1), "utf-8")
    assert path.read_text("utf-8") != text
    assert {one.where for one in verify_home(open_home(pristine)).findings} == {str(path)}
