"""Samples as the page and `doisoat status` tell them: how far each has come, and what it shows."""

import shutil

import pytest

from tests.integration.conftest import done
from tests.web.conftest import Asker, serving
from tests.web.sampled import draw_samples


@pytest.fixture(scope="module")
def sampled_home(home, tmp_path_factory):
    """(home, id of an evaluated sample of viettel, id of one of vnpt that waits)."""
    folder = tmp_path_factory.mktemp("samples")
    copy = folder / "out"
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("open-*"))
    return copy, *draw_samples(copy, "viettel", "vnpt")


@pytest.fixture(scope="module")
def ask(sampled_home):
    with serving(sampled_home[0]) as (url, _):
        yield lambda name: Asker(url, Asker(url).log_in(name).json["token"]).get("/api/samples")


def test_an_auditor_sees_every_sample_with_its_design_and_what_it_shows(ask, sampled_home):
    home, mine, other = sampled_home
    told = {one["sample"]: one for one in ask("kiem-toan").json["samples"]}
    assert list(told) == [mine, other]
    listed = {one["sample"]: one for one in done("sample", "list", "--home", home)["samples"]}
    for name, one in told.items():
        assert {**listed[name], "results": one["results"], "shown": one["shown"]} == one
    (shown,) = told[mine]["shown"]
    assert told[mine]["step"] == "done" and set(told[mine]["commitments"]) == {
        "ministry",
        "viettel",
    }
    assert int(shown["over"]["lower"]) <= int(shown["over"]["projected"])
    assert int(shown["over"]["projected"]) <= int(shown["over"]["upper"])
    assert shown["over"]["found"] == 1 and shown["under"]["found"] == 0
    assert told[other]["waits_for"] == ["ministry", "vnpt"] and told[other]["shown"] == []


def test_a_carrier_sees_its_own_samples_and_a_reader_none(ask, sampled_home):
    assert [one["sample"] for one in ask("viettel").json["samples"]] == [sampled_home[1]]
    refused = ask("ban-doc")
    assert (refused.status, refused.refused) == (403, "not_allowed")


def test_a_sample_that_was_altered_is_refused_by_name_and_its_name_is_not_told(ask, sampled_home):
    home, _, other = sampled_home
    manifest = home / "samples" / other / "frame" / "manifest.json"
    whole = manifest.read_bytes()
    manifest.write_bytes(whole.replace(b'"seed', b'"seeD', 1) + b" ")
    refused = ask("viettel")
    assert (refused.status, refused.refused) == (409, "damaged_sample")
    assert other not in refused.body.decode()
    manifest.write_bytes(whole)
    assert ask("viettel").status == 200


def test_a_step_that_publishes_nothing_is_seen_at_once(ask, sampled_home, tmp_path):
    home, _, other = sampled_home
    given = done("sample", "seed", tmp_path / "seed", "--sample", other, "--as", "ministry")
    commitment = ("--commitment", given["commitment"])
    done("sample", "commit", other, "--as", "ministry", *commitment, "--home", home)
    (told,) = [one for one in ask("kiem-toan").json["samples"] if one["sample"] == other]
    assert told["commitments"] == {"ministry": given["commitment"]}
    assert told["waits_for"] == ["vnpt"]


def test_status_says_what_each_sample_waits_for_and_what_it_shows(sampled_home):
    home, mine, other = sampled_home
    told = {one["sample"]: one for one in done("status", "--home", home)["samples"]}
    assert told[mine]["verdict"] in ("tolerable", "not shown") and told[mine]["step"] == "done"
    assert told[other]["verdict"] is None and told[other]["step"] == "commit"
    assert told[other]["parties"] == ["ministry", "vnpt"] and "vnpt" in told[other]["waits_for"]
