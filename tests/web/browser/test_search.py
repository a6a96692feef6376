"""The search box: a slash leads to it, one exact hit is shown at once, and no number is kept."""

from tests.web.browser.conftest import assert_clean, go
from tests.web.browser.test_views import narrow

BOX = ".top .search input"
REFUSED = "main[data-place='#/vi/search'] .alert"


def typed(page, text):
    page.fill(BOX, text)
    page.press(BOX, "Enter")


def test_a_slash_leads_to_the_box_but_not_while_one_types(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/overview")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("a/b")
    assert page.input_value(BOX) == "a/b"
    page = go(looked, "vi/console")
    page.click(".cm-content")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.className") == "editor"
    assert_clean(looked)


def test_one_exact_hit_is_shown_and_several_are_listed(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/overview")
    typed(page, "Viettel")
    page.wait_for_selector("main[data-place*='/carrier/viettel']")
    typed(page, "vx3")
    page.wait_for_selector("main[data-place='#/vi/search?q=vx3']")
    assert page.locator("h2").all_inner_texts()[-1] == "Gói đăng ký"
    typed(page, "usage-viettel-late")
    page.wait_for_selector("main[data-place*='late']")
    page.click(".hits a")
    page.wait_for_selector("main[data-place*='/file/']")
    page.click(".switch a:has-text('Phát hiện')")
    page.wait_for_selector("main[data-place*='of=findings']")
    typed(page, "không có")
    page.wait_for_selector("h2:has-text('Tìm được những gì')")
    assert_clean(looked)


def test_a_number_comes_into_no_address(logged_in):
    looked = logged_in("kiem-toan")
    for place in ("vi/search", "vi/overview"):
        page = go(looked, place)
        typed(page, "0912 345 678")
        page.wait_for_selector(f"{REFUSED}:has-text('số điện thoại')")
        shown = page.url + page.content() + page.input_value(BOX)
        assert "345" not in shown and page.url.endswith("/search")
    go(looked, "vi/log")
    page.goto(f"{looked.url}/#/vi/search?q=0912345678")
    page.wait_for_selector(f"{REFUSED}:has-text('số điện thoại')")
    looked.said.clear()  # Chromium tells of each refusal; nothing else went wrong
    assert_clean(looked)


def test_a_narrow_window_has_it_among_the_pages(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/overview")
    with narrow(page):
        page.keyboard.press("/")
        assert page.locator(".rail .search input").is_visible()
        assert page.evaluate("document.activeElement.name") == "q"
