"""Every view's JSON keeps the two rules of tests/reading_rules.py.

It would catch a column "relief" of both natures in a view, or a sentence of one in milliseconds.
What a view gives as plain rows of units is exact by contract (docs/web-api.md): the page shows it
in minutes and GB, which tests/web/browser/test_views.py looks at.
"""

import duckdb
import pytest

from tests.reading_rules import long_counts, numbers_in, sums_over_natures

VIEWS = (
    "overview", "carriers", "carrier/viettel", "carrier/vnpt", "carrier/viettel/usage",
    "statement/viettel", "statement/vnpt", "to-do", "findings", "adjustments", "plausibility",
    "waiting", "suspense", "refund-sums", "claims", "variances", "variance-groups", "signatures",
    "cells?carrier=viettel&by=day", "cells?carrier=viettel&by=home_province",
)  # fmt: skip


@pytest.fixture(scope="module")
def forbidden(home):
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
        sums = sums_over_natures(face)
    assert len(sums) > 5  # else nothing could be found
    return sums


def faults(value, forbidden):
    """Of each number and text of an answer."""
    if isinstance(value, dict):
        return [fault for one in value.values() for fault in faults(one, forbidden)]
    if isinstance(value, list):
        return [fault for one in value for fault in faults(one, forbidden)]
    if isinstance(value, int) and not isinstance(value, bool):
        return [value] if value in forbidden else []
    if isinstance(value, str):
        return [*long_counts(value), *sorted(numbers_in(value) & forbidden)]
    return []


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_adds_natures_or_says_raw_counts(auditor, forbidden, view):
    answer = auditor.get(f"/api/{view}")
    assert answer.status == 200, answer.body
    assert faults(answer.json, forbidden) == []


def test_a_planted_sum_and_a_raw_count_are_found(auditor, forbidden):
    told, planted = auditor.get("/api/overview").json, min(forbidden)
    told["carriers"]["rows"][0].append(planted)
    told["said"] = "36.000.000 mili giây"
    assert faults(told, forbidden) == [planted, "36.000.000 mili giây"]
