"""What driver and workers share as objects of the S3 API: the same run, and each refusal."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from doisoat.engine.executors import attempt, objects, shared
from doisoat.engine.store.home import open_home
from doisoat.errors import ExecutorError
from tests.integration.conftest import tree_of
from tests.integration.executor_homes import S3, copy_of, settle_by, taken_home

pytestmark = pytest.mark.skipif(find_spec("obstore") is None, reason="obstore is not installed")
CANARIES = {"AWS_ACCESS_KEY_ID": "AKIACANARY", "AWS_SECRET_ACCESS_KEY": "canary-of-a-secret"}


@pytest.fixture(scope="module")
def server():
    if find_spec("moto") is None:
        pytest.skip("moto is not installed")
    with S3.started() as server:
        yield server


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    return taken_home(tmp_path_factory)


@pytest.fixture
def store(server, monkeypatch, request):
    """A bucket's folder of one's own."""
    for name, value in {**CANARIES, "AWS_ENDPOINT_URL": server.url}.items():
        monkeypatch.setenv(name, value)
    return objects.Objects(server.bucket(request.node.name))


class OverObjects:
    """An executor that runs a plan's ranges in this process, through objects."""

    def __init__(self, store, spoil=lambda store, written: None):
        self.store, self.spoil = store, spoil

    def rate_by(self, basis):
        def schedule(work, ranges):
            found = [one for some in ranges for one in attempt.rate(work, some, "try")]
            self.spoil(self.store, found)
            return found

        return shared.rate_over(schedule, basis, objects=self.store)

    def keep(self, run, folder):
        self.store.keep_run(run, folder)


def names_in(store):
    return sorted(one["path"] for some in store.store.list() for one in some)


def test_a_month_rated_over_objects_is_the_month_rated_on_threads(store, taken, settled, tmp_path):
    home = copy_of(taken, tmp_path)
    dead = f"{shared.area_start(open_home(home))}dead"  # of a driver that was killed
    store.create(f"{dead}/plan.json", b"{}")
    store.create(".staging-of-another-home/plan.json", b"{}")
    summary = settle_by(home, OverObjects(store))
    here, told = settled
    assert (summary.run, summary.digest) == (told["run"], told["digest"])
    assert tree_of(home / "runs") == tree_of(here / "runs")
    names = names_in(store)
    assert [name for name in names if name.startswith(".staging")] == [
        ".staging-of-another-home/plan.json"
    ]
    manifest = home / "runs" / summary.run / "manifest.json"
    assert store.read(f"runs/{summary.run}/manifest.json") == manifest.read_bytes()
    assert len([name for name in names if name.startswith("runs/")]) == len(
        [path for path in manifest.parent.rglob("*") if path.is_file()]
    )

    again = copy_of(taken, tmp_path / "again")  # who publishes the same run finds it there
    assert settle_by(again, OverObjects(store)).run == summary.run
    assert names_in(store) == names


def test_a_manifest_of_other_bytes_that_came_first_stands(store, taken, settled, tmp_path):
    home, run = copy_of(taken, tmp_path), settled[1]["run"]
    before = tree_of(home)
    assert store.create(f"runs/{run}/manifest.json", b"{}")
    with pytest.raises(ExecutorError, match=r"other bytes is there already \(412\)") as caught:
        settle_by(home, OverObjects(store))
    assert caught.value.where == f"{store.where}/runs/{run}/manifest.json"
    assert tree_of(home) == before
    assert store.read(f"runs/{run}/manifest.json") == b"{}"


def test_an_answer_that_was_lost_is_no_other_object(store, monkeypatch):
    """It is there, and the store says so to whoever asks again: held to its bytes."""
    create = store.create
    monkeypatch.setattr(store, "create", lambda name, content: create(name, content) and False)
    folder = store.begin("area")
    (folder / "plan.json").write_bytes(b"{}")
    store.end("area", folder)
    assert store.read("area/plan.json") == b"{}"
    (folder / "plan.json").write_bytes(b"others")
    with pytest.raises(ExecutorError, match=r"other bytes is there already \(412\)"):
        store.end("area", folder)


def test_an_object_that_comes_slowly_is_waited_for(store):
    """A body may take longer than the thirty seconds that obstore waits unasked."""
    assert store.store.client_options["timeout"] == objects.WHOLE_BODY


