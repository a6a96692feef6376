"""A server over a small settled home, as a process of its own, and somebody who asks it."""

import http.client
import json
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests import forks
from tests.integration.conftest import MAIN, done, settle_world
from tests.made_once import copy_of_made, made_once
from tests.web.claimed import claim_without_a_day, claim_wrongly
from tests.web.sampled import draw_samples

PASSWORDS = {"kiem-toan": "kiểm toán viên 1", "ban-doc": "người đọc số 2", "viettel": "của Viettel"}
ROLES = {
    "kiem-toan": ("--role", "auditor"),
    "ban-doc": ("--role", "reader"),
    "viettel": ("--role", "carrier"),  # the name is the carrier's
}
START_SECONDS = 60


class Answer:
    """A status, the headers and the body of an answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def refused(self):
        """The name of a refusal, after its form was looked at."""
        error = self.json["error"]
        assert set(error) - {"place"} == {"name", "what", "where", "mend"} and all(error.values())
        return error["name"]


class Asker:
    """Somebody who asks a server."""

    def __init__(self, url, token=None):
        self.url, self.token = url, token
        self.host, self.port = urlsplit(url).hostname, urlsplit(url).port

    def ask(self, method, path, content=None, headers=(), seconds=120):
        """content: an object, sent as JSON, or bytes."""
        told = dict(headers)
        body = content
        if content is not None and not isinstance(content, bytes):
            body = json.dumps(content).encode()
            told.setdefault("Content-Type", "application/json")
        if self.token:
            told.setdefault("Authorization", f"Bearer {self.token}")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=seconds)
        try:
            connection.request(method, path, body, told)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, content=None, **more):
        return self.ask("POST", path, {} if content is None else content, **more)

    def query(self, sql, **more):
        return self.post("/api/query", {"sql": sql, **more})

    def log_in(self, user, password=None, **more):
        return self.post(
            "/api/login", {"user": user, "password": password or PASSWORDS[user]}, **more
        )


def add_user(home, name, password, *role):
    """By the command line, whose stdin is the password."""
    line = [sys.executable, "-c", MAIN, "user", "add", name, *role, "--password-stdin"]
    given = password.encode() + b"\n"
    forks.run([*line, "--home", home], input=given, check=True, capture_output=True)


@contextmanager
def serving(home, *options, under=()):
    """A server as a process; yields its address and the process. It ends as it is asked to.

    under: a command line that runs another.
    """
    serve = [sys.executable, "-c", MAIN, "serve", "--port", "0", "--json", "--home", str(home)]
    command = [*under, *serve]
    with forks.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise AssertionError(process.stderr.read())
            url = json.loads(line)["url"]
            until = time.monotonic() + START_SECONDS
            while not _answers(url):
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.05)
            yield url, process
        finally:
            process.terminate()
            process.communicate(timeout=60)


def _answers(url):
    try:
        return Asker(url).get("/healthz").status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A settled home with a user of each role."""

    def make(folder):
        settled, _ = copy_of_made(
            tmp_path_factory, "settled", settle_world, by=("simulate", "settle")
        )
        home = (settled / "out").rename(folder / "out")
        for name, role in ROLES.items():
            add_user(home, name, PASSWORDS[name], *role)

    return copy_of_made(tmp_path_factory, "web", make, by=("simulate", "settle", "user"))[0] / "out"


@pytest.fixture(scope="session")
def of_many(tmp_path_factory):
    """A settled home in which some cells have more than ten people; not to be changed."""

    def make(folder):
        home = folder / "out"
        done("simulate", "--subscribers", "400", "--seed", "3", "--home", home)
        done("settle", "--home", home)
        return home

    return made_once(tmp_path_factory, "of-many", make, by=("simulate", "settle"))


@pytest.fixture(scope="session")
def server(home):
    """(address, process) of a server over it."""
    with serving(home) as served:
        yield served


@pytest.fixture(scope="session")
def askers(server):
    """Somebody logged in, by name."""
    return {
        name: Asker(server[0], Asker(server[0]).log_in(name).json["token"]) for name in PASSWORDS
    }


@pytest.fixture
def auditor(askers):
    return askers["kiem-toan"]


@pytest.fixture
def reader(askers):
    return askers["ban-doc"]


@pytest.fixture
def carrier(askers):
    return askers["viettel"]


@pytest.fixture
def stranger(server):
    return Asker(server[0])


@pytest.fixture(scope="session")
def claimed_home(home, tmp_path_factory):
    """The same home with claims of three carriers, a few figures of them wrong, and samples."""

    def make(folder):
        claimed = folder / "out"
        shutil.copytree(home, claimed, ignore=shutil.ignore_patterns("open-*"))
        claim_without_a_day(claimed, "mobifone")
        claim_wrongly(claimed, ("viettel", "vnpt"))
        draw_samples(claimed, "viettel", "vnpt")

    return copy_of_made(tmp_path_factory, "claimed", make)[0] / "out"


@pytest.fixture(scope="session")
def claimed_server(claimed_home):
    """(address, process) of a server over it."""
    with serving(claimed_home) as served:
        yield served
