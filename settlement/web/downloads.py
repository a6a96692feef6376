"""Files for spreadsheets on their way to who asked: one of a user at a time, a few at once.

A file is made on disk, in the folder of the server's links, without a name there: it goes with
whoever asked for it, and with the server.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from doisoat.settlement.web.exports import KINDS, Form, write_file
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.server_state import Asker, Site
from doisoat.settlement.web.views.page_tables import Table

RETRY_SECONDS = 5
PIECE = 1 << 16

# What makes a table, and its heads in words if it has any; slow, on a thread.
Make = Callable[[], tuple[Table, Sequence[str] | None]]


async def download(
    site: Site, asker: Asker, request: Request, make: Make, form: Form, name: str, of: str
) -> Response:
    """A table as a file. Args: name: of the file, without its ending; of: for the access log.

    Raises: Refusal export_running while the user has another one on its way; export_left.
    """
    user = asker.user.name
    if user in site.exporting:
        raise Refusal("export_running", "as", retry_after=RETRY_SECONDS)
    site.exporting.add(user)
    try:
        rows, file = await _written_file(site, request, make, form)
        try:
            await site.tell("export", user, of=of, table=name, form=form, rows=rows)
        except BaseException:
            file.close()
            raise
    except BaseException:
        site.exporting.discard(user)
        raise
    return _Download(file, form, name, lambda: site.exporting.discard(user))


async def _written_file(
    site: Site, request: Request, make: Make, form: Form
) -> tuple[int, IO[bytes]]:
    """How many rows, and the file; it is ended when whoever asked has left."""
    has_left = threading.Event()
    watching = asyncio.create_task(_tell_when_left(request, has_left))
    folder = site.generations.folder

    def write() -> tuple[int, IO[bytes]]:
        if has_left.is_set():
            raise Refusal("export_left", "as")
        table, heads = make()
        file = TemporaryFile(dir=folder)  # noqa: SIM115  # closed once it is sent
        try:
            with TemporaryDirectory(dir=folder) as workspace:
                write_file(table, form, heads, file, Path(workspace), has_left.is_set)
        except BaseException:
            file.close()
            raise
        return len(table.rows), file

    try:
        async with site.export_places:
            return await site.read(write)
    finally:
        has_left.set()  # of whoever waited: the thread may still be at it
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


class _Download(StreamingResponse):
    """A file that is closed once it is sent, or cannot be."""

    def __init__(self, file: IO[bytes], form: Form, name: str, over: Callable[[], None]) -> None:
        self._file, self._over = file, over
        size = file.seek(0, 2)
        file.seek(0)
        headers = {
            "content-disposition": f'attachment; filename="{name}.{form}"',
            "content-length": str(size),
        }
        super().__init__(_pieces(file), media_type=KINDS[form], headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()
            self._over()


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


async def _tell_when_left(request: Request, has_left: threading.Event) -> None:
    """Sets `has_left` when whoever asked has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    has_left.set()
