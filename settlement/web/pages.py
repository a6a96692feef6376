"""Files of the page itself: read once when the server starts, served as they are, by name alone.

Two have words of the catalogue put into them: index.html, for whom no script runs, and words.json,
which is made of what the page's own JavaScript says.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.server_state import Site, address_of
from doisoat.settlement.web.vocabulary import NEEDS_JAVASCRIPT, page_words

STATIC = Path(__file__).with_name("static")
VENDOR = Path(__file__).with_name("vendor")  # of others, unchanged; no text of the page's own
INDEX, WORDS = "index.html", "words.json"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}


class File(NamedTuple):
    content: bytes
    kind: str
    tag: str


class Pages:
    """The files of a folder, by their path inside it."""

    def __init__(self, folder: Path = STATIC) -> None:
        own = dict(_read(folder))
        sources = [file.content.decode() for name, file in own.items() if name.endswith(".js")]
        words = json.dumps(page_words(sources), ensure_ascii=False, separators=(",", ":"))
        made = {WORDS: _file(words.encode(), ".json")}
        if INDEX in own:
            page = own[INDEX].content.decode()
            text = " | ".join(NEEDS_JAVASCRIPT.texts)
            made[INDEX] = _file(page.replace("{needs_javascript}", text).encode(), ".html")
        others = {f"{VENDOR.name}/{name}": file for name, file in _read(VENDOR)}
        self._files = {**own, **made, **others}

    async def respond(self, site: Site, request: Request) -> Response:
        """A file: revalidated by its digest each time, so that nobody sees one of yesterday."""
        seconds = site.of_address.take(address_of(request))
        if seconds:
            raise Refusal("too_many_requests", "request", retry_after=int(seconds) + 1)
        file = self._files.get(request.path_params.get("path", INDEX))
        if file is None:
            raise Refusal("not_found", "page")
        headers = {"etag": file.tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == file.tag:
            return Response(status_code=304, headers=headers)
        return Response(file.content, media_type=file.kind, headers=headers)


def _read(folder: Path) -> Iterator[tuple[str, File]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in KINDS:
            yield path.relative_to(folder).as_posix(), _file(path.read_bytes(), path.suffix)


def _file(content: bytes, suffix: str) -> File:
    return File(content, KINDS[suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')
