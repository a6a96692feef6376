"""What people do with the page: by keyboard, by address, with files, and as far as a role goes."""

import csv

import pytest
from fastexcel import read_excel

from tests.integration.conftest import done
from tests.web.browser.conftest import assert_clean, go

QUERY = "SELECT carrier, count(*) AS n FROM settlement.statement GROUP BY carrier ORDER BY carrier"


def focused(page):
    return page.evaluate("document.activeElement.innerText || document.activeElement.name")


def test_all_of_it_by_keyboard(stranger_page):
    page = go(stranger_page, "vi/variances")
    page.keyboard.type("kiem-toan")
    page.keyboard.press("Tab")
    page.keyboard.type("kiểm toán viên 1")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('chỗ lệch')")  # what was asked for before logging in
    page.reload()
    page.wait_for_selector("h1:has-text('chỗ lệch')")
    page.keyboard.press("Tab")
    assert focused(page) == "Đến nội dung chính"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.reload()
    page.wait_for_selector("h1:has-text('chỗ lệch')")
    for _ in range(40):
        page.keyboard.press("Tab")
        if focused(page) == "SQL":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('SQL')")
    assert focused(page) == "SQL" and page.evaluate("document.activeElement.tagName") == "H1"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.editor')"):
            break
    page.keyboard.press("Control+A")
    page.keyboard.type(QUERY)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("section table tbody th, section table tbody td.code")
    assert "viettel" in page.inner_text("[aria-label='Kết quả'] table")
    assert "dòng" in page.inner_text("#live")
    assert_clean(stranger_page)


def test_an_address_can_be_kept_reloaded_and_gone_back_from(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "en/overview")
    page.click("#carriers tbody a >> nth=0")
    page.click("td a:text-is('08/2021'), th a:text-is('08/2021')")
    page.wait_for_selector("h1:has-text('Statement of')")
    page.click("a:has-text('by day') >> nth=0")
    page.wait_for_selector("h1:has-text('Relief by day')")
    title, address = page.title(), page.url
    page.reload()
    page.wait_for_selector("h1:has-text('Relief by day')")
    assert (page.title(), page.url) == (title, address)
    page.go_back()
    page.wait_for_selector("h1:has-text('Statement of')")
    page.click("a:has-text('Tiếng Việt')")
    page.wait_for_selector("h1:has-text('Bảng đối soát')")
    page.go_back()
    page.wait_for_selector("h1:has-text('Statement of')")
    assert_clean(looked)


def taken(page, link):
    with page.expect_download() as download:
        page.click(link)
    return download.value


def text_of(file):
    return file.path().read_bytes().decode("utf-8-sig")


def test_files_hold_what_the_page_shows(logged_in):
    page = go(logged_in("kiem-toan"), "vi/statement/viettel")
    section = "section:has(h2:text-is('Hỗ trợ'))"
    shown = page.locator(f"{section} tbody tr").count()
    file = taken(page, f"{section} a:has-text('CSV')")
    assert file.suggested_filename == "lines.csv"
    rows = list(csv.reader(text_of(file).splitlines()))
    assert len(rows) == 2 + shown and "amount" in rows[1] and "Số tiền (đồng)" in rows[0]
    file = taken(page, f"{section} a:has-text('XLSX')")
    assert file.suggested_filename == "lines.xlsx"
    sheet = read_excel(file.path()).load_sheet(0).to_polars()
    assert sheet.columns == rows[0] and sheet.height == shown


def test_a_job_tells_its_progress_and_is_found_again_by_its_address(logged_in):
    page = go(logged_in("kiem-toan"), "vi/sensitivity")
    page.fill("input[name=only]", "m2.in_kind_value")
    page.click("button:has-text('Tính')")
    page.wait_for_selector("progress")
    page.wait_for_selector("caption:has-text('Chênh so với')", timeout=300_000)
    told = page.text_content("[aria-label='Kết quả']")
    assert "m2.in_kind_value" in told and "job=" in page.url
    page.reload()
    page.wait_for_selector("caption:has-text('Chênh so với')")
    assert page.text_content("[aria-label='Kết quả']") == told
    heads = page.locator("table:has-text('Chênh so với') thead th").all_inner_texts()
    assert heads[1:] == ["Giảm trừ", "Hiện vật", "Đóng góp"]  # and no sum of them
    page.click(".switch a:has-text('Hiện vật')")
    page.wait_for_selector(".switch a[aria-current]:has-text('Hiện vật')")
    assert "first=in_kind" in page.url and "job=" in page.url


def test_a_job_can_be_cancelled(logged_in):
    page = go(logged_in("kiem-toan"), "vi/what-if")
    page.select_option("select[name=base]", "none")
    page.click("button:has-text('Tính')")
    page.wait_for_selector("progress")
    page.click(".job button:has-text('Hủy')")
    page.wait_for_selector(".job:has-text('Đã hủy.')")


