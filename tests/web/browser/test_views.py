"""Every view in both languages, in Chromium: whole, quiet, accessible, in narrow windows too."""

import contextlib
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.reading_rules import long_counts
from tests.web import chromium
from tests.web.browser.conftest import assert_clean, go, variance_of
from tests.web.conftest import PASSWORDS

AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"
OF_SQL = ("console", "table")  # views that show names of tables and columns
PROSE = """() => {
    const main = document.querySelector("main").cloneNode(true);
    main.querySelectorAll("code, pre, .cm-editor, textarea").forEach((one) => one.remove());
    return main.textContent;
}"""
OF_LINE = "carrier=viettel&measure=M3&nature=discount"
PLACES = {
    "overview": "overview",
    "carrier": "carrier/viettel?period=2021-08",
    "statement": "statement/viettel",
    "days": f"cells?{OF_LINE}&by=day",
    "provinces": f"cells?{OF_LINE}&by=home_province",
    "events": f"events?{OF_LINE}",
    "event": "event/EVENT",
    "suspended event": "event/SUSPENDED",
    "suspense": "suspense",
    "suspense of one": "suspense?carrier=vnpt&reason=no_tariff&by=plan",
    "findings": "findings",
    "plausibility": "plausibility",
    "plausibility of claims": "plausibility?of=claims&test=weekday&carrier=vnpt",
    "catalogue": "catalogue",
    "catalogue of nothing": "catalogue?at=2019-06-01T00:00&q=zzzz",
    "pack": "catalogue/pack/viettel.VX3?at=2021-08-15T00:00",
    "plan": "catalogue/plan/viettel.Tomato",
    "measure": "catalogue/measure/M4",
    "rate": "catalogue/rate/mobile%E2%86%92mobile?at=2019-06-01T00:00",
    "adjustments": "adjustments",
    "signatures": "signatures",
    "log": "log",
    "log of a kind": "log?kind=claim",
    "refunds": "refunds",
    "refunds of one": "refunds?carrier=vnpt&state=due&by=month",
    "variances": "variances",
    "variances by carrier": "variances?by=carrier",
    "variances by measure": "variances?by=measure",
    "variances by day": "variances?by=day",
    "variances of a cause": "variances?open=GROUP",
    "variances of one": "variances?state=open&verdict=unexplained&carrier=vnpt",
    "later variances": "variances?offset=2",
    "variance of a query": "variance/VAT?period=2021-08",
    "variance of lines": "variance/MISSING?period=2021-08",
    "claims": "claims",
    "later claims": "claims?offset=1",
    "samples": "samples",
    "interconnect": "interconnect",
    "what-if": "what-if",
    "sensitivity": "sensitivity",
    "console": "console",
    "worked query": "console?query=22",
    "query of a variance": "console?variance=VAT",
    "table": "table/settlement/statement_line",
    "search": "search?q=viettel",
    "search of nothing": "search?q=zzzz",
    "file": "file/0",
}
NARROW, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
NARROWEST = {"width": 320, "height": 740}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIRST_OF = {  # what stands for an id in a place, where it is asked for, and its table there
    "EVENT": (f"events?{OF_LINE}&limit=1", "events", "event_id"),
    "SUSPENDED": ("suspended?reason=no_tariff&limit=1", "suspended", "event_id"),
    "GROUP": ("variance-groups", "groups", "group"),
}
# Everything that Tab comes to, in its order, and how its focus is drawn.
WATCH_FOCUS = """() => {
    window.stops = [];
    window.watchesFocus ??= document.addEventListener("focusin", ({ target }) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(target);
        window.stops.push([target, outlineStyle !== "none" && parseFloat(outlineWidth) >= 2]);
    }) ?? true;
    document.activeElement.blur();
}"""
IS_ROUND = "() => window.stops.filter(([one]) => one.matches('.skip')).length > 1"
STOPS = """() => {
    const seen = [...new Set(window.stops.map(([one]) => one))];
    const first = document.querySelector(".skip");
    const from = seen.indexOf(first);
    const round = [...seen.slice(from), ...seen.slice(0, from)];
    const called = (one) => one.outerHTML.slice(0, 120);
    const able = "a[href], button, input, select, textarea, summary, [tabindex='0']";
    const isThere = (one) => !one.disabled && one.checkVisibility({ visibilityProperty: true });
    return {
        missed: [...document.querySelectorAll(able)]
            .filter((one) => isThere(one) && !seen.includes(one)).map(called),
        out_of_order: round
            .filter((one, at) => at > 0 && !(round[at - 1].compareDocumentPosition(one) & 4))
            .map(called),
        unseen: window.stops
            .filter(([one, isDrawn]) => !isDrawn && !one.shadowRoot).map(([one]) => called(one)),
    };
}"""
# Boxes of tables that would have to be scrolled: none, but of rows as the file has them.
CUT = """() => [...document.querySelectorAll(".scroll:not(:has(> .raw))")]
    .filter((box) => box.scrollWidth > box.clientWidth)
    .map((box) => box.getAttribute("aria-label"))"""
