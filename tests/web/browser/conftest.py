"""One Chromium for all, and what it says of each page: errors, requests elsewhere, refusals."""

from collections import namedtuple

import pytest

from tests.web import chromium
from tests.web.conftest import PASSWORDS

WATCH = """
window.refusedByPolicy = [];
document.addEventListener("securitypolicyviolation",
  (event) => window.refusedByPolicy.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
Looked = namedtuple("Looked", "page url said elsewhere")  # said: errors; elsewhere: requests

try:
    import playwright  # noqa: F401
except ImportError:
    HERE = False
else:
    HERE = chromium.found() is not None


@pytest.fixture(scope="session")
def browser():
    if not HERE:
        pytest.skip("no Chromium or no playwright: the page is not looked at")
    with chromium.browser() as opened:
        yield opened


def url_of(server):
    return server[0].rstrip("/")


def watched(browser, url, **options):
    """A page with nobody logged in."""
    context = browser.new_context(locale="vi-VN", accept_downloads=True, **options)
    context.add_init_script(WATCH)
    page = context.new_page()
    looked = Looked(page, url, [], [])
    page.on("console", lambda said: said.type == "error" and looked.said.append(said.text))
    page.on("pageerror", lambda error: looked.said.append(str(error)))
    page.on("request", lambda one: one.url.startswith(url) or looked.elsewhere.append(one.url))
    return looked


@pytest.fixture(scope="session")
def logged_in(browser, claimed_server):
    """Somebody's page, by name; one of each for the whole session."""
    known = {}

    def of(name):
        if name not in known:
            known[name] = watched(browser, url_of(claimed_server))
            chromium.log_in(known[name].page, known[name].url, name, PASSWORDS[name])
        return known[name]

    return of


@pytest.fixture
def stranger_page(browser, claimed_server):
    looked = watched(browser, url_of(claimed_server))
    yield looked
    looked.page.context.close()


def go(looked, place):
    """Go to a place of the page, and wait until it is shown."""
    looked.page.goto(f"{looked.url}/#/{place}")
    looked.page.wait_for_selector(f'main[data-place="#/{place}"]')
    return looked.page


def variance_of(looked, cause):
    """The id of a variance that a cause explains; the page has somebody logged in."""
    asked = "fetch('/api/variances?limit=500').then((answer) => answer.json())"
    found = looked.page.evaluate(f"{asked}.then((told) => told.variances)")
    every = [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]
    return next(one["variance"] for one in every if one["causes"].startswith(f"{cause}["))


def assert_clean(looked):
    """Nothing went wrong, nothing left the machine, and the policy refused nothing."""
    assert (looked.said, looked.elsewhere) == ([], [])
    assert looked.page.evaluate("window.refusedByPolicy") == []
    shown = looked.page.inner_text("body").split()
    assert not {"null", "undefined", "NaN", "[object"} & set(shown)
