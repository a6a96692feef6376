"""Keys of the page: rows, months, views, the list of them, and the switch that turns them off."""

import re

import pytest

from tests.web.browser.conftest import assert_clean, go
from tests.web.browser.test_views import faults

HERE = "document.activeElement.closest('tr')"
SEEN = "(row) => row.getBoundingClientRect().bottom <= innerHeight"


def pressed(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_a_row_is_reached_ticked_unfolded_and_acted_on(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/variances?by=carrier&state=open")
    rows = page.locator("table.stack:has(input) > tbody > tr:not(.below)")
    listed = "[...document.querySelectorAll('table:has(input) > tbody > tr')]"
    at = f"{HERE} && {listed}.indexOf({HERE})"
    while page.evaluate(at) != 1:  # the sums of short and over stand above the list
        pressed(page, "j")
    pressed(page, "k")
    assert page.evaluate(at) == 0 and rows.first.evaluate(SEEN)
    pressed(page, "x")
    assert rows.first.locator("input").is_checked()
    assert page.inner_text("#live").startswith("Đã chọn")
    pressed(page, "a")
    assert page.evaluate("document.activeElement.closest('form').className") == "act"
    page.locator("h1").focus()
    while page.evaluate(at) != 0:
        pressed(page, "j")
    pressed(page, "e")
    page.wait_for_selector(".cells-of tbody")
    assert "open=" in page.url
    pressed(page, "j", "Enter")
    page.wait_for_selector("h2:text-is('Hai bên')")
    page.go_back()
    page.wait_for_selector(".cells-of tbody")
    pressed(page, "j", "e")
    page.wait_for_selector("main:not([data-place*='open='])")
    assert page.evaluate(at) == 0
    pressed(page, "x")
    assert not rows.first.locator("input").is_checked()
    assert_clean(looked)


def test_keys_lead_to_views_and_along_the_variances_of_a_cause(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "en/overview")
    for key, view in {"v": "variances", "s": "suspense", "r": "refunds", "l": "log"}.items():
        pressed(page, "g", key)
        page.wait_for_selector(f"main[data-place*='/{view}?period=2021-08']")
    pressed(page, "g", "o", "[", "]")  # one month alone: none before it, none after it
    page.wait_for_selector("main[data-place='#/en/overview?period=2021-08']")
    assert_clean(looked)


def test_keys_lead_along_the_variances_of_a_cause(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "en/overview")
    asked = "fetch('/api/variance-groups').then((answer) => answer.json())"
    members = [row[:2] for row in page.evaluate(asked)["members"]["rows"]]
    (group, first), (_, second) = members[:2]
    told = page.evaluate(f"fetch('/api/variance/{first}').then((answer) => answer.json())")
    assert told["beside"]["group"] == group

    def two(route):  # causes of these claims explain a variance each
        answer = route.fetch()
        place = [first, second].index(route.request.url.split("/")[-1].partition("?")[0])
        beside = {"group": group, "place": place, "count": 2,
                  "before": [None, first][place], "after": [second, None][place]}  # fmt: skip
        route.fulfill(response=answer, json={**answer.json(), "beside": beside})

    page.route(re.compile("/api/variance/[0-9a-f]+([?]|$)"), two)
    go(looked, f"en/variance/{first}")
    assert "1 of 2 of its cause" in page.inner_text("main")
    pressed(page, "p", "n")  # there is none before it
    page.wait_for_selector(f"main[data-place*='{second}']")
    pressed(page, "p")
    page.wait_for_selector(f"main[data-place*='{first}']")
    assert faults(page) == []
    page.unroute_all()
    page.click("a:has-text('of its cause')")
    page.wait_for_selector(f"main[data-place*='open={group}'] .cells-of")
    address = page.url
    page.reload()
    page.wait_for_selector(".cells-of")
    assert page.url == address
    assert_clean(looked)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_list_of_keys_is_accessible_and_has_the_switch(logged_in, lang):
    looked = logged_in("kiem-toan")
    page = go(looked, f"{lang}/overview")
    dialog = page.locator("dialog.keys")
    pressed(page, "?")
    assert dialog.is_visible() and faults(page) == []
    assert page.evaluate("document.activeElement.tagName") == "H2"
    pressed(page, "g", "v")  # the list is read, not the page below it
    pressed(page, "Tab", "Space", "Escape")
    dialog.wait_for(state="detached")  # it goes when it has closed, a moment later
    assert page.url.endswith("/overview")
    pressed(page, "?", "/", "j")
    assert dialog.count() == 0 and page.evaluate(f"{HERE}") is None
    assert page.evaluate("document.activeElement.name") is None
    page.reload()
    page.wait_for_selector("main h1")
    page.click(".top .user button >> nth=0")
    assert not dialog.locator("input").is_checked()
    dialog.locator("input").check()
    dialog.locator("button").click()
    dialog.wait_for(state="detached")
    pressed(page, "/")
    assert page.evaluate("document.activeElement.name") == "q"
    pressed(page, "?", "j")
    assert dialog.count() == 0 and page.input_value(".top .search input") == "?j"
    assert_clean(looked)


def test_a_role_has_the_keys_of_its_own_pages(logged_in):
    looked = logged_in("ban-doc")
    page = go(looked, "vi/overview")
    pressed(page, "g", "s", "?")
    said = page.inner_text("dialog.keys")
    assert "Tổng quan" in said and "Sự kiện treo" not in said
    pressed(page, "Escape")
    page.wait_for_selector("dialog.keys", state="detached")
    assert page.url.endswith("/overview")
    assert_clean(looked)