STOPS_AT_ONCE = 10


@contextlib.contextmanager
def narrow(page):
    """A window as narrow as a telephone's, for a while: the page is that of the whole session."""
    page.set_viewport_size(NARROW)
    try:
        yield
    finally:
        page.set_viewport_size(WIDE)


def place_of(looked, name):
    """The place of a view, with ids of what is there in it."""
    place = PLACES[name]
    if not looked.page.url.startswith(looked.url):
        go(looked, "vi/overview")
    for cause in ("vat", "missing"):
        if cause.upper() in place:
            place = place.replace(cause.upper(), variance_of(looked, cause))
    for word, (path, table, column) in FIRST_OF.items():
        if word in place:
            asked = f"fetch('/api/{path}').then((answer) => answer.json())"
            told = looked.page.evaluate(f"{asked}.then((told) => told.{table})")
            place = place.replace(word, quote(told["rows"][0][told["columns"].index(column)]))
    return place


def faults(page):
    """What axe finds."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE.read_text("utf-8") + "; 0")
    found = page.evaluate(
        "rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES
    )  # others are counted, without their elements
    assert len(found["passes"]) > 15
    return [
        (one["id"], one["impact"], [node["html"] for node in one["nodes"]][:3])
        for one in found["violations"]
    ]


def left_by_keyboard(page):
    """What Tab does not come to, comes to out of the order of reading, or shows no focus of.

    A view may be drawn anew while Tab goes through it, which starts at its title then: so what is
    left is looked for once more.
    """
    return _left_by_tab(page) and _left_by_tab(page)


def _left_by_tab(page):
    page.evaluate(WATCH_FOCUS)
    while not page.evaluate(IS_ROUND):
        for _ in range(STOPS_AT_ONCE):
            page.keyboard.press("Tab")
    return {kind: those for kind, those in page.evaluate(STOPS).items() if those}


def shown(looked, name, lang):
    """A view, with all that it fetches."""
    page = go(looked, f"{lang}/{place_of(looked, name)}")
    if PLACES[name].startswith("event/"):
        page.wait_for_selector(".explanation", timeout=120_000)
    return page


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("name", PLACES)
def test_a_view_is_whole_and_accessible(logged_in, name, lang):
    looked = logged_in("kiem-toan")
    page = shown(looked, name, lang)
    assert page.get_attribute("html", "lang") == lang
    assert page.locator("h1").count() == 1 and page.locator("h1").inner_text() in page.title()
    assert page.evaluate("document.activeElement.matches('h1, .cells-of h2')")
    assert page.locator(".alert:visible").count() == 0
    mark = {"vi": "DỮ LIỆU GIẢ LẬP", "en": "SYNTHETIC DATA"}[lang]
    assert mark in page.inner_text(".synthetic")
    assert faults(page) == []
    if lang == "vi":  # what can be reached is the same in both
        assert left_by_keyboard(page) == {}
        if not PLACES[name].startswith(OF_SQL):
            assert re.findall(r"\b[a-z]+_[a-z_]+\b", page.evaluate(PROSE)) == []  # codes of data
    assert_clean(looked)


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("name", PLACES)
def test_a_view_fits_a_narrow_window(logged_in, name, lang):
    looked = logged_in("kiem-toan")
    with narrow(looked.page):
        page = shown(looked, name, lang)
        assert faults(page) == []
        if lang == "vi":
            assert left_by_keyboard(page) == {}
        for window in (NARROW, NARROWEST):
            page.set_viewport_size(window)
            assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]
            assert page.evaluate(CUT) == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_an_event_and_its_explanation(logged_in, lang):
    looked = logged_in("kiem-toan")
    page = go(looked, f"{lang}/events?{OF_LINE}&limit=1")
    page.click("tbody th a")
    page.wait_for_selector(".explanation", timeout=120_000)
    assert "M3" in page.inner_text(".explanation")
    assert faults(page) == []
    assert_clean(looked)


def test_suspense_leads_from_sums_to_files_and_to_what_mends_them(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/statement/vnpt")
    page.click("a:has-text('Sự kiện treo của tháng này')")
    page.wait_for_selector("main[data-place*='suspense']")
    assert page.locator("select[name=carrier]").input_value() == "vnpt"
    said = page.text_content("main")
    assert "doisoat catalogue overlay new --carrier vnpt --out FILE.yaml" in said
    assert "{" not in said
    listed = page.locator("section:has(h2:text-is('Sự kiện bị treo')) tbody tr")
    asked = "fetch('/api/suspended?carrier=vnpt&limit=1').then((answer) => answer.json())"
    told = page.evaluate(asked)
    assert listed.count() == told["count"] > 0
    page.select_option("select[name=reason]", "beyond_limit")
    page.wait_for_selector("main[data-place*='reason=beyond_limit']")
    asked = asked.replace("limit=1", "limit=1&reason=beyond_limit")
    count = page.evaluate(asked)["count"]
    assert listed.count() == max(count, 1)  # of none a row that says so
    page.click(".switch a:text-is('Gói cước')")
    page.wait_for_selector(".switch a[aria-current]:text-is('Gói cước')")
    assert "carrier=vnpt" in page.url and "by=plan" in page.url
    assert_clean(looked)


def test_refunds_lead_to_an_event_and_the_old_address_leads_to_them(logged_in):
    looked = logged_in("kiem-toan")
    page = looked.page
    page.goto(f"{looked.url}/#/vi/to-do?carrier=vnpt&state=due")
    page.wait_for_selector("main[data-place='#/vi/refunds?carrier=vnpt&state=due']")
    assert "doisoat refund list 2021-08 --carrier vnpt" in page.text_content("main")
    assert page.locator(".equation .figure").count() == 3
    page.click("section:has(h2:text-is('Hoàn trả')) tbody a >> nth=0")
    page.wait_for_selector(".explanation", timeout=120_000)
    page.goto(f"{looked.url}/#/vi/to-do?reason=no_tariff")
    page.wait_for_selector("main[data-place='#/vi/suspense?reason=no_tariff']")
    assert_clean(looked)


def test_who_may_not_see_events_has_sums_or_nothing(logged_in):
    for place, head in (("suspense", "Nằm ở đâu"), ("refunds", None)):
        page = go(logged_in("viettel"), f"vi/{place}")
        assert page.locator("main h2").all_inner_texts() == ([head] if head else [])
        assert page.locator("main table").count() <= 1
        assert page.locator("main tbody a").count() == page.locator("form.filters").count() == 0
        assert_clean(logged_in("viettel"))
    page = go(logged_in("ban-doc"), "vi/overview")
    assert page.locator("nav a:has-text('Sự kiện treo')").count() == 0


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_login_is_accessible_and_says_what_is_wrong(stranger_page, lang):
    page = go(stranger_page, f"{lang}/overview")
    assert page.evaluate("document.activeElement.name") == "user"
    assert faults(page) == []
    assert_clean(stranger_page)
    page.fill("input[name=user]", "niemand")
    page.fill("input[name=password]", "falsch")
    page.press("input[name=password]", "Enter")
    page.wait_for_selector(".alert:visible")
    assert page.inner_text(".alert").strip() and page.evaluate("document.cookie") == ""


def test_charts_are_pictures_with_a_name_and_a_table_beside(logged_in):
    page = go(logged_in("kiem-toan"), "vi/overview")
    page.locator("summary", has_text="Chương trình và giá trị đã công bố").click()
    chart = page.locator("details .chart img")
    assert chart.count() == 1 and "còn lại" in chart.get_attribute("alt")
    chart.scroll_into_view_if_needed()
    assert chart.evaluate("(one) => one.decode().then(() => one.naturalWidth > 0)")
    details = page.locator("details:has(.chart) details").last
    details.locator("summary").click()
    assert details.locator("tbody tr").count() == 31
    assert_clean(logged_in("kiem-toan"))


def test_the_month_is_told_by_figures_first_and_natures_apart(logged_in):
    looked = logged_in("kiem-toan")
    page = go(looked, "vi/overview")
    told = page.evaluate("fetch('/api/overview').then((answer) => answer.json())")
    carriers = [dict(zip(told["carriers"]["columns"], row, strict=True))
                for row in told["carriers"]["rows"]]  # fmt: skip
    keys = ("list_value", "discount", "payable", "in_kind", "contribution")
    sums = {key: sum(row[key] for row in carriers) for key in keys}
    shown = [re.sub(r"[.\sđ]", "", text)
             for text in page.locator(".figure dd:last-child").all_text_contents()]  # fmt: skip
    assert shown[:5] == [str(sums[key]) for key in sums]
    assert sums["list_value"] - sums["discount"] == sums["payable"]
    text = page.inner_text("main")
    code = told["run"]["digest"]
    assert code not in text and "Tháng 08/2021" in text and "Người dùng được giảm" in text
    assert "đã đối soát, chưa ký" in page.inner_text(".facts")
    added = sums["discount"] + sums["in_kind"]
    assert f"{added:,}".replace(",", ".") not in page.locator("main").text_content()
    causes = page.locator(".to-do ol a")
    asked = "fetch('/api/variance-groups').then((answer) => answer.json())"
    groups = [row[0] for row in page.evaluate(asked)["groups"]["rows"]]
    ways = [f"open={group}" for group in dict.fromkeys(groups)][: causes.count()]
    assert len(ways) == 3
    for cause in page.locator(".to-do ol li").all_inner_texts():  # how many, and how much of what
        assert re.search(r": \d+ chỗ lệch(; \S.* [−+][\d.]+ đ)*", cause), cause
    for way, link in zip(ways, causes.all(), strict=True):
        assert way in link.get_attribute("href")
    causes.first.click()
    page.wait_for_selector(f"main[data-place*='{ways[0]}'] .cells-of")
    page = go(looked, "vi/overview")
    listed = page.locator(".to-do > li")
    suspended = sum(row["suspended"] for row in carriers)
    assert f"{suspended:,}".replace(",", ".") in listed.nth(1).inner_text()
    listed.nth(1).locator("a").click()
    page.wait_for_selector("h1:has-text('Sự kiện treo')")
    assert_clean(looked)


def test_no_quantity_is_told_in_milliseconds_or_bytes(logged_in):
    looked = logged_in("kiem-toan")
    for name, place in PLACES.items():
        if not re.search("[A-Z]{3}", place):  # an id that a test puts in
            page = go(looked, f"vi/{place}")
            text = page.inner_text("main")
            assert long_counts(text) == [], name
            if name in ("overview", "carrier", "statement", "days"):
                assert not re.search(r"\d (mili giây|byte)\b", text), name
    quantity = go(looked, "vi/statement/viettel").locator("td span[title]").first
    assert re.fullmatch(r"[\d.]+ (mili giây|byte|.+)", quantity.get_attribute("title"))


def test_of_an_envelope_of_nought_no_share_is_told(stranger_page):
    """What is recognised of it is no 0 % of it, whatever it is."""
    page = go(stranger_page, "en/overview")
    told = page.evaluate("""async () => {
        const [{ envelopes }, { wordsOf }] = await Promise.all(
            ["envelopes", "words"].map((name) => import(`/static/${name}.js`)));
        const row = { programme: "p", title_en: "P", recognised_to_date: 1961306472 };
        return Promise.all([0, "0", 10, null].map(async (envelope) => {
            const [shown] = envelopes(wordsOf("en"), [{ ...row, envelope }], null);
            return [shown.textContent, shown.querySelectorAll(".bar").length];
        }));
    }""")
    nought = ["P1,961,306,472\u00a0đ recognised of 0\u00a0đ.", 0]
    assert told[:2] == [nought, nought]
    assert [("%" in text, bars) for text, bars in told[2:]] == [(True, 1), (False, 0)]


def test_what_a_claim_comes_to_stands_under_its_name_in_both_languages(logged_in):
    """The figures of the API's columns, each nature below its own head, and none added up."""
    looked = logged_in("kiem-toan")
    for lang, named in (
        ("vi", {"relief": "Bảng đối soát: mục hỗ trợ (đ)", "discount": "Giảm trừ",
                "in_kind": "Hiện vật", "forbearance": "Không cắt liên lạc (đ)"}),
        ("en", {"relief": "A statement's relief (đ)", "discount": "Discount",
                "in_kind": "In kind", "forbearance": "Forbearance (đ)"}),
    ):  # fmt: skip
        page = go(looked, f"{lang}/claims")
        found = page.evaluate("fetch('/api/claims').then((answer) => answer.json())")["claims"]
        heads = page.locator("main table thead th").all_text_contents()
        assert not any(re.search("mọi tính chất|all natures", head, re.I) for head in heads)
        for name, head in named.items():
            place = found["columns"].index(name)
            cells = page.locator(f"main tbody tr > :nth-child({heads.index(head) + 1})")
            shown = [re.sub(r"[.,]", "", text) for text in cells.all_text_contents()]
            told = [row[place] for row in found["rows"]]
            assert [text for text in shown if re.search("[0-9]", text)] == [
                str(one).replace("-", "\u2212") for one in told if one is not None
            ]