def kept_by(stores):
    return [path for one in stores for path in Path(one.kept.name).rglob("*") if path.is_file()]


def test_a_worker_keeps_nothing_of_what_it_got(store, taken, tmp_path, monkeypatch):
    """Neither where it has rated, nor where it was refused in the middle."""
    stores = []

    def reached(where):
        stores.append(objects.Objects(where))
        return stores[-1]

    monkeypatch.setattr(attempt, "reached", reached)
    home = copy_of(taken, tmp_path)
    settle_by(home, OverObjects(store))
    assert stores and kept_by(stores) == []

    def refused(*_, **__):
        raise ExecutorError("no", "here", "never")

    again = copy_of(taken, tmp_path / "again")
    monkeypatch.setattr(attempt, "StagedUsage", refused)
    with pytest.raises(ExecutorError, match="no"):
        settle_by(again, OverObjects(store))
    assert len(stores) == 2 and kept_by(stores) == []


def test_an_area_is_called_by_its_home_and_not_by_the_machine(taken, tmp_path, monkeypatch):
    home = open_home(copy_of(taken, tmp_path))
    start = shared.area_start(home)
    monkeypatch.setattr("socket.gethostname", lambda: "another")
    assert shared.area_start(home) == start
    log = home.path / "log" / "journal.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"who":', b'"who": ', 1))
    assert shared.area_start(home) != start


def other_bytes(store, written):
    """An object of an attempt is not what the attempt wrote."""
    name = next(one for one in names_in(store) if written[0].folder in one and "totals" in one)
    store.store.put(name, b"others")


def no_result(store, written):
    store.store.delete(f"{written[0].folder}/result.json")


@pytest.mark.parametrize(("spoil", "said"), [(other_bytes, "SHA-256"), (no_result, "no such")])
def test_objects_that_are_not_whole_are_refused(store, taken, tmp_path, spoil, said):
    home = copy_of(taken, tmp_path)
    before = tree_of(home)
    with pytest.raises(ExecutorError, match=said):
        settle_by(home, OverObjects(store, spoil))
    assert tree_of(home) == before
    assert not [name for name in names_in(store) if name.startswith((".staging", "runs/"))]


class Refusing(BaseHTTPRequestHandler):
    """A store that lets nobody write, and repeats the key in its answer, as S3 does."""

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(403, f"<Error><AWSAccessKeyId>{CANARIES['AWS_ACCESS_KEY_ID']}".encode())

    def do_GET(self):
        self.answer(200, b"<ListBucketResult></ListBucketResult>")

    def do_HEAD(self):
        self.answer(404, b"")

    def answer(self, status, content):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


def test_a_store_that_refuses_to_be_written_is_named_without_a_key(taken, tmp_path, monkeypatch):
    home = copy_of(taken, tmp_path)
    before = tree_of(home)
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, value in CANARIES.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(ExecutorError, match=r"the store refuses it \(403\)") as caught:
            settle_by(home, OverObjects(objects.Objects("s3://relief/home")))
        server.shutdown()
    assert "leave to read, write, list and delete" in caught.value.mend
    assert not any(canary in str(caught.value) for canary in CANARIES.values())
    assert caught.value.__suppress_context__
    assert tree_of(home) == before


@pytest.mark.parametrize("where", ["s3://", "s3://A_B/x", "https://relief/x", "s3://relief/a?b=c"])
def test_what_is_no_bucket_is_refused(where):
    with pytest.raises(ExecutorError, match="not the URL of a bucket"):
        objects.Objects(where)


def test_a_store_that_does_not_answer_is_named_within_seconds(monkeypatch):
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)
    with socket.socket() as ours, pytest.raises(ExecutorError, match="the store does") as caught:
        ours.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else may
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{ours.getsockname()[1]}")
        objects.Objects("s3://relief/home").create("name", b"")
    assert " | the store does not do it (" in caught.value.what
    assert "AWS_ENDPOINT_URL" in caught.value.mend


def test_without_obstore_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(objects, "find_spec", lambda name: None)
    with pytest.raises(ExecutorError) as caught:
        objects.Objects("s3://relief/home")
    assert caught.value.mend.endswith(" | install it: pip install 'doisoat[s3]'")