@pytest.mark.parametrize("view", ["what-if", "sensitivity"])
def test_a_job_is_begun_cancelled_and_ended_by_keyboard_and_nobody_loses_their_place(
    logged_in, view
):
    page = go(logged_in("kiem-toan"), f"vi/{view}")
    page.focus("main form button")
    page.keyboard.press("Enter")
    page.wait_for_selector("progress")
    assert focused(page) == "Kết quả"
    page.keyboard.press("Tab")
    assert focused(page) == "Hủy"
    page.wait_for_function("document.querySelector('.steps').textContent.length > 0")
    page.keyboard.press("Enter")
    page.wait_for_selector(".job:has-text('Đã hủy.')")
    assert focused(page) == "Kết quả"  # the button is gone, and not the focus with it
    assert page.inner_text("#live") == "Đã hủy"


def test_the_end_of_a_job_is_told_and_the_focus_goes_to_what_it_came_to(logged_in):
    page = go(logged_in("kiem-toan"), "vi/sensitivity")
    page.fill("input[name=only]", "m2.in_kind_value")
    page.press("input[name=only]", "Enter")
    page.wait_for_selector("progress")
    page.focus(".job button")
    page.wait_for_selector("caption:has-text('Chênh so với')", timeout=300_000)
    assert focused(page) == "Kết quả" and page.inner_text("#live") == "Đã xong"
    told = page.inner_text(".job")
    assert "in_kind_value" in told and "?" in told  # the question in words, with its code


def test_a_what_if_tells_what_the_command_tells(logged_in, claimed_home):
    page = go(logged_in("kiem-toan"), "en/what-if")
    page.select_option("select[name=base]", "none")
    page.select_option("select[name=what_if]", "vn-2021-08")
    page.click("button:has-text('Compute')")
    page.wait_for_selector("caption:has-text('Relief of each measure')", timeout=300_000)
    told = done("compare", "none", "vn-2021-08", "--home", claimed_home)
    shown = page.locator("table:has(caption:has-text('Relief of each measure')) tbody tr")
    assert shown.count() == len(told["by_measure"])
    for row, measure in zip(shown.all(), told["by_measure"], strict=True):
        figures = [cell.replace(",", "") for cell in row.locator(".right").all_inner_texts()]
        assert figures[:2] == [measure["base"], measure["what_if"]]
    assert_clean(logged_in("kiem-toan"))


def test_an_auditor_asks_about_a_cause_and_gets_the_letter(logged_in):
    place = "vi/variances?state=open&verdict=unexplained&carrier=viettel"
    page = go(logged_in("kiem-toan"), place)
    page.check("tbody input[type=checkbox] >> nth=0")
    assert page.input_value("form.act input[name=deadline]") > "2020"  # as the tolerance says
    page.fill("form.act input[name=deadline]", "2099-01-31")
    page.click("form.act button:has-text('Hỏi Viettel về 1 chỗ')")
    page.wait_for_selector(".done", timeout=120_000)
    assert page.inner_text("#live") == "Đã hỏi Viettel về 1 chỗ lệch, hạn trả lời 31/01/2099."
    assert page.inner_text("#live") in page.inner_text(".done")
    file = taken(page, ".done a:has-text('Công văn gửi Viettel')")
    assert file.path().read_bytes().startswith(b"%PDF")
    page = go(logged_in("kiem-toan"), place.replace("open", "asked"))
    assert page.locator(".done").count() == 0
    page.check("tbody input[type=checkbox] >> nth=0")
    assert page.locator("form.act select[name=move] option").all_inner_texts() == [
        "ghi nhận doanh nghiệp đồng ý", "ghi nhận doanh nghiệp không đồng ý",
        "ghi nhận đã điều chỉnh", "gia hạn trả lời",
    ]  # fmt: skip
    assert page.locator("form.act input[name=why]").is_visible()
    page.click("tbody th a:has-text('Xem') >> nth=0")
    page.wait_for_selector(".cells-of tbody:has-text('31/01/2099')")


@pytest.mark.parametrize("name", ["ban-doc", "viettel"])
def test_those_without_lines_see_none(logged_in, name):
    looked = logged_in(name)
    page = go(looked, "vi/overview")
    shown = [text.split("\n")[0] for text in page.locator(".rail nav a").all_inner_texts()]
    own = ["Chênh lệch", "Bản kê khai", "Sự kiện treo", "Hoàn trả", "Điều chỉnh", "Mẫu"]
    assert shown == ["Tổng quan", *(own if name == "viettel" else []), "Danh mục giá", "SQL"]
    assert_clean(looked)
    page = go(looked, "vi/cells?carrier=viettel&measure=M3&nature=discount&by=day")
    assert page.locator("tbody tr").count() > 0
    assert page.locator("a:text-is('sự kiện')").count() == 0
    page = go(looked, "vi/events?carrier=viettel")
    assert page.locator("[role=alert]").count() == 1 and page.locator("table").count() == 0
    assert "403" in looked.said.pop()
    for place in ("vi/variances", "vi/claims"):  # a carrier may see its own
        page = go(looked, place)
        assert name == "viettel" or page.locator("table").count() == 0
        assert "vnpt" not in page.inner_text("main").lower()
        assert page.locator("form:has(button)").count() == 0
    refused = [text for text in looked.said if "404" in text]
    assert looked.said == refused and len(refused) == (0 if name == "viettel" else 2)
    looked.said.clear()  # the page lives on for the next test