def test_relief_by_day_is_drawn_nature_by_nature(logged_in):
    """A carrier's page never says one total of several natures."""
    looked = logged_in("kiem-toan")
    for lang, discount in (("vi", "giảm trừ"), ("en", "discount")):
        page = go(looked, f"{lang}/carrier/viettel")
        found = page.evaluate("fetch('/api/carrier/viettel').then((answer) => answer.json())")
        days = found["relief_days"]
        place = {name: at for at, name in enumerate(days["columns"])}
        natures = {row[place["nature"]] for row in days["rows"]}
        said = page.locator("figure.chart figcaption").all_text_contents()
        assert len(natures) > 1 and 1 < len(said) <= len(natures)
        sums = sum(int(row[place["amount"]]) for row in days["rows"]
                   if row[place["nature"]] == "discount")  # fmt: skip
        (told,) = [text for text in said if text.startswith(discount)]
        assert re.sub(r"[.,]", "", told).count(str(sums)) == 1
        whole = page.locator("main").text_content()
        assert not re.search("mọi tính chất|all natures", whole, re.I)
    assert_clean(looked)


def test_the_policy_refuses_what_is_inline(stranger_page):
    """That nothing was refused means something: this is."""
    page = go(stranger_page, "vi/overview")
    page.evaluate("document.head.append(document.createElement('style'))")
    page.evaluate("document.querySelector('style').textContent = 'h1 { color: red }'")
    page.evaluate("document.querySelector('h1').setAttribute('style', 'color: red')")
    page.wait_for_function("window.refusedByPolicy.length >= 2")


