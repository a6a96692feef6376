"""A home that was taken in and not settled yet, settling it by an executor, and a store for it."""

import contextlib
import logging
import re
import shutil
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple, Self

from doisoat.settlement.settle.settle import SettleRequest, settle
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from tests.integration.conftest import WORLD, done
from tests.made_once import made_once


def settle_by(home, executor, **options):
    catalogue, package = load_catalogue(bundled_catalogue()), load_package("vn-2021-08", {})
    return settle(home, SettleRequest(catalogue, package, executor=executor, **options))


def copy_of(taken, tmp_path):
    """A copy of a home of one's own."""
    home = tmp_path / "out"
    shutil.copytree(taken, home, ignore=shutil.ignore_patterns("world"))
    return home


def staging_in(home):
    """What attempts and plans left in a home."""
    return [path.name for path in home.iterdir() if path.name.startswith(".staging")]


def taken_home(tmp_path_factory):
    """The world of `conftest.settled`, taken in; not to be changed."""

    def make(folder):
        done("simulate", *WORLD, "--home", folder / "out")
        return folder / "out"

    return made_once(tmp_path_factory, "taken", make, by=("simulate",))


class S3(NamedTuple):
    """A server of the S3 API on this machine."""

    url: str

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[Self]:
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        try:
            host, port = server.get_host_and_port()
            yield cls(f"http://{host}:{port}")
        finally:
            server.stop()

    def bucket(self, name: str) -> str:
        """A new bucket's URL."""
        bucket = re.sub(r"[^a-z0-9]+", "-", name)[:60].strip("-")
        put = urllib.request.Request(f"{self.url}/{bucket}", method="PUT")
        urllib.request.urlopen(put).close()
        return f"s3://{bucket}/home"
