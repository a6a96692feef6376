"""The map of provinces: one nature in five classes, told in words, with the table beside it."""

import pytest

from tests.web.browser.conftest import assert_clean, go
from tests.web.browser.test_views import NARROW, narrow

MAP = "#provinces .tile-map svg[role=img]"
BREAKS = """import("/static/tile_map.js").then(({breaksOf}) =>
    [0n, 1n, 7n, 8n, 79n, 80n, 1541526n].map((most) => breaksOf(most).map(Number)))"""


@pytest.mark.parametrize("place", ["vi/overview", "vi/carrier/viettel?period=2021-08"])
def test_the_map_says_what_it_shows_and_follows_the_nature(logged_in, place):
    looked = logged_in("kiem-toan")
    page = go(looked, place)
    assert page.locator(f"{MAP} text").count() == 63
    says = page.get_attribute(MAP, "aria-label")
    assert says.startswith("Giảm trừ theo tỉnh") and "trên 63 tỉnh" in says and "đ" in says
    assert page.locator("#provinces table").count() == 1
    sizes = page.eval_on_selector_all(
        f"{MAP} text", "(all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 11
    widths = page.eval_on_selector_all(
        f"{MAP} g", "(all) => all.filter((one) => one.querySelector('text').getBBox().width"
        " > one.querySelector('rect').getBBox().width).length"
    )  # fmt: skip
    assert widths == 0
    page.click("#provinces .switch a:has-text('Đóng góp')")
    page.wait_for_selector("main[data-place*='nature=contribution']")
    assert page.get_attribute(MAP, "aria-label").startswith("Đóng góp theo tỉnh")
    assert page.evaluate(BREAKS) == [
        [], [1], [1, 2, 4], [1, 2, 4, 8], [8, 10, 20, 40], [10, 20, 40, 80],
        [200_000, 400_000, 800_000, 1_000_000],
    ]  # fmt: skip
    assert_clean(looked)


def test_a_narrow_window_has_the_list_alone(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/overview")
    with narrow(page):
        assert not page.locator(MAP).is_visible()
        assert page.locator("#provinces table").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
