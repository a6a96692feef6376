"""Areas of a cause: known, each place in one at a time, and of their own programme."""

from datetime import datetime

import pytest

from doisoat.engine.oracle import validity
from doisoat.errors import CatalogueError
from doisoat.messages.text import EN, texts_of
from doisoat.tariffs.check.check import check
from doisoat.tariffs.load.tariffs import (
    check_package,
    load_catalogue,
    load_package,
    package_digest,
)
from doisoat.tariffs.models.package_model import Area, Package, Where
from tests.tariffs.clean import put

AREA = (
    '  - {{id: {}, cause: {}, localities: ["{}"], valid_from: {}, valid_until: {},'
    " source: page 1, mark: stated}}\n"
)
PLACED = "where: {directive: 16"
BY_CAUSE = "where: {cause: flood"


def with_areas(folder, *areas, where=BY_CAUSE):
    """A clean tariff whose measure G asks for areas of a cause, with these."""
    put(folder)
    path = folder / "r.yaml"
    text = path.read_text()
    assert PLACED in text
    text = text.replace(PLACED, where)
    path.write_text(text + ("areas:\n" + "".join(AREA.format(*area) for area in areas)))
    return path, load_catalogue(folder / "c.yaml")


def test_a_condition_by_cause_is_checked_without_a_finding(tmp_path):
    path, _ = with_areas(tmp_path, ("a", "flood", "01", "2021-08-05", "2021-09-01"))
    report = check(tmp_path / "c.yaml", path)
    assert [finding.fault.en for finding in report.findings] == []


def test_a_measure_that_no_area_meets_is_told(tmp_path):
    path, _ = with_areas(tmp_path, ("a", "flood", "01", "2020-08-05", "2020-09-01"))
    report = check(tmp_path / "c.yaml", path)
    assert "no area of the cause flood over these localities meets it" in "".join(
        finding.fault.en for finding in report.findings
    )


@pytest.mark.parametrize(
    ("areas", "what"),
    [
        pytest.param(
            [("a", "flood", "99", "2021-08-05", "2021-09-01")],
            "the area names the locality '99', which c does not have",
            id="an unknown place",
        ),
        pytest.param(
            [
                ("a", "flood", "01", "2021-08-05", "2021-09-01"),
                ("b", "flood", "01", "2021-08-31", "2021-10-01"),
            ],
            "01 and 01 overlap in areas of the cause flood at one time",
            id="a place twice",
        ),
    ],
)
def test_unknown_and_overlapping_areas_are_refused(tmp_path, areas, what):
    path, catalogue = with_areas(tmp_path, *areas)
    with pytest.raises(CatalogueError) as refused:
        check_package(load_package(path), catalogue)
    assert texts_of(refused.value.what)[EN] == what
    assert f"area {areas[-1][0]}" in refused.value.where
    assert refused.value.mend


def test_a_province_overlaps_with_its_district(tmp_path):
    path, catalogue = with_areas(
        tmp_path,
        ("a", "flood", "01", "2021-08-05", "2021-09-01"),
        ("b", "flood", "02", "2021-08-05", "2021-09-01"),
    )
    package = load_package(path)
    check_package(package, catalogue)
    first, second = catalogue.localities
    district = second.model_copy(update={"province": first.code})
    nested = catalogue.model_copy(update={"localities": (first, district)})
    with pytest.raises(CatalogueError, match="overlap"):
        check_package(package, nested)


def test_areas_that_touch_or_are_of_other_causes_do_not_overlap(tmp_path):
    path, catalogue = with_areas(
        tmp_path,
        ("a", "flood", "01", "2021-08-05", "2021-09-01"),
        ("b", "flood", "01", "2021-09-01", "2021-10-01"),
        ("c", "storm", "01", "2021-08-05", "2021-09-01"),
    )
    check_package(load_package(path), catalogue)


def test_a_cause_without_an_area_is_refused(tmp_path):
    path, _ = with_areas(tmp_path, ("a", "storm", "01", "2021-08-05", "2021-09-01"))
    with pytest.raises(CatalogueError) as refused:
        load_package(path)
    assert "no area has the cause flood (there are storm)" in texts_of(refused.value.what)[EN]


@pytest.mark.parametrize("given", [{}, {"directive": 16, "cause": "flood"}])
def test_a_condition_names_a_directive_or_a_cause(given):
    with pytest.raises(ValueError, match="one of the two"):
        Where.model_validate({**given, "place": "home_at_use"})


def test_an_area_holds_a_moment():
    with pytest.raises(ValueError, match="holds no moment"):
        Area(
            id="a", cause="flood", localities=("01",), valid_from=datetime(2021, 8, 5),
            valid_until=datetime(2021, 8, 5), source="page 1", mark="stated",
        )  # fmt: skip


def test_what_is_not_said_of_areas_is_not_digested(tmp_path):
    put(tmp_path)
    package = load_package(tmp_path / "r.yaml")
    dumped = package.model_dump(mode="json")
    assert "areas" not in dumped
    assert all("cause" not in (measure["where"] or {}) for measure in dumped["measures"])
    path, _ = with_areas(tmp_path, ("a", "flood", "01", "2021-08-05", "2021-09-01"))
    assert package_digest(load_package(path)) != package_digest(package)


def test_areas_are_those_of_the_measures_own_programme(tmp_path):
    path, catalogue = with_areas(tmp_path, ("a", "flood", "01", "2021-08-05", "2021-09-01"))
    tree = load_package(path).model_dump(mode="json")
    head = {name: "-" for name in ("title", "title_en", "author", "reference")}
    del tree["envelope"]
    tree["programmes"] = [{"id": name, **head} for name in ("one", "two")]
    for measure in tree["measures"]:
        measure["programme"] = "one"
    tree["areas"] = [
        {**tree["areas"][0], "programme": "one"},
        {**tree["areas"][0], "id": "b", "programme": "two", "localities": ["02"]},
    ]
    joined = Package.model_validate(tree)
    (measure,) = (m for m in joined.measures if m.where and m.where.cause)
    assert validity.order_spans(catalogue, joined, measure, "01")
    assert not validity.order_spans(catalogue, joined, measure, "02")
    assert [area.id for area in joined.areas_of(measure)] == ["a"]