@pytest.mark.parametrize(("synthetic", "is_marked"), [("2021-08", True), ("2021-07", False)])
def test_synthetic_is_said_of_the_month_that_is_shown(stranger_page, synthetic, is_marked):
    """Which is not always that of the address, nor the last one."""
    page = stranger_page.page

    def told(route):
        answer = route.fetch()
        names = {**answer.json(), "periods": ["2021-07", "2021-08", "2021-09"]}
        route.fulfill(response=answer, json={**names, "synthetic": [synthetic]})

    page.route("**/api/names?*", told)
    chromium.log_in(page, stranger_page.url, "kiem-toan", PASSWORDS["kiem-toan"])
    asked = "fetch('/api/events?limit=1').then((answer) => answer.json())"
    event = page.evaluate(f"{asked}.then((told) => told.events.rows[0][1])")
    for place in ("overview", f"event/{event}", f"variance/{variance_of(stranger_page, 'vat')}"):
        go(stranger_page, f"vi/{place}")
        assert page.locator(".synthetic").count() == is_marked, place
    go(stranger_page, "vi/samples")  # of several months
    assert page.locator(".synthetic").count() == 1


def test_figures_are_exact_beyond_what_a_float_holds(stranger_page):
    page = go(stranger_page, "vi/overview")
    told = page.evaluate("""async () => {
        const f = await import("/static/figures.js");
        f.speak("vi");
        return [f.grouped("170141183460469231731687303715884105727"),
            f.amountText("9007199254740993"), f.signed(-1234567), f.signed(1), f.grouped(0),
            f.percent("9999999999999", 10000000000000),
            f.day("2021-08-31"), f.moment("2021-08-31 23:59:59.123000")];
    }""")
    assert told == [
        "170.141.183.460.469.231.731.687.303.715.884.105.727", "9.007.199.254.740.993\u00a0đ",
        "\u22121.234.567", "+1", "0", "99,999\u00a0%", "31/08/2021", "31/08/2021 23:59:59.123",
    ]  # fmt: skip


