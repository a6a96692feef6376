"""Interconnection in Chromium: worked out by a job, then narrowed to a pair."""

from .conftest import assert_clean, go
from .test_views import CUT, faults


def test_interconnection_is_worked_out_and_narrowed_to_a_pair(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "en/interconnect")
    page.click("form.filters button")
    page.wait_for_selector(".job table")
    every = page.locator(".job details tbody tr").count()
    assert faults(page) == [] and page.evaluate(CUT) == []
    page.click(".job tbody th a >> nth=0")
    page.wait_for_selector("main[data-place*='pair=']")
    page.wait_for_selector(".job details[open] table")
    assert 0 < page.locator(".job details tbody tr").count() < every
    assert page.locator(".job .files a:text-is('CSV')").count() == 3
    assert_clean(looked)
