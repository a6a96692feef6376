"""Storage that driver and workers share, in a bucket of the S3 API, through obstore.

An object is named by its SHA-256, so whoever writes the same name writes the same bytes; what names
others (a plan, an attempt's result, a run's manifest) is written after them, and only where nothing
is of that name. Keys and tokens come from where AWS's own tools take them, and are never said:
nor is what a store answers, which may repeat them.
"""

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from doisoat.engine.executors.plan import Entry
from doisoat.engine.executors.storage import refuse_other
from doisoat.engine.store import commit
from doisoat.errors import ExecutorError
from doisoat.messages.text import message

URL = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/(?P<prefix>[^\s?#]*))?")
STATUS = re.compile(r"\b(?:status|response)\D{0,24}([45]\d\d)\b", re.I)
RETRIES: dict[str, Any] = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
CONNECT_SECONDS = "5 seconds"
WHOLE_BODY = "1 hour"  # of one object: it is not asked for again once its bytes have begun
PLAIN = ("plan.json", "result.json")  # that name others
MEND_ACCESS = message(
    "give the keys or the role of this machine leave to read, write, list and delete"
    " there; then settle again"
)


class Objects:
    """Objects under an s3:// URL; on this machine only what is being read or written."""

    def __init__(self, where: str) -> None:
        self.where, self.store = where, opened(where)
        self.kept = tempfile.TemporaryDirectory(prefix="doisoat-")

    def got(self, folder: str, entry: Entry, *, known: bool = False) -> Path:
        path = Path(self.kept.name, folder, entry.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        name = key_of(folder, entry)
        with contextlib.ExitStack() as stack:
            stack.callback(path.unlink)  # of what did not come whole nothing stays
            with path.open("wb") as file, self.store_errors(name):
                for piece in self.store.get(name).stream():
                    digest.update(piece)
                    file.write(piece)
            refuse_other(f"{self.where}/{name}", digest.hexdigest(), entry.sha256)
            stack.pop_all()
        return path

    def let_go(self, path: Path) -> None:
        path.unlink()

    def read(self, name: str) -> bytes:
        with self.store_errors(name):
            return bytes(self.store.get(name).bytes())

    def begin(self, folder: str) -> Path:
        path = Path(self.kept.name, folder)
        path.mkdir(parents=True)
        return path

    def end(self, folder: str, written: Path) -> None:
        entries = [Entry(**entry) for entry in commit.part_manifest(written)]
        for entry in entries:
            if entry.name not in PLAIN:
                self.put(folder, entry, written / entry.name)
        for entry in entries:
            if entry.name in PLAIN:
                name, path = f"{folder}/{entry.name}", written / entry.name
                self.claim(name, path.read_bytes())
        for entry in entries:
            (written / entry.name).unlink()

    def put(self, folder: str, entry: Entry, path: Path) -> None:
        """Write an object, unless its bytes are there already."""
        name = key_of(folder, entry)
        if self.size_of(name) != entry.size:
            with self.store_errors(name):
                self.store.put(name, path)

    def create(self, name: str, content: bytes) -> bool:
        """Write a small object if none is of that name (If-None-Match: *); was none?"""
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        with self.store_errors(name):
            try:
                self.store.put(name, content, mode="create", use_multipart=False)
            except (AlreadyExistsError, PreconditionError):
                return False
        return True

    def claim(self, name: str, content: bytes) -> None:
        """Have a small object of that name be these bytes; it may be ours already, of a try whose
        answer was lost.

        Raises: ExecutorError if another is there, or the store refuses.
        """
        if not self.create(name, content) and self.read(name) != content:
            raise already(f"{self.where}/{name}")

    def size_of(self, name: str) -> int | None:
        from obstore.exceptions import NotFoundError

        with self.store_errors(name):
            try:
                return int(self.store.head(name)["size"])
            except (NotFoundError, FileNotFoundError):
                return None

    def remove(self, folder: str) -> bool:
        with self.store_errors(folder):
            for page in self.store.list(f"{folder}/"):
                self.store.delete([object["path"] for object in page])
            return not any(True for _ in self.store.list(f"{folder}/"))

    def folders(self, start: str) -> list[str]:
        """The folders at the top whose names begin so."""
        with self.store_errors(start):
            prefixes = self.store.list_with_delimiter()["common_prefixes"]
        names = (prefix.rstrip("/").rpartition("/")[2] for prefix in prefixes)
        return sorted(name for name in names if name.startswith(start))

    def keep_run(self, run: str, folder: Path) -> None:
        """Put a run's files there, and its manifest last, if none is there.

        Raises: ExecutorError if another manifest of this run is there, or the store refuses.
        """
        content, floor = (folder / commit.MANIFEST).read_bytes(), f"runs/{run}"
        for file in json.loads(content)["files"]:
            entry = Entry(file["name"], file["size"], file["sha256"])
            self.put(floor, entry, folder / entry.name)
        self.claim(f"{floor}/{commit.MANIFEST}", content)

    @contextlib.contextmanager
    def store_errors(self, name: str) -> Iterator[None]:
        """What the store refuses, as ours: by kind and status, without its words."""
        from obstore import exceptions

        where = f"{self.where}/{name}"
        try:
            yield
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
            raise refused(status_of(error), where) from None
        except (exceptions.NotFoundError, FileNotFoundError):
            raise ExecutorError(
                message("no such object, or no such bucket (404)"),
                where,
                message("make the bucket, or restore the object from a copy; then settle again"),
            ) from None
        except exceptions.BaseError as error:
            status = status_of(error)
            if status in ("401", "403"):
                raise refused(status, where) from None
            raise ExecutorError(
                message(
                    "the store does not do it ({name}, {status})",
                    name=type(error).__name__,
                    status=status,
                ),
                where,
                message("look whether the store answers at AWS_ENDPOINT_URL, and settle again"),
            ) from None


def key_of(folder: str, entry: Entry) -> str:
    """The name of an object: where it belongs, what it holds, how it is called."""
    return f"{folder}/{entry.sha256}/{entry.name}"


def status_of(error: Exception) -> str:
    """The HTTP status that an error tells of, and nothing else of it."""
    status = STATUS.search(str(error))
    return status[1] if status else "no status"


def refused(status: str, where: str) -> ExecutorError:
    """The store knows us not, or lets us not."""
    return ExecutorError(
        message("the store refuses it ({status})", status=status), where, MEND_ACCESS
    )


def already(where: str) -> ExecutorError:
    """Something else is of this name already: what was written first stands."""
    return ExecutorError(
        message("another of this name and other bytes is there already (412)"),
        where,
        message(
            "find out who else settles into it (doisoat verify), or give a prefix of your"
            " own with --shared"
        ),
    )


def opened(where: str) -> Any:
    """The store at an s3:// URL. Raises: ExecutorError."""
    address = URL.fullmatch(where)
    if address is None:
        raise ExecutorError(
            message("not the URL of a bucket"),
            f"--shared {where}",
            message("write --shared s3://BUCKET/PREFIX"),
        )
    if find_spec("obstore") is None:
        install = "pip install 'doisoat[s3]'"
        raise ExecutorError(
            message("obstore is not installed"),
            where,
            message("install it: {install}", install=install),
        )
    from obstore.store import S3Store

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    options: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "timeout": WHOLE_BODY}
    config: dict[str, Any] = {}
    if endpoint is not None:
        config["endpoint"] = endpoint
        options["allow_http"] = endpoint.startswith("http://")
    if not (os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")):
        config["region"] = "us-east-1"
    return S3Store(
        address["bucket"], prefix=address["prefix"] or None, config=config, client_options=options,
        retry_config=RETRIES,
    )  # fmt: skip
