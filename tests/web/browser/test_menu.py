"""The menu: beside the view in wide windows, a line that unfolds in narrow ones, and what waits."""

from tests.web.browser.conftest import assert_clean, go
from tests.web.browser.test_views import NARROW, faults, narrow

COUNTS = ".rail a:has(b[data-waiting]:not(:empty))"


def counts_of(page):
    """What waits, by the page of the menu that it stands at."""
    page.wait_for_selector(COUNTS)
    shown = page.locator(COUNTS)
    return {link.inner_text().split("\n")[0]: int(link.locator("b").evaluate(
        "(one) => one.firstChild.data.replace('.', '')")) for link in shown.all()}  # fmt: skip


def test_the_menu_counts_what_waits_and_marks_the_page(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/variances")
    groups = page.locator(".rail nav p").all_inner_texts()
    assert groups == ["Kỳ này", "Kê khai", "Cần xử lý", "Bảo đảm", "Chính sách", "Tự tra"]
    asked = "fetch('/api/waiting').then((answer) => answer.json())"
    told = dict(page.evaluate(asked)["waiting"]["rows"])
    assert counts_of(page)["Chênh lệch"] == told["variances"] > 0
    assert told["suspense"] in counts_of(page).values()
    assert page.locator(".rail a[aria-current=page]").all_inner_texts()[0].startswith("Chênh lệch")
    assert_clean(looked)


def test_the_menu_unfolds_by_keyboard_in_a_narrow_window(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/overview")
    with narrow(page):
        line = page.locator(".rail button.unfold")
        assert line.inner_text().endswith("Tổng quan")
        assert not page.locator(".rail nav").is_visible()
        line.focus()
        page.keyboard.press("Enter")
        assert line.get_attribute("aria-expanded") == "true"
        assert page.locator(".rail nav a").first.is_visible()
        assert page.locator(".rail button:has-text('Đăng xuất')").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        assert faults(page) == []
        for _ in ("the search box", "overview", "variances"):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("main[data-place*='variances']")
        assert not page.locator(".rail nav").is_visible()
    assert page.locator(".rail nav").is_visible() and not line.is_visible()
