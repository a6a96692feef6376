"""Pictures of the page for docs/serve.md: a synthetic month with claims that are wrong in places.

    python -m tests.web_screenshots --write

Makes a home, serves it, and writes docs/images/trang-*.png by Chromium.
"""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.integration.conftest import done
from tests.web import chromium
from tests.web.browser.conftest import Looked, go, variance_of
from tests.web.claimed import claim_without_a_day, claim_wrongly
from tests.web.conftest import PASSWORDS, ROLES, add_user, serving
from tests.web.sampled import draw_samples

IMAGES = Path(__file__).parent.parent / "docs" / "images"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
USER = "kiem-toan"
# Drawings below the window are fetched when somebody scrolls there.
DRAWN = """Promise.all([...document.images].map((image) => {
    image.loading = "eager";
    return image.decode();
}))"""


class Picture(NamedTuple):
    name: str
    place: str
    window: dict[str, int]
    height: int | None = None  # of the picture; None: of the whole page


PICTURES = (
    Picture("tong-quan", "vi/overview", WIDE),
    Picture("bang-doi-soat", "vi/statement/viettel", WIDE, 1180),
    Picture("chenh-lech", "vi/variances", WIDE),
    Picture("mot-chenh-lech", "vi/variance/MISSING?period=2021-08", WIDE, 1500),
    Picture("overview-en", "en/overview", WIDE, 900),
    Picture("variances-en", "en/variances", WIDE, 900),
    Picture("variance-en", "en/variance/VAT?period=2021-08", WIDE, 1500),
    Picture("samples-en", "en/samples", WIDE),
    Picture("console-en", "en/console?query=22", WIDE, 1100),
    Picture("hep", "vi/overview", NARROW, 1400),
)


def main() -> int:
    if sys.argv[1:] != ["--write"]:
        print(__doc__)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "out"
        done("simulate", "--subscribers", "300", "--home", home)
        done("settle", "--home", home)
        add_user(home, USER, PASSWORDS[USER], *ROLES[USER])
        claim_without_a_day(home, "mobifone")
        claim_wrongly(home, ("viettel", "vnpt"))
        draw_samples(home, "viettel", "vnpt")
        with serving(home) as (url, _), chromium.browser() as browser:
            page = browser.new_context(locale="vi-VN").new_page()
            looked = Looked(page, url.rstrip("/"), [], [])
            chromium.log_in(page, looked.url, USER, PASSWORDS[USER])
            for picture in PICTURES:
                take(looked, picture)
    return 0


def take(looked: Looked, picture: Picture) -> None:
    page = looked.page
    page.set_viewport_size(picture.window)
    go(looked, _filled(looked, picture.place))
    if "/variance/VAT" in picture.place:
        page.click(".evidence button >> nth=0")
        page.wait_for_selector(".evidence tbody tr")
    if picture.place.partition("/")[2].startswith("console"):
        page.press(".cm-content", "Control+Enter")
        page.wait_for_selector("section table")
    page.evaluate("document.activeElement.blur()")
    page.evaluate(DRAWN)
    clip = {"x": 0, "y": 0, "width": picture.window["width"], "height": picture.height}
    more = {} if picture.height is None else {"clip": clip}
    path = IMAGES / f"trang-{picture.name}.png"
    page.screenshot(path=path, full_page=True, animations="disabled", **more)
    print(path)


def _filled(looked: Looked, place: str) -> str:
    """A place with the ids of variances in it."""
    for cause in ("vat", "missing"):
        if cause.upper() in place:
            place = place.replace(cause.upper(), variance_of(looked, cause))
    return place


if __name__ == "__main__":
    sys.exit(main())
