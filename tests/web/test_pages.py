"""The page's own files: found by name alone, with their kind and digest, never of yesterday."""

import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.web.app import app_of
from doisoat.settlement.web.pages import Pages
from doisoat.settlement.web.queries.sandbox import Limits, Sandbox
from doisoat.settlement.web.server_state import Site
from tests.web.loops import run_apart

FILES = {"index.html": "<!doctype html>", "page.js": "export {};", "vendor/plot.js": "//",
         "page.css": "a{}", "notes.md": "no kind of ours"}  # fmt: skip


@pytest.fixture
def get(home, tmp_path):
    """What a page of these files answers to a path."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    site = Site(open_home(home))
    app = app_of(site, {"localhost"}, Sandbox(Limits()), pages=Pages(tmp_path))

    def ask(path, *headers):
        told = []

        async def send(message):
            told.append(message)

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
            "query_string": b"", "headers": [(b"host", b"localhost"), *headers], "scheme": "http",
            "client": ("127.0.0.1", 1), "server": ("localhost", 80), "root_path": "",
            "http_version": "1.1",
        }  # fmt: skip

        async def asked():
            await app(scope, receive, send)

        run_apart(asked())
        kept = {name.decode(): value.decode() for name, value in told[0]["headers"]}
        return told[0]["status"], kept, told[1]["body"]

    yield ask
    site.close()


def test_a_file_is_told_with_its_kind(get):
    for path, name, kind in (
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/static/page.js", "page.js", "text/javascript; charset=utf-8"),
        ("/static/vendor/plot.js", "vendor/plot.js", "text/javascript; charset=utf-8"),
        ("/static/page.css", "page.css", "text/css; charset=utf-8"),
    ):
        status, headers, body = get(path)
        assert (status, body.decode(), headers["content-type"]) == (200, FILES[name], kind)
        assert headers["cache-control"] == "no-cache" and "default-src 'none'" in headers[
            "content-security-policy"
        ]  # fmt: skip


def test_a_file_that_is_there_already_is_not_sent_again(get):
    _, headers, _ = get("/static/page.js")
    status, again, body = get("/static/page.js", (b"if-none-match", headers["etag"].encode()))
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])


@pytest.mark.parametrize("path", [
    "/static/notes.md", "/static/../page.js", "/static/vendor", "/static/vendor/../page.js",
    "/static//page.js", "/static/page.js/", "/page.js",
])  # fmt: skip
def test_nothing_else_is_a_file(get, path):
    assert get(path)[0] == 404
