"""The console as people use it: queries written, completed, run, cancelled, mended and kept."""

import pytest

from tests.web.browser.conftest import assert_clean, go
from tests.web.browser.test_acts import QUERY, taken, text_of
from tests.web.browser.test_views import WIDE, faults

EDITOR = ".cm-content"
RESULT = "[aria-label='Kết quả']"
ENDLESS = "SELECT sum(a.range * b.range) FROM range(1000000) AS a, range(1000000) AS b"


@pytest.fixture
def looked(logged_in):
    """The console of an auditor, with nothing kept from before."""
    looked = logged_in("kiem-toan")
    go(looked, "vi/overview")
    looked.page.evaluate("localStorage.removeItem('doisoat.console.kiem-toan')")
    looked.page.evaluate("sessionStorage.removeItem('doisoat.sql')")
    go(looked, "vi/console")
    return looked


def written(page):
    """What stands in the editor."""
    return "\n".join(page.locator(".cm-line").all_inner_texts())


def write(page, sql):
    """Put a query in the place of what stands in the editor."""
    page.click(EDITOR)
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(sql)


def run(page, sql):
    write(page, sql)
    page.press(EDITOR, "Control+Enter")


def test_a_query_is_cancelled_and_its_rows_are_a_file(looked):
    page = looked.page
    run(page, ENDLESS)
    page.wait_for_selector(".steps:has-text('Đang')")
    page.press(EDITOR, "Escape")
    page.wait_for_selector(".alert:has-text('hủy')")
    run(page, QUERY)
    page.wait_for_selector(f"{RESULT} table")
    file = taken(page, f"{RESULT} a:has-text('CSV')")
    assert text_of(file).startswith("carrier,n\r\n")
    run(page, "DROP TABLE settlement.statement")
    page.wait_for_selector(".alert:has-text('SELECT')")


def test_the_rows_are_above_the_fold_and_their_head_and_first_column_stay(looked):
    page = looked.page
    run(page, "SELECT i AS row, -1234567.50 AS amount, NULL AS nothing, repeat('x', 300) AS wide,"
              " repeat('y', 300) AS end FROM range(400) t(i)")  # fmt: skip
    box = page.locator(f"{RESULT} .grid")
    box.wait_for()
    cells = page.locator(f"{RESULT} tbody tr:nth-child(1)").locator("th, td").all_inner_texts()
    assert cells[:3] == ["0", "\N{MINUS SIGN}1.234.567,50", "∅"]
    place = box.bounding_box()
    assert place["y"] + place["height"] <= WIDE["height"] and place["height"] > 200
    head, first = page.locator(f"{RESULT} thead th >> nth=0"), page.locator("tbody th >> nth=300")
    top, left = head.bounding_box()["y"], first.bounding_box()["x"]
    box.evaluate("box => box.scrollTo(2000, 6000)")
    assert (head.bounding_box()["y"], first.bounding_box()["x"]) == (top, left)
    page.uncheck("input[name=groups]")
    assert page.inner_text(f"{RESULT} tbody tr:nth-child(1) td >> nth=0") == "-1234567.50"
    assert faults(page) == []


def test_a_fault_is_underlined_where_it_stands(looked):
    page = looked.page
    run(page, "SELECT 'đồng',\n  amuont FROM rated.relief_total")
    page.wait_for_selector(".alert:has-text('amuont')")
    assert page.inner_text(".cm-fault") == "amuont"
    assert "Dòng 2, cột 3." in page.inner_text(".alert")
    page.keyboard.type("a")
    assert page.locator(".cm-fault").count() == 0


def test_names_are_completed_and_tab_leaves(looked):
    page = looked.page
    write(page, "")
    page.keyboard.type("SELECT home_pr FROM rated.relief_tot")
    page.keyboard.press("Control+Space")
    page.wait_for_selector("[role=listbox] [aria-selected=true]:has-text('relief_total')")
    assert faults(page) == []
    page.keyboard.press("Enter")
    page.locator("[role=listbox]").wait_for(state="detached")
    assert written(page).endswith("FROM rated.relief_total")
    page.keyboard.press("Home")
    for _ in range(len("SELECT home_pr")):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Space")
    page.wait_for_selector("[role=option]:has-text('home_province')")
    page.keyboard.press("Escape")
    page.locator("[role=listbox]").wait_for(state="detached")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText").startswith("Chạy")
    assert_clean(looked)