def test_figures_are_written_as_the_language_does(stranger_page):
    page = go(stranger_page, "en/overview")
    told = page.evaluate("""async () => {
        const f = await import("/static/figures.js");
        f.speak("en");
        return [f.grouped("9007199254740993"), f.amountText(-1234567), f.signed(1234),
            f.percent("9999999999999", 10000000000000), f.percent(0, 0), f.share("19/20"),
            f.share("1/3000"), f.share("1"), f.share("1/10000"), f.decimal(1234.5)];
    }""")
    assert told == [
        "9,007,199,254,740,993", "\u22121,234,567\u00a0đ", "+1,234", "99.999\u00a0%",
        "0.000\u00a0%", "95\u00a0%", "0.033\u00a0%", "100\u00a0%", "0.01\u00a0%", "1,234.5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "own", "other"), [("vi", r"\d\.\d{3}", r"\d,\d{3}"), ("en", r"\d,\d{3}", r"\d\.\d{3}")]
)
@pytest.mark.parametrize(
    "name",
    ["overview", "carrier", "statement", "variances", "samples", "plausibility", "catalogue"],
)
def test_every_figure_of_a_view_is_grouped_by_its_language(logged_in, name, lang, own, other):
    page = go(logged_in("kiem-toan"), f"{lang}/{PLACES[name]}")
    cells = page.locator("td.right, dd, figcaption").all_text_contents()
    said = [one.get_attribute("alt") for one in page.locator(".chart img").all()]
    for chart in page.locator(".chart img").all():
        drawn = chart.evaluate("(one) => fetch(one.src).then((answer) => answer.text())")
        said += re.findall("<text[^>]*>([^<]*)<", drawn)
    told = [one for one in [*cells, *said] if re.search(r"\d", one)]
    told = [one for one in told if not re.fullmatch(r"[\d,.]+\u00a0%", one.strip())]
    assert any(re.search(own, one) for one in told)
    assert not [one for one in told if re.search(rf"{other}(?!\d|\u00a0%)", one)]


def test_paper_has_no_ways_to_elsewhere_but_tells_from_where_it_came(logged_in):
    page = go(logged_in("kiem-toan"), "vi/statement/viettel")
    asked = "fetch('/api/overview').then((answer) => answer.json())"
    digest = page.evaluate(f"{asked}.then((overview) => overview.generation)")
    page.emulate_media(media="print")
    try:
        for gone in (".rail", ".trail", ".tools", ".files", "a.skip"):
            assert not page.locator(gone).first.is_visible(), gone
        foot = page.inner_text("footer")
        assert digest in foot.replace(" ", "") and "/#/vi/statement/viettel" in foot
        head = page.locator("thead").first
        assert head.evaluate("(one) => getComputedStyle(one).display") == "table-header-group"
        assert page.locator(".synthetic").is_visible()
    finally:
        page.emulate_media(media="screen")
