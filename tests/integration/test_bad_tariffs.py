"""Tariffs, packages and what-ifs that make no sense: refused with place and remedy."""

import json
import shutil
import subprocess
import sys

import pytest

from doisoat.tariffs.load.bundled import bundled_catalogue, bundled_package
from tests.integration.conftest import MAIN, refused, tree_of

PATCH = """\
id: what-if
title: x
author: x
reference: x
baseline: vn-2021-08
changes:
  - {{key: {key}, value: {value}{more}}}
"""


@pytest.fixture
def package(tmp_path):
    """The bundled package with one text replaced, once."""

    def edited(old, new):
        text = bundled_package("vn-2021-08").read_text("utf-8")
        assert old in text
        path = tmp_path / "package.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return edited


@pytest.fixture
def catalogue(tmp_path):
    """A copy of the bundled catalogue with one text of its packs replaced, once."""

    def edited(old, new):
        folder = tmp_path / "catalogue"
        shutil.copytree(bundled_catalogue(), folder)
        text = (folder / "packs.yaml").read_text("utf-8")
        assert old in text
        (folder / "packs.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return edited


@pytest.mark.parametrize(
    ("old", "new", "what", "mend"),
    [
        pytest.param("    order: 30\n", "    order: 10\n", "have the same order 10",
                     "give each its own", id="two measures of one rank"),
        pytest.param("lasts: 30 d", "latss: 30 d", "'lasts' is missing", "add `lasts: ...`",
                     id="a word misspelt"),
        pytest.param("      lasts: 30 d\n", "", "'lasts' is missing", "add `lasts: ...`",
                     id="a grant without expiry"),
    ],
)  # fmt: skip
def test_a_package_that_makes_no_sense(home, package, old, new, what, mend):
    path = package(old, new)
    before = tree_of(home)
    error = refused(4, "settle", "--package", path, "--home", home)
    assert what in error["what"] and mend in error["mend"], error
    assert error["where"].startswith(f"{path}:")
    assert tree_of(home) == before


@pytest.mark.parametrize(
    ("old", "new", "what", "mend"),
    [
        pytest.param("    validity: {days: 3}\n", "", "'validity' is missing",
                     "add `validity: ...`", id="a pack without expiry"),
        pytest.param("- {kind: data,", "- {kind: pack,", "kind", "data",
                     id="a pack that consumes itself"),
    ],
)  # fmt: skip
def test_a_pack_that_makes_no_sense(home, catalogue, old, new, what, mend):
    folder = catalogue(old, new)
    before = tree_of(home)
    error = refused(4, "settle", "--catalogue", folder, "--home", home)
    assert what in error["what"] and mend in error["mend"], error
    assert error["where"].startswith(f"{folder}/packs.yaml:")
    assert tree_of(home) == before


@pytest.mark.parametrize(
    ("key", "value", "more", "what", "mend"),
    [
        pytest.param("measures.M12.order", '"1"', "", "no measure 'M12'", "known are",
                     id="an unknown measure"),
        pytest.param("measures.M2.effect.sharing", '"60"', "", "sharing", "share",
                     id="an unknown value"),
        pytest.param('packs."viettel.VX3".valid_until', '"2021-08-10"', "", "leave a hole",
                     "", id="dates that leave a hole"),
    ],
)  # fmt: skip
def test_a_what_if_that_makes_no_sense(home, tmp_path, key, value, more, what, mend):
    path = tmp_path / "what-if.yaml"
    path.write_text(PATCH.format(key=key, value=value, more=more), encoding="utf-8")
    before = tree_of(home)
    error = refused(4, "compare", "vn-2021-08", path, "--home", home)
    assert what in error["what"] and mend in error["mend"], error
    assert error["where"].startswith(f"{path}:")
    assert tree_of(home) == before


def test_a_line_with_a_negative_duration_is_answered_and_reading_goes_on(home):
    line = {"start": "2021-08-10T10:00:00", "kind": "voice", "destination": "on_net",
            "plan": "viettel.Tomato"}  # fmt: skip
    given = "\n".join(json.dumps({**line, "units": units}) for units in (6_000, -1, 6_000))
    before = tree_of(home)
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "quote", "--json"],
        input=given, capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 5 and len(told) == 3
    assert told[0]["payable"] == told[2]["payable"] == "159"
    assert "negative" in told[1]["error"]["what"] and "line 2" in told[1]["error"]["where"]
    assert tree_of(home) == before
