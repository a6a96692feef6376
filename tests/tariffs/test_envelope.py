"""An envelope common or in parts: what is refused at load, where it says so, what is digested."""

import json

import pytest

from doisoat.errors import CatalogueError
from doisoat.messages.text import halves_of
from doisoat.tariffs.change.diff import differences
from doisoat.tariffs.load.tariffs import load_package, package_digest
from doisoat.tariffs.models.package_model import Envelope
from tests.tariffs.clean import RELIEF, put, swapped

CARRIERS = "  carriers: [x]\n"
PLACE = 1 + RELIEF[: RELIEF.index(CARRIERS)].count("\n") + 1  # the line below `carriers`


def load(tmp_path, parts, carriers="[x]"):
    changed = f"  carriers: {carriers}\n  per_carrier: {parts}\n"
    path = tmp_path / "r.yaml"
    path.write_text(RELIEF.replace(CARRIERS, changed, 1), "utf-8")
    return load_package(path)


def test_parts_are_whole_dong_by_carrier(tmp_path):
    package = load(tmp_path, '{x: "1000", y: 0}', "[x, y]")
    assert package.envelope is not None and package.envelope.per_carrier == {"x": 1_000, "y": 0}


@pytest.mark.parametrize(
    ("parts", "carriers", "what", "mend"),
    [
        ('{x: "999"}', "[x]", "are 999 together, the amount is 1000", "give parts whose sum"),
        ('{x: "1001"}', "[x]", "are 1001 together", "give parts whose sum"),
        ('{y: "1000"}', "[x]", "do not name the same carriers", "give each carrier its part"),
        ('{x: "1000"}', "[x, y]", "(y)", "give each carrier its part"),
        ("{}", "[x]", "(x)", "give each carrier its part"),
    ],
)
def test_parts_that_are_not_the_whole_are_refused_with_their_place(
    tmp_path, parts, carriers, what, mend
):
    with pytest.raises(CatalogueError) as error:
        load(tmp_path, parts, carriers)
    told = str(error.value)
    assert what in told and halves_of(error.value.mend).en.startswith(mend)
    assert f"r.yaml:{PLACE}:" in told


@pytest.mark.parametrize("part", ['"-1"', '"0.5"'])
def test_a_part_is_no_fraction_and_not_below_0(tmp_path, part):
    with pytest.raises(CatalogueError, match=rf"r\.yaml:{PLACE}:"):
        load(tmp_path, f"{{x: {part}}}")


def test_an_envelope_of_nothing_is_an_envelope(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(swapped(RELIEF, 'amount: "1000"', 'amount: "0"'), "utf-8")
    envelope = load_package(path).envelope
    assert envelope is not None and envelope.amount == 0


def test_a_package_without_parts_is_digested_as_before_there_were_any(tmp_path):
    put(tmp_path)
    package = load_package(tmp_path / "r.yaml")
    envelope = package.envelope
    assert envelope is not None and "per_carrier" not in envelope.model_dump()
    again = Envelope.model_validate(json.loads(envelope.model_dump_json()))
    assert again == envelope
    parted = load(tmp_path, '{x: "1000"}')
    assert package_digest(parted) != package_digest(package)
    assert parted.envelope is not None and parted.envelope.model_dump()["per_carrier"] == {
        "x": 1_000
    }


def test_parts_are_compared_by_carrier(tmp_path):
    one = load(tmp_path, '{x: "1000", y: 0}', "[x, y]")
    other = load(tmp_path, '{x: "600", y: "400"}', "[x, y]")
    (found,) = differences(one, other)
    assert found.section == "envelope"
    assert [(c.path, c.before, c.after) for c in found.changes] == [
        (("per_carrier", "x"), 1_000, 600), (("per_carrier", "y"), 0, 400),
    ]  # fmt: skip
