"""Chromium as the tests and the screenshots of the page drive it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def found() -> str | None:
    """Where Chromium is; None if it is not here."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Any]:
    """A browser of playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found(), args=list(OPTIONS))
        try:
            yield opened
        finally:
            opened.close()


def log_in(page: Any, url: str, user: str, password: str) -> None:
    """By the form of the page that is shown."""
    page.goto(f"{url}/#/vi/overview")
    page.fill("input[name=user]", user)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("button:has-text('Đăng xuất')")