def test_what_ran_comes_back_and_what_was_saved_stays(looked):
    page = looked.page
    for sql in ("SELECT 1", "SELECT 2"):
        run(page, sql)
        page.wait_for_selector(f"{RESULT} th:text-is('{sql[-1]}')")
    write(page, "SELECT 3")
    seen = []
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown"):
        page.press(EDITOR, f"Control+{key}")
        seen.append(written(page)[-1])
    assert seen == ["2", "1", "1", "2", "3"]
    page.press(EDITOR, "Control+s")
    page.keyboard.type("Ba")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sheet button:text-is('Ba')")
    assert "Chỉ lưu trong trình duyệt này" in page.inner_text(".sheet:popover-open")
    assert faults(page) == []
    go(looked, "vi/overview")
    go(looked, "vi/console?saved=Ba")
    assert written(page) == "SELECT 3"
    page.click("button:text-is('Lịch sử')")
    page.click(".sheet:popover-open button:text-is('SELECT 1')")
    assert written(page) == "SELECT 1"
    page.click("button:text-is('Lịch sử')")
    page.click("button:text-is('Xóa lịch sử')")
    assert page.locator(".sheet:popover-open li").count() == 0
    assert_clean(looked)


def test_worked_queries_and_tables_fill_the_console(looked):
    page = looked.page
    page.click("button:has-text('Câu truy vấn mẫu 29')")
    assert page.locator(".worked li").count() == 29
    page.click(".worked li:nth-child(22) button")
    assert "GROUP BY owner_id" in written(page)
    page.fill("input[name=table]", "settlement.burn_down")
    assert page.locator(".branch").count() == 1
    write(page, "FROM ")
    page.click(".branch .name")
    assert written(page) == "FROM settlement.burn_down"
    page.click(".branch .fold")
    assert page.locator(".inside li").count() == 9
    assert faults(page) == []
    page.click(".inside li .name >> nth=0")
    assert written(page) != "FROM settlement.burn_down"
    page.click(".inside a:has-text('Xem các dòng')")
    page.wait_for_selector("h1:has-text('settlement.burn_down')")
    assert page.locator("tbody tr").count() > 0
    go(looked, "vi/console?table=rated.run")
    assert "FROM rated.run" in written(page)
    page.fill("input[name=table]", "tinh phuc vu")  # as one types without marks
    assert "serving_province" in page.inner_text(".schemas")


def test_a_chart_has_each_nature_apart(looked):
    page = looked.page
    run(page, "FROM (VALUES ('vnpt', 'discount', 30), ('fpt', 'in_kind', 9000), ('cmc', 'discount',"
              " -10)) t(carrier, nature, amount)")  # fmt: skip
    page.click("button:text-is('Biểu đồ')")
    drawings = page.locator(".result-chart figure")
    assert [text.split()[0] for text in drawings.all_inner_texts()] == ["Giảm", "Hiện"]
    first = drawings.nth(0)
    assert first.locator("text").all_text_contents()[1::2] == ["30", "\N{MINUS SIGN}10"]
    long, short = (bar.bounding_box()["width"] for bar in first.locator(".ground").all()[-2:])
    assert round(long / short) == 3  # to a scale of its own
    assert faults(page) == []
    page.click("button:text-is('Bảng')")
    assert page.locator(f"{RESULT} tbody tr").count() == 3
    run(page, "SELECT 'a' AS word")
    page.wait_for_selector(f"{RESULT} th:text-is('word')")
    assert page.locator("button:text-is('Biểu đồ')").count() == 0
    assert_clean(looked)


def test_a_table_leads_to_its_query_which_runs(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/carrier/viettel?period=2021-08")
    page.click(".files a:text-is('SQL') >> nth=0")
    page.wait_for_selector("main[data-place*='/console?of=carrier']")
    assert "carrier = 'viettel'" in page.inner_text(".cm-content")
    page.press(".cm-content", "Control+Enter")
    page.wait_for_selector(".result tbody tr")
    assert_clean(looked)
