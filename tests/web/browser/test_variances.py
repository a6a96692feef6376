"""A variance in the page: from the list to its lines, events, query, letter and next state."""

import re

import pytest

from tests.web.browser.conftest import assert_clean, go, variance_of
from tests.web.browser.test_acts import taken, text_of
from tests.web.browser.test_views import faults


def opened(looked, lang, cause):
    """The page at a variance that a cause explains, and the id of it."""
    go(looked, f"{lang}/variances")
    id = variance_of(looked, cause)
    return go(looked, f"{lang}/variance/{id}"), id


def shown(page):
    """The table of evidence."""
    return page.locator("section.evidence tbody tr")


def test_a_variance_leads_from_the_list_to_the_lines_behind_it_and_to_an_event(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/variances?carrier=mobifone")
    page.click("tbody th a:has-text('Xem') >> nth=0")
    page.wait_for_selector(".cells-of tbody")
    link = page.locator(".cells-of tbody th a").first
    id = link.get_attribute("href").split("/")[-1].partition("?")[0]
    link.click()
    page.wait_for_selector("h1:has-text('MobiFone kê thiếu')")
    sides = page.locator("section:has(h2:text-is('Hai bên')) tbody tr").all_inner_texts()
    assert len(sides) == 3 and all("−" in row for row in sides)
    assert "Lượng" in sides[1] and any(unit in sides[1] for unit in ("phút", "giây", "GB", "MB"))
    exact = page.locator("section:has(h2:text-is('Hai bên')) tbody tr span[title]").first
    assert any(unit in exact.get_attribute("title") for unit in ("mili giây", "byte"))
    why = page.inner_text("section:has(h2:text-is('Vì sao chênh'))")
    assert "thiếu ngày" in why and "Doanh nghiệp đã bỏ sót một tệp, hoặc một ngày." in why
    page.click("a:has-text('Xem các dòng: thiếu ngày') >> nth=0")
    page.wait_for_selector("main[data-place*='cause=missing']")
    assert page.evaluate("document.activeElement.innerText") == "Bằng chứng"
    assert "cộng lại đúng bằng nguyên nhân" in page.inner_text(".evidence")
    heads = page.locator("section.evidence thead th").all_inner_texts()
    assert "Lượng" in heads
    asked = f"fetch('/api/variance/{id}/evidence?cause=missing&detail=' + encodeURIComponent("
    detail = page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('detail')")
    told = page.evaluate(f"{asked}'{detail}')).then((answer) => answer.json())")
    assert shown(page).count() == min(100, told["count"])
    assert_clean(looked)
    address = page.url
    page.reload()
    page.wait_for_selector(".choices a[aria-current]:has-text('thiếu ngày')")
    assert page.url == address
    file = text_of(taken(page, ".evidence a:has-text('CSV')"))
    assert len(file.splitlines()) == 2 + told["count"]  # heads in words, and for machines
    page.click("section.evidence tbody th a >> nth=0")
    page.wait_for_selector(".explanation", timeout=120_000)
    assert_clean(looked)


def test_more_lines_than_fit_are_paged(logged_in):
    looked = logged_in("kiem-toan")
    page, id = opened(looked, "en", "missing")
    whole = shown(page).count()
    assert whole > 2
    page = go(looked, f"en/variance/{id}?offset=2")
    assert f"Rows 3–{whole} of {whole}." in page.inner_text(".evidence .pager")
    assert shown(page).count() == whole - 2
    page.click(".evidence .pager a:has-text('Previous')")
    page.wait_for_selector(".evidence .shown:has-text('all shown')")
    assert shown(page).count() == whole


def test_what_no_lines_can_show_is_shown_by_a_query(logged_in):
    looked = logged_in("kiem-toan")
    page, _ = opened(looked, "vi", "vat")
    query = page.inner_text(".evidence pre")
    assert query.startswith("SELECT * FROM audit.relief WHERE")
    page.click(".evidence button:text-is('Hiện kết quả')")
    page.wait_for_selector("[aria-label='Kết quả'] tbody tr")
    told = page.inner_text(
        "section:has(h2:text-is('Hai bên')) tbody tr:first-child td:nth-child(3)"
    )
    assert page.locator("[aria-label='Kết quả'] tbody tr").count() == int(told.replace(".", ""))
    page.click("a:text-is('Mở trong bảng SQL')")
    page.wait_for_selector(".cm-content")
    assert "\n".join(page.locator(".cm-line").all_inner_texts()) == query
    page.go_back()
    page.wait_for_selector(".evidence pre")
    page.click(".evidence button:text-is('Hiện kết quả')")
    page.wait_for_selector("[aria-label='Kết quả'] tbody a")
    page.click("[aria-label='Kết quả'] tbody a >> nth=0")
    page.wait_for_selector(".explanation", timeout=120_000)
    assert_clean(looked)


def test_a_cause_is_ticked_as_one_and_ticks_outlast_what_is_unfolded(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/variances?by=carrier&state=open")
    rows = page.locator("table.stack:has(input) > tbody > tr")
    said = "form.act .chosen"
    assert page.locator("form.act button[type=submit]").is_disabled()
    page.locator("tbody input[type=checkbox]").first.focus()
    page.keyboard.press("Space")
    first = page.inner_text(said)
    assert "Đã chọn" in first and page.inner_text("#live").startswith("Đã chọn")
    assert re.search(r"^Hỏi .+ về \d+ chỗ$", page.inner_text("form.act button[type=submit]"))
    assert page.locator("form.act").evaluate(SEEN) and rows.count() >= 2
    page.click("tbody th a:has-text('Xem') >> nth=0")
    page.wait_for_selector(".cells-of tbody")
    assert "open=" in page.url and page.inner_text(said) == first
    assert "chỗ lệch" in page.evaluate("document.activeElement.innerText")
    assert faults(page) == []
    cells = page.locator(".cells-of input[type=checkbox]")
    assert all(cell.is_checked() for cell in cells.all())
    if cells.count() > 1:
        cells.first.uncheck()
        whole = page.locator("tbody input[type=checkbox]").first
        assert whole.evaluate("(box) => box.indeterminate") and page.inner_text(said) != first
    page.locator("table.stack > tbody > tr:not(.below) > td > input").last.check()
    assert re.search("công văn, mỗi doanh nghiệp", page.inner_text("form.act"))
    page.click("button:text-is('Bỏ chọn')")
    page.wait_for_selector("form.act:has-text('Chưa chọn gì')")
    assert_clean(looked)


SEEN = "(form) => form.getBoundingClientRect().bottom <= innerHeight"


@pytest.mark.parametrize("by", ["measure", "day"])
def test_variances_by_measure_or_day_lead_to_their_causes(logged_in, by):
    looked = logged_in("kiem-toan")
    page = go(looked, f"en/variances?by={by}")
    assert faults(page) == []
    page.click("tbody th a:text-is('Its causes') >> nth=0")
    page.wait_for_selector(f"main[data-place*='{by}=']")
    assert "cause" in page.inner_text("h1")
    page.click("a:has-text('Not only')")
    page.wait_for_selector(f"main:not([data-place*='{by}='])")
    assert_clean(looked)


@pytest.mark.parametrize(("lang", "link"), [("vi", "(PDF)"), ("en", "(PDF)")])
def test_the_letter_is_fetched_in_the_page(logged_in, lang, link):
    looked = logged_in("kiem-toan")
    page = go(looked, f"{lang}/variances")
    file = taken(page, f"main li a:has-text('VNPT'):has-text('{link}')")
    assert file.suggested_filename == f"2021-08-vnpt-{lang}.pdf"
    assert file.path().read_bytes().startswith(b"%PDF")
    go(looked, f"{lang}/variance/{variance_of(looked, 'vat')}")
    assert taken(page, f"dd a:has-text('{link}')").path().read_bytes().startswith(b"%PDF")
    assert_clean(looked)


def test_a_variance_is_moved_on_where_it_is_shown_and_its_history_grows(logged_in):
    looked = logged_in("kiem-toan")
    page, _ = opened(looked, "vi", "sign")
    steps = page.locator("section:has(h2:text-is('Các bước')) tbody tr")
    before = steps.count()
    page.fill("input[name=deadline]", "2099-02-28")
    page.fill("input[name=why]", "công văn 3")
    page.click("form.act button[type=submit]")
    page.wait_for_selector("#live:has-text('Đã hỏi')", timeout=120_000, state="attached")
    page.wait_for_selector("dd .state-asked")
    assert steps.count() == before + 1
    last = steps.last.inner_text()
    assert all(said in last for said in ("kiem-toan", "28/02/2099", "công văn 3", "đã hỏi"))
    assert_clean(looked)


def test_who_has_gone_on_is_not_pulled_back_once_a_move_is_done(logged_in):
    looked = logged_in("kiem-toan")
    page, _ = opened(looked, "vi", "double_count")
    page.click("form.act button[type=submit]")
    go(looked, "vi/claims")
    page.wait_for_selector("#live:has-text('Đã hỏi')", timeout=120_000, state="attached")
    assert page.url.endswith("#/vi/claims")
    assert page.get_attribute("main", "data-place") == "#/vi/claims"
    assert_clean(looked)


def test_a_carrier_sees_its_variance_without_lines_and_who(logged_in):
    looked = logged_in("viettel")
    page = go(looked, "vi/variances")
    assert page.locator("input[type=checkbox], form.act").count() == 0
    page.click("tbody th a:has-text('Xem') >> nth=0")
    page.click(".cells-of tbody th a >> nth=0")
    page.wait_for_selector("h2:text-is('Hai bên')")
    assert page.locator(".evidence table, .evidence pre, form:has(button)").count() == 0
    assert "@" not in page.inner_text("section:has(h2:text-is('Các bước'))")
    page.click("a:has-text('hỗ trợ của ô')")
    page.wait_for_selector("h1:has-text('Hỗ trợ theo')")
    assert (
        page.locator("tbody tr").count() > 0 and page.locator("a:text-is('sự kiện')").count() == 0
    )
    assert_clean(looked)


def test_a_carrier_has_the_samples_that_it_is_a_party_to(logged_in):
    page = go(logged_in("viettel"), "vi/samples")
    assert page.locator("main h2").count() == 1 and "Viettel" in page.inner_text("main")
    page = go(logged_in("kiem-toan"), "en/samples")
    assert page.locator("main h2").count() == 2
    assert "waits for commitments: ministry, VNPT" in page.inner_text("main")
    assert "Upper bound" in page.inner_text("main") and "95\u00a0%" in page.inner_text("main")
    page = go(logged_in("ban-doc"), "vi/overview")
    assert page.locator("nav a:text-is('Mẫu')").count() == 0
