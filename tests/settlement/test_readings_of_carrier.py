"""Readings that touch a carrier: every one that changes what holds for it is among them."""

import json

import pytest

from doisoat.settlement.report.readings_of_carrier import readings_of_carrier
from doisoat.tariffs.load.bundled import DEFAULT_PACKAGE
from doisoat.tariffs.load.tariffs import load_package

CARRIERS = ("viettel", "vnpt", "mobifone", "vietnamobile", "fpt", "cmc", "sctv")


def of_carrier(package, carrier):
    """All of a package that a carrier's figures can hang on."""
    whole = package.model_dump(mode="json", exclude={"measures", "readings", "chosen"})
    measures = [
        measure.model_dump(mode="json", exclude={"carriers"})
        for measure in package.measures
        if measure.carriers is None or carrier in measure.carriers
    ]
    return {**whole, "measures": measures}


@pytest.fixture(scope="module")
def moved():
    """For each carrier the readings of which another answer gives it another package."""
    package = load_package(DEFAULT_PACKAGE, {})
    before = {carrier: of_carrier(package, carrier) for carrier in CARRIERS}
    found = {carrier: set() for carrier in CARRIERS}
    for reading in package.readings:
        for name in reading.alternatives.keys() - {reading.default}:
            other = load_package(DEFAULT_PACKAGE, {reading.name: name})
            for carrier in CARRIERS:
                if of_carrier(other, carrier) != before[carrier]:
                    found[carrier].add(reading.name)
    return found


@pytest.mark.parametrize("carrier", CARRIERS)
def test_none_that_changes_what_holds_for_it_is_left_out(moved, carrier):
    written = load_package(DEFAULT_PACKAGE, {}).as_written
    touching = readings_of_carrier(written, carrier)
    assert moved[carrier] and moved[carrier] <= touching
    # Of what is over, each stands in a measure that another reading could give this carrier.
    assert len(touching - moved[carrier]) <= 3


def test_readings_of_others_are_not_among_them():
    written = load_package(DEFAULT_PACKAGE, {}).as_written
    assert not any(name.startswith("m6") for name in readings_of_carrier(written, "fpt"))
    assert "m4.viettel" in readings_of_carrier(written, "viettel")
    assert "m4.viettel" not in readings_of_carrier(written, "mobifone")


def answered(*values):
    return {"alternatives": {str(place): {"value": value} for place, value in enumerate(values)}}


@pytest.mark.parametrize(
    ("carriers", "answers", "touched"),
    [
        (["a", "b"], (), {"within"}),
        (["b"], (), set()),
        (None, (), {"within"}),
        ({"reading": "who"}, (["a"], []), {"who", "within"}),
        ({"reading": "who"}, (["b"], []), set()),
        ({"reading": "who"}, (["b"], None), {"who", "within"}),  # taken out: every carrier
        (["b", {"reading": "who"}], ("a", None), {"who", "within"}),
        (["b", {"reading": "who"}], ("c", None), set()),
        (["a", {"reading": "who"}], ("c", None), {"within"}),
        ({"reading": "who", "of": "x"}, ({"x": ["a"]}, {"x": ["b"]}), {"who", "within"}),
    ],
)
def test_a_measure_touches_those_whom_an_answer_may_give_it(carriers, answers, touched):
    measure = {"id": "M", "effect": {"part": {"reading": "within"}}}
    if carriers is not None:
        measure["carriers"] = carriers
    readings = [{"name": "within", **answered(1, 2)}]
    if answers:
        readings.append({"name": "who", **answered(*answers)})
    written = json.dumps({"measures": [measure], "readings": readings})
    assert readings_of_carrier(written, "a") == touched
